// Every instruction set and the reference against the optimizers' formulas: the
// kernels that move rows. Random rounding has a test of its own,
// stochastic_rounding_test.cc.
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

namespace slide::kernels::row_update_test {
namespace {

using ::testing::Each;

using RowUpdateKernels = KernelTest;
INSTANTIATE_TEST_SUITE_P(, RowUpdateKernels, EachTarget(), NameOfTarget);

constexpr Rounding kRoundings[] = {Rounding::kStochastic, Rounding::kNearest};

// With decay or without, biases at the rate of weights or at one of their own.
RowStep DrawStep(Rounding rounding, Rng& rng) {
  RowStep step = kStep;
  step.weight_decay = rng.UniformInt(2) == 0 ? 0.0f : 0.3f;
  step.bias_rate = rng.UniformInt(2) == 0 ? 1.0f : 0.7f;
  step.rounding = rounding;
  step.rounding_key = rng.Next();
  return step;
}

// Both kernels with all roundings, each with and without zero deltas, on many
// shapes: one step from rows that are fresh or in the middle of training.
void ExpectOneStepOfTheTextbook(const RowUpdates& kernels, const Shape& shape,
                                const RowFormat& format, Rng& rng) {
  size_t variant = shape.num;
  for (const Rounding rounding : kRoundings) {
    for (const bool backward : {false, true}) {
      SCOPED_TRACE(std::to_string(shape.num) + " " + Name(format) +
                   (backward ? ", backward" : "") +
                   (rounding == Rounding::kNearest ? ", to nearest" : ""));
      ++variant;
      const Records rows(shape.num + 3, format, variant % 2, rng);
      const std::vector<uint32_t> ids =
          DrawIds(shape.num, rows.num_rows(), rng);
      const Floats deltas(shape.num, 1, rng);
      const Floats x(shape.width, variant / 2 % 2, rng);
      const Floats gradient(shape.width, 1 - variant % 2, rng);
      x[shape.width / 2] = 0.0f;
      for (size_t j = 2; j < shape.num && variant % 2 == 0; j += 5) {
        deltas[j] = j % 2 == 0 ? 0.0f : -0.0f;
      }
      const RowStep step = DrawStep(rounding, rng);

      Textbook textbook(rows);
      if (backward) {
        const std::vector<Bounded> expected =
            textbook.Gradient(ids, deltas, gradient);
        kernels.backward(rows.view(), ids, deltas, x, step, gradient.span());
        for (size_t k = 0; k < shape.width; ++k) {
          EXPECT_NEAR(gradient[k], expected[k].value, expected[k].error) << k;
        }
        EXPECT_TRUE(gradient.guards_intact());
      } else {
        kernels.update(rows.view(), ids, deltas, x, step);
      }
      textbook.Step(ids, deltas, x, step, backward);
      textbook.ExpectAndFollow(rows, rounding);
    }
  }
}

TEST_P(RowUpdateKernels, OneStepIsTheFormulaUpToRounding) {
  for (const Shape& shape : Shapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      if (HasFailure()) return;  // The others would say the same.
      ExpectOneStepOfTheTextbook(kVectorUpdates, shape, format, rng_);
    }
  }
}

TEST(RowUpdateReference, OneStepIsTheFormulaUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  for (const Shape& shape : Shapes()) {
    for (const RowFormat& format : Formats(shape.width)) {
      if (HasFailure()) return;  // The others would say the same.
      ExpectOneStepOfTheTextbook(kReferenceUpdates, shape, format, rng);
    }
  }
}

// Which rows a step takes is drawn, so each row comes to a number of steps of
// its own; errors add up in fp32 rows, as their bounds do.
void ExpectManyStepsOfTheTextbook(const RowUpdates& kernels,
                                  const RowFormat& format, Rng& rng) {
  constexpr size_t kNumRows = 11;
  constexpr int kNumSteps = 200;
  for (const Rounding rounding : kRoundings) {
    SCOPED_TRACE(Name(format));
    const Records rows(kNumRows, format, 1, rng);
    Textbook textbook(rows);
    const Floats gradient(format.width, 0, rng);
    for (int t = 0; t < kNumSteps; ++t) {
      SCOPED_TRACE(t);
      const std::vector<uint32_t> ids =
          DrawIds(rng.UniformInt(kNumRows + 1), kNumRows, rng);
      const Floats deltas(ids.size(), 0, rng), x(format.width, 1, rng);
      for (float& delta : deltas.span()) {
        if (rng.UniformInt(4) == 0) delta = 0.0f;
      }
      for (float& value : x.span()) value = std::max(value, 0.0f);
      RowStep step = DrawStep(rounding, rng);
      step.learning_rate = 0.1f / static_cast<float>(1 + t % 3);
      const bool backward = rng.UniformInt(2) == 0;
      if (backward) {
        kernels.backward(rows.view(), ids, deltas, x, step, gradient.span());
      } else {
        kernels.update(rows.view(), ids, deltas, x, step);
      }
      textbook.Step(ids, deltas, x, step, backward);
      textbook.ExpectAndFollow(rows, rounding);
    }
  }
}

TEST_P(RowUpdateKernels, ManyStepsAreTheFormulaUpToRounding) {
  for (const RowFormat& format : Formats(35)) {
    if (HasFailure()) return;
    ExpectManyStepsOfTheTextbook(kVectorUpdates, format, rng_);
  }
}

TEST(RowUpdateReference, ManyStepsAreTheFormulaUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const RowFormat& format : Formats(35)) {
    if (HasFailure()) return;
    ExpectManyStepsOfTheTextbook(kReferenceUpdates, format, rng);
  }
}

