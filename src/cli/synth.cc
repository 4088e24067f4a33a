// `slide synth`: made-up training and test data, written as text or caches.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

double PerPoint(uint64_t sum, uint64_t num) {
  return static_cast<double>(sum) / static_cast<double>(num);
}

std::string FormatOutput(const Output& output) {
  const SyntheticFile& file = output.written;
  return fmt::format(
      "{:<10} {}: {} points, {:.1f} features and {:.2f} labels a point; {}\n",
      output.name, output.path, FormatCount(file.num_points),
      PerPoint(file.num_nonzeros, file.num_points),
      PerPoint(file.num_label_marks, file.num_points),
      FormatBytes(file.num_bytes));
}

Json OutputJson(const Output& output) {
  const SyntheticFile& file = output.written;
  return {{"path", output.path},
          {"points", file.num_points},
          {"bytes", file.num_bytes},
          {"nonzeros_mean", PerPoint(file.num_nonzeros, file.num_points)},
          {"labels_mean", PerPoint(file.num_label_marks, file.num_points)},
          {"seconds", output.seconds}};
}

// Writes the file and sets what is known then. Throws: Error.
void Write(const SyntheticOptions& options, bool as_cache,
           ProgressDisplay& display, Output& output) {
  const auto show = [&](uint64_t num_points) {
    display.ShowStatus(fmt::format("writing {}  {} %", output.path,
                                   100 * num_points / output.num_points));
    return !InterruptGuard::Interrupted();
  };
  const auto start = Clock::now();
  show(0);
  const auto write = as_cache ? WriteSyntheticCache : WriteSynthetic;
  output.written = write(options, output.part, output.path, show);
  output.seconds = SecondsSince(start);
  display.Clear();
}

class SynthCommand final : public Command {
 public:
  SynthCommand() : Command("synth", "Write made-up data to train and test on") {
    line_.AddArgument("OUT_PREFIX", prefix_,
                      "Writes OUT_PREFIX.train.txt and OUT_PREFIX.test.txt, or "
                      "such files that end in .slided");
    line_.AddChoice("format", "xmc|cache", format_,
                    "Text, or caches, which open at once");
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(options_));
  }

  ExitCode Run() override;
  const char* MemoryAdvice() const noexcept override {
    return "fewer --labels or --features need less";
  }

 private:
  SyntheticOptions options_;
  std::string prefix_;
  std::string format_ = "xmc";
};

ExitCode SynthCommand::Run() {
  options_.Validate();
  if (prefix_.empty() || prefix_.ends_with('/')) {
    throw OptionsError(fmt::format(
        "OUT_PREFIX: got '{}', expected a path that ends with a name",
        prefix_));
  }
  const bool as_cache = format_ == "cache";
  const std::string ending = as_cache ? ".slided" : ".txt";
  std::vector<Output> outputs = {{"train", SyntheticPart::kTrain,
                                  prefix_ + ".train" + ending,
                                  options_.num_points}};
  if (options_.num_test_points > 0) {
    outputs.push_back({"test", SyntheticPart::kTest, prefix_ + ".test" + ending,
                       options_.num_test_points});
  }
  const InterruptGuard guard;
  for (const Output& output : outputs) CheckWritable(output.path);

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  uint64_t num_bytes = 0;
  double seconds = 0.0;
  for (Output& output : outputs) {
    Write(options_, as_cache, display, output);
    if (output.written.stopped) return InterruptGuard::Code();
    num_bytes += output.written.num_bytes;
    seconds += output.seconds;
  }

  const int num_threads = NumThreads(options_.num_threads);
  Json json;
  std::string text;
  for (const Output& output : outputs) {
    json["files"].push_back(OutputJson(output));
    text += FormatOutput(output);
  }
  json["seconds"] = seconds;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  json["threads"] = num_threads;
  json["seed"] = options_.seed;
  text += Row("threads", fmt::to_string(num_threads));
  text +=
      Row("time", fmt::format("{}, {:.0f} MB/s", FormatSeconds(seconds),
                              static_cast<double>(num_bytes) / 1e6 / seconds));
  PutSummary("synth", json, text);
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeSynth() {
  return std::make_unique<SynthCommand>();
}

}  // namespace slide::cli
