// Every kernel beside the scalar reference and, where it has one, the Eigen
// expression for the same. Eigen is compiled for the base instruction set, as
// this library is; the kernels choose theirs at run time.
//
// Rows come in random order from an array that fits the cache of one core and
// from one that fits none; bytes are those of rows read and written, without
// padding and without what is read twice. Inputs change from call to call.
#include <benchmark/benchmark.h>

// One thread, as everything here.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace {

namespace kernels = slide::kernels;
using kernels::ConstRowsView;
using kernels::Reference;
using kernels::RowFormat;
using kernels::RowStep;
using kernels::RowsView;
using slide::Optimizer;
using slide::Precision;
using slide::util::AlignedBuffer;
using slide::util::Purpose;
using slide::util::Rng;

constexpr uint64_t kSeed = 1;
constexpr int kWidths[] = {128, 512};
// Of rows that are moved.
constexpr size_t kUpdateWidth = 128;
// Rows of one call: an active set.
constexpr size_t kRowsPerCall = 100;
// Queries scored together.
constexpr size_t kQueries = 16;
// Small enough that weights stay what they are over millions of steps.
constexpr RowStep kStep{.learning_rate = 1e-7f};

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
// What optimisers keep is 1 everywhere.
class Rows {
 public:
  Rows(RowFormat format, size_t num_bytes)
      : format_(format),
        records_(num_bytes / format.stride * format.stride),
        ids_(num_bytes / format.stride) {
    Inputs weights(format.width);
    const size_t num_states = kernels::NumStates(format.optimizer);
    for (size_t i = 0; i < ids_.size(); ++i) {
      kernels::WriteWeights(view(), i, weights.Next());
      std::fill_n(view().scalars(i), kernels::NumScalars(format.optimizer),
                  1.0f);
      std::fill_n(view().state(i, 0), num_states * format.width, 1.0f);
    }
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, format.width, num_bytes);
    std::iota(ids_.begin(), ids_.end(), 0u);
    for (size_t i = ids_.size(); i > 1; --i) {
      std::swap(ids_[i - 1], ids_[rng.UniformInt(i)]);
    }
  }

  const RowFormat& format() const { return format_; }
  size_t num_rows() const { return ids_.size(); }
  RowsView view() { return {records_.data(), format_}; }
  std::span<const uint32_t> NextIds() {
    if (next_ + kRowsPerCall > ids_.size()) next_ = 0;
    next_ += kRowsPerCall;
    return std::span(ids_).subspan(next_ - kRowsPerCall, kRowsPerCall);
  }

 private:
  RowFormat format_;
  AlignedBuffer<std::byte> records_;
  std::vector<uint32_t> ids_;
  size_t next_ = 0;
};

// The last ones made are kept: a benchmark is called more than once, and
// filling 200 MiB takes longer than measuring.
Rows& SharedRows(RowFormat format, Memory memory) {
  static std::unique_ptr<Rows> rows;
  static Memory made;
  if (!rows || rows->format() != format || made != memory) {
    rows.reset();
    rows = std::make_unique<Rows>(format, kNumBytes[memory]);
    made = memory;
  }
  return *rows;
}

// Rows that are only read, by {width, bf16, uncached}; the optimiser decides
// how far apart they are.
Rows& ReadRows(benchmark::State& state) {
  const auto precision = static_cast<Precision>(state.range(1));
  state.SetLabel(precision == Precision::kFp32 ? "fp32" : "bf16");
  return SharedRows(
      {static_cast<size_t>(state.range(0)), precision, Optimizer::kRowAdagrad},
      static_cast<Memory>(state.range(2)));
}

// Rows that are moved, by {optimizer, bf16, uncached}.
Rows& MovedRows(benchmark::State& state) {
  constexpr const char* kNames[] = {"row-adagrad", "adam", "adagrad", "sgd"};
  const auto precision = static_cast<Precision>(state.range(1));
  state.SetLabel(std::string(kNames[state.range(0)]) +
                 (precision == Precision::kFp32 ? " fp32" : " bf16"));
  return SharedRows(
      {kUpdateWidth, precision, static_cast<Optimizer>(state.range(0))},
      static_cast<Memory>(state.range(2)));
}

size_t Width(const benchmark::State& state) {
  return static_cast<size_t>(state.range(0));
}

// `passes` over one array of floats a call.
void CountFloats(benchmark::State& state, size_t passes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<int64_t>(passes * Width(state) * sizeof(float)));
}

