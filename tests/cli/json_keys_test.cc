// The keys that docs/json.md is made of are those that the command prints: all
// of them, and no others.
#include "cli/json_keys.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::json_keys_test {
namespace {

using nlohmann::json;

std::set<std::string> Documented(std::string_view object) {
  std::set<std::string> paths;
  for (const JsonKey& key : JsonKeys()) {
    if (key.object == object) paths.insert(key.path);
  }
  return paths;
}

std::string Repeat(const std::string& text, int num) {
  std::string all;
  for (int i = 0; i < num; ++i) all += text;
  return all;
}

class JsonKeysTest : public CommandTest {
 protected:
  // Adds the documented paths of the keys in a line of JSON.
  void Add(std::string_view object, const std::string& line) {
    ForEachKey(object, json::parse(line), [&](const std::string& path) {
      const JsonKey* key = FindJsonKey(object, path);
      printed_.insert(key == nullptr ? "undocumented: " + path : key->path);
    });
  }
  void Run(std::string_view object, const std::vector<std::string>& arguments) {
    const Outcome outcome = RunCommand(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    Add(object, outcome.out);
  }

  void TrainOnDocuments() const {
    WriteFile("documents", "a\tx y\nb\ty z\n");
    EXPECT_EQ(RunCommand({"train", Path("documents"), "--model", model_,
                          "--quiet", "--epochs", "1"})
                  .exit_code,
              0);
  }

  std::set<std::string> printed_;
};

TEST_F(JsonKeysTest, OfTrain) {
  Run("train", TrainArguments({"--json", "--epochs", "1", "--sparse-part", "on",
                               "--validation-share", "0.1"}));
  TrainOnDocuments();
  WriteFile("more", "a\tx y w\nb\ty z w\n");
  WriteFile("vectors", "1 256\nw" + Repeat(" 1", 256) + "\n");
  Run("train", {"train", Path("more"), "--from", model_, "--input-vectors",
                Path("vectors"), "--json", "--epochs", "1"});
  EXPECT_EQ(printed_, Documented("train"));
}

TEST_F(JsonKeysTest, OfMetrics) {
  TrainModel({"--metrics", Path("lines"), "--epochs", "1", "--validation-share",
              "0.1"});
  Add("metrics", ReadFile("lines"));
  EXPECT_EQ(printed_, Documented("metrics"));
}

TEST_F(JsonKeysTest, OfEvaluate) {
  TrainModel({"--epochs", "1"});
  Run("evaluate", {"evaluate", model_, test_, "--propensities", train_,
                   "--threshold", "0.5", "--reliability", "--json"});
  TrainOnDocuments();
  Run("evaluate", {"evaluate", model_, Path("documents"), "--json"});
  EXPECT_EQ(printed_, Documented("evaluate"));
}

TEST_F(JsonKeysTest, OfFolds) {
  Run("folds", {"train", train_, "--folds", "2", "--epochs", "1", "--json",
                "--validation-share", "0.1"});
  EXPECT_EQ(printed_, Documented("folds"));
}

TEST_F(JsonKeysTest, OfPredict) {
  TrainModel({"--epochs", "1"});
  WriteFile("point", "1 50 20\n1 1:1\n");
  WriteFile("empty", "1 50 20\n1\n");
  WriteFile("name", "a\n");
  for (const char* data : {"point", "empty"}) {
    Run("predict", {"predict", model_, Path(data), "--json", "--names",
                    Path("name"), "--explain", "2", "--show-features", "1"});
  }
  EXPECT_EQ(printed_, Documented("predict"));
}

TEST_F(JsonKeysTest, OfCalibrate) {
  TrainModel({"--epochs", "1"});
  Run("calibrate", {"calibrate", model_, test_, "--json"});
  EXPECT_EQ(printed_, Documented("calibrate"));
}

TEST_F(JsonKeysTest, OfConvert) {
  Run("convert", {"convert", train_, Path("cache"), "--json"});
  EXPECT_EQ(printed_, Documented("convert"));
}

TEST_F(JsonKeysTest, OfExport) {
  TrainModel({"--epochs", "1"});
  Run("export", {"export", model_, Path("small"), "--json"});
  EXPECT_EQ(printed_, Documented("export"));
}

TEST_F(JsonKeysTest, OfVectorize) {
  WriteFile("text", "a,b\tone two\na\ttwo three\n");
  std::vector<std::string> arguments = {
      "vectorize",   Path("text"), Path("data"),   "--vocabulary",
      Path("words"), "--labels",   Path("labels"), "--json"};
  Run("vectorize", arguments);
  arguments.push_back("--apply");
  Run("vectorize", arguments);
  EXPECT_EQ(printed_, Documented("vectorize"));
}

TEST_F(JsonKeysTest, OfSynth) {
  Run("synth", {"synth", Path("made"), "--points", "20", "--test-points", "5",
                "--features", "200", "--labels", "30", "--json"});
  EXPECT_EQ(printed_, Documented("synth"));
}

TEST_F(JsonKeysTest, OfInfo) {
  Run("info", {"info", "--json"});
  EXPECT_EQ(printed_, Documented("info"));
}

TEST_F(JsonKeysTest, OfInfoModel) {
  TrainModel({"--epochs", "1", "--sparse-part", "on"});
  TrainModel({"--from", model_, "--epochs", "1"});
  Run("info MODEL", {"info", model_, "--data", train_, "--json"});
  RunCommand({"calibrate", model_, test_, "--quiet"});
  RunCommand({"export", model_, Path("small")});
  Run("info MODEL", {"info", Path("small"), "--json"});
  TrainOnDocuments();
  Run("info MODEL", {"info", model_, "--json"});
  WriteFile("libsvm", "0 0:1\n");
  EXPECT_EQ(RunCommand({"train", Path("libsvm"), "--model", model_, "--quiet",
                        "--epochs", "1"})
                .exit_code,
            0);
  Run("info MODEL", {"info", model_, "--json"});
  EXPECT_EQ(printed_, Documented("info MODEL"));
}

TEST_F(JsonKeysTest, OfNear) {
  TrainModel({"--epochs", "1"});
  Run("near", {"info", model_, "--near", "3", "--json"});
  EXPECT_EQ(printed_, Documented("near"));
}

TEST_F(JsonKeysTest, OfInfoCheckpoint) {
  TrainModel({"--epochs", "1", "--validation-share", "0.1", "--checkpoint",
              Path("run"), "--checkpoint-every", "1epoch"});
  Run("info CHECKPOINT", {"info", Path("run"), "--json"});
  EXPECT_EQ(printed_, Documented("info CHECKPOINT"));
}

TEST_F(JsonKeysTest, OfInfoData) {
  Run("convert", {"convert", train_, Path("cache"), "--json"});
  printed_.clear();
  const auto write_names = [&](const char* file, int num) {
    std::string names;
    for (int i = 0; i < num; ++i) names += fmt::format("name{}\n", i);
    WriteFile(file, names);
  };
  write_names("labels", kNumLabels);
  write_names("features", kNumFeatures);
  Run("info DATA",
      {"info", Path("cache"), "--verify", "--against", test_, "--labels",
       Path("labels"), "--features", Path("features"), "--json"});
  EXPECT_EQ(printed_, Documented("info DATA"));
}

TEST(JsonKeys, CapitalsStandForAnythingButADot) {
  ASSERT_NE(FindJsonKey("train", "p@10"), nullptr);
  EXPECT_EQ(FindJsonKey("train", "p@10")->path, "p@K");
  EXPECT_EQ(FindJsonKey("train", "p@"), nullptr);
  EXPECT_EQ(FindJsonKey("train", "popularity"), nullptr);
  EXPECT_NE(FindJsonKey("info MODEL", "index.top-k.samples"), nullptr);
  EXPECT_EQ(FindJsonKey("info MODEL", "index.samples"), nullptr);
  EXPECT_EQ(FindJsonKey("convert", "p@1"), nullptr);
}

TEST(JsonKeys, AnUndocumentedKeyIsNotPrinted) {
  const nlohmann::ordered_json object = {{"version", "1"}, {"colour", "red"}};
  EXPECT_THROW(PutJson(stdout, "info", object), std::logic_error);
}

}  // namespace
}  // namespace slide::cli::json_keys_test
