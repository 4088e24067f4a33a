// Every instruction set against the reference, and the reference against the
// definitions: the kernels on rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels {
namespace {

using ::testing::Each;

using RowKernels = KernelTest;
INSTANTIATE_TEST_SUITE_P(, RowKernels, EachTarget(), NameOfTarget);

TEST_P(RowKernels, RowLogitsAreTheReferenceUpToRounding) {
  constexpr size_t kNumRows = 30;
  for (const size_t width : kWidths) {
    for (size_t num = 0; num <= kMaxRows; ++num) {
      SCOPED_TRACE(std::to_string(num) + " rows of " + std::to_string(width));
      const Records rows(kNumRows, width, num % 2, rng_);
      const std::vector<float> before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(num, kNumRows, rng_);
      const Floats x(width, (num / 2) % 2, rng_), out(num, 1);
      std::vector<float> expected(num);
      Reference::RowLogits(rows.view(), ids, x, expected);
      RowLogits(rows.view(), ids, x, out.span());
      for (size_t j = 0; j < num; ++j) {
        const double magnitudes = std::abs(rows.scalar(ids[j], kBias)) +
                                  SumOfMagnitudes(rows.weights(ids[j]), x);
        EXPECT_NEAR(out[j], expected[j], Rounding(width + 1, magnitudes)) << j;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
    }
  }
}

TEST_P(RowKernels, ScoreRowsAreTheReferenceUpToRounding) {
  constexpr size_t kNumRows = 14;
  for (const size_t width : kWidths) {
    for (size_t num = 0; num <= kMaxRows; ++num) {
      for (size_t num_queries = 0; num_queries <= 5; ++num_queries) {
        SCOPED_TRACE(std::to_string(num_queries) + " queries, " +
                     std::to_string(num) + " rows of " + std::to_string(width));
        const size_t first = (num + num_queries) % 5;
        const Records rows(kNumRows, width, num % 2, rng_);
        const Floats queries(num_queries * width, 1, rng_);
        const Floats out(num_queries * num, num_queries % 2);
        std::vector<float> expected(out.size());
        Reference::ScoreRows(rows.view(), first, num, queries, num_queries,
                             expected);
        ScoreRows(rows.view(), first, num, queries, num_queries, out.span());
        for (size_t q = 0; q < num_queries; ++q) {
          for (size_t j = 0; j < num; ++j) {
            const double magnitudes =
                std::abs(rows.scalar(first + j, kBias)) +
                SumOfMagnitudes(rows.weights(first + j),
                                queries.span().subspan(q * width, width));
            EXPECT_NEAR(out[q * num + j], expected[q * num + j],
                        Rounding(width + 1, magnitudes))
                << "query " << q << ", row " << j;
          }
        }
        EXPECT_TRUE(out.guards_intact());
      }
    }
  }
}

// Row i is i + 1 everywhere, its bias -i; x alternates between 2 and -1.
TEST_P(RowKernels, LogitsOfSmallIntegersAreExact) {
  for (const size_t width : kWidths) {
    const Records rows(kMaxRows, width, 1, rng_);
    const Floats x(2 * width, 1);
    float sum = 0.0f;
    for (size_t i = 0; i < width; ++i) {
      x[i] = i % 2 == 0 ? 2.0f : -1.0f;
      x[width + i] = -x[i];
      sum += x[i];
    }
    std::vector<uint32_t> ids(kMaxRows);
    std::vector<float> expected(2 * kMaxRows);
    for (uint32_t i = 0; i < kMaxRows; ++i) {
      const auto number = static_cast<float>(i);
      std::fill_n(rows.view().row(i), width, number + 1.0f);
      rows.scalar(i, kBias) = -number;
      ids[i] = i;
      expected[i] = (number + 1.0f) * sum - number;
      expected[kMaxRows + i] = -(number + 1.0f) * sum - number;
    }
    const Floats out(2 * kMaxRows, 0);
    ScoreRows(rows.view(), 0, kMaxRows, x, 2, out.span());
    EXPECT_EQ(out.Copy(), expected) << width;
    RowLogits(rows.view(), ids, x.span().first(width),
              out.span().first(kMaxRows));
    EXPECT_EQ(out.Copy(), expected) << width;
  }
}

TEST_P(RowKernels, AccumulateRowsIsTheReferenceUpToRounding) {
  constexpr size_t kNumRows = 30;
  for (const size_t width : kWidths) {
    for (size_t num = 0; num <= kMaxRows; ++num) {
      SCOPED_TRACE(std::to_string(num) + " rows of " + std::to_string(width));
      const Records rows(kNumRows, width, num % 2, rng_);
      const std::vector<uint32_t> ids = DrawIds(num, kNumRows, rng_);
      const Floats values(num, 0, rng_), out(width, (num / 2) % 2, rng_);
      const std::vector<float> before = out.Copy();
      std::vector<float> expected = before;
      Reference::AccumulateRows(rows.view(), ids, values, expected);
      AccumulateRows(rows.view(), ids, values, out.span());
      for (size_t i = 0; i < width; ++i) {
        double magnitudes = std::abs(before[i]);
        for (size_t j = 0; j < num; ++j) {
          magnitudes += std::abs(values[j] * rows.weights(ids[j])[i]);
        }
        EXPECT_NEAR(out[i], expected[i], Rounding(num + 1, magnitudes)) << i;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(rows.guards_intact());
    }
  }
}

// The same feature may come twice in a sample: it counts twice.
TEST_P(RowKernels, AccumulateRowsTakesRepeatedAndIntegerRowsExactly) {
  for (const size_t width : kWidths) {
    const Records rows(3, width, 1, rng_);
    for (size_t i = 0; i < 3; ++i) {
      std::fill_n(rows.view().row(i), width, static_cast<float>(i + 1));
    }
    const std::vector<uint32_t> ids = {2, 0, 2, 1, 1, 0};
    const std::vector<float> values = {1.0f, -4.0f, 2.0f, 0.0f, 8.0f, 1.0f};
    const Floats out(width, 1);
    std::fill(out.span().begin(), out.span().end(), 100.0f);
    AccumulateRows(rows.view(), ids, values, out.span());
    EXPECT_THAT(out.span(), Each(100.0f + 9.0f - 3.0f + 16.0f)) << width;
  }
}

struct Step {
  size_t width, num;
  std::string Name() const {
    return std::to_string(num) + " rows of " + std::to_string(width);
  }
};

std::vector<Step> AllSteps() {
  std::vector<Step> steps;
  for (const size_t width : kWidths) {
    for (size_t num = 0; num <= kMaxRows; ++num) steps.push_back({width, num});
  }
  return steps;
}

constexpr size_t kNumStepRows = 20;
constexpr AdagradStep kStep{.learning_rate = 0.1f};

// Compares the records with `expected`, which began as `before`; `changed`
// tells which rows a step was to touch, `has_bias` whether its bias as well.
void ExpectRows(const Records& rows, const Records& expected,
                const Records& before, const std::set<uint32_t>& changed,
                bool has_bias) {
  EXPECT_TRUE(rows.guards_intact());
  const size_t width = rows.view().width;
  for (uint32_t i = 0; i < kNumStepRows; ++i) {
    SCOPED_TRACE("row " + std::to_string(i));
    if (!changed.contains(i)) {
      EXPECT_TRUE(SameBits(rows.record(i), before.record(i)));
      continue;
    }
    const auto expect_weight = [&](size_t k, size_t terms) {
      const double result = static_cast<double>(expected.record(i)[k]);
      const double step = result - static_cast<double>(before.record(i)[k]);
      EXPECT_NEAR(rows.record(i)[k], result,
                  WeightRounding(terms, step, result))
          << k;
    };
    for (size_t k = 0; k < width; ++k) expect_weight(k, width);
    const double a = static_cast<double>(expected.scalar(i, kAccumulator));
    EXPECT_NEAR(rows.scalar(i, kAccumulator), a,
                static_cast<double>(width + 4) * kEpsilon * a);
    if (has_bias) {
      expect_weight(width + kBias, 1);
      const double b =
          static_cast<double>(expected.scalar(i, kBiasAccumulator));
      EXPECT_NEAR(rows.scalar(i, kBiasAccumulator), b, 2.0 * kEpsilon * b);
    } else {
      for (const size_t place : {kBias, kBiasAccumulator}) {
        EXPECT_EQ(rows.scalar(i, place), before.scalar(i, place));
      }
    }
  }
}

TEST_P(RowKernels, BackwardUpdateRowsIsTheReferenceUpToRounding) {
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, at.num % 2, rng_);
    Rng unused = rng_;
    const Records before(kNumStepRows, at.width, 0, unused);
    const Records expected(kNumStepRows, at.width, 0, unused);
    before.Restore(rows.Copy());
    expected.Restore(rows.Copy());
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    const Floats deltas(at.num, 1, rng_), x(at.width, 1, rng_);
    const Floats gradient(at.width, (at.num / 2) % 2, rng_);
    const std::vector<float> gradient_before = gradient.Copy();
    std::vector<float> expected_gradient = gradient_before;
    Reference::BackwardUpdateRows(expected.view(), ids, deltas, x, kStep,
                                  expected_gradient);
    BackwardUpdateRows(rows.view(), ids, deltas, x, kStep, gradient.span());
    ExpectRows(rows, expected, before, {ids.begin(), ids.end()}, true);
    EXPECT_TRUE(gradient.guards_intact());
    for (size_t i = 0; i < at.width; ++i) {
      double magnitudes = std::abs(gradient_before[i]);
      for (size_t j = 0; j < at.num; ++j) {
        magnitudes += std::abs(deltas[j] * before.weights(ids[j])[i]);
      }
      EXPECT_NEAR(gradient[i], expected_gradient[i],
                  Rounding(at.num + 1, magnitudes))
          << i;
    }
  }
}

// All numbers are small multiples of powers of two. Rows are i + 1, x is +1 or
// -1, so that its mean square is 1; accumulators are 5, so that with deltas of
// +2 or -2 they come to 9, whose root is 3. The rate 3 moves a row by 2 x
// against delta, the gradient sees the rows as they were.
TEST_P(RowKernels, BackwardUpdateRowsOfSmallIntegersIsExact) {
  constexpr AdagradStep kExactStep{.learning_rate = 3.0f, .epsilon = 0.0f};
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, 1, rng_);
    for (size_t i = 0; i < kNumStepRows; ++i) {
      std::fill_n(rows.view().row(i), at.width, static_cast<float>(i + 1));
      rows.scalar(i, kBias) = 10.0f;
      rows.scalar(i, kAccumulator) = 5.0f;
      rows.scalar(i, kBiasAccumulator) = 5.0f;
    }
    const Floats x(at.width, 0), gradient(at.width, 1), deltas(at.num, 1);
    for (size_t i = 0; i < at.width; ++i) {
      x[i] = i % 3 == 0 ? -1.0f : 1.0f;
      gradient[i] = 0.5f;
    }
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    float expected_gradient = 0.5f;
    for (size_t j = 0; j < at.num; ++j) {
      deltas[j] = j % 2 == 0 ? 2.0f : -2.0f;
      expected_gradient += deltas[j] * static_cast<float>(ids[j] + 1);
    }
    BackwardUpdateRows(rows.view(), ids, deltas, x, kExactStep,
                       gradient.span());
    EXPECT_THAT(gradient.span(), Each(expected_gradient));
    for (size_t j = 0; j < at.num; ++j) {
      for (size_t i = 0; i < at.width; ++i) {
        ASSERT_EQ(rows.weights(ids[j])[i],
                  static_cast<float>(ids[j] + 1) - deltas[j] * x[i]);
      }
      EXPECT_EQ(rows.scalar(ids[j], kBias), 10.0f - deltas[j]);
      EXPECT_EQ(rows.scalar(ids[j], kAccumulator), 9.0f);
      EXPECT_EQ(rows.scalar(ids[j], kBiasAccumulator), 9.0f);
    }
  }
}

