// Finds rows with a large inner product with a query: an index over made-up
// rows, its candidates ranked by their inner products, and how many of the ten
// best of all rows are among them. Usage: example_hash_index
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "slide/error.h"
#include "slide/hash_index.h"

namespace {

constexpr size_t kRows = 50'000, kWidth = 64, kBest = 10;

// The ids of the rows with the kBest largest inner products, best first.
std::vector<uint32_t> Best(std::span<const float> rows,
                           std::span<const float> query,
                           std::vector<uint32_t> ids) {
  const auto product = [&](uint32_t id) {
    const auto row = rows.subspan(id * kWidth, kWidth);
    return std::inner_product(row.begin(), row.end(), query.begin(), 0.0f);
  };
  const size_t k = std::min(kBest, ids.size());
  std::ranges::partial_sort(ids, ids.begin() + static_cast<ptrdiff_t>(k),
                            std::ranges::greater(), product);
  ids.resize(k);
  return ids;
}

void Run() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> rows(kRows * kWidth);
  for (float& x : rows) x = normal(random);

  slide::HashIndexOptions options;
  options.hash.kind = slide::HashKind::kSimHash;
  options.hash.candidates = 1000;  // tables that find so many rows
  const slide::HashIndex index(rows, kWidth, options);
  slide::HashSearcher searcher(index);

  // A noisy copy of row 123.
  std::vector<float> query(kWidth);
  for (size_t i = 0; i < kWidth; ++i) {
    query[i] = rows[123 * kWidth + i] + 0.5f * normal(random);
  }
  const std::span<const uint32_t> found = searcher.Find(query);
  const auto best = Best(rows, query, {found.begin(), found.end()});
  std::vector<uint32_t> all(kRows);
  std::iota(all.begin(), all.end(), 0u);
  const auto exact = Best(rows, query, all);
  const auto num_right = std::ranges::count_if(exact, [&](uint32_t id) {
    return std::ranges::find(best, id) != best.end();
  });
  std::printf("%zu of %zu rows looked at; best: row %u; %td of the %zu best\n",
              found.size(), kRows, best.at(0), num_right, kBest);
}

}  // namespace

int main() {
  try {
    Run();
  } catch (const slide::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
