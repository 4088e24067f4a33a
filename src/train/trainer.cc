#include "slide/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "eval/recall.h"
#include "eval/sample_indices.h"
#include "nn/batch_step.h"
#include "nn/network_core.h"
#include "nn/train_step.h"
#include "sampling/neighbour_index.h"
#include "sampling/selector.h"
#include "slide/error.h"
#include "train/rebuilder.h"
#include "train/sample_order.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/workers.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Samples a worker takes at a time: few enough that all end together, enough
// that the shared counter is no cost.
constexpr uint64_t kChunk = 16;
// One step in this many is timed by part.
constexpr uint64_t kTimedEvery = 16;
// Wall time between two looks at a running training.
constexpr double kReportSeconds = 0.2;
// Training samples on which the index's recall is measured.
constexpr uint64_t kRecallSamples = 500;
constexpr size_t kRecallK = 10;

nn::SampleLimits LimitsOf(const Dataset& data) {
  nn::SampleLimits limits;
  for (size_t i = 0; i < data.size(); ++i) {
    const SampleSize size = data.SizeOf(i);
    limits.max_labels = std::max(limits.max_labels, size.num_labels);
    limits.max_features = std::max(limits.max_features, size.num_features);
  }
  // No sample that keeps the rules has more, whatever damaged offsets say.
  limits.max_labels = std::min<size_t>(limits.max_labels, data.num_labels());
  limits.max_features =
      std::min<size_t>(limits.max_features, data.num_features());
  return limits;
}

// One call of Fit: everything it keeps while it runs.
class TrainingRun {
 public:
  TrainingRun(Network& network, const TrainOptions& options,
              const Dataset& train, const Dataset* test,
              const ProgressCallback& callback)
      : network_(network),
        core_(network.core()),
        options_(options),
        train_(train),
        test_(test),
        callback_(callback),
        rng_(*options.seed),
        team_(options.num_threads),
        neighbours_(train::MakeNeighbours(options.sampling, train)),
        selector_(train::MakeSelector(options.sampling, core_,
                                      train.LabelCounts(), neighbours_)),
        order_(train,
               static_cast<uint64_t>(options.shuffle_mebibytes * 0x1p20)),
        num_steps_(order_.size() * static_cast<uint64_t>(options.epochs)),
        rates_(options,
               options.learning_rate.value_or(
                   DefaultLearningRate(network.options().optimizer)),
               num_steps_),
        step_options_(options, network.options()),
        rebuilder_(core_, options.rebuild, team_,
                   train::TypicalInputs(train, order_.samples(), *options.seed),
                   train::TablesInUse(selector_)) {
    if (order_.size() == 0) {
      train.ThrowIfDamaged();
      throw DataError("the training set has no sample with a label");
    }
    report_.num_threads = team_.size();
    report_.num_samples = order_.size();
    report_.num_unlabelled = train.size() - order_.size();
    evaluation_.ks = options.eval_ks;
    evaluation_.num_samples = options.eval_samples;
    evaluation_.seed = *options.seed;
    evaluation_.num_threads = options.num_threads;
    if (test != nullptr) {
      evaluation_.inverse_propensities = InversePropensities(train);
      evaluation_.inverse_propensities.resize(core_.num_labels(), 1.0f);
    }
  }

  TrainReport Run() {
    rebuilder_.BuildFirst();
    UpdateTrainSeconds();
    // Behind the first build, which settles how large a workspace must be.
    workers_ = train::Workers(team_.size(), core_, selector_, step_options_,
                              LimitsOf(train_));
    if (options_.update == UpdateMode::kBatched) {
      batch_.emplace(core_, BatchSize(), team_.size());
      batch_results_.resize(BatchSize());
    }
    for (int epoch = 1; epoch <= options_.epochs && !report_.stopped; ++epoch) {
      RunEpoch(epoch);
    }
    Finish();
    return std::move(report_);
  }

 private:
  uint64_t BatchSize() const {
    return static_cast<uint64_t>(options_.batch_size);
  }

  void RunEpoch(int epoch) {
    order_.Shuffle(
        rng_.Stream(util::Purpose::kShuffle, static_cast<uint64_t>(epoch)));
    workers_.StartEpoch();
    const double seconds_before = report_.train_seconds;
    uint64_t done = 0;
    uint64_t segment = 64;
    while (done < order_.size()) {
      BringTablesUpToDate();
      order_.MoveTo(done);
      const uint64_t end = EndOfSegment(done, segment);
      const Clock::time_point start = Clock::now();
      if (batch_) {
        RunBatches(epoch, done, end);
      } else {
        RunSteps(epoch, done, end);
      }
      const double seconds = SecondsSince(start);
      step_seconds_ += seconds;
      UpdateTrainSeconds();
      steps_done_ += end - done;
      done = end;
      train_.ThrowIfDamaged();
      CheckFinite(epoch);
      // As many samples as take about the time between two reports.
      const double rate = static_cast<double>(steps_done_) / step_seconds_;
      segment = static_cast<uint64_t>(std::max(64.0, rate * kReportSeconds));
      if (done < order_.size() && !Report(epoch, done, nullptr)) return;
    }
    FinishEpoch(epoch, report_.train_seconds - seconds_before);
  }

