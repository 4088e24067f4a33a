#include "slide/index_quality.h"

#include <gtest/gtest.h>

#include <limits>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::index_quality_test {
namespace {

using testing_support::LearnableData;

constexpr uint64_t kSeed = 5;
constexpr uint32_t kLabels = 300;

Network Trained(const Dataset& data, HashKind kind = HashKind::kWta) {
  NetworkOptions net;
  net.num_features = data.num_features();
  net.num_labels = data.num_labels();
  net.hidden = {32};
  net.hash.kind = kind;
  net.hash.candidates = 60;
  Network network(net, 1);
  TrainOptions options;
  options.epochs = 3;
  options.num_threads = 1;
  Trainer(network, options).Fit(data);
  return network;
}

TEST(MeasureIndex, TablesFindMoreThanChanceAndAllWithRoomForAll) {
  const Dataset data = LearnableData(800, kLabels, 2, kSeed);
  const Network network = Trained(data);
  IndexOptions options;
  options.num_samples = 200;
  options.sampling.max_hashed = 60;
  const IndexQuality some = MeasureIndex(network, data, options);
  EXPECT_EQ(some.num_samples, 200u);
  // A random choice of 60 of 300 would have a fifth of the best.
  EXPECT_GT(some.recall_at_10, 0.3);
  EXPECT_LE(some.found_mean, 60.0);
  EXPECT_LE(some.found_p50, some.found_p99);
  EXPECT_LE(some.found_p99, 60u);
  EXPECT_GT(some.buckets.num_buckets, 0u);
  // No bits, one bucket: every query finds every neuron.
  NetworkOptions one_bucket = network.options();
  one_bucket.hash.hashes_per_table = 1;
  one_bucket.hash.table_bits = 1;
  one_bucket.hash.num_tables = 100;
  const Network crowded(one_bucket, 1);
  options.sampling.max_hashed = 1'000'000;
  const IndexQuality all = MeasureIndex(crowded, data, options);
  EXPECT_EQ(all.recall_at_10, 1.0);
  EXPECT_EQ(all.found_p50, kLabels);
}

// The tables are centered by the inputs of training, not by those looked at.
TEST(MeasureIndex, TablesAreThoseOfTrainingWhateverIsAsked) {
  const Dataset data = LearnableData(800, kLabels, 2, kSeed);
  const Network network = Trained(data);
  const BucketOccupancy expected = MeasureBuckets(network, 1);
  CsrArrays unlike;
  unlike.num_features = unlike.num_labels = kLabels;
  testing_support::AddSample(unlike, {7}, {100.0f}, {7});
  const IndexQuality quality = MeasureIndex(network, Dataset(unlike));
  EXPECT_EQ(quality.buckets.by_size, expected.by_size);
}

TEST(MeasureIndex, RepeatsItselfOnAnyNumberOfThreads) {
  const Dataset data = LearnableData(800, kLabels, 2, kSeed);
  const Network network = Trained(data);
  IndexOptions options;
  options.num_threads = 1;
  const IndexQuality one = MeasureIndex(network, data, options);
  options.num_threads = 3;
  const IndexQuality three = MeasureIndex(network, data, options);
  EXPECT_EQ(one.recall_at_10, three.recall_at_10);
  EXPECT_EQ(one.found_mean, three.found_mean);
  EXPECT_EQ(one.buckets.by_size, three.buckets.by_size);
}

TEST(MeasureIndex, WithoutTablesThereIsNothing) {
  const Dataset data = LearnableData(100, kLabels, 2, kSeed);
  const Network network = Trained(data, HashKind::kNone);
  EXPECT_EQ(MeasureBuckets(network).num_buckets, 0u);
  const IndexQuality quality = MeasureIndex(network, data);
  EXPECT_EQ(quality.recall_at_10, 0.0);
  EXPECT_EQ(quality.buckets.num_buckets, 0u);
}

TEST(MeasureIndex, RefusesWhatDoesNotFit) {
  const Dataset data = LearnableData(100, kLabels, 2, kSeed);
  Network network = Trained(data);
  EXPECT_THROW(MeasureIndex(network, Dataset{}), DataError);
  const Dataset wide = LearnableData(5, kLabels + 1, 1, kSeed);
  EXPECT_THROW(MeasureIndex(network, wide), DataError);
  IndexOptions options;
  options.sampling.max_hashed = -1;
  EXPECT_THROW(MeasureIndex(network, data, options), OptionsError);
  kernels::WriteWeights(
      nn::NetworkAccess::Core(network).output().weights().rows(), 3,
      std::vector<float>(32, std::numeric_limits<float>::infinity()));
  EXPECT_THROW(MeasureIndex(network, data), DivergedError);
  EXPECT_THROW(MeasureBuckets(network), DivergedError);
}

TEST(MeasureBuckets, AreThoseThatTrainingWouldFill) {
  const Dataset data = LearnableData(800, kLabels, 2, kSeed);
  Network network = Trained(data);
  const BucketOccupancy buckets = MeasureBuckets(network, 1);
  nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  core.BuildTables(util::ThreadTeam(1));
  const BucketOccupancy expected = core.index()->tables().Occupancy();
  EXPECT_EQ(buckets.by_size, expected.by_size);
  EXPECT_EQ(buckets.num_bytes, expected.num_bytes);
}

TEST(MeasureBuckets, LeavesTheNetworkAsItIsAndSoDoesMeasureIndex) {
  const Dataset data = LearnableData(100, kLabels, 2, kSeed);
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  const Network network(options, 1);
  EXPECT_GT(MeasureBuckets(network).num_buckets, 0u);
  EXPECT_GT(MeasureIndex(network, data).num_samples, 0u);
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  EXPECT_EQ(core.index(), nullptr);
  for (const float c : core.layer_index(1)->center()) EXPECT_EQ(c, 0.0f);
}

}  // namespace
}  // namespace slide::index_quality_test
