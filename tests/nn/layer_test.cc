#include "nn/layer.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/make_data.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn::layer_test {
namespace {

constexpr uint64_t kSeed = 11;
constexpr LayerShape kInputMajor = {.num_inputs = 50,
                                    .num_neurons = 33,
                                    .has_sparse_input = true,
                                    .computes_all = true};
constexpr LayerShape kDenseInput = {
    .num_inputs = 50, .num_neurons = 33, .computes_all = true};
constexpr LayerShape kSelected = {.num_inputs = 50, .num_neurons = 33};
constexpr LayerShape kSparseBoth = {
    .num_inputs = 50, .num_neurons = 33, .has_sparse_input = true};

Layer Drawn(const LayerShape& shape) {
  Layer layer(shape, Precision::kFp32, Optimizer::kSgd);
  util::Rng rng(kSeed);
  layer.weights().DrawWeights(1.0, rng, 0, util::ThreadTeam(1));
  for (size_t n = 0; n < layer.num_neurons(); ++n) {
    (layer.is_input_major() ? layer.bias()->rows().weights<float>(0)[n]
                            : layer.weights().rows().scalars(n)[0]) =
        rng.Normal();
  }
  return layer;
}

double Weight(const Layer& layer, size_t neuron, size_t input) {
  const auto rows = layer.weights().rows();
  return layer.is_input_major() ? rows.weights<float>(input)[neuron]
                                : rows.weights<float>(neuron)[input];
}

double Bias(const Layer& layer, size_t neuron) {
  return layer.is_input_major() ? layer.bias()->rows().weights<float>(0)[neuron]
                                : layer.weights().rows().scalars(neuron)[0];
}

// An input of the kind that the layer takes, and its dense form.
struct TestInput {
  explicit TestInput(const LayerShape& shape) : dense(shape.num_inputs) {
    util::Rng rng(kSeed + 1);
    ids = {7, 3, 49, 20, 0};  // in any order
    for (size_t i = 0; i < ids.size(); ++i) values.push_back(rng.Normal());
    if (shape.has_sparse_input) {
      for (size_t i = 0; i < ids.size(); ++i) dense[ids[i]] = values[i];
    } else {
      for (float& x : dense) x = rng.Normal();
    }
  }
  util::VectorView Of(const Layer& layer) const {
    return layer.shape().has_sparse_input
               ? util::VectorView(SparseView{ids, values})
               : util::VectorView(std::span<const float>(dense));
  }
  std::vector<uint32_t> ids;
  std::vector<float> values;
  std::vector<float> dense;
};

class LayerTest : public testing::TestWithParam<LayerShape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, LayerTest,
                         testing::Values(kInputMajor, kDenseInput, kSelected,
                                         kSparseBoth));

TEST_P(LayerTest, RowsAreOfInputsWhereAllNeuronsTakeASparseInput) {
  const Layer layer = Drawn(GetParam());
  const bool input_major =
      GetParam().has_sparse_input && GetParam().computes_all;
  EXPECT_EQ(layer.is_input_major(), input_major);
  EXPECT_EQ(layer.weights().num_rows(), input_major ? 50u : 33u);
  EXPECT_EQ(layer.weights().width(), input_major ? 33u : 50u);
  EXPECT_EQ(layer.bias() != nullptr, input_major);
}

TEST_P(LayerTest, SumsAreTheDenseProduct) {
  const Layer layer = Drawn(GetParam());
  const TestInput x(GetParam());
  std::vector<double> expected(33);
  for (size_t n = 0; n < 33; ++n) {
    expected[n] = Bias(layer, n);
    for (size_t i = 0; i < 50; ++i) {
      expected[n] += Weight(layer, n, i) * static_cast<double>(x.dense[i]);
    }
  }
  std::vector<float> sums(33);
  layer.ForwardAll(x.Of(layer), sums);
  for (size_t n = 0; n < 33; ++n) EXPECT_NEAR(sums[n], expected[n], 1e-5) << n;
  if (layer.is_input_major()) return;
  const std::vector<uint32_t> some = {32, 0, 5, 17, 4, 21};
  sums.resize(some.size());
  layer.Forward(x.Of(layer), some, sums);
  for (size_t j = 0; j < some.size(); ++j) {
    EXPECT_NEAR(sums[j], expected[some[j]], 1e-5) << j;
  }
}

