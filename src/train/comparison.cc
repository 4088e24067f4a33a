#include "slide/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "nn/network_access.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "slide/input_vectors.h"
#include "slide/network.h"
#include "train/method_search.h"
#include "train/setup.h"
#include "train/training_run.h"
#include "util/memory.h"

namespace slide {
namespace train {

std::unique_ptr<Network> MakeNetwork(const Method& method,
                                     const Dataset& train) {
  auto network = std::make_unique<Network>(SettledFor(train, method.network),
                                           method.train.num_threads);
  if (method.has_net) return network;
  // Rows of zeros, which the training keeps, give a neuron that is always 0.
  const NetworkOptions& options = network->options();
  InputVectors zeros;
  zeros.width = static_cast<size_t>(options.hidden.front().neurons);
  zeros.features.resize(options.num_features);
  std::iota(zeros.features.begin(), zeros.features.end(), uint32_t{0});
  zeros.values.resize(zeros.features.size() * zeros.width);
  network->SetInputVectors(zeros);
  return network;
}

namespace {

// One method in training.
class Contestant {
 public:
  Contestant(const Method& method, MethodReport& report)
      : method_(method), report_(report) {}

  bool has_next() const { return run_ == nullptr || run_->has_next(); }
  // Whether it is still to be trained.
  bool is_in() const { return report_.failure.empty(); }

  // Trains an epoch; a failure goes to the report. look(progress, evaluates):
  // called during the training. Returns whether to go on.
  void RunEpoch(const Dataset& data, const Dataset& test,
                const ProgressCallback& callback) {
    try {
      if (run_ == nullptr) Begin(data, test, callback);
      if (run_->has_next()) run_->RunEpoch();
    } catch (const Error& error) {
      report_.failure = error.what();
    }
  }

  void Finish() {
    if (run_ == nullptr || !is_in()) return;
    try {
      report_.run = run_->Finish();
    } catch (const Error& error) {
      report_.failure = error.what();
    }
  }

  const Network& network() const noexcept { return *network_; }

 private:
  void Begin(const Dataset& data, const Dataset& test,
             const ProgressCallback& callback) {
    network_ = MakeNetwork(method_, data);
    method_.train.Validate();
    SettleNetwork(method_.train, nn::NetworkAccess::Core(*network_));
    report_.train = SettledFor(data, network_->options(), method_.train);
    const RunInputs inputs = {.network = *network_,
                              .options = report_.train,
                              .data = data,
                              .weights = no_weights_,
                              .sets = {.test = &test},
                              .callback = callback};
    CheckSets(inputs);
    run_ = MakeTrainingRun(inputs);
  }

  const LossWeights no_weights_;
  Method method_;
  MethodReport& report_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<TrainingRun> run_;
};

class Comparison {
 public:
  Comparison(std::span<const Method> methods, const Dataset& train,
             const Dataset& test, const ComparisonOptions& options,
             const ComparisonCallback& callback)
      : train_(train),
        test_(test),
        options_(options),
        callback_(callback),
        inverse_propensities_(InversePropensities(train)) {
    reports_.resize(methods.size());
    for (size_t m = 0; m < methods.size(); ++m) {
      reports_[m].name = methods[m].name;
      contestants_.emplace_back(methods[m], reports_[m]);
    }
  }

  std::vector<MethodReport> Run() {
    for (bool any = true; any && !stopped_;) {
      any = false;
      for (size_t m = 0; m < contestants_.size() && !stopped_; ++m) {
        Contestant& one = contestants_[m];
        if (!one.is_in() || !one.has_next()) continue;
        any = true;
        const uint64_t before = util::ResidentMemory();
        const bool is_first = reports_[m].curve.empty();
        next_look_ = 1;
        one.RunEpoch(train_, test_, [this, m](const Progress& progress) {
          return Look(m, progress);
        });
        const uint64_t after = util::ResidentMemory();
        if (is_first) reports_[m].num_bytes = after - std::min(before, after);
      }
    }
    for (Contestant& one : contestants_) one.Finish();
    return std::move(reports_);
  }

