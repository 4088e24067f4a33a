#include "cli/training_record.h"

#include <filesystem>
#include <optional>
#include <vector>

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

}  // namespace

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
