#include "slide/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "nn/network_core.h"
#include "nn/selector.h"
#include "nn/train_step.h"
#include "slide/error.h"
#include "train/rebuilder.h"
#include "train/recall.h"
#include "train/sample_indices.h"
#include "train/schedule.h"
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
// Training samples whose mean hashes are centered by.
constexpr uint64_t kTypicalInputs = 256;

void CheckFits(const Dataset& data, const NetworkOptions& net,
               std::string_view what) {
  if (data.num_features() > net.num_features ||
      data.num_labels() > net.num_labels) {
    throw DataError(fmt::format(
        "the {} set has {} features and {} labels, the network {} and {}", what,
        data.num_features(), data.num_labels(), net.num_features,
        net.num_labels));
  }
}

// The samples that have a label.
std::vector<uint64_t> LabelledSamples(const Dataset& data) {
  std::vector<uint64_t> samples;
  for (size_t i = 0; i < data.size(); ++i) {
    if (!data[i].labels.empty()) samples.push_back(i);
  }
  if (samples.empty()) {
    throw DataError("the training set has no sample with a label");
  }
  return samples;
}

size_t MaxLabels(const Dataset& data) {
  size_t max = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    max = std::max(max, data[i].labels.size());
  }
  return max;
}

// label_counts, filled up with zeros to the network's labels.
std::vector<uint64_t> PaddedLabelCounts(const Dataset& data,
                                        size_t num_labels) {
  std::vector<uint64_t> counts = data.LabelCounts();
  counts.resize(num_labels);
  return counts;
}

