// The kernels as plain loops, written once for two ways of touching memory:
// directly (Reference, which tests compare with) or through relaxed atomics
// (relaxed.cc, free of data races). Contracts are in kernels.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.h"
#include "kernels/scalar_rows.h"
#include "util/check.h"

namespace slide::kernels {

template <typename Memory>
struct ScalarKernels : ScalarRowKernels<Memory> {
  static float Load(const float& x) { return Memory::Load(x); }

  static float Dot(std::span<const float> a, std::span<const float> b) {
    SLIDE_DCHECK(a.size() == b.size());
    float sum = 0.0f;
    for (size_t i = 0; i < a.size(); ++i) sum += Load(a[i]) * Load(b[i]);
    return sum;
  }

  static void Axpy(float alpha, std::span<const float> x, std::span<float> y) {
    SLIDE_DCHECK(x.size() == y.size());
    for (size_t i = 0; i < x.size(); ++i) {
      Memory::Store(y[i], Load(y[i]) + alpha * Load(x[i]));
    }
  }

  // Calls f(id, place in the list) for the pairs with an active id.
  template <typename F>
  static void ForEachActivePair(ConstPairs pairs, const PairList& list,
                                std::span<const uint32_t> active, F&& f) {
    const uint32_t* ids = pairs.ids(list);
    if (list.is_dense == 0) {
      for (uint32_t i = 0; i < list.num; ++i) {
        if (((active[ids[i] / 32] >> (ids[i] % 32)) & 1) != 0) f(ids[i], i);
      }
      return;
    }
    const uint32_t* ranks = pairs.ranks(list);
    for (uint32_t g = 0; g < NumGroups(pairs.num_ids); ++g) {
      uint32_t i = ranks[g];
      const uint32_t first = g * kGroupIds;
      ForEachBit(ids + g * kGroupWords, [&](uint32_t bit) {
        const uint32_t id = first + bit;
        if (((active[id / 32] >> (id % 32)) & 1) != 0) f(id, i);
        ++i;
      });
    }
  }

  static size_t FindPairs(ConstPairs pairs, const PairList& list,
                          const ActiveIds& active, PairHits hits) {
    const uint32_t first = pairs.FirstPlace(list);
    size_t num = 0;
    ForEachActivePair(pairs, list, active.bits, [&](uint32_t id, uint32_t i) {
      hits.places[num] = first + i;
      hits.slots[num++] = active.slots[id];
    });
    return num;
  }

  static void SumPairs(ConstPairs pairs, std::span<const uint32_t> places,
                       std::span<const uint32_t> slots, float value,
                       std::span<float> sums) {
    const float* weights = pairs.floats();
    for (size_t i = 0; i < places.size(); ++i) {
      sums[slots[i]] += value * Load(weights[places[i]]);
    }
  }

  static void StepPairs(Pairs pairs, std::span<const uint32_t> places,
                        std::span<const uint32_t> slots, float value,
                        std::span<const float> steps) {
    float* weights = pairs.floats();
    for (size_t i = 0; i < places.size(); ++i) {
      const float step = steps[slots[i]];
      if (step == 0.0f) continue;
      float& weight = weights[places[i]];
      Memory::Store(weight, Load(weight) + value * step);
    }
  }

  static void AdagradSteps(std::span<float> accumulators,
                           std::span<const uint32_t> ids, float square,
                           float learning_rate, float epsilon,
                           std::span<float> gradient) {
    SLIDE_DCHECK(ids.size() == gradient.size());
    for (size_t j = 0; j < ids.size(); ++j) {
      if (gradient[j] == 0.0f) continue;
      float& accumulator = accumulators[ids[j]];
      const float sum = Load(accumulator) + gradient[j] * gradient[j] * square;
      Memory::Store(accumulator, sum);
      gradient[j] *= -learning_rate / (std::sqrt(sum) + epsilon);
    }
  }

  static uint32_t AddPairs(ConstPairs pairs, const PairList& list,
                           uint32_t next, float value, uint32_t first_id,
                           std::span<float> out) {
    const uint32_t* ids = pairs.ids(list);
    const float* weights = pairs.weights(list);
    if (list.is_dense != 0) {
      ForEachBit(ids + first_id / 32, [&](uint32_t bit) {
        if (bit >= out.size() || next >= list.num) return;  // damaged
        out[bit] += value * Load(weights[next++]);
      });
      return next;
    }
    for (; next < list.num && ids[next] - first_id < out.size(); ++next) {
      out[ids[next] - first_id] += value * Load(weights[next]);
    }
    return next;
  }

  static void Relu(std::span<float> x) {
    for (float& value : x) value = std::max(value, 0.0f);
  }

  static void ReluGradient(std::span<const float> activations,
                           std::span<float> gradient) {
    SLIDE_DCHECK(activations.size() == gradient.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (activations[i] == 0.0f) gradient[i] = 0.0f;
    }
  }

