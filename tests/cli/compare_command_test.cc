// `slide compare`, and the reports of compare and train.
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace slide::cli::compare_command_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class CompareCommandTest : public CommandTest {
 protected:
  Outcome Compare(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {
        "compare",  train_, "--test",   test_, "--threads", "1",
        "--epochs", "2",    "--hidden", "16",  "--looks",   "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCommand(arguments);
  }
  // The JSON inside of a page; fails the test where there is none.
  json DataOf(const std::string& name) const {
    const std::string page = ReadFile(name);
    const std::string begin = "<script id=\"data\" type=\"application/json\">";
    const size_t from = page.find(begin) + begin.size();
    const size_t to = page.find("</script>", from);
    const json data = json::parse(page.substr(from, to - from), nullptr, false);
    EXPECT_FALSE(data.is_discarded());
    return data;
  }
  // Whether the page needs nothing but itself.
  void ExpectAlone(const std::string& name) const {
    const std::string page = ReadFile(name);
    EXPECT_THAT(page, Not(HasSubstr("src=")));
    EXPECT_THAT(page, Not(HasSubstr("<link")));
    EXPECT_THAT(page, Not(HasSubstr("@import")));
    EXPECT_THAT(page, Not(HasSubstr("{{")));
    EXPECT_THAT(page, HasSubstr("Chart.js v"));
  }
};

TEST_F(CompareCommandTest, PrintsARowForEachLookAndATable) {
  const Outcome outcome =
      Compare({"--methods", "slide,linear/epochs=1", "--targets", "0.1,1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("s to 0.10"));
  EXPECT_THAT(outcome.out, HasSubstr("PSP@1"));
  EXPECT_THAT(outcome.out, HasSubstr("\nlinear/epochs=1   1.00"));
}

TEST_F(CompareCommandTest, TheReportHasTheNumbersOfTheComparison) {
  const Outcome outcome =
      Compare({"--methods", "slide,net,sampled-uniform", "--json", "--report",
               Path("page.html"), "--search", "1", "--hash", "wta"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const json printed = json::parse(outcome.out);
  const json data = DataOf("page.html");
  EXPECT_EQ(data["kind"], "comparison");
  EXPECT_EQ(data["methods"], printed["methods"]);
  ASSERT_EQ(printed["methods"].size(), 3u);
  for (const json& method : printed["methods"]) {
    EXPECT_EQ(method["curve"].back()["p@1"], method["p@1"]);
    EXPECT_EQ(method["tries"].size(), 3u);
    EXPECT_GT(method["phases"]["backward"], 0.0);
    EXPECT_GT(method["curve"].front()["learning_rate"], 0.0);
    EXPECT_GT(method["curve"].back()["active_mean"], 0.0);
    EXPECT_GT(method["p@1"], 0.5);
  }
  ExpectAlone("page.html");
}

TEST_F(CompareCommandTest, TheReportOfATrainingHasTheNumbersOfItsMetrics) {
  const Outcome outcome = RunCommand(TrainArguments(
      {"--epochs", "3", "--validation-share", "0.2", "--metrics",
       Path("metrics"), "--report", Path("page.html"), "--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const json data = DataOf("page.html");
  EXPECT_EQ(data["kind"], "training");
  json lines = json::array();
  std::istringstream metrics(ReadFile("metrics"));
  for (std::string line; std::getline(metrics, line);) {
    lines.push_back(json::parse(line));
  }
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(data["epochs"], lines);
  EXPECT_EQ(data["result"], json::parse(outcome.out));
  ASSERT_FALSE(data["progress"].empty());
  EXPECT_EQ(data["progress"].back()["epochs"], 3.0);
  EXPECT_EQ(data["options"]["train"]["epochs"], 3);
  ExpectAlone("page.html");
}

TEST_F(CompareCommandTest, TheReportOfARunThatGoesOnHasItsEpochsBefore) {
  const std::vector<std::string> checkpoint = {"--checkpoint", Path("run"),
                                               "--epochs", "3"};
  ASSERT_EQ(RunCommand(TrainArguments(checkpoint)).exit_code, 0);
  std::vector<std::string> resumed = TrainArguments(checkpoint);
  resumed.insert(resumed.end(),
                 {"--resume", "--report", Path("page.html"), "--quiet"});
  ASSERT_EQ(RunCommand(resumed).exit_code, 0);
  const json data = DataOf("page.html");
  ASSERT_EQ(data["epochs"].size(), 3u);
  EXPECT_EQ(data["epochs"][2]["p@1"], data["result"]["p@1"]);
}

TEST_F(CompareCommandTest, ANameInAReportCannotEndItsScript) {
  const std::string name = "a<script>&b.txt";
  WriteFile(name, ReadFile("train.txt"));
  std::vector<std::string> arguments =
      TrainArguments({"--quiet", "--report", Path("page.html")});
  arguments[1] = Path(name);
  ASSERT_EQ(RunCommand(arguments).exit_code, 0);
  EXPECT_THAT(ReadFile("page.html"),
              HasSubstr("<title>slide: training on a&lt;script>&amp;b.txt"));
  EXPECT_THAT(DataOf("page.html")["command"], HasSubstr("a<script>&b.txt"));
}

TEST_F(CompareCommandTest, LeavesToTheDataWhatIsNotSaid) {
  const Outcome outcome =
      RunCommand({"compare", train_, "--test", test_, "--methods",
                  "slide,dense", "--epochs", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["methods"].size(), 2u);
}

TEST_F(CompareCommandTest, SaysWhichMethodTheOptionsDoNotSuitBeforeItTrains) {
  const Outcome outcome = RunCommand(
      {"compare", train_, "--test", test_, "--hidden", "16,8:active=4",
       "--methods", "slide,dense", "--search", "50", "--epochs", "100000"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("method dense: got a last hidden layer "
                                     "that is hashed"));
}

TEST_F(CompareCommandTest, SaysWhatIsWrongBeforeItReads) {
  Outcome outcome = Compare({"--methods", "slide,fast"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("got the name 'fast', expected slide"));
  outcome = Compare(
      {"--methods", "slide", "--report", Path("no/such/folder/page.html")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("page.html"));
  outcome = Compare({"--methods", "slide", "--report", "-"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--report: got '-'"));
  outcome = Compare({"--methods", "slide", "--report", train_});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--report"));
}

TEST_F(CompareCommandTest, ATrainingThatDivergesLeavesItsReport) {
  ASSERT_EQ(RunCommand(TrainArguments({"--learning-rate", "1e30", "--optimizer",
                                       "sgd", "--report", Path("page.html")}))
                .exit_code,
            1);
  EXPECT_EQ(DataOf("page.html")["kind"], "training");
}

TEST_F(CompareCommandTest, NoOutputTakesThePlaceOfANetwork) {
  TrainModel({"--epochs", "1"});
  const std::string before = ReadFile("model.slide");
  const std::string message = "'" + model_ + "' is a network";
  const Outcome outcomes[] = {
      Compare({"--methods", "slide", "--report", model_}),
      RunCommand(TrainArguments({"--report", model_})),
      RunCommand(TrainArguments({"--metrics", model_}))};
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  EXPECT_EQ(ReadFile("model.slide"), before);
}

TEST_F(CompareCommandTest, TellsOfAMethodThatFailedBesideOthers) {
  const Outcome outcome =
      Compare({"--methods", "net/optimizer=sgd/learning-rate=1e30,net",
               "--quiet", "--report", Path("page.html")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("method net/optimizer=sgd"));
  const json data = DataOf("page.html");
  EXPECT_EQ(data["methods"][1]["time_ratio"], 1.0);
  EXPECT_FALSE(data["methods"][1]["seconds_to"].empty());
}

TEST_F(CompareCommandTest, FailsWhereEveryMethodDoes) {
  const Outcome outcome =
      Compare({"--methods", "net/optimizer=sgd/learning-rate=1e30"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("not finite"));
}

TEST_F(CompareCommandTest, EndsWithWhatThereIsAtASignal) {
  RunningCommand command({"compare", train_, "--test", test_, "--threads", "1",
                          "--epochs", "1000000", "--hidden", "16", "--methods",
                          "slide,net", "--json"});
  command.WaitForError("epoch");
  command.Signal(SIGINT);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(json::parse(outcome.out)["interrupted"], true);
}

}  // namespace
}  // namespace slide::cli::compare_command_test
