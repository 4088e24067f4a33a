#include "hashing/row_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "hashing/index_test.h"

namespace slide::hashing {
namespace {

using util::Rng;
using util::ThreadTeam;

constexpr uint64_t kSeed = 7;
constexpr size_t kNumRows = 60, kWidth = 11;

// Rows of very different lengths, with biases.
WrittenRows UnevenRows(Precision precision = Precision::kFp32) {
  WrittenRows rows(kNumRows, {kWidth, precision, Optimizer::kRowAdagrad});
  Rng rng(kSeed);
  std::vector<float> weights(kWidth);
  for (size_t i = 0; i < kNumRows; ++i) {
    const float length = std::exp2(3.0f * rng.Uniform());
    for (float& weight : weights) weight = length * rng.Normal();
    rows.Set(i, weights);
    rows.view().scalars(i)[kernels::kBias] = rng.Normal();
  }
  return rows;
}

double InnerProduct(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// w.x + b, from the rows as they are stored.
double Sum(const WrittenRows& rows, size_t i, std::span<const float> x,
           bool with_bias) {
  std::vector<float> weights(kWidth);
  const double product =
      InnerProduct(kernels::ReadWeights(rows.view(), i, weights), x);
  return product +
         (with_bias ? double{rows.view().scalars(i)[kernels::kBias]} : 0.0);
}

// A mean of queries.
std::vector<float> Center() {
  std::vector<float> center(kWidth);
  Rng rng(kSeed + 3);
  for (float& value : center) value = 2.0f + rng.Normal();
  return center;
}

struct Vectors {
  Vectors(const WrittenRows& rows, const RowVectorOptions& options)
      : vectors(kWidth, options), buffer(vectors.width()) {
    vectors.Center(Center());
    vectors.Fit(rows.view(), kNumRows, ThreadTeam(2));
  }
  std::vector<float> Row(const WrittenRows& rows, size_t i) {
    const auto row = vectors.Row(rows.view(), i, buffer);
    return {row.begin(), row.end()};
  }
  std::vector<float> Query(std::span<const float> x) {
    const auto query = vectors.Query(x, buffer);
    return {query.begin(), query.end()};
  }
  RowVectors vectors;
  std::vector<float> buffer;
};

TEST(RowVectors, InnerProductsAreTheNeuronsSums) {
  std::vector<float> x(kWidth);
  Rng rng(kSeed + 1);
  for (float& value : x) value = rng.Normal();
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    const WrittenRows rows = UnevenRows(precision);
    for (const auto& [with_bias, centered] : {std::pair{false, false},
                                              {true, false},
                                              {false, true},
                                              {true, true}}) {
      for (const double leveled : {0.0, 0.3, 1.0}) {
        Vectors v(rows, {.with_bias = with_bias,
                         .centered = centered,
                         .leveled_norms = leveled});
        EXPECT_EQ(v.vectors.width(), kWidth + (with_bias || centered ? 1 : 0) +
                                         (leveled > 0.0 ? 1 : 0));
        const std::vector<float> query = v.Query(x);
        for (size_t i = 0; i < kNumRows; ++i) {
          EXPECT_NEAR(InnerProduct(v.Row(rows, i), query),
                      Sum(rows, i, x, with_bias), 1e-4);
        }
      }
    }
  }
}

// The theorem of simple-LSH: with all norms leveled, the row at the smallest
// angle to a query is the one with the largest sum, and so on down.
TEST(RowVectors, LeveledRowsRankByAngleAsBySum) {
  const WrittenRows rows = UnevenRows();
  Vectors v(rows, {.with_bias = true, .leveled_norms = 1.0});
  Rng rng(kSeed + 2);
  int num_unlike = 0;  // queries that rank otherwise by the angles of the rows
  for (int round = 0; round < 20; ++round) {
    std::vector<float> x(kWidth);
    for (float& value : x) value = rng.Normal();
    const std::vector<float> query = v.Query(x);
    std::vector<double> cosines, sums, plain;
    for (size_t i = 0; i < kNumRows; ++i) {
      const std::vector<float> row = v.Row(rows, i);
      cosines.push_back(InnerProduct(row, query) /
                        std::sqrt(InnerProduct(row, row)));
      sums.push_back(Sum(rows, i, x, true));
      plain.push_back(Sum(rows, i, x, true) /
                      std::sqrt(InnerProduct(rows.row(i), rows.row(i))));
    }
    const auto ranked = [](const std::vector<double>& values) {
      std::vector<size_t> order(values.size());
      std::iota(order.begin(), order.end(), size_t{0});
      std::sort(order.begin(), order.end(),
                [&](size_t a, size_t b) { return values[a] > values[b]; });
      return order;
    };
    EXPECT_EQ(ranked(cosines), ranked(sums));
    num_unlike += ranked(plain) != ranked(sums) ? 1 : 0;
  }
  EXPECT_GT(num_unlike, 15);
}

TEST(RowVectors, TheShareSaysHowManyRowsAreLeveled) {
  const WrittenRows rows = UnevenRows();
  std::vector<double> norms;
  for (size_t i = 0; i < kNumRows; ++i) {
    norms.push_back(std::sqrt(InnerProduct(rows.row(i), rows.row(i))));
  }
  std::sort(norms.begin(), norms.end());
  for (const double share : {0.01, 0.5, 0.9, 1.0}) {
    SCOPED_TRACE(share);
    Vectors v(rows, {.leveled_norms = share});
    // The norm that all the leveled ones have.
    const double limit =
        norms[static_cast<size_t>(std::ceil(share * kNumRows)) - 1];
    const std::vector<float> shortest = [&] {
      std::vector<float> best;
      for (size_t i = 0; i < kNumRows; ++i) {
        if (std::sqrt(InnerProduct(rows.row(i), rows.row(i))) == norms[0]) {
          best = v.Row(rows, i);
        }
      }
      return best;
    }();
    const double level = std::sqrt(InnerProduct(shortest, shortest));
    EXPECT_GE(level, limit * (1.0 - 1e-6));
    EXPECT_LE(level, limit * std::exp2(1.0 / 8.0) * (1.0 + 1e-6));
    for (size_t i = 0; i < kNumRows; ++i) {
      const std::vector<float> row = v.Row(rows, i);
      const double own = std::sqrt(InnerProduct(rows.row(i), rows.row(i)));
      EXPECT_NEAR(std::sqrt(InnerProduct(row, row)), std::max(own, level),
                  1e-4);
      if (own > level) {
        EXPECT_EQ(row.back(), 0.0f);
      }
    }
  }
}

// What all queries have in common is not in their vectors any more.
TEST(RowVectors, CenteredQueriesLackTheirMean) {
  const WrittenRows rows = UnevenRows();
  Vectors v(rows, {.centered = true});
  std::vector<float> expected(kWidth + 1, 0.0f);
  expected.back() = 1.0f;
  EXPECT_EQ(v.Query(Center()), expected);
  // A mean that is near the old one changes nothing, one that is not does.
  const std::vector<float> row = v.Row(rows, 4);
  std::vector<float> mean = Center();
  for (float& value : mean) value *= 1.05f;
  v.vectors.Center(mean);
  EXPECT_EQ(v.Row(rows, 4), row);
  for (float& value : mean) value *= 1.2f;
  v.vectors.Center(mean);
  EXPECT_NE(v.Row(rows, 4), row);
  EXPECT_EQ(v.Query(mean), expected);
}

TEST(RowVectors, PlainOnesAreTheWeightsWhereTheyLie) {
  const WrittenRows rows = UnevenRows();
  const RowVectors vectors(kWidth);
  std::vector<float> buffer(kWidth);
  if (vectors.Row(rows.view(), 3, buffer).data() != buffer.data()) {
    EXPECT_EQ(vectors.Row(rows.view(), 3, buffer).data(), rows.row(3).data());
  }  // else: kernels without data races read into the buffer
  EXPECT_EQ(vectors.Query(rows.row(5), buffer).data(), rows.row(5).data());
}

TEST(RowVectors, OneBadRowSpoilsNoOther) {
  WrittenRows rows = UnevenRows();
  const std::vector<float> before =
      Vectors(rows, {.with_bias = true, .leveled_norms = 1.0}).Row(rows, 0);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    WrittenRows spoiled = UnevenRows();
    // Not the longest row, which sets the level.
    spoiled.Fill(kNumRows / 2, bad);
    Vectors v(spoiled, {.with_bias = true, .leveled_norms = 1.0});
    EXPECT_EQ(v.Row(spoiled, 0), before);
    const auto row = v.Row(spoiled, kNumRows / 2);
    EXPECT_FALSE(std::all_of(row.begin(), row.end(),
                             [](float value) { return std::isfinite(value); }));
  }
}

TEST(RowVectors, RowsOfZerosAndNoRowsAtAll) {
  const WrittenRows rows(kNumRows, FormatOf(kWidth));
  Vectors v(rows, {.leveled_norms = 1.0});
  EXPECT_EQ(v.Row(rows, 0), std::vector<float>(kWidth + 1, 0.0f));
  RowVectors none(kWidth, {.with_bias = true, .leveled_norms = 0.5});
  none.Fit({nullptr, FormatOf(kWidth)}, 0, ThreadTeam(2));
}

}  // namespace
}  // namespace slide::hashing
