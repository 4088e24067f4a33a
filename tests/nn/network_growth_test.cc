// Grown networks beside networks that were drawn in their size.
#include "nn/network_growth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

#include "nn/network_access.h"
#include "slide/network.h"
#include "slide/option_fields.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::nn::network_growth_test {
namespace {

constexpr uint32_t kFeatures = 120, kLabels = 30;          // of LearnableData
constexpr uint32_t kMoreFeatures = 150, kMoreLabels = 41;  // after growing

NetworkOptions Options(bool is_first_hashed = false) {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {18, 12};
  options.hidden[is_first_hashed ? 0 : 1].max_active = 5;
  options.seed = 11;
  return options;
}

NetworkOptions Larger(NetworkOptions options) {
  options.num_features = kMoreFeatures;
  options.num_labels = kMoreLabels;
  return options;
}

Network Trained(const NetworkOptions& options) {
  Network network(options, 1);
  TrainOptions train;
  train.epochs = 2;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, train).Fit(testing_support::LearnableData(90, 30, 2, 5));
  return network;
}

std::unique_ptr<NetworkCore> Grown(const Network& network,
                                   bool with_state = true) {
  const NetworkCore& core = NetworkAccess::Core(network);
  return GrownNetwork(core, Larger(core.options()), with_state,
                      util::ThreadTeam(2));
}

// Calls f(of_old, of_new, of_drawn, width of old rows) for each array of rows;
// of_drawn: of a network that was drawn in the new size.
template <typename F>
void ForEachRows(const NetworkCore& old, const NetworkCore& grown,
                 const NetworkCore& drawn, F&& f) {
  for (size_t l = 0; l < old.layers().size(); ++l) {
    SCOPED_TRACE(old.LayerName(l));
    f(old.layers()[l].weights(), grown.layers()[l].weights(),
      drawn.layers()[l].weights());
    if (old.layers()[l].bias() == nullptr) continue;
    f(*old.layers()[l].bias(), *grown.layers()[l].bias(),
      *drawn.layers()[l].bias());
  }
}

std::vector<float> WeightsOf(const RowStore& rows, size_t i) {
  std::vector<float> scratch(rows.width());
  const auto row = kernels::ReadWeights(rows.rows(), i, scratch);
  return {row.begin(), row.end()};
}