  // Where to stop after `done` samples of the epoch, to look at the training or
  // to rebuild or where a window of mapped data ends: after about `length`
  // more. Batches stay whole, and do not depend on the time between two looks.
  uint64_t EndOfSegment(uint64_t done, uint64_t length) const {
    length = std::min({length, rebuilder_.next_event() - steps_done_,
                       order_.window_end() - done});
    if (batch_) length = (length + BatchSize() - 1) / BatchSize() * BatchSize();
    return std::min<uint64_t>(order_.size(), done + length);
  }

  // Trains on order_[begin, end) of this epoch.
  void RunSteps(int epoch, uint64_t begin, uint64_t end) {
    std::atomic<uint64_t> next = begin;
    team_.Run([&](int w, int) {
      train::Worker& worker = workers_[w];
      for (;;) {
        const uint64_t first =
            next.fetch_add(kChunk, std::memory_order_relaxed);
        if (first >= end) return;
        const uint64_t last = std::min(end, first + kChunk);
        for (uint64_t i = first; i < last; ++i) {
          const SparseView following =
              i + 1 < last ? train_[order_[i + 1]].features : SparseView();
          Step(epoch, i, steps_done_ + (i - begin), following, worker);
        }
      }
    });
  }

  // The random numbers of a sample in an epoch.
  util::Rng SampleRng(int epoch, uint64_t sample) const noexcept {
    return rng_.Stream(util::Purpose::kSample, static_cast<uint64_t>(epoch),
                       sample);
  }

  void Step(int epoch, uint64_t position, uint64_t step, SparseView next,
            train::Worker& worker) noexcept {
    const uint64_t number = order_[position];
    const Sample sample = train_[number];
    if (sample.labels.empty()) return;  // damaged: see ThrowIfDamaged
    util::Rng rng = SampleRng(epoch, number);
    worker.workspace.clock.Start(step % kTimedEvery == 0);
    const nn::StepResult result = nn::TrainSample(
        core_, selector_, step_options_, static_cast<float>(rates_.at(step)),
        sample, next, rng, worker.workspace);
    worker.epoch_loss += result.loss;
    Count(result, position, worker);
  }

  // Trains on order_[begin, end) of this epoch, batch by batch.
  void RunBatches(int epoch, uint64_t begin, uint64_t end) {
    for (uint64_t first = begin; first < end; first += BatchSize()) {
      const uint64_t last = std::min(end, first + BatchSize());
      const uint64_t step = steps_done_ + (first - begin);
      std::atomic<uint64_t> next = first;
      team_.Run([&](int w, int) {
        train::Worker& worker = workers_[w];
        for (uint64_t i = next++; i < last; i = next++) {
          const Sample sample = train_[order_[i]];
          if (sample.labels.empty()) continue;  // damaged
          util::Rng rng = SampleRng(epoch, order_[i]);
          nn::StepClock& clock = worker.workspace.clock;
          clock.Start((step + (i - first)) % kTimedEvery == 0);
          const nn::StepResult result =
              nn::Forward(core_, selector_, step_options_, sample, {}, rng,
                          worker.workspace);
          batch_->Record(core_, step_options_, i - first, worker.workspace);
          clock.Mark(nn::StepClock::kBackward);
          batch_results_[i - first] = result;
          Count(result, i, worker);
        }
      });
      train_.ThrowIfDamaged();
      // Summed in the order of the samples, whichever thread had them.
      for (uint64_t i = first; i < last; ++i) {
        workers_[0].epoch_loss += batch_results_[i - first].loss;
      }
      const uint64_t key = rng_.Stream(util::Purpose::kRounding, step).Next();
      const Clock::time_point start = Clock::now();
      batch_->Apply(core_, step_options_, static_cast<float>(rates_.at(step)),
                    last - first, key, team_);
      apply_seconds_ += SecondsSince(start);
    }
  }

  static void Count(const nn::StepResult& result, uint64_t position,
                    train::Worker& worker) noexcept {
    worker.num_active += result.num_active;
    ++worker.num_with_active[result.num_active];
    if (!std::isfinite(result.loss) && !worker.diverged_at) {
      worker.diverged_at = position;
    }
  }

  void BringTablesUpToDate() {
    rebuilder_.AtStep(steps_done_);
    UpdateTrainSeconds();
  }

  void UpdateTrainSeconds() {
    report_.train_seconds = step_seconds_ + rebuilder_.pause_seconds();
  }

  void CheckFinite(int epoch) const {
    const std::optional<uint64_t> position = workers_.FirstDiverged();
    if (!position) return;
    const uint64_t step =
        static_cast<uint64_t>(epoch - 1) * order_.size() + *position;
    throw DivergedError(fmt::format(
        "the loss is not finite in epoch {} at sample {} of the training set "
        "(learning rate {:.3g}); a lower learning rate may help",
        epoch, order_[*position], rates_.at(step)));
  }

