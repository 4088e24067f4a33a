// Every instruction set and the reference against the definitions: the kernels
// that touch a few weights of each row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/records.h"
#include "kernels/textbook.h"

namespace slide::kernels::sparse_rows_test {
namespace {

using ::testing::Each;

using SparseRowKernels = KernelTest;
INSTANTIATE_TEST_SUITE_P(, SparseRowKernels, EachTarget(), NameOfTarget);

constexpr Rounding kRoundings[] = {Rounding::kStochastic, Rounding::kNearest};

// How many rows of which width, and how many of their weights.
struct SparseShape {
  size_t width, num, num_places;
};

// Groups of four rows and what they leave over, vectors and what these leave,
// all weights; a block of 64 rows and more; and the 256 weights that are moved
// together, one more, and three times as many and a rest.
std::vector<SparseShape> SparseShapes() {
  std::vector<SparseShape> shapes;
  size_t num = 0;
  for (const size_t width : {1, 7, 67, 129}) {
    for (const size_t num_places :
         {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 35, 63, 64, 65, 67, 129}) {
      if (num_places <= width)
        shapes.push_back({width, num++ % 10, num_places});
    }
  }
  for (const size_t many : {64, 65, 130}) shapes.push_back({67, many, 19});
  for (const size_t num_places : {3, 62, 63, 255, 256, 257, 775, 1000}) {
    shapes.push_back({1000, 5, num_places});
  }
  // Around the widest rows and the fewest that logits are taken from whole.
  for (const size_t width : {4096, 4097}) {
    shapes.push_back({width, 3, 300});
    shapes.push_back({width, 4, 300});
  }
  return shapes;
}

std::string Name(const SparseShape& shape, const RowFormat& format) {
  return std::to_string(shape.num_places) + " weights of " +
         std::to_string(shape.num) + " " + Name(format);
}

struct SparseKernels {
  void (*logits)(ConstRowsView, std::span<const uint32_t>,
                 std::span<const uint32_t>, std::span<const float>,
                 std::span<float>);
  void (*accumulate)(ConstRowsView, std::span<const uint32_t>,
                     std::span<const float>, std::span<const uint32_t>,
                     std::span<float>);
  void (*backward)(RowsView, std::span<const uint32_t>, std::span<const float>,
                   std::span<const uint32_t>, std::span<const float>,
                   const RowStep&, std::span<float>);
  void (*step)(RowsView, uint32_t, std::span<const uint32_t>,
               std::span<const float>, float, const RowStep&);
};
constexpr SparseKernels kVector = {SparseRowLogits, SparseAccumulateRows,
                                   SparseBackwardUpdateRows, SparseStepRow};
constexpr SparseKernels kReference = {
    Reference::SparseRowLogits, Reference::SparseAccumulateRows,
    Reference::SparseBackwardUpdateRows, Reference::SparseStepRow};

// Against the definition in double: its sum of num_places + 1 terms, and the
// scale of int8 rows, round half as much as two of them may differ by. Products
// with 0 and their sums round nothing; what the CPU's own bf16 dot product adds
// is derived in rows_test.cc.
void ExpectLogits(const SparseKernels& kernels, Rng& rng) {
  const bool is_native = TargetName().find("BF16") != std::string::npos;
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : ReadFormats(shape.width)) {
      SCOPED_TRACE(Name(shape, format));
      const Records rows(shape.num + 5, format, shape.num % 2, rng);
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids =
          DrawIds(shape.num, rows.num_rows(), rng);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng);
      const Floats x(shape.num_places, 1, rng), out(shape.num, 1);
      kernels.logits(rows.view(), ids, places, x, out.span());
      for (size_t j = 0; j < shape.num; ++j) {
        auto sum = static_cast<double>(rows.bias(ids[j]));
        double magnitudes = std::abs(sum);
        for (size_t i = 0; i < places.size(); ++i) {
          const double term =
              static_cast<double>(x[i]) *
              static_cast<double>(rows.weight(ids[j], places[i]));
          sum += term;
          magnitudes += std::abs(term);
        }
        double rounding = SumRounding(places.size() + 2, magnitudes) / 2;
        if (is_native && format.precision == Precision::kBf16) {
          rounding +=
              SumRounding(shape.width, magnitudes) + 0x1p-17 * magnitudes;
        }
        EXPECT_NEAR(out[j], sum, rounding) << j;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
      if (testing::Test::HasFailure())
        return;  // The others would say the same.
    }
  }
}

