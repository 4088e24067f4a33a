// Every instruction set against the reference, and the reference against the
// definitions: the kernels that read rows, and those that read and write the
// weights of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/records.h"

namespace slide::kernels::rows_test {
namespace {

using ::testing::Each;

using RowKernels = KernelTest;
INSTANTIATE_TEST_SUITE_P(, RowKernels, EachTarget(), NameOfTarget);

double LogitMagnitudes(const Records& rows, size_t i,
                       std::span<const float> x) {
  return static_cast<double>(std::abs(rows.bias(i))) +
         SumOfMagnitudes(rows.weights(i), x);
}

// Bounds the difference of two computations of the logit of row i for x. The
// scale of an int8 row rounds once more.
double LogitRounding(const Records& rows, size_t i, std::span<const float> x) {
  return SumRounding(x.size() + 2, LogitMagnitudes(rows, i, x));
}

// And by how much more if one is the CPU's own bf16 dot product: it takes x as
// a sum of two bf16 numbers, off by 2^-17 at most, and adds a term for each.
double NativeRounding(const Records& rows, size_t i, std::span<const float> x) {
  const double magnitudes = LogitMagnitudes(rows, i, x);
  return SumRounding(x.size(), magnitudes) + 0x1p-17 * magnitudes;
}

TEST_P(RowKernels, RowLogitsAreTheReferenceUpToRounding) {
  const bool is_native = TargetName().find("BF16") != std::string::npos;
  std::vector<Shape> shapes = Shapes();
  // Around the widest rows that the CPU's own dot product is used for.
  for (const size_t width : {4096, 4097}) shapes.push_back({width, 5});
  for (const auto& [width, num] : shapes) {
    for (const RowFormat& format : ReadFormats(width)) {
      if (HasFailure()) return;  // The others would say the same.
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(num + 5, format, num % 2, rng_);
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(num, num + 5, rng_);
      const Floats x(width, (num / 2) % 2, rng_), out(num, 1);
      std::vector<float> expected(num);
      Reference::RowLogits(rows.view(), ids, x, expected);
      RowLogits(rows.view(), ids, x, out.span());
      for (size_t j = 0; j < num; ++j) {
        double rounding = LogitRounding(rows, ids[j], x);
        if (is_native && format.precision == Precision::kBf16) {
          rounding += NativeRounding(rows, ids[j], x);
        }
        EXPECT_NEAR(out[j], expected[j], rounding) << j;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
    }
  }
}

TEST_P(RowKernels, ScoreRowsAreTheReferenceUpToRounding) {
  constexpr size_t kMaxQueries = 5;
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : ReadFormats(width)) {
      if (HasFailure()) return;  // The others would say the same.
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(num + 5, format, num % 2, rng_);
      const Floats queries(kMaxQueries * width, 1, rng_);
      for (size_t num_queries = 0; num_queries <= kMaxQueries; ++num_queries) {
        const size_t first = (num + num_queries) % 5;
        const auto used = queries.span().first(num_queries * width);
        const Floats out(num_queries * num, num_queries % 2);
        std::vector<float> expected(out.size());
        Reference::ScoreRows(rows.view(), first, num, used, num_queries,
                             expected);
        ScoreRows(rows.view(), first, num, used, num_queries, out.span());
        for (size_t q = 0; q < num_queries; ++q) {
          const auto query = used.subspan(q * width, width);
          for (size_t j = 0; j < num; ++j) {
            EXPECT_NEAR(out[q * num + j], expected[q * num + j],
                        LogitRounding(rows, first + j, query))
                << "row " << j << " for query " << q << " of " << num_queries;
          }
        }
        EXPECT_TRUE(out.guards_intact());
      }
    }
  }
}

// Row i is i + 1 everywhere, its bias -i; x alternates between 2 and -1.
TEST_P(RowKernels, LogitsOfSmallIntegersAreExact) {
  constexpr size_t kNum = 130;
  for (const size_t width : kWidths) {
    for (const RowFormat& format : ReadFormats(width)) {
      const Records rows(kNum, format, 1, rng_);
      const Floats x(2 * width, 1);
      float sum = 0.0f;
      for (size_t i = 0; i < width; ++i) {
        x[i] = i % 2 == 0 ? 2.0f : -1.0f;
        x[width + i] = -x[i];
        sum += x[i];
      }
      std::vector<uint32_t> ids(kNum);
      std::vector<float> expected(2 * kNum);
      for (uint32_t i = 0; i < kNum; ++i) {
        const auto number = static_cast<float>(i);
        rows.SetWeights(i, number + 1.0f);
        rows.bias(i) = -number;
        ids[i] = i;
        expected[i] = (number + 1.0f) * sum - number;
        expected[kNum + i] = -(number + 1.0f) * sum - number;
      }
      const Floats out(2 * kNum, 0);
      ScoreRows(rows.view(), 0, kNum, x, 2, out.span());
      EXPECT_EQ(out.Copy(), expected) << Name(format);
      const Floats logits(kNum, 1);
      RowLogits(rows.view(), ids, x.span().first(width), logits.span());
      expected.resize(kNum);
      EXPECT_EQ(logits.Copy(), expected) << Name(format);
    }
  }
}

// A weight of one row or an input of all, at any place of a vector.
TEST_P(RowKernels, LogitsShowWhatIsNotANumber) {
  constexpr size_t kNum = 7;
  std::vector<uint32_t> ids(kNum);
  std::iota(ids.begin(), ids.end(), 0u);
  for (const size_t width : {7, 67}) {
    for (const RowFormat& format : Formats(width)) {
      for (size_t place = 0; place < width; ++place) {
        SCOPED_TRACE(Name(format) + ", place " + std::to_string(place));
        const Records rows(kNum, format, 1, rng_);
        const Floats x(width, 1, rng_), out(kNum, 1);
        const auto row = static_cast<uint32_t>(place % kNum);
        const float before = rows.weight(row, place);
        rows.SetWeight(row, place, kNan);
        const auto expect = [&](bool all) {
          for (uint32_t j = 0; j < kNum; ++j) {
            EXPECT_EQ(std::isnan(out[j]), all || j == row) << j;
          }
        };
        RowLogits(rows.view(), ids, x, out.span());
        expect(false);
        ScoreRows(rows.view(), 0, kNum, x, 1, out.span());
        expect(false);
        rows.SetWeight(row, place, before);
        x[place] = kNan;
        RowLogits(rows.view(), ids, x, out.span());
        expect(true);
        ScoreRows(rows.view(), 0, kNum, x, 1, out.span());
        expect(true);
      }
    }
  }
}

TEST_P(RowKernels, AccumulateRowsIsTheReferenceUpToRounding) {
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : ReadFormats(width)) {
      if (HasFailure()) return;  // The others would say the same.
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(num + 5, format, num % 2, rng_);
      const std::vector<std::byte> rows_before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(num, num + 5, rng_);
      const Floats values(num, 0, rng_), out(width, (num / 2) % 2, rng_);
      const std::vector<float> before = out.Copy();
      std::vector<float> expected = before;
      Reference::AccumulateRows(rows.view(), ids, values, expected);
      AccumulateRows(rows.view(), ids, values, out.span());
      for (size_t i = 0; i < width; ++i) {
        double magnitudes = std::abs(before[i]);
        for (size_t j = 0; j < num; ++j) {
          magnitudes += std::abs(values[j] * rows.weight(ids[j], i));
        }
        EXPECT_NEAR(out[i], expected[i], SumRounding(num + 2, magnitudes)) << i;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(SameBits(rows.Copy(), rows_before));
    }
  }
}