// SGD without momentum at rate 1 moves a weight by minus its gradient.
TEST_P(LayerTest, BackwardUpdateMovesWeightsByDeltaTimesInput) {
  const Layer before = Drawn(GetParam());
  Layer layer = Drawn(GetParam());
  const TestInput x(GetParam());
  const util::VectorView input = x.Of(layer);
  util::Rng rng(kSeed + 2);
  std::vector<float> dense_deltas(33);
  const std::vector<uint32_t> some = {30, 2, 9, 11, 1};
  std::vector<float> deltas;
  if (layer.is_input_major()) {
    for (float& delta : dense_deltas) delta = rng.Normal();
    deltas = dense_deltas;
  } else {
    for (const uint32_t n : some) {
      deltas.push_back(dense_deltas[n] = rng.Normal());
    }
  }
  const std::span<const uint32_t> neurons =
      layer.is_input_major() ? std::span<const uint32_t>() : std::span(some);
  std::vector<float> back(input.values().size());
  before.Backward(input, neurons, deltas, back);
  std::vector<float> gradient(back.size());
  layer.BackwardUpdate(input, neurons, deltas,
                       {.learning_rate = 1.0f, .momentum = 0.0f}, gradient);
  for (size_t k = 0; k < back.size(); ++k) {
    const size_t i = input.is_sparse() ? x.ids[k] : k;
    double expected = 0.0;
    for (size_t n = 0; n < 33; ++n) {
      expected += static_cast<double>(dense_deltas[n]) * Weight(before, n, i);
    }
    EXPECT_NEAR(back[k], expected, 1e-5);
    EXPECT_NEAR(gradient[k], expected, 1e-5);
  }
  for (size_t n = 0; n < 33; ++n) {
    const double delta = dense_deltas[n];
    EXPECT_NEAR(Bias(before, n) - Bias(layer, n), delta, 1e-6) << n;
    for (size_t i = 0; i < 50; ++i) {
      EXPECT_NEAR(Weight(before, n, i) - Weight(layer, n, i),
                  delta * static_cast<double>(x.dense[i]), 1e-6)
          << n << " " << i;
    }
  }
}

// Powers of two and 3, 4, 5, so that the arithmetic is exact: the row's
// gradient is x g = 2 (3, 4, 0, 0) with mean square 25, so the first step is -1
// / 5 (6, 8, 0, 0), and each bias moves by its sign.
TEST(InputMajorLayer, AStepMovesTheRowsOfTheInputByRowAdagrad) {
  Layer layer({.num_inputs = 3,
               .num_neurons = 4,
               .has_sparse_input = true,
               .computes_all = true},
              Precision::kFp32, Optimizer::kRowAdagrad);
  const std::vector<uint32_t> ids = {1};
  const std::vector<float> values = {2.0f};
  const std::vector<float> gradient = {3.0f, 4.0f, 0.0f, 0.0f};
  layer.BackwardUpdate(util::VectorView(SparseView{ids, values}), {}, gradient,
                       {.learning_rate = 1.0f, .bias_rate = 0.5f}, {});
  const float* row = layer.weights().rows().weights<float>(1);
  EXPECT_FLOAT_EQ(row[0], -1.2f);
  EXPECT_FLOAT_EQ(row[1], -1.6f);
  EXPECT_EQ(row[2], 0.0f);
  EXPECT_FLOAT_EQ(layer.weights().rows().scalars(1)[kernels::kAccumulator],
                  25.0f);
  const float* bias = layer.bias()->rows().weights<float>(0);
  EXPECT_FLOAT_EQ(bias[0], -0.5f);
  EXPECT_FLOAT_EQ(bias[1], -0.5f);
  EXPECT_EQ(bias[2], 0.0f);
  for (const size_t untouched : {0u, 2u}) {
    const std::byte* record = layer.weights().rows().record(untouched);
    for (size_t i = 0; i < layer.weights().format().stride; ++i) {
      EXPECT_EQ(record[i], std::byte{0});
    }
  }
}

TEST(InputMajorLayer, AnEmptyInputGivesTheBias) {
  Layer layer({.num_inputs = 4,
               .num_neurons = 3,
               .has_sparse_input = true,
               .computes_all = true},
              Precision::kBf16, Optimizer::kAdam);
  layer.bias()->rows().weights<float>(0)[1] = 2.0f;
  std::vector<float> sums(3, -1.0f);
  layer.ForwardAll(util::VectorView(SparseView{}), sums);
  EXPECT_EQ(sums, (std::vector<float>{0.0f, 2.0f, 0.0f}));
}

}  // namespace
}  // namespace slide::nn::layer_test