TEST_P(SparseRowKernels, LogitsAreTheirDefinitionUpToRounding) {
  ExpectLogits(kVector, rng_);
}

TEST(SparseRowReference, LogitsAreTheirDefinitionUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  ExpectLogits(kReference, rng);
}

// A sum of num + 1 terms, one of them times a scale at most.
void ExpectSums(const SparseKernels& kernels, Rng& rng) {
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : ReadFormats(shape.width)) {
      SCOPED_TRACE(Name(shape, format));
      const Records rows(shape.num + 5, format, shape.num % 2, rng);
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids =
          DrawIds(shape.num, rows.num_rows(), rng);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng);
      const Floats values(shape.num, 1, rng);
      Floats out(shape.num_places, 1, rng);
      const std::vector<float> start(out.span().begin(), out.span().end());
      kernels.accumulate(rows.view(), ids, values, places, out.span());
      for (size_t i = 0; i < places.size(); ++i) {
        auto sum = static_cast<double>(start[i]);
        double magnitudes = std::abs(sum);
        for (size_t j = 0; j < shape.num; ++j) {
          const double term =
              static_cast<double>(values[j]) *
              static_cast<double>(rows.weight(ids[j], places[i]));
          sum += term;
          magnitudes += std::abs(term);
        }
        EXPECT_NEAR(out[i], sum, SumRounding(shape.num + 2, magnitudes) / 2)
            << i;
      }
      EXPECT_TRUE(out.guards_intact());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_P(SparseRowKernels, AccumulateAddsTheRowsAtThePlaces) {
  ExpectSums(kVector, rng_);
}

TEST(SparseRowReference, AccumulateAddsTheRowsAtThePlaces) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 7);
  ExpectSums(kReference, rng);
}

// Row i is i + 1 at the places.
TEST_P(SparseRowKernels, LogitsOfSmallIntegersAreExactWhateverIsElsewhere) {
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      const Records rows(shape.num, format, 1, rng_);
      const std::vector<uint32_t> ids = DrawIds(shape.num, shape.num, rng_);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng_);
      std::vector<float> x(places.size()), out(shape.num);
      for (size_t i = 0; i < x.size(); ++i) x[i] = i % 3 == 0 ? 2.0f : -1.0f;
      for (size_t i = 0; i < shape.num; ++i) {
        rows.SetWeights(i, 1000.0f);
        for (const uint32_t place : places) {
          rows.SetWeight(i, place, static_cast<float>(i + 1));
        }
        rows.bias(i) = 10.0f;
      }
      SparseRowLogits(rows.view(), ids, places, x, out);
      const float sum = std::accumulate(x.begin(), x.end(), 0.0f);
      for (size_t j = 0; j < shape.num; ++j) {
        EXPECT_EQ(out[j], 10.0f + static_cast<float>(ids[j] + 1) * sum)
            << Name(shape, format);
      }
    }
  }
}

TEST_P(SparseRowKernels, LogitsShowWhatIsNotANumber) {
  constexpr size_t kWidth = 40, kNum = 7, kNumPlaces = 19;
  for (const RowFormat& format : Formats(kWidth)) {
    for (size_t i = 0; i < kNumPlaces; ++i) {
      SCOPED_TRACE(Name(format) + ", place " + std::to_string(i));
      const Records rows(kNum, format, 1, rng_);
      const std::vector<uint32_t> ids = DrawIds(kNum, kNum, rng_);
      const std::vector<uint32_t> places = DrawIds(kNumPlaces, kWidth, rng_);
      const Floats x(kNumPlaces, 1, rng_), out(kNum, 1);
      rows.SetWeight(ids[i % kNum], places[i], kNan);
      SparseRowLogits(rows.view(), ids, places, x, out.span());
      for (size_t j = 0; j < kNum; ++j) {
        EXPECT_EQ(std::isnan(out[j]), j == i % kNum) << j;
      }
      x[i] = kNan;
      SparseRowLogits(rows.view(), ids, places, x, out.span());
      for (const float z : out.span()) EXPECT_TRUE(std::isnan(z));
    }
  }
}