// StepRow equals a step of many rows along x with delta 1, to the bit: rows
// draw from the same generators.
TEST_P(RowUpdateKernels, StepRowIsABackwardUpdateWithDeltaOne) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : Formats(width)) {
      for (const Rounding rounding : kRoundings) {
        SCOPED_TRACE(Name(format));
        const Records rows(4, format, 1, rng_);
        const Records expected(rows, 1);
        const Floats gradient(width, 1, rng_);
        for (uint32_t i = 0; i < 4; ++i) {
          const RowStep step = DrawStep(rounding, rng_);
          std::vector<float> x_gradient(width);
          StepRow(rows.view(), i, gradient, 1.0f, step);
          BackwardUpdateRows(expected.view(), {&i, 1}, std::vector<float>{1.0f},
                             gradient, step, x_gradient);
        }
        EXPECT_TRUE(SameBits(rows.Copy(), expected.Copy()));
      }
    }
  }
}

// The bias' gradient is one of its own, 0 among them.
void ExpectStepRowOfTheTextbook(void (*step_row)(RowsView, uint32_t,
                                                 std::span<const float>, float,
                                                 const RowStep&),
                                Rng& rng) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : Formats(width)) {
      for (const Rounding rounding : kRoundings) {
        SCOPED_TRACE(Name(format));
        const Records rows(4, format, 0, rng);
        Textbook textbook(rows);
        std::vector<uint32_t> places(width);
        std::iota(places.begin(), places.end(), 0u);
        for (uint32_t i = 0; i < 4; ++i) {
          const RowStep step = DrawStep(rounding, rng);
          const Floats gradient(width, 1, rng);
          const float one = 1.0f, bias_gradient = i == 0 ? 0.0f : rng.Normal();
          step_row(rows.view(), i, gradient, bias_gradient, step);
          textbook.Step({&i, 1}, {&one, 1}, places, gradient,
                        {&bias_gradient, 1}, step);
          textbook.ExpectAndFollow(rows, rounding);
        }
      }
    }
  }
}

TEST_P(RowUpdateKernels, StepRowIsTheFormulaUpToRounding) {
  ExpectStepRowOfTheTextbook(StepRow, rng_);
}

TEST(RowUpdateReference, StepRowIsTheFormulaUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  ExpectStepRowOfTheTextbook(Reference::StepRow, rng);
}

// A step whose every number is a small multiple of a power of two. Inputs are
// +1 or -1, so that their mean square is 1, and deltas +2 or -2.
struct SmallIntegers {
  RowStep step;
  float kept[2];  // before the step, of each weight and the bias
  float (*kept_after)(float g, size_t s);
  float (*move)(float g);  // along the gradient g
};