TEST_P(RowKernels, ZeroDeltasLeaveRowsAsTheyAre) {
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, 1, rng_);
    // Rows that were never updated have accumulators of zero.
    for (size_t i = 0; i < kNumStepRows; i += 2) {
      rows.scalar(i, kAccumulator) = 0.0f;
      rows.scalar(i, kBiasAccumulator) = 0.0f;
    }
    const std::vector<float> before = rows.Copy();
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    const std::vector<float> zeros(at.num, 0.0f);
    const Floats x(at.width, 1, rng_), gradient(at.width, 1, rng_);
    const std::vector<float> gradient_before = gradient.Copy();
    BackwardUpdateRows(rows.view(), ids, zeros, x, kStep, gradient.span());
    EXPECT_TRUE(SameBits(rows.Copy(), before));
    EXPECT_TRUE(SameBits(gradient, gradient_before));
    UpdateRows(rows.view(), ids, zeros, x, kStep);
    EXPECT_TRUE(SameBits(rows.Copy(), before));
  }
}

// A gradient too small to have a square counts as zero: without that, a row at
// its first step would be thrown far by the division by epsilon alone.
TEST_P(RowKernels, DeltasWithoutASquareLeaveRowsAsTheyAre) {
  constexpr AdagradStep kBareStep{.learning_rate = 1.0f, .epsilon = 0.0f};
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, 1, rng_);
    for (size_t i = 0; i < kNumStepRows; ++i) {
      rows.scalar(i, kAccumulator) = 0.0f;
      rows.scalar(i, kBiasAccumulator) = 0.0f;
    }
    const std::vector<float> before = rows.Copy();
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    const std::vector<float> deltas(at.num, 1e-30f);
    const Floats x(at.width, 1, rng_), gradient(at.width, 1, rng_);
    BackwardUpdateRows(rows.view(), ids, deltas, x, kBareStep, gradient.span());
    EXPECT_TRUE(SameBits(rows.Copy(), before));
    UpdateRows(rows.view(), ids, deltas, x, kBareStep);
    EXPECT_TRUE(SameBits(rows.Copy(), before));
  }
}

