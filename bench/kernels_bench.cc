// Every kernel beside the scalar reference and, where it has one, the Eigen
// expression for the same. Eigen is compiled for the base instruction set, as
// this library is; the kernels choose theirs at run time.
//
// Rows come in random order from an array that fits the cache of one core and
// from one that fits none; bytes are those of rows read and written. Inputs
// change from call to call.
#include <benchmark/benchmark.h>

// One thread, as everything here.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace {

namespace kernels = slide::kernels;
using kernels::AdagradStep;
using kernels::ConstRowsView;
using kernels::Reference;
using kernels::RowsView;
using slide::util::AlignedBuffer;
using slide::util::Purpose;
using slide::util::Rng;

constexpr uint64_t kSeed = 1;
constexpr int kWidths[] = {128, 512};
// Rows of one call: an active set.
constexpr size_t kRowsPerCall = 100;
// Queries scored together.
constexpr size_t kQueries = 16;
// Small enough that weights stay what they are over millions of steps.
constexpr AdagradStep kStep{.learning_rate = 1e-7f};

enum Memory { kCached, kUncached };
constexpr size_t kNumBytes[] = {size_t{512} << 10, size_t{200} << 20};

float Draw(Rng& rng) { return 2.0f * rng.Uniform() - 1.0f; }

// Inputs, a different one for each call, few enough to stay in the cache.
class Inputs {
 public:
  explicit Inputs(size_t size, uint64_t number = 0)
      : size_(size), values_(kNumInputs * size) {
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, size, number);
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = Draw(rng);
  }
  std::span<float> Next() {
    next_ = (next_ + 1) % kNumInputs;
    return {values_.data() + next_ * size_, size_};
  }

 private:
  static constexpr size_t kNumInputs = 16;
  size_t size_;
  AlignedBuffer<float> values_;
  size_t next_ = 0;
};

// Rows, and all their ids in random order, handed out a call's worth at a time.
class Rows {
 public:
  Rows(size_t width, size_t num_bytes)
      : width_(width),
        stride_(kernels::RowStride(width)),
        records_(num_bytes / sizeof(float) / stride_ * stride_),
        ids_(records_.size() / stride_) {
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, width, num_bytes);
    for (size_t i = 0; i < records_.size(); ++i) records_[i] = rng.Uniform();
    std::iota(ids_.begin(), ids_.end(), 0u);
    for (size_t i = ids_.size(); i > 1; --i) {
      std::swap(ids_[i - 1], ids_[rng.UniformInt(i)]);
    }
  }

  RowsView view() { return {records_.data(), stride_, width_}; }
  std::span<const uint32_t> NextIds() {
    if (next_ + kRowsPerCall > ids_.size()) next_ = 0;
    next_ += kRowsPerCall;
    return std::span(ids_).subspan(next_ - kRowsPerCall, kRowsPerCall);
  }

 private:
  size_t width_, stride_;
  AlignedBuffer<float> records_;
  std::vector<uint32_t> ids_;
  size_t next_ = 0;
};

// Made once: filling 200 MiB takes longer than measuring.
Rows& SharedRows(const benchmark::State& state) {
  static std::map<std::pair<int64_t, int64_t>, Rows> all;
  const std::pair key(state.range(0), state.range(1));
  const auto found = all.find(key);
  if (found != all.end()) return found->second;
  return all
      .try_emplace(key, static_cast<size_t>(key.first),
                   kNumBytes[static_cast<size_t>(key.second)])
      .first->second;
}

size_t Width(const benchmark::State& state) {
  return static_cast<size_t>(state.range(0));
}

// `passes` over the weights of `rows` rows a call.
void CountRows(benchmark::State& state, size_t rows, size_t passes) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows));
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<int64_t>(rows * passes * Width(state) * sizeof(float)));
}

void WidthArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgName("width");
  for (const int width : kWidths) bench->Arg(width);
}

void RowArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"width", "uncached"});
  for (const int width : kWidths) {
    for (const Memory memory : {kCached, kUncached}) {
      bench->Args({width, memory});
    }
  }
}

using ConstMap = Eigen::Map<const Eigen::VectorXf>;
using Map = Eigen::Map<Eigen::VectorXf>;

ConstMap AsEigen(std::span<const float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}
Map AsEigen(std::span<float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}
ConstMap AsEigen(ConstRowsView rows, uint32_t id) {
  return {rows.row(id), static_cast<Eigen::Index>(rows.width)};
}

