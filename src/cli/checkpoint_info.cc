#include "cli/checkpoint_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/train_output.h"
#include "slide/option_fields.h"

namespace slide::cli {
namespace {

std::string FormatSet(const DataFingerprint& data) {
  return fmt::format("{} samples, {} features, {} labels; sum {:016x}",
                     FormatCount(data.num_samples),
                     FormatCount(data.num_features),
                     FormatCount(data.num_labels), data.checksum);
}

Json SetJson(const DataFingerprint& data) {
  return {{"samples", data.num_samples},
          {"features", data.num_features},
          {"labels", data.num_labels},
          {"nonzeros", data.num_nonzeros},
          {"label_marks", data.num_label_marks},
          {"xxh64", fmt::format("{:016x}", data.checksum)}};
}

// Adds the options that are not the default ones, as rows.
template <typename Options>
void AddOptions(Options options, std::string& text) {
  Options usual;
  const std::vector<OptionField> fields = Fields(options);
  const std::vector<OptionField> defaults = Fields(usual);
  for (const size_t i : Differences(fields, defaults)) {
    if (fields[i].name == "num_features" || fields[i].name == "num_labels" ||
        !HasMeaning(fields[i], fields)) {
      continue;
    }
    text += Row(
        fields[i].name,
        fmt::format("{} (default {})", fields[i].text(), defaults[i].text()),
        kModelRow);
  }
}

}  // namespace

std::string FormatCheckpoint(const std::string& path,
                             const CheckpointInfo& checkpoint) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += Row(name, value, kModelRow);
  };
  add("checkpoint",
      fmt::format("{}, {}", path, FormatBytes(checkpoint.num_bytes)));
  add("place", fmt::format("epoch {} of {}, {} of {} samples", checkpoint.epoch,
                           *checkpoint.train.epochs,
                           FormatCount(checkpoint.epoch_samples_done),
                           FormatCount(checkpoint.epoch_samples)));
  add("training",
      fmt::format("{}; evaluating {}", FormatSeconds(checkpoint.train_seconds),
                  FormatSeconds(checkpoint.eval_seconds)));
  if (checkpoint.best_epoch != 0) {
    add("best", fmt::format("epoch {}", checkpoint.best_epoch));
  }
  add("training set", FormatSet(checkpoint.train_set));
  if (checkpoint.validation_set) {
    add("validation set", FormatSet(*checkpoint.validation_set));
  }
  if (checkpoint.test_set) add("test set", FormatSet(*checkpoint.test_set));
  AddOptions(checkpoint.network, text);
  AddOptions(checkpoint.train, text);
  if (checkpoint.epochs.empty()) return text;
  const EpochReport& last = checkpoint.epochs.back();
  text += FormatEpochHead(checkpoint.train.eval_ks,
                          {.test = last.test.has_value(),
                           .validation = last.validation.has_value()});
  for (const EpochReport& epoch : checkpoint.epochs) text += FormatEpoch(epoch);
  return text;
}

Json CheckpointJson(const CheckpointInfo& checkpoint) {
  CheckpointInfo copy = checkpoint;
  Json json;
  json["file_bytes"] = checkpoint.num_bytes;
  json["options"] = Json::parse(ToJson(Fields(copy.network)));
  json["train_options"] = Json::parse(ToJson(Fields(copy.train)));
  json["epoch"] = checkpoint.epoch;
  json["epoch_samples_done"] = checkpoint.epoch_samples_done;
  json["epoch_samples"] = checkpoint.epoch_samples;
  json["steps"] = checkpoint.num_steps;
  json["epochs"] = checkpoint.epochs.size();
  if (checkpoint.best_epoch != 0) json["best_epoch"] = checkpoint.best_epoch;
  json["train_seconds"] = checkpoint.train_seconds;
  json["eval_seconds"] = checkpoint.eval_seconds;
  json["train_set"] = SetJson(checkpoint.train_set);
  if (checkpoint.validation_set) {
    json["validation_set"] = SetJson(*checkpoint.validation_set);
  }
  if (checkpoint.test_set) json["test_set"] = SetJson(*checkpoint.test_set);
  return json;
}

}  // namespace slide::cli
