// `slide info`: what it says of this machine, and of a saved network. What it
// says to mistakes is in cli_test.cc.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/cpu.h"

namespace slide::cli::info_command_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

class InfoCommandTest : public CommandTest {
 protected:
  // Trains model.slide.
  void Train(std::vector<std::string> more) const {
    more.insert(more.begin(), {"train", train_, "--model", model_, "--quiet",
                               "--threads", "1", "--epochs", "1"});
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  // Standard output of an info that must succeed.
  static std::string Info(std::vector<std::string> more) {
    more.insert(more.begin(), "info");
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome.out;
  }
};

TEST_F(InfoCommandTest, WithoutAFileItDescribesTheMachine) {
  EXPECT_THAT(Info({}),
              AllOf(HasSubstr("version"), HasSubstr(SimdTarget() + " in use"),
                    HasSubstr("threads"), HasSubstr("huge pages")));
}

TEST_F(InfoCommandTest, MachineJsonHasEveryKey) {
  const json machine = json::parse(Info({"--json"}));
  EXPECT_EQ("slide " + machine["version"].get<std::string>() + "\n",
            RunCommand({"--version"}).out);
  EXPECT_EQ(machine["simd_target"], SimdTarget());
  EXPECT_EQ(machine["simd_targets"], SupportedSimdTargets());
  EXPECT_GE(machine["hardware_threads"], 1);
  EXPECT_THAT(machine["huge_pages"].get<std::string>(),
              AnyOf("always", "madvise", "never", "unknown"));
}

TEST_F(InfoCommandTest, ModelJsonHasTheOptionsThatTrainWasGiven) {
  Train({"--hidden",
         "16:tanh,40:active=9:candidates=30:simhash:hashes=3:tables=12",
         "--hashes",
         "3",
         "--tables",
         "10",
         "--init-scale",
         "0.5",
         "--seed",
         "12",
         "--precision",
         "bf16",
         "--optimizer",
         "adam",
         "--table-bits",
         "9",
         "--bucket-capacity",
         "100",
         "--bucket-policy",
         "reservoir",
         "--max-hashed",
         "70",
         "--hash",
         "simhash",
         "--no-hash-center"});
  const json model = json::parse(Info({model_, "--json"}));
  EXPECT_EQ(
      model["options"],
      json({{"num_features", kNumFeatures},
            {"num_labels", kNumLabels},
            {"hidden",
             {{{"neurons", 16}, {"activation", "tanh"}, {"max_active", 0}},
              {{"neurons", 40},
               {"activation", "relu"},
               {"max_active", 9},
               {"hash",
                {{"kind", "simhash"},
                 {"candidates", 30},
                 {"hashes_per_table", 3},
                 {"num_tables", 12},
                 {"table_bits", 16},
                 {"bucket_capacity", 0},
                 {"centered", true}}}}}},
            {"init_scale", 0.5},
            {"precision", "bf16"},
            {"optimizer", "adam"},
            {"hash",
             {{"kind", "simhash"},
              {"candidates", 70},
              {"hashes_per_table", 3},
              {"num_tables", 10},
              {"table_bits", 9},
              {"bucket_capacity", 100},
              {"bucket_policy", "reservoir"},
              {"centered", false}}},
            {"seed", 12}}));
  EXPECT_EQ(model["file_bytes"], ReadFile("model.slide").size());
}

TEST_F(InfoCommandTest, ModelJsonAddsUpTheLayers) {
  Train({"--hidden", "16,9"});
  const json model = json::parse(Info({model_, "--json"}));
  const json& layers = model["layers"];
  ASSERT_EQ(layers.size(), 3);
  size_t parameters = 0, bytes = 0;
  for (const json& layer : layers) {
    parameters += layer["parameters"].get<size_t>();
    bytes += layer["memory_bytes"].get<size_t>();
  }
  EXPECT_EQ(layers[0]["name"], "input");
  EXPECT_EQ(layers[0]["rows"], kNumFeatures);
  EXPECT_EQ(layers[1]["name"], "hidden1");
  EXPECT_EQ(layers[1]["width"], 16);
  EXPECT_EQ(layers[2]["name"], "output");
  EXPECT_EQ(layers[2]["rows"], kNumLabels);
  EXPECT_EQ(model["parameters"], parameters);
  EXPECT_EQ(parameters, (kNumFeatures + 1) * 16 + (16 + 1) * 9 +
                            (9 + 1) * static_cast<size_t>(kNumLabels));
  EXPECT_EQ(model["memory_bytes"], bytes);
  EXPECT_LT(bytes, model["file_bytes"]);
}

TEST_F(InfoCommandTest, SaysThatAModelHasASparsePart) {
  Train({"--sparse-part", "off"});
  EXPECT_FALSE(json::parse(Info({model_, "--json"})).contains("sparse_part"));
  Train({"--sparse-part", "on", "--sparse-min-samples", "1"});
  const json model = json::parse(Info({model_, "--json"}));
  EXPECT_GT(model["sparse_part"]["pairs"], 0);
  EXPECT_FLOAT_EQ(model["sparse_part"]["weight"].get<float>(), 1.4f);
  EXPECT_THAT(Info({model_}), testing::HasSubstr("\nsparse part"));
  // With the pairs of the data that it was trained on.
  const json data = json::parse(Info(
      {train_, "--json", "--sparse-part", "on", "--sparse-min-samples", "1"}));
  for (const char* key : {"pairs", "features", "bytes"}) {
    EXPECT_EQ(data["sparse_part"][key], model["sparse_part"][key]) << key;
  }
  EXPECT_EQ(data["training_bytes"]["sparse_part"],
            model["sparse_part"]["bytes"]);
}

TEST_F(InfoCommandTest, ModelJsonHasTheBucketsThatTheWeightsFill) {
  Train({"--tables", "7", "--hashes", "3", "--hash", "simhash"});
  const json buckets = json::parse(Info({model_, "--json"}))["buckets"];
  EXPECT_EQ(buckets["num_buckets"], 7 * 8);
  EXPECT_EQ(buckets["num_left_out"], 0);
  EXPECT_GE(buckets["largest"], kNumLabels / 8);
  uint64_t sum = 0;
  for (const json& number : buckets["by_size"]) sum += number.get<uint64_t>();
  EXPECT_EQ(sum, 7 * 8);
  Train({"--hash", "none"});
  EXPECT_EQ(json::parse(Info({model_, "--json"}))["buckets"]["num_buckets"], 0);
  EXPECT_THAT(Info({model_}), HasSubstr("buckets               none\n"));
}

TEST_F(InfoCommandTest, WithDataItMeasuresTheTables) {
  Train({});
  const json index =
      json::parse(Info({model_, "--data", train_, "--json"}))["index"];
  for (const char* strategy : {"vanilla", "top-k"}) {
    EXPECT_GT(index[strategy]["recall@10"], 0.0);
    EXPECT_LE(index[strategy]["recall@10"], 1.0);
    EXPECT_LE(index[strategy]["found_p99"], kNumLabels);
  }
  EXPECT_THAT(Info({model_, "--data", train_}),
              HasSubstr("vanilla               recall@10 "));
  EXPECT_EQ(json::parse(Info({model_, "--json"})).count("index"), 0u);
  Train({"--hash", "none"});
  EXPECT_THAT(Info({model_, "--data", train_}),
              HasSubstr("buckets               none\n"));
}

TEST_F(InfoCommandTest, DataWithoutAModelOrDamagedIsRefused) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--data", train_},
        {"--threads", "2"},
        {"--no-normalize"}}) {
    std::vector<std::string> words = {"info"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err,
                HasSubstr(options[0] + ": does nothing with the machine"));
  }
  Train({});
  EXPECT_EQ(RunCommand({"info", model_, "--no-normalize"}).exit_code, 2);
  EXPECT_EQ(RunCommand({"info", model_, "--data", "no-such-file"}).exit_code,
            3);
}