// The same kernels in Eigen, where it has them.
struct InEigen {
  static float Dot(std::span<const float> a, std::span<const float> b) {
    return AsEigen(a).dot(AsEigen(b));
  }
  static void Axpy(float alpha, std::span<const float> x, std::span<float> y) {
    AsEigen(y) += alpha * AsEigen(x);
  }
  static void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> x, std::span<float> out) {
    for (size_t j = 0; j < ids.size(); ++j) {
      out[j] = rows.row(ids[j])[rows.width + kernels::kBias] +
               AsEigen(rows, ids[j]).dot(AsEigen(x));
    }
  }
  static void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
                        std::span<const float> queries, size_t num_queries,
                        std::span<float> out) {
    using Eigen::Index;
    using Matrix =
        Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Strided = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
    const auto n = static_cast<Index>(num_rows);
    const auto width = static_cast<Index>(rows.width);
    const auto num = static_cast<Index>(num_queries);
    const Strided weights(
        rows.row(first), n, width,
        Eigen::OuterStride<>(static_cast<Index>(rows.stride)));
    const Eigen::Map<const Eigen::VectorXf, 0, Eigen::InnerStride<>> bias(
        rows.row(first) + rows.width + kernels::kBias, n,
        Eigen::InnerStride<>(static_cast<Index>(rows.stride)));
    const Eigen::Map<const Matrix> x(queries.data(), num, width);
    Eigen::Map<Matrix> scores(out.data(), num, n);
    scores.noalias() = x * weights.transpose();
    scores.rowwise() += bias.transpose();
  }
  static void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             std::span<const float> values,
                             std::span<float> out) {
    for (size_t j = 0; j < ids.size(); ++j) {
      AsEigen(out) += values[j] * AsEigen(rows, ids[j]);
    }
  }
  static void Relu(std::span<float> x) {
    AsEigen(x) = AsEigen(x).cwiseMax(0.0f);
  }
  static float Max(std::span<const float> x) { return AsEigen(x).maxCoeff(); }
  static float ExpSum(std::span<const float> x, float shift,
                      std::span<float> out) {
    AsEigen(out) = (AsEigen(x).array() - shift).exp().matrix();
    return AsEigen(out).sum();
  }
};

// --- single vectors ----------------------------------------------------------

template <auto F>
void Dot(benchmark::State& state) {
  Inputs a(Width(state), 0), b(Width(state), 1);
  for (auto _ : state) benchmark::DoNotOptimize(F(a.Next(), b.Next()));
  CountRows(state, 1, 2);
}

template <auto F>
void Axpy(benchmark::State& state) {
  Inputs x(Width(state), 0), y(Width(state), 1);
  for (auto _ : state) {
    F(1e-6f, x.Next(), y.Next());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 3);
}

template <auto F>
void UpdateElements(benchmark::State& state) {
  Inputs gradient(Width(state), 0), weights(Width(state), 1);
  Inputs accumulators(Width(state), 2);
  for (int i = 0; i < 16; ++i) {
    for (float& a : accumulators.Next()) a = a * a + 1.0f;
  }
  for (auto _ : state) {
    F(gradient.Next(), kStep, weights.Next(), accumulators.Next());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 5);
}

// Negative values would all be gone after the first call: one copy more.
template <auto F>
void Relu(benchmark::State& state) {
  Inputs x(Width(state));
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    const std::span<const float> input = x.Next();
    std::copy(input.begin(), input.end(), out.begin());
    F(out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 2);
}

template <auto F>
void ReluGradient(benchmark::State& state) {
  Inputs activations(Width(state), 0), gradient(Width(state), 1);
  for (int i = 0; i < 16; ++i) Reference::Relu(activations.Next());
  for (auto _ : state) {
    F(activations.Next(), gradient.Next());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 3);
}

template <auto F>
void Max(benchmark::State& state) {
  Inputs x(Width(state));
  for (auto _ : state) benchmark::DoNotOptimize(F(x.Next()));
  CountRows(state, 1, 1);
}

template <auto F>
void ExpSum(benchmark::State& state) {
  Inputs x(Width(state));
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    benchmark::DoNotOptimize(F(x.Next(), 1.0f, out));
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 2);
}

// Nothing is above, as for nearly all scores in a search for the best.
template <auto F>
void FindAbove(benchmark::State& state) {
  Inputs x(Width(state));
  for (auto _ : state) benchmark::DoNotOptimize(F(x.Next(), 0, 1.5f));
  CountRows(state, 1, 1);
}

template <auto F>
void HadamardSigns(benchmark::State& state) {
  const size_t d = Width(state);
  Inputs x(d);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, d);
  std::vector<float> signs(2 * d), scratch(d);
  for (float& sign : signs) sign = rng.UniformInt(2) == 0 ? 1.0f : -1.0f;
  std::vector<uint8_t> bits(d / 8);
  for (auto _ : state) {
    F(x.Next(), signs, scratch, bits);
    benchmark::DoNotOptimize(bits.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 1);
}

// d projections on vectors without structure, in place of HadamardSigns.
void DenseProjections(benchmark::State& state) {
  const auto d = static_cast<Eigen::Index>(Width(state));
  Inputs x(Width(state));
  const Eigen::MatrixXf projections = Eigen::MatrixXf::Random(d, d);
  Eigen::VectorXf y(d);
  for (auto _ : state) {
    y.noalias() = projections * AsEigen(x.Next());
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, 1, 1);
}

// --- rows --------------------------------------------------------------------

template <auto F>
void RowLogits(benchmark::State& state) {
  Rows& rows = SharedRows(state);
  Inputs x(Width(state));
  std::vector<float> out(kRowsPerCall);
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), x.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, 1);
}

