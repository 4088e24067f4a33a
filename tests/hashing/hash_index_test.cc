#include "slide/hash_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "util/rng.h"

namespace slide::hash_index_test {
namespace {

using testing::Contains;
using testing::ElementsAreArray;
using testing::HasSubstr;

template <typename Exception, typename F>
void ExpectThrow(F&& f, const char* message) {
  EXPECT_THAT(std::forward<F>(f),
              testing::ThrowsMessage<Exception>(HasSubstr(message)));
}

constexpr size_t kRows = 3000, kWidth = 33;

std::vector<float> NormalValues(size_t n, uint64_t seed) {
  util::Rng rng(seed);
  std::vector<float> values(n);
  for (float& value : values) value = rng.Normal();
  return values;
}

std::span<const float> Row(std::span<const float> rows, size_t i) {
  return rows.subspan(i * kWidth, kWidth);
}

// Rows of 5 features out of 500.
Dataset SparseRows(size_t num_rows, uint64_t seed) {
  util::Rng rng(seed);
  CsrArrays arrays;
  arrays.num_features = 500;
  for (size_t i = 0; i < num_rows; ++i) {
    uint32_t id = 0;
    for (int j = 0; j < 5; ++j) {
      id += 1 + static_cast<uint32_t>(rng.UniformInt(90));
      arrays.feature_ids.push_back(id);
      arrays.feature_values.push_back(1.0f + std::abs(rng.Normal()));
    }
    arrays.feature_offsets.push_back(arrays.feature_ids.size());
    arrays.label_offsets.push_back(0);
  }
  return Dataset(std::move(arrays));
}

std::vector<uint32_t> Copy(std::span<const uint32_t> ids) {
  return {ids.begin(), ids.end()};
}

HashIndexOptions Options(HashKind kind) {
  HashIndexOptions options;
  options.hash.kind = kind;
  options.num_threads = 2;
  return options;
}

constexpr HashKind kKinds[] = {HashKind::kSimHash, HashKind::kWta,
                               HashKind::kDwta, HashKind::kMinHash};

TEST(HashIndex, ARowIsFoundByItselfInEveryFamily) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 1);
  const Dataset sparse = SparseRows(kRows, 2);
  for (const HashKind kind : kKinds) {
    SCOPED_TRACE(Name(kind));
    const HashIndex index(rows, kWidth, Options(kind));
    EXPECT_EQ(index.num_rows(), kRows);
    EXPECT_EQ(index.width(), kWidth);
    HashSearcher searcher(index);
    const HashIndex sparse_index(sparse, Options(kind));
    EXPECT_EQ(sparse_index.width(), 500u);
    HashSearcher sparse_searcher(sparse_index);
    for (uint32_t i = 0; i < kRows; i += 100) {
      EXPECT_THAT(searcher.Find(Row(rows, i)), Contains(i));
      EXPECT_THAT(sparse_searcher.Find(sparse[i].features), Contains(i));
    }
  }
}

// The searcher's own addresses tell which rows are most often in the query's
// buckets; those are found.
TEST(HashIndex, TopKFindsTheRowsThatShareTheMostAddresses) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 3);
  const HashIndex index(rows, kWidth, Options(HashKind::kSimHash));
  HashSearcher searcher(index, {.max_found = 20});
  std::vector<std::vector<uint16_t>> addresses(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    searcher.Find(Row(rows, i));
    addresses[i].assign(searcher.addresses().begin(),
                        searcher.addresses().end());
  }
  const std::vector<float> query = NormalValues(kWidth, 4);
  const std::vector<uint32_t> found = Copy(searcher.Find(query));
  ASSERT_EQ(found.size(), 20u);
  std::vector<size_t> hits(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t t = 0; t < addresses[i].size(); ++t) {
      hits[i] += addresses[i][t] == searcher.addresses()[t] ? 1 : 0;
    }
  }
  std::vector<size_t> sorted = hits;
  std::ranges::sort(sorted, std::greater<>());
  std::vector<size_t> found_hits;
  for (const uint32_t id : found) found_hits.push_back(hits[id]);
  std::ranges::sort(found_hits, std::greater<>());
  EXPECT_THAT(found_hits,
              ElementsAreArray(sorted.begin(), sorted.begin() + 20));
}

