#include "train/setup.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "slide/error.h"
#include "support/make_data.h"

namespace slide::train::setup_test {
namespace {

constexpr uint32_t kFeatures = 40, kLabels = 60;

NetworkOptions Net() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {12};
  options.seed = 3;
  return options;
}

Dataset Data(size_t labels_each = 2, uint32_t num_labels = kLabels) {
  return testing_support::RandomData(30, kFeatures, num_labels, 6, labels_each,
                                     3);
}

class TrainSetupTest : public testing::Test {
 protected:
  TrainSetupTest() : core_(Net()) {
    core_.DrawWeights(util::ThreadTeam(1));
    options_.num_threads = 1;
  }
  nn::NetworkCore core_;
  TrainOptions options_;
  RebuildState rebuilds_;
};

TEST_F(TrainSetupTest, BuildsTheTablesThatTrainingUses) {
  const TrainSetup setup(core_, options_, Data(), rebuilds_);
  EXPECT_TRUE(setup.uses_hashing);
  EXPECT_NE(core_.index(), nullptr);
  EXPECT_EQ(setup.team.size(), 1);
}

TEST_F(TrainSetupTest, WithoutAHashedBudgetBuildsNone) {
  options_.sampling.max_hashed = 0;
  const TrainSetup setup(core_, options_, Data(), rebuilds_);
  EXPECT_FALSE(setup.uses_hashing);
  EXPECT_EQ(core_.index(), nullptr);
}

TEST_F(TrainSetupTest, MatricesNeedNoTables) {
  for (const UpdateMode update : {UpdateMode::kDense, UpdateMode::kSampled}) {
    options_.update = update;
    const TrainSetup setup(core_, options_, Data(), rebuilds_);
    EXPECT_FALSE(setup.uses_hashing);
    EXPECT_EQ(core_.index(), nullptr);
    EXPECT_EQ(setup.batch_negatives.MaxActive(0),
              std::min<size_t>(core_.num_labels(), update == UpdateMode::kDense
                                                       ? core_.num_labels()
                                                       : 100));
  }
}

TEST_F(TrainSetupTest, SeedIsTheNetworksUnlessGiven) {
  EXPECT_EQ(TrainSetup(core_, options_, Data(), rebuilds_).seed, 3u);
  options_.seed = 8;
  EXPECT_EQ(TrainSetup(core_, options_, Data(), rebuilds_).seed, 8u);
}

TEST_F(TrainSetupTest, SigmoidAloneStartsFromTheLabelsPriors) {
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled}) {
    options_.loss = loss;
    RebuildState rebuilds;
    const TrainSetup setup(core_, options_, Data(), rebuilds);
    EXPECT_TRUE(core_.HasZeroOutputBiases());
  }
  options_.loss = Loss::kSigmoid;
  { const TrainSetup setup(core_, options_, Dataset(), rebuilds_); }
  EXPECT_TRUE(core_.HasZeroOutputBiases());
  // A run that goes on has had its start.
  { const TrainSetup setup(core_, options_, Data(), rebuilds_); }
  EXPECT_TRUE(core_.HasZeroOutputBiases());
  RebuildState begun_anew;
  const TrainSetup setup(core_, options_, Data(), begun_anew);
  EXPECT_FALSE(core_.HasZeroOutputBiases());
}

TEST_F(TrainSetupTest, ATrainedNetworkKeepsItsBiases) {
  options_.bias_init = BiasInit::kLogPrior;
  float& bias = core_.output().weights().rows().scalars(0)[kernels::kBias];
  bias = 5.0f;
  const TrainSetup setup(core_, options_, Data(), rebuilds_);
  EXPECT_EQ(bias, 5.0f);
  EXPECT_EQ(core_.output().weights().rows().scalars(1)[kernels::kBias], 0.0f);
}

TEST(SettleNetwork, MakesTheTablesForAsManyAsAreHashed) {
  nn::NetworkCore core(Net());
  TrainOptions options;
  options.sampling.max_hashed = 17;
  SettleNetwork(options, core);
  EXPECT_EQ(core.options().hash.candidates, 17);
}

TEST(SettleNetwork, RefusesABudgetWithoutNegatives) {
  nn::NetworkCore core(Net());
  TrainOptions options;
  options.sampling.random_negatives = 0;
  SettleNetwork(options, core);  // hashed ones
  options.sampling.max_hashed = 0;
  EXPECT_THROW(SettleNetwork(options, core), OptionsError);
  options.sampling.max_neighbours = 1;
  SettleNetwork(options, core);

  NetworkOptions net = Net();
  net.hash.kind = HashKind::kNone;
  nn::NetworkCore without_tables(net);
  options.sampling = {.max_hashed = 100, .random_negatives = 0};
  EXPECT_THROW(SettleNetwork(options, without_tables), OptionsError);
}

TEST(SettleNetwork, RefusesWhatMatricesCannotDo) {
  NetworkOptions net = Net();
  net.hidden = {20};
  net.hidden[0].max_active = 5;
  nn::NetworkCore hashed(net);
  nn::NetworkCore dense(Net());
  TrainOptions options;
  for (const UpdateMode update : {UpdateMode::kDense, UpdateMode::kSampled}) {
    options.update = update;
    EXPECT_THROW(SettleNetwork(options, hashed), OptionsError);
    EXPECT_NO_THROW(SettleNetwork(options, dense));
  }
  options.sampling.random_negatives = 0;
  EXPECT_THROW(SettleNetwork(options, dense), OptionsError);
  options.update = UpdateMode::kDense;  // draws none
  EXPECT_NO_THROW(SettleNetwork(options, dense));
}

TEST(SettleNetwork, RefusesRatesOfOtherLayers) {
  nn::NetworkCore core(Net());
  TrainOptions options;
  options.layer_rates = {1.0, 1.0};
  EXPECT_NO_THROW(SettleNetwork(options, core));
  options.layer_rates = {1.0};
  try {
    SettleNetwork(options, core);
    FAIL();
  } catch (const OptionsError& error) {
    EXPECT_STREQ(error.what(),
                 "layer_rates: got 1 values, expected one for each of the "
                 "network's 2 layers, or none");
  }
}

TEST(RequireLabelled, NamesTheSetWithoutALabel) {
  EXPECT_NO_THROW(RequireLabelled(Data(), "test set"));
  for (const Dataset& data : {Dataset(), Data(0)}) {
    try {
      RequireLabelled(data, "test set");
      FAIL();
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(),
                   "test set: got no sample with a label, expected one or "
                   "more");
    }
  }
}

TEST(LabelledSamples, AreThoseWithALabelInTheirOrder) {
  EXPECT_TRUE(LabelledSamples(Dataset()).empty());
  EXPECT_TRUE(LabelledSamples(Data(0)).empty());
  CsrArrays arrays;
  arrays.num_labels = 3;
  for (const std::vector<uint32_t>& labels :
       std::vector<std::vector<uint32_t>>{{}, {0}, {}, {1, 2}}) {
    testing_support::AddSample(arrays, {}, {}, labels);
  }
  EXPECT_EQ(LabelledSamples(Dataset(std::move(arrays))),
            (std::vector<uint64_t>{1, 3}));
}

}  // namespace
}  // namespace slide::train::setup_test
