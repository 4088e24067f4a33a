// Training on: what a network keeps when it grows, gets pairs of other data, or
// has a frozen part.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/online_trainer.h"
#include "slide/trainer.h"
#include "support/error_of.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::train_on_test {
namespace {

using nn::NetworkAccess;
using nn::NetworkCore;
using testing::HasSubstr;
using testing_support::ErrorOf;
using testing_support::LearnableData;

constexpr uint64_t kSeed = 31;

// The old data has 30 labels of 120 features, the new one 40 of 160.
// The same samples scaled to length 1, as files are read.
Dataset Scaled(const Dataset& data) {
  CsrArrays arrays;
  arrays.num_features = data.num_features();
  arrays.num_labels = data.num_labels();
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    const auto value =
        1.0f / std::sqrt(static_cast<float>(sample.features.size()));
    testing_support::AddSample(
        arrays, {sample.features.ids.begin(), sample.features.ids.end()},
        std::vector<float>(sample.features.size(), value),
        {sample.labels.begin(), sample.labels.end()});
  }
  return Dataset(std::move(arrays));
}

Dataset OldData() { return LearnableData(200, 30, 2, kSeed); }
Dataset NewData() { return LearnableData(200, 40, 2, kSeed + 1); }

NetworkOptions NetFor(const Dataset& data) {
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  options.hidden = {24};
  options.seed = kSeed;
  return options;
}

TrainOptions OneThread(int epochs = 3) {
  TrainOptions options;
  options.epochs = epochs;
  options.num_threads = 1;
  options.sampling.max_hashed = 12;
  options.sampling.random_negatives = 6;
  return options;
}

Network Trained(const NetworkOptions& options, const TrainOptions& train,
                const Dataset& data) {
  Network network(options, 1);
  Trainer(network, train).Fit(data);
  return network;
}

using Bytes = std::vector<std::byte>;

void Append(std::span<const std::byte> from, Bytes& to) {
  to.insert(to.end(), from.begin(), from.end());
}

Bytes BytesOf(const nn::Layer& layer) {
  Bytes bytes;
  Append(layer.weights().records(), bytes);
  if (layer.bias() != nullptr) Append(layer.bias()->records(), bytes);
  return bytes;
}

Bytes HiddenBytes(const Network& network) {
  const std::span<const nn::Layer> layers =
      NetworkAccess::Core(network).layers();
  Bytes bytes;
  for (const nn::Layer& layer : layers.first(layers.size() - 1)) {
    Append(BytesOf(layer), bytes);
  }
  return bytes;
}

Bytes OutputBytes(const Network& network) {
  const NetworkCore& core = NetworkAccess::Core(network);
  Bytes bytes = BytesOf(core.output());
  if (core.sparse_part() != nullptr) {
    core.sparse_part()->ForEachTrained(
        [&](std::span<const std::byte> array) { Append(array, bytes); });
  }
  return bytes;
}

// --- growing ----------------------------------------------------------------

