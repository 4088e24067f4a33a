#include "nn/input_vectors.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "support/error_of.h"

namespace slide::nn::input_vectors_test {
namespace {

using testing::HasSubstr;
using testing_support::ErrorOf;

// Four features, three neurons.
Layer MakeLayer(Precision precision = Precision::kFp32) {
  return Layer({.num_inputs = 4,
                .num_neurons = 3,
                .has_sparse_input = true,
                .computes_all = true},
               precision, Optimizer::kAdam);
}

InputVectors TwoVectors() {
  InputVectors vectors;
  vectors.width = 3;
  vectors.features = {1, 3};
  vectors.values = {1.0f, -2.0f, 0.5f, 8.0f, 0.0f, 3.0f};
  return vectors;
}

std::vector<float> WeightsOf(const Layer& layer) {
  std::vector<float> all, scratch(3);
  for (size_t i = 0; i < 4; ++i) {
    const auto row = kernels::ReadWeights(layer.weights().rows(), i, scratch);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

TEST(SetInputVectors, SetsTheRowsOfTheirFeaturesAlone) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    Layer layer = MakeLayer(precision);
    SetInputVectors(TwoVectors(), layer);
    // All of these are bf16 numbers.
    EXPECT_THAT(WeightsOf(layer),
                testing::ElementsAre(0.0f, 0.0f, 0.0f, 1.0f, -2.0f, 0.5f, 0.0f,
                                     0.0f, 0.0f, 8.0f, 0.0f, 3.0f));
  }
}

TEST(SetInputVectors, RefusesWhatDoesNotFit) {
  Layer layer = MakeLayer();
  const auto error = [&](auto&& spoil) {
    InputVectors vectors = TwoVectors();
    spoil(vectors);
    return ErrorOf([&] { SetInputVectors(vectors, layer); });
  };
  EXPECT_THAT(error([](InputVectors& v) { v.width = 2; }),
              HasSubstr("got 2 numbers in a vector, expected 3"));
  EXPECT_THAT(error([](InputVectors& v) { v.values.pop_back(); }),
              HasSubstr("got 5 numbers, expected 3 for each of 2 features"));
  EXPECT_THAT(error([](InputVectors& v) { v.features[1] = 4; }),
              HasSubstr("got feature 4, expected those below the 4"));
  EXPECT_THAT(error([](InputVectors& v) {
                v.values[2] = std::numeric_limits<float>::infinity();
              }),
              HasSubstr("not finite"));
  EXPECT_EQ(WeightsOf(layer), std::vector<float>(12));

  Layer hashed({.num_inputs = 4, .num_neurons = 3, .has_sparse_input = true},
               Precision::kFp32, Optimizer::kAdam);
  EXPECT_THAT(ErrorOf([&] { SetInputVectors(TwoVectors(), hashed); }),
              HasSubstr("hashed first layer"));
}

}  // namespace
}  // namespace slide::nn::input_vectors_test