SmallIntegers SmallIntegersOf(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::kRowAdagrad:
    case Optimizer::kAdagrad:
      // 5 + g^2 = 3^2, and the rate 3 makes the factor 1.
      return {{.learning_rate = 3.0f, .epsilon = 0.0f},
              {5.0f},
              [](float, size_t) { return 9.0f; },
              [](float g) { return -g; }};
    case Optimizer::kSgd:
      return {{.learning_rate = 0.5f, .momentum = 0.5f},
              {4.0f},
              [](float g, size_t) { return 2.0f + g; },
              [](float g) { return -0.5f * (2.0f + g); }};
    case Optimizer::kAdam:
      break;
  }
  // The moments weigh 1/2 after their first step: the second, 5/2 + g^2/2, is
  // corrected to 3^2, the first, 2 + g/2, to its double. 1.5 (4 + g) / 3 is
  // left.
  return {
      {.learning_rate = 1.5f, .epsilon = 0.0f, .beta1 = 0.5f, .beta2 = 0.5f},
      {4.0f, 5.0f},
      [](float g, size_t s) { return s == kMeans ? 2.0f + 0.5f * g : 4.5f; },
      [](float g) { return -(2.0f + 0.5f * g); }};
}

// Row i is i + 1 everywhere and its bias 10. The gradient sees the rows as they
// were. Nothing is left for a rounding to do, random or not.
TEST_P(RowUpdateKernels, StepsOfSmallIntegersAreExact) {
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      for (const bool backward : {false, true}) {
        SCOPED_TRACE(std::to_string(num) + " " + Name(format));
        const SmallIntegers exact = SmallIntegersOf(*format.optimizer);
        const Records rows(num + 3, format, 1, rng_);
        for (size_t i = 0; i < rows.num_rows(); ++i) {
          rows.SetWeights(i, static_cast<float>(i + 1));
          rows.bias(i) = 10.0f;
          for (size_t s = 0; s < rows.num_kept(); ++s) {
            for (size_t k = 0; k <= width; ++k) {
              rows.kept(i, s, k) = exact.kept[s];
            }
          }
          if (format.optimizer != Optimizer::kAdam) continue;
          rows.view().scalars(i)[kMeanWeight] = 0.0f;
          rows.view().scalars(i)[kSquareWeight] = 0.0f;
        }
        const Floats x(width, 0), gradient(width, 1), deltas(num, 1);
        for (size_t k = 0; k < width; ++k) {
          x[k] = k % 3 == 0 ? -1.0f : 1.0f;
          gradient[k] = 0.5f;
        }
        const std::vector<uint32_t> ids = DrawIds(num, rows.num_rows(), rng_);
        float expected_gradient = 0.5f;
        for (size_t j = 0; j < num; ++j) {
          deltas[j] = j % 2 == 0 ? 2.0f : -2.0f;
          if (backward) {
            expected_gradient += deltas[j] * static_cast<float>(ids[j] + 1);
          }
        }
        if (backward) {
          BackwardUpdateRows(rows.view(), ids, deltas, x, exact.step,
                             gradient.span());
        } else {
          UpdateRows(rows.view(), ids, deltas, x, exact.step);
        }
        EXPECT_THAT(gradient.span(), Each(expected_gradient));
        for (size_t j = 0; j < num; ++j) {
          const uint32_t i = ids[j];
          for (size_t k = 0; k < width; ++k) {
            const float g = deltas[j] * x[k];
            ASSERT_EQ(rows.weight(i, k),
                      static_cast<float>(i + 1) + exact.move(g));
            for (size_t s = 0; s < rows.num_kept(); ++s) {
              ASSERT_EQ(rows.kept(i, s, k), exact.kept_after(g, s));
            }
          }
          const float g = deltas[j];
          EXPECT_EQ(rows.bias(i), backward ? 10.0f + exact.move(g) : 10.0f);
          for (size_t s = 0; s < rows.num_kept(); ++s) {
            EXPECT_EQ(rows.kept(i, s, width),
                      backward ? exact.kept_after(g, s) : exact.kept[s]);
          }
        }
      }
    }
  }
}