TEST_F(InfoCommandTest, ModelTextHasOptionsAndATableOfLayers) {
  Train({"--hidden", "1024", "--hash", "simhash", "--tables", "10", "--hashes",
         "4"});
  EXPECT_THAT(
      Info({model_}),
      AllOf(HasSubstr(model_ + ", "), HasSubstr("num_features          50\n"),
            HasSubstr("hidden                1024\n"),
            HasSubstr("optimizer             row-"),
            HasSubstr("hash.num_tables       10\n"),
            HasSubstr("hash.hashes_per_table 4\n"),
            HasSubstr("buckets               160, "), HasSubstr("parameters"),
            HasSubstr("input"), HasSubstr("52,224"), HasSubstr("output"),
            HasSubstr("20,500"), HasSubstr("in all"), HasSubstr("72,724")));
}

TEST_F(InfoCommandTest, ClosedPipeEndsQuietly) {
  RunningCommand command({"info"});
  command.CloseOutput();
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(InfoCommandTest, NearLabelsAreByNameOrNumber) {
  TrainModel();
  const auto near = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"info", model_};
    words.insert(words.end(), more.begin(), more.end());
    return RunCommand(words);
  };
  const Outcome three = near({"--near", "7", "--k", "3"});
  EXPECT_EQ(three.exit_code, 0) << three.err;
  EXPECT_EQ(std::ranges::count(three.out, '\n'), 3);
  const auto listed =
      nlohmann::json::parse(near({"--near", "7", "--json"}).out);
  ASSERT_EQ(listed["near"].size(), 10u);
  EXPECT_EQ(three.out.substr(0, three.out.find('\n')),
            fmt::format("{:.4f}  {}", listed["near"][0]["cosine"].get<float>(),
                        listed["near"][0]["label"].get<std::string>()));
  for (const std::string label : {"20", "x", "-1"}) {
    const Outcome outcome = near({"--near", label});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.err,
                testing::HasSubstr("expected the number (0 to 19)"));
  }
  std::string names;
  for (int i = 0; i < kNumLabels; ++i) names += fmt::format("name {}\n", i);
  WriteFile("names", names);
  TrainModel({"--labels", Path("names")});
  EXPECT_THAT(near({"--near", "name 7"}).out, testing::HasSubstr("  name "));
  EXPECT_EQ(near({"--near", "7"}).exit_code, 3);
}

}  // namespace
}  // namespace slide::cli::info_command_test