// A sample none of whose hidden units fires still moves the biases.
TEST_P(RowKernels, AZeroInputMovesTheBiasAlone) {
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, 0, rng_);
    const Records before(kNumStepRows, at.width, 0, rng_);
    before.Restore(rows.Copy());
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    const std::vector<float> deltas(at.num, 0.5f), zeros(at.width, 0.0f);
    const Floats gradient(at.width, 1, rng_);
    BackwardUpdateRows(rows.view(), ids, deltas, zeros, kStep, gradient.span());
    for (const uint32_t i : ids) {
      EXPECT_TRUE(SameBits(rows.weights(i), before.weights(i)));
      EXPECT_EQ(rows.scalar(i, kAccumulator), before.scalar(i, kAccumulator));
      EXPECT_LT(rows.scalar(i, kBias), before.scalar(i, kBias));
      EXPECT_EQ(rows.scalar(i, kBiasAccumulator),
                before.scalar(i, kBiasAccumulator) + 0.25f);
    }
  }
}

TEST_P(RowKernels, UpdateRowsIsTheReferenceUpToRounding) {
  for (const Step& at : AllSteps()) {
    SCOPED_TRACE(at.Name());
    const Records rows(kNumStepRows, at.width, at.num % 2, rng_);
    Rng unused = rng_;
    const Records before(kNumStepRows, at.width, 0, unused);
    const Records expected(kNumStepRows, at.width, 0, unused);
    before.Restore(rows.Copy());
    expected.Restore(rows.Copy());
    const std::vector<uint32_t> ids = DrawIds(at.num, kNumStepRows, rng_);
    const Floats values(at.num, 1, rng_), gradient(at.width, 1, rng_);
    Reference::UpdateRows(expected.view(), ids, values, gradient, kStep);
    UpdateRows(rows.view(), ids, values, gradient, kStep);
    ExpectRows(rows, expected, before, {ids.begin(), ids.end()}, false);
  }
}