// A first layer that is trained wants no gradient of its input.
TEST_P(RowUpdateKernels, WithoutAGradientOfTheInputRowsMoveInTheSameWay) {
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      for (const Rounding rounding : kRoundings) {
        SCOPED_TRACE(std::to_string(num) + " " + Name(format));
        const Records rows(num + 3, format, 1, rng_);
        const Records expected(rows, 1);
        const std::vector<uint32_t> ids = DrawIds(num, rows.num_rows(), rng_);
        const Floats deltas(num, 1, rng_), x(width, 1, rng_);
        const RowStep step = DrawStep(rounding, rng_);
        std::vector<float> x_gradient(width);
        BackwardUpdateRows(rows.view(), ids, deltas, x, step, {});
        BackwardUpdateRows(expected.view(), ids, deltas, x, step, x_gradient);
        EXPECT_TRUE(SameBits(rows.Copy(), expected.Copy()));
      }
    }
  }
}

TEST_P(RowUpdateKernels, ZeroDeltasLeaveRowsAsTheyAre) {
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(num + 3, format, 1, rng_);
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(num, rows.num_rows(), rng_);
      std::vector<float> zeros(num, 0.0f);
      for (size_t j = 0; j < num; j += 2) zeros[j] = -0.0f;
      const Floats x(width, 1, rng_), gradient(width, 1, rng_);
      const std::vector<float> gradient_before = gradient.Copy();
      RowStep step = kStep;
      step.weight_decay = 0.5f;
      BackwardUpdateRows(rows.view(), ids, zeros, x, step, gradient.span());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
      EXPECT_TRUE(SameBits(gradient, gradient_before));
      UpdateRows(rows.view(), ids, zeros, x, step);
      EXPECT_TRUE(SameBits(rows.Copy(), before));
    }
  }
}

// A gradient too small to have a square counts as zero: without that, a row at
// its first step would be thrown far by the division by epsilon alone.
TEST_P(RowUpdateKernels, AdagradLeavesRowsWhoseGradientHasNoSquare) {
  constexpr RowStep kBareStep{.learning_rate = 1.0f, .epsilon = 0.0f};
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      if (format.optimizer != Optimizer::kRowAdagrad &&
          format.optimizer != Optimizer::kAdagrad) {
        continue;
      }
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(num + 3, format, 1, rng_);
      for (size_t i = 0; i < rows.num_rows(); ++i) {
        for (size_t k = 0; k <= width; ++k) rows.kept(i, 0, k) = 0.0f;
      }
      const std::vector<std::byte> before = rows.Copy();
      const std::vector<uint32_t> ids = DrawIds(num, rows.num_rows(), rng_);
      const std::vector<float> deltas(num, 1e-30f);
      const Floats x(width, 1, rng_), gradient(width, 1, rng_);
      BackwardUpdateRows(rows.view(), ids, deltas, x, kBareStep,
                         gradient.span());
      EXPECT_TRUE(SameBits(rows.Copy(), before));
      UpdateRows(rows.view(), ids, deltas, x, kBareStep);
      EXPECT_TRUE(SameBits(rows.Copy(), before));
    }
  }
}

// Whatever the rule, and exactly: 1/8 of 2, of fresh rows that nothing else
// moves. Not the bias.
TEST_P(RowUpdateKernels, WeightsWithoutAGradientDecay) {
  constexpr RowStep kDecay{.learning_rate = 0.5f, .weight_decay = 0.25f};
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(4 * num, format, 0, rng_);
      std::vector<uint32_t> fresh;
      for (uint32_t i = 0; i < rows.num_rows(); ++i) {
        if (StepsBefore(i) != 0) continue;
        fresh.push_back(i);
        rows.SetWeights(i, 2.0f);
        rows.bias(i) = 2.0f;
      }
      const std::vector<float> ones(num, 1.0f), zeros(width, 0.0f);
      UpdateRows(rows.view(), fresh, ones, zeros, kDecay);
      for (const uint32_t i : fresh) {
        EXPECT_THAT(rows.weights(i), Each(1.75f));
        EXPECT_EQ(rows.bias(i), 2.0f);
      }
    }
  }
}

