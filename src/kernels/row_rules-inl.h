// The optimizers' rules and one pass of them over rows, vectorised; what the
// kernels that move rows share. Compiled once for each instruction set, see
// vector-inl.h; the formulas are in row_format.h.
//
// An optimizer is a rule of two parts: Begin moves the scalars of a block of
// rows and leaves each row's factors in its job, Apply gives a vector of new
// weights. Rules without state for each weight take rows four at a time, so
// that the input and its gradient are loaded once for the four.
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/row_format.h"
#include "kernels/row_memory-inl.h"
#include "kernels/vector-inl.h"

#if defined(SLIDE_KERNELS_ROW_RULES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SLIDE_KERNELS_ROW_RULES_INL_H
#undef SLIDE_KERNELS_ROW_RULES_INL_H
#else
#define SLIDE_KERNELS_ROW_RULES_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Rows whose scalars are moved together: as many as are fetched together.
constexpr size_t kBlock = kBurst;

// One row of a block.
struct RowJob {
  std::byte* weights;
  float* scalars;
  float* state;  // [num_states, width]
  float delta;
  float bias_gradient;
  // Factors that the rule multiplies by.
  float rate, scale;
};

// The parameters that all rows of a call share.
struct Update {
  Update(size_t row_width, float mean_square, bool moves_bias,
         const RowStep& row_step)
      : width(row_width),
        x_mean_square(mean_square),
        has_bias(moves_bias),
        bias_rate(row_step.bias_rate * row_step.learning_rate),
        decay(row_step.learning_rate * row_step.weight_decay),
        step(row_step) {}

  size_t width;
  float x_mean_square;
  bool has_bias;
  float bias_rate;
  float decay;  // what share of itself a weight loses
  const RowStep& step;
};

HWY_INLINE RowJob JobOf(RowsView rows, size_t id, float delta,
                        float bias_gradient) {
  return {rows.record(id),
          rows.scalars(id),
          rows.state(id, 0),
          delta,
          bias_gradient,
          0.0f,
          0.0f};
}

// --- random bits -------------------------------------------------------------

// A generator in each lane (Marsaglia, "Xorshift RNGs", 2003; 13, 17, 5): its
// bits only decide which way a weight is rounded.
template <class D32>
HWY_INLINE hn::Vec<D32> NextBits(D32, hn::Vec<D32> s) {
  s = hn::Xor(s, hn::ShiftLeft<13>(s));
  s = hn::Xor(s, hn::ShiftRight<17>(s));
  return hn::Xor(s, hn::ShiftLeft<5>(s));
}

// A state for each lane, none of them 0, which would stay 0.
template <class D32>
HWY_INLINE hn::Vec<D32> SeedLanes(D32 d, uint32_t key) {
  auto s = hn::Mul(hn::Iota(d, 1u), hn::Set(d, 0x9e3779b9u));
  s = hn::Xor(s, hn::Set(d, key));
  s = hn::Mul(hn::Xor(s, hn::ShiftRight<16>(s)), hn::Set(d, 0x7feb352du));
  s = hn::Mul(hn::Xor(s, hn::ShiftRight<15>(s)), hn::Set(d, 0x846ca68bu));
  return hn::Or(hn::Xor(s, hn::ShiftRight<16>(s)), hn::Set(d, 1u));
}

// The seeds of whole vectors and of single lanes, each of the key's both
// halves.
HWY_INLINE uint32_t VectorKey(const RowStep& step) {
  const uint64_t key = step.rounding_key * 0x9e3779b97f4a7c15u;
  return static_cast<uint32_t>(key ^ (key >> 32));
}
HWY_INLINE uint32_t SingleKey(const RowStep& step) { return ~VectorKey(step); }

// --- the rules ---------------------------------------------------------------

// Adds squares to accumulators; factors[i] = -rate / (sqrt(a) + epsilon), 0
// where the square is. Arrays of whole vectors.
HWY_INLINE void AdagradFactors(float rate, float epsilon, size_t num,
                               const float* squares, float* accumulators,
                               float* factors) {
  const D d;
  for (size_t i = 0; i < num; i += hn::Lanes(d)) {
    const V square = hn::Load(d, squares + i);
    const V a = hn::Add(hn::Load(d, accumulators + i), square);
    const V factor =
        hn::Div(hn::Set(d, -rate), hn::Add(hn::Sqrt(a), hn::Set(d, epsilon)));
    hn::Store(a, d, accumulators + i);
    // Without a gradient nothing moves, whatever 0 / 0 may be. Ne will not do:
    // on some instruction sets it is false where a gradient is not a number.
    hn::Store(hn::IfThenZeroElse(hn::Eq(square, hn::Zero(d)), factor), d,
              factors + i);
  }
}

