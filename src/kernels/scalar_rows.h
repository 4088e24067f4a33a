// The kernels on rows as plain loops, for any format of the rows; see scalar.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/kernels.h"
#include "util/check.h"
#include "util/rng.h"

namespace slide::kernels {

// Memory: static T Load(const T&), static void Store(T&, T) for float and
// uint16_t.
template <typename Memory>
struct ScalarRowKernels {
  static constexpr double kInt8Steps = 127.0;

  static float Load(const float& x) { return Memory::Load(x); }

  static float Weight(ConstRowsView rows, size_t id, size_t i) {
    switch (rows.format.precision) {
      case Precision::kFp32:
        return Load(rows.weights<float>(id)[i]);
      case Precision::kBf16:
        return ToFloat(
            BFloat16{Memory::Load(rows.weights<BFloat16>(id)[i].bits)});
      case Precision::kInt8:
        return Load(rows.scalars(id)[kScale]) *
               ToFloat(Memory::Load(rows.weights<int8_t>(id)[i]));
    }
    return 0.0f;
  }

  // Rounded to nearest if random is null. Requires: the row is not int8.
  static void SetWeight(RowsView rows, size_t id, size_t i, float weight,
                        util::Rng* random) {
    if (rows.format.precision == Precision::kFp32) {
      Memory::Store(rows.weights<float>(id)[i], weight);
      return;
    }
    const uint32_t addend = random == nullptr
                                ? NearestAddend(weight)
                                : static_cast<uint32_t>(random->Next() >> 48);
    Memory::Store(rows.weights<BFloat16>(id)[i].bits,
                  CutToBFloat16(weight, addend).bits);
  }

  static float RowLogit(ConstRowsView rows, size_t id,
                        std::span<const float> x) {
    float sum = Load(rows.scalars(id)[kBias]);
    for (size_t i = 0; i < x.size(); ++i) sum += Weight(rows, id, i) * x[i];
    return sum;
  }

  static void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> x, std::span<float> out) {
    SLIDE_DCHECK(ids.size() == out.size() && x.size() == rows.format.width);
    for (size_t j = 0; j < ids.size(); ++j) out[j] = RowLogit(rows, ids[j], x);
  }

