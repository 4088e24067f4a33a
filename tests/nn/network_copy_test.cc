#include "nn/network_copy.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "nn/network_access.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::nn::network_copy_test {
namespace {

// All that a step may move.
std::vector<std::byte> BytesOf(const Network& network) {
  std::vector<std::byte> bytes;
  const NetworkCore& core = NetworkAccess::Core(network);
  const auto add = [&](const RowStore& rows) {
    bytes.insert(bytes.end(), rows.records().begin(), rows.records().end());
  };
  for (const Layer& layer : core.layers()) {
    add(layer.weights());
    if (layer.bias() != nullptr) add(*layer.bias());
  }
  const SparsePart* sparse = core.sparse_part();
  const std::span<const std::byte> words =
      std::as_bytes(sparse->arrays().words);
  const std::span<const std::byte> accumulators =
      std::as_bytes(sparse->arrays().accumulators);
  bytes.insert(bytes.end(), words.begin(), words.end());
  bytes.insert(bytes.end(), accumulators.begin(), accumulators.end());
  return bytes;
}

// Training goes on as if what was undone had not been: layers of every kind,
// with what every optimizer keeps, and a sparse part.
TEST(NetworkCopy, BringsBackAllThatTrainingMoves) {
  const Dataset data = testing_support::LearnableData(60, 30, 2, 5);
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
      SCOPED_TRACE(testing::Message()
                   << Name(optimizer) << ", " << Name(precision));
      NetworkOptions options;
      options.num_features = data.num_features();
      options.num_labels = data.num_labels();
      options.hidden = {8, 20};
      options.hidden[1].max_active = 6;
      options.optimizer = optimizer;
      options.precision = precision;
      Network network(options, 1);
      TrainOptions train;
      train.epochs = 1;
      train.num_threads = 1;
      train.sparse_part.mode = SparsePartMode::kOn;
      Trainer trainer(network, train);
      trainer.Fit(data);
      const std::vector<std::byte> before = BytesOf(network);
      NetworkCopy copy(NetworkAccess::Core(network));
      copy.Take(NetworkAccess::Core(network));
      trainer.Fit(data);
      SparsePart& sparse = *NetworkAccess::Core(network).sparse_part();
      sparse.set_weight(0.25f);
      const std::vector<std::byte> after = BytesOf(network);
      EXPECT_NE(after, before);
      copy.Restore(NetworkAccess::Core(network));
      EXPECT_EQ(BytesOf(network), before);
      EXPECT_EQ(sparse.weight(), 1.4f);
      trainer.Fit(data);
      EXPECT_EQ(BytesOf(network), after);
      copy.Swap(NetworkAccess::Core(network));
      EXPECT_EQ(BytesOf(network), before);
      copy.Swap(NetworkAccess::Core(network));
      EXPECT_EQ(BytesOf(network), after);
    }
  }
}

}  // namespace
}  // namespace slide::nn::network_copy_test
