// The random rounding of bf16 weights by row_update.cc: its mean is the moved
// weight wherever a weight lies, and what is drawn for one says nothing about
// another. Bounds are five standard deviations of what is counted.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/records.h"

namespace slide::kernels::stochastic_rounding_test {
namespace {

using StochasticRounding = KernelTest;
INSTANTIATE_TEST_SUITE_P(, StochasticRounding, EachTarget(), NameOfTarget);

// A group of four rows and what it leaves over; four vectors of 16 floats, or
// more of shorter ones, and three weights left over by each.
constexpr size_t kNumRows = 7;
constexpr size_t kVectorWidth = 64;
constexpr size_t kWidth = kVectorWidth + 3;
// The gap between bf16 numbers from 1 to 2.
constexpr double kGap = 0x1p-7;

std::vector<uint32_t> AllIds(size_t num) {
  std::vector<uint32_t> ids(num);
  std::iota(ids.begin(), ids.end(), 0u);
  return ids;
}

// Moves each weight by -delta x without an error in float: the roots of what is
// kept are lost in so large an epsilon, and the rate divides to 1.
RowStep StepOfOne(Optimizer optimizer, uint64_t key) {
  RowStep step{.beta1 = 0.0f, .beta2 = 0.5f, .rounding_key = key};
  if (optimizer == Optimizer::kSgd) {
    step.learning_rate = 1.0f;
    step.momentum = 0.0f;
  } else {
    step.learning_rate = step.epsilon = 0x1p30f;
  }
  return step;
}

// Errors of rounding in many calls, each divided by its standard deviation
// sqrt(p (1 - p)), p being how far the moved weight is on the way from one
// neighbour to the next.
class Errors {
 public:
  static constexpr size_t kNumCalls = 1000;

  Errors(const RowUpdates& kernels, Optimizer optimizer, bool backward,
         Rng& rng)
      : errors_(kNumCalls * kNumRows * kWidth) {
    const RowFormat format(kWidth, Precision::kBf16, optimizer);
    const Records rows(kNumRows, format, 1, rng);
    for (size_t i = 0; i < kNumRows; ++i) {
      for (size_t k = 0; k < kWidth; ++k) {
        rows.SetWeight(i, k, (i + k) % 3 == 0 ? -1.5f : 1.5f);
      }
    }
    const std::vector<std::byte> before = rows.Copy();
    // Moves of 1/16 to 15/16 of a gap, and half of that, in steps that weights
    // below 2 have bits for.
    std::vector<float> x(kWidth), gradient(kWidth);
    for (float& value : x) {
      value = static_cast<float>(1024 + rng.UniformInt(14 * 1024 + 1)) *
              static_cast<float>(0x1p-14 * kGap);
    }
    const std::vector<float> deltas = {1.0f,  -1.0f, 0.5f, -0.5f,
                                       -1.0f, 0.5f,  1.0f};
    const std::vector<uint32_t> ids = AllIds(kNumRows);
    for (size_t call = 0; call < kNumCalls; ++call) {
      const RowStep step = StepOfOne(optimizer, rng.Next());
      rows.Restore(before);
      if (backward) {
        kernels.backward(rows.view(), ids, deltas, x, step, gradient);
      } else {
        kernels.update(rows.view(), ids, deltas, x, step);
      }
      for (size_t i = 0; i < kNumRows; ++i) {
        for (size_t k = 0; k < kWidth; ++k) {
          const double start = (i + k) % 3 == 0 ? -1.5 : 1.5;
          const double moved = start - static_cast<double>(deltas[i]) *
                                           static_cast<double>(x[k]);
          const double low = Bf16Below(moved);
          const auto stored = static_cast<double>(rows.weight(i, k));
          are_neighbours_ =
              are_neighbours_ && (stored == low || stored == low + kGap);
          const double p = (moved - low) / kGap;
          errors_[(call * kNumRows + i) * kWidth + k] = static_cast<float>(
              (stored - moved) / kGap / std::sqrt(p * (1.0 - p)));
        }
      }
    }
  }

  bool are_neighbours() const { return are_neighbours_; }
  // Returns the errors of row i in one call; [kWidth].
  std::span<const float> Row(size_t call, size_t i) const {
    return std::span(errors_).subspan((call * kNumRows + i) * kWidth, kWidth);
  }

