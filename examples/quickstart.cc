// Reads a training and a test set, trains a network, prints each epoch, and
// asks the network about one sample. Usage: example_quickstart TRAIN TEST
#include <cstdio>

#include "slide/dataset_io.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/trainer.h"

namespace {

bool PrintEpoch(const slide::Progress& progress) {
  if (const slide::EpochReport* epoch = progress.finished_epoch) {
    std::printf("epoch %d  loss %.3f  P@1 %.3f  %.1f s\n", epoch->epoch,
                epoch->train_loss, epoch->test->at[0].precision,
                epoch->train_seconds);
  }
  return true;  // false would stop the training
}

void Run(const char* train_path, const char* test_path) {
  const slide::Dataset train = slide::ReadXmc(train_path);
  const slide::Dataset test = slide::ReadXmc(test_path);

  slide::Network network(slide::SettledFor(train));

  slide::TrainOptions options;
  options.epochs = 3;
  slide::Trainer trainer(network, options);
  trainer.Fit(train, &test, PrintEpoch);

  std::printf("the first test sample:\n");
  for (const auto& best : network.Predict(test[0].features, 5)) {
    std::printf("  label %6u  probability %.3f\n", best.label,
                best.probability);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: example_quickstart TRAIN TEST\n");
    return 2;
  }
  try {
    Run(argv[1], argv[2]);
  } catch (const slide::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
