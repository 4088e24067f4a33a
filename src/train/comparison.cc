#include "slide/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "nn/network_access.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "slide/network.h"
#include "train/method_search.h"
#include "train/setup.h"
#include "train/training_run.h"
#include "util/memory.h"

namespace slide {
namespace train {
namespace {

// Throws: OptionsError for options that a comparison decides for all methods,
// or that are wrong.
void CheckMethod(const Method& method, const Method& first) {
  const auto refuse = [&](const std::string& what) {
    throw OptionsError(fmt::format("method {}: {}", method.name, what));
  };
  if (method.train.time_limit.count() != 0.0) {
    refuse(
        "got a time limit, which the turns of the others would use up, "
        "expected none");
  }
  if (method.train.patience > 0) {
    refuse("got patience, which needs a validation set, expected 0");
  }
  if (method.train.eval_ks != first.train.eval_ks ||
      method.train.eval_samples != first.train.eval_samples) {
    refuse("got an evaluation of its own, expected that of the others");
  }
  const std::vector<HiddenLayer>& hidden = method.network.hidden;
  if (UsesMatrices(method.train.update) && !hidden.empty() &&
      hidden.back().max_active > 0) {
    refuse(
        "got a last hidden layer that is hashed, expected one whose neurons "
        "are all computed, for products of matrices");
  }
  try {
    method.train.Validate();
  } catch (const OptionsError& error) {
    refuse(error.what());
  }
}

// Between looks, of which the last is at the end of the epoch.
uint64_t SamplesBetween(int looks, uint64_t num_samples) noexcept {
  const auto num = static_cast<uint64_t>(looks);
  return std::max<uint64_t>(1, (num_samples + num - 1) / num);
}

// One method in training.
class Contestant {
 public:
  Contestant(const Method& method, MethodReport& report)
      : method_(method), report_(report) {}

  // Makes the network and begins the run. Throws: OptionsError, DataError.
  void Begin(const Dataset& data, const Dataset& test, int looks,
             const ProgressCallback& callback) {
    Guarded([&] {
      network_ = MakeNetwork(method_, data);
      SettleNetwork(method_.train, nn::NetworkAccess::Core(*network_));
      report_.train = SettledFor(data, network_->options(), method_.train);
      report_.network = network_->options();
      const uint64_t num_samples = LabelledSamples(data).size();
      const RunInputs inputs = {
          .network = *network_,
          .options = report_.train,
          .data = data,
          .weights = no_weights_,
          .sets = {.test = &test},
          .callback = callback,
          .looks = {.samples_between = SamplesBetween(looks, num_samples)}};
      CheckSets(inputs);
      run_ = MakeTrainingRun(inputs);
    });
  }

  // Whether it is still to be trained: a method that has failed has no run.
  bool has_next() const { return run_ != nullptr && run_->has_next(); }

  // Trains an epoch.
  void RunEpoch() {
    Guarded([&] {
      run_->RunEpoch();
      run_->Pause();
    });
  }

  void Finish() {
    if (run_ == nullptr) return;
    const bool is_cut_off = run_->has_next();
    Guarded([&] {
      report_.run = run_->Finish();
      report_.run.stopped |= is_cut_off;
    });
  }

  const Network& network() const noexcept { return *network_; }

 private:
  // Runs f; what a method may fail by on its own goes to its report, and its
  // memory to the others.
  template <typename F>
  void Guarded(F&& f) {
    try {
      f();
      return;
    } catch (const OptionsError& error) {
      throw OptionsError(
          fmt::format("method {}: {}", method_.name, error.what()));
    } catch (const DivergedError& error) {
      report_.failure = error.what();
    } catch (const OutOfMemoryError& error) {
      report_.failure = error.what();
    } catch (const std::bad_alloc&) {
      report_.failure = "out of memory";
    }
    run_.reset();
    network_.reset();
  }

  const LossWeights no_weights_;
  Method method_;
  MethodReport& report_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<TrainingRun> run_;
};

// Adds the memory that comes to the process in its life.
class Memory {
 public:
  explicit Memory(uint64_t& sum) : sum_(sum), before_(util::ResidentMemory()) {}
  ~Memory() {
    const uint64_t after = util::ResidentMemory();
    sum_ += after - std::min(before_, after);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

 private:
  uint64_t& sum_;
  const uint64_t before_;
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
    last_look_.resize(methods.size());
    for (size_t m = 0; m < methods.size(); ++m) {
      reports_[m].name = methods[m].name;
      contestants_.emplace_back(methods[m], reports_[m]);
    }
  }