// What all steps share; the learning rate changes from step to step.
nn::StepOptions MakeStepOptions(const TrainOptions& options) {
  nn::StepOptions step;
  step.loss = options.loss;
  step.gradient_floor = static_cast<float>(options.gradient_floor);
  step.row.momentum = static_cast<float>(options.momentum);
  step.row.beta1 = static_cast<float>(options.beta1);
  step.row.beta2 = static_cast<float>(options.beta2);
  step.row.rounding = options.rounding;
  return step;
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
        rng_(options.seed),
        team_(options.num_threads),
        selector_(options.sampling,
                  PaddedLabelCounts(train, core_.num_labels()),
                  core_.options().hash.kind != HashKind::kNone),
        order_(LabelledSamples(train)),
        num_steps_(order_.size() * static_cast<uint64_t>(options.epochs)),
        decay_(options.learning_rate.value_or(
                   DefaultLearningRate(network.options().optimizer)),
               options.final_rate_share, num_steps_),
        step_options_(MakeStepOptions(options)),
        rebuilder_(core_, options.rebuild, team_, TypicalInputs(),
                   selector_.uses_hashing()) {
    report_.num_threads = team_.size();
    report_.num_samples = order_.size();
    report_.num_unlabelled = train.size() - order_.size();
    evaluation_.ks = options.eval_ks;
    evaluation_.num_samples = options.eval_samples;
    evaluation_.seed = options.seed;
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
    workers_ =
        train::Workers(team_.size(), core_, selector_, MaxLabels(train_));
    for (int epoch = 1; epoch <= options_.epochs && !report_.stopped; ++epoch) {
      RunEpoch(epoch);
    }
    Finish();
    return std::move(report_);
  }

 private:
  // Inputs of a sample of the training set.
  std::vector<SparseView> TypicalInputs() const {
    std::vector<SparseView> inputs;
    for (const uint64_t i :
         train::SampleIndices(order_.size(), kTypicalInputs, options_.seed)) {
      inputs.push_back(train_[order_[i]].features);
    }
    return inputs;
  }

  void RunEpoch(int epoch) {
    Shuffle(epoch);
    workers_.StartEpoch();
    const double seconds_before = report_.train_seconds;
    uint64_t done = 0;
    uint64_t segment = 64;
    while (done < order_.size()) {
      BringTablesUpToDate();
      const uint64_t end =
          done + std::min({order_.size() - done, segment,
                           rebuilder_.next_event() - steps_done_});
      const Clock::time_point start = Clock::now();
      RunSteps(epoch, done, end);
      const double seconds = SecondsSince(start);
      step_seconds_ += seconds;
      UpdateTrainSeconds();
      steps_done_ += end - done;
      done = end;
      CheckFinite(epoch);
      // As many samples as take about the time between two reports.
      const double rate = static_cast<double>(steps_done_) / step_seconds_;
      segment = static_cast<uint64_t>(std::max(64.0, rate * kReportSeconds));
      if (done < order_.size() && !Report(epoch, done, nullptr)) return;
    }
    FinishEpoch(epoch, report_.train_seconds - seconds_before);
  }

  void Shuffle(int epoch) {
    util::Rng rng =
        rng_.Stream(util::Purpose::kShuffle, static_cast<uint64_t>(epoch));
    std::sort(order_.begin(), order_.end());
    for (size_t i = order_.size(); i > 1; --i) {
      std::swap(order_[i - 1], order_[rng.UniformInt(i)]);
    }
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

  void Step(int epoch, uint64_t position, uint64_t step, SparseView next,
            train::Worker& worker) noexcept {
    const uint64_t sample = order_[position];
    util::Rng rng = rng_.Stream(util::Purpose::kSample,
                                static_cast<uint64_t>(epoch), sample);
    worker.workspace.clock.Start(step % kTimedEvery == 0);
    nn::StepOptions step_options = step_options_;
    step_options.row.learning_rate = static_cast<float>(decay_.at(step));
    const nn::StepResult result =
        nn::TrainSample(core_, selector_, step_options, train_[sample], next,
                        rng, worker.workspace);
    worker.epoch_loss += result.loss;
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
        epoch, order_[*position], decay_.at(step)));
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
    progress.learning_rate = decay_.at(steps_done_);
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
    report_.rebuild_hashed_share = rebuilder_.hashed_share();
    report_.phases.rebuild = rebuilder_.pause_seconds();
    report_.phases.background = rebuilder_.background_seconds();
    report_.phases.evaluate = report_.eval_seconds;
    workers_.ShareOut(step_seconds_, report_.phases);
    report_.index_recall_at_10 = MeasureRecall();
    report_.index_drift = core_.IndexDrift();
    if (selector_.uses_hashing()) {
      report_.buckets = core_.index()->tables().Occupancy();
    }
  }

  double MeasureRecall() {
    if (!selector_.uses_hashing()) return 0.0;
    std::sort(order_.begin(), order_.end());
    std::vector<uint64_t> samples;
    for (const uint64_t i :
         train::SampleIndices(order_.size(), kRecallSamples, options_.seed)) {
      samples.push_back(order_[i]);
    }
    return train::IndexRecall(core_, train_, samples, kRecallK,
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
  const nn::Selector selector_;
  std::vector<uint64_t> order_;  // labelled samples, as this epoch meets them
  const uint64_t num_steps_;     // of the whole run
  const train::LinearDecay decay_;
  const nn::StepOptions step_options_;  // without the learning rate
  train::Rebuilder rebuilder_;
  EvaluateOptions evaluation_;
  train::Workers workers_;
  uint64_t steps_done_ = 0;
  double step_seconds_ = 0.0;  // train_seconds without rebuilds
  TrainReport report_;
};

}  // namespace

Trainer::Trainer(Network& network, const TrainOptions& options)
    : network_(network), options_(options) {
  options_.Validate();
}

TrainReport Trainer::Fit(const Dataset& train, const Dataset* test,
                         const ProgressCallback& callback) {
  CheckFits(train, network_.options(), "training");
  if (test != nullptr) CheckFits(*test, network_.options(), "test");
  return TrainingRun(network_, options_, train, test, callback).Run();
}

}  // namespace slide