// A row is scored for all queries before the next one is fetched.
template <auto F>
void ScoreRows(benchmark::State& state) {
  Rows& rows = SharedRows(state);
  Inputs queries(kQueries * Width(state));
  std::vector<float> out(kQueries * kRowsPerCall);
  const size_t last = kNumBytes[state.range(1)] / sizeof(float) /
                          kernels::RowStride(Width(state)) -
                      kRowsPerCall;
  for (auto _ : state) {
    const size_t first = std::min<size_t>(last, rows.NextIds().front());
    F(rows.view(), first, kRowsPerCall, queries.Next(), kQueries, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kQueries * kRowsPerCall, 1);
}

template <auto F>
void BackwardUpdateRows(benchmark::State& state) {
  Rows& rows = SharedRows(state);
  Inputs x(Width(state)), deltas(kRowsPerCall);
  std::vector<float> gradient(Width(state));
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), deltas.Next(), x.Next(), kStep, gradient);
    benchmark::DoNotOptimize(gradient.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, 2);
}

template <auto F>
void AccumulateRows(benchmark::State& state) {
  Rows& rows = SharedRows(state);
  Inputs values(kRowsPerCall);
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), values.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, 1);
}

template <auto F>
void UpdateRows(benchmark::State& state) {
  Rows& rows = SharedRows(state);
  Inputs values(kRowsPerCall), gradient(Width(state));
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), values.Next(), gradient.Next(), kStep);
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, 2);
}

// Which instruction set the numbers are of.
const bool kTargetIsShown = [] {
  benchmark::AddCustomContext("kernels", kernels::TargetName());
  return true;
}();

BENCHMARK(Dot<kernels::Dot>)->Apply(WidthArgs);
BENCHMARK(Dot<Reference::Dot>)->Apply(WidthArgs);
BENCHMARK(Dot<InEigen::Dot>)->Apply(WidthArgs);
BENCHMARK(Axpy<kernels::Axpy>)->Apply(WidthArgs);
BENCHMARK(Axpy<Reference::Axpy>)->Apply(WidthArgs);
BENCHMARK(Axpy<InEigen::Axpy>)->Apply(WidthArgs);
BENCHMARK(UpdateElements<kernels::UpdateElements>)->Apply(WidthArgs);
BENCHMARK(UpdateElements<Reference::UpdateElements>)->Apply(WidthArgs);
BENCHMARK(Relu<kernels::Relu>)->Apply(WidthArgs);
BENCHMARK(Relu<Reference::Relu>)->Apply(WidthArgs);
BENCHMARK(Relu<InEigen::Relu>)->Apply(WidthArgs);
BENCHMARK(ReluGradient<kernels::ReluGradient>)->Apply(WidthArgs);
BENCHMARK(ReluGradient<Reference::ReluGradient>)->Apply(WidthArgs);
BENCHMARK(Max<kernels::Max>)->Apply(WidthArgs);
BENCHMARK(Max<Reference::Max>)->Apply(WidthArgs);
BENCHMARK(Max<InEigen::Max>)->Apply(WidthArgs);
BENCHMARK(ExpSum<kernels::ExpSum>)->Apply(WidthArgs);
BENCHMARK(ExpSum<Reference::ExpSum>)->Apply(WidthArgs);
BENCHMARK(ExpSum<InEigen::ExpSum>)->Apply(WidthArgs);
BENCHMARK(FindAbove<kernels::FindAbove>)->Apply(WidthArgs);
BENCHMARK(FindAbove<Reference::FindAbove>)->Apply(WidthArgs);
BENCHMARK(HadamardSigns<kernels::HadamardSigns>)->Apply(WidthArgs);
BENCHMARK(HadamardSigns<Reference::HadamardSigns>)->Apply(WidthArgs);
BENCHMARK(DenseProjections)->Apply(WidthArgs);

BENCHMARK(RowLogits<kernels::RowLogits>)->Apply(RowArgs);
BENCHMARK(RowLogits<Reference::RowLogits>)->Apply(RowArgs);
BENCHMARK(RowLogits<InEigen::RowLogits>)->Apply(RowArgs);
BENCHMARK(ScoreRows<kernels::ScoreRows>)->Apply(RowArgs);
BENCHMARK(ScoreRows<Reference::ScoreRows>)->Apply(RowArgs);
BENCHMARK(ScoreRows<InEigen::ScoreRows>)->Apply(RowArgs);
BENCHMARK(AccumulateRows<kernels::AccumulateRows>)->Apply(RowArgs);
BENCHMARK(AccumulateRows<Reference::AccumulateRows>)->Apply(RowArgs);
BENCHMARK(AccumulateRows<InEigen::AccumulateRows>)->Apply(RowArgs);
BENCHMARK(BackwardUpdateRows<kernels::BackwardUpdateRows>)->Apply(RowArgs);
BENCHMARK(BackwardUpdateRows<Reference::BackwardUpdateRows>)->Apply(RowArgs);
BENCHMARK(UpdateRows<kernels::UpdateRows>)->Apply(RowArgs);
BENCHMARK(UpdateRows<Reference::UpdateRows>)->Apply(RowArgs);

}  // namespace
