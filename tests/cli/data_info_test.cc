// `slide info` about data.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/network.h"
#include "support/container.h"

namespace slide::cli::data_info_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class DataInfoTest : public CommandTest {
 protected:
  // Standard output of an info that must succeed.
  static std::string Info(std::vector<std::string> more) {
    more.insert(more.begin(), "info");
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  static json InfoJson(std::vector<std::string> more) {
    more.push_back("--json");
    return json::parse(Info(more));
  }
  void Convert(const std::string& in, const std::string& out) const {
    ASSERT_EQ(RunCommand({"convert", in, out}).exit_code, 0);
  }
};

TEST_F(DataInfoTest, PrintsWhatTheDataHolds) {
  WriteFile("data.txt",
            "6 9 5\n"
            "0,1,2,3 0:1 1:1\n"
            "0 0:1\n"
            "0 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1\n"
            " 2:1\n"
            "0 \n"
            "3 3:1 8:1\n");
  const json data = InfoJson({Path("data.txt")});
  EXPECT_EQ(data["points"], 6);
  EXPECT_EQ(data["features"], 9);
  EXPECT_EQ(data["labels"], 5);
  json nonzeros = data["nonzeros_per_point"];
  EXPECT_DOUBLE_EQ(nonzeros["mean"], 14.0 / 6);
  nonzeros.erase("mean");
  EXPECT_EQ(nonzeros,
            json::parse(R"({"sum":14,"p50":1,"p99":8,"max":8,"zero":1})"));
  EXPECT_EQ(data["labels_per_point"]["sum"], 8);
  EXPECT_EQ(data["label_counts"],
            json::parse(R"({"max":4,"by_size":[1,2,1,1]})"));
  EXPECT_EQ(data.count("cache"), 0u);
  EXPECT_THAT(Info({Path("data.txt")}),
              AllOf(HasSubstr("points      6\n"),
                    HasSubstr("nonzeros    14; 2.33 a point, half have at most "
                              "1, 99 % 8, all 8\n"),
                    HasSubstr("empty       1 points without features, 1 "
                              "without labels\n"),
                    HasSubstr("\nupdate      dense, as labels are few: "
                              "without hash tables\n"),
                    HasSubstr("\n2-3                          1\n")));
}

TEST_F(DataInfoTest, ListsTheMostFrequentLabelsAndFeatures) {
  WriteFile("data.txt", "4 3 14\n0,2 0:1 2:1\n2 2:1\n2 0:1 2:0\n 1:0\n");
  EXPECT_THAT(Info({Path("data.txt")}),
              testing::EndsWith("\n       points  label\n"
                                "            3  2\n"
                                "            1  0\n"
                                "\n       points  feature\n"
                                "            3  2\n"
                                "            2  0\n"
                                "            1  1\n"));
  json data = InfoJson({Path("data.txt")});
  EXPECT_EQ(data["frequent_labels"],
            json::parse(R"([{"id":2,"points":3},{"id":0,"points":1}])"));

  std::string labels;
  for (int i = 0; i < 14; ++i) labels += "label " + std::to_string(i) + "\n";
  WriteFile("labels", labels);
  WriteFile("vocabulary",
            "slide vocabulary 1: documents=5 terms=3 min_count=1 "
            "max_features=0 max_share=1 bigrams=no normalize=yes\n"
            "a\t5\nb\t1\nc\t1\n");
  const std::vector<std::string> named = {Path("data.txt"), "--labels",
                                          Path("labels"), "--features",
                                          Path("vocabulary")};
  EXPECT_THAT(Info(named), AllOf(HasSubstr("            3  label 2\n"),
                                 HasSubstr("            3  c\n")));
  data = InfoJson(named);
  EXPECT_EQ(data["frequent_labels"][1],
            json::parse(R"({"id":0,"name":"label 0","points":1})"));
  EXPECT_EQ(data["frequent_features"][2],
            json::parse(R"({"id":1,"name":"b","points":1})"));

  const Outcome outcome =
      RunCommand({"info", Path("data.txt"), "--labels", Path("vocabulary")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("vocabulary: got 4 lines, expected 14, "
                                     "a name for each of the labels\n"));
}

TEST_F(DataInfoTest, ListsTenAtMostAndNamesOfAnyBytes) {
  EXPECT_EQ(InfoJson({train_})["frequent_labels"].size(), 10u);
  std::string names;
  for (int i = 0; i < kNumLabels; ++i) names += "\xe9t\xe9\n";  // Latin-1
  WriteFile("labels", names);
  EXPECT_EQ(InfoJson({train_, "--labels",
                      Path("labels")})["frequent_labels"][0]["name"],
            "\ufffdt\ufffd");
}

TEST_F(DataInfoTest, ReadsDataWithoutPoints) {
  WriteFile("none.txt", "0 9 5\n");
  const json data = InfoJson({Path("none.txt")});
  EXPECT_EQ(data["points"], 0);
  EXPECT_EQ(data["nonzeros_per_point"]["max"], 0);
}

TEST_F(DataInfoTest, CountsPointsOfOneFileInTheOther) {
  WriteFile("a.txt", "2 9 5\n0 0:1 1:2\n1 3:1\n");
  WriteFile("b.txt", "4 9 5\n0 0:1 1:2\n3 3:1\n3 3:1\n3 4:1\n");
  Convert(Path("a.txt"), Path("a.slided"));
  Convert(Path("b.txt"), Path("b.slided"));
  for (const char* a : {"a.txt", "a.slided"}) {
    for (const char* b : {"b.txt", "b.slided"}) {
      EXPECT_EQ(
          InfoJson({Path(a), "--against", Path(b)})["duplicates"],
          json::parse(R"({"points":4,"same_features":3,"same_labels":1})"));
    }
  }
}

// `info` tells the same memory for a trained network as for the data, but for
// the biases of the first hidden layer: a row of its own, with up to four
// floats a neuron and padding.
TEST_F(DataInfoTest, TellsTheMemoryThatTrainingTakes) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--hidden", "16"},
        {"--hidden", "32,8", "--optimizer", "adam"},
        {"--precision", "bf16", "--optimizer", "sgd"}}) {
    std::vector<std::string> train = {"train",   train_,     "--model", model_,
                                      "--quiet", "--epochs", "1"};
    train.insert(train.end(), options.begin(), options.end());
    ASSERT_EQ(RunCommand(train).exit_code, 0);
    const json model = InfoJson({model_});
    std::vector<std::string> info = {train_};
    info.insert(info.end(), options.begin(), options.end());
    const json memory = InfoJson(info)["training_bytes"];
    // As it is trained: models of the last two are without that state.
    uint64_t in_all = 0;
    const Network network(Network::Load(model_).options(), 1);
    for (const LayerInfo& layer : network.Layers()) in_all += layer.num_bytes;
    const uint64_t layers = memory["layers"];
    EXPECT_LE(layers, in_all);
    EXPECT_LE(in_all - layers, 128 * 4 * sizeof(float) + 192);
    EXPECT_EQ(memory["tables"], model["buckets"]["num_bytes"]);
    EXPECT_EQ(memory["data"], 401 * 16 + 1200 * 8 + 400 * 4);
  }
}

