#include "train/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "predict/check_samples.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "train/best_epoch.h"
#include "train/data_fingerprint.h"
#include "train/engine.h"
#include "train/run_report.h"
#include "train/sample_order.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/sparse_weight.h"
#include "train/time_limit.h"
#include "train/workers.h"
#include "util/rng.h"
#include "util/stopwatch.h"
#include "util/thread_team.h"

namespace slide::train {
namespace {

class Run final : public TrainingRun, private SampleFeed {
 public:
  // options: settled for the data.
  Run(const RunInputs& inputs, const TrainOptions& options)
      : network_(inputs.network),
        data_(inputs.data),
        weights_(inputs.weights),
        validation_(inputs.sets.validation),
        callback_(inputs.callback),
        looks_(inputs.looks),
        checkpointer_(inputs.checkpointer),
        state_(inputs.from == nullptr ? RunState()
                                      : inputs.from->numbers().state),
        time_(options, state_.seconds),
        order_(data_,
               static_cast<uint64_t>(options.shuffle_mebibytes * 0x1p20)),
        setup_(nn::NetworkAccess::Core(inputs.network), options, data_,
               state_.rebuilds, inputs.weights.labels),
        num_steps_(order_.size() * static_cast<uint64_t>(*options.epochs)),
        rates_(options, *options.learning_rate, num_steps_),
        workers_(setup_.team.size(), setup_.step, order_.limits()),
        engine_(MakeEngine(setup_, Limits(), workers_)),
        report_(network_, setup_, order_, workers_, *engine_, inputs.sets) {
    if (validation_ != nullptr) {
      best_.emplace(setup_.network, *options.epochs, options.patience);
    }
    if (inputs.from != nullptr) Restore(*inputs.from);
    num_before_ = num_finished();
  }

  bool has_next() const override {
    return num_finished() < static_cast<size_t>(*setup_.options.epochs) &&
           !stopped_ && !EndsEarly();
  }

  void RunEpoch() override {
    if (static_cast<size_t>(state_.epoch) == num_finished()) {
      ++state_.epoch;
      state_.place = 0;
      workers_.StartEpoch();
    }
    order_.Shuffle(setup_.rng.Stream(util::Purpose::kShuffle,
                                     static_cast<uint64_t>(state_.epoch)));
    const bool is_open = looks_.samples_between == 0;
    uint64_t segment = is_open ? 64 : looks_.samples_between;
    while (state_.place < order_.size()) {
      setup_.rebuilder.AtStep(state_.steps);
      order_.MoveTo(state_.place);
      timed_step_ = static_cast<uint64_t>(time_.share() *
                                          static_cast<double>(num_steps_ - 1));
      const uint64_t end =
          EndOfSegment(is_open ? segment : segment - state_.place % segment);
      {
        const util::Stopwatch watch(report_.step_seconds());
        engine_->Train(*this, state_.place, end);
      }
      data_.ThrowIfDamaged();
      CheckFinite();
      state_.steps += end - state_.place;
      state_.place = end;
      if (time_.is_over()) break;
      if (is_open) {
        // A segment takes about the time between two reports.
        constexpr double kReportSeconds = 0.2;
        const double seconds = std::min(kReportSeconds, time_.seconds_left());
        segment = static_cast<uint64_t>(
            std::max(64.0, seconds * report_.samples_per_step_second(state_)));
      }
      if (end < order_.size() && (!Report({}) || !MaybeWriteCheckpoint())) {
        return;
      }
    }
    CheckWeights();
    try {
      EpochReport& epoch = report_.FinishEpoch(state_, [&](double share) {
        return Report({.evaluated_share = share});
      });
      state_.is_out_of_time = time_.is_over() && state_.steps < num_steps_;
      if (best_) {
        epoch.is_best =
            best_->Note(epoch.epoch, *epoch.validation, setup_.network);
      }
      if (Report({.finished_epoch = &epoch})) MaybeWriteCheckpoint();
    } catch (const StoppedError&) {
      stopped_ = true;
    }
  }

  void Pause() override { setup_.rebuilder.Finish(); }

  TrainReport Finish() override {
    setup_.rebuilder.Finish();
    if (checkpointer_ != nullptr &&
        (stopped_ || num_finished() > num_before_) &&
        checkpointer_->IsNew(state_, num_finished())) {
      const CheckpointReport& checkpoint = WriteCheckpoint();
      if (!stopped_) Report({.checkpoint = &checkpoint});
    }
    TrainReport report = report_.Finish(state_, stopped_);
    report.is_out_of_time = !stopped_ && state_.is_out_of_time;
    if (!best_) return report;
    report.best_epoch = best_->epoch();
    report.stopped_early = !stopped_ && best_->ends_early();
    if (stopped_) return report;
    best_->Restore(setup_.network);
    ChooseWeight(report);
    return report;
  }

