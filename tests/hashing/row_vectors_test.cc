#include "hashing/row_vectors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "hashing/index_test.h"

namespace slide::hashing::row_vectors_test {
namespace {

using util::Rng;

constexpr uint64_t kSeed = 7;
constexpr size_t kNumRows = 60, kWidth = 11;

// Rows of very different lengths, with biases, which are not hashed.
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

// A mean of queries.
std::vector<float> Center() {
  std::vector<float> center(kWidth);
  Rng rng(kSeed + 3);
  for (float& value : center) value = 2.0f + rng.Normal();
  return center;
}

struct Vectors {
  explicit Vectors(bool is_centered)
      : vectors(kWidth, is_centered), buffer(vectors.width()) {
    vectors.Center(Center());
  }
  std::vector<float> Row(const WrittenRows& rows, size_t i) {
    const auto row = vectors.Row(rows.view(), i, buffer);
    return {row.begin(), row.end()};
  }
  std::vector<float> Query(std::span<const float> x) {
    const auto query = vectors.Query(util::VectorView(x), buffer).values();
    return {query.begin(), query.end()};
  }
  RowVectors vectors;
  std::vector<float> buffer;
};

TEST(RowVectors, InnerProductsAreThoseOfTheWeights) {
  std::vector<float> x(kWidth);
  Rng rng(kSeed + 1);
  for (float& value : x) value = rng.Normal();
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    const WrittenRows rows = UnevenRows(precision);
    for (const bool is_centered : {false, true}) {
      Vectors v(is_centered);
      EXPECT_EQ(v.vectors.width(), kWidth + (is_centered ? 1 : 0));
      const std::vector<float> query = v.Query(x);
      std::vector<float> weights(kWidth);
      for (size_t i = 0; i < kNumRows; ++i) {
        EXPECT_NEAR(
            InnerProduct(v.Row(rows, i), query),
            InnerProduct(kernels::ReadWeights(rows.view(), i, weights), x),
            1e-4);
      }
    }
  }
}

// The vectors of queries lack what all queries have in common.
TEST(RowVectors, CenteredQueriesLackTheirMean) {
  const WrittenRows rows = UnevenRows();
  Vectors v(true);
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

TEST(RowVectors, ASparseQueryIsCenteredAsTheDenseOne) {
  Vectors v(true);
  std::vector<float> x(kWidth);
  x[1] = 0.5f;
  x[4] = 2.0f;
  const std::vector<uint32_t> ids = {1, 4};
  const std::vector<float> values = {0.5f, 2.0f};
  const std::vector<float> expected = v.Query(x);
  const auto query =
      v.vectors.Query(util::VectorView(SparseView{ids, values}), v.buffer);
  EXPECT_FALSE(query.is_sparse());
  EXPECT_EQ(std::vector<float>(query.values().begin(), query.values().end()),
            expected);
}

TEST(RowVectors, PlainOnesAreTheWeightsWhereTheyLie) {
  const WrittenRows rows = UnevenRows();
  const RowVectors vectors(kWidth);
  std::vector<float> buffer(kWidth);
  if (vectors.Row(rows.view(), 3, buffer).data() != buffer.data()) {
    EXPECT_EQ(vectors.Row(rows.view(), 3, buffer).data(), rows.row(3).data());
  }  // else: kernels without data races read into the buffer
  const util::VectorView query(rows.row(5));
  EXPECT_EQ(vectors.Query(query, buffer).values().data(), rows.row(5).data());
  const std::vector<uint32_t> ids = {1, 4};
  const std::vector<float> values = {0.5f, 2.0f};
  const util::VectorView sparse(SparseView{ids, values});
  EXPECT_EQ(vectors.Query(sparse, buffer).ids().data(), ids.data());
}

}  // namespace
}  // namespace slide::hashing::row_vectors_test
