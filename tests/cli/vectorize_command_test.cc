// `slide vectorize`: the files it writes and reads, and what it refuses.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::vectorize_command_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kText[] =
    "x,y\tA b\n"
    "z z,y\ta a C\r\n"
    "\tb. d\n";

class VectorizeCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    WriteFile("text", kText);
  }

  // vectorize IN OUT with the files `vocabulary` and `labels`, then `more`.
  std::vector<std::string> Arguments(
      const std::string& in, const std::string& out,
      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {
        "vectorize",        Path(in),   Path(out),     "--vocabulary",
        Path("vocabulary"), "--labels", Path("labels")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  Outcome Vectorize(const std::string& in, const std::string& out,
                    const std::vector<std::string>& more = {}) const {
    const Outcome outcome = RunCommand(Arguments(in, out, more));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome;
  }

  static void ExpectError(const std::vector<std::string>& arguments, int code,
                          const std::string& message) {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(outcome.err, "slide: error: " + message + "\n");
  }
};

TEST_F(VectorizeCommandTest, LearnsAndAppliesAndSaysWhatWasMet) {
  const Outcome learned = Vectorize("text", "out", {"--min-count", "1"});
  EXPECT_THAT(
      learned.out,
      AllOf(HasSubstr("documents  3; 0 without a known term, 1 without a "
                      "label\n"),
            HasSubstr("terms      4 of the 4 met; 2.0 a document, 100.0 % of "
                      "what the texts hold\n"),
            HasSubstr("labels     3; 1.33 a document\n")));
  EXPECT_THAT(ReadFile("out"), StartsWith("3 4 3 # vocabulary="));
  EXPECT_THAT(ReadFile("vocabulary"), HasSubstr("\na\t2\nb\t2\nc\t1\n"));
  EXPECT_EQ(ReadFile("labels"), "y\nx\nz z\n");
  WriteFile("other",
            "z z\tc new a a\n"
            "unknown,x,strange\tnew\n"
            "unknown\td\n"
            "\t\n");
  const Outcome applied = Vectorize("other", "other.out", {"--apply"});
  EXPECT_THAT(ReadFile("other.out"), AllOf(StartsWith("4 4 3 # vocabulary="),
                                           HasSubstr("\n2 0:0.646129 ")));
  EXPECT_THAT(
      applied.out,
      AllOf(HasSubstr("documents  4; 2 without a known term, 2 without a "
                      "label\n"),
            HasSubstr("terms      4; 0.8 a document, 66.7 % of what the texts "
                      "hold\n"),
            HasSubstr("labels     3; 0.50 a document, 3 unknown ones left "
                      "out\n")));
}

TEST_F(VectorizeCommandTest, ReadsThatTextFromStandardInput) {
  Vectorize("text", "out");
  const auto all = [&] {
    return ReadFile("out") + ReadFile("vocabulary") + ReadFile("labels");
  };
  const std::string first = all();
  std::vector<std::string> arguments = Arguments("", "out", {"--replace"});
  arguments[1] = "-";
  EXPECT_EQ(RunCommand(arguments, Path("text")).exit_code, 0);
  EXPECT_EQ(all(), first);
}

TEST_F(VectorizeCommandTest, TakesFastTextLinesToo) {
  Vectorize("text", "out");
  const std::string first = ReadFile("out");
  WriteFile("fasttext",
            "__label__x __label__y A b\n"
            "__label__z __label__y a a C\n"
            "b. d\n");
  Vectorize("fasttext", "out", {"--replace"});
  EXPECT_THAT(ReadFile("labels"), "y\nx\nz\n");
  EXPECT_EQ(ReadFile("out").substr(ReadFile("out").find('\n')),
            first.substr(first.find('\n')));
  // By hand, where the first line does not tell.
  WriteFile("plain", "A b\n__label__x a\n");
  EXPECT_EQ(RunCommand(Arguments("plain", "plain.out", {"--apply"})).exit_code,
            3);
  Vectorize("plain", "plain.out", {"--apply", "--format", "fasttext"});
  EXPECT_THAT(ReadFile("plain.out"), StartsWith("2 2 3 # "));
}

TEST_F(VectorizeCommandTest, OptionsDecideWhatIsATerm) {
  Vectorize("text", "out",
            {"--min-count", "1", "--max-features", "5", "--max-share", "0.5",
             "--bigrams", "--no-normalize"});
  EXPECT_EQ(ReadFile("vocabulary"),
            "slide vocabulary 1: documents=3 terms=5 min_count=1 "
            "max_features=5 max_share=0.5 bigrams=yes normalize=no\n"
            "a a\t1\na b\t1\na c\t1\nb d\t1\nc\t1\n");
  EXPECT_THAT(ReadFile("out"), AllOf(StartsWith("3 5 3 # vocabulary="),
                                     HasSubstr("\n0,1 1:1.38629\n")));
}

TEST_F(VectorizeCommandTest, VocabularyIsNotOverwrittenByAccident) {
  Vectorize("text", "out");
  const std::string why =
      "' is there already, and networks may depend on it; expected --apply, "
      "which uses it, or --replace, which learns it anew";
  ExpectError(Arguments("text", "out"), 2,
              "--vocabulary: '" + Path("vocabulary") + why);
  std::vector<std::string> arguments = Arguments("text", "out");
  arguments[4] = Path("new");
  ExpectError(arguments, 2, "--labels: '" + Path("labels") + why);
  EXPECT_FALSE(Exists("new"));
  Vectorize("text", "out", {"--replace", "--min-count", "1"});
  EXPECT_THAT(ReadFile("vocabulary"), HasSubstr("c\t1\n"));
}

TEST_F(VectorizeCommandTest, ApplyRefusesOptionsThatContradict) {
  Vectorize("text", "out");
  const std::string none = ", by which " + Path("vocabulary") +
                           " was learned; with --apply it may be left out";
  ExpectError(Arguments("text", "out", {"--apply", "--min-count", "3"}), 2,
              "--min-count: got 3, expected 2" + none);
  ExpectError(Arguments("text", "out", {"--apply", "--max-features", "3"}), 2,
              "--max-features: got 3, expected 0" + none);
  ExpectError(Arguments("text", "out", {"--apply", "--max-share", "0.5"}), 2,
              "--max-share: got 0.5, expected 1" + none);
  ExpectError(Arguments("text", "out", {"--apply", "--bigrams"}), 2,
              "--bigrams: got true, expected false" + none);
  ExpectError(Arguments("text", "out", {"--apply", "--no-normalize"}), 2,
              "--no-normalize: got false, expected true" + none);
  Vectorize("text", "out", {"--apply", "--min-count", "2"});
}

TEST_F(VectorizeCommandTest, WrongUseIsRefusedBeforeAnythingIsWritten) {
  ExpectError(Arguments("text", "text"), 2,
              "OUT would overwrite TEXT: both are '" + Path("text") +
                  "'; expected different files");
  ExpectError(Arguments("text", "labels"), 2,
              "--labels would overwrite OUT: both are '" + Path("labels") +
                  "'; expected different files");
  ExpectError(Arguments("text", "vocabulary", {"--apply"}), 2,
              "OUT would overwrite --vocabulary: both are '" +
                  Path("vocabulary") + "'; expected different files");
  std::vector<std::string> arguments = Arguments("text", "out");
  arguments[4] = "-";
  ExpectError(arguments, 2, "--vocabulary: got '-', expected a file's name");
  arguments.push_back("--apply");
  arguments[1] = "-";
  ExpectError(arguments, 2,
              "--vocabulary: got '-', the standard input, which TEXT reads "
              "already");
  ExpectError(Arguments("text", "out", {"--apply", "--replace"}), 2,
              "--replace: does nothing with --apply");
  arguments = Arguments("text", "out", {"--json"});
  arguments[2] = "-";
  ExpectError(arguments, 2,
              "--json: does nothing when OUT is '-', the standard output");
  ExpectError(Arguments("text", "out", {"--min-count", "0"}), 2,
              "--min-count: got 0, expected 1 or more");
  ExpectError(Arguments("text", "out", {"--max-share", "2"}), 2,
              "--max-share: got 2, expected above 0, up to 1");
  const Outcome outcome = RunCommand({"vectorize", Path("text"), Path("out")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--vocabulary"));
  EXPECT_EQ(RunCommand(Arguments("text", "no/out")).exit_code, 1);
  EXPECT_THAT(Files(), ElementsAre("test.txt", "text", "train.txt"));
}

TEST_F(VectorizeCommandTest, BadFilesAreDataErrorsAndLeaveNoOutput) {
  WriteFile("bad", "a,a\tx\n");
  ExpectError(
      Arguments("bad", "out"), 3,
      Path("bad") + ":1: the label 'a' is given twice, expected each once");
  EXPECT_EQ(RunCommand(Arguments("none", "out")).exit_code, 3);
  EXPECT_EQ(RunCommand(Arguments("text", "out", {"--apply"})).exit_code, 3);
  EXPECT_THAT(Files(), ElementsAre("bad", "test.txt", "text", "train.txt"));
  Vectorize("text", "out");
  WriteFile("labels", "a\nb\na\n");
  ExpectError(
      Arguments("text", "o", {"--apply"}), 3,
      Path("labels") + ":3: got the label 'a' again, expected each once");
  WriteFile("vocabulary", "a\nb\n");
  ExpectError(Arguments("text", "o", {"--apply"}), 3,
              Path("vocabulary") +
                  ":1: got 'a', expected a vocabulary, which starts with "
                  "'slide vocabulary 1: '");
  EXPECT_FALSE(Exists("o"));
}

TEST_F(VectorizeCommandTest, JsonSaysWhatWasMet) {
  json result = json::parse(
      Vectorize("text", "out", {"--json", "--quiet", "--min-count", "1"}).out);
  EXPECT_GT(result["seconds"], 0.0);
  EXPECT_GT(result["peak_rss_bytes"], 0);
  result.erase("seconds");
  result.erase("peak_rss_bytes");
  json expected = {{"documents", 3},
                   {"features", 4},
                   {"labels", 3},
                   {"nonzeros", 6},
                   {"label_marks", 4},
                   {"empty_documents", 0},
                   {"unlabelled_documents", 1},
                   {"terms", 7},
                   {"known_terms", 7},
                   {"unique_terms", 4},
                   {"text_bytes", sizeof(kText) - 1}};
  EXPECT_EQ(result, expected);

  WriteFile("other", "q,x\ta e\n");
  result = json::parse(Vectorize("other", "out", {"--json", "--apply"}).out);
  EXPECT_EQ(result["left_out_labels"], 1);
  EXPECT_EQ(result["terms"], 2);
  EXPECT_EQ(result["known_terms"], 1);
  EXPECT_EQ(result.count("unique_terms"), 0u);
  EXPECT_THAT(Vectorize("other", "out", {"--quiet", "--apply"}).out, IsEmpty());
}

TEST_F(VectorizeCommandTest, StandardOutputHasNothingButTheData) {
  Vectorize("text", "out");
  std::vector<std::string> arguments = Arguments("text", "", {"--apply"});
  arguments[2] = "-";
  const Outcome outcome = RunCommand(arguments);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, ReadFile("out"));
}

TEST_F(VectorizeCommandTest, TerminalShowsHowFarItIs) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "a\tb\n";
  WriteFile("text", text);
  EXPECT_THAT(
      RunOnTerminal(Arguments("text", "out"), 200).out,
      AllOf(HasSubstr("  2,000 documents"), HasSubstr("documents  2,000; ")));
}

// The command reads a pipe without an end.
TEST_F(VectorizeCommandTest, SignalEndsItAndLeavesNoFile) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  RunningCommand command(Arguments("pipe", "out"));
  const int pipe = open(Path("pipe").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(pipe, 0);  // the command has opened it, and minds signals
  command.Signal(SIGINT);
  std::string lines;
  while (lines.size() < 100'000) lines += "a\tb\n";
  while (write(pipe, lines.data(), lines.size()) > 0) {
  }
  close(pipe);
  std::signal(SIGPIPE, before);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(Files(), ElementsAre("pipe", "test.txt", "text", "train.txt"));
}

TEST_F(VectorizeCommandTest, WhatItWritesTrainsPredictsAndHasNames) {
  std::string text;
  for (int i = 0; i < 600; ++i) {
    text += fmt::format(
        "{} number{}\n",
        i % 2 == 0 ? "animal\ta dog that barks" : "plant\ta tree with leaves",
        i % 50);
  }
  WriteFile("text", text);
  Vectorize("text", "out");
  ASSERT_EQ(RunCommand({"train", Path("out"), "--model", model_, "--quiet",
                        "--threads", "1", "--hidden", "8"})
                .exit_code,
            0);
  WriteFile("new", "\tdog\n");
  Vectorize("new", "new.out", {"--apply"});
  const Outcome outcome =
      RunCommand({"predict", model_, Path("new.out"), "--top-k", "1",
                  "--labels", Path("labels"), "--show-features", "3",
                  "--features", Path("vocabulary")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("animal:"), HasSubstr("\t|\tdog:1\n")));
}

}  // namespace
}  // namespace slide::cli::vectorize_command_test
