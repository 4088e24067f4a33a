// `slide synth`: the files it writes, and what it says of them.
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"

namespace slide::cli::synth_command_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class SynthCommandTest : public CommandTest {
 protected:
  // The arguments of a small data set, then `more`.
  std::vector<std::string> Arguments(const std::vector<std::string>& more = {},
                                     const std::string& prefix = "made") const {
    std::vector<std::string> arguments = {
        "synth",         Path(prefix), "--points",           "300",
        "--features",    "500",        "--labels",           "80",
        "--nonzeros",    "12",         "--threads",          "2",
        "--test-points", "40",         "--labels-per-point", "2.5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  Outcome Synth(const std::vector<std::string>& more = {},
                const std::string& prefix = "made") const {
    const Outcome outcome = RunCommand(Arguments(more, prefix));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome;
  }

  static void ExpectUsageError(const std::vector<std::string>& arguments,
                               const std::string& part) {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("slide: error: "), HasSubstr(part)));
  }
};

TEST_F(SynthCommandTest, WritesTwoFilesOfTheSizesAskedFor) {
  const Outcome outcome = Synth();
  EXPECT_THAT(Files(), ElementsAre("made.test.txt", "made.train.txt",
                                   "test.txt", "train.txt"));
  const Dataset train = ReadXmc(Path("made.train.txt"));
  const Dataset test = ReadXmc(Path("made.test.txt"));
  EXPECT_EQ(train.size(), 300u);
  EXPECT_EQ(test.size(), 40u);
  for (const Dataset& data : {train, test}) {
    EXPECT_EQ(data.num_features(), 500u);
    EXPECT_EQ(data.num_labels(), 80u);
  }
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("made.train.txt: 300 points, "),
                    HasSubstr("made.test.txt: 40 points, "),
                    HasSubstr("threads    2\n"), HasSubstr(" MB/s\n")));
}

TEST_F(SynthCommandTest, SeedAloneDecidesWhatIsWritten) {
  Synth();
  Synth({"--seed", "2"}, "other");
  std::vector<std::string> one_thread = Arguments({}, "same");
  one_thread[12 - 1] = "1";  // behind --threads
  ASSERT_EQ(one_thread[12 - 2], "--threads");
  EXPECT_EQ(RunCommand(one_thread).exit_code, 0);
  for (const std::string part : {".train.txt", ".test.txt"}) {
    EXPECT_EQ(ReadFile("made" + part), ReadFile("same" + part));
    EXPECT_NE(ReadFile("made" + part), ReadFile("other" + part));
  }
}