  double ActiveMean() const {
    return steps_done_ == 0 ? 0.0
                            : static_cast<double>(workers_.NumActive()) /
                                  static_cast<double>(steps_done_);
  }

  double SamplesPerSecond() const {
    return report_.train_seconds == 0.0
               ? 0.0
               : static_cast<double>(steps_done_) / report_.train_seconds;
  }

  void FinishEpoch(int epoch, double train_seconds) {
    EpochReport finished;
    finished.epoch = epoch;
    finished.train_loss =
        workers_.EpochLoss() / static_cast<double>(order_.size());
    finished.train_seconds = train_seconds;
    if (test_ != nullptr) {
      const Clock::time_point start = Clock::now();
      finished.test = Evaluate(network_, *test_, evaluation_);
      report_.eval_seconds += SecondsSince(start);
    }
    finished.active_p50 = workers_.ActivePercentile(0.5);
    finished.active_p99 = workers_.ActivePercentile(0.99);
    if (options_.index_reports) {
      const Clock::time_point start = Clock::now();
      finished.index = MakeIndexReport();
      report_.eval_seconds += SecondsSince(start);
    }
    report_.epochs.push_back(std::move(finished));
    Report(epoch, order_.size(), &report_.epochs.back());
  }

  // Returns whether to go on.
  bool Report(int epoch, uint64_t done, const EpochReport* finished) {
    if (!callback_) return true;
    Progress progress;
    progress.epoch = epoch;
    progress.num_epochs = options_.epochs;
    progress.epoch_samples_done = done;
    progress.epoch_samples = order_.size();
    progress.samples_per_second = SamplesPerSecond();
    progress.loss = workers_.EpochLoss() / static_cast<double>(done);
    progress.active_mean = ActiveMean();
    progress.learning_rate = rates_.at(steps_done_);
    progress.seconds_left =
        static_cast<double>(num_steps_ - steps_done_) / SamplesPerSecond();
    progress.finished_epoch = finished;
    if (callback_(progress)) return true;
    // Stopping after the last step stops nothing.
    report_.stopped = steps_done_ < num_steps_;
    return false;
  }

  void Finish() {
    rebuilder_.Finish();
    UpdateTrainSeconds();
    report_.samples_per_second = SamplesPerSecond();
    report_.active_mean = ActiveMean();
    report_.active_p50 = workers_.ActivePercentile(0.5);
    report_.active_p99 = workers_.ActivePercentile(0.99);
    report_.num_rebuilds = rebuilder_.num_rebuilds();
    report_.phases.rebuild = rebuilder_.pause_seconds();
    report_.phases.background = rebuilder_.background_seconds();
    report_.phases.evaluate = report_.eval_seconds;
    workers_.ShareOut(step_seconds_ - apply_seconds_, report_.phases);
    report_.phases.backward += apply_seconds_;
    report_.index = MakeIndexReport();
  }

  IndexReport MakeIndexReport() {
    IndexReport index;
    if (!selector_.uses_hashing()) return index;
    index.recall_at_10 = MeasureRecall();
    index.drift = core_.TablesDrift();
    index.buckets = core_.index()->tables().Occupancy();
    return index;
  }

  double MeasureRecall() {
    std::vector<uint64_t> samples;
    for (const uint64_t i :
         eval::SampleIndices(order_.size(), kRecallSamples, *options_.seed)) {
      samples.push_back(order_.samples()[i]);
    }
    return eval::IndexRecall(core_, train_, samples, kRecallK,
                             selector_.query(),
                             rng_.Stream(util::Purpose::kRecallSample))
        .share;
  }

  Network& network_;
  nn::NetworkCore& core_;
  const TrainOptions& options_;
  const Dataset& train_;
  const Dataset* test_;
  const ProgressCallback& callback_;
  const util::Rng rng_;
  const util::ThreadTeam team_;
  const std::optional<sampling::NeighbourIndex> neighbours_;
  const sampling::Selector selector_;
  train::SampleOrder order_;
  const uint64_t num_steps_;  // of the whole run
  const train::RateSchedule rates_;
  const nn::StepOptions step_options_;
  train::Rebuilder rebuilder_;
  EvaluateOptions evaluation_;
  train::Workers workers_;
  // Of batched updates.
  std::optional<nn::BatchStep> batch_;
  std::vector<nn::StepResult> batch_results_;  // [batch_size]
  double apply_seconds_ = 0.0;                 // a part of step_seconds
  uint64_t steps_done_ = 0;
  double step_seconds_ = 0.0;  // train_seconds without rebuilds
  TrainReport report_;
};

}  // namespace

Trainer::Trainer(Network& network, const TrainOptions& options)
    : network_(network), options_(options) {
  options_.Validate();
  train::CheckSuits(options_, network.core());
  if (!options_.seed) options_.seed = network.options().seed;
}

TrainReport Trainer::Fit(const Dataset& train, const Dataset* test,
                         const ProgressCallback& callback) {
  train::CheckFits(train, network_.options(), "training");
  if (test != nullptr) train::CheckFits(*test, network_.options(), "test");
  return TrainingRun(network_, options_, train, test, callback).Run();
}

}  // namespace slide