TEST(TrainOn, OldPredictionsAreTheSameUntilItIsTrained) {
  const Dataset old_data = Scaled(OldData());
  for (const Loss loss : {Loss::kDecoupled, Loss::kSoftmax, Loss::kSigmoid}) {
    for (const SparsePartMode mode :
         {SparsePartMode::kOff, SparsePartMode::kOn}) {
      TrainOptions train = OneThread(10);
      train.loss = loss;
      train.sparse_part.mode = mode;
      NetworkOptions options = NetFor(old_data);
      options.hidden = {128};
      Network network = Trained(options, train, old_data);
      // Under the sigmoid loss all but a sample's own two are about as low.
      const int num_best = loss == Loss::kSigmoid ? 2 : 5;
      const auto before =
          network.Predict(old_data, 0, old_data.size(), num_best, 1);
      network.Grow(160, 1'000, {});
      const auto after =
          network.Predict(old_data, 0, old_data.size(), num_best, 1);
      ASSERT_EQ(before.size(), after.size());
      for (size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(before[i].label, after[i].label) << i;
        EXPECT_EQ(before[i].logit, after[i].logit) << i;
      }
    }
  }
}

TEST(TrainOn, NewLabelsAndFeaturesAreLearnt) {
  const Dataset old_data = OldData(), new_data = NewData();
  Network network = Trained(NetFor(old_data), OneThread(5), old_data);
  network.Grow(new_data.num_features(), new_data.num_labels(), {});
  const TrainReport report =
      Trainer(network, OneThread(10)).Fit(new_data, &new_data);
  EXPECT_GT(report.epochs.back().test->at[0].precision, 0.95);
}

TEST(TrainOn, GrowRefusesFewerOfAnythingAndOtherNames) {
  Network network(NetFor(OldData()), 1);
  EXPECT_THAT(ErrorOf([&] { network.Grow(119, 30, {}); }),
              HasSubstr("got 119 features and 30 labels, expected no fewer"));
  EXPECT_THAT(ErrorOf([&] { network.Grow(120, 29, {}); }),
              HasSubstr("got 120 features and 29 labels"));
  ModelCard card;
  card.label_names = NameList::FromLines("a\nb\n");
  EXPECT_THAT(ErrorOf([&] { network.Grow(120, 31, card); }),
              HasSubstr("got 2, expected none or one for each of the 31"));
  EXPECT_EQ(network.options().num_labels, 30u);
  EXPECT_TRUE(network.card().label_names.empty());

  const testing_support::TempFolder folder;
  network.Save(folder.Path("model"));
  Network opened = Network::Open(folder.Path("model"));
  EXPECT_THAT(ErrorOf([&] { opened.Grow(130, 31, {}); }),
              HasSubstr("opened for prediction"));
  EXPECT_THAT(ErrorOf([&] { opened.ResetOptimizer(Optimizer::kAdam); }),
              HasSubstr("opened for prediction"));
}

TEST(TrainOn, AGrownNetworkIsSavedAndLoaded) {
  const Dataset old_data = OldData();
  Network network = Trained(NetFor(old_data), OneThread(), old_data);
  network.Grow(130, 37, {});
  const testing_support::TempFolder folder;
  network.Save(folder.Path("model"));
  const Network loaded = Network::Load(folder.Path("model"));
  EXPECT_EQ(HiddenBytes(loaded), HiddenBytes(network));
  EXPECT_EQ(OutputBytes(loaded), OutputBytes(network));
}

TEST(TrainOn, AnotherOptimizerTrainsTheSameWeights) {
  const Dataset data = OldData();
  Network network = Trained(NetFor(data), OneThread(), data);
  const auto before = network.Predict(data, 0, data.size(), 3, 1);
  network.ResetOptimizer(Optimizer::kAdam);
  EXPECT_EQ(network.options().optimizer, Optimizer::kAdam);
  const auto after = network.Predict(data, 0, data.size(), 3, 1);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].label, after[i].label);
    EXPECT_EQ(before[i].logit, after[i].logit);
  }
  const TrainReport report = Trainer(network, OneThread()).Fit(data, &data);
  EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9);
}

// --- pairs ------------------------------------------------------------------

TEST(TrainOn, PairsOfOtherDataJoinThoseThatAreThere) {
  const Dataset old_data = OldData(), new_data = NewData();
  TrainOptions train = OneThread(1);
  train.sparse_part.mode = SparsePartMode::kOn;
  Network network = Trained(NetFor(old_data), train, old_data);
  network.Grow(new_data.num_features(), new_data.num_labels(), {});
  const uint64_t before = network.sparse_part()->num_pairs;

  // Off: none is added.
  TrainOptions off = OneThread(1);
  off.sparse_part.mode = SparsePartMode::kOff;
  Trainer(network, off).Fit(new_data);
  EXPECT_EQ(network.sparse_part()->num_pairs, before);

  // Auto is on where there are pairs already, of however few features.
  Trainer(network, OneThread(1)).Fit(new_data);
  const uint64_t both = network.sparse_part()->num_pairs;
  EXPECT_GT(both, before);
  Trainer(network, OneThread(1)).Fit(new_data);
  EXPECT_EQ(network.sparse_part()->num_pairs, both);
  const uint64_t of_new =
      PlanSparsePart(new_data, train.sparse_part, 1).num_pairs;
  EXPECT_GE(both, of_new);
  EXPECT_LE(both, before + of_new);
}

