// Hashing a vector, building and querying an index, for each hash family, each
// beside what one would do without it. The large index is that of the largest
// public label set: 670,091 rows of width 128.
#include <benchmark/benchmark.h>

// The projections are measured on one thread, as the hashing is.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "hashing/hash_family.h"
#include "hashing/lsh_index.h"
#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"
#include "util/vector_view.h"

namespace {

using slide::HashKind;
using slide::SamplingStrategy;
using slide::hashing::AddressScratch;
using slide::hashing::HashFamily;
using slide::hashing::HashScratch;
using slide::hashing::HitCounts;
using slide::hashing::IdSet;
using slide::hashing::LshIndex;
using slide::hashing::LshTables;
using slide::hashing::QueryOptions;
using slide::hashing::RowVectors;
using slide::util::AlignedBuffer;
using slide::util::Purpose;
using slide::util::Rng;
using slide::util::ThreadTeam;
using slide::util::VectorView;
namespace kernels = slide::kernels;

constexpr uint64_t kSeed = 1;
constexpr size_t kSmall = 100'000, kLarge = 670'091, kWidth = 128;
constexpr kernels::RowFormat kFormat(kWidth, slide::Precision::kFp32,
                                     slide::Optimizer::kRowAdagrad);
constexpr int kTables = 50;

// Normal weights, as a network starts with; fewer rows are the first of them.
kernels::ConstRowsView Rows() {
  static AlignedBuffer<std::byte> records = [] {
    AlignedBuffer<std::byte> drawn(kLarge * kFormat.stride);
    const kernels::RowsView rows = {drawn.data(), kFormat};
    ThreadTeam(0).Split(kLarge, [&](size_t begin, size_t end, int worker) {
      Rng rng =
          Rng(kSeed).Stream(Purpose::kTest, static_cast<uint64_t>(worker));
      for (size_t i = begin; i < end; ++i) {
        float* weights = rows.weights<float>(i);
        for (size_t j = 0; j < kWidth; ++j) weights[j] = rng.Normal();
      }
    });
    return drawn;
  }();
  return {records.data(), kFormat};
}

std::unique_ptr<const HashFamily> Family(HashKind kind, int hashes_per_table,
                                         size_t width = kWidth) {
  return slide::hashing::MakeHashFamily(
      kind,
      {.width = width,
       .hashes_per_table = hashes_per_table,
       .num_tables = kTables,
       .table_bits = 12},
      Rng(kSeed).Stream(Purpose::kHashFunctions));
}

// Hashes joined into an address of 12 bits.
int HashesPerTable(HashKind kind) {
  switch (kind) {
    case HashKind::kSimHash:
      return 12;
    case HashKind::kWta:
    case HashKind::kDwta:
      return 4;
    default:
      return 1;
  }
}

// The rows that are hashed, scored and looked for, one after the other.
std::span<const float> Query(int64_t i) {
  const auto row = static_cast<size_t>(i) * 7919 % kSmall;
  return {Rows().weights<float>(row), kWidth};
}

void CountVectors(benchmark::State& state, int64_t num, size_t num_floats) {
  state.SetItemsProcessed(num);
  state.SetBytesProcessed(num *
                          static_cast<int64_t>(num_floats * sizeof(float)));
}

void BM_Hash(benchmark::State& state, HashKind kind, int hashes_per_table) {
  const auto family = Family(kind, hashes_per_table);
  HashScratch scratch = family->MakeScratch();
  std::vector<uint16_t> addresses(kTables);
  int64_t i = 0;
  Rows();  // drawn at the first call
  for (auto _ : state) {
    family->Hash(VectorView(Query(i++)), scratch, addresses);
    benchmark::DoNotOptimize(addresses.data());
    benchmark::ClobberMemory();
  }
  CountVectors(state, i, kWidth);
}
BENCHMARK_CAPTURE(BM_Hash, simhash_K7, HashKind::kSimHash, 7);
BENCHMARK_CAPTURE(BM_Hash, simhash_K12, HashKind::kSimHash, 12);
BENCHMARK_CAPTURE(BM_Hash, wta_K3, HashKind::kWta, 3);
BENCHMARK_CAPTURE(BM_Hash, wta_K4, HashKind::kWta, 4);
BENCHMARK_CAPTURE(BM_Hash, dwta_K3, HashKind::kDwta, 3);
BENCHMARK_CAPTURE(BM_Hash, dwta_K4, HashKind::kDwta, 4);
BENCHMARK_CAPTURE(BM_Hash, minhash_K1, HashKind::kMinHash, 1);
BENCHMARK_CAPTURE(BM_Hash, minhash_K2, HashKind::kMinHash, 2);

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
  CountVectors(state, i, kWidth);
}
BENCHMARK(BM_HashByDenseProjections)->ArgName("K")->Arg(7)->Arg(12);

// 75 coordinates of a vector of the width that are not 0.
void BM_HashSparse(benchmark::State& state, HashKind kind) {
  constexpr size_t kNonzeros = 75;
  const auto width = static_cast<size_t>(state.range(0));
  const auto family = Family(kind, HashesPerTable(kind), width);
  HashScratch scratch = family->MakeScratch();
  std::vector<uint16_t> addresses(kTables);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  std::vector<uint32_t> ids(kNonzeros);
  std::vector<float> values(kNonzeros);
  for (size_t j = 0; j < kNonzeros; ++j) {
    ids[j] = static_cast<uint32_t>(j * width / kNonzeros);
    values[j] = std::abs(rng.Normal()) + 0.1f;
  }
  int64_t i = 0;
  for (auto _ : state) {
    family->Hash(VectorView(slide::SparseView{ids, values}), scratch,
                 addresses);
    benchmark::DoNotOptimize(addresses.data());
    benchmark::ClobberMemory();
    ++i;
  }
  CountVectors(state, i, 2 * kNonzeros);
}
#define SLIDE_SPARSE(kind)                               \
  BENCHMARK_CAPTURE(BM_HashSparse, kind, HashKind::kind) \
      ->ArgName("width")                                 \
      ->Arg(1'000)                                       \
      ->Arg(16'384)                                      \
      ->Arg(20'000)                                      \
      ->Arg(135'909)