void CountRows(benchmark::State& state, size_t rows, size_t bytes_a_row) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(rows * bytes_a_row));
}

size_t WeightBytes(const RowFormat& format) {
  return format.width * (format.precision == Precision::kFp32 ? 4 : 2);
}

// What a step reads and writes back.
size_t UpdateBytes(const RowFormat& format) {
  const size_t num_floats = kernels::NumScalars(format.optimizer) +
                            kernels::NumStates(format.optimizer) * format.width;
  return 2 * (WeightBytes(format) + num_floats * sizeof(float));
}

void WidthArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgName("width");
  for (const int width : kWidths) bench->Arg(width);
}

void ReadArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"width", "bf16", "uncached"})
      ->ArgsProduct({{kWidths[0], kWidths[1]}, {0, 1}, {kCached, kUncached}});
}

void CachedUpdateArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached"})
      ->ArgsProduct({{0, 1, 2, 3}, {0, 1}, {kCached}});
}

void UpdateArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached"})
      ->ArgsProduct({{0, 1, 2, 3}, {0, 1}, {kCached, kUncached}});
}

using ConstMap = Eigen::Map<const Eigen::VectorXf>;
using Map = Eigen::Map<Eigen::VectorXf>;

ConstMap AsEigen(std::span<const float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}
Map AsEigen(std::span<float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}
// The weights of num_rows rows from `first` on; Weight: float or bfloat16.
template <typename Weight>
auto AsEigen(ConstRowsView rows, size_t first, size_t num_rows) {
  using Matrix =
      Eigen::Matrix<Weight, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::OuterStride<> stride{
      static_cast<Eigen::Index>(rows.format.stride / sizeof(Weight))};
  return Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(
      reinterpret_cast<const Weight*>(rows.record(first)),
      static_cast<Eigen::Index>(num_rows),
      static_cast<Eigen::Index>(rows.format.width), stride);
}

// Calls f with a number of the type of the rows' weights.
template <typename F>
void WithWeight(ConstRowsView rows, const F& f) {
  if (rows.format.precision == Precision::kFp32) {
    f(float());
  } else {
    f(Eigen::bfloat16());
  }
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
    WithWeight(rows, [&](auto weight) {
      for (size_t j = 0; j < ids.size(); ++j) {
        out[j] = rows.scalars(ids[j])[kernels::kBias] +
                 AsEigen<decltype(weight)>(rows, ids[j], 1)
                     .row(0)
                     .template cast<float>()
                     .dot(AsEigen(x).transpose());
      }
    });
  }
  static void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
                        std::span<const float> queries, size_t num_queries,
                        std::span<float> out) {
    using Eigen::Index;
    using Matrix =
        Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto n = static_cast<Index>(num_rows);
    const auto num = static_cast<Index>(num_queries);
    const Eigen::Map<const Eigen::VectorXf, 0, Eigen::InnerStride<>> bias(
        rows.scalars(first) + kernels::kBias, n,
        Eigen::InnerStride<>(
            static_cast<Index>(rows.format.stride / sizeof(float))));
    const Eigen::Map<const Matrix> x(queries.data(), num,
                                     static_cast<Index>(rows.format.width));
    Eigen::Map<Matrix> scores(out.data(), num, n);
    WithWeight(rows, [&](auto weight) {
      scores.noalias() = x * AsEigen<decltype(weight)>(rows, first, num_rows)
                                 .template cast<float>()
                                 .transpose();
    });
    scores.rowwise() += bias.transpose();
  }
  static void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             std::span<const float> values,
                             std::span<float> out) {
    WithWeight(rows, [&](auto weight) {
      for (size_t j = 0; j < ids.size(); ++j) {
        AsEigen(out) += values[j] * AsEigen<decltype(weight)>(rows, ids[j], 1)
                                        .row(0)
                                        .template cast<float>()
                                        .transpose();
      }
    });
  }
  static std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                            std::span<float> scratch) {
    WithWeight(rows, [&](auto weight) {
      AsEigen(scratch) = AsEigen<decltype(weight)>(rows, i, 1)
                             .row(0)
                             .template cast<float>()
                             .transpose();
    });
    return scratch;
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
  CountFloats(state, 2);
}

template <auto F>
void Axpy(benchmark::State& state) {
  Inputs x(Width(state), 0), y(Width(state), 1);
  for (auto _ : state) {
    F(1e-6f, x.Next(), y.Next());
    benchmark::ClobberMemory();
  }
  CountFloats(state, 3);
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
  CountFloats(state, 2);
}

