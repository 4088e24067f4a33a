// One training step on random samples: at the size of a small problem and at
// that of Amazon-670K (135,909 features, 670,091 labels, 75 nonzeros; findings
// in the SLIDE papers). Prints the bytes a step must move, (active + nonzeros)
// rows of `hidden` floats read and written once, as bytes/s.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "nn/network_core.h"
#include "nn/train_step.h"
#include "util/rng.h"

namespace slide {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int kHidden = 128;
constexpr size_t kLabelsEach = 5;

struct Problem {
  uint32_t num_features;
  uint32_t num_labels;
  size_t nonzeros;
};
constexpr Problem kSmall = {45'250, 22'990, 37};
constexpr Problem kAmazon = {135'909, 670'091, 75};

std::vector<uint32_t> DrawIds(uint32_t bound, size_t num, util::Rng& rng) {
  std::vector<uint32_t> ids;
  while (ids.size() < num) {
    ids.push_back(static_cast<uint32_t>(rng.UniformInt(bound)));
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  return ids;
}

// Samples without structure, of one length.
Dataset RandomSamples(const Problem& problem, size_t num_samples) {
  util::Rng rng(kSeed);
  CsrArrays arrays;
  arrays.num_features = problem.num_features;
  arrays.num_labels = problem.num_labels;
  const float value = 1.0f / std::sqrt(static_cast<float>(problem.nonzeros));
  for (size_t i = 0; i < num_samples; ++i) {
    const auto ids = DrawIds(problem.num_features, problem.nonzeros, rng);
    arrays.feature_ids.insert(arrays.feature_ids.end(), ids.begin(), ids.end());
    arrays.feature_values.insert(arrays.feature_values.end(), ids.size(),
                                 value);
    arrays.feature_offsets.push_back(arrays.feature_ids.size());
    const auto labels = DrawIds(problem.num_labels, kLabelsEach, rng);
    arrays.label_ids.insert(arrays.label_ids.end(), labels.begin(),
                            labels.end());
    arrays.label_offsets.push_back(arrays.label_ids.size());
  }
  return Dataset(std::move(arrays));
}

void TrainStep(benchmark::State& state, const Problem& problem) {
  const Dataset data = RandomSamples(problem, 20'000);
  NetworkOptions options;
  options.num_features = problem.num_features;
  options.num_labels = problem.num_labels;
  options.hidden = {kHidden};
  nn::NetworkCore core(options);
  const util::ThreadTeam team(0);
  core.DrawWeights(team);
  core.BuildIndex(team);
  SamplingOptions sampling;
  sampling.max_hashed = static_cast<int>(state.range(0));
  sampling.num_tail = static_cast<int>(state.range(1));
  std::vector<uint64_t> counts = data.LabelCounts();
  const nn::Selector selector(sampling, counts);
  nn::Workspace workspace(core, selector, kLabelsEach);
  size_t i = 0, num_active = 0;
  const util::Rng rng(kSeed);
  for (auto _ : state) {
    util::Rng sample_rng = rng.Stream(util::Purpose::kSample, 1, i);
    const nn::StepResult result =
        nn::TrainSample(core, selector, {Loss::kDecoupled, 0.01f, 0.0f},
                        data[i % data.size()], sample_rng, workspace);
    num_active += result.num_active;
    ++i;
  }
  const double steps = static_cast<double>(state.iterations());
  const double active = static_cast<double>(num_active) / steps;
  const double bytes =
      (active + static_cast<double>(problem.nonzeros)) * kHidden * 4.0 * 2.0;
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(bytes * steps));
  state.counters["active"] = active;
  state.counters["index_MB"] =
      static_cast<double>(core.index()->num_bytes()) / 1e6;
}

BENCHMARK_CAPTURE(TrainStep, labels_23k, kSmall)
    ->Args({100, 100})
    ->Args({200, 100});
BENCHMARK_CAPTURE(TrainStep, labels_670k, kAmazon)->Args({200, 100});

// Building the 50 tables anew: rows a second.
void Rebuild(benchmark::State& state) {
  NetworkOptions options;
  options.num_features = 16;
  options.num_labels = kAmazon.num_labels;
  options.hidden = {kHidden};
  nn::NetworkCore core(options);
  const util::ThreadTeam team(static_cast<int>(state.range(0)));
  core.DrawWeights(team);
  for (auto _ : state) core.BuildIndex(team);
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(kAmazon.num_labels));
}
BENCHMARK(Rebuild)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slide
