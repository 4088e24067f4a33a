#include "cli/folds.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "cli/interrupt.h"
#include "cli/train_output.h"
#include "slide/error.h"
#include "slide/metrics.h"

namespace slide::cli {
namespace {

struct FoldSpread {
  double mean = 0.0;
  double deviation = 0.0;  // of single folds: sum of squares over n - 1
};

FoldSpread SpreadOf(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  FoldSpread spread;
  for (const double value : values) spread.mean += value / n;
  double squares = 0.0;
  for (const double value : values) {
    squares += (value - spread.mean) * (value - spread.mean);
  }
  spread.deviation = n > 1.0 ? std::sqrt(squares / (n - 1.0)) : 0.0;
  return spread;
}

Json FoldJson(const FoldResult& result) {
  Json json;
  AddMetrics(result.metrics, json);
  json["train_loss"] = result.train_loss;
  if (result.best_epoch != 0) json["best_epoch"] = result.best_epoch;
  json["samples"] = result.num_samples;
  json["test_samples"] = result.metrics.num_samples;
  json["train_seconds"] = result.train_seconds;
  return json;
}

// The columns of the table: losses, P@k, seconds.
std::vector<double> ColumnsOf(const FoldResult& result) {
  std::vector<double> columns = {result.train_loss,
                                 result.metrics.loss.value_or(0.0)};
  for (const MetricsAtK& at : result.metrics.at) {
    columns.push_back(at.precision);
  }
  columns.push_back(result.train_seconds);
  return columns;
}

std::string FormatRow(std::string_view name,
                      const std::vector<double>& columns) {
  std::string row =
      fmt::format("{:>9}{:>12.4f}{:>11.4f}", name, columns[0], columns[1]);
  for (size_t i = 2; i + 1 < columns.size(); ++i) {
    row += fmt::format("{:>9.4f}", columns[i]);
  }
  row += fmt::format("{:>10.2f}\n", columns.back());
  return row;
}

}  // namespace

void Folds::AddTo(CommandLine& line) {
  line.AddNumber("folds", num_, 0,
                 "K-fold cross validation: train so many networks, each on all "
                 "but one part of the training set, and evaluate it on that "
                 "part; no model is kept; 0: none")
      .group = "Evaluation";
  OptionField& seed = line.AddNumber("fold-seed", seed_, 0,
                                     "Seed of which samples are in which fold, "
                                     "in whole runs of neighbouring lines");
  seed.group = "Evaluation";
  seed.only_with = {"folds"};
}

void Folds::Check(const CommandLine& line) const {
  if (!are_wanted()) return;
  constexpr uint64_t kMaxFolds = 1000;
  if (num_ < 2 || num_ > kMaxFolds) {
    throw OptionsError(fmt::format(
        "--folds: got {}, expected 2 to {} (or 0: none)", num_, kMaxFolds));
  }
  constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
      {"model", "no model is kept: train without --folds for one"},
      {"test", "each fold is the test set of a network"},
      {"from", "the model may have learnt from what it would be tested on"},
      {"metrics", "--json has the metrics of all folds"},
      {"checkpoint", "folds are not gone on with"},
      {"resume", "folds are not gone on with"}};
  for (const auto& [flag, reason] : kRefused) {
    if (!line.WasGiven(flag)) continue;
    throw OptionsError(fmt::format(
        "--folds, --{}: got both, expected one of them: {}", flag, reason));
  }
}

std::optional<FoldResult> Folds::RunFold(const FoldTask& task, int fold,
                                         ProgressDisplay& display) const {
  HeldOutSplit split =
      SplitFold(task.data, fold, static_cast<int>(num_), seed_);
  const Dataset test = std::move(split.held_out);
  std::optional<Dataset> validation;
  if (task.held_out.share > 0.0) {
    HeldOutSplit inner = SplitHeldOut(split.train, task.held_out);
    for (uint64_t& i : inner.train_samples) i = split.train_samples[i];
    validation = std::move(inner.held_out);
    split = {.train = std::move(inner.train),
             .held_out = Dataset(),
             .train_samples = std::move(inner.train_samples)};
  }
  Network network = task.make_network();
  Trainer trainer(network, task.train,
                  task.make_weights(split.train, split.train_samples));
  const EvaluationSets sets = {.validation =
                                   validation ? &*validation : task.validation};
  const TrainReport report =
      trainer.Fit(split.train, sets, [&](const Progress& progress) {
        display.Update(progress);
        return !InterruptGuard::Interrupted();
      });
  if (report.stopped) return std::nullopt;
  display.ShowStatus(fmt::format("evaluating fold {}", fold + 1));
  EvaluateOptions options;
  options.ks = task.train.eval_ks;
  options.num_samples = task.train.eval_samples;
  options.seed = network.options().seed;
  options.num_threads = task.train.num_threads;
  try {
    return FoldResult{.num_samples = report.num_samples,
                      .train_loss = LastingEpoch(report)->train_loss,
                      .train_seconds = report.train_seconds,
                      .best_epoch = report.best_epoch,
                      .metrics = Evaluate(network, test, options, [](double) {
                        return !InterruptGuard::Interrupted();
                      })};
  } catch (const StoppedError&) {
    return std::nullopt;
  }
}

bool Folds::Run(const FoldTask& task, ProgressDisplay& display,
                const std::function<void(int, const FoldResult&)>& done) {
  for (int fold = 0; fold < static_cast<int>(num_); ++fold) {
    display.ShowStatus(fmt::format("fold {} of {}", fold + 1, num_));
    std::optional<FoldResult> result = RunFold(task, fold, display);
    if (!result) return false;
    results_.push_back(std::move(*result));
    display.Clear();
    done(fold + 1, results_.back());
  }
  return true;
}

std::string Folds::FormatHead(const std::vector<int>& ks) {
  std::string head =
      fmt::format("\n{:>9}{:>12}{:>11}", "fold", "train loss", "test loss");
  for (const int k : ks) head += fmt::format("{:>9}", fmt::format("P@{}", k));
  head += fmt::format("{:>10}\n", "seconds");
  return head;
}

std::string Folds::FormatFold(int fold, const FoldResult& result) {
  return FormatRow(std::to_string(fold), ColumnsOf(result));
}

std::string Folds::FormatSummary() const {
  if (results_.empty()) return "";
  std::vector<std::vector<double>> columns;
  for (const FoldResult& result : results_) {
    const std::vector<double> row = ColumnsOf(result);
    columns.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
  }
  std::vector<double> means, deviations;
  for (const std::vector<double>& column : columns) {
    const auto [mean, deviation] = SpreadOf(column);
    means.push_back(mean);
    deviations.push_back(deviation);
  }
  return fmt::format("\n{}{}", FormatRow("mean", means),
                     FormatRow("deviation", deviations));
}

Json Folds::ToJson() const {
  Json json = {{"fold_seed", seed_}, {"folds", Json::array()}};
  for (const FoldResult& result : results_) {
    json["folds"].push_back(FoldJson(result));
  }
  if (results_.empty()) return json;
  const Json first = json["folds"][0];
  for (const auto& [key, value] : first.items()) {
    if (!value.is_number_float()) continue;  // counts say nothing here
    std::vector<double> values;
    for (const Json& fold : json["folds"]) values.push_back(fold[key]);
    const auto [mean, deviation] = SpreadOf(values);
    json["mean"][key] = mean;
    json["deviation"][key] = deviation;
  }
  return json;
}

}  // namespace slide::cli
