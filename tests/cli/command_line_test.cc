#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/options.h"

namespace slide::cli::command_line_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A command with some of everything.
struct Example {
  Example() {
    line.AddArgument("IN", in, "What is read");
    line.AddArgument("MORE", more, "What is read besides");
    line.AddFile("out", out, "What is written");
    line.AddFile("names", names, "Names of it").only_with = {"show"};
    line.AddNumber("show", show, 0, "How much is shown");
    line.AddChoice("form", "text|cache", form, "Its form");
    line.AddSwitch("quiet", quiet, "Print nothing");
    line.Add(Fields(network));
    line.Add(Fields(train));
  }

  CommandLine::Asked Parse(const std::vector<const char*>& words) {
    return line.Parse(words);
  }
  std::string Refusal(const std::vector<const char*>& words) {
    try {
      line.Parse(words);
    } catch (const OptionsError& error) {
      return error.what();
    }
    return "taken";
  }

  CommandLine line{"example", "Show how it is done"};
  std::string in, out, names, form = "text";
  std::optional<std::string> more;
  uint64_t show = 0;
  bool quiet = false;
  NetworkOptions network;
  TrainOptions train;
};

std::string RefusalOf(const std::vector<const char*>& words) {
  return Example().Refusal(words);
}

TEST(CommandLine, WordsAndOptionsComeInAnyOrder) {
  Example e;
  EXPECT_EQ(e.Parse({"--epochs", "7", "a", "--out=b=c", "--quiet", "-",
                     "--form", "cache", "--show", "3", "--names", "n"}),
            CommandLine::Asked::kRun);
  EXPECT_EQ(e.train.epochs, 7);
  EXPECT_EQ(e.in, "a");
  EXPECT_EQ(e.more, "-");
  EXPECT_EQ(e.out, "b=c");
  EXPECT_EQ(e.names, "n");
  EXPECT_EQ(e.form, "cache");
  EXPECT_EQ(e.show, 3u);
  EXPECT_TRUE(e.quiet);
  EXPECT_THAT(e.line.given(),
              ElementsAre("epochs", "out", "quiet", "form", "show", "names"));
  EXPECT_TRUE(e.line.WasGiven("quiet"));
  EXPECT_FALSE(e.line.WasGiven("hidden"));
}

TEST(CommandLine, SomeFlagsStandAloneOrInFrontOfAFile) {
  const auto parse = [](const std::vector<const char*>& words) {
    std::optional<std::string> path, other;
    CommandLine line("maybe", "With a file or without");
    line.AddArgument("MORE", other, "What is read besides");
    line.AddMaybeFile("resume", path, "Where it goes on");
    bool quiet = false;
    line.AddSwitch("quiet", quiet, "Print nothing");
    line.Parse(words);
    EXPECT_THAT(line.Help(true), HasSubstr("--resume [FILE]"));
    return path;
  };
  EXPECT_EQ(parse({}), std::nullopt);
  EXPECT_EQ(parse({"a", "--resume"}), "");
  EXPECT_EQ(parse({"--resume", "--quiet"}), "");
  EXPECT_EQ(parse({"--resume", "a"}), "a");
  EXPECT_EQ(parse({"--resume=a", "b"}), "a");
  EXPECT_THROW(parse({"--resume="}), OptionsError);
  EXPECT_THROW(parse({"--resume", ""}), OptionsError);
  EXPECT_THROW(parse({"--resume", "a", "--resume"}), OptionsError);
}

TEST(CommandLine, SwitchesOfTheLibraryTurnTheDefaultRound) {
  Example e;
  e.Parse({"a", "--no-hash-center"});
  EXPECT_FALSE(e.network.hash.centered);
}

TEST(CommandLine, FieldsWithTheSameFlagAreSetTogether) {
  EvaluateOptions evaluate;
  TrainOptions train;
  CommandLine line("two", "Two structs with threads");
  line.Add(Fields(train));
  line.Add(Fields(evaluate));
  const char* words[] = {"--threads", "3"};
  line.Parse(words);
  EXPECT_EQ(train.num_threads, 3);
  EXPECT_EQ(evaluate.num_threads, 3);
}

TEST(CommandLine, HelpIsAskedForAnywhereAndSetsNothing) {
  Example e;
  EXPECT_EQ(e.Parse({"--epochs", "7", "--help"}), CommandLine::Asked::kHelp);
  EXPECT_EQ(e.Parse({"--bogus", "-h"}), CommandLine::Asked::kHelp);
  EXPECT_EQ(e.Parse({"--help-all"}), CommandLine::Asked::kHelpAll);
  EXPECT_EQ(e.train.epochs, TrainOptions{}.epochs);
}

