// Measures the accuracy of the dense net on a data set, with the loss, epochs
// and schedule of slide's defaults. Hash-sparse training is compared with it.
//
//   dense_accuracy TRAIN TEST [--epochs 5] [--threads 1] [--rate 0.12]
//                  [--warmup 0.1] [--final-rate-share 0.02]
//                  [--loss decoupled|softmax]
//                  [--hidden 128] [--batch 256] [--seed 1]
#include <cstdio>

#include "data_program.h"
#include "dense_training.h"

namespace {

void Run(const slide::Dataset& train, const slide::Dataset& test,
         const slide::bench::ProgramOptions& options) {
  using slide::bench::Number;
  slide::bench::DenseOptions run;
  run.epochs = Number<int>(options, "--epochs");
  run.num_threads = Number<int>(options, "--threads");
  run.loss = slide::bench::LossOption(options);
  run.learning_rate = Number<double>(options, "--rate");
  run.final_rate_share = Number<double>(options, "--final-rate-share");
  run.warmup_share = Number<double>(options, "--warmup");
  run.hidden = Number<int>(options, "--hidden");
  run.batch = Number<size_t>(options, "--batch");
  run.seed = Number<uint64_t>(options, "--seed");
  const double sample_seconds = slide::bench::TrainDense(
      train, test, run, [](const slide::bench::DenseLook& look) {
        const auto& at = look.test.at;
        std::printf("epoch %.0f  %7.2f s  P@1 %.4f  P@3 %.4f  P@5 %.4f\n",
                    look.epochs, look.train_seconds, at[0].precision,
                    at[1].precision, at[2].precision);
        std::fflush(stdout);
      });
  std::printf("%.1f us a sample\n", 1e6 * sample_seconds);
}

}  // namespace

int main(int argc, char** argv) {
  return slide::bench::RunOnData(argc, argv, "dense_accuracy",
                                 {{"--epochs", "5"},
                                  {"--threads", "1"},
                                  {"--rate", "0.12"},
                                  {"--warmup", "0.1"},
                                  {"--final-rate-share", "0.02"},
                                  {"--loss", "decoupled"},
                                  {"--hidden", "128"},
                                  {"--batch", "256"},
                                  {"--seed", "1"}},
                                 Run);
}
