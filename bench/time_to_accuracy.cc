// Seconds of training until the test set's P@1 reaches a target, hash-sparse
// against dense: the same net, loss, data, split, reader and clock, one after
// the other in one process. Evaluation is not counted.
//
//   time_to_accuracy TRAIN TEST [--epochs 3] [--threads 1] [--dense-rate 0.12]
//                    [--loss decoupled|softmax] [--max-hashed 200]
//                    [--random-negatives 100]
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "data_program.h"
#include "dense_training.h"
#include "slide/trainer.h"

namespace {

using slide::bench::LossOption;
using slide::bench::Number;
using slide::bench::ProgramOptions;

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
// Looks at the test set in an epoch of the dense net; slide looks at each of
// its progress reports.
constexpr size_t kLooks = 4;

Curve TrainSlide(const slide::Dataset& train, const slide::Dataset& test,
                 const ProgramOptions& options) {
  slide::NetworkOptions net;
  net.num_features = train.num_features();
  net.num_labels = train.num_labels();
  net.hidden = {kHidden};
  slide::TrainOptions run;
  run.epochs = Number<int>(options, "--epochs");
  run.num_threads = Number<int>(options, "--threads");
  run.loss = LossOption(options);
  run.sampling.max_hashed = Number<int>(options, "--max-hashed");
  // The dense side has none.
  run.sparse_part.mode = slide::SparsePartMode::kOff;
  run.sampling.random_negatives = Number<int>(options, "--random-negatives");
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
                 const ProgramOptions& options) {
  slide::bench::DenseOptions run;
  run.epochs = Number<int>(options, "--epochs");
  run.num_threads = Number<int>(options, "--threads");
  run.loss = LossOption(options);
  run.learning_rate = Number<double>(options, "--dense-rate");
  run.hidden = kHidden;
  run.looks = kLooks;
  Curve curve;
  const double sample_seconds = slide::bench::TrainDense(
      train, test, run, [&](const slide::bench::DenseLook& look) {
        const auto& at = look.test.at;
        curve.Add(look.train_seconds, at[0].precision);
        std::printf(
            "dense  epoch %.2f  %7.2f s  P@1 %.4f  P@3 %.4f  P@5 %.4f\n",
            look.epochs, look.train_seconds, at[0].precision, at[1].precision,
            at[2].precision);
        std::fflush(stdout);
      });
  std::printf("dense  %.1f us a sample\n", 1e6 * sample_seconds);
  return curve;
}

void Run(const slide::Dataset& train, const slide::Dataset& test,
         const ProgramOptions& options) {
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
}

}  // namespace

int main(int argc, char** argv) {
  return slide::bench::RunOnData(argc, argv, "time_to_accuracy",
                                 {{"--epochs", "3"},
                                  {"--threads", "1"},
                                  {"--dense-rate", "0.12"},
                                  {"--loss", "decoupled"},
                                  {"--max-hashed", "200"},
                                  {"--random-negatives", "100"}},
                                 Run);
}