RowStep DrawStep(Rounding rounding, Rng& rng) {
  RowStep step = kStep;
  step.weight_decay = rng.UniformInt(2) == 0 ? 0.0f : 0.3f;
  step.bias_rate = rng.UniformInt(2) == 0 ? 1.0f : 0.7f;
  step.rounding = rounding;
  step.rounding_key = rng.Next();
  return step;
}

// One call of `num` rows, or one of a single row along a given gradient; with
// the gradient of x or without.
void ExpectOneCallOfTheTextbook(const SparseKernels& kernels, bool one_row,
                                const Records& rows, size_t num,
                                size_t num_places, const RowStep& step,
                                Textbook& textbook, Rng& rng) {
  const size_t width = rows.format().width;
  const std::vector<uint32_t> ids =
      DrawIds(one_row ? 1 : num, rows.num_rows(), rng);
  const std::vector<uint32_t> places = DrawIds(num_places, width, rng);
  const Floats x(num_places, 1, rng);
  if (num_places > 0) x[num_places / 2] = 0.0f;
  if (one_row) {
    const float one = 1.0f, bias_gradient = rng.Normal();
    kernels.step(rows.view(), ids[0], places, x, bias_gradient, step);
    textbook.Step(ids, {&one, 1}, places, x, {&bias_gradient, 1}, step);
  } else {
    const Floats deltas(num, 1, rng);
    for (size_t j = 2; j < num; j += 5) deltas[j] = j % 2 == 0 ? 0.0f : -0.0f;
    const bool has_gradient = rng.UniformInt(3) != 0;
    const Floats gradient(has_gradient ? num_places : 0, 0, rng);
    const std::vector<Bounded> expected =
        textbook.Gradient(ids, deltas, places, gradient);
    kernels.backward(rows.view(), ids, deltas, places, x, step,
                     gradient.span());
    for (size_t i = 0; i < gradient.size(); ++i) {
      EXPECT_NEAR(gradient[i], expected[i].value, expected[i].error) << i;
    }
    EXPECT_TRUE(gradient.guards_intact());
    textbook.Step(ids, deltas, places, x, deltas, step);
  }
  textbook.ExpectAndFollow(rows, step.rounding);
}

