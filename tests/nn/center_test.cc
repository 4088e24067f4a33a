#include "nn/center.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "support/make_data.h"

namespace slide::nn::center_test {
namespace {

constexpr uint64_t kSeed = 9;
constexpr uint32_t kFeatures = 30;

class CenterTest : public testing::Test {
 protected:
  CenterTest()
      : data_(testing_support::RandomData(20, kFeatures, 40, 8, 1, kSeed)),
        core_(Make(true)) {
    for (size_t i = 0; i < data_.size(); ++i) {
      inputs_.push_back(data_[i].features);
    }
  }
  static NetworkCore Make(bool centered) {
    NetworkOptions options;
    options.num_features = kFeatures;
    options.num_labels = 40;
    options.hidden = {12, 10};
    options.hash.kind = HashKind::kSimHash;
    options.hash.centered = centered;
    options.seed = kSeed;
    NetworkCore core(options);
    core.DrawWeights(util::ThreadTeam(1));
    return core;
  }
  static std::vector<float> CenterOf(const NetworkCore& core) {
    const auto center = core.layer_index(2)->center();
    return {center.begin(), center.end()};
  }

  const Dataset data_;
  NetworkCore core_;
  std::vector<SparseView> inputs_;
};

TEST_F(CenterTest, IsTheMeanOfWhatTheLayerTakesIn) {
  CenterTables(core_, inputs_);
  std::vector<double> mean(10);
  HiddenBuffers activations(core_.options().hidden);
  for (const SparseView x : inputs_) {
    core_.ForwardHidden(x, activations);
    for (size_t j = 0; j < mean.size(); ++j) {
      mean[j] += static_cast<double>(activations.last()[j]) / 20.0;
    }
  }
  const std::vector<float> center = CenterOf(core_);
  ASSERT_EQ(center.size(), mean.size());
  bool has_any = false;
  for (size_t j = 0; j < mean.size(); ++j) {
    // A sum of 20 products in float, none of them negative.
    EXPECT_NEAR(center[j], mean[j], 22 * 0x1p-24 * mean[j]);
    has_any |= center[j] > 0.0f;
  }
  EXPECT_TRUE(has_any);
}

TEST_F(CenterTest, OfNoInputsChangesNothing) {
  CenterTables(core_, inputs_);
  const std::vector<float> before = CenterOf(core_);
  CenterTables(core_, {});
  EXPECT_EQ(CenterOf(core_), before);
}

TEST_F(CenterTest, AMeanThatIsNotFiniteChangesNothing) {
  const std::vector<uint32_t> ids = {0};
  const std::vector<float> values = {std::numeric_limits<float>::infinity()};
  const SparseView broken{ids, values};
  CenterTables(core_, {&broken, 1});
  EXPECT_EQ(CenterOf(core_), std::vector<float>(10, 0.0f));
}

TEST_F(CenterTest, WithoutCenteredTablesDoesNothing) {
  NetworkCore core = Make(false);
  CenterTables(core, inputs_);
  EXPECT_TRUE(core.layer_index(2)->center().empty());
}

}  // namespace
}  // namespace slide::nn::center_test
