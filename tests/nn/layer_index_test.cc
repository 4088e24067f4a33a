#include "nn/layer_index.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "slide/error.h"

namespace slide::nn::layer_index_test {
namespace {

constexpr size_t kInputs = 16, kNeurons = 100;

class LayerIndexTest : public testing::Test {
 protected:
  LayerIndexTest() : layer_(Make(false)) {
    layer_.weights().DrawWeights(1.0, util::Rng(7), 0, team_);
  }
  static Layer Make(bool has_sparse_input) {
    return {{.num_inputs = kInputs,
             .num_neurons = kNeurons,
             .has_sparse_input = has_sparse_input},
            Precision::kFp32,
            Optimizer::kSgd};
  }
  static HashOptions Options(bool centered) {
    return {.kind = HashKind::kSimHash,
            .candidates = 20,
            .hashes_per_table = 6,
            .num_tables = 10,
            .table_bits = 6,
            .centered = centered};
  }
  // Turns rows round, which changes all their addresses.
  void TurnRows(size_t num) {
    for (size_t i = 0; i < num; ++i) {
      float* const weights = layer_.weights().rows().weights<float>(i);
      for (size_t j = 0; j < kInputs; ++j) weights[j] = -weights[j];
    }
  }

  const util::ThreadTeam team_{2};
  Layer layer_;
};

TEST_F(LayerIndexTest, HasNoTablesBeforeItIsBuilt) {
  const LayerIndex index(layer_, Options(false), 1, 7);
  EXPECT_EQ(index.lsh(), nullptr);
  EXPECT_EQ(index.Drift(layer_), 0.0);
  EXPECT_EQ(index.options().num_tables, 10);
}

TEST_F(LayerIndexTest, DriftIsTheShareOfTurnedRowsUntilTheNextBuild) {
  LayerIndex index(layer_, Options(false), 1, 7);
  index.Build(layer_, team_);
  ASSERT_NE(index.lsh(), nullptr);
  EXPECT_EQ(index.lsh()->tables().tables().size(), 10u);
  EXPECT_EQ(index.Drift(layer_), 0.0);
  TurnRows(25);
  EXPECT_EQ(index.Drift(layer_), 0.25);
  index.Build(layer_, team_);
  EXPECT_EQ(index.Drift(layer_), 0.0);
  TurnRows(kNeurons);
  EXPECT_EQ(index.Drift(layer_), 1.0);
  index.BuildBeside(layer_);
  EXPECT_EQ(index.Drift(layer_), 0.0);
}

TEST_F(LayerIndexTest, CentersNoSparseInputs) {
  EXPECT_TRUE(LayerIndex(layer_, Options(true), 1, 7).is_centered());
  EXPECT_FALSE(LayerIndex(layer_, Options(false), 1, 7).is_centered());
  const LayerIndex sparse(Make(true), Options(true), 1, 7);
  EXPECT_FALSE(sparse.is_centered());
  EXPECT_TRUE(sparse.center().empty());
}

TEST_F(LayerIndexTest, TakesItsCenterBeforeAndAfterTheFirstBuild) {
  LayerIndex index(layer_, Options(true), 1, 7);
  const auto center = [&] {
    return std::vector<float>(index.center().begin(), index.center().end());
  };
  EXPECT_EQ(center(), std::vector<float>(kInputs, 0.0f));
  const std::vector<float> first(kInputs, 1.0f), second(kInputs, -5.0f);
  index.Center(first);
  EXPECT_EQ(center(), first);
  index.Build(layer_, team_);
  EXPECT_EQ(center(), first);
  index.Center(second);
  EXPECT_EQ(center(), second);
}

TEST_F(LayerIndexTest, ARowThatIsNotFiniteIsDivergence) {
  LayerIndex index(layer_, Options(false), 1, 7);
  index.Build(layer_, team_);
  layer_.weights().rows().weights<float>(31)[0] =
      std::numeric_limits<float>::quiet_NaN();
  for (const bool beside : {false, true}) {
    try {
      beside ? index.BuildBeside(layer_) : index.Build(layer_, team_);
      FAIL();
    } catch (const DivergedError& error) {
      EXPECT_STREQ(error.what(),
                   "the neurons of layer 2 cannot be hashed: row 31: got a "
                   "value that is not a finite number");
    }
  }
}

}  // namespace
}  // namespace slide::nn::layer_index_test
