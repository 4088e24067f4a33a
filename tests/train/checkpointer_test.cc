#include "train/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>

#include "slide/error.h"
#include "support/small_net.h"
#include "support/temp_folder.h"
#include "util/older_files.h"

namespace slide::train::checkpointer_test {
namespace {

using testing::HasSubstr;

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() {
    options_.epochs = 2;
    numbers_.state = {
        .epoch = 1,
        .place = 3,
        .steps = 3,
        .rebuilds = {.next = 9, .next_check = 9, .check_interval = 1}};
    numbers_.epoch_samples = 5;
    numbers_.workers.num_with_active = {1, 2};
    numbers_.workers.seconds.resize(nn::StepClock::kNumParts);
  }

  CheckpointReport Write(Checkpointer& checkpointer) {
    return checkpointer.Write({.network = core_,
                               .options = options_,
                               .data = checkpointer.data(),
                               .numbers = numbers_});
  }
  uint64_t StepsIn(const std::string& name) const {
    return ReadCheckpointInfo(folder_.Path(name)).num_steps;
  }
  std::string Refusal(const CheckpointOptions& options) const {
    try {
      Checkpointer(options, {}, 0);
    } catch (const OptionsError& error) {
      return error.what();
    }
    return "taken";
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("run");
  nn::NetworkCore core_ = testing_support::MakeNet({16}, Optimizer::kAdagrad);
  TrainOptions options_;
  RunNumbers numbers_;
};

TEST_F(CheckpointerTest, KeepsTheLastOnes) {
  Checkpointer checkpointer({.path = path_, .keep = 2}, {}, 0);
  for (const uint64_t steps : {1u, 2u, 3u}) {
    numbers_.state.place = numbers_.state.steps = steps;
    const CheckpointReport report = Write(checkpointer);
    EXPECT_EQ(report.failure, "");
    EXPECT_EQ(report.path, path_);
    EXPECT_EQ(report.num_bytes, std::filesystem::file_size(path_));
  }
  EXPECT_EQ(StepsIn("run"), 3u);
  EXPECT_EQ(StepsIn("run.1"), 2u);
  EXPECT_THAT(folder_.Names(), testing::UnorderedElementsAre("run", "run.1"));
}

TEST_F(CheckpointerTest, OlderOnesStandWhereALinkLeads) {
  std::filesystem::create_directory(folder_.Path("there"));
  std::filesystem::create_symlink(folder_.Path("there/run"), path_);
  Checkpointer checkpointer({.path = path_, .keep = 2}, {}, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Write(checkpointer).failure, "");
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(StepsIn("there/run"), 3u);
  EXPECT_EQ(StepsIn("there/run.1"), 3u);
  EXPECT_THAT(folder_.Names(), testing::UnorderedElementsAre("run", "there"));
}

TEST_F(CheckpointerTest, OneThatWasWrittenIsNotNew) {
  Checkpointer checkpointer({.path = path_}, {}, 0);
  EXPECT_TRUE(checkpointer.IsNew(numbers_.state, 0));
  Write(checkpointer);
  EXPECT_FALSE(checkpointer.IsNew(numbers_.state, 0));
  EXPECT_TRUE(checkpointer.IsNew(numbers_.state, 1));
  ++numbers_.state.steps;
  EXPECT_TRUE(checkpointer.IsNew(numbers_.state, 0));
}

TEST_F(CheckpointerTest, AFailureIsToldAndTheOldOneStays) {
  Checkpointer checkpointer({.path = path_, .keep = 2}, {}, 0);
  Write(checkpointer);
  // In the way of the name of the one before.
  std::filesystem::create_directories(folder_.Path("run.1/full"));
  numbers_.state.place = numbers_.state.steps = 4;
  const CheckpointReport report = Write(checkpointer);
  EXPECT_THAT(report.failure, HasSubstr("run"));
  EXPECT_GT(report.num_bytes, 1000u);
  EXPECT_TRUE(checkpointer.IsNew(numbers_.state, 0));
  EXPECT_EQ(StepsIn("run"), 3u);
  std::filesystem::remove_all(folder_.Path("run.1"));
  EXPECT_EQ(Write(checkpointer).failure, "");
  EXPECT_EQ(StepsIn("run"), 4u);
  EXPECT_EQ(StepsIn("run.1"), 3u);
}

TEST_F(CheckpointerTest, ANumberThatIsNotFiniteIsNotWritten) {
  core_.output().weights().rows().scalars(2)[kernels::kBias] =
      std::numeric_limits<float>::infinity();
  Checkpointer checkpointer({.path = path_}, {}, 0);
  EXPECT_THAT(Write(checkpointer).failure,
              HasSubstr("run: got a number that is not finite in row 2 of "
                        "output"));
  EXPECT_THAT(folder_.Names(), testing::IsEmpty());
}

TEST_F(CheckpointerTest, OtherFilesAreNotReplaced) {
  folder_.Write("run.1", "something");
  EXPECT_THAT(Refusal({.path = path_, .keep = 2}),
              HasSubstr("where " + path_ + ".1 is another file"));
  EXPECT_EQ(Refusal({.path = path_, .keep = 1}), "taken");
  folder_.Write("run", "something");
  EXPECT_THAT(Refusal({.path = path_}),
              HasSubstr("where " + path_ + " is another file"));
  EXPECT_THAT(Refusal({.path = folder_.path()}), HasSubstr("expected a file"));
  EXPECT_THAT(Refusal({.path = "/dev/null"}), HasSubstr("expected a file"));
}

}  // namespace
}  // namespace slide::train::checkpointer_test