// A feature may come twice in a sample: it counts twice.
TEST_P(RowKernels, AccumulateRowsTakesRepeatedAndIntegerRowsExactly) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : ReadFormats(width)) {
      const Records rows(3, format, 1, rng_);
      for (size_t i = 0; i < 3; ++i) {
        rows.SetWeights(i, static_cast<float>(i + 1));
      }
      const std::vector<uint32_t> ids = {2, 0, 2, 1, 1, 0};
      const std::vector<float> values = {1.0f, -4.0f, 2.0f, 0.0f, 8.0f, 1.0f};
      const Floats out(width, 1);
      std::fill(out.span().begin(), out.span().end(), 100.0f);
      AccumulateRows(rows.view(), ids, values, out.span());
      EXPECT_THAT(out.span(), Each(100.0f + 9.0f - 3.0f + 16.0f))
          << Name(format);
    }
  }
}

TEST_P(RowKernels, ReadWeightsGivesTheWeightsOfOneRow) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : ReadFormats(width)) {
      for (const size_t offset : {0, 1}) {
        SCOPED_TRACE(Name(format));
        const Records rows(3, format, offset, rng_);
        const std::vector<std::byte> before = rows.Copy();
        const Floats scratch(width, 1 - offset);
        for (size_t i = 0; i < rows.num_rows(); ++i) {
          EXPECT_TRUE(SameBits(ReadWeights(rows.view(), i, scratch.span()),
                               rows.weights(i)));
        }
        EXPECT_TRUE(scratch.guards_intact());
        EXPECT_TRUE(SameBits(rows.Copy(), before));
      }
    }
  }
}