 private:
  // Takes from the checkpoint all that the constructor has left.
  void Restore(const CheckpointFile& from) {
    const RunNumbers& numbers = from.numbers();
    if (numbers.epoch_samples != order_.size()) {
      throw ModelFileError(fmt::format(
          "{}: got epochs of {} samples, expected the {} of the training set",
          from.path(), numbers.epoch_samples, order_.size()));
    }
    engine_->AddApplySeconds(numbers.apply_seconds);
    workers_.Restore(numbers.workers);
    report_.Restore(numbers.report);
    if (!best_) return;
    best_->Restore(numbers.best);
    if (nn::NetworkCopy* copy = best_->copy()) {
      from.ReadBest(setup_.network, *copy);
    }
  }

  // Writes the run as it is now. Requires: no step runs.
  const CheckpointReport& WriteCheckpoint() {
    setup_.rebuilder.Finish();  // one in the background
    state_.seconds = time_.seconds();
    RunNumbers numbers = {.state = state_,
                          .epoch_samples = order_.size(),
                          .apply_seconds = engine_->apply_seconds(),
                          .workers = workers_.Totals(),
                          .report = report_.state(),
                          .best = best_ ? best_->state() : BestEpoch::State()};
    ++numbers.report.num_checkpoints;  // it is in the file, so it was written
    return report_.Note(
        checkpointer_->Write({.network = setup_.network,
                              .options = setup_.options,
                              .data = checkpointer_->data(),
                              .numbers = numbers,
                              .best = best_ ? best_->copy() : nullptr}));
  }

  // Writes a checkpoint if one is due. Returns whether to go on.
  bool MaybeWriteCheckpoint() {
    if (checkpointer_ == nullptr ||
        (!looks_.write_checkpoints && !checkpointer_->is_due(num_finished()))) {
      return true;
    }
    const CheckpointReport& checkpoint = WriteCheckpoint();
    return Report({.checkpoint = &checkpoint});
  }

  size_t num_finished() const noexcept { return report_.epochs().size(); }