// Returns the same factor for one number.
HWY_INLINE float AdagradFactor(float rate, float epsilon, float square,
                               float* accumulator) {
  if (square == 0.0f) return 0.0f;
  *accumulator += square;
  return -rate / (std::sqrt(*accumulator) + epsilon);
}

struct RowAdagradRule {
  static constexpr size_t kGroup = 4;
  static constexpr size_t kNumStates = NumStates(Optimizer::kRowAdagrad);

  static HWY_INLINE void Begin(const Update& update, RowJob* jobs, size_t num) {
    // Whole vectors of up to kBlock lanes, SVE's largest.
    HWY_ALIGN float squares[kBlock] = {};
    HWY_ALIGN float accumulators[kBlock] = {};
    HWY_ALIGN float factors[kBlock];
    for (size_t r = 0; r < num; ++r) {
      squares[r] = jobs[r].delta * jobs[r].delta * update.x_mean_square;
      accumulators[r] = jobs[r].scalars[kAccumulator];
    }
    const RowStep& step = update.step;
    AdagradFactors(step.learning_rate, step.epsilon, num, squares, accumulators,
                   factors);
    for (size_t r = 0; r < num; ++r) {
      jobs[r].scalars[kAccumulator] = accumulators[r];
      jobs[r].rate = jobs[r].delta * factors[r];
    }
    if (!update.has_bias) return;
    for (size_t r = 0; r < num; ++r) {
      squares[r] = jobs[r].bias_gradient * jobs[r].bias_gradient;
      accumulators[r] = jobs[r].scalars[kBiasAccumulator];
    }
    AdagradFactors(update.bias_rate, step.epsilon, num, squares, accumulators,
                   factors);
    for (size_t r = 0; r < num; ++r) {
      jobs[r].scalars[kBiasAccumulator] = accumulators[r];
      jobs[r].scalars[kBias] += jobs[r].bias_gradient * factors[r];
    }
  }

  template <class Tag>
  static HWY_INLINE hn::Vec<Tag> Apply(Tag d, const Update&, const RowJob& job,
                                       size_t, hn::Vec<Tag> x, hn::Vec<Tag> w) {
    return hn::MulAdd(hn::Set(d, job.rate), x, w);
  }
};

struct AdagradRule {
  static constexpr size_t kGroup = 1;
  static constexpr size_t kNumStates = NumStates(Optimizer::kAdagrad);

  static HWY_INLINE void Begin(const Update& update, RowJob* jobs, size_t num) {
    if (!update.has_bias) return;
    for (size_t r = 0; r < num; ++r) {
      float* scalars = jobs[r].scalars;
      const float g = jobs[r].bias_gradient;
      scalars[kBias] += g * AdagradFactor(update.bias_rate, update.step.epsilon,
                                          g * g, &scalars[kBiasSquares]);
    }
  }

  template <class Tag>
  static HWY_INLINE hn::Vec<Tag> Apply(Tag d, const Update& update,
                                       const RowJob& job, size_t i,
                                       hn::Vec<Tag> x, hn::Vec<Tag> w) {
    const auto g = hn::Mul(hn::Set(d, job.delta), x);
    const auto square = hn::Mul(g, g);
    const auto s = hn::Add(hn::LoadU(d, job.state + i), square);
    hn::StoreU(s, d, job.state + i);
    const auto root = hn::Add(hn::Sqrt(s), hn::Set(d, update.step.epsilon));
    const auto move =
        hn::Div(hn::Mul(hn::Set(d, -update.step.learning_rate), g), root);
    return hn::Add(w, hn::IfThenZeroElse(hn::Eq(square, hn::Zero(d)), move));
  }
};

struct SgdRule {
  static constexpr size_t kGroup = 1;
  static constexpr size_t kNumStates = NumStates(Optimizer::kSgd);

