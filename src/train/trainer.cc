#include "slide/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "train/best_epoch.h"
#include "train/engine.h"
#include "train/run_report.h"
#include "train/run_state.h"
#include "train/sample_order.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/sparse_weight.h"
#include "train/workers.h"
#include "util/rng.h"
#include "util/stopwatch.h"

namespace slide {
namespace {

// One call of Fit.
class TrainingRun final : private train::SampleFeed {
 public:
  TrainingRun(Network& network, const TrainOptions& options,
              const Dataset& data, const EvaluationSets& sets,
              const ProgressCallback& callback, uint64_t samples_between_looks)
      : network_(network),
        data_(data),
        validation_(sets.validation),
        callback_(callback),
        samples_between_looks_(samples_between_looks),
        order_(data, static_cast<uint64_t>(options.shuffle_mebibytes * 0x1p20)),
        setup_(nn::NetworkAccess::Core(network), options, data,
               state_.rebuilds),
        num_steps_(order_.size() * static_cast<uint64_t>(*options.epochs)),
        rates_(options, *options.learning_rate, num_steps_),
        workers_(setup_.team.size(), setup_.step, order_.limits()),
        engine_(train::MakeEngine(setup_, Limits(), workers_)),
        report_(network, setup_, order_, workers_, *engine_, sets) {
    if (sets.validation == nullptr) return;
    best_.emplace(setup_.network, *options.epochs, options.patience);
  }

  TrainReport Run() {
    while (state_.epoch < *setup_.options.epochs && !stopped_ && !EndsEarly()) {
      ++state_.epoch;
      RunEpoch();
    }
    setup_.rebuilder.Finish();
    TrainReport report = report_.Finish(state_, stopped_);
    if (!best_) return report;
    report.best_epoch = best_->epoch();
    report.stopped_early = !stopped_ && EndsEarly();
    if (stopped_) return report;
    best_->Restore(setup_.network);
    ChooseWeight(report);
    return report;
  }

 private:
  // Chooses the weight of the sparse part where it is left open. The metrics of
  // the best epoch are then those of the network with it.
  void ChooseWeight(TrainReport& report) {
    if (setup_.network.sparse_part() == nullptr || report.best_epoch == 0 ||
        setup_.options.sparse_part.weight) {
      return;
    }
    const auto look = [&](double share) { return Report(nullptr, share); };
    EpochReport& best =
        report.epochs[static_cast<size_t>(report.best_epoch) - 1];
    nn::SparsePart& part = *setup_.network.sparse_part();
    const float before = part.weight();
    try {
      const util::Stopwatch watch(report.eval_seconds);
      if (train::ChooseSparseWeight(network_, setup_.network, *validation_,
                                    report_.evaluation(), look)) {
        EpochReport again = best;
        report_.EvaluateSets(look, again);
        best = std::move(again);
      }
    } catch (const StoppedError&) {  // all steps are done: not a stopped run
      part.set_weight(before);
    }
    report.phases.evaluate = report.eval_seconds;
  }

  nn::SampleLimits Limits() const {
    nn::SampleLimits limits = order_.limits();
    if (setup_.network.sparse_part() == nullptr) return limits;
    for (const uint64_t i : order_.samples()) {
      limits.max_hits =
          std::max(limits.max_hits, setup_.step.MaxHits(data_[i]));
    }
    return limits;
  }

  void RunEpoch() {
    order_.Shuffle(setup_.rng.Stream(util::Purpose::kShuffle,
                                     static_cast<uint64_t>(state_.epoch)));
    workers_.StartEpoch();
    state_.place = 0;
    uint64_t segment =
        samples_between_looks_ == 0 ? 64 : samples_between_looks_;
    while (state_.place < order_.size()) {
      setup_.rebuilder.AtStep(state_.steps);
      order_.MoveTo(state_.place);
      const uint64_t end = EndOfSegment(segment);
      {
        const util::Stopwatch watch(report_.step_seconds());
        engine_->Train(*this, state_.place, end);
      }
      data_.ThrowIfDamaged();
      CheckFinite();
      state_.steps += end - state_.place;
      state_.place = end;
      if (samples_between_looks_ == 0) {
        // A segment takes about the time between two reports.
        constexpr double kReportSeconds = 0.2;
        segment = static_cast<uint64_t>(std::max(
            64.0, kReportSeconds * report_.samples_per_step_second(state_)));
      }
      if (end < order_.size() && !Report(nullptr)) return;
    }
    CheckWeights();
    try {
      EpochReport& epoch = report_.FinishEpoch(
          state_, [&](double share) { return Report(nullptr, share); });
      if (best_) {
        epoch.is_best =
            best_->Note(epoch.epoch, *epoch.validation, setup_.network);
      }
      Report(&epoch);
    } catch (const StoppedError&) {
      stopped_ = true;
    }
  }

  // Returns the next place to stop, to report, to rebuild, or because a window
  // of mapped data ends: about `length` samples further on. Batches stay whole.
  // Nothing that decides a result depends on the length.
  uint64_t EndOfSegment(uint64_t length) const {
    length = std::min({length, setup_.rebuilder.next_event() - state_.steps,
                       order_.window_end() - state_.place});
    if (setup_.options.update == UpdateMode::kBatched) {
      const auto size = static_cast<uint64_t>(setup_.options.batch_size);
      length = (length + size - 1) / size * size;
    }
    return std::min<uint64_t>(order_.size(), state_.place + length);
  }