 private:
  // Returns whether to go on.
  bool Look(size_t m, const Progress& progress) {
    std::optional<CurvePoint> point;
    const double share = static_cast<double>(progress.epoch_samples_done) /
                         static_cast<double>(progress.epoch_samples);
    const double looks = static_cast<double>(options_.looks);
    if (progress.finished_epoch != nullptr) {
      point = PointAt(progress, static_cast<double>(progress.epoch));
      point->train_loss = progress.finished_epoch->train_loss;
      point->test = *progress.finished_epoch->test;
    } else if (!progress.evaluated_share && share * looks >= next_look_) {
      next_look_ = static_cast<int>(share * looks) + 1;
      point = PointAt(progress, progress.epoch - 1 + share);
      const Network& network = contestants_[m].network();
      const TrainOptions& train = reports_[m].train;
      point->test =
          Evaluate(network, test_,
                   {.ks = train.eval_ks,
                    .num_samples = train.eval_samples,
                    .seed = train.seed.value_or(network.options().seed),
                    .num_threads = train.num_threads,
                    .inverse_propensities = inverse_propensities_});
    }
    if (point) reports_[m].curve.push_back(*point);
    stopped_ = callback_ && !callback_(m, progress, point ? &*point : nullptr);
    return !stopped_;
  }

  static CurvePoint PointAt(const Progress& progress, double epochs) {
    return {.epochs = epochs,
            .train_seconds = epochs *
                             static_cast<double>(progress.epoch_samples) /
                             progress.samples_per_second,
            .train_loss = progress.loss,
            .test = {}};
  }

  const Dataset& train_;
  const Dataset& test_;
  const ComparisonOptions& options_;
  const ComparisonCallback& callback_;
  const std::vector<float> inverse_propensities_;
  std::vector<MethodReport> reports_;
  std::vector<Contestant> contestants_;
  int next_look_ = 1;  // of this epoch
  bool stopped_ = false;
};

}  // namespace
}  // namespace train

std::vector<MethodReport> CompareMethods(std::span<const Method> methods,
                                         const Dataset& train,
                                         const Dataset& test,
                                         const ComparisonOptions& options,
                                         const ComparisonCallback& callback) {
  options.Validate();
  for (const Method& method : methods) {
    if (method.train.time_limit.count() == 0.0) continue;
    throw OptionsError(fmt::format(
        "method {}: got a time limit, which the turns of the others would use "
        "up, expected none",
        method.name));
  }
  std::vector<Method> chosen(methods.begin(), methods.end());
  std::vector<std::vector<MethodTry>> tries(methods.size());
  if (options.search.epochs > 0) {
    tries = train::SearchMethods(chosen, train, options.search, callback);
  }
  std::vector<MethodReport> reports =
      train::Comparison(chosen, train, test, options, callback).Run();
  for (size_t m = 0; m < reports.size(); ++m) {
    reports[m].tries = std::move(tries[m]);
  }
  return reports;
}

std::vector<double> TargetsOf(const ComparisonOptions& options,
                              std::span<const MethodReport> methods) {
  if (!options.targets.empty() || methods.empty()) return options.targets;
  double best = 0.0;
  for (const CurvePoint& point : methods.front().curve) {
    if (point.test.at.empty()) continue;
    best = std::max(best, point.test.at.front().precision);
  }
  const double top = std::floor(100.0 * best);
  std::vector<double> targets;
  for (const double below : {10.0, 5.0, 2.0, 0.0}) {
    if (top > below) targets.push_back((top - below) / 100.0);
  }
  return targets;
}

std::optional<double> SecondsTo(double precision,
                                std::span<const CurvePoint> curve) noexcept {
  for (const CurvePoint& point : curve) {
    if (!point.test.at.empty() &&
        point.test.at.front().precision >= precision) {
      return point.train_seconds;
    }
  }
  return {};
}

}  // namespace slide
