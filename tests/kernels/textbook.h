// The optimizers' formulas (row_format.h) in double and without a line of the
// library's: what every kernel that moves rows must come to. Each number goes
// with a bound on how far any evaluation of its formula in float may be from
// it, so two kernels within it differ by at most twice as much.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/records.h"

namespace slide::kernels {

// One operation in float is off by at most this, relative to its result.
inline constexpr double kUnit = kEpsilon / 2.0;

// Running error analysis (Higham, "Accuracy and Stability of Numerical
// Algorithms", section 3.3): an operation passes on the errors of what it takes
// and rounds once. A fused operation rounds less. Products and quotients may be
// formed in any order, as their errors are relative: their number counts alone.
struct Bounded {
  double value = 0.0;
  double error = 0.0;
};

inline Bounded Exactly(float x) { return {static_cast<double>(x), 0.0}; }

inline Bounded RoundedOnce(double value, double error) {
  return {value, error + kUnit * (std::abs(value) + error)};
}

inline Bounded operator+(Bounded a, Bounded b) {
  return RoundedOnce(a.value + b.value, a.error + b.error);
}
inline Bounded operator-(Bounded a, Bounded b) {
  return RoundedOnce(a.value - b.value, a.error + b.error);
}
inline Bounded operator*(Bounded a, Bounded b) {
  return RoundedOnce(a.value * b.value, std::abs(a.value) * b.error +
                                            std::abs(b.value) * a.error +
                                            a.error * b.error);
}
inline Bounded operator/(Bounded a, Bounded b) {
  const double quotient = a.value / b.value;
  return RoundedOnce(quotient, (a.error + std::abs(quotient) * b.error) /
                                   (std::abs(b.value) - b.error));
}
// |sqrt(a + e) - sqrt(a)| <= |e| / sqrt(a).
inline Bounded Sqrt(Bounded a) {
  const double root = std::sqrt(a.value);
  return RoundedOnce(root, a.value > 0.0 ? a.error / root : std::sqrt(a.error));
}

// A sum of n products: Higham, section 3.1, for any order.
inline Bounded SumOfProducts(double value, double magnitudes, size_t n) {
  const double nu = static_cast<double>(n) * kUnit;
  return {value, nu / (1.0 - nu) * magnitudes};
}

// Follows records, step by step.
class Textbook {
 public:
  explicit Textbook(const Records& records)
      : format_(records.format()), rows_(records.num_rows()) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      row.steps = StepsBefore(i);
      for (size_t k = 0; k < format_.width; ++k) {
        row.weights.push_back(Exactly(records.weight(i, k)));
      }
      row.weights.push_back(Exactly(records.bias(i)));
      for (size_t s = 0; s < records.num_kept(); ++s) {
        for (size_t k = 0; k <= format_.width; ++k) {
          row.kept[s].push_back(Exactly(records.kept(i, s, k)));
        }
      }
      row.bytes = CopyOf(records.record(i));
    }
  }

  // Returns the gradient of x after a backward pass. x is the input of the
  // weights at `places`; its gradient begins as `before` (empty: none is asked
  // for). Call this before the rows step.
  std::vector<Bounded> Gradient(std::span<const uint32_t> ids,
                                std::span<const float> deltas,
                                std::span<const uint32_t> places,
                                std::span<const float> before) const {
    std::vector<Bounded> result;
    for (size_t i = 0; i < before.size(); ++i) {
      const size_t k = places[i];
      auto sum = static_cast<double>(before[i]);
      double magnitudes = std::abs(sum), errors = 0.0;
      for (size_t j = 0; j < ids.size(); ++j) {
        const auto delta = static_cast<double>(deltas[j]);
        const Bounded weight = rows_[ids[j]].weights[k];
        sum += delta * weight.value;
        magnitudes += std::abs(delta * weight.value);
        errors += std::abs(delta) * weight.error;
      }
      result.push_back(SumOfProducts(sum, magnitudes + errors, ids.size() + 1));
      result.back().error += errors;
    }
    return result;
  }

  // Returns the gradient for all weights in order.
  std::vector<Bounded> Gradient(std::span<const uint32_t> ids,
                                std::span<const float> deltas,
                                std::span<const float> before) const {
    return Gradient(ids, deltas, AllPlaces(), before);
  }
  void Step(std::span<const uint32_t> ids, std::span<const float> deltas,
            std::span<const float> x, const RowStep& step, bool has_bias) {
    Step(ids, deltas, AllPlaces(), x,
         has_bias ? deltas : std::span<const float>(), step);
  }

  // A step of the weights at `places` along deltas[j] x, and of biases along
  // bias_gradients[j], unless these are empty.
  void Step(std::span<const uint32_t> ids, std::span<const float> deltas,
            std::span<const uint32_t> places, std::span<const float> x,
            std::span<const float> bias_gradients, const RowStep& step) {
    step_ = step;
    double sum = 0.0;
    for (const float value : x) {
      sum += static_cast<double>(value) * static_cast<double>(value);
    }
    // The division rounds as one product more would.
    const double mean = x.empty() ? 0.0 : sum / static_cast<double>(x.size());
    const Bounded mean_square = SumOfProducts(mean, mean, x.size() + 1);
    for (size_t j = 0; j < ids.size(); ++j) {
      if (deltas[j] == 0.0f) continue;
      Row& row = rows_[ids[j]];
      row.is_touched = true;
      ++row.steps;
      for (size_t i = 0; i < places.size(); ++i) {
        Move(row, places[i], Exactly(deltas[j]), Exactly(x[i]), mean_square,
             step);
      }
      if (format_.optimizer == Optimizer::kRowAdagrad && !places.empty()) {
        // One number for all weights.
        std::fill_n(row.kept[0].begin(), format_.width,
                    Bounded(row.kept[0][places[0]]));
      }
      if (!bias_gradients.empty()) {
        const Bounded one = {1.0, 0.0};
        Move(row, format_.width, Exactly(bias_gradients[j]), one, one, step);
      }
    }
  }

  // Holds records against what has come of them here: untouched rows keep every
  // bit, fp32 weights are within their bound, bf16 ones are what a number
  // within it may be rounded to. Rounded weights are taken over.
  void ExpectAndFollow(const Records& records, Rounding rounding) {
    EXPECT_TRUE(records.guards_intact());
    for (size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      if (!row.is_touched) {
        EXPECT_TRUE(SameBits(records.record(i), row.bytes)) << "row " << i;
        continue;
      }
      for (size_t k = 0; k < format_.width; ++k) {
        const float weight = records.weight(i, k);
        if (format_.precision == Precision::kFp32) {
          EXPECT_NEAR(weight, row.weights[k].value, row.weights[k].error)
              << "row " << i << ", weight " << k;
        } else {
          const auto [low, high] = RoundingsOf(row.weights[k], rounding);
          EXPECT_TRUE(low <= weight && weight <= high)
              << "row " << i << ", weight " << k << " is " << weight
              << ", not from " << low << " to " << high;
          row.weights[k] = Exactly(weight);
        }
      }
      const Bounded bias = row.weights[format_.width];
      EXPECT_NEAR(records.bias(i), bias.value, bias.error) << "row " << i;
      for (size_t s = 0; s < records.num_kept(); ++s) {
        for (size_t k = 0; k <= format_.width; ++k) {
          EXPECT_NEAR(records.kept(i, s, k), row.kept[s][k].value,
                      row.kept[s][k].error)
              << "row " << i << ", what is kept of weight " << k;
        }
      }
      if (format_.optimizer == Optimizer::kAdam) {
        const float* scalars = records.view().scalars(i);
        const Bounded mean = MomentWeight(step_.beta1, row.steps);
        const Bounded square = MomentWeight(step_.beta2, row.steps);
        EXPECT_NEAR(scalars[kMeanWeight], mean.value, mean.error);
        EXPECT_NEAR(scalars[kSquareWeight], square.value, square.error);
      }
      row.is_touched = false;
      row.bytes = CopyOf(records.record(i));
    }
  }

 private:
  struct Row {
    int steps = 0;
    // [width + 1]: the bias is the last weight, and its input is 1.
    std::vector<Bounded> weights;
    std::vector<Bounded> kept[2];
    bool is_touched = false;
    std::vector<std::byte> bytes;
  };

  static std::vector<std::byte> CopyOf(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
  }

  // 1 - beta^t. The library adds it up as c = beta c + (1 - beta): at most
  // three roundings a step, of positive terms; the first c was rounded once.
  static Bounded MomentWeight(float beta, int steps) {
    const double c = 1.0 - std::pow(static_cast<double>(beta), steps);
    return {c, (3.0 * steps + 1.0) * kUnit * c};
  }

  std::vector<uint32_t> AllPlaces() const {
    std::vector<uint32_t> places(format_.width);
    std::iota(places.begin(), places.end(), 0u);
    return places;
  }

  void Move(Row& row, size_t k, Bounded delta, Bounded input,
            Bounded mean_square, const RowStep& step) const {
    const Bounded one = {1.0, 0.0};
    Bounded rate = Exactly(step.learning_rate);
    const bool is_bias = k == format_.width;
    if (is_bias && step.bias_rate != 1.0f) {
      rate = Exactly(step.bias_rate) * rate;
    }
    const Bounded epsilon = Exactly(step.epsilon);
    const Bounded g = delta * input;
    Bounded move;  // stays 0 where nothing may move
    switch (*format_.optimizer) {
      case Optimizer::kRowAdagrad:
      case Optimizer::kAdagrad: {
        const Bounded square = format_.optimizer == Optimizer::kRowAdagrad
                                   ? delta * delta * mean_square
                                   : g * g;
        if (square.value == 0.0) break;
        Bounded& sum = row.kept[0][k];
        sum = sum + square;
        move = rate / (Sqrt(sum) + epsilon) * delta * input;
        break;
      }
      case Optimizer::kSgd: {
        Bounded& velocity = row.kept[0][k];
        velocity = Exactly(step.momentum) * velocity + g;
        move = rate * velocity;
        break;
      }
      case Optimizer::kAdam: {
        const Bounded beta1 = Exactly(step.beta1), beta2 = Exactly(step.beta2);
        Bounded& mean = row.kept[0][k];
        Bounded& square = row.kept[1][k];
        mean = beta1 * mean + (one - beta1) * g;
        square = beta2 * square + (one - beta2) * (g * g);
        const Bounded root =
            Sqrt(square * (one / MomentWeight(step.beta2, row.steps)));
        move = rate / MomentWeight(step.beta1, row.steps) * mean /
               (root + epsilon);
        break;
      }
    }
    const Bounded before = row.weights[k];
    if (move.value != 0.0) row.weights[k] = before - move;
    if (!is_bias && step.weight_decay != 0.0f) {
      const Bounded decay = rate * Exactly(step.weight_decay);
      row.weights[k] = row.weights[k] - decay * before;
    }
  }

  // The least and the largest bf16 number that one within the bound may become.
  static std::pair<double, double> RoundingsOf(Bounded moved,
                                               Rounding rounding) {
    const double low = moved.value - moved.error;
    const double high = moved.value + moved.error;
    if (rounding == Rounding::kNearest) {
      return {Bf16Nearest(low), Bf16Nearest(high)};
    }
    return {Bf16Below(low), Bf16Above(high)};
  }

  RowFormat format_;
  RowStep step_;
  std::vector<Row> rows_;
};

}  // namespace slide::kernels
