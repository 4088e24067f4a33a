// Every call by which the command writes, syncs, renames or removes is made to
// fail, one a run: the file that was there stays whole, what went wrong is
// said, the exit code tells who has to act, and nothing is left lying around.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::faults_test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

// A file that looks like a model, whose place a model may take.
constexpr char kOld[] = "slidenet old";

class FaultsTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    ASSERT_EQ(chdir(Path("").c_str()), 0);  // where networks are saved at worst
    WriteFile("docs", "a,b\tone two three\na\ttwo three four\nb\tfour one\n");
    mark_ = Path("") + "../slide_fault_mark_" + std::to_string(getpid());
  }
  void TearDown() override {
    unlink(mark_.c_str());
    CommandTest::TearDown();
  }

  // Runs with the N-th call failing. Returns whether it came to that.
  bool RunWithFault(const std::vector<std::string>& arguments,
                    const std::string& call, int number, int error) {
    unlink(mark_.c_str());
    const std::string fault =
        call + ":" + std::to_string(number) + ":" + std::to_string(error);
    setenv("SLIDE_FAULT", fault.c_str(), 1);
    setenv("SLIDE_FAULT_MARK", mark_.c_str(), 1);
    setenv("LD_PRELOAD", SLIDE_FAULT_SHIM, 1);
    outcome_ = RunCommand(arguments);
    unsetenv("LD_PRELOAD");
    return access(mark_.c_str(), F_OK) == 0;
  }

  std::vector<std::string> TemporaryFiles() const {
    std::vector<std::string> names;
    for (const std::string& name : Files()) {
      if (name.find(".tmp-") != std::string::npos) names.push_back(name);
    }
    return names;
  }

  // Makes every call fail in turn, of runs that find old_ in the file `name`.
  // check: of a run in which one did.
  template <typename Check>
  void ForEachFault(const std::string& name,
                    const std::vector<std::string>& arguments, Check&& check) {
    for (const auto& [call, error] :
         {std::pair<std::string, int>{"write", ENOSPC},
          {"write", EIO},
          {"fsync", EIO},
          {"rename", EACCES},
          {"unlink", EACCES}}) {
      WriteFile(name, old_);
      int n = 1;
      for (; RunWithFault(arguments, call, n, error); ++n) {
        SCOPED_TRACE(call + " " + std::to_string(n));
        check(call);
        // A file that could not be removed is not in the way of the next
        // run, which removes it.
        if (call != "unlink") {
          EXPECT_THAT(TemporaryFiles(), testing::IsEmpty());
        }
        WriteFile(name, old_);
        ASSERT_LT(n, 1000);
      }
      EXPECT_GT(n, 1) << "no " << call << " was made to fail";
      EXPECT_EQ(outcome_.exit_code, 0) << outcome_.err;
      EXPECT_THAT(TemporaryFiles(), testing::IsEmpty());
    }
  }

  Outcome outcome_;
  std::string mark_;
  std::string old_ = kOld;
};

TEST_F(FaultsTest, TrainKeepsTheOldModelOrHasTheNewOne) {
  const std::vector<std::string> arguments =
      TrainArguments({"--epochs", "3", "--model", model_, "--quiet"});
  ForEachFault("model.slide", arguments, [&](const std::string& call) {
    if (outcome_.exit_code == 0) {
      // It was the file of an epoch in between, or one that was removed.
      EXPECT_EQ(RunCommand({"info", model_}).exit_code, 0);
    } else {
      EXPECT_EQ(outcome_.exit_code, 4) << outcome_.err;
      EXPECT_TRUE(ReadFile("model.slide") == kOld);
      EXPECT_THAT(outcome_.err,
                  HasSubstr("the network was saved as ./model.slide.saved"));
      EXPECT_EQ(RunCommand({"info", Path("model.slide.saved")}).exit_code, 0);
      unlink(Path("model.slide.saved").c_str());
    }
    EXPECT_TRUE(call != "rename" || outcome_.exit_code == 4);
  });
}

// The one checkpoint that the run comes to cannot be written, or moved to its
// place: the run says so, ends as if nothing had been, and the checkpoint that
// was there stays.
TEST_F(FaultsTest, TrainGoesOnWithoutTheCheckpointAndKeepsTheOldOne) {
  std::vector<std::string> arguments =
      TrainArguments({"--epochs", "2", "--quiet", "--checkpoint-every",
                      "1epoch", "--checkpoint-keep", "2", "--checkpoint"});
  arguments.push_back(Path("all"));
  ASSERT_EQ(RunCommand(arguments).exit_code, 0);
  // That of the first epoch: the second one may not have been due.
  std::filesystem::rename(Path(Exists("all.1") ? "all.1" : "all"),
                          Path("first"));
  const std::string first = ReadFile("first");
  arguments.back() = Path("run");
  arguments.push_back("--resume");
  for (const auto& [call, error] :
       {std::pair<std::string, int>{"write", ENOSPC},
        {"fsync", EIO},
        {"link", EPERM},
        {"rename", EACCES}}) {
    int n = 1;
    for (;; ++n) {
      SCOPED_TRACE(call + " " + std::to_string(n));
      WriteFile("run", first);
      std::filesystem::remove(Path("run.1"));
      const bool has_failed = RunWithFault(arguments, call, n, error);
      EXPECT_EQ(outcome_.exit_code, 0) << outcome_.err;
      EXPECT_THAT(TemporaryFiles(), testing::IsEmpty());
      // The run has tried again at its end, and has lost neither.
      EXPECT_EQ(RunCommand({"info", Path("run")}).exit_code, 0);
      EXPECT_FALSE(ReadFile("run") == first);
      EXPECT_TRUE(ReadFile("run.1") == first);
      if (!has_failed) {
        EXPECT_THAT(outcome_.err, testing::IsEmpty());
        break;
      }
      // A folder need not be synced, and what has no second name is renamed.
      if ((call == "fsync" && n == 3) || call == "link") {
        EXPECT_THAT(outcome_.err, testing::IsEmpty());
      } else {
        EXPECT_THAT(outcome_.err, HasSubstr("slide: warning: "));
        EXPECT_THAT(outcome_.err, HasSubstr("run: cannot be written: "));
        EXPECT_THAT(outcome_.err, HasSubstr(" KiB is not written"));
      }
      ASSERT_LT(n, 1000);
    }
    EXPECT_GT(n, 1) << "no " << call << " was made to fail";
  }
}