// A share of 0 of infinity would not be a number.
TEST_P(RowUpdateKernels, InfiniteWeightsStayInfiniteWithoutDecay) {
  for (const size_t width : kWidths) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(Name(format));
      const Records rows(1, format, 0, rng_);
      rows.SetWeights(0, kInfinity);
      RowStep step = kStep;
      step.rounding = Rounding::kNearest;
      UpdateRows(rows.view(), std::vector<uint32_t>{0}, std::vector<float>{1},
                 std::vector<float>(width, 0.0f), step);
      EXPECT_THAT(rows.weights(0), Each(kInfinity));
    }
  }
}

// A sample none of whose hidden units fires still moves the biases. What is
// kept of fresh rows is zero, so no velocity moves their weights either.
TEST_P(RowUpdateKernels, AZeroInputMovesTheBiasAlone) {
  for (const auto& [width, num] : Shapes()) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(std::to_string(num) + " " + Name(format));
      const Records rows(4 * num, format, 0, rng_);
      const Records before(rows, 0);
      std::vector<uint32_t> fresh;
      for (uint32_t i = 0; i < rows.num_rows(); ++i) {
        if (StepsBefore(i) == 0) fresh.push_back(i);
      }
      ASSERT_EQ(fresh.size(), num);
      const std::vector<float> deltas(num, 0.5f), zeros(width, 0.0f);
      const Floats gradient(width, 1, rng_);
      BackwardUpdateRows(rows.view(), fresh, deltas, zeros, kStep,
                         gradient.span());
      for (const uint32_t i : fresh) {
        EXPECT_TRUE(SameBits(rows.weights(i), before.weights(i)));
        for (size_t s = 0; s < rows.num_kept(); ++s) {
          for (size_t k = 0; k < width; ++k) {
            ASSERT_EQ(rows.kept(i, s, k), 0.0f);
          }
        }
        EXPECT_LT(rows.bias(i), before.bias(i));
      }
    }
  }
}

// Training must not go on as if nothing had happened: what is no number in the
// reference is none in any target, and only there.
TEST_P(RowUpdateKernels, WhatIsNotANumberSpreadsAsInTheReference) {
  for (const size_t width : {7, 67}) {
    for (const RowFormat& format : Formats(width)) {
      for (const bool in_delta : {false, true}) {
        for (const size_t place : {size_t{0}, size_t{4}, width - 1}) {
          SCOPED_TRACE(Name(format) + (in_delta ? ", delta " : ", x ") +
                       std::to_string(place));
          constexpr size_t kNum = 7;
          const Records rows(kNum, format, 1, rng_);
          const Records expected(rows, 1);
          const std::vector<uint32_t> ids = DrawIds(kNum, kNum, rng_);
          const Floats deltas(kNum, 0, rng_), x(width, 0, rng_);
          (in_delta ? deltas[place % kNum] : x[place]) = kNan;
          const Floats gradient(width, 0, rng_);
          std::vector<float> expected_gradient = gradient.Copy();
          BackwardUpdateRows(rows.view(), ids, deltas, x, kStep,
                             gradient.span());
          Reference::BackwardUpdateRows(expected.view(), ids, deltas, x, kStep,
                                        expected_gradient);
          const auto expect = [](float value, float reference) {
            EXPECT_EQ(std::isnan(value), std::isnan(reference));
          };
          for (size_t i = 0; i < kNum; ++i) {
            SCOPED_TRACE("row " + std::to_string(i));
            for (size_t k = 0; k < width; ++k) {
              expect(rows.weight(i, k), expected.weight(i, k));
            }
            expect(rows.bias(i), expected.bias(i));
            for (size_t s = 0; s < rows.num_kept(); ++s) {
              for (size_t k = 0; k <= width; ++k) {
                expect(rows.kept(i, s, k), expected.kept(i, s, k));
              }
            }
          }
          for (size_t k = 0; k < width; ++k) {
            expect(gradient[k], expected_gradient[k]);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace slide::kernels::row_update_test
