#include "train/checkpointer.h"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "nn/network_io.h"
#include "slide/error.h"
#include "slide/output_file.h"
#include "util/older_files.h"
#include "util/output_place.h"

namespace slide::train {
namespace {

double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The path without links, beside which older checkpoints stay.
std::string PlaceOf(const CheckpointOptions& options) {
  const util::OutputPlace place = util::FollowOutput(options.path);
  if (!place.is_file()) {
    throw OptionsError(fmt::format(
        "path: got {}, a folder, a device or a pipe, expected a file",
        options.path));
  }
  for (int age = 0; age < options.keep; ++age) {
    const std::string name = util::OlderName(place.path, age);
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored) && !IsCheckpointFile(name)) {
      throw OptionsError(fmt::format(
          "path: got {}, where {} is another file, expected a checkpoint or "
          "none there",
          options.path, name));
    }
  }
  return place.path;
}

}  // namespace

Checkpointer::Checkpointer(const CheckpointOptions& options,
                           const RunData& data, size_t epochs)
    : options_(options),
      data_(data),
      path_(PlaceOf(options)),
      schedule_(options.every, Now(), static_cast<int>(epochs)) {}

bool Checkpointer::is_due(size_t epochs) const {
  return schedule_.is_due(Now(), static_cast<int>(epochs));
}

bool Checkpointer::IsNew(const RunState& state, size_t epochs) const noexcept {
  return state.steps != written_steps_ || epochs != written_epochs_;
}

CheckpointReport Checkpointer::Write(const CheckpointParts& parts) {
  const double begin = Now();
  const size_t num_epochs = parts.numbers.report.epochs.size();
  CheckpointReport report = {.path = options_.path};
  try {
    nn::RequireFinite(parts.network, options_.path);
    util::SectionWriter writer = MakeCheckpointWriter(parts);
    report.num_bytes = writer.num_section_bytes();
    OutputFile file(path_);
    report.num_bytes = writer.Write(file);
    file.Sync();  // first, so that a disk that fails costs no older one
    util::KeepOlder(path_, options_.keep);
    file.Commit();
    written_steps_ = parts.numbers.state.steps;
    written_epochs_ = num_epochs;
  } catch (const std::exception& failure) {
    report.failure = failure.what();
  }
  const double end = Now();
  report.seconds = end - begin;
  schedule_.Plan(end, report.seconds, static_cast<int>(num_epochs));
  return report;
}

}  // namespace slide::train
