#include "cli/training_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <vector>

#include "cli/summary.h"
#include "cli/update_choice.h"
#include "slide/metrics.h"
#include "slide/option_fields.h"

namespace slide::cli {

std::string FileName(const std::string& path) {
  return path == "-" ? "standard input"
                     : std::filesystem::path(path).filename().string();
}

namespace {

// Without those that change nothing about the network, by which the same
// training would give other files.
std::string OptionsJson(TrainOptions& options) {
  std::vector<OptionField> fields = Fields(options);
  std::erase_if(fields, [](const OptionField& field) {
    return field.name == "num_threads" || field.name == "index_reports";
  });
  return ToJson(fields);
}

// As a word of a shell.
std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./:=,+%@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  return fmt::format("'{}'", Replaced(word, '\'', "'\\''"));
}

// Options that change nothing about the network.
bool IsOfOutputs(std::string_view flag) {
  constexpr std::string_view kOutputs[] = {
      "model",           "metrics", "checkpoint",
      "resume",          "config",  "checkpoint-every",
      "checkpoint-keep", "quiet",   "json",
      "report"};
  return std::ranges::find(kOutputs, flag) != std::end(kOutputs);
}

}  // namespace

std::string RepeatingCommand(const CommandLine& line,
                             const std::string& train_path) {
  std::string command =
      fmt::format("slide {} {}", line.command(),
                  train_path == "-" ? "-" : Quoted(FileName(train_path)));
  const std::vector<CommandLine::Setting> settings = line.NotDefault();
  // Batches give the same for any number of threads.
  const bool is_batched = std::ranges::any_of(settings, [](const auto& one) {
    return one.flag == "update" && one.value != "hogwild";
  });
  const auto update =
      std::ranges::find(settings, "update", &CommandLine::Setting::flag);
  for (const auto& [flag, value, type] : settings) {
    if (IsOfOutputs(flag) || (flag == "threads" && is_batched) ||
        (update != settings.end() && IsIgnored(flag, update->value))) {
      continue;
    }
    command += fmt::format(" --{}", flag);
    if (type == OptionType::kSwitch) continue;
    command += fmt::format(
        " {}", Quoted(type == OptionType::kText ? FileName(value) : value));
  }
  return command;
}

TrainingRecord RecordOf(const TrainingFiles& files, const Dataset& train,
                        TrainOptions options, const EpochReport* epoch) {
  TrainingRecord record = {.version = SLIDE_VERSION,
                           .data = FileName(files.train),
                           .num_samples = train.size(),
                           .loss = std::string(Name(options.loss)),
                           .options = OptionsJson(options)};
  if (epoch == nullptr) return record;
  record.epochs = epoch->epoch;
  const auto add = [&](const char* set, const std::string& path,
                       const std::optional<Metrics>& metrics) {
    if (!metrics) return;
    TrainingRecord::Evaluation& evaluation = record.evaluations.emplace_back();
    evaluation.set = set;
    evaluation.data = FileName(path);
    evaluation.num_samples = metrics->num_samples;
    for (const MetricsAtK& at : metrics->at) {
      evaluation.precision.push_back({at.k, at.precision});
    }
    evaluation.loss = metrics->loss;
  };
  add("test", files.test, epoch->test);
  add("validation", files.validation, epoch->validation);
  return record;
}

}  // namespace slide::cli
