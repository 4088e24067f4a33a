// The products of a dense training step (nn/matrix_step.h), GFLOP/s on one
// thread:
//
//   Whole   one product of the library's for the shape of a whole layer
//   Blocks  the same in the step's blocks
//   Step    the whole step: three products, losses, the move of every row, and
//           hidden layers; its rate as a part of Whole's is the share of the
//           time that the products take
//
// Arguments: width of the hidden layer, labels, samples in a batch.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/products.h"
#include "nn/matrix_step.h"
#include "nn/network_core.h"
#include "sampling/sources.h"
#include "slide/dataset.h"
#include "util/rng.h"

namespace slide {
namespace {

struct Shape {
  explicit Shape(const benchmark::State& state)
      : width(static_cast<size_t>(state.range(0))),
        labels(static_cast<size_t>(state.range(1))),
        batch(static_cast<size_t>(state.range(2))) {}
  double gflop() const {
    return 2e-9 * static_cast<double>(width) * static_cast<double>(labels) *
           static_cast<double>(batch);
  }

  size_t width, labels, batch;
};

std::vector<float> Draw(size_t size) {
  util::Rng rng(1);
  std::vector<float> values(size);
  for (float& value : values) value = rng.Uniform() - 0.5f;
  return values;
}

// The matrices of a layer.
struct Layer {
  explicit Layer(const Shape& s)
      : shape(s),
        inputs(Draw(s.batch * s.width)),
        weights(Draw(s.labels * s.width)),
        values(Draw(s.batch * s.labels)),
        gradient(s.labels * s.width),
        input_gradient(s.batch * s.width) {}

  // The product of a kind, 0 to 2, for the labels [first, first + num).
  void Multiply(int kind, size_t first, size_t num) {
    const size_t w = shape.width, b = shape.batch, n = shape.labels;
    const float* rows = weights.data() + first * w;
    float* z = values.data() + first;
    if (kind == 0) {
      kernels::Multiply({inputs.data(), b, w, w}, {rows, w, num, w, true},
                        false, {z, b, num, n});
    } else if (kind == 1) {
      kernels::Multiply({z, b, num, n}, {rows, num, w, w}, first > 0,
                        {input_gradient.data(), b, w, w});
    } else {
      kernels::Multiply({z, num, b, n, true}, {inputs.data(), b, w, w}, false,
                        {gradient.data() + first * w, num, w, w});
    }
  }

  Shape shape;
  std::vector<float> inputs, weights, values, gradient, input_gradient;
};

constexpr const char* kKinds[] = {"logits", "input gradient", "row gradient"};

void Report(const Shape& shape, double products, benchmark::State& state) {
  state.counters["GFLOP/s"] = benchmark::Counter(
      products * shape.gflop() * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}

void Whole(benchmark::State& state) {
  const Shape shape(state);
  Layer layer(shape);
  const auto kind = static_cast<int>(state.range(3));
  for (auto _ : state) layer.Multiply(kind, 0, shape.labels);
  state.SetLabel(kKinds[kind]);
  Report(shape, 1.0, state);
}

void Blocks(benchmark::State& state) {
  const Shape shape(state);
  Layer layer(shape);
  const auto kind = static_cast<int>(state.range(3));
  const size_t rows = nn::MatrixStep::BlockRows(shape.width);
  for (auto _ : state) {
    for (size_t first = 0; first < shape.labels; first += rows) {
      layer.Multiply(kind, first, std::min(rows, shape.labels - first));
    }
  }
  state.SetLabel(kKinds[kind]);
  Report(shape, 1.0, state);
}

void Step(benchmark::State& state) {
  const Shape shape(state);
  constexpr uint32_t kFeatures = 1000;
  constexpr size_t kNonzeros = 30, kLabelsOfASample = 5;
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = static_cast<uint32_t>(shape.labels);
  options.hidden = {static_cast<int>(shape.width)};
  options.hash.kind = HashKind::kNone;
  nn::NetworkCore core(options);
  const util::ThreadTeam team(1);
  core.DrawWeights(team);
  const sampling::Selector none =
      sampling::MakeSelector({.max_hashed = 0, .random_negatives = 0},
                             {.num_neurons = shape.labels, .data = Dataset()});
  const sampling::Selector all = sampling::MakeSelector(
      {.max_hashed = 0, .random_negatives = static_cast<int>(shape.labels)},
      {.num_neurons = shape.labels, .data = Dataset()});
  const nn::StepOptions step_options;
  const nn::Step step(core, none, step_options);
  nn::Scratch scratch = step.MakeScratch({kLabelsOfASample, kNonzeros});
  nn::MatrixStep batch(step, all, shape.batch, 1);
  util::Rng rng(2);
  std::vector<uint32_t> features(kNonzeros), labels(kLabelsOfASample);
  const std::vector<float> values(kNonzeros, 0.2f);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::vector<uint32_t>> of_samples;  // new ones each time
    batch.Clear(shape.batch);
    for (size_t i = 0; i < shape.batch; ++i) {
      const auto draw = [&](size_t num, size_t bound) {
        std::vector<uint32_t> ids(num);
        for (size_t j = 0; j < num; ++j) {  // one of each part: they ascend
          ids[j] = static_cast<uint32_t>(bound * j / num +
                                         rng.UniformInt(bound / num));
        }
        of_samples.push_back(std::move(ids));
      };
      draw(kNonzeros, kFeatures);
      draw(kLabelsOfASample, shape.labels);
    }
    state.ResumeTiming();
    for (size_t i = 0; i < shape.batch; ++i) {
      batch.Enter(i, {{of_samples[2 * i], values}, of_samples[2 * i + 1]}, rng,
                  scratch);
    }
    batch.ComputeLogits(shape.batch, rng, team);
    for (size_t i = 0; i < shape.batch; ++i) batch.ComputeLoss(i, 0);
    batch.Apply(0.1f, shape.batch, rng.Next(), team);
  }
  Report(shape, 3.0, state);
}

void Shapes(benchmark::internal::Benchmark* bench, bool has_kinds) {
  struct Sizes {
    int64_t width, labels, batch;
  };
  for (const auto [width, labels, batch] :
       {Sizes{128, 1'000, 32}, Sizes{128, 22'601, 64}, Sizes{128, 22'601, 256},
        Sizes{512, 22'601, 256}, Sizes{128, 670'091, 64}}) {
    if (!has_kinds) bench->Args({width, labels, batch});
    for (int64_t kind = 0; has_kinds && kind < 3; ++kind) {
      bench->Args({width, labels, batch, kind});
    }
  }
  bench->Unit(benchmark::kMillisecond);
}

BENCHMARK(Whole)->Apply([](auto* b) { Shapes(b, true); });
BENCHMARK(Blocks)->Apply([](auto* b) { Shapes(b, true); });
BENCHMARK(Step)->Apply([](auto* b) { Shapes(b, false); });

}  // namespace
}  // namespace slide