TEST_F(DataInfoTest, SaysOfACacheWhatItsHeaderSaysAndVerifiesIt) {
  Convert(train_, Path("cache"));
  json cache = InfoJson({Path("cache")})["cache"];
  EXPECT_EQ(cache["version"], 2);
  EXPECT_EQ(cache["normalized"], true);
  EXPECT_EQ(cache["verified"], false);
  EXPECT_EQ(InfoJson({Path("cache"), "--verify"})["cache"]["verified"], true);
  EXPECT_THAT(Info({Path("cache"), "--verify"}),
              HasSubstr("samples scaled to length 1; sums fit\n"));
  // Another value that breaks no rule: only the sum knows.
  auto parts = testing_support::Container::Of(ReadFile("cache"));
  parts.sections[parts.Offset("feature_values")] ^= 1;
  WriteFile("cache", parts.File());
  Info({Path("cache")});
  const Outcome outcome = RunCommand({"info", Path("cache"), "--verify"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(": section feature_values is damaged"));
}

TEST_F(DataInfoTest, RefusesOptionsThatWouldDoNothing) {
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.err;
  };
  EXPECT_EQ(error_of({"info", train_, "--data", test_}),
            "slide: error: --data: does nothing with data\n");
  TrainModel();
  EXPECT_EQ(error_of({"info", model_, "--hidden", "4"}),
            "slide: error: --hidden: does nothing with a network without "
            "--data\n");
}

}  // namespace
}  // namespace slide::cli::data_info_test
