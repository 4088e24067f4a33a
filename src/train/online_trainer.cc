#include "slide/online_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "nn/check_sample.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "nn/step.h"
#include "predict/check_samples.h"
#include "slide/error.h"
#include "train/engine.h"
#include "train/setup.h"
#include "train/workers.h"
#include "util/rng.h"

namespace slide {
namespace {

// The sizes of the first samples; scratch grows with larger ones.
constexpr nn::SampleLimits kFirstLimits = {.max_labels = 16,
                                           .max_features = 256};

void CheckRate(double learning_rate) {
  if (!(learning_rate > 0.0 && std::isfinite(learning_rate))) {
    throw OptionsError(fmt::format(
        "learning_rate: got {}, expected a number above 0", learning_rate));
  }
}

[[noreturn]] void ThrowDiverged(double learning_rate, uint64_t number) {
  throw DivergedError(fmt::format(
      "the loss is not finite at sample number {} (learning rate {:.3g})",
      number, learning_rate));
}

util::Rng RngOf(const util::Rng& run, uint64_t number) noexcept {
  return run.Stream(util::Purpose::kSample, 0, number);
}

// The samples of one call of TrainBatch.
class BatchFeed final : public train::SampleFeed {
 public:
  BatchFeed(std::span<const Sample> samples, const util::Rng& run, double rate,
            uint64_t first_number)
      : samples_(samples),
        run_(run),
        rate_(static_cast<float>(rate)),
        first_number_(first_number) {}

  Sample SampleAt(uint64_t place) const noexcept override {
    return samples_[place];
  }
  util::Rng RngAt(uint64_t place) const noexcept override {
    return RngOf(run_, StepAt(place));
  }
  float RateAt(uint64_t /*place*/) const noexcept override { return rate_; }
  uint64_t StepAt(uint64_t place) const noexcept override {
    return first_number_ + place;
  }
  void ThrowIfDamaged() const override {}  // they were checked

 private:
  std::span<const Sample> samples_;
  const util::Rng& run_;
  float rate_;
  uint64_t first_number_;
};

}  // namespace

struct OnlineTrainer::Impl {
  Impl(nn::NetworkCore& network, const TrainOptions& options,
       const Dataset& like)
      : setup(network, options, like, rebuilds) {}

  void Check(const Sample& sample) const {
    const NetworkOptions& net = setup.network.options();
    nn::CheckSample(sample, net.num_features, net.num_labels);
  }

  // Makes room for a batch of so many samples.
  void Reserve(size_t num_samples) {
    if (batches && num_samples <= batches->batch_size()) return;
    workers.emplace(setup.team.size(), setup.step, kFirstLimits);
    batches.emplace(setup.step, num_samples, setup.rng, setup.team, *workers);
  }

  train::RebuildState rebuilds;
  train::TrainSetup setup;
  // Batches only: made when they are needed, and anew for larger ones.
  std::optional<train::Workers> workers;
  std::optional<train::BatchedEngine> batches;
};

struct OnlineTrainer::Worker::Impl {
  explicit Impl(std::shared_ptr<const OnlineTrainer::Impl> of)
      : trainer(std::move(of)),
        state(trainer->setup.step.MakeState(kFirstLimits)),
        scratch(trainer->setup.step.MakeScratch(kFirstLimits)) {}

  std::shared_ptr<const OnlineTrainer::Impl> trainer;
  nn::SampleState state;
  nn::Scratch scratch;
};

OnlineTrainer::OnlineTrainer(Network& network, const TrainOptions& options,
                             const Dataset* like) {
  options.Validate();
  if (train::UsesMatrices(options.update)) {
    throw OptionsError(fmt::format(
        "update: got {}, expected hogwild or batched: single samples select "
        "their own neurons",
        Name(*options.update)));
  }
  nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  train::SettleNetwork(options, core);
  if (like != nullptr) {
    predict::CheckFits(network.options(), *like, "like set");
  } else if (options.sampling.max_neighbours > 0) {
    throw OptionsError(
        fmt::format("max_neighbours: got {} without samples to take them from, "
                    "expected 0",
                    options.sampling.max_neighbours));
  }
  impl_ = std::make_shared<Impl>(core, options,
                                 like == nullptr ? Dataset() : *like);
}

OnlineTrainer::OnlineTrainer(OnlineTrainer&&) noexcept = default;
OnlineTrainer& OnlineTrainer::operator=(OnlineTrainer&&) noexcept = default;
OnlineTrainer::~OnlineTrainer() = default;

OnlineTrainer::Worker OnlineTrainer::MakeWorker() const {
  return Worker(std::make_unique<Worker::Impl>(impl_));
}

void OnlineTrainer::RebuildTables() { impl_->setup.rebuilder.Build(); }

OnlineTrainer::Worker::Worker(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
OnlineTrainer::Worker::Worker(Worker&&) noexcept = default;
OnlineTrainer::Worker& OnlineTrainer::Worker::operator=(Worker&&) noexcept =
    default;
OnlineTrainer::Worker::~Worker() = default;

OnlineResult OnlineTrainer::Worker::Train(const Sample& sample,
                                          double learning_rate,
                                          uint64_t number) {
  const OnlineTrainer::Impl& trainer = *impl_->trainer;
  CheckRate(learning_rate);
  trainer.Check(sample);
  const nn::Step& step = trainer.setup.step;
  const nn::SampleLimits limits = {sample.labels.size(), sample.features.size(),
                                   step.MaxHits(sample)};
  step.Reserve(limits, impl_->state);
  step.Reserve(limits, impl_->scratch);
  util::Rng rng = RngOf(trainer.setup.rng, number);
  const nn::StepResult result =
      step.Train(sample, {}, static_cast<float>(learning_rate), rng,
                 impl_->state, impl_->scratch);
  if (!std::isfinite(result.loss)) ThrowDiverged(learning_rate, number);
  return {result.loss, result.num_active};
}

OnlineResult OnlineTrainer::TrainBatch(std::span<const Sample> samples,
                                       double learning_rate,
                                       uint64_t first_number) {
  CheckRate(learning_rate);
  for (const Sample& sample : samples) impl_->Check(sample);
  impl_->Reserve(samples.size());
  train::Workers& workers = *impl_->workers;
  workers.StartEpoch();
  const uint64_t active_before = workers.NumActive();
  impl_->batches->Train(
      BatchFeed(samples, impl_->setup.rng, learning_rate, first_number), 0,
      samples.size());
  if (const std::optional<uint64_t> place = workers.FirstDiverged()) {
    workers.ForgetDiverged();
    ThrowDiverged(learning_rate, first_number + *place);
  }
  return {workers.EpochLoss(), workers.NumActive() - active_before};
}

}  // namespace slide