class NetworkGrowthOf
    : public testing::TestWithParam<std::tuple<Optimizer, Precision, bool>> {
 protected:
  static NetworkOptions ParamOptions() {
    NetworkOptions options = Options(std::get<2>(GetParam()));
    options.optimizer = std::get<0>(GetParam());
    options.precision = std::get<1>(GetParam());
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(
    , NetworkGrowthOf,
    testing::Combine(testing::Values(Optimizer::kRowAdagrad, Optimizer::kAdam,
                                     Optimizer::kAdagrad, Optimizer::kSgd),
                     testing::Values(Precision::kFp32, Precision::kBf16),
                     testing::Bool()));

TEST_P(NetworkGrowthOf, OldRowsStayAndNewOnesAreThoseOfANetworkOfThatSize) {
  const Network network = Trained(ParamOptions());
  const NetworkCore& old = NetworkAccess::Core(network);
  const Network other(Larger(ParamOptions()), 1);
  const auto grown = Grown(network);
  ForEachRows(
      old, *grown, NetworkAccess::Core(other),
      [&](const RowStore& before, const RowStore& now, const RowStore& drawn) {
        const Optimizer optimizer = now.format().optimizer.value();
        ASSERT_EQ(now.format(), drawn.format());
        for (size_t i = 0; i < now.num_rows(); ++i) {
          const std::vector<float> weights = WeightsOf(now, i);
          std::vector<float> expected = WeightsOf(drawn, i);
          const bool is_old = i < before.num_rows();
          if (is_old) {
            std::ranges::copy(WeightsOf(before, i), expected.begin());
          }
          ASSERT_EQ(weights, expected) << i;
          for (size_t s = 1; s < kernels::NumScalars(optimizer); ++s) {
            EXPECT_EQ(now.rows().scalars(i)[s],
                      is_old ? before.rows().scalars(i)[s] : 0.0f);
          }
          for (size_t s = 0; s < kernels::NumStates(optimizer); ++s) {
            for (size_t j = 0; j < now.width(); ++j) {
              ASSERT_EQ(now.rows().state(i, s)[j],
                        is_old && j < before.width()
                            ? before.rows().state(i, s)[j]
                            : 0.0f)
                  << i << ' ' << j;
            }
          }
          if (is_old) {
            EXPECT_EQ(now.rows().scalars(i)[kernels::kBias],
                      before.rows().scalars(i)[kernels::kBias]);
          }
        }
      });
}

TEST_P(NetworkGrowthOf, WithoutStateWeightsAndBiasesAloneStay) {
  const Network network = Trained(ParamOptions());
  const auto grown = Grown(network, /*with_state=*/false);
  ForEachRows(
      NetworkAccess::Core(network), *grown, *grown,
      [&](const RowStore& before, const RowStore& now, const RowStore&) {
        const Optimizer optimizer = now.format().optimizer.value();
        for (size_t i = 0; i < before.num_rows(); ++i) {
          std::vector<float> weights = WeightsOf(now, i);
          weights.resize(before.width());
          ASSERT_EQ(weights, WeightsOf(before, i)) << i;
          EXPECT_EQ(now.rows().scalars(i)[kernels::kBias],
                    before.rows().scalars(i)[kernels::kBias]);
          for (size_t s = 1; s < kernels::NumScalars(optimizer); ++s) {
            EXPECT_EQ(now.rows().scalars(i)[s], 0.0f);
          }
          for (size_t s = 0; s < kernels::NumStates(optimizer); ++s) {
            for (size_t j = 0; j < now.width(); ++j) {
              ASSERT_EQ(now.rows().state(i, s)[j], 0.0f);
            }
          }
        }
      });
}

TEST(NetworkGrowth, NewBiasesAreBelowAllOldOnes) {
  const Network network = Trained(Options());
  const auto grown = Grown(network);
  const kernels::ConstRowsView rows = grown->output().weights().rows();
  float lowest = 0.0f;
  for (size_t n = 0; n < kLabels; ++n) {
    lowest = std::min(lowest, rows.scalars(n)[kernels::kBias]);
  }
  for (size_t n = kLabels; n < kMoreLabels; ++n) {
    EXPECT_LT(rows.scalars(n)[kernels::kBias], lowest);
  }
}

TEST(NetworkGrowth, ANetworkThatWasNeverTrainedIsOneOfItsNewSize) {
  NetworkOptions options = Options();
  options.hash.candidates = {};
  const Network network(options, 1);
  const Network other(Larger(options), 1);
  const NetworkCore& expected = NetworkAccess::Core(other);
  const auto grown = Grown(network);
  EXPECT_TRUE(grown->HasZeroOutputBiases());
  ForEachRows(expected, *grown, *grown,
              [](const RowStore& drawn, const RowStore& now, const RowStore&) {
                EXPECT_TRUE(std::ranges::equal(drawn.records(), now.records()));
              });
  // It is as open to its trainer.
  grown->SettleCandidates(7);
  EXPECT_EQ(grown->options().hash.candidates, 7);
}

TEST(NetworkGrowth, TablesKeepTheirOptionsAndTheirCenters) {
  const Network network = Trained(Options(/*is_first_hashed=*/true));
  const NetworkCore& old = NetworkAccess::Core(network);
  const auto grown = Grown(network);
  NetworkOptions expected = old.options(), got = grown->options();
  EXPECT_EQ(ToJson(Fields(got.hash)), ToJson(Fields(expected.hash)));
  int num_centered = 0;
  for (size_t l = 0; l < old.layers().size(); ++l) {
    const LayerIndex* index = old.layer_index(l);
    if (index == nullptr || !index->is_centered()) continue;
    ++num_centered;
    EXPECT_TRUE(
        std::ranges::equal(index->center(), grown->layer_index(l)->center()));
  }
  EXPECT_GT(num_centered, 0);
}

TEST(NetworkGrowth, TheSparsePartGrowsToo) {
  const Network network = Trained(Options());
  const NetworkCore& old = NetworkAccess::Core(network);
  const auto grown = Grown(network);
  ASSERT_NE(old.sparse_part(), nullptr);
  ASSERT_NE(grown->sparse_part(), nullptr);
  const auto arrays = grown->sparse_part()->arrays();
  EXPECT_EQ(arrays.lists.size(), kMoreFeatures);
  EXPECT_EQ(arrays.accumulators.size(), kMoreLabels);
  EXPECT_EQ(grown->sparse_part()->info().num_pairs,
            old.sparse_part()->info().num_pairs);
}

}  // namespace
}  // namespace slide::nn::network_growth_test