  static HWY_INLINE void Begin(const Update& update, RowJob* jobs, size_t num) {
    if (!update.has_bias) return;
    for (size_t r = 0; r < num; ++r) {
      float* scalars = jobs[r].scalars;
      scalars[kBiasVelocity] =
          update.step.momentum * scalars[kBiasVelocity] + jobs[r].bias_gradient;
      scalars[kBias] -= update.bias_rate * scalars[kBiasVelocity];
    }
  }

  template <class Tag>
  static HWY_INLINE hn::Vec<Tag> Apply(Tag d, const Update& update,
                                       const RowJob& job, size_t i,
                                       hn::Vec<Tag> x, hn::Vec<Tag> w) {
    const auto v = hn::MulAdd(hn::Set(d, update.step.momentum),
                              hn::LoadU(d, job.state + i),
                              hn::Mul(hn::Set(d, job.delta), x));
    hn::StoreU(v, d, job.state + i);
    return hn::NegMulAdd(hn::Set(d, update.step.learning_rate), v, w);
  }
};

struct AdamRule {
  static constexpr size_t kGroup = 1;
  static constexpr size_t kNumStates = NumStates(Optimizer::kAdam);

  static HWY_INLINE void Begin(const Update& update, RowJob* jobs, size_t num) {
    const RowStep& step = update.step;
    for (size_t r = 0; r < num; ++r) {
      RowJob& job = jobs[r];
      float* s = job.scalars;
      s[kMeanWeight] = step.beta1 * s[kMeanWeight] + (1.0f - step.beta1);
      s[kSquareWeight] = step.beta2 * s[kSquareWeight] + (1.0f - step.beta2);
      job.rate = step.learning_rate / s[kMeanWeight];
      job.scale = 1.0f / s[kSquareWeight];
      if (!update.has_bias) continue;
      const float g = job.bias_gradient;
      s[kBiasMean] = step.beta1 * s[kBiasMean] + (1.0f - step.beta1) * g;
      s[kBiasSquare] =
          step.beta2 * s[kBiasSquare] + (1.0f - step.beta2) * g * g;
      s[kBias] -= step.bias_rate * job.rate * s[kBiasMean] /
                  (std::sqrt(s[kBiasSquare] * job.scale) + step.epsilon);
    }
  }

  template <class Tag>
  static HWY_INLINE hn::Vec<Tag> Apply(Tag d, const Update& update,
                                       const RowJob& job, size_t i,
                                       hn::Vec<Tag> x, hn::Vec<Tag> w) {
    const RowStep& step = update.step;
    float* means = job.state + kMeans * update.width + i;
    float* squares = job.state + kSquares * update.width + i;
    const auto g = hn::Mul(hn::Set(d, job.delta), x);
    const auto m = hn::MulAdd(hn::Set(d, step.beta1), hn::LoadU(d, means),
                              hn::Mul(hn::Set(d, 1.0f - step.beta1), g));
    const auto s =
        hn::MulAdd(hn::Set(d, step.beta2), hn::LoadU(d, squares),
                   hn::Mul(hn::Set(d, 1.0f - step.beta2), hn::Mul(g, g)));
    hn::StoreU(m, d, means);
    hn::StoreU(s, d, squares);
    const auto root = hn::Add(hn::Sqrt(hn::Mul(s, hn::Set(d, job.scale))),
                              hn::Set(d, step.epsilon));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, job.rate), m), root));
  }
};

// Calls f(Weight(), Rule()) for the types that rows of a format have.
// Requires: an optimizer.
template <class Rule, class F>
HWY_INLINE void WithRule(const RowFormat& format, const F& f) {
  if (format.precision == Precision::kFp32) {
    f(float(), Rule());
  } else {
    f(BFloat16(), Rule());
  }
}
template <class F>
HWY_INLINE void WithTypes(const RowFormat& format, const F& f) {
  SLIDE_DCHECK(format.optimizer && format.precision != Precision::kInt8);
  switch (*format.optimizer) {
    case Optimizer::kRowAdagrad:
      return WithRule<RowAdagradRule>(format, f);
    case Optimizer::kAdagrad:
      return WithRule<AdagradRule>(format, f);
    case Optimizer::kSgd:
      return WithRule<SgdRule>(format, f);
    case Optimizer::kAdam:
      return WithRule<AdamRule>(format, f);
  }
}

// --- the pass over the rows --------------------------------------------------