TEST_F(FaultsTest, OtherCommandsKeepTheOldFile) {
  TrainModel();
  const std::vector<std::pair<std::string, std::vector<std::string>>> commands =
      {{"out", {"convert", train_, Path("out"), "--quiet"}},
       {"out", {"predict", model_, test_, "--output", Path("out")}},
       {"out", {"export", model_, Path("out"), "--quiet"}},
       {"out.train.txt",
        {"synth", Path("out"), "--points", "30", "--test-points", "0",
         "--features", "100", "--labels", "20", "--quiet"}},
       {"out",
        {"vectorize", Path("docs"), Path("out"), "--vocabulary", Path("words"),
         "--labels", Path("names"), "--replace", "--quiet"}}};
  for (const auto& [name, arguments] : commands) {
    SCOPED_TRACE(arguments[0]);
    // Only a network may take the place of one.
    old_ = arguments[0] == "export" ? kOld : "what was there";
    // clang 14 captures a structured binding only by a name of its own.
    ForEachFault(name, arguments, [&, &name = name](const std::string& call) {
      // A folder need not be synced: the file is whole by then.
      if ((call == "unlink" || call == "fsync") && outcome_.exit_code == 0) {
        EXPECT_FALSE(ReadFile(name).empty());
        return;
      }
      EXPECT_THAT(outcome_.exit_code, AnyOf(1, 3, 4)) << outcome_.err;
      EXPECT_THAT(outcome_.err, HasSubstr("slide: error: "));
      EXPECT_TRUE(ReadFile(name) == old_);
    });
    EXPECT_FALSE(ReadFile(name) == old_);
  }
}

TEST_F(FaultsTest, WritesThatTakeAPartGoOn) {
  const std::vector<std::string> arguments =
      TrainArguments({"--epochs", "1", "--model", model_, "--quiet"});
  ASSERT_EQ(RunCommand(arguments).exit_code, 0);
  const std::string expected = ReadFile("model.slide");
  int n = 1;
  for (; RunWithFault(arguments, "write", n, 0); ++n) {
    EXPECT_EQ(outcome_.exit_code, 0) << n;
    EXPECT_TRUE(ReadFile("model.slide") == expected) << n;
  }
  EXPECT_GT(n, 1) << "no write took a part";
}

// A limit on files, as `ulimit -f` sets it, is known beforehand.
TEST_F(FaultsTest, LimitedFilesAreRefusedBeforeTraining) {
  const rlimit limit = {.rlim_cur = 10'000, .rlim_max = 10'000};
  WriteFile("model.slide", kOld);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const Outcome outcome = RunCommand(
      TrainArguments({"--epochs", "1000000", "--model", model_, "--quiet"}));
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("files are limited to 10000"));
  EXPECT_TRUE(ReadFile("model.slide") == kOld);
}

TEST_F(FaultsTest, FullDevicesCostTheFileAndNotTheNetwork) {
  const Outcome outcome =
      RunCommand(TrainArguments({"--model", "/dev/full", "--quiet"}));
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("saved as ./full.saved"));
  EXPECT_EQ(RunCommand({"info", Path("full.saved")}).exit_code, 0);
}

TEST_F(FaultsTest, LittleMemoryIsAnErrorAndNotTheEnd) {
  // From too little to start up to enough, in addresses; a program that is
  // larger than its limit is ended by the system before it begins.
  const rlim_t least = std::max<rlim_t>(
      5, 1 + (std::filesystem::file_size(CommandPath()) >> 20));
  int num_done = 0, num_refused = 0;
  for (rlim_t mebibytes = least; mebibytes <= 64; mebibytes += 1) {
    const Outcome outcome =
        RunningCommand(TrainArguments({"--quiet"}), "", mebibytes << 20)
            .Finish();
    // The loader had too little; glibc's says so with 127 or falls over.
    if (outcome.exit_code == 127 ||
        (outcome.exit_code == -SIGSEGV && num_done + num_refused == 0)) {
      continue;
    }
    EXPECT_THAT(outcome.exit_code, AnyOf(0, 1)) << mebibytes << outcome.err;
    if (outcome.exit_code == 1) {
      EXPECT_THAT(outcome.err, HasSubstr("slide: error: "));
    }
    ++(outcome.exit_code == 0 ? num_done : num_refused);
  }
  EXPECT_GT(num_done, 0);
  EXPECT_GT(num_refused, 0);
}

}  // namespace
}  // namespace slide::cli::faults_test
