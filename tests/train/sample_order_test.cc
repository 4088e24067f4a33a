#include "train/sample_order.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/container.h"
#include "support/make_data.h"
#include "support/resident_bytes.h"

namespace slide::train::sample_order_test {
namespace {

using testing_support::AddSample;
using testing_support::LearnableData;
using testing_support::RandomData;
using testing_support::ResidentBytes;

constexpr uint64_t kSeed = 5;

util::Rng EpochRng(uint64_t epoch) {
  return util::Rng(kSeed).Stream(util::Purpose::kShuffle, epoch);
}

class SampleOrderTest : public testing::Test {
 protected:
  SampleOrderTest()
      : path_(testing::TempDir() + "slide_order_" + std::to_string(getpid())) {}
  ~SampleOrderTest() override { std::filesystem::remove(path_); }

  // The data in a mapped file.
  Dataset Mapped(const Dataset& data) const {
    WriteCache(data, false, path_);
    // Pages that were just written would be mapped in larger pieces than pages
    // that are read.
    const int file = open(path_.c_str(), O_RDONLY);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
    return OpenCache(path_);
  }

  std::string path_;
};

// Every third sample has no label.
Dataset WithUnlabelled(size_t num_samples) {
  CsrArrays arrays;
  arrays.num_features = 100;
  arrays.num_labels = 10;
  for (uint32_t i = 0; i < num_samples; ++i) {
    std::vector<uint32_t> labels;
    if (i % 3 != 2) labels = {i % 10};
    AddSample(arrays, {i % 100}, {1.0f}, labels);
  }
  return Dataset(std::move(arrays));
}

std::vector<uint64_t> OrderOf(const SampleOrder& order) {
  std::vector<uint64_t> samples;
  for (size_t i = 0; i < order.size(); ++i) samples.push_back(order[i]);
  return samples;
}

TEST_F(SampleOrderTest, MeetsEveryLabelledSampleOnceInAnyWindows) {
  const Dataset data = WithUnlabelled(1000);
  const Dataset mapped = Mapped(data);
  for (const uint64_t memory : {uint64_t{0}, uint64_t{1}, uint64_t{3000},
                                uint64_t{20'000}, uint64_t{1} << 30}) {
    for (const Dataset& any : {data, mapped}) {
      SampleOrder order(any, memory);
      ASSERT_EQ(order.size(), 667u);
      std::vector<std::vector<uint64_t>> epochs;
      for (uint64_t epoch = 1; epoch <= 2; ++epoch) {
        order.Shuffle(EpochRng(epoch));
        epochs.push_back(OrderOf(order));
        std::vector<uint64_t> sorted = epochs.back();
        std::sort(sorted.begin(), sorted.end());
        EXPECT_TRUE(std::ranges::equal(sorted, order.samples()));
      }
      EXPECT_NE(epochs[0], epochs[1]);
      order.Shuffle(EpochRng(1));
      EXPECT_EQ(OrderOf(order), epochs[0]);
    }
  }
}

TEST_F(SampleOrderTest, DataThatHasRoomIsOneWindow) {
  const Dataset data = RandomData(500, 50, 20, 5, 2, kSeed);
  const Dataset mapped = Mapped(data);
  SampleOrder in_memory(data, 1);
  SampleOrder everything(mapped, 0);
  SampleOrder roomy(mapped, 2 * mapped.num_bytes());
  std::vector<std::vector<uint64_t>> orders;
  for (SampleOrder* order : {&in_memory, &everything, &roomy}) {
    order->Shuffle(EpochRng(1));
    EXPECT_EQ(order->num_windows(), 1u);
    EXPECT_EQ(order->window_end(), 500u);
    orders.push_back(OrderOf(*order));
  }
  EXPECT_EQ(orders[0], orders[1]);
  EXPECT_EQ(orders[0], orders[2]);
}

TEST_F(SampleOrderTest, AWindowHoldsWholeBlocksFromEverywhereInARandomOrder) {
  const Dataset data = RandomData(20'000, 50, 20, 5, 2, kSeed);
  const Dataset mapped = Mapped(data);
  const uint64_t memory = mapped.num_bytes() / 4;
  SampleOrder order(mapped, memory);
  order.Shuffle(EpochRng(1));
  ASSERT_GE(order.num_windows(), 8u);
  ASSERT_LE(order.num_windows(), 10u);
  size_t begin = 0;
  while (begin < order.size()) {
    order.MoveTo(begin);
    const size_t end = order.window_end();
    ASSERT_GT(end, begin);
    std::vector<uint64_t> window;
    for (size_t i = begin; i < end; ++i) window.push_back(order[i]);
    EXPECT_LE(window.size() * (mapped.num_bytes() / mapped.size()),
              memory / 2 + 64);
    EXPECT_FALSE(std::is_sorted(window.begin(), window.end()));
    std::sort(window.begin(), window.end());
    std::set<uint64_t> blocks;
    for (const uint64_t i : window) blocks.insert(i / order.block_size());
    size_t expected = 0;
    for (const uint64_t block : blocks) {
      expected += std::min<size_t>(order.block_size(),
                                   order.size() - block * order.block_size());
    }
    EXPECT_EQ(window.size(), expected);  // so all of each block is there
    if (end < order.size()) {
      EXPECT_GE(blocks.size(), 16u);
      // The window has samples of the first and the last third of the file too.
      EXPECT_LT(window.front(), 6666u);
      EXPECT_GE(window.back(), 13'333u);
    }
    begin = end;
  }
}

// Each sample is met in each tenth of the epoch as often as chance has it.
TEST_F(SampleOrderTest, EverySampleComesAtEveryTime) {
  const Dataset mapped = Mapped(RandomData(640, 50, 20, 5, 2, kSeed));
  SampleOrder order(mapped, mapped.num_bytes() / 2);
  constexpr int kEpochs = 4000;
  std::array<std::array<int, 10>, 3> counts = {};
  const std::array<uint64_t, 3> samples = {0, 321, 639};
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    order.Shuffle(EpochRng(static_cast<uint64_t>(epoch)));
    ASSERT_GE(order.num_windows(), 4u);
    for (size_t i = 0; i < order.size(); ++i) {
      for (size_t s = 0; s < samples.size(); ++s) {
        if (order[i] == samples[s]) ++counts[s][i * 10 / order.size()];
      }
    }
  }
  for (const auto& of_sample : counts) {
    double chi_square = 0.0;
    for (const int count : of_sample) {
      const double d = count - kEpochs / 10.0;
      chi_square += d * d / (kEpochs / 10.0);
    }
    EXPECT_LT(chi_square, 40.0);  // 9 degrees: 1 in 10^5
  }
}

TEST_F(SampleOrderTest, KeepsNoMoreInMemoryThanItMay) {
  const Dataset mapped = Mapped(RandomData(150'000, 1000, 20, 40, 2, kSeed));
  if (!ResidentBytes(path_)) GTEST_SKIP() << "/proc/self/smaps is not there";
  const uint64_t memory = mapped.num_bytes() / 5;
  SampleOrder order(mapped, memory);
  uint64_t most = 0;
  float sum = 0.0f;
  for (uint64_t epoch = 1; epoch <= 2; ++epoch) {
    order.Shuffle(EpochRng(epoch));
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % 2000 == 0) {
        order.MoveTo(i);
        most = std::max(most, *ResidentBytes(path_));
      }
      for (const float v : mapped[order[i]].features.values) sum += v;
    }
  }
  EXPECT_NE(sum, 0.0f);
  EXPECT_GT(most, memory / 4);
  EXPECT_LT(most, memory + memory / 2);
}

NetworkOptions NetFor(const Dataset& data) {
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  options.hidden = {32};
  options.hash.num_tables = 20;
  return options;
}

TrainOptions OneThread(int epochs) {
  TrainOptions options;
  options.epochs = epochs;
  options.num_threads = 1;
  options.sampling.max_hashed = 50;
  options.sampling.random_negatives = 30;
  return options;
}

// Sorted by their labels, which is the worst order that a file can have.
Dataset SortedByLabel(const Dataset& data) {
  std::vector<size_t> order(data.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return data[a].labels[0] < data[b].labels[0];
  });
  CsrArrays arrays;
  arrays.num_features = data.num_features();
  arrays.num_labels = data.num_labels();
  for (const size_t i : order) {
    const Sample s = data[i];
    AddSample(arrays, {s.features.ids.begin(), s.features.ids.end()},
              {s.features.values.begin(), s.features.values.end()},
              {s.labels.begin(), s.labels.end()});
  }
  return Dataset(std::move(arrays));
}

TEST_F(SampleOrderTest, TrainsInWindowsAsWellAsOnAllAtOnce) {
  const Dataset test = LearnableData(300, 200, 2, kSeed + 1);
  const Dataset train = SortedByLabel(LearnableData(4000, 200, 2, kSeed));
  const Dataset mapped = Mapped(train);
  std::vector<double> precisions;
  const double mebibytes = static_cast<double>(mapped.num_bytes()) / 0x1p20;
  for (const double memory : {0.0, mebibytes / 4}) {
    Network network(NetFor(train), 1);
    TrainOptions options = OneThread(5);
    options.shuffle_mebibytes = memory;
    const TrainReport report = Trainer(network, options).Fit(mapped, &test);
    precisions.push_back(report.epochs.back().test->at[0].precision);
  }
  EXPECT_GT(precisions[0], 0.9);
  EXPECT_GT(precisions[1], precisions[0] - 0.03);
}

TEST_F(SampleOrderTest, TrainsTheSameFromAFileThatHasRoomAsFromMemory) {
  const Dataset train = LearnableData(500, 100, 2, kSeed);
  const Dataset mapped = Mapped(train);
  std::vector<std::vector<std::byte>> weights;
  for (const Dataset& data : {train, mapped}) {
    Network network(NetFor(train), 1);
    Trainer(network, OneThread(2)).Fit(data);
    const auto records =
        nn::NetworkAccess::Core(network).output().weights().records();
    weights.emplace_back(records.begin(), records.end());
  }
  EXPECT_EQ(weights[0], weights[1]);
}

TEST_F(SampleOrderTest, TrainingStopsAtADamagedSampleAndNamesIt) {
  const Dataset train = LearnableData(500, 100, 2, kSeed);
  WriteCache(train, false, path_);
  {
    std::stringstream bytes;
    bytes << std::ifstream(path_, std::ios::binary).rdbuf();
    auto cache = testing_support::Container::Of(bytes.str());
    // The last feature id of the last sample.
    const uint32_t bad = 1 << 20;
    const size_t end =
        cache.Offset("feature_ids") + train.num_nonzeros() * sizeof(uint32_t);
    cache.sections.replace(end - sizeof(bad), sizeof(bad),
                           reinterpret_cast<const char*>(&bad), sizeof(bad));
    std::ofstream(path_, std::ios::binary) << cache.File();
  }
  const Dataset damaged = OpenCache(path_);
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched}) {
    Network network(NetFor(train), 1);
    TrainOptions options = OneThread(1);
    options.update = update;
    try {
      Trainer(network, options).Fit(damaged);
      ADD_FAILURE() << "trained";
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(),
                  testing::HasSubstr("sample 499: feature id 1048576"));
    }
  }
}

}  // namespace
}  // namespace slide::train::sample_order_test
