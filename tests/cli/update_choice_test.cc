// Options that dense updates know nothing of: they make the choice, or are
// refused.
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::update_choice_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class UpdateChoiceTest : public CommandTest {
 protected:
  // Trains on few labels, densely unless an option says otherwise.
  Outcome Train(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"train",    train_, "--epochs",  "1",
                                          "--hidden", "16",   "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCommand(arguments);
  }
};

TEST_F(UpdateChoiceTest, FewLabelsAreTrainedDenselyUnlessTablesAreNamed) {
  EXPECT_THAT(Train({}).out, HasSubstr("all labels computed"));
  for (const std::vector<std::string>& named :
       std::vector<std::vector<std::string>>{{"--tables", "9"},
                                             {"--hash", "wta"},
                                             {"--max-hashed", "200"},
                                             {"--gradient-floor", "0.03"},
                                             {"--rebuild", "pause"}}) {
    const Outcome outcome = Train(named);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, Not(HasSubstr("all labels computed"))) << named[0];
  }
  EXPECT_THAT(Train({"--hash", "auto"}).out, HasSubstr("all labels computed"));
}

TEST_F(UpdateChoiceTest, DenseUpdatesRefuseWhatTheyWouldIgnore) {
  for (const std::string flag :
       {"--tables", "--max-hashed", "--random-negatives", "--gradient-floor"}) {
    const Outcome outcome = Train({"--update", "dense", flag, "1"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err,
                HasSubstr(flag + ": does nothing with --update dense"));
  }
  EXPECT_EQ(Train({"--update", "sampled", "--random-negatives", "7"}).exit_code,
            0);
  EXPECT_EQ(Train({"--update", "sampled", "--tables", "7"}).exit_code, 2);
}

TEST_F(UpdateChoiceTest, BatchesHaveASizeWhereThereAreBatches) {
  EXPECT_THAT(Train({"--batch-size", "7"}).out, HasSubstr("in batches of 7"));
  const Outcome outcome = Train({"--batch-size", "7", "--hash", "wta"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--batch-size: does nothing with --update "
                                     "hogwild, which auto is here"));
}

}  // namespace
}  // namespace slide::cli::update_choice_test
