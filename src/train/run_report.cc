#include "train/run_report.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "eval/recall.h"
#include "eval/sample_indices.h"
#include "sampling/sources.h"
#include "util/stopwatch.h"

namespace slide::train {

RunReport::RunReport(const Network& network, const TrainSetup& setup,
                     const SampleOrder& order, const Workers& workers,
                     const Engine& engine, const EvaluationSets& sets)
    : network_(network),
      setup_(setup),
      order_(order),
      workers_(workers),
      engine_(engine),
      sets_(sets) {
  if (sets.test == nullptr && sets.validation == nullptr) return;
  evaluation_.ks = setup.options.eval_ks;
  evaluation_.num_samples = setup.options.eval_samples;
  evaluation_.seed = setup.seed;
  evaluation_.num_threads = setup.options.num_threads;
  evaluation_.inverse_propensities = InversePropensities(setup.data);
  evaluation_.inverse_propensities.resize(setup.network.num_labels(), 1.0f);
}

Progress RunReport::Look(const RunState& state, double learning_rate) const {
  const uint64_t num_steps =
      order_.size() * static_cast<uint64_t>(*setup_.options.epochs);
  Progress progress;
  progress.epoch = state.epoch;
  progress.num_epochs = *setup_.options.epochs;
  progress.epoch_samples_done = state.place;
  progress.epoch_samples = order_.size();
  progress.samples_per_second = SamplesPerSecond(state);
  progress.loss = workers_.EpochLoss() / static_cast<double>(state.place);
  progress.active_mean = ActiveMean(state);
  progress.learning_rate = learning_rate;
  progress.seconds_left = static_cast<double>(num_steps - state.steps) /
                          progress.samples_per_second;
  return progress;
}

EpochReport& RunReport::FinishEpoch(const RunState& state,
                                    const EvaluateCallback& callback) {
  EpochReport epoch;
  epoch.epoch = state.epoch;
  epoch.train_loss = workers_.EpochLoss() / static_cast<double>(state.place);
  const double train_seconds = TrainSeconds();
  epoch.train_seconds = train_seconds - so_far_.earlier_seconds;
  epoch.active_p50 = workers_.ActivePercentile(0.5);
  epoch.active_p99 = workers_.ActivePercentile(0.99);
  const util::Stopwatch watch(so_far_.eval_seconds);
  EvaluateSets(callback, epoch);
  if (setup_.options.index_reports) epoch.index = MakeIndexReport();
  // Now that nothing stops it: an epoch whose evaluation was stopped is
  // finished later.
  so_far_.earlier_seconds = train_seconds;
  return so_far_.epochs.emplace_back(std::move(epoch));
}

void RunReport::EvaluateSets(const EvaluateCallback& callback,
                             EpochReport& epoch) const {
  // Samples looked at.
  const auto size_of = [&](const Dataset* data) {
    if (data == nullptr) return 0.0;
    const uint64_t limit = evaluation_.num_samples;
    return static_cast<double>(
        limit == 0 ? data->size() : std::min<uint64_t>(limit, data->size()));
  };
  const double all =
      std::max(1.0, size_of(sets_.test) + size_of(sets_.validation));
  double done = 0.0;
  const auto evaluate = [&](const Dataset* data,
                            std::optional<Metrics>& metrics) {
    if (data == nullptr) return;
    const double size = size_of(data);
    metrics = Evaluate(network_, *data, evaluation_, [&](double share) {
      return !callback || callback((done + share * size) / all);
    });
    data->ThrowIfDamaged();
    done += size;
  };
  evaluate(sets_.validation, epoch.validation);
  evaluate(sets_.test, epoch.test);
}

const CheckpointReport& RunReport::Note(CheckpointReport checkpoint) {
  if (checkpoint.failure.empty()) ++so_far_.num_checkpoints;
  so_far_.checkpoint_seconds += checkpoint.seconds;
  return checkpoint_.emplace(std::move(checkpoint));
}

TrainReport RunReport::Finish(const RunState& state, bool stopped) {
  TrainReport report;
  report.epochs = std::move(so_far_.epochs);
  report.stopped = stopped;
  report.first_loss = workers_.FirstLoss();
  report.num_samples = order_.size();
  report.num_unlabelled = setup_.data.size() - order_.size();
  report.num_threads = setup_.team.size();
  report.train_seconds = TrainSeconds();
  report.eval_seconds = so_far_.eval_seconds;
  report.samples_per_second = SamplesPerSecond(state);
  report.active_mean = ActiveMean(state);
  report.active_p50 = workers_.ActivePercentile(0.5);
  report.active_p99 = workers_.ActivePercentile(0.99);
  report.num_rebuilds = setup_.rebuilder.num_rebuilds();
  report.index = MakeIndexReport();
  report.num_checkpoints = so_far_.num_checkpoints;
  report.checkpoint = std::move(checkpoint_);
  workers_.ShareOut(so_far_.step_seconds - engine_.apply_seconds(),
                    report.phases);
  report.phases.backward += engine_.apply_seconds();
  report.phases.rebuild = setup_.rebuilder.pause_seconds();
  report.phases.background = setup_.rebuilder.background_seconds();
  report.phases.evaluate = so_far_.eval_seconds;
  report.phases.checkpoint = so_far_.checkpoint_seconds;
  return report;
}

double RunReport::SamplesPerSecond(const RunState& state) const noexcept {
  const double seconds = TrainSeconds();
  return seconds == 0.0 ? 0.0 : static_cast<double>(state.steps) / seconds;
}

double RunReport::ActiveMean(const RunState& state) const noexcept {
  return state.steps == 0 ? 0.0
                          : static_cast<double>(workers_.NumActive()) /
                                static_cast<double>(state.steps);
}

IndexReport RunReport::MakeIndexReport() const {
  // Training samples on which the recall is measured.
  constexpr uint64_t kSamples = 500;
  constexpr size_t kBest = 10;
  IndexReport index;
  if (!setup_.uses_hashing) return index;
  const nn::NetworkCore& core = setup_.network;
  const hashing::LshTables& tables = core.index()->tables();
  std::vector<uint64_t> samples;
  for (const uint64_t i :
       eval::SampleIndices(order_.size(), kSamples, setup_.seed)) {
    samples.push_back(order_.samples()[i]);
  }
  index.recall_at_10 =
      eval::IndexRecall(
          core, tables, setup_.data, samples, kBest,
          sampling::QueryOf(setup_.options.sampling, core.num_labels()),
          setup_.rng.Stream(util::Purpose::kRecallSample))
          .share;
  index.drift = core.TablesDrift();
  index.buckets = tables.Occupancy();
  return index;
}

}  // namespace slide::train