TEST(TrainOn, ATrainedNetworkWithoutPairsGetsThemOnRequestAlone) {
  const Dataset data = OldData();
  TrainOptions off = OneThread(1);
  off.sparse_part.mode = SparsePartMode::kOff;
  Network network = Trained(NetFor(data), off, data);
  Trainer(network, OneThread(1)).Fit(data);
  EXPECT_FALSE(network.sparse_part());
  TrainOptions on = OneThread(1);
  on.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, on).Fit(data);
  EXPECT_TRUE(network.sparse_part());
}

// --- freezing ---------------------------------------------------------------

struct FreezeParam {
  Optimizer optimizer;
  Precision precision;
  UpdateMode update;
  bool has_hashed_layers;
};

class FreezeTest : public testing::TestWithParam<FreezeParam> {
 protected:
  NetworkOptions Options() const {
    NetworkOptions options = NetFor(data_);
    options.optimizer = GetParam().optimizer;
    options.precision = GetParam().precision;
    options.hidden = {16, 20};
    if (GetParam().has_hashed_layers) {
      for (HiddenLayer& layer : options.hidden) layer.max_active = 6;
    }
    return options;
  }
  TrainOptions Train(int epochs = 2) const {
    TrainOptions options = OneThread(epochs);
    options.update = GetParam().update;
    options.batch_size = 32;
    options.sparse_part.mode = SparsePartMode::kOn;
    // All that might move a row that has no gradient.
    options.weight_decay = 0.01;
    options.clip_norm = 1.0;
    options.rebuild.every = 50;
    options.learning_rate = 0.02;
    return options;
  }

  const Dataset data_ = OldData();
  const Dataset other_data_ = LearnableData(150, 30, 3, kSeed + 2);
};

std::vector<FreezeParam> EveryFreeze() {
  std::vector<FreezeParam> params;
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    for (const UpdateMode update :
         {UpdateMode::kHogwild, UpdateMode::kBatched}) {
      for (const bool hashed : {false, true}) {
        params.push_back({optimizer, Precision::kFp32, update, hashed});
      }
    }
  }
  params.push_back(
      {Optimizer::kRowAdagrad, Precision::kBf16, UpdateMode::kHogwild, false});
  params.push_back(
      {Optimizer::kRowAdagrad, Precision::kBf16, UpdateMode::kBatched, true});
  return params;
}
INSTANTIATE_TEST_SUITE_P(, FreezeTest, testing::ValuesIn(EveryFreeze()));

TEST_P(FreezeTest, AFrozenPartKeepsEveryBitAndTheOtherMoves) {
  const Network before = Trained(Options(), Train(), data_);
  const testing_support::TempFolder folder;
  before.Save(folder.Path("model"));
  for (const Freeze freeze : {Freeze::kNone, Freeze::kInput, Freeze::kOutput}) {
    SCOPED_TRACE(Name(freeze));
    Network network = Network::Load(folder.Path("model"));
    TrainOptions options = Train();
    options.freeze = freeze;
    // A validation set would choose the weight of the sparse part, too.
    Trainer(network, options)
        .Fit(other_data_, EvaluationSets{.validation = &data_});
    EXPECT_EQ(HiddenBytes(network) == HiddenBytes(before),
              freeze == Freeze::kInput);
    EXPECT_EQ(OutputBytes(network) == OutputBytes(before),
              freeze == Freeze::kOutput);
  }
}