TEST_F(SynthCommandTest, TrainLearnsWhatItWrites) {
  EXPECT_EQ(
      RunCommand({"synth", Path("made"), "--points", "4000", "--test-points",
                  "500", "--features", "3000", "--labels", "500"})
          .exit_code,
      0);
  const Outcome outcome = RunCommand(
      {"train", Path("made.train.txt"), "--test", Path("made.test.txt"),
       "--epochs", "5", "--threads", "1", "--hidden", "32", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  const double precision = result["p@1"];
  EXPECT_GT(precision, 0.2);
  EXPECT_GT(precision, 2.0 * result["popularity"]["p@1"].get<double>());
}

TEST_F(SynthCommandTest, WritesCachesThatAreThoseOfTheText) {
  Synth();
  Synth({"--format", "cache"});
  Synth({"--format", "cache", "--no-normalize"}, "raw");
  for (const std::string part : {".train", ".test"}) {
    for (const bool normalize : {true, false}) {
      std::vector<std::string> arguments = {
          "convert", Path("made" + part + ".txt"), Path("expected")};
      if (!normalize) arguments.emplace_back("--no-normalize");
      EXPECT_EQ(RunCommand(arguments).exit_code, 0);
      const std::string name = normalize ? "made" : "raw";
      EXPECT_EQ(ReadFile(name + part + ".slided"), ReadFile("expected"));
    }
  }
  ExpectUsageError(Arguments({"--no-normalize"}), "--format cache");
}

TEST_F(SynthCommandTest, WithoutTestPointsThereIsNoTestFile) {
  std::vector<std::string> arguments = Arguments();
  arguments[14 - 1] = "0";
  ASSERT_EQ(arguments[14 - 2], "--test-points");
  const Outcome outcome = RunCommand(arguments);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(Files(), ElementsAre("made.train.txt", "test.txt", "train.txt"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("made.test.txt")));
}

TEST_F(SynthCommandTest, JsonSaysWhatTheFilesHold) {
  const json result = json::parse(Synth({"--json", "--seed", "7"}).out);
  EXPECT_EQ(result["seed"], 7);
  EXPECT_EQ(result["threads"], 2);
  EXPECT_GT(result["seconds"], 0.0);
  EXPECT_GT(result["peak_rss_bytes"], 0);
  ASSERT_EQ(result["files"].size(), 2);
  for (const json& file : result["files"]) {
    const std::string path = file["path"];
    const Dataset data = ReadXmc(path);
    EXPECT_EQ(file["points"], data.size());
    EXPECT_EQ(file["bytes"], ReadFile(path.substr(path.rfind('/') + 1)).size());
    const auto n = static_cast<double>(data.size());
    EXPECT_DOUBLE_EQ(file["nonzeros_mean"],
                     static_cast<double>(data.num_nonzeros()) / n);
    EXPECT_DOUBLE_EQ(file["labels_mean"],
                     static_cast<double>(data.num_label_marks()) / n);
    EXPECT_GT(file["seconds"], 0.0);
  }
}

TEST_F(SynthCommandTest, QuietPrintsNothingButJson) {
  EXPECT_THAT(Synth({"--quiet"}).out, IsEmpty());
  EXPECT_TRUE(json::accept(Synth({"--quiet", "--json"}).out));
}

TEST_F(SynthCommandTest, TerminalShowsHowFarItIs) {
  const Outcome outcome = RunOnTerminal(Arguments(), 200);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("made.train.txt  100 %"));
}

TEST_F(SynthCommandTest, HelpShowsTheSizeOfAmazon670K) {
  const Outcome outcome = RunCommand({"synth", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("490449"), HasSubstr("default 153025"),
                    HasSubstr("default 135909"), HasSubstr("default 670091"),
                    HasSubstr("default 75"), HasSubstr("default 5.45")));
}

TEST_F(SynthCommandTest, WrongValuesAreUsageErrors) {
  const auto expect = [&](const std::string& option, const std::string& value,
                          const std::string& part) {
    SCOPED_TRACE(option);
    ExpectUsageError({"synth", Path("made"), option, value}, part);
  };
  expect("--points", "0", "--points: got 0, expected 1 to 1099511627776");
  expect("--points", "x", "--points: got 'x'");
  expect("--test-points", "-1", "--test-points: got '-1'");
  expect("--features", "0", "--features: got 0");
  expect("--labels", "0", "--labels: got 0");
  expect("--labels", "4294967296", "--labels: got '4294967296'");
  expect("--nonzeros", "0.9", "--nonzeros: got 0.9");
  expect("--nonzeros", "nan", "--nonzeros: got 'nan'");
  expect("--labels-per-point", "0", "--labels-per-point: ");
  expect("--threads", "-1", "--threads: got -1");
  expect("--features", "74", "nonzeros: got 75, expected at most 74");
  expect("--labels", "5", "labels_per_point: got 5.45, expected at most 5");
  ExpectUsageError({"synth"}, "OUT_PREFIX");
  ExpectUsageError({"synth", Path("")}, "OUT_PREFIX: got ");
  EXPECT_THAT(Files(), ElementsAre("test.txt", "train.txt"));
}

// Each of these options is out of range until the other one is read.
TEST_F(SynthCommandTest, OptionsMayComeInAnyOrder) {
  for (const auto& [first, second] :
       {std::pair("--features", "--nonzeros"), {"--nonzeros", "--features"}}) {
    const Outcome outcome =
        RunCommand({"synth", Path("made"), "--points", "5", "--test-points",
                    "0", first, "9", second, "9"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
}

TEST_F(SynthCommandTest, PlaceThatCannotBeWrittenIsAFailure) {
  const Outcome outcome = RunCommand(Arguments({}, "none/made"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("none/made.train.txt"), HasSubstr("No such")));
}

// A limit on the size of files stands in for a full disk. In a process of its
// own, as the limit cannot be taken back; the command inherits it.
TEST_F(SynthCommandTest, FullDiskIsAFailureAndKeepsTheOldFile) {
  WriteFile("made.train.txt", "old");
  const auto run = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 10'000, .rlim_max = 10'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Outcome outcome = RunCommand(Arguments());
    std::fprintf(stderr, "%s", outcome.err.c_str());
    std::exit(outcome.exit_code);
  };
  EXPECT_EXIT(
      run(), testing::ExitedWithCode(1),
      "slide: error: .*made.train.txt: cannot be written: File too large");
  EXPECT_EQ(ReadFile("made.train.txt"), "old");
  EXPECT_THAT(Files(), ElementsAre("made.train.txt", "test.txt", "train.txt"));
}

TEST_F(SynthCommandTest, SignalEndsItAndLeavesNoFile) {
  RunningCommand command({"synth", Path("made"), "--points", "1000000000"});
  // It minds signals before it makes a file.
  while (Files().front().find("made.train.txt.tmp-") != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  command.Signal(SIGINT);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(Files(), ElementsAre("test.txt", "train.txt"));
}

}  // namespace
}  // namespace slide::cli::synth_command_test