template <auto F>
void ReluGradient(benchmark::State& state) {
  Inputs activations(Width(state), 0), gradient(Width(state), 1);
  for (int i = 0; i < 16; ++i) Reference::Relu(activations.Next());
  for (auto _ : state) {
    F(activations.Next(), gradient.Next());
    benchmark::ClobberMemory();
  }
  CountFloats(state, 3);
}

template <auto F>
void Max(benchmark::State& state) {
  Inputs x(Width(state));
  for (auto _ : state) benchmark::DoNotOptimize(F(x.Next()));
  CountFloats(state, 1);
}

template <auto F>
void ContentOf(benchmark::State& state) {
  Inputs x(Width(state));
  for (auto _ : state) benchmark::DoNotOptimize(F(x.Next()));
  CountFloats(state, 1);
}

template <auto F>
void ExpSum(benchmark::State& state) {
  Inputs x(Width(state));
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    benchmark::DoNotOptimize(F(x.Next(), 1.0f, out));
    benchmark::ClobberMemory();
  }
  CountFloats(state, 2);
}

// Nothing is above, as for nearly all scores in a search for the best.
template <auto F>
void FindAbove(benchmark::State& state) {
  Inputs x(Width(state));
  for (auto _ : state) benchmark::DoNotOptimize(F(x.Next(), 0, 1.5f));
  CountFloats(state, 1);
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
  CountFloats(state, 1);
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
  CountFloats(state, 1);
}

// --- rows --------------------------------------------------------------------

template <auto F>
void RowLogits(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs x(Width(state));
  std::vector<float> out(kRowsPerCall);
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), x.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()) + sizeof(float));
}

// A row is scored for all queries before the next one is fetched; an item is a
// score.
template <auto F>
void ScoreRows(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs queries(kQueries * Width(state));
  std::vector<float> out(kQueries * kRowsPerCall);
  const size_t last = rows.num_rows() - kRowsPerCall;
  for (auto _ : state) {
    const size_t first = std::min<size_t>(last, rows.NextIds().front());
    F(rows.view(), first, kRowsPerCall, queries.Next(), kQueries, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kQueries * kRowsPerCall,
            (WeightBytes(rows.format()) + sizeof(float)) / kQueries);
}

template <auto F>
void AccumulateRows(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  Inputs values(kRowsPerCall);
  std::vector<float> out(Width(state));
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), values.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()));
}

// Nothing but an address for fp32 rows; from memory, each row by itself.
template <auto F>
void ReadWeights(benchmark::State& state) {
  Rows& rows = ReadRows(state);
  std::vector<float> scratch(Width(state));
  for (auto _ : state) {
    for (const uint32_t id : rows.NextIds()) {
      benchmark::DoNotOptimize(F(rows.view(), id, scratch).data());
      benchmark::ClobberMemory();
    }
  }
  CountRows(state, kRowsPerCall, WeightBytes(rows.format()));
}