// As for BackwardUpdateRows: 5 + 2^2 = 3^2.
TEST_P(RowKernels, UpdateRowsOfSmallIntegersIsExact) {
  constexpr AdagradStep kExactStep{.learning_rate = 3.0f, .epsilon = 0.0f};
  for (const size_t width : kWidths) {
    const Records rows(2, width, 1, rng_);
    const Floats gradient(width, 1);
    for (size_t i = 0; i < width; ++i) gradient[i] = i % 2 == 0 ? 1.0f : -1.0f;
    std::fill_n(rows.view().row(1), width, 7.0f);
    rows.scalar(1, kAccumulator) = 5.0f;
    const std::vector<uint32_t> ids = {1};
    const std::vector<float> values = {-2.0f};
    UpdateRows(rows.view(), ids, values, gradient, kExactStep);
    for (size_t i = 0; i < width; ++i) {
      ASSERT_EQ(rows.weights(1)[i], 7.0f + 2.0f * gradient[i]);
    }
    EXPECT_EQ(rows.scalar(1, kAccumulator), 9.0f);
  }
}

// The formula of kernels.h in double, so that the reference is held by
// something too. Its own roundings are half of what two may differ by.
TEST(KernelReference, BackwardUpdateRowsIsRowWiseAdagrad) {
  constexpr size_t kWidth = 129, kNum = 9;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  const Records rows(kNumStepRows, kWidth, 0, rng);
  const Records before(kNumStepRows, kWidth, 0, rng);
  before.Restore(rows.Copy());
  const std::vector<uint32_t> ids = DrawIds(kNum, kNumStepRows, rng);
  const Floats deltas(kNum, 0, rng), x(kWidth, 0, rng);
  std::vector<float> gradient(kWidth, 0.0f);
  Reference::BackwardUpdateRows(rows.view(), ids, deltas, x, kStep, gradient);

  const auto factor = [](double a) {
    return -static_cast<double>(kStep.learning_rate) /
           (std::sqrt(a) + static_cast<double>(kStep.epsilon));
  };
  double mean_square = 0.0;
  for (const float value : x.span()) {
    mean_square += static_cast<double>(value) * static_cast<double>(value);
  }
  mean_square /= kWidth;
  for (size_t j = 0; j < kNum; ++j) {
    SCOPED_TRACE(j);
    const uint32_t id = ids[j];
    const auto delta = static_cast<double>(deltas[j]);
    const double a = static_cast<double>(before.scalar(id, kAccumulator)) +
                     delta * delta * mean_square;
    EXPECT_NEAR(rows.scalar(id, kAccumulator), a,
                static_cast<double>(kWidth + 4) * kEpsilon * a);
    for (size_t i = 0; i < kWidth; ++i) {
      const double step = delta * factor(a) * static_cast<double>(x[i]);
      const double result = static_cast<double>(before.weights(id)[i]) + step;
      EXPECT_NEAR(rows.weights(id)[i], result,
                  WeightRounding(kWidth, step, result));
    }
    const double b = static_cast<double>(before.scalar(id, kBiasAccumulator)) +
                     delta * delta;
    const double step = delta * factor(b);
    const double result = static_cast<double>(before.scalar(id, kBias)) + step;
    EXPECT_NEAR(rows.scalar(id, kBiasAccumulator), b, 2.0 * kEpsilon * b);
    EXPECT_NEAR(rows.scalar(id, kBias), result,
                WeightRounding(1, step, result));
  }
  for (size_t i = 0; i < kWidth; ++i) {
    double sum = 0.0, magnitudes = 0.0;
    for (size_t j = 0; j < kNum; ++j) {
      const double term = static_cast<double>(deltas[j]) *
                          static_cast<double>(before.weights(ids[j])[i]);
      sum += term;
      magnitudes += std::abs(term);
    }
    EXPECT_NEAR(gradient[i], sum, Rounding(kNum, magnitudes));
  }
}

}  // namespace
}  // namespace slide::kernels
