// Runs repeat themselves bit for bit wherever docs/engine.md promises it: with
// HOGWILD on one thread, with batches on any number of threads, whatever the
// other options are. Nothing that decides a result may depend on a clock: how
// often a run is looked at is set here, from after every sample to once an
// epoch.
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "nn/network_access.h"
#include "slide/network.h"
#include "support/make_data.h"
#include "support/variations.h"
#include "train/setup.h"
#include "train/training_run.h"

namespace slide::repeatability_test {
namespace {

using testing_support::BaseSettings;
using testing_support::Settings;
using testing_support::Variation;
using testing_support::Variations;

constexpr uint64_t kSeed = 31;

// The bits after a run that is looked at so often.
std::vector<std::byte> BitsAfter(const Settings& settings, const Dataset& data,
                                 int num_threads,
                                 uint64_t samples_between_looks) {
  Network network(settings.network, 1);
  TrainOptions options = settings.train;
  options.num_threads = num_threads;
  train::SettleNetwork(options, nn::NetworkAccess::Core(network));
  const LossWeights no_weights;
  const TrainReport report =
      train::RunToEnd({.network = network,
                       .options = options,
                       .data = data,
                       .weights = no_weights,
                       .looks = {.samples_between = samples_between_looks}},
                      {});
  return testing_support::BitsOf(network, report);
}

TEST(Repeatability, HogwildRepeatsItselfOnOneThread) {
  const Dataset data = testing_support::LearnableData(150, 120, 2, kSeed);
  for (const Variation& variation : Variations()) {
    Settings settings = BaseSettings(data, kSeed);
    variation.apply(settings);
    const std::vector<std::byte> bits = BitsAfter(settings, data, 1, 1);
    EXPECT_EQ(bits, BitsAfter(settings, data, 1, 37)) << variation.name;
    EXPECT_EQ(bits, BitsAfter(settings, data, 1, 1000)) << variation.name;
  }
}

TEST(Repeatability, BatchesRepeatThemselvesOnAnyNumberOfThreads) {
  const Dataset data = testing_support::LearnableData(150, 120, 2, kSeed);
  for (const Variation& variation : Variations()) {
    // Shorter than a rebuild's interval, and longer than an epoch.
    for (const int batch_size : {1, 32, 400}) {
      Settings settings = BaseSettings(data, kSeed);
      settings.train.update = UpdateMode::kBatched;
      settings.train.batch_size = batch_size;
      variation.apply(settings);
      const std::vector<std::byte> bits = BitsAfter(settings, data, 1, 1);
      EXPECT_EQ(bits, BitsAfter(settings, data, 1, 1000))
          << variation.name << ", batches of " << batch_size;
      EXPECT_EQ(bits, BitsAfter(settings, data, 3, 37))
          << variation.name << ", batches of " << batch_size << ", 3 threads";
    }
  }
}

}  // namespace
}  // namespace slide::repeatability_test