SLIDE_SPARSE(kSimHash);
SLIDE_SPARSE(kWta);
SLIDE_SPARSE(kDwta);
SLIDE_SPARSE(kMinHash);

void BM_Build(benchmark::State& state, HashKind kind) {
  const auto num_rows = static_cast<size_t>(state.range(0));
  LshIndex index(Family(kind, HashesPerTable(kind)), RowVectors(kWidth),
                 num_rows);
  const ThreadTeam team(static_cast<int>(state.range(1)));
  Rows();
  for (auto _ : state) {
    index.Build(Rows(), team);
    benchmark::ClobberMemory();
  }
  CountVectors(state, state.iterations() * state.range(0), kWidth);
}
#define SLIDE_BUILD(kind)                           \
  BENCHMARK_CAPTURE(BM_Build, kind, HashKind::kind) \
      ->ArgNames({"rows", "threads"})               \
      ->ArgsProduct({{kLarge}, {1, 2}})             \
      ->UseRealTime()                               \
      ->Unit(benchmark::kMillisecond)
SLIDE_BUILD(kSimHash);
SLIDE_BUILD(kWta);
SLIDE_BUILD(kDwta);
SLIDE_BUILD(kMinHash);

// The baseline: the same addresses into buckets that grow.
void BM_BuildGrowingBuckets(benchmark::State& state) {
  const auto family = Family(HashKind::kSimHash, 12);
  HashScratch scratch = family->MakeScratch();
  std::vector<uint16_t> addresses(kTables);
  constexpr size_t kBuckets = size_t{1} << 12;
  Rows();
  for (auto _ : state) {
    std::vector<std::vector<uint32_t>> buckets(kTables * kBuckets);
    for (uint32_t i = 0; i < kLarge; ++i) {
      const std::span<const float> row(Rows().weights<float>(i), kWidth);
      family->Hash(VectorView(row), scratch, addresses);
      for (size_t t = 0; t < kTables; ++t) {
        buckets[t * kBuckets + addresses[t]].push_back(i);
      }
    }
    benchmark::DoNotOptimize(buckets.data());
  }
  CountVectors(state, state.iterations() * static_cast<int64_t>(kLarge),
               kWidth);
}
BENCHMARK(BM_BuildGrowingBuckets)->UseRealTime()->Unit(benchmark::kMillisecond);

const LshTables& SharedTables(size_t num_rows) {
  static std::map<size_t, LshIndex> all;
  const auto [place, is_new] = all.try_emplace(
      num_rows, Family(HashKind::kSimHash, 12), RowVectors(kWidth), num_rows);
  if (is_new) place->second.Build(Rows(), ThreadTeam(0));
  return place->second.tables();
}

// Addresses are made beforehand: hashing is measured above.
void BM_Query(benchmark::State& state, SamplingStrategy strategy) {
  constexpr int64_t kQueries = 1000;
  const auto num_rows = static_cast<size_t>(state.range(0));
  const LshTables& tables = SharedTables(num_rows);
  AddressScratch scratch(tables.family());
  std::vector<uint16_t> addresses(static_cast<size_t>(kQueries) * kTables);
  const std::span<uint16_t> all = addresses;
  for (int64_t q = 0; q < kQueries; ++q) {
    tables.Hash(VectorView(Query(q)), scratch,
                all.subspan(static_cast<size_t>(q) * kTables, kTables));
  }
  const QueryOptions options = {.strategy = strategy, .budget = 200};
  HitCounts hits(strategy == SamplingStrategy::kVanilla ? 0 : num_rows);
  Rng rng = Rng(kSeed).Stream(Purpose::kSample);
  IdSet found(num_rows, options.budget);
  int64_t i = 0;
  int64_t num_found = 0;
  for (auto _ : state) {
    found.Clear();
    const auto query = static_cast<size_t>(i++ % kQueries);
    num_found += static_cast<int64_t>(tables.Query(
        all.subspan(query * kTables, kTables), options, rng, hits, found));
    benchmark::DoNotOptimize(found.ids().data());
  }
  state.SetItemsProcessed(num_found);
  state.SetBytesProcessed(num_found * static_cast<int64_t>(sizeof(uint32_t)));
}
#define SLIDE_QUERY(name, strategy)                             \
  BENCHMARK_CAPTURE(BM_Query, name, SamplingStrategy::strategy) \
      ->ArgName("rows")                                         \
      ->Arg(kSmall)                                             \
      ->Arg(kLarge)                                             \
      ->Unit(benchmark::kMicrosecond)
SLIDE_QUERY(vanilla, kVanilla);
SLIDE_QUERY(top_k, kTopK);
SLIDE_QUERY(threshold, kThreshold);

// The baseline: the scores of all rows, from which the best could be taken.
void BM_ScoreAllRows(benchmark::State& state) {
  const auto num_rows = static_cast<size_t>(state.range(0));
  std::vector<float> scores(num_rows);
  int64_t i = 0;
  for (auto _ : state) {
    kernels::ScoreRows(Rows(), 0, num_rows, Query(i++), 1, scores);
    benchmark::DoNotOptimize(scores.data());
    benchmark::ClobberMemory();
  }
  CountVectors(state, i * state.range(0), kWidth);
}
BENCHMARK(BM_ScoreAllRows)
    ->ArgName("rows")
    ->Arg(kSmall)
    ->Arg(kLarge)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
