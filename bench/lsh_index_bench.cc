// Hashing, building and querying an index over 100,000 rows of width 128, with
// short and with long addresses (K = 7: buckets of some 800 rows; K = 12: of
// some 25), each beside what one would do without it.
#include <benchmark/benchmark.h>

// The projections are measured on one thread, as the hashing is.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "hashing/lsh_index.h"
#include "hashing/simhash.h"
#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace {

using slide::hashing::IdSet;
using slide::hashing::LshIndex;
using slide::hashing::SimHash;
using slide::util::AlignedBuffer;
using slide::util::Purpose;
using slide::util::Rng;
using slide::util::ThreadTeam;
namespace kernels = slide::kernels;

constexpr uint64_t kSeed = 1;
constexpr size_t kNumRows = 100'000, kWidth = 128;
constexpr kernels::RowFormat kFormat(kWidth, slide::Precision::kFp32,
                                     slide::Optimizer::kRowAdagrad);
constexpr int kTables = 50;

// Normal weights, as a network starts with.
kernels::ConstRowsView Rows() {
  static const AlignedBuffer<std::byte> records = [] {
    AlignedBuffer<std::byte> drawn(kNumRows * kFormat.stride);
    const kernels::RowsView rows = {drawn.data(), kFormat};
    Rng rng = Rng(kSeed).Stream(Purpose::kTest);
    for (size_t i = 0; i < kNumRows; ++i) {
      float* weights = rows.weights<float>(i);
      for (size_t j = 0; j < kWidth; ++j) weights[j] = rng.Normal();
    }
    return drawn;
  }();
  return {records.data(), kFormat};
}

std::unique_ptr<SimHash> Family(int64_t hashes_per_table) {
  return std::make_unique<SimHash>(kWidth, static_cast<int>(hashes_per_table),
                                   kTables,
                                   Rng(kSeed).Stream(Purpose::kHashFunctions));
}

// The rows that are hashed, scored and looked for, one after the other.
std::span<const float> Query(int64_t i) {
  const auto row = static_cast<size_t>(i) * 7919 % kNumRows;
  return {Rows().weights<float>(row), kWidth};
}

