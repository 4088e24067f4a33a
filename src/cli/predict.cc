// `slide predict`: the best labels of every sample, a line each.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_keys.h"
#include "cli/known_data.h"
#include "cli/open_model.h"
#include "cli/prediction_output.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/explain.h"
#include "slide/model_data.h"
#include "slide/name_list.h"
#include "slide/network.h"
#include "slide/option_fields.h"
#include "slide/output_file.h"
#include "slide/predict.h"
#include "slide/sample_stream.h"
#include "slide/vectors.h"

namespace slide::cli {
namespace {

// Samples predicted together: enough to share the reading of the weights among
// them. Fewer when many labels are wanted, so that memory stays bounded.
constexpr size_t kSamplesAtOnce = 4096;
constexpr size_t kPredictionsAtOnce = size_t{1} << 20;

// The n features with the largest values, by falling value, in `best`.
void FindLargest(SparseView features, size_t n, std::vector<size_t>& best) {
  best.resize(features.size());
  std::iota(best.begin(), best.end(), size_t{0});
  n = std::min(n, best.size());
  std::partial_sort(best.begin(), best.begin() + static_cast<ptrdiff_t>(n),
                    best.end(), [&](size_t a, size_t b) {
                      const float x = features.values[a];
                      const float y = features.values[b];
                      return x != y ? x > y : a < b;
                    });
  best.resize(n);
}

class PredictCommand final : public Command {
 public:
  PredictCommand()
      : Command("predict", "Print the best labels of each sample") {
    line_.AddArgument("MODEL", model_path_, "Network that train saved");
    line_.AddArgument("DATA", data_path_,
                      "Samples; their labels are not looked at. Of a network "
                      "that was trained on text, documents too, with labels or "
                      "without");
    line_.AddNumber("top-k", top_k_, 1,
                    "Labels for each sample; with --threshold at most so many, "
                    "without a limit unless it is given");
    line_.Add(Fields(threshold_));
    line_.AddFile("output", output_path_,
                  "Write here instead of standard output");
    line_.AddFile("labels", labels_path_,
                  "Names of the labels, a line each, packed or not, where the "
                  "model has none");
    line_.AddFile("names", names_path_,
                  "Names of the samples, a line each, packed or not; printed "
                  "in front");
    line_.AddNumber("show-features", show_features_, 0,
                    "Show behind the labels so many features of the sample, "
                    "those with the largest values; 0: none");
    line_.AddFile("features", features_path_,
                  "Names of the features, a line each, packed or not, or the "
                  "vocabulary of vectorize, where the model has none");
    line_.AddNumber("explain", explain_, 0,
                    "Show behind each label so many features of the sample "
                    "that raise its score most, with the change of its logit "
                    "without them; 0: none");
    line_.AddSwitch("vectors", vectors_,
                    "Print the vector of each sample, the values of the last "
                    "hidden layer, in place of its labels; --output NAME.npy: "
                    "an array for NumPy");
    line_.AddSwitch("json", json_, "Print a JSON object for each sample");
    line_.AddNumber("limit", limit_, 0, "Only the first samples; 0: all");
    line_.Add(Fields(read_));
    known_.AddTo(line_);
    read_.on_remark = PutRemark;
    read_.with_labels = false;
  }

  ExitCode Run() override;

 private:
  // Samples on their way to predictions.
  struct Task {
    const Network& network;
    bool normalized;  // samples are scaled to length 1
    Names names;
    PredictOptions options;
    size_t step = 1;          // samples at a time
    uint64_t num_before = 0;  // samples that are done
    uint64_t num_unknown = 0;
    uint64_t first_unknown = 0;
  };

  // Whether samples are to be answered as they come.
  bool IsStream() const;
  ExitCode RunStream(const ModelCard& card, const KnownData::Network& known,
                     Task& task);
  // Predicts the first samples and writes their lines, unless a signal comes.
  void Print(const Dataset& data, size_t num_samples, Task& task,
             OutputFile& output) const;
  static void WarnOfUnknown(const Task& task);
  // Throws: OptionsError for options that do nothing with --vectors.
  void CheckVectors() const;
  // Writes the vectors of the first num_samples.
  ExitCode WriteVectors(const Network& network, const Dataset& data,
                        size_t num_samples,
                        const std::vector<std::string>& names) const;

