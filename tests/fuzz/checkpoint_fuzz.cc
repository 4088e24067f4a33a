// Fuzz target: any bytes as a checkpoint. It is described, and a small run goes
// on from it, of which the seeds are checkpoints.
#include <optional>
#include <vector>

#include "fuzz/checkpoint_run.h"
#include "fuzz/container_fuzz.h"
#include "fuzz/files.h"
#include "slide/checkpoint.h"

namespace slide::data {
namespace {

void ReadCheckpoint(const std::string& bytes) {
  const MemoryFile file(bytes);
  std::optional<CheckpointInfo> info;
  if (Throws<ModelFileError>(
          [&] { info.emplace(ReadCheckpointInfo(file.path())); })) {
    return;
  }
  info->network.Validate();
  info->train.Validate();
  Require(info->epoch <= *info->train.epochs, "the epoch is one of the run's");
  const CheckpointRun run;
  Network network(run.network, 1);
  Trainer trainer(network, run.train);
  // Other options and data are refused by other kinds of Error; a run that goes
  // on ends.
  Throws<Error>([&] {
    const TrainReport report =
        trainer.Resume(file.path(), run.data, {.validation = &run.data});
    Require(report.epochs.size() == 2, "the run goes on to its end");
  });
}

}  // namespace
}  // namespace slide::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace slide::data;
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  ForEachContainer(input, "slidechk", 2, ReadCheckpoint);
  return 0;
}