  std::vector<MethodReport> Run() {
    util::ReturnFreedMemory();  // of a search, before memory is measured
    // All begin before any is trained: wrong options are told at once.
    for (size_t m = 0; m < contestants_.size(); ++m) {
      const Memory memory(reports_[m].num_bytes);
      contestants_[m].Begin(
          train_, test_, options_.looks,
          [this, m](const Progress& progress) { return Look(m, progress); });
    }
    for (bool any = true; any && !stopped_;) {
      any = false;
      for (size_t m = 0; m < contestants_.size() && !stopped_; ++m) {
        if (!contestants_[m].has_next()) continue;
        any = true;
        uint64_t others = 0;
        const Memory memory(reports_[m].curve.empty() ? reports_[m].num_bytes
                                                      : others);
        contestants_[m].RunEpoch();
      }
    }
    for (Contestant& one : contestants_) one.Finish();
    return std::move(reports_);
  }

 private:
  // Returns whether to go on.
  bool Look(size_t m, const Progress& progress) {
    std::optional<CurvePoint> point;
    if (progress.finished_epoch != nullptr) {
      last_look_[m] = static_cast<uint64_t>(progress.epoch) *
                      static_cast<uint64_t>(options_.looks);
      point = PointAt(progress, static_cast<double>(progress.epoch));
      point->train_loss = progress.finished_epoch->train_loss;
      point->test = *progress.finished_epoch->test;
    } else if (!progress.evaluated_share && IsDue(m, progress)) {
      const Network& network = contestants_[m].network();
      const TrainOptions& train = reports_[m].train;
      point = PointAt(progress,
                      progress.epoch - 1 +
                          static_cast<double>(progress.epoch_samples_done) /
                              static_cast<double>(progress.epoch_samples));
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

  // Whether a look is due that was not yet: segments end for other reasons,
  // too.
  bool IsDue(size_t m, const Progress& progress) {
    const uint64_t due =
        static_cast<uint64_t>(progress.epoch - 1) *
            static_cast<uint64_t>(options_.looks) +
        progress.epoch_samples_done /
            SamplesBetween(options_.looks, progress.epoch_samples);
    if (due <= last_look_[m]) return false;
    last_look_[m] = due;
    return true;
  }

  static CurvePoint PointAt(const Progress& progress, double epochs) {
    return {.epochs = epochs,
            .train_seconds = epochs *
                             static_cast<double>(progress.epoch_samples) /
                             progress.samples_per_second,
            .train_loss = progress.loss,
            .learning_rate = progress.learning_rate,
            .active_mean = progress.active_mean,
            .test = {}};
  }

  const Dataset& train_;
  const Dataset& test_;
  const ComparisonOptions& options_;
  const ComparisonCallback& callback_;
  const std::vector<float> inverse_propensities_;
  std::vector<MethodReport> reports_;
  // The number of each method's last look, counted through its epochs.
  std::vector<uint64_t> last_look_;
  std::vector<Contestant> contestants_;
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
    train::CheckMethod(method, methods.front());
  }
  train::RequireLabelled(test, "test set");
  std::vector<Method> chosen(methods.begin(), methods.end());
  std::vector<std::vector<MethodTry>> tries(methods.size());
  if (options.search.epochs > 0) {
    try {
      tries = train::SearchMethods(chosen, train, options.search, callback);
    } catch (const StoppedError&) {
      std::vector<MethodReport> stopped(methods.size());
      for (size_t m = 0; m < methods.size(); ++m) {
        stopped[m].name = methods[m].name;
        stopped[m].run.stopped = true;
      }
      return stopped;
    }
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
  if (!options.targets.empty()) return options.targets;
  const auto first = std::ranges::find_if(
      methods, [](const MethodReport& one) { return !one.curve.empty(); });
  if (first == methods.end()) return {};
  double best = 0.0;
  for (const CurvePoint& point : first->curve) {
    if (point.test.at.empty()) continue;
    best = std::max(best, point.test.at.front().precision);
  }
  // 100 * 0.29 is a little less than 29.
  const double top = std::floor(100.0 * best + 1e-9);
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