TEST(HashIndex, TheSameWhateverTheThreads) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 5);
  HashIndexOptions options = Options(HashKind::kWta);
  HashSearcher two(HashIndex(rows, kWidth, options));
  options.num_threads = 1;
  HashSearcher one(HashIndex(rows, kWidth, options));
  options.seed = 2;
  HashSearcher other(HashIndex(rows, kWidth, options));
  for (size_t i = 0; i < 20; ++i) {
    const std::vector<uint32_t> found = Copy(one.Find(Row(rows, i)));
    EXPECT_EQ(Copy(two.Find(Row(rows, i))), found);
    EXPECT_NE(Copy(other.Find(Row(rows, i))), found);
  }
}

TEST(HashIndex, ASparseQueryFindsWhatTheDenseOneFinds) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 6);
  const std::vector<uint32_t> ids = {0, 7, 8, 31};
  const std::vector<float> values = {0.5f, -1.0f, 2.0f, 0.25f};
  std::vector<float> dense(kWidth);
  for (size_t i = 0; i < ids.size(); ++i) dense[ids[i]] = values[i];
  for (const bool centered : {false, true}) {
    for (const HashKind kind : kKinds) {
      SCOPED_TRACE(Name(kind));
      HashIndexOptions options = Options(kind);
      if (centered) options.query_mean = NormalValues(kWidth, 7);
      const HashIndex index(rows, kWidth, options);
      HashSearcher a(index), b(index);
      EXPECT_EQ(Copy(a.Find(SparseView{ids, values})), Copy(b.Find(dense)));
      EXPECT_THAT(a.addresses(), ElementsAreArray(b.addresses()));
    }
  }
}

// All queries have a large common part, which no row answers to.
TEST(HashIndex, LessTheirMeanQueriesFindTheirBestRows) {
  std::vector<float> rows = NormalValues(kRows * kWidth, 8);
  for (size_t i = 0; i < kRows; ++i) {
    const std::span<float> row = std::span(rows).subspan(i * kWidth, kWidth);
    const float mean = std::accumulate(row.begin(), row.end(), 0.0f) / kWidth;
    for (float& x : row) x -= mean;
  }
  const std::vector<float> mean(kWidth, 50.0f);
  const auto share_found = [&](bool centered) {
    HashIndexOptions options = Options(HashKind::kSimHash);
    options.hash.candidates = 100;
    if (centered) options.query_mean = mean;
    HashSearcher searcher(HashIndex(rows, kWidth, options));
    int num_found = 0;
    for (uint64_t q = 0; q < 50; ++q) {
      std::vector<float> query = NormalValues(kWidth, 100 + q);
      for (float& x : query) x += 50.0f;
      std::vector<float> products(kRows);
      for (size_t i = 0; i < kRows; ++i) {
        products[i] = std::inner_product(query.begin(), query.end(),
                                         Row(rows, i).begin(), 0.0f);
      }
      const auto best = static_cast<uint32_t>(
          std::ranges::max_element(products) - products.begin());
      const auto found = searcher.Find(query);
      num_found += std::ranges::count(found, best) > 0 ? 1 : 0;
    }
    return num_found / 50.0;
  };
  EXPECT_GT(share_found(true), share_found(false) + 0.2);
}

TEST(HashIndex, SearchersKeepTheTablesAlive) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 9);
  HashSearcher searcher = [&] {
    const HashIndex index(rows, kWidth, Options(HashKind::kSimHash));
    return HashSearcher(index);
  }();
  EXPECT_THAT(searcher.Find(Row(rows, 42)), Contains(42u));
}

