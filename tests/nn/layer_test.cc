#include "nn/layer.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <vector>

#include "support/make_data.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn {
namespace {

constexpr uint64_t kSeed = 11;

TEST(InputMajorLayer, ForwardIsTheDenseProductOfItsRows) {
  constexpr size_t kInputs = 50, kNeurons = 33;
  InputMajorLayer layer(kInputs, kNeurons, Precision::kFp32,
                        Optimizer::kRowAdagrad);
  util::Rng rng(kSeed);
  layer.weights().DrawWeights(1.0, rng, 0, util::ThreadTeam(1));
  float* bias = layer.bias().rows().weights<float>(0);
  for (size_t n = 0; n < kNeurons; ++n) bias[n] = rng.Normal();
  const Dataset data = testing_support::RandomData(5, kInputs, 2, 7, 1, kSeed);
  for (size_t s = 0; s < data.size(); ++s) {
    const SparseView x = data[s].features;
    std::vector<float> sums(kNeurons);
    layer.Forward(x, sums);
    for (size_t n = 0; n < kNeurons; ++n) {
      double expected = bias[n];
      for (size_t i = 0; i < x.size(); ++i) {
        expected += static_cast<double>(x.values[i]) *
                    layer.weights().rows().weights<float>(x.ids[i])[n];
      }
      EXPECT_NEAR(sums[n], expected, 1e-5);
    }
  }
}

TEST(InputMajorLayer, AnEmptyInputGivesTheBias) {
  InputMajorLayer layer(4, 3, Precision::kBf16, Optimizer::kAdam);
  layer.bias().rows().weights<float>(0)[1] = 2.0f;
  std::vector<float> sums(3, -1.0f);
  layer.Forward({}, sums);
  EXPECT_EQ(sums, (std::vector<float>{0.0f, 2.0f, 0.0f}));
}

// Small powers of two, so that the arithmetic is exact: the row's gradient is
// x g = 2 (3, 4, 0, 0) with mean square 25, so the first step is
// -1 / 5 (6, 8, 0, 0), and each bias moves by its sign.
TEST(InputMajorLayer, AStepMovesTheRowsOfTheInputByRowAdagrad) {
  InputMajorLayer layer(3, 4, Precision::kFp32, Optimizer::kRowAdagrad);
  const std::vector<uint32_t> ids = {1};
  const std::vector<float> values = {2.0f};
  const std::vector<float> gradient = {3.0f, 4.0f, 0.0f, 0.0f};
  layer.Update({ids, values}, gradient, {.learning_rate = 1.0f});
  const float* row = layer.weights().rows().weights<float>(1);
  EXPECT_FLOAT_EQ(row[0], -1.2f);
  EXPECT_FLOAT_EQ(row[1], -1.6f);
  EXPECT_EQ(row[2], 0.0f);
  EXPECT_FLOAT_EQ(layer.weights().rows().scalars(1)[kernels::kAccumulator],
                  25.0f);
  const float* bias = layer.bias().rows().weights<float>(0);
  EXPECT_FLOAT_EQ(bias[0], -1.0f);
  EXPECT_FLOAT_EQ(bias[1], -1.0f);
  EXPECT_EQ(bias[2], 0.0f);
  for (const size_t untouched : {0u, 2u}) {
    const std::byte* record = layer.weights().rows().record(untouched);
    for (size_t i = 0; i < layer.weights().format().stride; ++i) {
      EXPECT_EQ(record[i], std::byte{0});
    }
  }
}

TEST(NeuronMajorLayer, ForwardOfSomeAndOfAllAgree) {
  constexpr size_t kInputs = 19, kNeurons = 37;
  NeuronMajorLayer layer(kInputs, kNeurons, Precision::kFp32,
                         Optimizer::kRowAdagrad);
  util::Rng rng(kSeed);
  layer.weights().DrawWeights(1.0, rng, 0, util::ThreadTeam(1));
  std::vector<float> x(kInputs);
  for (float& value : x) value = rng.Normal();
  for (size_t n = 0; n < kNeurons; ++n) {
    layer.weights().rows().scalars(n)[kernels::kBias] = rng.Normal();
  }
  std::vector<float> all(kNeurons);
  layer.ForwardAll(x, all);
  const std::vector<uint32_t> some = {36, 0, 5, 17, 4, 21};
  std::vector<float> sums(some.size());
  layer.Forward(some, x, sums);
  for (size_t j = 0; j < some.size(); ++j) {
    const float* row = layer.weights().rows().weights<float>(some[j]);
    double expected = layer.weights().rows().scalars(some[j])[kernels::kBias];
    for (size_t i = 0; i < kInputs; ++i) {
      expected += static_cast<double>(row[i]) * x[i];
    }
    EXPECT_NEAR(sums[j], expected, 1e-5);
    EXPECT_NEAR(all[some[j]], expected, 1e-5);
  }
}

}  // namespace
}  // namespace slide::nn
