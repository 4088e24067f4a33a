#include "dense_training.h"

#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dense_softmax.h"
#include "slide/error.h"
#include "train/schedule.h"
#include "util/rng.h"

namespace slide::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The samples that have a label.
std::vector<uint64_t> LabelledSamples(const Dataset& data) {
  std::vector<uint64_t> samples;
  for (size_t i = 0; i < data.size(); ++i) {
    if (!data[i].labels.empty()) samples.push_back(i);
  }
  return samples;
}

// The order in which slide's Trainer meets the samples in this epoch, counted
// from 1.
void Shuffle(const util::Rng& rng, int epoch, std::vector<uint64_t>& order) {
  util::Rng shuffle =
      rng.Stream(util::Purpose::kShuffle, static_cast<uint64_t>(epoch));
  std::sort(order.begin(), order.end());
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[shuffle.UniformInt(i)]);
  }
}

}  // namespace

void DenseOptions::Validate() const {
  const auto check = [](bool ok, const std::string& field,
                        const std::string& allowed) {
    if (!ok) throw OptionsError(field + " must be " + allowed);
  };
  check(epochs >= 1, "epochs", "at least 1");
  check(num_threads >= 1, "num_threads", "at least 1");
  check(learning_rate > 0.0, "learning_rate", "above 0");
  check(0.0 <= final_rate_share && final_rate_share <= 1.0, "final_rate_share",
        "0 to 1");
  check(0.0 <= warmup_share && warmup_share <= 1.0, "warmup_share", "0 to 1");
  check(hidden >= 1, "hidden", "at least 1");
  check(batch >= 1, "batch", "at least 1");
  check(looks >= 1, "looks", "at least 1");
}

double TrainDense(const Dataset& train, const Dataset& test,
                  const DenseOptions& options,
                  const std::function<void(const DenseLook&)>& on_look) {
  options.Validate();
  if (test.num_features() > train.num_features()) {
    throw DataError("the test set has more features than the training set");
  }
  std::vector<uint64_t> order = LabelledSamples(train);
  if (order.empty()) {
    throw DataError("the training set has no sample with a label");
  }
  Eigen::setNbThreads(options.num_threads);
  DenseSoftmax net(train.num_features(), options.hidden, train.num_labels(),
                   options.seed);
  const util::Rng rng(options.seed);
  const uint64_t num_steps =
      order.size() * static_cast<uint64_t>(options.epochs);
  const train::RateSchedule rates({.final_rate_share = options.final_rate_share,
                                   .warmup_share = options.warmup_share},
                                  options.learning_rate, num_steps);
  const size_t look_every = (order.size() + options.looks - 1) / options.looks;
  uint64_t done = 0;
  double seconds = 0.0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    Shuffle(rng, epoch, order);
    size_t next_look = look_every;
    for (size_t begin = 0; begin < order.size(); begin += options.batch) {
      const auto batch = std::span(order).subspan(
          begin, std::min(options.batch, order.size() - begin));
      const Clock::time_point start = Clock::now();
      net.TrainBatch(train, batch, options.loss,
                     static_cast<float>(rates.at(done)));
      seconds += std::chrono::duration<double>(Clock::now() - start).count();
      done += batch.size();
      const size_t end = begin + batch.size();
      if (end < next_look && end < order.size()) continue;
      next_look += look_every;
      on_look({.epochs = static_cast<double>(done) /
                         static_cast<double>(order.size()),
               .train_seconds = seconds,
               .test = net.Evaluate(test)});
    }
  }
  return seconds / static_cast<double>(num_steps);
}

}  // namespace slide::bench
