#include "options/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "slide/error.h"
#include "slide/options.h"

namespace slide::options::json_test {
namespace {

using nlohmann::json;

util::Json With(const char* key, const std::string& text) {
  util::Json object;
  object[key] = util::Json::Parse(text);
  return object;
}

template <typename Options>
std::string Refusal(const char* text) {
  Options options;
  try {
    FromJson(With("options", text), "options", Fields(options));
  } catch (const OptionsError& error) {
    return error.what();
  }
  return "taken";
}

TEST(OptionsJson, HasAKeyForEachMemberAndNestsAsTheStructsDo) {
  TrainOptions options;
  options.layer_rates = {1.0, 0.25};
  const json object = json::parse(ToJson(Fields(options)));
  EXPECT_EQ(object["epochs"], nullptr);
  EXPECT_EQ(object["batch_size"], nullptr);
  EXPECT_EQ(object["patience"], 0);
  EXPECT_EQ(object["loss"], "decoupled");
  EXPECT_EQ(object["learning_rate"], nullptr);
  EXPECT_EQ(object["layer_rates"], json({1.0, 0.25}));
  EXPECT_EQ(object["eval_ks"], json({1, 3, 5}));
  EXPECT_EQ(object["index_reports"], false);
  EXPECT_EQ(object["sampling"]["max_hashed"], 200);
  EXPECT_EQ(object["sampling"]["correction"], "logq");
  EXPECT_EQ(object["rebuild"]["every"], nullptr);
}

TEST(OptionsJson, HiddenLayersHaveWhatMeansSomethingThere) {
  NetworkOptions options;
  options.hidden = {64, 2000};
  options.hidden[1].max_active = 50;
  const json object = json::parse(ToJson(Fields(options)));
  EXPECT_EQ(object["hidden"][0],
            json({{"neurons", 64}, {"activation", "relu"}, {"max_active", 0}}));
  EXPECT_EQ(object["hidden"][1]["hash"]["kind"], "dwta");
  EXPECT_EQ(object["hidden"][1]["hash"]["num_tables"], nullptr);
}

TEST(OptionsJson, ComesBackAsItWas) {
  NetworkOptions options;
  options.num_features = 70'000;
  options.num_labels = 4'000'000'000;
  options.hidden = {64, 2000};
  options.hidden[0].activation = Activation::kTanh;
  options.hidden[1].max_active = 50;
  options.hidden[1].hash.bucket_capacity = 7;
  options.hidden[1].hash.bucket_policy = BucketPolicy::kReservoir;
  options.init_scale = 1.0 / 3.0;
  options.precision = Precision::kBf16;
  options.optimizer = Optimizer::kAdam;
  options.hash = {.kind = HashKind::kMinHash,
                  .candidates = 31,
                  .hashes_per_table = 5,
                  .num_tables = 3,
                  .table_bits = 11,
                  .centered = false};
  options.seed = ~uint64_t{0};
  const std::string text = ToJson(Fields(options));
  NetworkOptions read;
  FromJson(With("options", text), "options", Fields(read));
  EXPECT_EQ(ToJson(Fields(read)), text);
  EXPECT_EQ(read.num_labels, options.num_labels);
  EXPECT_EQ(read.hidden[1].hash.bucket_policy, BucketPolicy::kReservoir);
  EXPECT_EQ(read.init_scale, options.init_scale);
  EXPECT_EQ(read.hash.hashes_per_table, 5);
  EXPECT_FALSE(read.hash.centered);
  EXPECT_EQ(read.seed, options.seed);

  TrainOptions train;
  train.bias_init = BiasInit::kLogPrior;
  train.eval_ks = {2};
  train.index_reports = true;
  TrainOptions read_train;
  util::Json object;
  ToJson(Fields(train), "train", object);
  FromJson(object, "train", Fields(read_train));
  EXPECT_EQ(ToJson(Fields(read_train)), ToJson(Fields(train)));
  EXPECT_EQ(read_train.bias_init, BiasInit::kLogPrior);
  EXPECT_TRUE(read_train.index_reports);
}

TEST(OptionsJson, WhatIsMissingStaysAsItIs) {
  TrainOptions options;
  options.epochs = 9;
  FromJson(With("options", R"({"sampling": {"max_hashed": 3}})"), "options",
           Fields(options));
  EXPECT_EQ(options.epochs, 9);
  EXPECT_EQ(options.sampling.max_hashed, 3);
}

TEST(OptionsJson, OtherKeysAndValuesAreRefusedByName) {
  TrainOptions train;
  EXPECT_THROW(FromJson(util::Json::Object(), "train", Fields(train)),
               OptionsError);
  EXPECT_EQ(
      Refusal<NetworkOptions>(R"({"hash": {"kind": "md5"}})"),
      "hash.kind: got 'md5', expected simhash|wta|dwta|minhash|none|auto");
  EXPECT_EQ(Refusal<NetworkOptions>(R"({"hash": {"colour": 1}})"),
            "hash.colour: this program does not know the option");
  EXPECT_EQ(Refusal<NetworkOptions>(R"({"hash": 1})"),
            "hash: this program does not know the option");
  EXPECT_EQ(Refusal<TrainOptions>(R"({"epochs": 1.5})"),
            "epochs: got '1.5', expected a whole number, 1 to 1000000");
  EXPECT_EQ(Refusal<TrainOptions>(R"({"patience": null})"),
            "patience: got 'auto', expected a whole number, 0 to 1000000");
  EXPECT_EQ(Refusal<TrainOptions>(R"({"index_reports": 1})"),
            "index_reports: got '1', expected false|true");
  EXPECT_EQ(Refusal<NetworkOptions>(R"({"hidden": [{"neurons": 0}]})"),
            "hidden: neurons: got 0, expected 1 to 16777216");
}

}  // namespace
}  // namespace slide::options::json_test