TEST(HashIndex, ManyThreadsSearchOneIndex) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 10);
  const HashIndex index(rows, kWidth, Options(HashKind::kWta));
  std::vector<int> misses(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < misses.size(); ++t) {
    threads.emplace_back([&, t] {
      HashSearcher searcher(index);
      for (uint32_t i = 0; i < kRows; i += 10) {
        const auto found = searcher.Find(Row(rows, i));
        misses[t] += std::ranges::count(found, i) == 1 ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(misses, testing::Each(0));
}

TEST(HashIndex, EveryStrategyKeepsItsPromise) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 11);
  HashIndexOptions options = Options(HashKind::kSimHash);
  options.hash.candidates = 500;
  const HashIndex index(rows, kWidth, options);
  for (const auto strategy :
       {SamplingStrategy::kVanilla, SamplingStrategy::kTopK,
        SamplingStrategy::kThreshold}) {
    HashSearcher few(index, {.strategy = strategy, .max_found = 3});
    EXPECT_LE(few.Find(Row(rows, 1)).size(), 3u);
    HashSearcher searcher(index, {.strategy = strategy});
    const auto found = searcher.Find(Row(rows, 1));
    EXPECT_LE(found.size(), 500u);
    EXPECT_GT(found.size(), 3u);
  }
  HashSearcher strict(index, {.strategy = SamplingStrategy::kThreshold,
                              .min_hits = *index.hash().num_tables});
  EXPECT_THAT(strict.Find(Row(rows, 1)), ElementsAreArray({1u}));
}

TEST(HashIndex, OfNoRowsAndOneRow) {
  HashSearcher none(HashIndex(std::span<const float>(), 4));
  EXPECT_TRUE(none.Find(std::vector<float>(4, 1.0f)).empty());
  const std::vector<float> row = {1.0f, 2.0f, 3.0f};
  HashSearcher one(HashIndex(row, 3));
  EXPECT_THAT(one.Find(row), ElementsAreArray({0u}));
}

TEST(HashIndex, OccupancyTellsWhatACapacityLeavesOut) {
  const std::vector<float> rows = NormalValues(kRows * kWidth, 12);
  HashIndexOptions options = Options(HashKind::kSimHash);
  options.hash.bucket_capacity = 1;
  const BucketOccupancy occupancy =
      HashIndex(rows, kWidth, options).Occupancy();
  EXPECT_EQ(occupancy.largest, 1u);
  EXPECT_GT(occupancy.num_left_out, 0u);
}

TEST(HashIndex, WhatDoesNotFitIsRefused) {
  const std::vector<float> rows(12, 1.0f);
  const auto expect_options = [&](const HashIndexOptions& options, size_t width,
                                  const char* message) {
    ExpectThrow<OptionsError>([&] { HashIndex(rows, width, options); },
                              message);
  };
  expect_options({}, 0, "width: got 0");
  expect_options({}, 1, "width: got 1, expected 2 or more for auto");
  expect_options({.hash = {.kind = HashKind::kNone}}, 4, "hash.kind: got none");
  expect_options({.hash = {.num_tables = 0}}, 4, "num_tables: got 0");
  expect_options({.query_mean = {1.0f}}, 4,
                 "query_mean: got 1 values, expected none or 4");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_options({.query_mean = {1.0f, nan, 1.0f, 1.0f}}, 4,
                 "query_mean: got nan, expected finite");
  ExpectThrow<DataError>([&] { HashIndex(rows, 5); }, "whole rows of 5");
  std::vector<float> bad = rows;
  bad[9] = nan;
  ExpectThrow<DataError>([&] { HashIndex(bad, 4); }, "row 2: got");
  const Dataset sparse = SparseRows(3, 1);
  ExpectThrow<OptionsError>([&] { HashIndex(sparse, {.query_mean = {1.0f}}); },
                            "query_mean: got 1 values, expected none");
}

TEST(HashSearcher, QueriesThatDoNotFitAreRefused) {
  const std::vector<float> rows(12, 1.0f);
  const HashIndex index(rows, 4);
  ExpectThrow<OptionsError>([&] { HashSearcher(index, {.min_hits = 0}); },
                            "min_hits: got 0");
  ExpectThrow<OptionsError>([&] { HashSearcher(index, {.max_found = 0}); },
                            "max_found: got 0");
  HashSearcher searcher(index);
  ExpectThrow<DataError>([&] { searcher.Find(std::span(rows).first(3)); },
                         "got 3 coordinates, expected 4");
  const float infinity = std::numeric_limits<float>::infinity();
  ExpectThrow<DataError>(
      [&] {
        searcher.Find(std::vector<float>{1.0f, infinity, 0.0f, 0.0f});
      },
      "not a finite number");
  const std::vector<uint32_t> twice = {1, 1}, large = {1, 4}, good = {0, 3};
  const std::vector<float> values = {1.0f, 2.0f}, few = {1.0f};
  const auto find = [&](std::span<const uint32_t> ids,
                        std::span<const float> x) {
    searcher.Find(SparseView{ids, x});
  };
  ExpectThrow<DataError>([&] { find(twice, values); },
                         "expected them to ascend");
  ExpectThrow<DataError>([&] { find(large, values); },
                         "got the id 4, expected below 4");
  ExpectThrow<DataError>([&] { find(good, few); }, "2 ids and 1 values");
  find(good, values);
}

}  // namespace
}  // namespace slide::hash_index_test
