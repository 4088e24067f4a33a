// `slide synth`: made-up training and test data, written as text or caches.
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "slide/cpu.h"
#include "slide/output_file.h"
#include "slide/synthetic.h"

namespace slide::cli {
namespace {

// One file, before and after it was written.
struct Output {
  const char* name;
  SyntheticPart part;
  std::string path;
  uint64_t num_points = 0;
  SyntheticFile written = {};
  double seconds = 0.0;
};

double Mean(uint64_t sum, uint64_t num) {
  return static_cast<double>(sum) / static_cast<double>(num);
}

std::string FormatOutput(const Output& output) {
  const SyntheticFile& file = output.written;
  return fmt::format(
      "{:<10} {}: {} points, {:.1f} features and {:.2f} labels a point; {}\n",
      output.name, output.path, FormatCount(file.num_points),
      Mean(file.num_nonzeros, file.num_points),
      Mean(file.num_label_marks, file.num_points), FormatBytes(file.num_bytes));
}

Json OutputJson(const Output& output) {
  const SyntheticFile& file = output.written;
  return {{"path", output.path},
          {"points", file.num_points},
          {"bytes", file.num_bytes},
          {"nonzeros_mean", Mean(file.num_nonzeros, file.num_points)},
          {"labels_mean", Mean(file.num_label_marks, file.num_points)},
          {"seconds", output.seconds}};
}

// Writes the file and sets what is known then. Throws: Error.
void Write(const SyntheticOptions& options, bool as_cache,
           ProgressDisplay& display, Output& output) {
  using Clock = std::chrono::steady_clock;
  const auto show = [&](uint64_t num_points) {
    display.ShowStatus(fmt::format("writing {}  {} %", output.path,
                                   100 * num_points / output.num_points));
    return !InterruptGuard::Interrupted();
  };
  const auto start = Clock::now();
  show(0);
  const auto write = as_cache ? WriteSyntheticCache : WriteSynthetic;
  output.written = write(options, output.part, output.path, show);
  output.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  display.Clear();
}

}  // namespace

SynthCommand::SynthCommand(CLI::App& parent)
    : Command(parent, "synth", "Write made-up data to train and test on") {
  // An option alone: whether it suits the others is known when all are read.
  const auto check = [this] {
    constexpr uint32_t kMany = std::numeric_limits<uint32_t>::max();
    SyntheticOptions alone = options_;
    if (alone.num_features > 0) alone.num_features = kMany;
    if (alone.num_labels > 0) alone.num_labels = kMany;
    alone.Validate();
  };
  app_.add_option("OUT_PREFIX", prefix_,
                  "Writes OUT_PREFIX.train.txt and OUT_PREFIX.test.txt, or\n"
                  "such files that end in .slided")
      ->required()
      ->type_name("");
  AddOption(app_, "--points", options_.num_points, check, "Training points");
  AddOption(app_, "--test-points", options_.num_test_points, check,
            "Test points; 0: no test file");
  AddOption(app_, "--features", options_.num_features, check, "Features");
  AddOption(app_, "--labels", options_.num_labels, check, "Labels");
  AddOption(app_, "--nonzeros", options_.nonzeros, check,
            "Features of a point, on average");
  AddOption(app_, "--labels-per-point", options_.labels_per_point, check,
            "Labels of a point, on average");
  AddOption(app_, "--seed", options_.seed, check,
            "The same seed gives the same files");
  AddChoice<bool>(app_, "--format", as_cache_,
                  {{"xmc", false}, {"cache", true}},
                  "Text, or caches, which open at once");
  AddFlag(app_, "--no-normalize", no_normalize_,
          "Of caches: not scaled to length 1, for use with this option");
  AddFlag(app_, "--quiet", quiet_, "Print nothing but errors (and --json)");
  AddFlag(app_, "--json", json_,
          "Print one JSON object instead of the summary");
  AddOption(app_, "--threads", options_.num_threads, check,
            "Threads; 0: one for each core");
}

ExitCode SynthCommand::Run() {
  options_.Validate();
  if (prefix_.empty() || prefix_.ends_with('/')) {
    throw OptionsError(fmt::format(
        "OUT_PREFIX: met '{}'; allowed is a path that ends with a name",
        prefix_));
  }
  if (no_normalize_ && !as_cache_) {
    throw OptionsError("--no-normalize: allowed with --format cache");
  }
  options_.normalize = !no_normalize_;
  const std::string ending = as_cache_ ? ".slided" : ".txt";
  std::vector<Output> outputs = {{"train", SyntheticPart::kTrain,
                                  prefix_ + ".train" + ending,
                                  options_.num_points}};
  if (options_.num_test_points > 0) {
    outputs.push_back({"test", SyntheticPart::kTest, prefix_ + ".test" + ending,
                       options_.num_test_points});
  }
  for (const Output& output : outputs) CheckReplaceable(output.path);

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  const InterruptGuard guard;
  uint64_t num_bytes = 0;
  double seconds = 0.0;
  for (Output& output : outputs) {
    Write(options_, as_cache_, display, output);
    if (output.written.stopped) return kInterrupted;
    num_bytes += output.written.num_bytes;
    seconds += output.seconds;
  }

  const int num_threads = NumThreads(options_.num_threads);
  if (json_) {
    Json json;
    for (const Output& output : outputs) {
      json["files"].push_back(OutputJson(output));
    }
    json["seconds"] = seconds;
    json["peak_rss_bytes"] = PeakMemoryBytes();
    json["threads"] = num_threads;
    json["seed"] = options_.seed;
    Put(stdout, json.dump() + "\n");
  } else if (!quiet_) {
    for (const Output& output : outputs) Put(stdout, FormatOutput(output));
    Put(stdout, fmt::format("{:<10} {}\n", "threads", num_threads));
    Put(stdout,
        fmt::format("{:<10} {}, {:.0f} MB/s\n", "time", FormatSeconds(seconds),
                    static_cast<double>(num_bytes) / 1e6 / seconds));
  }
  return kSuccess;
}

}  // namespace slide::cli
