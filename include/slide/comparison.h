// Comparison: the same network trained by several methods in one process, an
// epoch of each in turn, so that what else the machine does meets all of them:
// the same data, order of samples, schedule, evaluation and clock.
//
//   std::vector<slide::Method> methods;
//   for (const char* text : {"slide", "dense/batch-size=64", "linear"})
//     methods.push_back(slide::ParseMethod(text, network, train));
//   for (const slide::MethodReport& of :
//        slide::CompareMethods(methods, train_data, test_data))
//     std::cout << of.name << ' ' << of.run.samples_per_second << '\n';
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "slide/trainer.h"

namespace slide {

// A way to train a network.
struct Method {
  std::string name;
  NetworkOptions network = {};
  TrainOptions train = {};
  // false: no neuron but those of the output, which have nothing but a bias and
  // the sparse part: a linear model of the pairs.
  bool has_net = true;
};

// A method that is known by name: what it is.
struct KnownMethod {
  std::string_view name;
  std::string_view sentence;
};
std::span<const KnownMethod> KnownMethods() noexcept;

// Returns the method that a text names, "dense" or "dense/batch-size=64":
// the given options, then those that make the method, then those behind
// slashes, by the flags of slide/option_fields.h. Its name is the text. Throws:
// OptionsError for a name or an option that is not there.
Method ParseMethod(std::string_view text, const NetworkOptions& network,
                   const TrainOptions& train);

// The search for a method's settings, for those who compare with other data
// than the defaults were chosen on.
struct MethodSearchOptions {
  int epochs = 0;  // of each try; 0: no search
  // Share of the training samples that each try is evaluated on, and not
  // trained.
  double validation_share = 0.1;
  // Multiples of the learning rate that are tried, and batch sizes of a method
  // that has batches, its own among them, each with each. A method whose
  // options name a rate or a size keeps it.
  std::vector<double> rate_factors = {0.5, 1.0, 2.0};
  std::vector<int> batch_sizes = {64, 256};
};

// One setting that was tried.
struct MethodTry {
  double learning_rate = 0.0;
  int batch_size = 0;           // 0: the method has no batches
  double mean_precision = 0.0;  // mean P@k on the held-out samples; 0: diverged
  double train_seconds = 0.0;
};

struct ComparisonOptions {
  // Looks at the test set in an epoch, its end among them; whole batches may
  // put one off.
  int looks = 4;
  // Precisions at the first cut that the training time to is told of; empty:
  // TargetsOf chooses them.
  std::vector<double> targets = {};
  MethodSearchOptions search = {};

  void Validate() const;  // Throws: OptionsError naming the field.
};

// A look at the test set.
struct CurvePoint {
  double epochs = 0.0;         // trained so far
  double train_seconds = 0.0;  // steps and rebuilds so far
  double train_loss = 0.0;     // of this epoch so far
  double learning_rate = 0.0;  // of the next sample
  double active_mean = 0.0;    // active output neurons a sample, so far
  Metrics test;
};

struct MethodReport {
  std::string name;
  NetworkOptions network;  // as used; empty if it never began
  TrainOptions train;
  // Why it could not be trained to the end; empty: it was.
  std::string failure;
  TrainReport run;  // of what was trained
  std::vector<CurvePoint> curve;
  // Resident memory that came with the network and its first epoch; buffers
  // that an earlier method has left to the process are not seen.
  uint64_t num_bytes = 0;
  std::vector<MethodTry> tries;  // of the search
};

// Called on the calling thread during training, with the number of the method.
// point: set at each look at the test set. Return false to stop all.
using ComparisonCallback = std::function<bool(
    size_t method, const Progress& progress, const CurvePoint* point)>;

// Trains all methods. Throws: OptionsError, for a time limit and patience too;
// DataError when the sets do not fit together, or have no label. A method that
// diverges or finds no memory has that in its report, and the others go on.
// When the callback stops it, reports have what there is, and
// TrainReport::stopped where epochs are missing. Memory: all networks at once.
std::vector<MethodReport> CompareMethods(
    std::span<const Method> methods, const Dataset& train, const Dataset& test,
    const ComparisonOptions& options = {},
    const ComparisonCallback& callback = {});

// The targets of a comparison: those given, or the best precision of the first
// method that was trained, rounded down to whole percent, and .02, .05 and .1
// below it.
std::vector<double> TargetsOf(const ComparisonOptions& options,
                              std::span<const MethodReport> methods);

// Training time until the first look with a P@k of the first cut at or above
// the target; unset: there was none.
std::optional<double> SecondsTo(double precision,
                                std::span<const CurvePoint> curve) noexcept;

}  // namespace slide