 private:
  std::vector<float> errors_;
  bool are_neighbours_ = true;
};

// A sum of n numbers of mean 0 and variance 1.
void ExpectSumOfUnits(double sum, size_t n, const std::string& what) {
  EXPECT_LE(std::abs(sum), 5.0 * std::sqrt(static_cast<double>(n))) << what;
}

void ExpectMeansAreKept(const RowUpdates& kernels, Rng& rng) {
  for (const Optimizer optimizer : kOptimizers) {
    for (const bool backward : {false, true}) {
      SCOPED_TRACE(Name({kWidth, Precision::kBf16, optimizer}) +
                   (backward ? ", backward" : ""));
      const Errors errors(kernels, optimizer, backward, rng);
      EXPECT_TRUE(errors.are_neighbours());
      double total = 0.0;
      for (size_t i = 0; i < kNumRows; ++i) {
        for (size_t k = 0; k < kWidth; ++k) {
          double sum = 0.0;
          for (size_t call = 0; call < Errors::kNumCalls; ++call) {
            sum += static_cast<double>(errors.Row(call, i)[k]);
          }
          ExpectSumOfUnits(
              sum, Errors::kNumCalls,
              "row " + std::to_string(i) + ", weight " + std::to_string(k));
          total += sum;
        }
      }
      ExpectSumOfUnits(total, Errors::kNumCalls * kNumRows * kWidth, "all");
    }
  }
}

TEST_P(StochasticRounding, KeepsTheMeanAtEveryPlaceOfEveryRow) {
  ExpectMeansAreKept(kVectorUpdates, rng_);
}

TEST(StochasticRoundingReference, KeepsTheMeanAtEveryPlaceOfEveryRow) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  ExpectMeansAreKept(kReferenceUpdates, rng);
}

// The product of two independent errors has mean 0 and variance 1. Distances
// are those at which vectors of any target begin.
void ExpectErrorsAreUncorrelated(const RowUpdates& kernels, Rng& rng) {
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam}) {
    SCOPED_TRACE(Name({kWidth, Precision::kBf16, optimizer}));
    const Errors errors(kernels, optimizer, true, rng);
    const auto expect = [&](size_t calls_apart, size_t i, size_t j,
                            size_t distance) {
      double sum = 0.0;
      const size_t num_calls = Errors::kNumCalls - calls_apart;
      const size_t num = kWidth - distance;
      for (size_t call = 0; call < num_calls; ++call) {
        sum += static_cast<double>(
            Reference::Dot(errors.Row(call, i).first(num),
                           errors.Row(call + calls_apart, j).last(num)));
      }
      ExpectSumOfUnits(sum, num_calls * num,
                       "rows " + std::to_string(i) + " and " +
                           std::to_string(j) + ", " + std::to_string(distance) +
                           " weights and " + std::to_string(calls_apart) +
                           " calls apart");
    };
    for (size_t i = 0; i < kNumRows; ++i) {
      for (size_t j = 0; j < kNumRows; ++j) {
        for (const size_t distance : {0, 1, 2, 4, 8, 16, 32}) {
          if (i != j || distance != 0) expect(0, i, j, distance);
        }
        expect(1, i, j, 0);
      }
    }
  }
}

TEST_P(StochasticRounding, ErrorsOfRowsPlacesAndCallsAreUncorrelated) {
  ExpectErrorsAreUncorrelated(kVectorUpdates, rng_);
}

TEST(StochasticRoundingReference, ErrorsOfRowsPlacesAndCallsAreUncorrelated) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  ExpectErrorsAreUncorrelated(kReferenceUpdates, rng);
}

// Stochastic rounding is for this: moves far below a gap add up. A move of p
// gaps is made with probability p, so the number of gaps after n steps has mean
// n p and variance v = n p (1 - p), if steps are independent; its mean over m
// weights has variance v / m, and their sample variance 2 v^2 / (m - 1) + v (1
// - 6 p (1 - p)) / m (the binomial's fourth cumulant).
TEST_P(StochasticRounding, MovesFarBelowAGapAddUp) {
  constexpr size_t kNumSteps = 1000, kNumWeights = kNumRows * kWidth;
  constexpr double kMove = 1.0 / 128;
  const std::vector<uint32_t> ids = AllIds(kNumRows);
  const std::vector<float> x(kWidth, static_cast<float>(kMove * kGap));
  for (const Optimizer optimizer : kOptimizers) {
    for (const Rounding rounding :
         {Rounding::kStochastic, Rounding::kNearest}) {
      const RowFormat format(kWidth, Precision::kBf16, optimizer);
      SCOPED_TRACE(Name(format));
      const Records rows(kNumRows, format, 0, rng_);
      for (size_t i = 0; i < kNumRows; ++i) rows.SetWeights(i, 1.5f);
      const std::vector<float> deltas(kNumRows, 1.0f);
      for (size_t t = 0; t < kNumSteps; ++t) {
        RowStep step = StepOfOne(optimizer, rng_.Next());
        step.rounding = rounding;
        UpdateRows(rows.view(), ids, deltas, x, step);
      }
      double sum = 0.0, sum_of_squares = 0.0;
      for (size_t i = 0; i < kNumRows; ++i) {
        for (const float weight : rows.weights(i)) {
          const double gaps = (1.5 - static_cast<double>(weight)) / kGap;
          sum += gaps;
          sum_of_squares += gaps * gaps;
        }
      }
      if (rounding == Rounding::kNearest) {
        EXPECT_EQ(sum, 0.0);
        continue;
      }
      const double m = kNumWeights, n = kNumSteps;
      const double variance = n * kMove * (1.0 - kMove);
      const double mean = sum / m;
      EXPECT_NEAR(mean, n * kMove, 5.0 * std::sqrt(variance / m));
      const double sample_variance =
          (sum_of_squares - m * mean * mean) / (m - 1.0);
      const double fourth = variance * (1.0 - 6.0 * kMove * (1.0 - kMove));
      EXPECT_NEAR(
          sample_variance, variance,
          5.0 * std::sqrt(2.0 * variance * variance / (m - 1.0) + fourth / m));
    }
  }
}