TEST(CommandLine, MistakesAreNamed) {
  EXPECT_EQ(RefusalOf({}),
            "IN is missing: expected slide example IN [MORE] [option...]");
  EXPECT_EQ(RefusalOf({"a", "b", "c"}),
            "got 'c', expected slide example IN [MORE] [option...]");
  EXPECT_EQ(RefusalOf({"a", "--epochs"}), "--epochs: no value follows");
  EXPECT_EQ(RefusalOf({"a", "--epochs", "--quiet"}),
            "--epochs: no value follows");
  EXPECT_EQ(RefusalOf({"a", "--epochs", "1", "--epochs=2"}),
            "--epochs: given more than once");
  EXPECT_EQ(RefusalOf({"a", "--quiet=yes"}), "--quiet: takes no value");
  EXPECT_EQ(RefusalOf({"a", "--epochs", "0"}),
            "--epochs: got 0, expected 1 to 1000000");
  EXPECT_EQ(RefusalOf({"a", "--show", "x"}),
            "--show: got 'x', expected a whole number, 0 or more");
  EXPECT_EQ(RefusalOf({"a", "--form", "text|cache"}),
            "--form: got 'text|cache', expected text|cache");
  EXPECT_EQ(RefusalOf({"a", "--form", ""}),
            "--form: got '', expected text|cache");
}

TEST(CommandLine, OptionsThatDoNothingAreRefused) {
  EXPECT_EQ(RefusalOf({"a", "--momentum", "0.5"}),
            "--momentum: does nothing without --optimizer sgd");
  EXPECT_EQ(RefusalOf({"a", "--momentum", "0.5", "--optimizer", "sgd"}),
            "taken");
  EXPECT_EQ(RefusalOf({"a", "--names", "n", "--show", "0"}),
            "--names: does nothing without --show");
  EXPECT_EQ(
      RefusalOf({"a", "--schedule", "constant", "--final-rate-share", "0.1"}),
      "--final-rate-share: does nothing without --schedule "
      "linear|cosine");
}

TEST(CommandLine, UnknownOptionsGetTheNearestNameIfOneIsNear) {
  EXPECT_THAT(RefusalOf({"a", "--epoch", "3"}),
              StartsWith("got '--epoch', which is no option of slide example; "
                         "did you mean --epochs?"));
  EXPECT_THAT(RefusalOf({"a", "--learning_rate=3"}),
              HasSubstr("did you mean --learning-rate?"));
  EXPECT_THAT(RefusalOf({"a", "--zzzzzzzz"}), Not(HasSubstr("did you mean")));
  EXPECT_THAT(RefusalOf({"a", "-e", "3"}), StartsWith("got '-e'"));
}

TEST(CommandLine, RequiredFilesAreAskedFor) {
  std::string path;
  CommandLine line("one", "A file that has to be given");
  line.AddFile("list", path, "A list", /*is_required=*/true);
  EXPECT_THAT([&] { line.Parse({}); },
              testing::ThrowsMessage<OptionsError>(testing::StrEq(
                  "--list is missing: expected slide one --list FILE "
                  "[option...]")));
}

TEST(CommandLine, HelpShowsTheCommonOptionsAndHelpAllEveryOne) {
  const Example e;
  const std::string help = e.line.Help(false);
  EXPECT_THAT(
      help,
      AllOf(StartsWith("Show how it is done\n\n  slide example IN "
                       "[MORE] [option...]\n"),
            HasSubstr("\nFiles and output:\n"), HasSubstr("\nTraining:\n"),
            HasSubstr("  --epochs N "), HasSubstr("(1 to 1000000;"),
            HasSubstr("--help-all"), Not(HasSubstr("--beta1"))));
  EXPECT_LT(help.find("--out FILE"), help.find("--epochs"));
  const std::string all = e.line.Help(true);
  EXPECT_THAT(all, AllOf(HasSubstr("  --beta1 X "),
                         HasSubstr("only with --optimizer adam"),
                         HasSubstr("\nLearning rate:\n")));
  for (const std::string& text : {help, all}) {
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      EXPECT_LE(end - begin, 80u) << text.substr(begin, end - begin);
    }
  }
}

TEST(CommandLine, PageHasEveryOptionInATable) {
  const Example e;
  const std::string page = e.line.Page();
  EXPECT_THAT(
      page,
      AllOf(
          StartsWith("## example\n"), HasSubstr("- `IN`: What is read\n"),
          HasSubstr("**Learning rate**"),
          HasSubstr("| `--schedule constant\\|linear\\|cosine` |  | linear |"),
          HasSubstr("| `--tables N` | 1 to 1000 | auto |"),
          HasSubstr(". More: higher recall"),
          HasSubstr("; only with `--optimizer sgd` |")));
}

}  // namespace
}  // namespace slide::cli::command_line_test
