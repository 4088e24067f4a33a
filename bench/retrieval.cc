// How well each way to hash finds the best labels of a trained network: recall
// of the ten highest logits, and how full a query's buckets are.
//
// usage: retrieval MODEL DATA
// The network's own hash options are not looked at; K and L are what the
// automatic settings say. Each index is built once and asked by 500 samples.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "hashing/auto_settings.h"
#include "hashing/lsh_index.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "predict/exact_search.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/network.h"

namespace slide {
namespace {

constexpr size_t kQueries = 500;
constexpr size_t kBest = 10;
constexpr size_t kBudget = 200;
constexpr uint64_t kSeed = 1;

// The queries, and the labels that each should find.
struct Queries {
  Queries(const nn::NetworkCore& core, const Dataset& data) {
    predict::ExactSearch search(core, kBest);
    const size_t num = std::min(kQueries, data.size());
    mean.resize(core.hidden_width());
    for (size_t q = 0; q < num; ++q) {
      const SparseView x = data[q * (data.size() / num)].features;
      search.Run({&x, 1});
      hidden.emplace_back(search.hidden(0).begin(), search.hidden(0).end());
      kernels::Axpy(1.0f / static_cast<float>(num), hidden.back(), mean);
      best.emplace_back();
      for (const predict::LabelScore& score : search.best(0)) {
        best.back().push_back(score.label);
      }
    }
  }
  std::vector<std::vector<float>> hidden;
  std::vector<std::vector<uint32_t>> best;
  std::vector<float> mean;
};

struct Result {
  double recall = 0.0;
  double num_found = 0.0;
  double bucket = 0.0;  // rows in a query's bucket
};

Result Ask(const hashing::LshTables& tables, const Queries& queries,
           SamplingStrategy strategy) {
  const hashing::QueryOptions options = {
      .strategy = strategy, .budget = std::min(kBudget, tables.num_rows())};
  hashing::HitCounts hits(tables.num_rows());
  hashing::AddressScratch scratch(tables.family());
  hashing::IdSet found(tables.num_rows(), options.budget);
  std::vector<uint16_t> addresses(tables.tables().size());
  util::Rng rng(kSeed);
  Result sum;
  for (size_t q = 0; q < queries.hidden.size(); ++q) {
    tables.Hash(util::VectorView(queries.hidden[q]), scratch, addresses);
    found.Clear();
    sum.num_found +=
        static_cast<double>(tables.Query(addresses, options, rng, hits, found));
    for (const uint32_t label : queries.best[q]) {
      sum.recall += found.Contains(label) ? 1.0 : 0.0;
    }
    for (size_t t = 0; t < addresses.size(); ++t) {
      sum.bucket +=
          static_cast<double>(tables.tables()[t].bucket(addresses[t]).size());
    }
  }
  const auto num = static_cast<double>(queries.hidden.size());
  return {sum.recall / (num * static_cast<double>(queries.best[0].size())),
          sum.num_found / num,
          sum.bucket / (num * static_cast<double>(addresses.size()))};
}

void Measure(const nn::NetworkCore& core, const Queries& queries, HashKind kind,
             int more_bits, bool centered) {
  HashOptions hash = hashing::SettledHash({.kind = kind}, core.num_labels());
  *hash.hashes_per_table += more_bits;
  if (*hash.hashes_per_table < 1) return;
  const hashing::RowVectors vectors(core.hidden_width(), centered);
  hashing::LshIndex index(
      hashing::MakeHashFamily(
          hash, vectors.width(),
          util::Rng(kSeed).Stream(util::Purpose::kHashFunctions)),
      vectors, core.num_labels());
  index.Center(queries.mean);
  index.Build(core.output().weights().rows(), util::ThreadTeam(0));
  const Result vanilla =
      Ask(index.tables(), queries, SamplingStrategy::kVanilla);
  const Result top_k = Ask(index.tables(), queries, SamplingStrategy::kTopK);
  fmt::print("{:<8} {:>3} {:<12} {:>8.3f} {:>6.0f} {:>8.3f} {:>8.1f} {:>8}\n",
             Name(kind), *hash.hashes_per_table,
             centered ? "centered" : "as they are", vanilla.recall,
             vanilla.num_found, top_k.recall, vanilla.bucket,
             index.tables().Occupancy().largest);
  std::fflush(stdout);
}

void Run(const std::string& model, const std::string& path) {
  const Network network = Network::Load(model);
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  const Queries queries(core, ReadXmc(path));
  fmt::print("{:<8} {:>3} {:<12} {:>8} {:>6} {:>8} {:>8} {:>8}\n", "hash", "K",
             "rows hashed", "vanilla", "found", "top-k", "bucket", "fullest");
  for (const HashKind kind : {HashKind::kSimHash, HashKind::kWta,
                              HashKind::kDwta, HashKind::kMinHash}) {
    for (const bool centered : {false, true}) {
      Measure(core, queries, kind, 0, centered);
    }
  }
  for (const int more : {-4, -2, -1, 1, 2}) {
    Measure(core, queries, HashKind::kSimHash, more, true);
  }
  for (const int more : {-2, -1, 1}) {
    Measure(core, queries, HashKind::kWta, more, true);
  }
}

}  // namespace
}  // namespace slide

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: retrieval MODEL DATA\n");
    return 2;
  }
  try {
    slide::Run(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "retrieval: {}\n", error.what());
    return 1;
  }
}