// The kernels that move rows find their weights where the forward pass has left
// them, so these are for cached rows alone.
template <auto F>
void BackwardUpdateRows(benchmark::State& state) {
  Rows& rows = MovedRows(state);
  Inputs x(kUpdateWidth), deltas(kRowsPerCall);
  std::vector<float> gradient(kUpdateWidth);
  RowStep step = kStep;
  for (auto _ : state) {
    ++step.rounding_key;
    F(rows.view(), rows.NextIds(), deltas.Next(), x.Next(), step, gradient);
    benchmark::DoNotOptimize(gradient.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, UpdateBytes(rows.format()));
}

template <auto F>
void UpdateRows(benchmark::State& state) {
  Rows& rows = MovedRows(state);
  Inputs values(kRowsPerCall), gradient(kUpdateWidth);
  RowStep step = kStep;
  for (auto _ : state) {
    ++step.rounding_key;
    F(rows.view(), rows.NextIds(), values.Next(), gradient.Next(), step);
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, UpdateBytes(rows.format()));
}

// As training does it: what the forward pass has fetched is moved.
template <auto Forward, auto Backward>
void ForwardBackwardRows(benchmark::State& state) {
  Rows& rows = MovedRows(state);
  Inputs x(kUpdateWidth), deltas(kRowsPerCall);
  std::vector<float> out(kRowsPerCall), gradient(kUpdateWidth);
  RowStep step = kStep;
  for (auto _ : state) {
    ++step.rounding_key;
    const std::span<const uint32_t> ids = rows.NextIds();
    const std::span<const float> input = x.Next();
    Forward(rows.view(), ids, input, out);
    benchmark::DoNotOptimize(out.data());
    Backward(rows.view(), ids, deltas.Next(), input, step, gradient);
    benchmark::DoNotOptimize(gradient.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, UpdateBytes(rows.format()));
}

template <auto Forward, auto Update>
void AccumulateUpdateRows(benchmark::State& state) {
  Rows& rows = MovedRows(state);
  Inputs values(kRowsPerCall), gradient(kUpdateWidth);
  std::vector<float> out(kUpdateWidth);
  RowStep step = kStep;
  for (auto _ : state) {
    ++step.rounding_key;
    const std::span<const uint32_t> ids = rows.NextIds();
    const std::span<const float> input = values.Next();
    Forward(rows.view(), ids, input, out);
    benchmark::DoNotOptimize(out.data());
    Update(rows.view(), ids, input, gradient.Next(), step);
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, UpdateBytes(rows.format()));
}

// What winner-take-all asks of a vector: 3 hashes for each of 50 tables, each
// the largest of 8 coordinates.
template <auto F>
void FindWinners(benchmark::State& state) {
  constexpr size_t kNumBins = 150, kBinSize = 8;
  Inputs x(Width(state));
  std::vector<uint32_t> bins(kBinSize * kNumBins), winners(kNumBins);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, Width(state));
  for (uint32_t& coordinate : bins) {
    coordinate = static_cast<uint32_t>(rng.UniformInt(Width(state)));
  }
  for (auto _ : state) {
    F(x.Next(), bins, winners);
    benchmark::DoNotOptimize(winners.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kNumBins));
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<int64_t>(bins.size() * (sizeof(float) + sizeof(uint32_t))));
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
BENCHMARK(Relu<kernels::Relu>)->Apply(WidthArgs);
BENCHMARK(Relu<Reference::Relu>)->Apply(WidthArgs);
BENCHMARK(Relu<InEigen::Relu>)->Apply(WidthArgs);
BENCHMARK(ReluGradient<kernels::ReluGradient>)->Apply(WidthArgs);
BENCHMARK(ReluGradient<Reference::ReluGradient>)->Apply(WidthArgs);
BENCHMARK(ContentOf<kernels::ContentOf>)->Apply(WidthArgs);
BENCHMARK(ContentOf<Reference::ContentOf>)->Apply(WidthArgs);
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
BENCHMARK(FindWinners<kernels::FindWinners>)->Apply(WidthArgs);
BENCHMARK(FindWinners<Reference::FindWinners>)->Apply(WidthArgs);

BENCHMARK(RowLogits<kernels::RowLogits>)->Apply(ReadArgs);
BENCHMARK(RowLogits<Reference::RowLogits>)->Apply(ReadArgs);
BENCHMARK(RowLogits<InEigen::RowLogits>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<kernels::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<Reference::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(ScoreRows<InEigen::ScoreRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<kernels::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<Reference::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(AccumulateRows<InEigen::AccumulateRows>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<kernels::ReadWeights>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<Reference::ReadWeights>)->Apply(ReadArgs);
BENCHMARK(ReadWeights<InEigen::ReadWeights>)->Apply(ReadArgs);
BENCHMARK(BackwardUpdateRows<kernels::BackwardUpdateRows>)
    ->Apply(CachedUpdateArgs);
BENCHMARK(BackwardUpdateRows<Reference::BackwardUpdateRows>)
    ->Apply(CachedUpdateArgs);
BENCHMARK(UpdateRows<kernels::UpdateRows>)->Apply(CachedUpdateArgs);
BENCHMARK(UpdateRows<Reference::UpdateRows>)->Apply(CachedUpdateArgs);
BENCHMARK(ForwardBackwardRows<kernels::RowLogits, kernels::BackwardUpdateRows>)
    ->Apply(UpdateArgs);
BENCHMARK(
    ForwardBackwardRows<Reference::RowLogits, Reference::BackwardUpdateRows>)
    ->Apply(UpdateArgs);
BENCHMARK(AccumulateUpdateRows<kernels::AccumulateRows, kernels::UpdateRows>)
    ->Apply(UpdateArgs);
BENCHMARK(
    AccumulateUpdateRows<Reference::AccumulateRows, Reference::UpdateRows>)
    ->Apply(UpdateArgs);

}  // namespace