void BM_Hash(benchmark::State& state) {
  const auto family = Family(state.range(0));
  std::vector<float> scratch(family->scratch_size());
  std::vector<uint16_t> addresses(kTables);
  int64_t i = 0;
  Rows();  // drawn at the first call
  for (auto _ : state) {
    family->Hash(Query(i++), scratch, addresses);
    benchmark::DoNotOptimize(addresses.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(i);
  state.SetBytesProcessed(i * static_cast<int64_t>(kWidth * sizeof(float)));
}
BENCHMARK(BM_Hash)->ArgName("K")->Arg(7)->Arg(12);

// The baseline: K L projections on vectors without structure.
void BM_HashByDenseProjections(benchmark::State& state) {
  const auto num = static_cast<Eigen::Index>(state.range(0) * kTables);
  const Eigen::MatrixXf projections =
      Eigen::MatrixXf::Random(num, static_cast<Eigen::Index>(kWidth));
  Eigen::VectorXf y(num);
  std::vector<uint16_t> addresses(kTables);
  int64_t i = 0;
  for (auto _ : state) {
    const std::span<const float> x = Query(i++);
    y.noalias() = projections * Eigen::Map<const Eigen::VectorXf>(
                                    x.data(), static_cast<long>(kWidth));
    for (int t = 0; t < kTables; ++t) {
      unsigned address = 0;
      for (int64_t k = 0; k < state.range(0); ++k) {
        address = 2 * address + (y[t * state.range(0) + k] < 0.0f ? 1u : 0u);
      }
      addresses[static_cast<size_t>(t)] = static_cast<uint16_t>(address);
    }
    benchmark::DoNotOptimize(addresses.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(i);
  state.SetBytesProcessed(i * static_cast<int64_t>(kWidth * sizeof(float)));
}
BENCHMARK(BM_HashByDenseProjections)->ArgName("K")->Arg(7)->Arg(12);

void BM_Build(benchmark::State& state) {
  LshIndex index(Family(state.range(0)), kNumRows);
  const ThreadTeam team(static_cast<int>(state.range(1)));
  for (auto _ : state) {
    index.Build(Rows(), team);
    benchmark::ClobberMemory();
  }
  const auto rows = state.iterations() * static_cast<int64_t>(kNumRows);
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(rows * static_cast<int64_t>(kWidth * sizeof(float)));
}
BENCHMARK(BM_Build)
    ->ArgNames({"K", "threads"})
    ->ArgsProduct({{7, 12}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// The baseline: the same addresses into buckets that grow.
void BM_BuildGrowingBuckets(benchmark::State& state) {
  const auto family = Family(state.range(0));
  std::vector<float> scratch(family->scratch_size());
  std::vector<uint16_t> addresses(kTables);
  const size_t num_buckets = size_t{1} << state.range(0);
  for (auto _ : state) {
    std::vector<std::vector<uint32_t>> buckets(kTables * num_buckets);
    for (uint32_t i = 0; i < kNumRows; ++i) {
      family->Hash({Rows().weights<float>(i), kWidth}, scratch, addresses);
      for (size_t t = 0; t < kTables; ++t) {
        buckets[t * num_buckets + addresses[t]].push_back(i);
      }
    }
    benchmark::DoNotOptimize(buckets.data());
  }
  const auto rows = state.iterations() * static_cast<int64_t>(kNumRows);
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(rows * static_cast<int64_t>(kWidth * sizeof(float)));
}
BENCHMARK(BM_BuildGrowingBuckets)
    ->ArgName("K")
    ->Arg(7)
    ->Arg(12)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

const LshIndex& SharedIndex(int64_t hashes_per_table) {
  static std::map<int64_t, LshIndex> all;
  const auto [place, is_new] =
      all.try_emplace(hashes_per_table, Family(hashes_per_table), kNumRows);
  if (is_new) place->second.Build(Rows(), ThreadTeam(0));
  return place->second;
}

// Addresses are made beforehand: hashing is measured above.
void BM_Query(benchmark::State& state) {
  constexpr int64_t kQueries = 1000;
  const LshIndex& index = SharedIndex(state.range(0));
  const auto budget = static_cast<size_t>(state.range(1));
  std::vector<float> scratch(index.family().scratch_size());
  std::vector<uint16_t> addresses(static_cast<size_t>(kQueries) * kTables);
  const std::span<uint16_t> all = addresses;
  for (int64_t q = 0; q < kQueries; ++q) {
    index.family().Hash(Query(q), scratch,
                        all.subspan(static_cast<size_t>(q) * kTables, kTables));
  }
  Rng rng = Rng(kSeed).Stream(Purpose::kSample);
  IdSet found(kNumRows, budget);
  int64_t i = 0;
  int64_t num_found = 0;
  for (auto _ : state) {
    found.Clear();
    const auto query = static_cast<size_t>(i++ % kQueries);
    num_found += static_cast<int64_t>(
        index.Query(all.subspan(query * kTables, kTables), budget, rng, found));
    benchmark::DoNotOptimize(found.ids().data());
  }
  state.SetItemsProcessed(num_found);
  state.SetBytesProcessed(num_found * static_cast<int64_t>(sizeof(uint32_t)));
}
BENCHMARK(BM_Query)
    ->ArgNames({"K", "budget"})
    ->ArgsProduct({{7, 12}, {100, 200}});

// The baseline: the scores of all rows, from which the best could be taken.
void BM_ScoreAllRows(benchmark::State& state) {
  std::vector<float> scores(kNumRows);
  int64_t i = 0;
  for (auto _ : state) {
    kernels::ScoreRows(Rows(), 0, kNumRows, Query(i++), 1, scores);
    benchmark::DoNotOptimize(scores.data());
    benchmark::ClobberMemory();
  }
  const int64_t rows = i * static_cast<int64_t>(kNumRows);
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(rows * static_cast<int64_t>(kWidth * sizeof(float)));
}
BENCHMARK(BM_ScoreAllRows)->Unit(benchmark::kMicrosecond);

}  // namespace
