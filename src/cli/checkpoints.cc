#include "cli/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/model_saver.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

bool IsThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The file of the age-th checkpoint before the newest one.
std::string OlderName(const std::string& path, int age) {
  return age == 0 ? path : fmt::format("{}.{}", path, age);
}

std::string FormatPlace(const CheckpointInfo& run) {
  return fmt::format("epoch {} of {}, {} of {} samples", run.epoch,
                     *run.train.epochs, FormatCount(run.epoch_samples_done),
                     FormatCount(run.epoch_samples));
}

}  // namespace

void Checkpoints::AddTo(CommandLine& line) {
  line.AddFile(
      "checkpoint", options_.path,
      "Write the whole state of the run here now and then, when a signal "
      "stops it and at its end; --resume goes on from there");
  line.AddMaybeFile("resume", resume_,
                    "Go on with the run that wrote this checkpoint; without "
                    "FILE with that of --checkpoint, if it is there");
  line.Add(Fields(options_));
}

void Checkpoints::RefuseSameFiles(const std::vector<NamedFile>& outputs) const {
  RefuseSameFile({{"--resume", resume_.value_or("")}}, outputs);
  for (int age = 1; age < options_.keep && !options_.path.empty(); ++age) {
    RefuseSameFile({{"--checkpoint-keep", OlderName(options_.path, age)}},
                   outputs);
  }
}

// A checkpoint whose place new ones would take though the run does not go on
// from them; empty: there is none.
std::string Checkpoints::FindOther() const {
  bool goes_on = false;
  std::string first;
  for (int age = 0; age < std::max(1, options_.keep); ++age) {
    const std::string name = OlderName(options_.path, age);
    if (!IsThere(name)) continue;
    if (first.empty()) first = name;
    std::error_code ignored;
    goes_on |=
        !from_.empty() && std::filesystem::equivalent(name, from_, ignored);
  }
  return goes_on ? "" : first;
}

void Checkpoints::Check() {
  const std::string& path = options_.path;
  if (resume_) {
    if (resume_->empty() && path.empty()) {
      throw OptionsError(
          "--resume: got no file, expected one, or --checkpoint FILE with it");
    }
    // Where there are no hard links, a kill may leave the one before alone.
    const std::string older = OlderName(path, 1);
    from_ = !resume_->empty() ? *resume_
            : IsThere(path)   ? path
            : IsThere(older)  ? older
                              : "";
  }
  if (!from_.empty()) run_ = ReadCheckpointInfo(from_);
  if (path.empty()) return;
  if (!IsReplaced(path)) {
    throw OptionsError(fmt::format(
        "--checkpoint: got {}, which is no file, expected one", path));
  }
  if (IsThere(path) && !IsCheckpointFile(path)) {
    throw OptionsError(fmt::format(
        "--checkpoint: got {}, which is another file, expected a checkpoint or "
        "a file that is not there",
        path));
  }
  if (const std::string left = FindOther(); !left.empty()) {
    throw OptionsError(fmt::format(
        "--checkpoint: got {}, where a run was left ({}: {}), expected "
        "--resume to go on with it, or another file to begin anew",
        path, left, FormatPlace(ReadCheckpointInfo(left))));
  }
  CheckRoom(0);
}

void Checkpoints::CheckRoom(uint64_t num_bytes) const {
  ModelSaver(options_.path).CheckRoom(num_bytes);
}

std::string Checkpoints::FormatResumed() const {
  if (!run_) return "";
  return Row("resumed", fmt::format("{}: {}", from_, FormatPlace(*run_)));
}

std::string Checkpoints::FormatFailure(const CheckpointReport& report) {
  if (report.failure.empty()) return "";
  return fmt::format(
      "slide: warning: {}; this checkpoint of {} is not written, the one "
      "before stays\n",
      report.failure, FormatBytes(report.num_bytes));
}

std::string Checkpoints::FormatStopped(const TrainReport& report,
                                       bool is_quiet) const {
  if (options_.path.empty()) return "";
  if (report.checkpoint && !report.checkpoint->failure.empty()) {
    return FormatFailure(*report.checkpoint);
  }
  if (is_quiet) return "";
  return fmt::format(
      "slide: stopped; the same command with --resume goes on from {}\n",
      options_.path);
}

}  // namespace slide::cli