// Moves kNum rows and adds what they give to the gradient of x, if it is not
// null. random, random1: the lanes' generators, which go on.
template <typename Weight, class Rule, size_t kNum, bool kBackward, class R,
          class R1>
HWY_INLINE void MoveRows(const Update& update, const RowJob* jobs,
                         const float* HWY_RESTRICT x,
                         float* HWY_RESTRICT x_gradient, R& random,
                         R1& random1) {
  Weight* weights[kNum];
  for (size_t r = 0; r < kNum; ++r) {
    weights[r] = reinterpret_cast<Weight*>(jobs[r].weights);
  }
  constexpr bool kRounds = std::is_same_v<Weight, BFloat16>;
  const bool nearest = update.step.rounding == Rounding::kNearest;
  // Without decay there must be no product with 0, which is not a number for an
  // infinite weight.
  const bool decays = update.decay != 0.0f;
  const auto move_two = [&](auto d, size_t i) HWY_ATTR {
    const hn::RebindToUnsigned<decltype(d)> d32;
    const size_t k = i + hn::Lanes(d);
    const auto x0 = hn::LoadU(d, x + i), x1 = hn::LoadU(d, x + k);
    auto gradient0 = hn::Zero(d), gradient1 = hn::Zero(d);
    if constexpr (kBackward) {
      gradient0 = hn::LoadU(d, x_gradient + i);
      gradient1 = hn::LoadU(d, x_gradient + k);
    }
    auto addend0 = hn::Zero(d32), addend1 = hn::Zero(d32);
    for (size_t r = 0; r < kNum; ++r) {
      const auto w0 = LoadWeights(d, weights[r] + i);
      const auto w1 = LoadWeights(d, weights[r] + k);
      if constexpr (kBackward) {
        const auto delta = hn::Set(d, jobs[r].delta);
        gradient0 = hn::MulAdd(delta, w0, gradient0);
        gradient1 = hn::MulAdd(delta, w1, gradient1);
      }
      auto moved0 = Rule::Apply(d, update, jobs[r], i, x0, w0);
      auto moved1 = Rule::Apply(d, update, jobs[r], k, x1, w1);
      if (decays) {
        moved0 = hn::NegMulAdd(hn::Set(d, update.decay), w0, moved0);
        moved1 = hn::NegMulAdd(hn::Set(d, update.decay), w1, moved1);
      }
      if constexpr (kRounds) {
        if (nearest) {
          addend0 = NearestAddends(d, moved0);
          addend1 = NearestAddends(d, moved1);
        } else {  // each takes a half of what is drawn
          random = NextBits(d32, random);
          addend0 = hn::ShiftRight<16>(random);
          addend1 = hn::And(random, hn::Set(d32, 0xffffu));
        }
      }
      StoreTwoWeights(d, moved0, moved1, addend0, addend1, weights[r] + i);
    }
    if constexpr (kBackward) {
      hn::StoreU(gradient0, d, x_gradient + i);
      hn::StoreU(gradient1, d, x_gradient + k);
    }
  };
  const auto move_one = [&](auto d, auto& bits, size_t i) HWY_ATTR {
    const hn::RebindToUnsigned<decltype(d)> d32;
    const auto xi = hn::LoadU(d, x + i);
    auto gradient = hn::Zero(d);
    if constexpr (kBackward) gradient = hn::LoadU(d, x_gradient + i);
    auto addend = hn::Zero(d32);
    for (size_t r = 0; r < kNum; ++r) {
      const auto w = LoadWeights(d, weights[r] + i);
      if constexpr (kBackward) {
        gradient = hn::MulAdd(hn::Set(d, jobs[r].delta), w, gradient);
      }
      auto moved = Rule::Apply(d, update, jobs[r], i, xi, w);
      if (decays) moved = hn::NegMulAdd(hn::Set(d, update.decay), w, moved);
      if constexpr (kRounds) {
        bits = NextBits(d32, bits);
        addend = nearest ? NearestAddends(d, moved) : hn::ShiftRight<16>(bits);
      }
      StoreWeights(d, moved, addend, weights[r] + i);
    }
    if constexpr (kBackward) hn::StoreU(gradient, d, x_gradient + i);
  };
  const D d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + 2 * lanes <= update.width; i += 2 * lanes) move_two(d, i);
  for (; i + lanes <= update.width; i += lanes) move_one(d, random, i);
  for (; i < update.width; ++i) move_one(D1(), random1, i);
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