void ExpectOneStepOfTheTextbook(const SparseKernels& kernels, Rng& rng) {
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      for (const Rounding rounding : kRoundings) {
        for (const bool one_row : {false, true}) {
          SCOPED_TRACE(Name(shape, format) + (one_row ? ", one row" : "") +
                       (rounding == Rounding::kNearest ? ", to nearest" : ""));
          const Records rows(shape.num + 3, format, shape.num % 2, rng);
          Textbook textbook(rows);
          ExpectOneCallOfTheTextbook(kernels, one_row, rows, shape.num,
                                     shape.num_places, DrawStep(rounding, rng),
                                     textbook, rng);
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

TEST_P(SparseRowKernels, OneStepIsTheFormulaUpToRounding) {
  ExpectOneStepOfTheTextbook(kVector, rng_);
}

TEST(SparseRowReference, OneStepIsTheFormulaUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  ExpectOneStepOfTheTextbook(kReference, rng);
}

// Each step at other places, so each weight comes to steps of its own, and
// Adam's corrections to the row's.
void ExpectManyStepsOfTheTextbook(const SparseKernels& kernels, Rng& rng) {
  constexpr size_t kNumRows = 7, kWidth = 35;
  constexpr int kNumSteps = 100;
  for (const RowFormat& format : Formats(kWidth)) {
    for (const Rounding rounding : kRoundings) {
      SCOPED_TRACE(Name(format));
      const Records rows(kNumRows, format, 1, rng);
      Textbook textbook(rows);
      for (int t = 0; t < kNumSteps; ++t) {
        SCOPED_TRACE(t);
        RowStep step = DrawStep(rounding, rng);
        step.learning_rate = 0.1f / static_cast<float>(1 + t % 3);
        const bool one_row = rng.UniformInt(3) == 0;
        const size_t num = rng.UniformInt(kNumRows + 1);
        ExpectOneCallOfTheTextbook(kernels, one_row, rows, num,
                                   rng.UniformInt(kWidth + 1), step, textbook,
                                   rng);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_P(SparseRowKernels, ManyStepsAreTheFormulaUpToRounding) {
  ExpectManyStepsOfTheTextbook(kVector, rng_);
}

TEST(SparseRowReference, ManyStepsAreTheFormulaUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  ExpectManyStepsOfTheTextbook(kReference, rng);
}

// Beside the weights at the places, all guards: a number that is read shows in
// the gradient or in the row's scalars, one that is written is no guard.
TEST_P(SparseRowKernels, NothingElseOfARowIsTouched) {
  constexpr RowStep kDecay{.learning_rate = 0.1f, .weight_decay = 0.5f};
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      SCOPED_TRACE(Name(shape, format));
      const Records rows(shape.num, format, 1, rng_);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng_);
      std::vector<uint32_t> others(shape.width);
      std::iota(others.begin(), others.end(), 0u);
      for (const uint32_t place : places) std::erase(others, place);
      const bool has_states = NumStates(format.optimizer) > 0;
      for (size_t i = 0; i < shape.num; ++i) {
        for (const uint32_t k : others) {
          rows.SetWeight(i, k, kGuard);
          for (size_t s = 0; has_states && s < rows.num_kept(); ++s) {
            rows.kept(i, s, k) = kGuard;
          }
        }
      }
      const Records before(rows, 1);
      const std::vector<uint32_t> ids = DrawIds(shape.num, shape.num, rng_);
      const Floats deltas(shape.num, 0, rng_), x(shape.num_places, 0, rng_);
      const Floats gradient(shape.num_places, 1, rng_);
      SparseBackwardUpdateRows(rows.view(), ids, deltas, places, x, kDecay,
                               gradient.span());
      for (const uint32_t i : ids) {
        SparseStepRow(rows.view(), i, places, x, 1.0f, kDecay);
      }
      for (const float g : gradient.span()) EXPECT_FALSE(std::isnan(g));
      for (size_t i = 0; i < shape.num; ++i) {
        for (const uint32_t k : others) {
          const float was = before.weight(i, k), is = rows.weight(i, k);
          ASSERT_TRUE(SameBits({&is, 1}, {&was, 1})) << k;
          for (size_t s = 0; has_states && s < rows.num_kept(); ++s) {
            ASSERT_TRUE(IsGuard(rows.kept(i, s, k))) << k;
          }
        }
        for (const uint32_t k : places) {
          ASSERT_FALSE(std::isnan(rows.weight(i, k))) << k;
        }
        EXPECT_NE(rows.bias(i), before.bias(i));
        EXPECT_FALSE(std::isnan(rows.bias(i)));
      }
      EXPECT_TRUE(rows.guards_intact());
    }
  }
}

TEST_P(SparseRowKernels, ZeroDeltasLeaveRowsAsTheyAre) {
  constexpr RowStep kDecay{.learning_rate = 0.1f, .weight_decay = 0.5f};
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      SCOPED_TRACE(Name(shape, format));
      const Records rows(shape.num, format, 1, rng_);
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(shape.num, shape.num, rng_);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng_);
      std::vector<float> zeros(shape.num, 0.0f);
      for (size_t j = 0; j < zeros.size(); j += 2) zeros[j] = -0.0f;
      const Floats x(shape.num_places, 0, rng_);
      const Floats gradient(shape.num_places, 1, rng_);
      const std::vector<float> gradient_before = gradient.Copy();
      SparseBackwardUpdateRows(rows.view(), ids, zeros, places, x, kDecay,
                               gradient.span());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
      EXPECT_TRUE(SameBits(gradient, gradient_before));
    }
  }
}

// 1/8 of 2 a step, of fresh rows that nothing else moves.
TEST_P(SparseRowKernels, TouchedWeightsWithoutAGradientDecay) {
  constexpr RowStep kDecay{.learning_rate = 0.5f, .weight_decay = 0.25f};
  for (const SparseShape& shape : SparseShapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      SCOPED_TRACE(Name(shape, format));
      const Records rows(1, format, 0, rng_);
      rows.SetWeights(0, 2.0f);
      const std::vector<uint32_t> places =
          DrawIds(shape.num_places, shape.width, rng_);
      SparseStepRow(rows.view(), 0, places,
                    std::vector<float>(places.size(), 0.0f), 0.0f, kDecay);
      std::vector<float> expected(shape.width, 2.0f);
      for (const uint32_t place : places) expected[place] = 1.75f;
      EXPECT_EQ(rows.weights(0), expected);
    }
  }
}