  // The samples of this epoch in their order.
  Sample SampleAt(uint64_t place) const noexcept override {
    return data_[order_[place]];
  }
  util::Rng RngAt(uint64_t place) const noexcept override {
    return setup_.rng.Stream(util::Purpose::kSample,
                             static_cast<uint64_t>(state_.epoch),
                             order_[place]);
  }
  float RateAt(uint64_t place) const noexcept override {
    return static_cast<float>(rates_.at(StepAt(place)));
  }
  uint64_t StepAt(uint64_t place) const noexcept override {
    return state_.steps + (place - state_.place);
  }
  void ThrowIfDamaged() const override { data_.ThrowIfDamaged(); }

  void CheckFinite() const {
    const std::optional<uint64_t> place = workers_.FirstDiverged();
    if (!place) return;
    float largest = 0.0f;
    for (const float value : SampleAt(*place).features.values) {
      largest = std::max(largest, std::abs(value));
    }
    // Scaled samples have no value above 1.
    constexpr float kLarge = 1e3f;
    throw DivergedError(fmt::format(
        "the loss is not finite in epoch {} at sample {} of the training set "
        "(learning rate {:.3g}); {}",
        state_.epoch, order_[*place], rates_.at(StepAt(*place)),
        largest > kLarge
            ? fmt::format(
                  "its features have values up to {:.3g}: scale them to "
                  "length 1, as is done unless normalize is off",
                  largest)
            : "a lower learning rate may help"));
  }

  // A step with a finite loss may still have moved a weight too far.
  void CheckWeights() const {
    if (const auto where = setup_.network.WhereNotFinite()) {
      throw DivergedError(fmt::format(
          "epoch {} left a number that is not finite in {} (learning rate "
          "{:.3g}); a lower learning rate may help",
          state_.epoch, *where, rates_.at(state_.steps - 1)));
    }
  }

  // Returns whether to go on.
  bool Report(const EpochReport* finished,
              std::optional<double> evaluated_share = {}) {
    if (!callback_) return true;
    Progress progress = report_.Look(state_, rates_.at(state_.steps));
    progress.finished_epoch = finished;
    progress.evaluated_share = evaluated_share;
    if (callback_(progress)) return true;
    // Stopping after the last step stops nothing.
    stopped_ = state_.steps < num_steps_ && !EndsEarly();
    return false;
  }

  // Tells whether this epoch is the last one though others were asked for.
  bool EndsEarly() const noexcept { return best_ && best_->ends_early(); }

  const Network& network_;
  const Dataset& data_;
  const Dataset* const validation_;  // or null
  const ProgressCallback& callback_;
  const uint64_t samples_between_looks_;
  train::RunState state_;
  train::SampleOrder order_;
  train::TrainSetup setup_;
  const uint64_t num_steps_;  // of the whole run
  const train::RateSchedule rates_;
  train::Workers workers_;
  const std::unique_ptr<train::Engine> engine_;
  train::RunReport report_;
  std::optional<train::BestEpoch> best_;  // with a validation set
  bool stopped_ = false;
};

// Without a label nothing can be compared.
void RequireSamples(const Dataset& validation) {
  for (size_t i = 0; i < validation.size(); ++i) {
    if (validation.SizeOf(i).num_labels > 0) return;
  }
  throw DataError(
      "validation set: got no sample with a label, expected one or more");
}

}  // namespace

double MeanPrecision(const Metrics& metrics) noexcept {
  double sum = 0.0;
  for (const MetricsAtK& at : metrics.at) sum += at.precision;
  return metrics.at.empty() ? 0.0
                            : sum / static_cast<double>(metrics.at.size());
}

bool IsBelowGuess(const Metrics& metrics, const Metrics& popularity) noexcept {
  return !metrics.at.empty() && !popularity.at.empty() &&
         metrics.at.front().precision < popularity.at.front().precision;
}

Trainer::Trainer(Network& network, const TrainOptions& options)
    : network_(network), options_(options) {
  options_.Validate();
  train::SettleNetwork(options_, nn::NetworkAccess::Core(network));
}

TrainReport Trainer::Fit(const Dataset& train, const EvaluationSets& sets,
                         const ProgressCallback& callback) {
  train::CheckFits(train, network_.options(), "training");
  if (sets.test != nullptr) {
    train::CheckFits(*sets.test, network_.options(), "test");
  }
  if (sets.validation != nullptr) {
    train::CheckFits(*sets.validation, network_.options(), "validation");
    RequireSamples(*sets.validation);
  } else if (options_.patience > 0) {
    throw OptionsError(
        fmt::format("patience: got {} without a validation set, expected 0 or "
                    "such a set",
                    options_.patience));
  }
  const TrainOptions options =
      SettledFor(train, network_.options().optimizer, options_);
  train::MakeSparsePart(options, train, nn::NetworkAccess::Core(network_));
  return TrainingRun(network_, options, train, sets, callback,
                     samples_between_looks_)
      .Run();
}

}  // namespace slide