  static void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
                        std::span<const float> queries, size_t num_queries,
                        std::span<float> out) {
    const size_t width = rows.format.width;
    SLIDE_DCHECK(queries.size() == num_queries * width);
    SLIDE_DCHECK(out.size() == num_queries * num_rows);
    for (size_t q = 0; q < num_queries; ++q) {
      const auto query = queries.subspan(q * width, width);
      for (size_t j = 0; j < num_rows; ++j) {
        out[q * num_rows + j] = RowLogit(rows, first + j, query);
      }
    }
  }

  static void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             std::span<const float> values,
                             std::span<float> out) {
    SLIDE_DCHECK(ids.size() == values.size());
    SLIDE_DCHECK(out.size() == rows.format.width);
    for (size_t j = 0; j < ids.size(); ++j) {
      for (size_t i = 0; i < out.size(); ++i) {
        out[i] += values[j] * Weight(rows, ids[j], i);
      }
    }
  }

  // Adds `square` to the accumulator and returns the step along the gradient g.
  static float AdagradMove(float& accumulator, float square, float g,
                           float rate, const RowStep& step) {
    if (square == 0.0f) return 0.0f;
    const float a = Load(accumulator) + square;
    Memory::Store(accumulator, a);
    return -rate / (std::sqrt(a) + step.epsilon) * g;
  }

  static float SgdMove(float& velocity, float g, float rate,
                       const RowStep& step) {
    const float v = step.momentum * Load(velocity) + g;
    Memory::Store(velocity, v);
    return -rate * v;
  }

  // The weights of Adam's moments after this step.
  struct AdamWeights {
    float mean, square;
  };

  static AdamWeights NextAdamWeights(float* scalars, const RowStep& step) {
    const float mean =
        step.beta1 * Load(scalars[kMeanWeight]) + (1.0f - step.beta1);
    const float square =
        step.beta2 * Load(scalars[kSquareWeight]) + (1.0f - step.beta2);
    Memory::Store(scalars[kMeanWeight], mean);
    Memory::Store(scalars[kSquareWeight], square);
    return {mean, square};
  }

  static float AdamMove(float& mean, float& square, float g,
                        AdamWeights weights, float rate, const RowStep& step) {
    const float m = step.beta1 * Load(mean) + (1.0f - step.beta1) * g;
    const float s = step.beta2 * Load(square) + (1.0f - step.beta2) * g * g;
    Memory::Store(mean, m);
    Memory::Store(square, s);
    return -rate * (m / weights.mean) /
           (std::sqrt(s / weights.square) + step.epsilon);
  }

  // The inputs, which all rows of a call have in common: those of the weights
  // at `places`, or of all weights if there are no places.
  struct Inputs {
    std::span<const float> x;
    const uint32_t* places = nullptr;

    size_t place(size_t i) const { return places == nullptr ? i : places[i]; }
    float MeanSquare() const {
      float sum = 0.0f;
      for (const float value : x) sum += value * value;
      return x.empty() ? 0.0f : sum / static_cast<float>(x.size());
    }
  };

  // A step of row `id` along delta x, of its bias along the bias' gradient;
  // null: the bias takes none.
  static void Step(RowsView rows, size_t id, float delta, const Inputs& inputs,
                   float mean_square, const float* bias_gradient,
                   const RowStep& step, util::Rng* random) {
    const float rate = step.learning_rate;
    const float decay = rate * step.weight_decay;
    float* scalars = rows.scalars(id);
    AdamWeights adam{};
    if (rows.format.optimizer == Optimizer::kAdam) {
      adam = NextAdamWeights(scalars, step);
    }
    float row_move = 0.0f;  // of row-wise Adagrad, along x
    if (rows.format.optimizer == Optimizer::kRowAdagrad) {
      row_move = AdagradMove(scalars[kAccumulator], delta * delta * mean_square,
                             delta, rate, step);
    }
    for (size_t i = 0; i < inputs.x.size(); ++i) {
      const size_t k = inputs.place(i);
      const float g = delta * inputs.x[i];
      float move = 0.0f;
      switch (*rows.format.optimizer) {
        case Optimizer::kRowAdagrad:
          move = row_move * inputs.x[i];
          break;
        case Optimizer::kAdagrad:
          move = AdagradMove(rows.state(id, 0)[k], g * g, g, rate, step);
          break;
        case Optimizer::kSgd:
          move = SgdMove(rows.state(id, 0)[k], g, rate, step);
          break;
        case Optimizer::kAdam:
          move = AdamMove(rows.state(id, kMeans)[k],
                          rows.state(id, kSquares)[k], g, adam, rate, step);
          break;
      }
      const float weight = Weight(rows, id, k);
      float moved = weight + move;
      if (decay != 0.0f) moved -= decay * weight;
      SetWeight(rows, id, k, moved, random);
    }
    if (bias_gradient == nullptr) return;
    const float g = *bias_gradient;
    const float bias_rate = step.bias_rate * rate;
    float move = 0.0f;
    switch (*rows.format.optimizer) {
      case Optimizer::kRowAdagrad:
        move =
            AdagradMove(scalars[kBiasAccumulator], g * g, g, bias_rate, step);
        break;
      case Optimizer::kAdagrad:
        move = AdagradMove(scalars[kBiasSquares], g * g, g, bias_rate, step);
        break;
      case Optimizer::kSgd:
        move = SgdMove(scalars[kBiasVelocity], g, bias_rate, step);
        break;
      case Optimizer::kAdam:
        move = AdamMove(scalars[kBiasMean], scalars[kBiasSquare], g, adam,
                        bias_rate, step);
        break;
    }
    Memory::Store(scalars[kBias], Load(scalars[kBias]) + move);
  }

  // The source of random rounding, if there is any.
  class RandomBits {
   public:
    explicit RandomBits(const RowStep& step)
        : rng_(step.rounding_key),
          rounds_at_random_(step.rounding == Rounding::kStochastic) {}
    util::Rng* get() { return rounds_at_random_ ? &rng_ : nullptr; }

   private:
    util::Rng rng_;
    bool rounds_at_random_;
  };

  // Moves no bias if bias_gradients is null.
  static void StepRows(RowsView rows, std::span<const uint32_t> ids,
                       std::span<const float> deltas,
                       const float* bias_gradients, const Inputs& inputs,
                       const RowStep& step, std::span<float> x_gradient) {
    SLIDE_DCHECK(ids.size() == deltas.size());
    RandomBits random(step);
    const float mean_square = inputs.MeanSquare();
    for (size_t j = 0; j < ids.size(); ++j) {
      if (deltas[j] == 0.0f) continue;
      for (size_t i = 0; i < x_gradient.size(); ++i) {
        x_gradient[i] += deltas[j] * Weight(rows, ids[j], inputs.place(i));
      }
      Step(rows, ids[j], deltas[j], inputs, mean_square,
           bias_gradients == nullptr ? nullptr : bias_gradients + j, step,
           random.get());
    }
  }

  static void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                                 std::span<const float> deltas,
                                 std::span<const float> x, const RowStep& step,
                                 std::span<float> x_gradient) {
    SLIDE_DCHECK(x.size() == rows.format.width);
    SLIDE_DCHECK(x_gradient.empty() || x_gradient.size() == rows.format.width);
    StepRows(rows, ids, deltas, deltas.data(), {x}, step, x_gradient);
  }

  static void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                         std::span<const float> values,
                         std::span<const float> gradient, const RowStep& step) {
    SLIDE_DCHECK(gradient.size() == rows.format.width);
    StepRows(rows, ids, values, nullptr, {gradient}, step, {});
  }

  static void StepRow(RowsView rows, uint32_t id,
                      std::span<const float> gradient, float bias_gradient,
                      const RowStep& step) {
    SLIDE_DCHECK(gradient.size() == rows.format.width);
    const float one = 1.0f;
    StepRows(rows, {&id, 1}, {&one, 1}, &bias_gradient, {gradient}, step, {});
  }

  static void SparseRowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                              std::span<const uint32_t> x_ids,
                              std::span<const float> x_values,
                              std::span<float> out) {
    SLIDE_DCHECK(ids.size() == out.size() && x_ids.size() == x_values.size());
    for (size_t j = 0; j < ids.size(); ++j) {
      out[j] = Load(rows.scalars(ids[j])[kBias]);
      for (size_t i = 0; i < x_ids.size(); ++i) {
        out[j] += Weight(rows, ids[j], x_ids[i]) * x_values[i];
      }
    }
  }

  static void SparseAccumulateRows(ConstRowsView rows,
                                   std::span<const uint32_t> ids,
                                   std::span<const float> values,
                                   std::span<const uint32_t> x_ids,
                                   std::span<float> out) {
    SLIDE_DCHECK(ids.size() == values.size() && x_ids.size() == out.size());
    for (size_t j = 0; j < ids.size(); ++j) {
      for (size_t i = 0; i < x_ids.size(); ++i) {
        out[i] += values[j] * Weight(rows, ids[j], x_ids[i]);
      }
    }
  }

  static void SparseBackwardUpdateRows(RowsView rows,
                                       std::span<const uint32_t> ids,
                                       std::span<const float> deltas,
                                       std::span<const uint32_t> x_ids,
                                       std::span<const float> x_values,
                                       const RowStep& step,
                                       std::span<float> x_gradient) {
    SLIDE_DCHECK(x_ids.size() == x_values.size());
    SLIDE_DCHECK(x_gradient.empty() || x_gradient.size() == x_ids.size());
    StepRows(rows, ids, deltas, deltas.data(), {x_values, x_ids.data()}, step,
             x_gradient);
  }

  static void SparseStepRow(RowsView rows, uint32_t id,
                            std::span<const uint32_t> x_ids,
                            std::span<const float> gradient,
                            float bias_gradient, const RowStep& step) {
    SLIDE_DCHECK(x_ids.size() == gradient.size());
    const float one = 1.0f;
    StepRows(rows, {&id, 1}, {&one, 1}, &bias_gradient,
             {gradient, x_ids.data()}, step, {});
  }

  static std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                            std::span<float> scratch) {
    SLIDE_DCHECK(scratch.size() == rows.format.width);
    for (size_t k = 0; k < scratch.size(); ++k) scratch[k] = Weight(rows, i, k);
    return scratch;
  }

  static void WriteWeights(RowsView rows, size_t i,
                           std::span<const float> weights) {
    SLIDE_DCHECK(weights.size() == rows.format.width);
    if (rows.format.precision == Precision::kInt8) {
      WriteInt8(rows, i, weights);
      return;
    }
    for (size_t k = 0; k < weights.size(); ++k) {
      SetWeight(rows, i, k, weights[k], nullptr);
    }
  }

  // The largest magnitude becomes 127 or -127; ties go to even.
  static void WriteInt8(RowsView rows, size_t i,
                        std::span<const float> weights) {
    double largest = 0.0;
    for (const float weight : weights) {
      largest = std::max(largest, std::abs(static_cast<double>(weight)));
    }
    const double steps = largest > 0.0 ? kInt8Steps / largest : 0.0;
    for (size_t k = 0; k < weights.size(); ++k) {
      const auto step = std::nearbyint(static_cast<double>(weights[k]) * steps);
      Memory::Store(rows.weights<int8_t>(i)[k], static_cast<int8_t>(step));
    }
    Memory::Store(rows.scalars(i)[kScale],
                  static_cast<float>(largest / kInt8Steps));
  }
};

}  // namespace slide::kernels