// Every float between two bf16 neighbours, 0 and numbers too small for a bit of
// their own, both signs: bf16 rows hold the nearer one.
TEST_P(RowKernels, WriteWeightsRoundsToNearestAndTouchesNothingElse) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : Formats(width)) {
      for (const size_t offset : {0, 1}) {
        SCOPED_TRACE(Name(format));
        const Records rows(3, format, offset, rng_);
        const Records expected(rows, offset);
        const Floats weights(width, 1 - offset, rng_);
        weights[width / 2] = 0.0f;
        weights[width / 3] = -0x1p-140f;
        for (size_t k = 0; k < width; ++k) {
          const auto exact = static_cast<double>(weights[k]);
          expected.SetWeight(1, k,
                             format.precision == Precision::kFp32
                                 ? weights[k]
                                 : static_cast<float>(Bf16Nearest(exact)));
        }
        WriteWeights(rows.view(), 1, weights);
        EXPECT_TRUE(SameBits(rows.Copy(), expected.Copy()));
        EXPECT_TRUE(rows.guards_intact());
      }
    }
  }
}

TEST_P(RowKernels, WrittenWeightsReadBackAreWhatAnyKernelSees) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : ReadFormats(width)) {
      SCOPED_TRACE(Name(format));
      const Records rows(2, format, 1, rng_);
      const Floats weights(width, 0, rng_), scratch(width, 1);
      WriteWeights(rows.view(), 1, weights);
      const auto read = ReadWeights(rows.view(), 1, scratch.span());
      const std::vector<uint32_t> ids = {1};
      const std::vector<float> one = {1.0f};
      std::vector<float> sum(width, 0.0f);
      AccumulateRows(rows.view(), ids, one, sum);
      EXPECT_TRUE(std::equal(read.begin(), read.end(), sum.begin(), sum.end()));
      // Weights that have been rounded once do not move when they are written
      // again.
      const std::vector<std::byte> before = rows.Copy();
      WriteWeights(rows.view(), 1, sum);
      EXPECT_TRUE(SameBits(rows.Copy(), before));
    }
  }
}

// By hand: of 127 steps a weight is the nearest number, ties to even, and the
// scale is the largest magnitude / 127.
TEST_P(RowKernels, Int8RowsHoldTheNearestOf127Steps) {
  const Records rows(2, RowFormat(5, Precision::kInt8, std::nullopt), 1, rng_);
  const Records expected(rows, 1);
  rows.bias(1) = 0.5f;
  WriteWeights(rows.view(), 1,
               std::vector<float>{-254.0f, 3.0f, 5.0f, 100.9f, -0.99f});
  const int8_t* bytes = rows.view().weights<int8_t>(1);
  EXPECT_THAT(std::span(bytes, 5), testing::ElementsAre(-127, 2, 2, 50, 0));
  EXPECT_EQ(rows.view().scalars(1)[kScale], 2.0f);
  EXPECT_EQ(rows.bias(1), 0.5f);
  EXPECT_TRUE(SameBits(rows.record(0), expected.record(0)));
  EXPECT_TRUE(rows.guards_intact());
  Floats read(5, 0);
  EXPECT_THAT(ReadWeights(rows.view(), 1, read.span()),
              testing::ElementsAre(-254.0f, 4.0f, 4.0f, 100.0f, 0.0f));
}

