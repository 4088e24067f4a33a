// Seconds of training until the test set's P@1 reaches a target, hash-sparse
// against dense full softmax: the same net, data, split, reader and clock, one
// after the other in one process. Evaluation is not counted.
//
//   time_to_accuracy TRAIN TEST [--epochs 3] [--threads 1] [--dense-rate 0.03]
//                    [--loss decoupled|softmax] [--max-hashed 200] [--tail 100]
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "dense_softmax.h"
#include "slide/trainer.h"
#include "util/rng.h"

namespace {

using Clock = std::chrono::steady_clock;

// P@1 against seconds of training, after each look.
struct Curve {
  std::vector<std::pair<double, double>> points;

  void Add(double seconds, double precision) {
    points.emplace_back(seconds, precision);
  }
  // Seconds to the first look at or above the target; negative: never.
  double SecondsTo(double target) const {
    for (const auto& [seconds, precision] : points) {
      if (precision >= target) return seconds;
    }
    return -1.0;
  }
};

constexpr int kHidden = 128;
constexpr size_t kBatch = 256;
// Looks at the test set in an epoch of the dense net; slide looks at each of
// its progress reports.
constexpr size_t kLooks = 4;

Curve TrainSlide(const slide::Dataset& train, const slide::Dataset& test,
                 std::map<std::string, std::string>& options) {
  slide::NetworkOptions net;
  net.num_features = train.num_features();
  net.num_labels = train.num_labels();
  net.hidden = {kHidden};
  slide::TrainOptions run;
  run.epochs = std::stoi(options["--epochs"]);
  run.num_threads = std::stoi(options["--threads"]);
  run.loss = options["--loss"] == "softmax" ? slide::Loss::kSoftmax
                                            : slide::Loss::kDecoupled;
  run.sampling.max_hashed = std::stoi(options["--max-hashed"]);
  run.sampling.num_tail = std::stoi(options["--tail"]);
  slide::Network network(net, run.num_threads);
  Curve curve;
  const slide::TrainReport report =
      slide::Trainer(network, run)
          .Fit(train, nullptr, [&](const slide::Progress& p) {
            // Between two runs of steps the network stands still, and the time
            // of this call is not counted as training.
            const auto at = slide::Evaluate(network, test).at;
            const double epochs = p.epoch - 1 +
                                  static_cast<double>(p.epoch_samples_done) /
                                      static_cast<double>(p.epoch_samples);
            const double seconds = epochs *
                                   static_cast<double>(p.epoch_samples) /
                                   p.samples_per_second;
            curve.Add(seconds, at[0].precision);
            std::printf(
                "slide  epoch %.2f  %7.2f s  P@1 %.4f  P@3 %.4f  P@5 %.4f\n",
                epochs, seconds, at[0].precision, at[1].precision,
                at[2].precision);
            return true;
          });
  std::printf("slide  %.1f us a sample, %.0f active\n",
              1e6 / report.samples_per_second, report.active_mean);
  return curve;
}

Curve TrainDense(const slide::Dataset& train, const slide::Dataset& test,
                 std::map<std::string, std::string>& options) {
  Eigen::setNbThreads(std::stoi(options["--threads"]));
  const int epochs = std::stoi(options["--epochs"]);
  const double rate = std::stod(options["--dense-rate"]);
  slide::bench::DenseSoftmax net(train.num_features(), kHidden,
                                 train.num_labels(), 1);
  std::vector<uint64_t> order(train.size());
  std::iota(order.begin(), order.end(), uint64_t{0});
  std::erase_if(order, [&](uint64_t i) { return train[i].labels.empty(); });
  const slide::util::Rng rng(1);
  const size_t look_every = (order.size() + kLooks - 1) / kLooks;
  Curve curve;
  double seconds = 0.0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    slide::util::Rng shuffle = rng.Stream(slide::util::Purpose::kShuffle,
                                          static_cast<uint64_t>(epoch));
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[shuffle.UniformInt(i)]);
    }
    size_t next_look = look_every;
    for (size_t begin = 0; begin < order.size(); begin += kBatch) {
      const auto batch = std::span(order).subspan(
          begin, std::min(kBatch, order.size() - begin));
      const double done = (epoch + static_cast<double>(begin) /
                                       static_cast<double>(order.size())) /
                          epochs;
      const Clock::time_point start = Clock::now();
      net.TrainBatch(train, batch,
                     static_cast<float>(rate * (1.0 - 0.98 * done)));
      seconds += std::chrono::duration<double>(Clock::now() - start).count();
      const size_t end = begin + batch.size();
      if (end < next_look && end < order.size()) continue;
      next_look += look_every;
      curve.Add(seconds, net.PrecisionAt1(test));
      std::printf(
          "dense  epoch %.2f  %7.2f s  P@1 %.4f\n",
          epoch + static_cast<double>(end) / static_cast<double>(order.size()),
          seconds, curve.points.back().second);
      std::fflush(stdout);
    }
  }
  std::printf("dense  %.1f us a sample\n",
              1e6 * seconds / static_cast<double>(order.size() * epochs));
  return curve;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options = {
      {"--epochs", "3"},        {"--threads", "1"},
      {"--dense-rate", "0.03"}, {"--loss", "decoupled"},
      {"--max-hashed", "200"},  {"--tail", "100"}};
  for (int i = 3; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) argc = 0;
    if (argc > 0) options[argv[i]] = argv[i + 1];
  }
  if (argc < 3) {
    std::fprintf(stderr, "usage: time_to_accuracy TRAIN TEST");
    for (const auto& [name, value] : options) {
      std::fprintf(stderr, " [%s %s]", name.c_str(), value.c_str());
    }
    std::fprintf(stderr, "\n");
    return 2;
  }
  const slide::Dataset train = slide::ReadXmc(argv[1]);
  const slide::Dataset test = slide::ReadXmc(argv[2]);
  const Curve sparse = TrainSlide(train, test, options);
  const Curve dense = TrainDense(train, test, options);
  std::printf("\nP@1     slide      dense      dense/slide\n");
  for (double target = 0.50; target < 0.70; target += 0.01) {
    const double s = sparse.SecondsTo(target), d = dense.SecondsTo(target);
    if (s < 0.0 && d < 0.0) break;
    const auto text = [](double seconds) {
      return seconds < 0.0 ? std::string("never")
                           : std::to_string(seconds).substr(0, 6) + " s";
    };
    std::printf(
        "%.2f  %9s  %9s  %s\n", target, text(s).c_str(), text(d).c_str(),
        s > 0.0 && d > 0.0 ? std::to_string(d / s).substr(0, 5).c_str() : "-");
  }
  return 0;
}
