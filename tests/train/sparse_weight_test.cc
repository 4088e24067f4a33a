#include "train/sparse_weight.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/trainer.h"
#include "support/make_data.h"
#include "util/rng.h"

namespace slide::train::sparse_weight_test {
namespace {

using testing_support::LearnableData;

constexpr uint64_t kSeed = 29;

// Two hidden neurons know little, and the pairs nearly everything.
struct Trained {
  explicit Trained(const Dataset& data)
      : network(
            {
                .num_features = data.num_features(),
                .num_labels = data.num_labels(),
                .hidden = {2},
                .seed = kSeed,
            },
            1) {
    TrainOptions options;
    options.num_threads = 1;
    options.epochs = 4;
    options.sparse_part.mode = SparsePartMode::kOn;
    Trainer(network, options).Fit(data);
  }
  nn::NetworkCore& core() { return nn::NetworkAccess::Core(network); }
  Network network;
};

// Rows whose biases were spoilt at random say nothing: the pairs should weigh
// more. The reference tries the weights by hand.
TEST(SparseWeight, IsBetweenItsStartAndTheBestOnTheValidationSet) {
  const Dataset data = LearnableData(400, 60, 2, kSeed);
  Trained trained(data);
  util::Rng rng(kSeed);
  for (uint32_t n = 0; n < 60; ++n) {
    trained.core().output().weights().rows().scalars(n)[kernels::kBias] +=
        12.0f * rng.Normal();
  }
  const EvaluateOptions options;
  nn::SparsePart& part = *trained.core().sparse_part();
  const auto score = [&](float weight) {
    part.set_weight(weight);
    return MeanPrecision(Evaluate(trained.network, data, options));
  };
  ASSERT_GT(score(2.8f), score(1.0f));
  ASSERT_GT(score(2.8f), score(2.4f));
  part.set_weight(1.0f);
  EXPECT_TRUE(
      ChooseSparseWeight(trained.network, trained.core(), data, options));
  EXPECT_FLOAT_EQ(part.weight(), std::sqrt(2.8f));
}

TEST(SparseWeight, StaysWhereNoneIsBetter) {
  const Dataset data = LearnableData(400, 60, 2, kSeed);
  Trained trained(data);
  // Without scores of pairs all weights are alike.
  CsrArrays arrays;
  arrays.num_features = data.num_features();
  arrays.num_labels = data.num_labels();
  testing_support::AddSample(arrays, {}, {}, {3});
  const Dataset empty(std::move(arrays));
  const float before = trained.core().sparse_part()->weight();
  EXPECT_FALSE(ChooseSparseWeight(trained.network, trained.core(), empty,
                                  EvaluateOptions()));
  EXPECT_EQ(trained.core().sparse_part()->weight(), before);
}

// The reported metrics are those of the network with its last weight.
TEST(SparseWeight, FitChoosesItOnTheValidationSet) {
  const Dataset data = LearnableData(400, 400, 2, kSeed);
  const Dataset other = LearnableData(100, 400, 2, kSeed + 1);
  for (const bool is_open : {true, false}) {
    NetworkOptions options = {.num_features = data.num_features(),
                              .num_labels = data.num_labels(),
                              .hidden = {2}};
    Network network(options, 1);
    TrainOptions train;
    train.num_threads = 1;
    train.epochs = 3;
    if (!is_open) train.sparse_part.weight = 0.25;
    const TrainReport report =
        Trainer(network, train)
            .Fit(data, {.test = &other, .validation = &other});
    ASSERT_GT(report.best_epoch, 0);
    const EpochReport& best =
        report.epochs[static_cast<size_t>(report.best_epoch) - 1];
    const float weight = network.sparse_part()->weight;
    if (!is_open) {
      EXPECT_EQ(weight, 0.25f);
    }
    EvaluateOptions evaluate;
    const double mean = MeanPrecision(Evaluate(network, other, evaluate));
    EXPECT_EQ(MeanPrecision(*best.validation), mean);
    EXPECT_EQ(MeanPrecision(*best.test), mean);
  }
}

}  // namespace
}  // namespace slide::train::sparse_weight_test