// Nothing is divided by the largest magnitude if that is 0, or overflows if it
// is the smallest float.
TEST_P(RowKernels, Int8RowsTakeZerosAndTheSmallestAndLargestFloats) {
  const Records rows(1, RowFormat(2, Precision::kInt8, std::nullopt), 0, rng_);
  Floats read(2, 0);
  WriteWeights(rows.view(), 0, std::vector<float>{0.0f, -0.0f});
  EXPECT_THAT(ReadWeights(rows.view(), 0, read.span()), Each(0.0f));
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  WriteWeights(rows.view(), 0, std::vector<float>{kSmallest, 0.0f});
  EXPECT_EQ(rows.view().weights<int8_t>(0)[0], 127);
  EXPECT_NEAR(ReadWeights(rows.view(), 0, read.span())[0], 0.0f, 1e-40);
  constexpr float kLargest = std::numeric_limits<float>::max() / 2;
  WriteWeights(rows.view(), 0, std::vector<float>{-kLargest, kLargest / 127});
  EXPECT_EQ(rows.view().weights<int8_t>(0)[1], 1);
  EXPECT_NEAR(ReadWeights(rows.view(), 0, read.span())[0] / kLargest, -1.0f,
              kEpsilon);
}

// Eigen has the same product of dequantised rows.
TEST_P(RowKernels, LogitsOfInt8RowsAreEigensProduct) {
  constexpr size_t kNum = 9;
  for (const size_t width : kWidths) {
    const Records rows(kNum, RowFormat(width, Precision::kInt8, std::nullopt),
                       1, rng_);
    const Floats x(width, 0, rng_), out(kNum, 1);
    Eigen::MatrixXd weights(kNum, width);
    Eigen::VectorXd bias(kNum);
    for (size_t i = 0; i < kNum; ++i) {
      bias[i] = static_cast<double>(rows.bias(i));
      const auto scale = static_cast<double>(rows.view().scalars(i)[kScale]);
      for (size_t k = 0; k < width; ++k) {
        weights(i, k) = scale * rows.view().weights<int8_t>(i)[k];
      }
    }
    const Eigen::VectorXd expected =
        bias +
        weights * Eigen::Map<const Eigen::VectorXf>(x.span().data(), width)
                      .cast<double>();
    ScoreRows(rows.view(), 0, kNum, x, 1, out.span());
    for (size_t i = 0; i < kNum; ++i) {
      EXPECT_NEAR(out[i], expected[i], LogitRounding(rows, i, x)) << i;
    }
  }
}

// The definitions of kernels.h in double, so that the reference is held by
// something too. Its own roundings are half of what two may differ by.
TEST(RowReference, LogitsAndSumsAreTheirDefinitions) {
  constexpr size_t kWidth = 129, kNum = 9;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  for (const RowFormat& format : ReadFormats(kWidth)) {
    SCOPED_TRACE(Name(format));
    const Records rows(kNum + 5, format, 0, rng);
    const std::vector<uint32_t> ids = DrawIds(kNum, kNum + 5, rng);
    const Floats x(2 * kWidth, 0, rng), values(kNum, 0, rng);
    const auto logit = [&](size_t i, std::span<const float> input) {
      auto sum = static_cast<double>(rows.bias(i));
      for (size_t k = 0; k < kWidth; ++k) {
        sum += static_cast<double>(rows.weight(i, k)) *
               static_cast<double>(input[k]);
      }
      return sum;
    };
    const auto first = x.span().first(kWidth), second = x.span().last(kWidth);
    std::vector<float> out(kNum), scores(2 * kNum);
    Reference::RowLogits(rows.view(), ids, first, out);
    Reference::ScoreRows(rows.view(), 3, kNum, x, 2, scores);
    for (size_t j = 0; j < kNum; ++j) {
      const auto expect = [&](float z, size_t i, std::span<const float> input) {
        EXPECT_NEAR(z, logit(i, input), LogitRounding(rows, i, input) / 2) << j;
      };
      expect(out[j], ids[j], first);
      expect(scores[j], 3 + j, first);
      expect(scores[kNum + j], 3 + j, second);
    }
    std::vector<float> sums(kWidth, 0.5f);
    Reference::AccumulateRows(rows.view(), ids, values, sums);
    for (size_t k = 0; k < kWidth; ++k) {
      double sum = 0.5, magnitudes = 0.5;
      for (size_t j = 0; j < kNum; ++j) {
        const double term = static_cast<double>(values[j]) *
                            static_cast<double>(rows.weight(ids[j], k));
        sum += term;
        magnitudes += std::abs(term);
      }
      EXPECT_NEAR(sums[k], sum, SumRounding(kNum + 2, magnitudes) / 2) << k;
    }
  }
}

}  // namespace
}  // namespace slide::kernels::rows_test
