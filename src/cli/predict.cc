// `slide predict`: the best labels of every sample, a line each.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/summary.h"
#include "slide/network.h"

namespace slide::cli {
namespace {

// Samples predicted together: enough to share the reading of the weights among
// them. Fewer when many labels are wanted, so that memory stays bounded.
constexpr size_t kSamplesAtOnce = 4096;
constexpr size_t kPredictionsAtOnce = size_t{1} << 20;

// Lines that name things numbered from 0; empty without a file. A tab would be
// read as the end of the name.
std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const char* things) {
  if (path.empty()) return {};
  std::vector<std::string> names = ReadLines(path);
  if (names.size() != num_things) {
    throw DataError(fmt::format(
        "{}: has {} lines; allowed are {}, a name for each of the {}", path,
        names.size(), num_things, things));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\t') != std::string::npos) {
      throw DataError(path, i + 1, "has a tab; allowed is any other text");
    }
  }
  return names;
}

// Adds the line of one sample; docs/command_line.md has the format.
void AppendLine(std::span<const ScoredLabel> predictions,
                const std::vector<std::string>& label_names,
                const std::string* sample_name, fmt::memory_buffer& lines) {
  const auto out = std::back_inserter(lines);
  const char* separator = "";
  if (sample_name != nullptr) {
    fmt::format_to(out, "{}", *sample_name);
    separator = "\t";
  }
  for (const ScoredLabel& prediction : predictions) {
    if (label_names.empty()) {
      fmt::format_to(out, "{}{}:{:.6g}", separator, prediction.label,
                     prediction.probability);
      separator = " ";
    } else {
      fmt::format_to(out, "{}{}:{:.6g}", separator,
                     label_names[prediction.label], prediction.probability);
      separator = "\t";
    }
  }
  fmt::format_to(out, "\n");
}

}  // namespace

PredictCommand::PredictCommand(CLI::App& parent)
    : Command(parent, "predict", "Print the best labels of each sample") {
  const auto check_top_k = [this] {
    if (top_k_ < 1) {
      throw OptionsError(fmt::format("met {}; allowed is 1 or more", top_k_));
    }
  };
  app_.add_option("MODEL", model_path_, "Network that train saved")
      ->required()
      ->type_name("");
  app_.add_option("DATA", data_path_, "Samples; their labels are not looked at")
      ->required()
      ->type_name("");
  AddOption(app_, "--top-k", top_k_, check_top_k, "Labels for each sample");
  app_.add_option("--output", output_path_,
                  "Write here instead of standard output")
      ->type_name("FILE");
  app_.add_option("--labels", labels_path_,
                  "Names of the labels, a line each; packed or not")
      ->type_name("FILE");
  app_.add_option("--names", names_path_,
                  "Names of the samples, a line each, packed or not;\n"
                  "printed in front")
      ->type_name("FILE");
  AddOption(
      app_, "--limit", limit_, [] {}, "Only the first samples; 0: all");
  AddReadOptions(app_, read_, no_normalize_);
}

ExitCode PredictCommand::Run() {
  RefuseSameFile({{"MODEL", model_path_},
                  {"DATA", data_path_},
                  {"--labels", labels_path_},
                  {"--names", names_path_}},
                 {{"--output", output_path_}});
  if (!output_path_.empty()) CheckWritable(output_path_);
  read_.normalize = !no_normalize_;
  const int num_threads = NumThreads(read_.num_threads);

  const Network network = Network::Load(model_path_);
  const size_t num_labels = network.options().num_labels;
  const std::vector<std::string> label_names =
      ReadNames(labels_path_, num_labels, "network's labels");
  const Dataset data = ReadData(data_path_, read_);
  const std::vector<std::string> sample_names =
      ReadNames(names_path_, data.size(), "samples");

  const size_t num_samples =
      limit_ == 0 ? data.size() : std::min<uint64_t>(limit_, data.size());
  const size_t width = std::min(static_cast<size_t>(top_k_), num_labels);
  const size_t step =
      std::clamp<size_t>(kPredictionsAtOnce / width, 1, kSamplesAtOnce);

  const InterruptGuard guard;
  OutputFile output(output_path_);
  fmt::memory_buffer lines;
  for (size_t begin = 0; begin < num_samples; begin += step) {
    if (InterruptGuard::Interrupted()) return kInterrupted;
    const size_t end = std::min(begin + step, num_samples);
    const std::vector<ScoredLabel> predictions =
        network.Predict(data, begin, end, top_k_, num_threads);
    data.ThrowIfDamaged();
    lines.clear();
    for (size_t i = begin; i < end; ++i) {
      AppendLine(std::span(predictions).subspan((i - begin) * width, width),
                 label_names, sample_names.empty() ? nullptr : &sample_names[i],
                 lines);
    }
    output.Write({lines.data(), lines.size()});
  }
  output.Commit();
  return kSuccess;
}

}  // namespace slide::cli
