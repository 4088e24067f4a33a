// The kernels that touch a few weights of each row, beside the scalar reference
// and beside those on whole rows, which would do the same for an input that is
// filled up with zeros. Bytes are those of weights, without the lines around
// them.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "kernels_bench.h"
#include "util/rng.h"

namespace slide::bench {
namespace {

using kernels::Reference;
using kernels::RowFormat;
using kernels::RowStep;

constexpr size_t kSparseWidth = 1024;
// Small enough that weights stay what they are over millions of steps.
constexpr RowStep kStep{.learning_rate = 1e-7f};

// Returns the rows for {optimizer, bf16, uncached}.
Rows& SharedSparseRows(benchmark::State& state) {
  constexpr const char* kNames[] = {"row-adagrad", "adam", "adagrad", "sgd"};
  const auto precision = static_cast<Precision>(state.range(1));
  state.SetLabel(std::string(kNames[state.range(0)]) +
                 (precision == Precision::kFp32 ? " fp32" : " bf16"));
  return SharedRows(
      {kSparseWidth, precision, static_cast<Optimizer>(state.range(0))},
      static_cast<Memory>(state.range(2)));
}

// Sets of places, in no order, a different one for each call.
class PlaceSets {
 public:
  explicit PlaceSets(size_t num) : num_(num), places_(kNumSets * num) {
    util::Rng rng = util::Rng(kSeed).Stream(util::Purpose::kTest, num);
    std::vector<uint32_t> all(kSparseWidth);
    std::iota(all.begin(), all.end(), 0u);
    for (size_t i = 0; i < places_.size(); ++i) {
      const size_t k = i % num;
      std::swap(all[k], all[k + rng.UniformInt(all.size() - k)]);
      places_[i] = all[k];
    }
  }
  std::span<const uint32_t> Next() {
    next_ = (next_ + 1) % kNumSets;
    return std::span(places_).subspan(next_ * num_, num_);
  }

 private:
  static constexpr size_t kNumSets = 15;
  size_t num_;
  std::vector<uint32_t> places_;
  size_t next_ = 0;
};

size_t NumPlaces(const benchmark::State& state) {
  return static_cast<size_t>(state.range(3));
}

void LogitArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached", "places"})
      ->ArgsProduct({{0}, {0, 1}, {kCached, kUncached}, {16, 64, 256}});
}

void StepArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached", "places"})
      ->ArgsProduct({{0}, {0, 1}, {kCached, kUncached}, {16, 64, 256}})
      // No cache holds enough of these rows for a call.
      ->ArgsProduct({{1}, {0, 1}, {kUncached}, {16, 64, 256}});
}

size_t PlaceBytes(const RowFormat& format, size_t num_places) {
  return num_places * (format.precision == Precision::kFp32 ? 4 : 2);
}

template <auto F>
void SparseRowLogits(benchmark::State& state) {
  Rows& rows = SharedSparseRows(state);
  PlaceSets places(NumPlaces(state));
  Inputs x(NumPlaces(state));
  std::vector<float> out(kRowsPerCall);
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), places.Next(), x.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, PlaceBytes(rows.format(), NumPlaces(state)));
}

template <auto F>
void WholeRowLogits(benchmark::State& state) {
  Rows& rows = SharedSparseRows(state);
  Inputs x(kSparseWidth);
  std::vector<float> out(kRowsPerCall);
  for (auto _ : state) {
    F(rows.view(), rows.NextIds(), x.Next(), out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, PlaceBytes(rows.format(), NumPlaces(state)));
}

// Measures the backward pass as training runs it: after the forward pass.
template <auto Forward, auto Backward>
void SparseForwardBackward(benchmark::State& state) {
  Rows& rows = SharedSparseRows(state);
  PlaceSets places(NumPlaces(state));
  Inputs x(NumPlaces(state)), deltas(kRowsPerCall);
  std::vector<float> out(kRowsPerCall), gradient(NumPlaces(state));
  RowStep step = kStep;
  for (auto _ : state) {
    ++step.rounding_key;
    const std::span<const uint32_t> ids = rows.NextIds();
    const std::span<const uint32_t> x_ids = places.Next();
    const std::span<const float> input = x.Next();
    Forward(rows.view(), ids, x_ids, input, out);
    benchmark::DoNotOptimize(out.data());
    Backward(rows.view(), ids, deltas.Next(), x_ids, input, step, gradient);
    benchmark::DoNotOptimize(gradient.data());
    benchmark::ClobberMemory();
  }
  CountRows(state, kRowsPerCall, PlaceBytes(rows.format(), NumPlaces(state)));
}

template <auto Forward, auto Backward>
void WholeForwardBackward(benchmark::State& state) {
  Rows& rows = SharedSparseRows(state);
  Inputs x(kSparseWidth), deltas(kRowsPerCall);
  std::vector<float> out(kRowsPerCall), gradient(kSparseWidth);
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
  CountRows(state, kRowsPerCall, PlaceBytes(rows.format(), NumPlaces(state)));
}

BENCHMARK(SparseRowLogits<kernels::SparseRowLogits>)->Apply(LogitArgs);
BENCHMARK(SparseRowLogits<Reference::SparseRowLogits>)->Apply(LogitArgs);
BENCHMARK(WholeRowLogits<kernels::RowLogits>)->Apply(LogitArgs);
BENCHMARK(SparseForwardBackward<kernels::SparseRowLogits,
                                kernels::SparseBackwardUpdateRows>)
    ->Apply(StepArgs);
BENCHMARK(SparseForwardBackward<Reference::SparseRowLogits,
                                Reference::SparseBackwardUpdateRows>)
    ->Apply(StepArgs);
BENCHMARK(WholeForwardBackward<kernels::RowLogits, kernels::BackwardUpdateRows>)
    ->Apply(StepArgs);

}  // namespace
}  // namespace slide::bench