  Threshold threshold_;
  ReadOptions read_;
  KnownData known_;
  std::string model_path_, data_path_, output_path_;
  std::string labels_path_, features_path_, names_path_;
  uint64_t top_k_ = 5;
  uint64_t show_features_ = 0;
  uint64_t explain_ = 0;
  uint64_t limit_ = 0;
  bool vectors_ = false;
};

void PredictCommand::CheckVectors() const {
  if (!vectors_) {
    if (!output_path_.ends_with(".npy")) return;
    throw OptionsError(fmt::format(
        "--output: got {}, an array for NumPy, expected --vectors with it",
        output_path_));
  }
  for (const std::string_view flag :
       {"top-k", "threshold", "explain", "show-features", "json", "labels",
        "features"}) {
    if (!line_.WasGiven(flag)) continue;
    throw OptionsError(fmt::format(
        "--{}: does nothing with --vectors, which prints no labels", flag));
  }
  if (output_path_.ends_with(".npy") && !names_path_.empty()) {
    throw OptionsError(
        "--names: does nothing with an array for NumPy, which has no names");
  }
}

ExitCode PredictCommand::WriteVectors(
    const Network& network, const Dataset& data, size_t num_samples,
    const std::vector<std::string>& names) const {
  const size_t width = network.Layers().back().width;
  const bool is_array = output_path_.ends_with(".npy");
  OutputFile output(output_path_.empty() ? "-" : output_path_);
  if (is_array) output.Write(NpyHead(num_samples, width));
  fmt::memory_buffer lines;
  for (size_t begin = 0; begin < num_samples; begin += kSamplesAtOnce) {
    if (InterruptGuard::Interrupted()) return InterruptGuard::Code();
    const size_t end = std::min(begin + kSamplesAtOnce, num_samples);
    const std::vector<float> vectors =
        SampleVectors(network, data, begin, end, NumThreads(read_.num_threads));
    data.ThrowIfDamaged();
    if (is_array) {
      output.Write({reinterpret_cast<const char*>(vectors.data()),
                    vectors.size() * sizeof(float)});
      continue;
    }
    lines.clear();
    for (size_t i = begin; i < end; ++i) {
      std::string_view before;
      if (!names.empty()) {
        lines.append(names[i]);
        before = "\t";
      }
      for (size_t n = 0; n < width; ++n) {
        fmt::format_to(std::back_inserter(lines), "{}{:.6g}", before,
                       vectors[(i - begin) * width + n]);
        before = " ";
      }
      lines.push_back('\n');
    }
    output.Write({lines.data(), lines.size()});
  }
  output.Commit();
  return kSuccess;
}

ExitCode PredictCommand::Run() {
  CheckVectors();
  RefuseSameFile({{"MODEL", model_path_},
                  {"DATA", data_path_},
                  {"the labels of DATA", LabelsFileOf(data_path_)},
                  {"--labels", labels_path_},
                  {"--features", features_path_},
                  {"--names", names_path_}},
                 {{"--output", output_path_}});
  if (!output_path_.empty()) CheckWritable(output_path_);
  const Network network = OpenModel(model_path_, read_.verify);
  ModelCard card = network.card();
  if (!labels_path_.empty()) {
    AddLabelNames(labels_path_, network.options().num_labels, card);
  }
  if (!features_path_.empty()) {
    AddFeatureNames(features_path_, network.options().num_features, card);
  }
  const KnownData::Network known = {
      .num_features = network.options().num_features,
      .normalized = card.normalized.value_or(read_.normalize)};
  Task task = {
      .network = network,
      .normalized = known.normalized,
      .names = {.labels = card.label_names,
                .features = show_features_ + explain_ > 0 ? FeatureNamesOf(card)
                                                          : NameList(),
                .first_label = card.first_label.value_or(0),
                .first_feature = card.first_feature.value_or(0)},
      .options = {.num_threads = NumThreads(read_.num_threads)}};
  size_t width = std::min<uint64_t>(top_k_, network.options().num_labels);
  task.options.k = static_cast<int>(width);
  if (line_.WasGiven("threshold")) {
    task.options.threshold = threshold_;
    if (!line_.WasGiven("top-k")) {
      task.options.k = 0;
      // Labels that reach a threshold in samples that have many.
      width = std::min<size_t>(network.options().num_labels, 4096);
    }
  }
  task.step = std::clamp<size_t>(kPredictionsAtOnce / width, 1, kSamplesAtOnce);
  if (IsStream()) return RunStream(card, known, task);

  const Dataset data = known_.Keep(
      data_path_, ReadByCard(data_path_, card, read_).data, known, read_);
  if (!names_path_.empty()) {
    task.names.samples = ReadNames(names_path_, data.size(), "samples");
  }
  const size_t num_samples =
      limit_ == 0 ? data.size() : std::min<uint64_t>(limit_, data.size());
  const InterruptGuard guard;
  if (vectors_) {
    return WriteVectors(network, data, num_samples, task.names.samples);
  }
  OutputFile output(output_path_.empty() ? "-" : output_path_);
  Print(data, num_samples, task, output);
  if (InterruptGuard::Interrupted()) return InterruptGuard::Code();
  output.Commit();
  WarnOfUnknown(task);
  return kSuccess;
}

bool PredictCommand::IsStream() const {
  return data_path_ == "-" && SampleStream::IsAtStandardInput() &&
         names_path_.empty() && !vectors_ &&
         (output_path_.empty() || !IsReplaced(output_path_));
}

ExitCode PredictCommand::RunStream(const ModelCard& card,
                                   const KnownData::Network& known,
                                   Task& task) {
  OutputFile output(output_path_.empty() ? "-" : output_path_);
  SampleStream stream(card, read_);
  KnownPart all;  // its counts
  while (const std::optional<Dataset> some = stream.Next()) {
    const KnownPart part = known_.Take("standard input", *some, known);
    all.num_samples += part.num_samples;
    all.num_feature_values += part.num_feature_values;
    size_t num_samples = part.data.size();
    if (limit_ > 0) {
      num_samples = std::min<uint64_t>(num_samples, limit_ - task.num_before);
    }
    Print(part.data, num_samples, task, output);
    if (limit_ > 0 && task.num_before == limit_) break;
  }
  output.Commit();
  const std::string left_out =
      KnownData::FormatLeftOut("standard input", all, known);
  if (!left_out.empty()) read_.on_remark(left_out);
  WarnOfUnknown(task);
  return kSuccess;
}

void PredictCommand::Print(const Dataset& data, size_t num_samples, Task& task,
                           OutputFile& output) const {
  fmt::memory_buffer lines;
  std::vector<size_t> shown;
  for (size_t begin = 0; begin < num_samples; begin += task.step) {
    if (InterruptGuard::Interrupted()) return;
    const size_t end = std::min(begin + task.step, num_samples);
    const Predictions predictions =
        Predict(task.network, data, begin, end, task.options);
    std::vector<std::vector<Reason>> reasons;
    if (explain_ > 0) {
      reasons = Explain(task.network, data, begin, predictions,
                        {.num_reasons = explain_, .rescale = task.normalized},
                        task.options.num_threads);
    }
    data.ThrowIfDamaged();
    lines.clear();
    for (size_t i = begin; i < end; ++i) {
      const std::span<const ScoredLabel> labels = predictions[i - begin];
      Prediction sample = {.number = i,
                           .labels = labels,
                           .features = data[i].features,
                           .is_unknown = std::ranges::binary_search(
                               predictions.unknown, i - begin)};
      if (show_features_ > 0) {
        FindLargest(sample.features, show_features_, shown);
        sample.shown = &shown;
      }
      if (explain_ > 0) {
        sample.reasons = std::span(reasons).subspan(
            static_cast<size_t>(labels.data() - predictions.labels.data()),
            labels.size());
      }
      if (json_) {
        lines.append(JsonLine("predict", PredictionJson(sample, task.names)));
      } else {
        AppendLine(sample, task.names, lines);
      }
    }
    output.Write({lines.data(), lines.size()});
    if (!predictions.unknown.empty() && task.num_unknown == 0) {
      task.first_unknown =
          task.num_before + begin + predictions.unknown.front();
    }
    task.num_unknown += predictions.unknown.size();
  }
  task.num_before += num_samples;
}

void PredictCommand::WarnOfUnknown(const Task& task) {
  if (task.num_unknown == 0) return;
  Put(stderr,
      fmt::format("slide: warning: {} of {} samples have no feature that the "
                  "network knows, the first of them sample {}; their labels "
                  "are those of its biases alone\n",
                  FormatCount(task.num_unknown), FormatCount(task.num_before),
                  task.first_unknown + 1));
}

}  // namespace

std::unique_ptr<Command> MakePredict() {
  return std::make_unique<PredictCommand>();
}

}  // namespace slide::cli
