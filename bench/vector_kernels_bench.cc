// The kernels on single vectors, those that hashing is made of among them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "kernels_bench.h"
#include "util/rng.h"

namespace slide::bench {
namespace {

using kernels::Reference;
using util::Purpose;
using util::Rng;

// `passes` over one array of floats a call.
void CountFloats(benchmark::State& state, size_t passes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(
      state.iterations() *
      static_cast<int64_t>(passes * Width(state) * sizeof(float)));
}

void WidthArgs(benchmark::internal::Benchmark* bench) {
  bench->ArgName("width");
  for (const int width : kWidths) bench->Arg(width);
}

// Computes the same as the kernels, with Eigen where it has them.
struct InEigen {
  static float Dot(std::span<const float> a, std::span<const float> b) {
    return AsEigen(a).dot(AsEigen(b));
  }
  static void Axpy(float alpha, std::span<const float> x, std::span<float> y) {
    AsEigen(y) += alpha * AsEigen(x);
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

// Winner-take-all hashes a vector like this: 3 hashes for each of 50 tables,
// each the largest of 8 coordinates.
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

}  // namespace
}  // namespace slide::bench
