#include "nn/network_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "slide/error.h"

namespace slide::nn::network_core_test {
namespace {

// A dense layer, a hashed one and the output.
NetworkOptions Options() {
  NetworkOptions options;
  options.num_features = 30;
  options.num_labels = 50;
  HiddenLayer hashed(40);
  hashed.max_active = 6;
  options.hidden = {12, hashed};
  options.seed = 5;
  return options;
}

TEST(NetworkCore, LayersTakeInWhatTheOneBeforeGives) {
  const std::vector<LayerShape> shapes = NetworkCore::LayerShapes(Options());
  ASSERT_EQ(shapes.size(), 3u);
  const auto expect = [&](size_t l, size_t inputs, size_t neurons, bool sparse,
                          bool all) {
    EXPECT_EQ(shapes[l].num_inputs, inputs) << l;
    EXPECT_EQ(shapes[l].num_neurons, neurons) << l;
    EXPECT_EQ(shapes[l].has_sparse_input, sparse) << l;
    EXPECT_EQ(shapes[l].computes_all, all) << l;
  };
  expect(0, 30, 12, true, true);
  expect(1, 12, 40, false, false);
  expect(2, 40, 50, true, false);
}

TEST(NetworkCore, PartsOfLayersAreMadeByTheirNames) {
  std::vector<std::string> names;
  uint64_t bytes = 0;
  const NetworkCore core(Options(), [&](const std::string& part, size_t num,
                                        const kernels::RowFormat& format) {
    names.push_back(part);
    if (part != "input.bias") bytes += num * format.stride;
    return RowStore(num, format);
  });
  EXPECT_EQ(names, (std::vector<std::string>{"input.rows", "input.bias",
                                             "hidden1.rows", "output.rows"}));
  EXPECT_EQ(NetworkCore::RowBytes(Options()), bytes);
}

TEST(NetworkCore, RowBytesBeyondAnyMemoryAreTheLargestNumber) {
  NetworkOptions options = Options();
  options.num_features = options.num_labels = ~uint32_t{0};
  options.hidden = {2'000'000'000};
  EXPECT_EQ(NetworkCore::RowBytes(options), ~uint64_t{0});
}

TEST(NetworkCore, TableBytesAreThoseOfEveryHashedLayer) {
  NetworkOptions options = Options();
  const uint64_t both = NetworkCore::TableBytes(options);
  options.hidden[1].max_active = 0;
  const uint64_t output = NetworkCore::TableBytes(options);
  EXPECT_GT(both, output);
  options.hash.kind = HashKind::kNone;
  EXPECT_EQ(NetworkCore::TableBytes(options), 0u);
}

TEST(NetworkCore, OnlySelectedLayersHaveTables) {
  NetworkCore core(Options());
  EXPECT_EQ(core.layer_index(0), nullptr);
  EXPECT_NE(core.layer_index(1), nullptr);
  EXPECT_NE(core.layer_index(2), nullptr);
  EXPECT_EQ(core.NumHashableRows(NetworkCore::Tables::kAll), 90u);
  EXPECT_EQ(core.NumHashableRows(NetworkCore::Tables::kOfHiddenLayers), 40u);
  NetworkOptions options = Options();
  options.hash.kind = HashKind::kNone;
  EXPECT_EQ(NetworkCore(options).layer_index(2), nullptr);
}

TEST(NetworkCore, BuildsTheTablesThatAreMeant) {
  NetworkCore core(Options());
  const util::ThreadTeam team(1);
  core.DrawWeights(team);
  EXPECT_EQ(core.index(), nullptr);
  core.BuildTables(team, NetworkCore::Tables::kOfHiddenLayers);
  EXPECT_NE(core.layer_index(1)->lsh(), nullptr);
  EXPECT_EQ(core.index(), nullptr);
  core.BuildTables(team);
  EXPECT_NE(core.index(), nullptr);
  EXPECT_EQ(core.TablesDrift(), 0.0);
  core.DrawWeights(team);  // the same ones
  EXPECT_EQ(core.TablesDrift(), 0.0);
}

TEST(NetworkCore, CandidatesAreSettledOnce) {
  NetworkCore core(Options());
  core.SettleCandidates(0);
  core.SettleCandidates(7);
  EXPECT_EQ(core.options().hash.candidates, 7);
  EXPECT_EQ(core.layer_index(2)->options().candidates, 7);
  core.SettleCandidates(9);
  EXPECT_EQ(core.options().hash.candidates, 7);
  NetworkOptions options = Options();
  options.hash.candidates = 5;
  NetworkCore fixed(options);
  fixed.SettleCandidates(7);
  EXPECT_EQ(fixed.options().hash.candidates, 5);
}

// Label 1 is on 3 of 4 samples; those without a count are on none.
TEST(NetworkCore, LabelPriorsAreLogOddsWithHalfASampleMoreOfEach) {
  NetworkCore core(Options());
  EXPECT_TRUE(core.HasZeroOutputBiases());
  core.SetLabelPriors(std::vector<uint64_t>{4, 3}, 4);
  EXPECT_FALSE(core.HasZeroOutputBiases());
  const auto bias = [&](size_t n) {
    return core.output().weights().rows().scalars(n)[kernels::kBias];
  };
  EXPECT_FLOAT_EQ(bias(0), static_cast<float>(std::log(4.5 / 0.5)));
  EXPECT_FLOAT_EQ(bias(1), static_cast<float>(std::log(3.5 / 1.5)));
  EXPECT_FLOAT_EQ(bias(49), static_cast<float>(std::log(0.5 / 4.5)));
}

TEST(NetworkCore, RefusesLabelCountsThatCannotBe) {
  NetworkCore core(Options());
  EXPECT_THROW(core.SetLabelPriors(std::vector<uint64_t>(51), 4), DataError);
  EXPECT_THROW(core.SetLabelPriors(std::vector<uint64_t>{5}, 4), DataError);
}

TEST(NetworkCore, InferenceKeepsTheLargestOfAHashedLayer) {
  NetworkCore core(Options());
  core.DrawWeights(util::ThreadTeam(1));
  const std::vector<uint32_t> ids = {2, 11, 29};
  const std::vector<float> values = {1.0f, -2.0f, 3.0f};
  HiddenBuffers activations(core.options().hidden);
  ASSERT_EQ(activations.size(), 2u);
  core.ForwardHidden({ids, values}, activations);
  std::vector<float> all(40);
  core.layers()[1].ForwardAll(util::VectorView(activations[0]), all);
  std::vector<float> sorted = all;
  std::sort(sorted.rbegin(), sorted.rend());
  ASSERT_GT(sorted[5], 0.0f);
  for (size_t j = 0; j < all.size(); ++j) {
    EXPECT_EQ(activations.last()[j], all[j] >= sorted[5] ? all[j] : 0.0f);
  }
}

}  // namespace
}  // namespace slide::nn::network_core_test
