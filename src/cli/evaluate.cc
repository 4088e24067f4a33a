// `slide evaluate`: the metrics of a saved network on a labelled data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "cli/commands.h"
#include "cli/known_data.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "cli/text_summary.h"
#include "slide/calibration.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/model_data.h"
#include "slide/network.h"
#include "slide/output_file.h"

namespace slide::cli {

namespace {

class EvaluateCommand final : public Command {
 public:
  EvaluateCommand()
      : Command("evaluate",
                "Evaluate a saved network: ranking, F1, each label") {
    line_.AddArgument("MODEL", model_path_, "Network that train saved");
    line_.AddArgument("DATA", data_path_,
                      "Data set with labels; of a network that was trained on "
                      "text, documents too");
    line_.AddFile("propensities", propensities_path_,
                  "Training set whose label frequencies give the propensities "
                  "of PSP and PSnDCG; without it there are none");
    line_.AddMaybeFile("per-label", per_label_path_,
                       "Write precision, recall and F1 of each label here, a "
                       "line each, tabs between; without FILE print them. From "
                       "--threshold on or, without it, at the first of --k");
    line_.AddSwitch("reliability", reliability_,
                    "Say how good the probabilities are, by a pass of its own");
    line_.AddSwitch("json", json_, "Print one JSON object instead of a table");
    line_.Add(Fields(evaluate_));
    line_.Add(Fields(threshold_));
    line_.Add(Fields(read_));
    known_.AddTo(line_);
    read_.on_remark = PutRemark;
  }

  ExitCode Run() override;

 private:
  EvaluateOptions evaluate_;
  ReadOptions read_;
  KnownData known_;
  Threshold threshold_;
  std::string model_path_, data_path_, propensities_path_;
  std::optional<std::string> per_label_path_;  // empty: standard output
  bool reliability_ = false;
};

// Writes a line for each label, below a line of headings.
void WriteLabels(std::span<const LabelCounts> labels, const ModelCard& card,
                 OutputFile& file) {
  file.Write("label\tsupport\tpredicted\tprecision\trecall\tf1\n");
  for (size_t i = 0; i < labels.size(); ++i) {
    const PrecisionRecall own = labels[i].Ratios();
    const std::string name =
        card.label_names.empty()
            ? fmt::to_string(i + card.first_label.value_or(0))
            : std::string(card.label_names[i]);
    file.Write(fmt::format("{}\t{}\t{}\t{:.6f}\t{:.6f}\t{:.6f}\n", name,
                           labels[i].support, labels[i].predicted,
                           own.precision, own.recall, own.f1));
  }
}

ExitCode EvaluateCommand::Run() {
  const std::string per_label = per_label_path_.value_or("");
  RefuseSameFile({{"MODEL", model_path_},
                  {"DATA", data_path_},
                  {"--propensities", propensities_path_}},
                 {{"--per-label", per_label}});
  if (json_ && per_label_path_ && (per_label.empty() || per_label == "-")) {
    throw OptionsError(
        "--per-label: got no file, expected one with --json, which has the "
        "standard output");
  }
  if (!per_label.empty()) CheckWritable(per_label);
  if (line_.WasGiven("threshold")) evaluate_.threshold = threshold_;
  evaluate_.with_sets = true;

  Clock::time_point start = Clock::now();
  const Network network = OpenModel(model_path_, read_.verify);
  const ModelCard& card = network.card();
  const auto [data, data_card, text] =
      known_.Read(data_path_, card, network.options(), read_);
  if (!propensities_path_.empty()) {
    const Dataset train = ReadToEvaluate(propensities_path_, card, read_).data;
    if (train.num_labels() != network.options().num_labels) {
      throw DataError(
          fmt::format("{}: got {} labels, expected the {} of the network",
                      propensities_path_, train.num_labels(),
                      network.options().num_labels));
    }
    evaluate_.inverse_propensities = InversePropensities(train);
  }
  if (const uint64_t num = NumUnlabelled(data); num > 0) {
    PutRemark(fmt::format(
        "{}: {} of {} samples have no label; P@k counts each as a miss",
        data_path_, FormatCount(num), FormatCount(uint64_t{data.size()})));
  }
  const double load_seconds = SecondsSince(start);
  start = Clock::now();
  const Metrics metrics = Evaluate(network, data, evaluate_);
  std::optional<Reliability> reliability;
  if (reliability_ && NumUnlabelled(data) == data.size()) {
    PutRemark(fmt::format(
        "{}: no sample has a label, which --reliability needs", data_path_));
  } else if (reliability_) {
    reliability = MeasureReliability(network, data,
                                     {.num_samples = evaluate_.num_samples,
                                      .seed = evaluate_.seed,
                                      .num_threads = evaluate_.num_threads});
  }
  data.ThrowIfDamaged();
  const double eval_seconds = SecondsSince(start);
  if (!per_label.empty()) {
    OutputFile file(per_label);
    WriteLabels(metrics.labels, card, file);
    file.Commit();
  }

  Json json;
  AddMetrics(metrics, json);
  if (reliability) json["calibration_error"] = reliability->error;
  json["samples"] = metrics.num_samples;
  if (text) json["left_out_labels"] = text->num_unknown_labels;
  json["load_seconds"] = load_seconds;
  json["eval_seconds"] = eval_seconds;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  json["threads"] = NumThreads(evaluate_.num_threads);
  json["seed"] = evaluate_.seed;
  std::string table = FormatMetrics(metrics);
  if (metrics.loss) {
    table += fmt::format("{:<8}{:>9.4f}\n", "loss", *metrics.loss);
  }
  table += "\n" + FormatSets(metrics);
  if (reliability) {
    table += fmt::format("\ncalibration error {:.4f}\n", reliability->error);
  }
  table +=
      fmt::format("\n{} samples in {} after {} of reading\n",
                  FormatCount(metrics.num_samples), FormatSeconds(eval_seconds),
                  FormatSeconds(load_seconds));
  if (text) table += "\n" + FormatText(*text, false);
  PutSummary("evaluate", json, table);
  if (per_label_path_ && per_label.empty()) {
    Put(stdout, "\n");
    OutputFile file("-");
    WriteLabels(metrics.labels, card, file);
    file.Commit();
  }
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeEvaluate() {
  return std::make_unique<EvaluateCommand>();
}

}  // namespace slide::cli
