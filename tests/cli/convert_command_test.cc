// `slide convert`, and the commands on what it writes.
#include <filesystem>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace slide::cli::convert_command_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ConvertCommandTest : public CommandTest {
 protected:
  void Convert(const std::string& in, const std::string& out,
               const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"convert", in, out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
};

TEST_F(ConvertCommandTest, CommandsGiveTheSameFromACacheAndFromText) {
  // Under the same names, which the model has.
  std::filesystem::create_directory(Path("caches"));
  Convert(train_, Path("caches/train.txt"));
  Convert(test_, Path("caches/test.txt"));
  TrainModel();
  const std::string model = ReadFile("model.slide");
  const Outcome trained = RunCommand(
      {"train", Path("caches/train.txt"), "--test", Path("caches/test.txt"),
       "--threads", "1", "--hidden", "16", "--tables", "10", "--hash", "wta",
       "--model", Path("other.slide")});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_TRUE(ReadFile("other.slide") == model);
  EXPECT_EQ(RunCommand({"predict", model_, Path("caches/test.txt")}).out,
            RunCommand({"predict", model_, test_}).out);
}

TEST_F(ConvertCommandTest, SaysWhatItWrote) {
  const Outcome text = RunCommand({"convert", train_, Path("a")});
  EXPECT_THAT(text.out,
              StartsWith(Path("a") + ": 400 points, 50 features, 20 labels; "));
  const Outcome outcome =
      RunCommand({"convert", train_, Path("b"), "--no-normalize", "--json"});
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["points"], 400);
  EXPECT_EQ(json["nonzeros"], 1200);
  EXPECT_EQ(json["normalized"], false);
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(Path("b")));
  EXPECT_THAT(RunCommand({"convert", train_, Path("c"), "--quiet"}).out,
              IsEmpty());
  Convert(Path("a"), Path("d"));  // a cache of a cache
  EXPECT_EQ(ReadFile("d"), ReadFile("a"));
}

TEST_F(ConvertCommandTest, RefusesToOverwriteWhatItReads) {
  const Outcome outcome = RunCommand({"convert", train_, train_});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("OUT would overwrite IN"));
}

TEST_F(ConvertCommandTest, LeavesNothingOfTextThatIsDamaged) {
  WriteFile("bad.txt", "2 3 4\n0 1:1\n9 1:1\n");
  const Outcome outcome = RunCommand({"convert", Path("bad.txt"), Path("out")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("bad.txt:3: label 9 is not below 4"));
  EXPECT_THAT(Files(), ElementsAre("bad.txt", "test.txt", "train.txt"));
}

TEST_F(ConvertCommandTest, ScalingHasToMatch) {
  Convert(train_, Path("raw"), {"--no-normalize"});
  const Outcome outcome = RunCommand({"train", Path("raw")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("were not scaled to length 1"));
}

// Nothing is wrong with the header; every command has to find out by itself.
TEST_F(ConvertCommandTest, DamageInASampleIsADataErrorOfEveryCommand) {
  TrainModel();
  Convert(test_, Path("bad"));
  std::string bytes = ReadFile("bad");
  const size_t label_ids = bytes.size() - 400;  // 100 of 4 bytes end the file
  bytes[label_ids + 4 * 50 + 3] = 1;            // of point 50
  WriteFile("bad", bytes);
  const std::string error = "bad: sample 50: label id 16777";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"train", Path("bad")},
        {"train", train_, "--test", Path("bad"), "--quiet"},
        {"evaluate", model_, Path("bad")},
        {"predict", model_, Path("bad")},
        {"convert", Path("bad"), Path("out")}}) {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, 3) << arguments[0];
    EXPECT_THAT(outcome.err, HasSubstr(error)) << arguments[0];
  }
}

TEST_F(ConvertCommandTest, CachesThatAreNotWholeAreDataErrors) {
  Convert(test_, Path("cache"));
  const std::string bytes = ReadFile("cache");
  WriteFile("cache", bytes.substr(0, bytes.size() - 64));
  Outcome outcome = RunCommand({"train", Path("cache")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(": cut off: got "));
  WriteFile("cache", bytes);
  outcome = RunCommand({"train", "-"}, Path("cache"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err,
              HasSubstr("standard input: is a cache where only text"));
}

}  // namespace
}  // namespace slide::cli::convert_command_test
