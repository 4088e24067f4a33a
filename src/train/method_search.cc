#include "train/method_search.h"

#include <algorithm>
#include <numeric>

#include "slide/defaults.h"
#include "slide/error.h"
#include "slide/held_out.h"
#include "slide/input_vectors.h"
#include "slide/trainer.h"

namespace slide::train {
namespace {

// Trains a network with these settings and sets how good it is.
void Try(const Method& method, const HeldOutSplit& split,
         const ProgressCallback& callback, MethodTry& result) {
  const std::unique_ptr<Network> network = MakeNetwork(method, split.train);
  const TrainReport report = Trainer(*network, method.train)
                                 .Fit(split.train, &split.held_out, callback);
  if (report.stopped) throw StoppedError("the search was stopped");
  result.mean_precision = MeanPrecision(*report.epochs.back().test);
  result.train_seconds = report.train_seconds;
}

}  // namespace

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

std::vector<std::vector<MethodTry>> SearchMethods(
    std::span<Method> methods, const Dataset& train,
    const MethodSearchOptions& options, const ComparisonCallback& callback) {
  const HeldOutSplit split =
      SplitHeldOut(train, {.share = options.validation_share});
  std::vector<std::vector<MethodTry>> all(methods.size());
  for (size_t m = 0; m < methods.size(); ++m) {
    const TrainOptions settled = SettledFor(
        train, SettledFor(train, methods[m].network), methods[m].train);
    TrainOptions& settings = methods[m].train;
    std::vector<double> rates;
    for (const double factor : settings.learning_rate ? std::vector<double>{1.0}
                                                      : options.rate_factors) {
      rates.push_back(factor * *settled.learning_rate);
    }
    std::vector<int> sizes = {0};  // none
    if (settled.update != UpdateMode::kHogwild) {
      sizes = {*settled.batch_size};
      if (!settings.batch_size) {
        sizes.insert(sizes.end(), options.batch_sizes.begin(),
                     options.batch_sizes.end());
        std::ranges::sort(sizes);
        sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
      }
    }
    for (const int size : sizes) {
      for (const double rate : rates) {
        Method method = methods[m];
        MethodTry result = {.learning_rate = rate, .batch_size = size};
        method.train.epochs = options.epochs;
        method.train.learning_rate = rate;
        if (size != 0) method.train.batch_size = size;
        try {
          Try(
              method, split,
              [&](const Progress& progress) {
                return !callback || callback(m, progress, nullptr);
              },
              result);
        } catch (const DivergedError&) {
          // No setting to choose.
        } catch (const OutOfMemoryError&) {
        }
        all[m].push_back(result);
      }
    }
    const auto best =
        std::ranges::max_element(all[m], {}, &MethodTry::mean_precision);
    if (best->mean_precision == 0.0) continue;  // as it was
    settings.learning_rate = best->learning_rate;
    if (best->batch_size != 0) settings.batch_size = best->batch_size;
  }
  return all;
}

}  // namespace slide::train