  // Chooses the weight of the sparse part where it is left open. The metrics of
  // the best epoch are then those of the network with it.
  void ChooseWeight(TrainReport& report) {
    if (setup_.network.sparse_part() == nullptr || report.best_epoch == 0 ||
        setup_.options.sparse_part.weight ||
        setup_.options.freeze == Freeze::kOutput) {
      return;
    }
    const auto look = [&](double share) {
      return Report({.evaluated_share = share});
    };
    EpochReport& best =
        report.epochs[static_cast<size_t>(report.best_epoch) - 1];
    nn::SparsePart& part = *setup_.network.sparse_part();
    const float before = part.weight();
    try {
      const util::Stopwatch watch(report.eval_seconds);
      if (ChooseSparseWeight(network_, setup_.network, *validation_,
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

  // Returns the next place to stop, to report, to rebuild, or because a window
  // of mapped data ends: about `length` samples further on. Batches stay whole.
  // Nothing that decides a result depends on the length.
  uint64_t EndOfSegment(uint64_t length) const {
    length = std::min({length, setup_.rebuilder.next_event() - state_.steps,
                       order_.window_end() - state_.place});
    if (*setup_.options.update != UpdateMode::kHogwild) {
      const auto size = static_cast<uint64_t>(*setup_.options.batch_size);
      length = (length + size - 1) / size * size;
    }
    return std::min<uint64_t>(order_.size(), state_.place + length);
  }

  // The samples of this epoch in their order.
  Sample SampleAt(uint64_t place) const noexcept override {
    Sample sample = data_[order_[place]];
    if (!weights_.samples.empty()) {
      sample.weight = weights_.samples[order_[place]];
    }
    return sample;
  }
  util::Rng RngAt(uint64_t place) const noexcept override {
    return setup_.rng.Stream(util::Purpose::kSample,
                             static_cast<uint64_t>(state_.epoch),
                             order_[place]);
  }
  float RateAt(uint64_t place) const noexcept override {
    return static_cast<float>(RateOf(StepAt(place)));
  }
  uint64_t StepAt(uint64_t place) const noexcept override {
    return state_.steps + (place - state_.place);
  }
  void ThrowIfDamaged() const override { data_.ThrowIfDamaged(); }

  // The learning rate: of the step, or of the time if that is further on.
  double RateOf(uint64_t step) const noexcept {
    return rates_.at(std::max(step, timed_step_));
  }

  void CheckFinite() const {
    const std::optional<uint64_t> place = workers_.FirstDiverged();
    if (!place) return;
    throw DivergedError(fmt::format(
        "the loss is not finite in epoch {} at sample {} of the training set "
        "(learning rate {:.3g}); {}",
        state_.epoch, order_[*place], RateOf(StepAt(*place)),
        Remedy(LargestValue(SampleAt(*place)))));
  }

  static float LargestValue(const Sample& sample) {
    float largest = 0.0f;
    for (const float value : sample.features.values) {
      largest = std::max(largest, std::abs(value));
    }
    return largest;
  }

  // Says what may help, by the largest value of the features.
  static std::string Remedy(float largest) {
    // Scaled samples have no value above 1.
    constexpr float kLarge = 1e3f;
    return largest > kLarge
               ? fmt::format(
                     "features have values up to {:.3g}: scale them to "
                     "length 1, as is done unless normalize is off",
                     largest)
               : "a lower learning rate may help";
  }

  // A step with a finite loss may still have moved a weight too far.
  void CheckWeights() const {
    const auto where = setup_.network.WhereNotFinite();
    if (!where) return;
    float largest = 0.0f;
    for (const uint64_t i : order_.samples()) {
      largest = std::max(largest, LargestValue(data_[i]));
    }
    throw DivergedError(fmt::format(
        "epoch {} left a number that is not finite in {} (learning "
        "rate {:.3g}); {}",
        state_.epoch, *where, RateOf(state_.steps - 1), Remedy(largest)));
  }

  // The parts of Progress that only some looks have.
  struct Look {
    std::optional<double> evaluated_share = {};
    const EpochReport* finished_epoch = nullptr;
    const CheckpointReport* checkpoint = nullptr;
  };

  // Returns whether to go on.
  bool Report(const Look& look) {
    if (!callback_) return true;
    Progress progress = report_.Look(state_, RateOf(state_.steps));
    progress.seconds_left =
        std::min(progress.seconds_left, std::max(0.0, time_.seconds_left()));
    progress.evaluated_share = look.evaluated_share;
    progress.finished_epoch = look.finished_epoch;
    progress.checkpoint = look.checkpoint;
    if (callback_(progress)) return true;
    // Stopping after the last step stops nothing.
    stopped_ = state_.steps < num_steps_ && !EndsEarly();
    return false;
  }

  // Tells whether this epoch is the last one though others were asked for.
  bool EndsEarly() const {
    return (best_ && best_->ends_early()) || state_.is_out_of_time;
  }

  const Network& network_;
  const Dataset& data_;
  const LossWeights& weights_;
  const Dataset* const validation_;  // or null
  const ProgressCallback callback_;
  const Looks looks_;
  Checkpointer* const checkpointer_;  // or null
  RunState state_;
  const TimeLimit time_;
  uint64_t timed_step_ = 0;  // of the whole run, as far as the time has gone
  SampleOrder order_;
  TrainSetup setup_;
  const uint64_t num_steps_;  // of the whole run
  const RateSchedule rates_;
  Workers workers_;
  const std::unique_ptr<Engine> engine_;
  RunReport report_;
  std::optional<BestEpoch> best_;  // with a validation set
  size_t num_before_ = 0;  // epochs that were finished when the run began here
  bool stopped_ = false;
};

RunData DataOf(const RunInputs& inputs) {
  RunData data = {.train = FingerprintOf(inputs.data, inputs.weights)};
  const auto add = [](const Dataset* set,
                      std::optional<DataFingerprint>& fingerprint) {
    if (set != nullptr) fingerprint = FingerprintOf(*set);
  };
  add(inputs.sets.validation, data.validation);
  add(inputs.sets.test, data.test);
  return data;
}

}  // namespace

void CheckSets(const RunInputs& inputs) {
  const NetworkOptions& network = inputs.network.options();
  predict::CheckFits(network, inputs.data, "training set");
  inputs.weights.Validate(inputs.data.size(), network.num_labels);
  if (inputs.sets.test != nullptr) {
    predict::CheckFits(network, *inputs.sets.test, "test set");
  }
  if (inputs.sets.validation != nullptr) {
    predict::CheckFits(network, *inputs.sets.validation, "validation set");
    RequireLabelled(*inputs.sets.validation, "validation set");
  } else if (inputs.options.patience > 0) {
    throw OptionsError(
        fmt::format("patience: got {} without a validation set, expected 0 or "
                    "such a set",
                    inputs.options.patience));
  }
}

std::unique_ptr<TrainingRun> MakeTrainingRun(const RunInputs& inputs) {
  const TrainOptions options =
      SettledFor(inputs.data, inputs.network.options(), inputs.options);
  if (inputs.from == nullptr) {
    MakeSparsePart(options, inputs.data,
                   nn::NetworkAccess::Core(inputs.network));
  }
  return std::make_unique<Run>(inputs, options);
}

TrainReport RunToEnd(RunInputs inputs, const CheckpointOptions& checkpoints,
                     const std::string* resumed) {
  checkpoints.Validate();
  CheckSets(inputs);
  const NetworkOptions& network = inputs.network.options();
  std::optional<CheckpointFile> from;
  if (resumed != nullptr) from.emplace(*resumed);
  RunData data;  // costs a pass over all sets
  if (from || !checkpoints.path.empty()) data = DataOf(inputs);
  if (from) {
    from->RequireSame(network, SettledFor(inputs.data, network, inputs.options),
                      data);
  }
  std::optional<Checkpointer> checkpointer;
  if (!checkpoints.path.empty()) {
    checkpointer.emplace(checkpoints, data,
                         from ? from->numbers().report.epochs.size() : 0);
    inputs.checkpointer = &*checkpointer;
  }
  if (from) {
    from->Read(util::ThreadTeam(inputs.options.num_threads),
               nn::NetworkAccess::Core(inputs.network));
    inputs.from = &*from;
  }
  const std::unique_ptr<TrainingRun> run = MakeTrainingRun(inputs);
  while (run->has_next()) run->RunEpoch();
  return run->Finish();
}

}  // namespace slide::train
