// The kernels that move rows, by themselves and after the forward pass. Rows
// come in random order from an array that fits the cache of one core and from
// one that fits none; bytes are those of rows read and written, without padding
// and without what is read twice. Eigen has nothing like them.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "kernels_bench.h"

namespace slide::bench {
namespace {

using kernels::Reference;
using kernels::RowFormat;
using kernels::RowStep;

constexpr size_t kUpdateWidth = 128;
// Small enough that weights stay what they are over millions of steps.
constexpr RowStep kStep{.learning_rate = 1e-7f};

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

// Returns the bytes that a step reads and writes back.
size_t UpdateBytes(const RowFormat& format) {
  const size_t num_floats = kernels::NumScalars(format.optimizer) +
                            kernels::NumStates(format.optimizer) * format.width;
  return 2 * (WeightBytes(format) + num_floats * sizeof(float));
}

void CachedUpdateArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached"})
      ->ArgsProduct({{0, 1, 2, 3}, {0, 1}, {kCached}});
}

void UpdateArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"optimizer", "bf16", "uncached"})
      ->ArgsProduct({{0, 1, 2, 3}, {0, 1}, {kCached, kUncached}});
}

// Measures the backward kernels by themselves. They find their weights where
// the forward pass has left them, so these are for cached rows alone.
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

// Measures both passes as training runs them: the backward pass moves the rows
// that the forward pass has fetched.
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
}  // namespace slide::bench
