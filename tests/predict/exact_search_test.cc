#include "predict/exact_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/network_access.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/dense_net.h"
#include "support/make_data.h"

namespace slide::predict::exact_search_test {
namespace {

constexpr uint64_t kSeed = 21;

NetworkOptions Net(uint32_t num_labels) {
  NetworkOptions options;
  options.num_features = 60;
  options.num_labels = num_labels;
  options.hidden = {20};
  options.init_scale = 2.0;
  options.seed = kSeed;
  return options;
}

// Labels by falling score, equal ones by label.
std::vector<uint32_t> Ranked(const Eigen::VectorXd& logits) {
  std::vector<uint32_t> ids(static_cast<size_t>(logits.size()));
  for (uint32_t i = 0; i < ids.size(); ++i) ids[i] = i;
  std::stable_sort(ids.begin(), ids.end(), [&](uint32_t a, uint32_t b) {
    return logits[a] > logits[b];
  });
  return ids;
}

// 1,300 labels are three tiles of rows; 70 samples three blocks, the last
// short.
TEST(ExactSearch, FindsWhatSortingAllDenseLogitsFinds) {
  const Network network(Net(1300), 1);
  const Dataset data = testing_support::RandomData(70, 60, 1300, 8, 2, kSeed);
  constexpr int kK = 10;
  testing_support::DenseNet dense(nn::NetworkAccess::Core(network));
  for (const int threads : {1, 2, 3}) {
    const std::vector<ScoredLabel> found =
        network.Predict(data, 0, data.size(), kK, threads);
    ASSERT_EQ(found.size(), data.size() * kK);
    for (size_t s = 0; s < data.size(); ++s) {
      const Eigen::VectorXd logits = dense.Logits(data[s]);
      const std::vector<uint32_t> ranked = Ranked(logits);
      const double log_sum =
          logits.maxCoeff() +
          std::log((logits.array() - logits.maxCoeff()).exp().sum());
      for (size_t r = 0; r < kK; ++r) {
        const ScoredLabel& label = found[s * kK + r];
        // Neighbours in rank may change places within rounding.
        EXPECT_NEAR(label.logit, logits[ranked[r]], 1e-5);
        EXPECT_NEAR(label.logit, logits[label.label], 1e-5);
        EXPECT_NEAR(label.probability, std::exp(logits[label.label] - log_sum),
                    1e-5);
      }
    }
  }
}

// Lists of both kinds, of which some end inside of a tile.
TEST(ExactSearch, AddsTheSparsePart) {
  Network network(Net(1300), 1);
  const Dataset data = testing_support::RandomData(140, 60, 1300, 8, 2, kSeed);
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOn;
  train.sparse_part.min_samples = 1;
  Trainer(network, train).Fit(data);
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  size_t num_dense = 0;
  for (uint32_t f = 0; f < 60; ++f) {
    num_dense += core.sparse_part()->ListOf(f).is_dense;
  }
  EXPECT_GT(num_dense, 0u);
  EXPECT_LT(num_dense, 60u);
  constexpr int kK = 10;
  testing_support::DenseNet dense(core);
  const std::vector<ScoredLabel> found = network.Predict(data, 0, 70, kK, 2);
  for (size_t s = 0; s < 70; ++s) {
    Eigen::VectorXd logits = dense.Logits(data[s]);
    const Eigen::VectorXd without = logits;
    for (uint32_t n = 0; n < 1300; ++n) {
      logits[n] += core.sparse_part()->weight() *
                   core.sparse_part()->ScoreOf(data[s].features, n);
    }
    EXPECT_GT((logits - without).norm(), 0.01);
    const std::vector<uint32_t> ranked = Ranked(logits);
    for (size_t r = 0; r < kK; ++r) {
      EXPECT_NEAR(found[s * kK + r].logit, logits[ranked[r]], 1e-4);
      EXPECT_NEAR(found[s * kK + r].logit, logits[found[s * kK + r].label],
                  1e-4);
    }
  }
}

TEST(ExactSearch, EqualScoresRankByLabel) {
  // All weights zero: every logit is the bias.
  nn::NetworkCore core(Net(1200));
  for (const size_t high : {size_t{5}, size_t{700}, size_t{1100}}) {
    core.output().weights().rows().scalars(high)[kernels::kBias] = 1.0f;
  }
  ExactSearch search(core, 5);
  const SparseView nothing;
  search.Run({&nothing, 1});
  std::vector<uint32_t> labels;
  for (const LabelScore& s : search.best(0)) labels.push_back(s.label);
  EXPECT_EQ(labels, (std::vector<uint32_t>{5, 700, 1100, 0, 1}));
}

}  // namespace
}  // namespace slide::predict::exact_search_test
