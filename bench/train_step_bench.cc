// One training step on random samples: at the size of a small problem and at
// that of Amazon-670K (135,909 features, 670,091 labels, 75 nonzeros; findings
// in the SLIDE papers), beside what memory gives to rows at random places.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "nn/network_core.h"
#include "nn/step.h"
#include "row_bandwidth.h"
#include "sampling/sources.h"
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
// The same with other numbers of labels: how the time of a sample grows.
constexpr Problem k10k = {135'909, 10'000, 75};
constexpr Problem k100k = {135'909, 100'000, 75};
constexpr Problem k1M = {135'909, 1'000'000, 75};

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

// A network with its tables, and what a step needs; made once for each
// precision and problem, as that takes longer than measuring.
struct Training {
  Training(const Problem& problem, Precision precision)
      : data(RandomSamples(problem, 20'000)), core([&] {
          NetworkOptions options;
          options.num_features = problem.num_features;
          options.num_labels = problem.num_labels;
          options.hidden = {kHidden};
          options.precision = precision;
          return nn::NetworkCore(options);
        }()) {
    const util::ThreadTeam team(0);
    core.DrawWeights(team);
    core.BuildTables(team);
  }

  // Trains on samples[begin, end) of an endless row of them.
  size_t Steps(const nn::Step& step, size_t begin, size_t end,
               nn::SampleState& state, nn::Scratch& scratch) {
    const util::Rng rng(kSeed);
    size_t num_active = 0;
    for (size_t i = begin; i < end; ++i) {
      util::Rng sample_rng = rng.Stream(util::Purpose::kSample, 1, i);
      num_active += step.Train(data[i % data.size()],
                               data[(i + 1) % data.size()].features, 0.01f,
                               sample_rng, state, scratch)
                        .num_active;
    }
    return num_active;
  }

  Dataset data;
  nn::NetworkCore core;
};

// Returns the memory bandwidth for the rows of a step, measured in the same
// minute.
double Bound(const nn::RowStore& rows, int num_threads) {
  static std::map<size_t, std::unique_ptr<bench::RowArray>> arrays;
  const size_t row_bytes = rows.format().stride;
  auto& array = arrays[row_bytes];
  if (!array) {
    array = std::make_unique<bench::RowArray>(row_bytes, rows.num_rows(),
                                              bench::Pages::kHuge);
  }
  return array->Bandwidth(bench::Access::kReadWrite, num_threads);
}

// Arguments: precision, threads, thousandths of the gradient floor. With a
// floor of 0 every active row is read and written, and `share` tells which part
// of the machine's bandwidth for rows at random places the step reaches, all
// its arithmetic, hashing and drawing included. With a floor most rows are only
// read, so the share is left out.
void TrainStep(benchmark::State& state, const Problem& problem) {
  const auto precision = static_cast<Precision>(state.range(0));
  const int num_threads = static_cast<int>(state.range(1));
  static std::map<std::pair<uint32_t, Precision>, Training> trainings;
  Training& training =
      trainings.try_emplace({problem.num_labels, precision}, problem, precision)
          .first->second;
  const sampling::Selector selector = sampling::MakeSelector(
      SamplingOptions(), {.num_neurons = training.core.num_labels(),
                          .index = training.core.index(),
                          .data = training.data});
  nn::StepOptions options;
  options.gradient_floor = static_cast<float>(state.range(2)) / 1000.0f;
  const nn::Step step(training.core, selector, options);
  constexpr nn::SampleLimits kLimits = {.max_labels = kLabelsEach};
  std::vector<nn::SampleState> states;
  std::vector<nn::Scratch> scratches;
  for (int i = 0; i < num_threads; ++i) {
    states.push_back(step.MakeState(kLimits));
    scratches.push_back(step.MakeScratch(kLimits));
  }
  const util::ThreadTeam team(num_threads);
  constexpr size_t kSteps = 4096;  // in an iteration, shared by the threads
  const nn::RowStore& rows = training.core.output().weights();
  const double bound =
      options.gradient_floor == 0.0f && problem.num_labels == kAmazon.num_labels
          ? Bound(rows, num_threads)
          : 0.0;
  size_t begin = 0;
  std::atomic<size_t> num_active = 0;
  for (auto _ : state) {
    team.Split(kSteps, [&](size_t first, size_t last, int thread) {
      const auto t = static_cast<size_t>(thread);
      num_active += training.Steps(step, begin + first, begin + last, states[t],
                                   scratches[t]);
    });
    begin += kSteps;
  }
  const double steps = static_cast<double>(state.iterations() * kSteps);
  const double active = static_cast<double>(num_active.load()) / steps;
  state.SetItemsProcessed(static_cast<int64_t>(steps));
  state.counters["active"] = active;
  state.counters["sample"] = benchmark::Counter(
      steps, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  if (bound == 0.0) return;
  const double row_bytes = static_cast<double>(rows.format().stride);
  const double bytes =
      2.0 * row_bytes * (active + static_cast<double>(problem.nonzeros));
  state.counters["sample_KB"] = bytes / 1e3;
  state.counters["bound_GB/s"] = bound / 1e9;
  state.counters["share"] =
      benchmark::Counter(bytes * steps / bound, benchmark::Counter::kIsRate);
}

void Name(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"bf16", "threads", "floor"})
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void StepArgs(benchmark::internal::Benchmark* bench) {
  Name(bench);
  for (const int floor : {0, 30}) {
    for (const int threads : {1, 2}) {
      for (const int bf16 : {0, 1}) bench->Args({bf16, threads, floor});
    }
  }
}

void GrowthArgs(benchmark::internal::Benchmark* bench) {
  Name(bench);
  for (const int threads : {1, 2}) bench->Args({0, threads, 30});
}

BENCHMARK_CAPTURE(TrainStep, labels_23k, kSmall)->Apply(StepArgs);
BENCHMARK_CAPTURE(TrainStep, labels_670k, kAmazon)->Apply(StepArgs);
BENCHMARK_CAPTURE(TrainStep, labels_10k, k10k)->Apply(GrowthArgs);
BENCHMARK_CAPTURE(TrainStep, labels_100k, k100k)->Apply(GrowthArgs);
BENCHMARK_CAPTURE(TrainStep, labels_1m, k1M)->Apply(GrowthArgs);

// Building the 50 tables anew: rows a second.
void Rebuild(benchmark::State& state) {
  NetworkOptions options;
  options.num_features = 16;
  options.num_labels = kAmazon.num_labels;
  options.hidden = {kHidden};
  nn::NetworkCore core(options);
  const util::ThreadTeam team(static_cast<int>(state.range(0)));
  core.DrawWeights(team);
  for (auto _ : state) core.BuildTables(team);
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(kAmazon.num_labels));
}
BENCHMARK(Rebuild)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slide