// One batch sees the same weights whatever is frozen: what is not frozen moves
// as it does then.
TEST_P(FreezeTest, TheOtherPartMovesAsIfNothingWereFrozen) {
  const Network before = Trained(Options(), Train(), data_);
  const testing_support::TempFolder folder;
  before.Save(folder.Path("model"));
  const auto trained = [&](Freeze freeze) {
    Network network = Network::Load(folder.Path("model"));
    TrainOptions options = Train(1);
    options.freeze = freeze;
    options.update = UpdateMode::kBatched;
    options.batch_size = 256;
    options.clip_norm = 0.0;  // it is of what is trained
    options.warmup_share = 0.0;
    Trainer(network, options).Fit(other_data_);
    return network;
  };
  const Network all = trained(Freeze::kNone);
  ASSERT_NE(HiddenBytes(all), HiddenBytes(before));
  ASSERT_NE(OutputBytes(all), OutputBytes(before));
  EXPECT_EQ(OutputBytes(trained(Freeze::kInput)), OutputBytes(all));
  EXPECT_EQ(HiddenBytes(trained(Freeze::kOutput)), HiddenBytes(all));
}

TEST(Freeze, ANewNetworkKeepsItsFirstOutput) {
  const Dataset data = OldData();
  Network network(NetFor(data), 1);
  const Bytes output = OutputBytes(network), hidden = HiddenBytes(network);
  TrainOptions options = OneThread();
  options.freeze = Freeze::kOutput;
  options.bias_init = BiasInit::kLogPrior;
  options.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, options).Fit(data);
  EXPECT_EQ(OutputBytes(network), output);
  EXPECT_FALSE(network.sparse_part());
  EXPECT_NE(HiddenBytes(network), hidden);
}

TEST(Freeze, VectorsOfTheInputStayWhereTheyWereSet) {
  const Dataset data = OldData();
  Network network(NetFor(data), 1);
  InputVectors vectors;
  vectors.width = 24;
  vectors.features = {2, 119};
  for (int i = 0; i < 48; ++i) {
    vectors.values.push_back(static_cast<float>(i) - 20.0f);
  }
  network.SetInputVectors(vectors);
  TrainOptions options = OneThread();
  options.freeze = Freeze::kInput;
  Trainer(network, options).Fit(data);
  const nn::RowStore& rows =
      NetworkAccess::Core(network).layers().front().weights();
  for (size_t i = 0; i < 2; ++i) {
    const float* row = rows.rows().weights<float>(vectors.features[i]);
    EXPECT_TRUE(std::equal(row, row + 24,
                           vectors.values.begin() + static_cast<long>(24 * i)));
  }
  // Others are drawn.
  EXPECT_NE(rows.rows().weights<float>(3)[0], 0.0f);
}

TEST(Freeze, AWeightOfTheFrozenSparsePartIsRefused) {
  Network network(NetFor(OldData()), 1);
  TrainOptions options = OneThread();
  options.freeze = Freeze::kOutput;
  options.sparse_part.weight = 0.5;
  EXPECT_THAT(ErrorOf([&] { Trainer(network, options); }),
              HasSubstr("sparse_part.weight: got 0.5"));
}

TEST(Freeze, OnlineTrainersFreezeToo) {
  const Dataset data = OldData();
  Network network(NetFor(data), 1);
  const Bytes hidden = HiddenBytes(network), output = OutputBytes(network);
  TrainOptions options = OneThread();
  options.freeze = Freeze::kInput;
  OnlineTrainer trainer(network, options, &data);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  for (size_t i = 0; i < 50; ++i) worker.Train(data[i], 0.1, i);
  EXPECT_EQ(HiddenBytes(network), hidden);
  EXPECT_NE(OutputBytes(network), output);
}

}  // namespace
}  // namespace slide::train_on_test