  static void Tanh(std::span<float> x) {
    for (float& value : x) value = std::tanh(value);
  }

  static void TanhGradient(std::span<const float> activations,
                           std::span<float> gradient) {
    SLIDE_DCHECK(activations.size() == gradient.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      // 1 - a^2 without cancellation.
      gradient[i] *= (1.0f - activations[i]) * (1.0f + activations[i]);
    }
  }

  static float Max(std::span<const float> x) {
    float max = -std::numeric_limits<float>::infinity();
    for (const float value : x) max = std::max(max, value);
    return max;
  }

  static float ExpSum(std::span<const float> x, float shift,
                      std::span<float> out) {
    SLIDE_DCHECK(x.size() == out.size());
    float sum = 0.0f;
    for (size_t i = 0; i < x.size(); ++i) {
      out[i] = std::exp(x[i] - shift);
      sum += out[i];
    }
    return sum;
  }

  // Uses e = exp(-|x|), which never overflows: log(1 + exp(x)) =
  // max(x, 0) + log(1 + e), and 1 / (1 + exp(-x)) is 1 / (1 + e) or, for
  // negative x, e / (1 + e).
  static float SoftplusSum(std::span<const float> x,
                           std::span<const float> weights,
                           std::span<float> out) {
    SLIDE_DCHECK(x.size() == out.size() && weights.size() == out.size());
    float sum = 0.0f;
    for (size_t i = 0; i < x.size(); ++i) {
      const float value = x[i];
      const float e = std::exp(-std::abs(value));
      const float positive = value < 0.0f ? 0.0f : value;
      sum += weights[i] * (positive + std::log1p(e));
      out[i] = weights[i] * ((value < 0.0f ? e : 1.0f) / (1.0f + e));
    }
    return sum;
  }

  static size_t FindAbove(std::span<const float> x, size_t begin,
                          float threshold) {
    size_t i = begin;
    while (i < x.size() && !(x[i] > threshold)) ++i;
    return i;
  }

  static Content ContentOf(std::span<const float> x) {
    bool zeros = true, finite = true;
    for (const float& element : x) {
      const float value = Load(element);
      zeros &= value == 0.0f;
      finite &= std::isfinite(value);
    }
    if (!finite) return Content::kNotFinite;
    return zeros ? Content::kZeros : Content::kNumbers;
  }

  // Transforms in place; the order of the outputs is the natural one.
  static void WalshHadamard(std::span<float> y) {
    for (size_t half = 1; half < y.size(); half *= 2) {
      for (size_t i = 0; i < y.size(); ++i) {
        if ((i & half) != 0) continue;
        const float a = y[i], b = y[i + half];
        y[i] = a + b;
        y[i + half] = a - b;
      }
    }
  }

  static void HadamardSigns(std::span<const float> x,
                            std::span<const float> signs,
                            std::span<float> scratch, std::span<uint8_t> bits) {
    const size_t d = scratch.size();
    SLIDE_DCHECK(x.size() <= d && signs.size() == 2 * d);
    SLIDE_DCHECK(bits.size() * 8 == d && (d & (d - 1)) == 0 && d >= 64);
    for (size_t i = 0; i < x.size(); ++i) scratch[i] = Load(x[i]) * signs[i];
    std::fill(scratch.begin() + static_cast<ptrdiff_t>(x.size()), scratch.end(),
              0.0f);
    WalshHadamard(scratch);
    for (size_t i = 0; i < d; ++i) scratch[i] *= signs[d + i];
    WalshHadamard(scratch);
    std::fill(bits.begin(), bits.end(), uint8_t{0});
    for (size_t i = 0; i < d; ++i) {
      if (scratch[i] < 0.0f) {
        bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (1u << (i % 8)));
      }
    }
  }

  static void FindWinners(std::span<const float> x,
                          std::span<const uint32_t> bins,
                          std::span<uint32_t> winners) {
    const size_t num_bins = winners.size();
    SLIDE_DCHECK(num_bins == 0 ? bins.empty() : bins.size() % num_bins == 0);
    for (size_t b = 0; b < num_bins; ++b) {
      float largest = -std::numeric_limits<float>::infinity();
      winners[b] = kNoWinner;
      for (size_t p = 0; p * num_bins < bins.size(); ++p) {
        const float value = Load(x[bins[p * num_bins + b]]);
        if (value > largest) {
          largest = value;
          winners[b] = static_cast<uint32_t>(p);
        }
      }
    }
  }
};

// Every vector target must equal these kernels up to rounding.
struct PlainMemory {
  template <typename T>
  static T Load(const T& x) {
    return x;
  }
  template <typename T>
  static void Store(T& x, T value) {
    x = value;
  }
};
using Reference = ScalarKernels<PlainMemory>;

}  // namespace slide::kernels