// A place that all weights have is a place of a whole row. Both round alike.
TEST_P(SparseRowKernels, AllPlacesInOrderAreTheWholeRow) {
  for (const size_t width : {7, 129, 256}) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(Name(format));
      std::vector<uint32_t> places(width);
      std::iota(places.begin(), places.end(), 0u);
      const Records rows(5, format, 0, rng_);
      const Records expected(rows, 0);
      const std::vector<uint32_t> ids = DrawIds(5, 5, rng_);
      const Floats deltas(5, 0, rng_), x(width, 0, rng_);
      const RowStep step = DrawStep(Rounding::kNearest, rng_);
      std::vector<float> gradient(width, 0.5f), expected_gradient(width, 0.5f);
      SparseBackwardUpdateRows(rows.view(), ids, deltas, places, x, step,
                               gradient);
      BackwardUpdateRows(expected.view(), ids, deltas, x, step,
                         expected_gradient);
      EXPECT_TRUE(SameBits(rows.Copy(), expected.Copy()));
      EXPECT_TRUE(SameBits(gradient, expected_gradient));
      SparseStepRow(rows.view(), 3, places, x, 0.25f, step);
      StepRow(expected.view(), 3, x, 0.25f, step);
      EXPECT_TRUE(SameBits(rows.Copy(), expected.Copy()));
    }
  }
}

// Training must not go on as if nothing had happened.
TEST_P(SparseRowKernels, WhatIsNotANumberSpreadsAsInTheReference) {
  constexpr size_t kWidth = 67, kNum = 5, kNumPlaces = 35;
  for (const RowFormat& format : Formats(kWidth)) {
    for (const bool in_delta : {false, true}) {
      for (const size_t at : {0, 4, 34}) {
        SCOPED_TRACE(Name(format) + (in_delta ? ", delta " : ", x ") +
                     std::to_string(at));
        const Records rows(kNum, format, 1, rng_);
        const Records expected(rows, 1);
        const std::vector<uint32_t> ids = DrawIds(kNum, kNum, rng_);
        const std::vector<uint32_t> places = DrawIds(kNumPlaces, kWidth, rng_);
        const Floats deltas(kNum, 0, rng_), x(kNumPlaces, 0, rng_);
        (in_delta ? deltas[at % kNum] : x[at]) = kNan;
        const Floats gradient(kNumPlaces, 0, rng_);
        std::vector<float> expected_gradient = gradient.Copy();
        SparseBackwardUpdateRows(rows.view(), ids, deltas, places, x, kStep,
                                 gradient.span());
        Reference::SparseBackwardUpdateRows(
            expected.view(), ids, deltas, places, x, kStep, expected_gradient);
        for (size_t i = 0; i < kNum; ++i) {
          for (size_t k = 0; k <= kWidth; ++k) {
            const float weight = k < kWidth ? rows.weight(i, k) : rows.bias(i);
            const float other =
                k < kWidth ? expected.weight(i, k) : expected.bias(i);
            EXPECT_EQ(std::isnan(weight), std::isnan(other)) << i << ", " << k;
            for (size_t s = 0; s < rows.num_kept(); ++s) {
              EXPECT_EQ(std::isnan(rows.kept(i, s, k)),
                        std::isnan(expected.kept(i, s, k)))
                  << i << ", " << k;
            }
          }
        }
        for (size_t i = 0; i < kNumPlaces; ++i) {
          EXPECT_EQ(std::isnan(gradient[i]), std::isnan(expected_gradient[i]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace slide::kernels::sparse_rows_test
