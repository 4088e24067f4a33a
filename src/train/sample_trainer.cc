#include "slide/sample_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "nn/batch_step.h"
#include "nn/center.h"
#include "nn/check_sample.h"
#include "nn/network_core.h"
#include "nn/train_step.h"
#include "sampling/neighbour_index.h"
#include "sampling/selector.h"
#include "slide/error.h"
#include "train/setup.h"
#include "util/option_checks.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide {
namespace {

// Throws: DivergedError.
void CheckLoss(double loss, float learning_rate, uint64_t number) {
  if (std::isfinite(loss)) return;
  throw DivergedError(fmt::format(
      "the loss is not finite at sample number {} (learning rate {:.3g})",
      number, double{learning_rate}));
}

// A workspace that grows with the samples.
class GrowingWorkspace {
 public:
  nn::Workspace& For(const Sample& sample, const nn::NetworkCore& network,
                     const sampling::Selector& selector,
                     const nn::StepOptions& options) {
    const size_t num_labels = sample.labels.size();
    const size_t num_features = sample.features.size();
    if (!workspace_ || num_labels > limits_.max_labels ||
        num_features > limits_.max_features) {
      limits_.max_labels = std::max(limits_.max_labels, 2 * num_labels);
      limits_.max_features = std::max(limits_.max_features, 2 * num_features);
      workspace_.emplace(network, selector, options, limits_);
    }
    return *workspace_;
  }

 private:
  nn::SampleLimits limits_ = {.max_labels = 16, .max_features = 256};
  std::optional<nn::Workspace> workspace_;
};

}  // namespace

struct SampleTrainer::Impl {
  Impl(Network& net, const TrainOptions& how, const Dataset* like)
      : network(net.core()),
        options(how),
        data(like == nullptr ? Dataset() : *like),
        team(how.num_threads),
        neighbours(train::MakeNeighbours(how.sampling, data)),
        selector(train::MakeSelector(how.sampling, network, data.LabelCounts(),
                                     neighbours)),
        step_options(how, network.options()),
        rng(how.seed.value_or(net.options().seed)) {
    typical = train::TypicalInputs(data, train::LabelledSamples(data),
                                   how.seed.value_or(net.options().seed));
    Rebuild();
  }

  void Rebuild() {
    nn::CenterTables(network, typical);
    network.BuildTables(team, train::TablesInUse(selector));
  }

  void Check(const Sample& sample) const {
    nn::CheckSample(sample, network.options().num_features,
                    network.options().num_labels);
  }

  nn::StepResult TrainBatch(std::span<const Sample> samples,
                            float learning_rate, uint64_t first_number);

  util::Rng RngOf(uint64_t number) const noexcept {
    return rng.Stream(util::Purpose::kSample, 0, number);
  }

  nn::NetworkCore& network;
  const TrainOptions options;
  const Dataset data;
  const util::ThreadTeam team;
  const std::optional<sampling::NeighbourIndex> neighbours;
  const sampling::Selector selector;
  const nn::StepOptions step_options;
  const util::Rng rng;
  std::vector<SparseView> typical;
  // Of batches; made when they are needed, and anew for larger ones.
  std::vector<GrowingWorkspace> workspaces;  // one a thread
  std::optional<nn::BatchStep> batch;
  std::vector<nn::StepResult> results;  // [samples in the largest batch]
};

struct SampleTrainer::Worker::Impl {
  std::shared_ptr<const SampleTrainer::Impl> trainer;
  GrowingWorkspace workspace;
};

nn::StepResult SampleTrainer::Impl::TrainBatch(std::span<const Sample> samples,
                                               float learning_rate,
                                               uint64_t first_number) {
  for (const Sample& sample : samples) Check(sample);
  if (!batch || samples.size() > results.size()) {
    batch.emplace(network, samples.size(), team.size());
    results.resize(samples.size());
    workspaces.resize(static_cast<size_t>(team.size()));
  }
  std::atomic<size_t> next = 0;
  team.Run([&](int w, int) {
    GrowingWorkspace& workspace = workspaces[static_cast<size_t>(w)];
    for (size_t i = next++; i < samples.size(); i = next++) {
      nn::Workspace& ws =
          workspace.For(samples[i], network, selector, step_options);
      util::Rng sample_rng = RngOf(first_number + i);
      results[i] = nn::Forward(network, selector, step_options, samples[i], {},
                               sample_rng, ws);
      batch->Record(network, step_options, i, ws);
    }
  });
  nn::StepResult sum;
  for (size_t i = 0; i < samples.size(); ++i) {
    CheckLoss(results[i].loss, learning_rate, first_number + i);
    sum.loss += results[i].loss;
    sum.num_active += results[i].num_active;
  }
  batch->Apply(network, step_options, learning_rate, samples.size(),
               rng.Stream(util::Purpose::kRounding, first_number).Next(), team);
  return sum;
}

SampleTrainer::SampleTrainer(Network& network, const TrainOptions& options,
                             const Dataset* like) {
  options.Validate();
  train::CheckSuits(options, network.core());
  if (like != nullptr) {
    train::CheckFits(*like, network.options(), "like");
  } else if (options.sampling.max_neighbours > 0) {
    throw OptionsError(fmt::format(
        "max_neighbours is {} and there are no samples to take them from; "
        "allowed is 0",
        options.sampling.max_neighbours));
  }
  impl_ = std::make_shared<Impl>(network, options, like);
}

SampleTrainer::SampleTrainer(SampleTrainer&&) noexcept = default;
SampleTrainer& SampleTrainer::operator=(SampleTrainer&&) noexcept = default;
SampleTrainer::~SampleTrainer() = default;

SampleTrainer::Worker SampleTrainer::MakeWorker() const {
  auto worker = std::make_unique<Worker::Impl>();
  worker->trainer = impl_;
  return Worker(std::move(worker));
}

void SampleTrainer::RebuildTables() { impl_->Rebuild(); }

SampleTrainer::Worker::Worker(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
SampleTrainer::Worker::Worker(Worker&&) noexcept = default;
SampleTrainer::Worker& SampleTrainer::Worker::operator=(Worker&&) noexcept =
    default;
SampleTrainer::Worker::~Worker() = default;

SampleResult SampleTrainer::Worker::Train(const Sample& sample,
                                          double learning_rate,
                                          uint64_t number) {
  const SampleTrainer::Impl& trainer = *impl_->trainer;
  util::CheckPositive("learning_rate", learning_rate);
  trainer.Check(sample);
  nn::Workspace& workspace = impl_->workspace.For(
      sample, trainer.network, trainer.selector, trainer.step_options);
  util::Rng rng = trainer.RngOf(number);
  const auto rate = static_cast<float>(learning_rate);
  const nn::StepResult result =
      nn::TrainSample(trainer.network, trainer.selector, trainer.step_options,
                      rate, sample, {}, rng, workspace);
  CheckLoss(result.loss, rate, number);
  return {result.loss, result.num_active};
}

SampleResult SampleTrainer::TrainBatch(std::span<const Sample> samples,
                                       double learning_rate,
                                       uint64_t first_number) {
  util::CheckPositive("learning_rate", learning_rate);
  const nn::StepResult sum = impl_->TrainBatch(
      samples, static_cast<float>(learning_rate), first_number);
  return {sum.loss, sum.num_active};
}

}  // namespace slide
