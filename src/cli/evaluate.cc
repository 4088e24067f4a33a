// `slide evaluate`: the metrics of a saved network on a labelled data set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/json_keys.h"
#include "cli/known_data.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "cli/text_summary.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/model_data.h"
#include "slide/network.h"

namespace slide::cli {

namespace {

class EvaluateCommand final : public Command {
 public:
  EvaluateCommand() : Command("evaluate", "Evaluate a saved network") {
    line_.AddArgument("MODEL", model_path_, "Network that train saved");
    line_.AddArgument("DATA", data_path_,
                      "Data set with labels; of a network that was trained on "
                      "text, documents too");
    line_.AddFile("propensities", propensities_path_,
                  "Training set whose label frequencies give the propensities "
                  "of PSP and PSnDCG; without it there are none");
    line_.AddSwitch("json", json_, "Print one JSON object instead of a table");
    line_.Add(Fields(evaluate_));
    line_.Add(Fields(read_));
    known_.AddTo(line_);
    read_.on_remark = PutRemark;
  }

  ExitCode Run() override;

 private:
  EvaluateOptions evaluate_;
  ReadOptions read_;
  KnownData known_;
  std::string model_path_, data_path_, propensities_path_;
  bool json_ = false;
};

uint64_t NumUnlabelled(const Dataset& data) {
  uint64_t num = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    num += data.SizeOf(i).num_labels == 0 ? 1 : 0;
  }
  return num;
}

ExitCode EvaluateCommand::Run() {
  RefuseSameFile({{"DATA", data_path_}, {"--propensities", propensities_path_}},
                 {});

  Clock::time_point start = Clock::now();
  const Network network = OpenModel(model_path_, read_.verify);
  const ModelCard& card = network.card();
  const auto [read, data_card, text] = ReadToEvaluate(data_path_, card, read_);
  if (text) known_.Check(data_path_, *text);
  const Dataset data =
      known_.Keep(data_path_, read,
                  {.num_features = network.options().num_features,
                   .normalized = card.normalized.value_or(read_.normalize),
                   .num_labels = network.options().num_labels},
                  read_);
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
  data.ThrowIfDamaged();
  const double eval_seconds = SecondsSince(start);

  if (json_) {
    Json json;
    AddMetrics(metrics, json);
    json["samples"] = metrics.num_samples;
    if (text) json["left_out_labels"] = text->num_unknown_labels;
    json["load_seconds"] = load_seconds;
    json["eval_seconds"] = eval_seconds;
    json["peak_rss_bytes"] = PeakMemoryBytes();
    json["threads"] = NumThreads(evaluate_.num_threads);
    json["seed"] = evaluate_.seed;
    PutJson(stdout, "evaluate", json);
    return kSuccess;
  }
  Put(stdout, FormatMetrics(metrics));
  if (metrics.loss)
    Put(stdout, fmt::format("{:<8}{:>9.4f}\n", "loss", *metrics.loss));
  Put(stdout,
      fmt::format("\n{} samples in {} after {} of reading\n",
                  FormatCount(metrics.num_samples), FormatSeconds(eval_seconds),
                  FormatSeconds(load_seconds)));
  if (text) Put(stdout, fmt::format("\n{}", FormatText(*text, false)));
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeEvaluate() {
  return std::make_unique<EvaluateCommand>();
}

}  // namespace slide::cli