// Rows half a gap from both neighbours, after a step with that key.
std::vector<std::byte> RoundedHalves(const Records& rows, uint64_t key) {
  const size_t num = rows.num_rows(), width = rows.format().width;
  for (size_t i = 0; i < num; ++i) rows.SetWeights(i, 1.5f);
  const std::vector<float> x(width, static_cast<float>(0.5 * kGap));
  UpdateRows(rows.view(), AllIds(num), std::vector<float>(num, 1.0f), x,
             StepOfOne(*rows.format().optimizer, key));
  std::vector<std::byte> weights;
  for (size_t i = 0; i < num; ++i) {
    const auto record = rows.record(i).first(width * sizeof(BFloat16));
    weights.insert(weights.end(), record.begin(), record.end());
  }
  return weights;
}

TEST_P(StochasticRounding, RepeatsItselfForTheSameKey) {
  for (const Optimizer optimizer : kOptimizers) {
    const Records rows(70, {kWidth, Precision::kBf16, optimizer}, 1, rng_);
    const uint64_t key = rng_.Next();
    EXPECT_EQ(RoundedHalves(rows, key), RoundedHalves(rows, key));
  }
}

// Whole vectors and what is left over draw from generators of their own; every
// bit of the key must reach both, or keys that are counted up repeat what they
// drew. Among 70 rows and 3 weights chance alone lets that happen once in
// 2^210.
TEST_P(StochasticRounding, DrawsOtherBitsForEveryOtherKey) {
  for (const size_t width : {size_t{3}, kVectorWidth}) {
    for (const Optimizer optimizer : kOptimizers) {
      SCOPED_TRACE(Name({width, Precision::kBf16, optimizer}));
      const Records rows(70, {width, Precision::kBf16, optimizer}, 1, rng_);
      const uint64_t key = rng_.Next();
      const std::vector<std::byte> drawn = RoundedHalves(rows, key);
      for (int bit = 0; bit < 64; ++bit) {
        EXPECT_NE(RoundedHalves(rows, key ^ uint64_t{1} << bit), drawn)
            << "bit " << bit;
      }
    }
  }
}

// Also beyond the rows that are taken together, where the generators go on.
TEST_P(StochasticRounding, DrawsOtherBitsForEveryRow) {
  for (const Optimizer optimizer : kOptimizers) {
    SCOPED_TRACE(Name({kWidth, Precision::kBf16, optimizer}));
    const Records rows(200, {kWidth, Precision::kBf16, optimizer}, 0, rng_);
    RoundedHalves(rows, rng_.Next());
    std::set<std::vector<float>> drawn;
    for (size_t i = 0; i < rows.num_rows(); ++i) drawn.insert(rows.weights(i));
    EXPECT_EQ(drawn.size(), rows.num_rows());
  }
}

TEST_P(StochasticRounding, LeavesFp32RowsAlone) {
  for (const Optimizer optimizer : kOptimizers) {
    const Records rows(kNumRows, {kWidth, Precision::kFp32, optimizer}, 1,
                       rng_);
    const Records nearest(rows, 1);
    const Floats deltas(kNumRows, 0, rng_), x(kWidth, 0, rng_);
    RowStep step = kStep;
    step.rounding_key = rng_.Next();
    UpdateRows(rows.view(), AllIds(kNumRows), deltas, x, step);
    step.rounding = Rounding::kNearest;
    UpdateRows(nearest.view(), AllIds(kNumRows), deltas, x, step);
    EXPECT_TRUE(SameBits(rows.Copy(), nearest.Copy()));
  }
}

}  // namespace
}  // namespace slide::kernels::stochastic_rounding_test
