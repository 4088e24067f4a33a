#include "cli/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/summary.h"
#include "slide/error.h"

namespace slide::cli {
namespace {

// The recorded options that are kept: by which loss, and how a step is made.
// The length of a training, its rates and what is looked at suit one training
// set.
constexpr std::array<std::string_view, 14> kKept = {
    "loss",           "layer_rates",
    "bias_rate",      "gradient_floor",
    "sampling.",      "weight_decay",
    "clip_norm",      "input_dropout",
    "hidden_dropout", "momentum",
    "beta1",          "beta2",
    "rounding",       "sparse_part.learning_rate"};

bool IsKept(std::string_view name) {
  return std::ranges::any_of(kKept, [&](std::string_view kept) {
    return kept.ends_with('.') ? name.starts_with(kept) : name == kept;
  });
}

// As OptionField::parse reads it.
std::string TextOf(const Json& value) {
  if (value.is_null()) return "auto";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& item : value) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", TextOf(item));
  }
  return text;
}

// Whether a value that was given is the model's, as far as it is given.
bool Agrees(const OptionField& given, const OptionField& model) {
  return given.text() == "auto" || given.text() == model.text();
}

bool Agrees(std::vector<HiddenLayer>& given, std::vector<HiddenLayer>& model) {
  if (given.empty()) return true;
  if (given.size() != model.size()) return false;
  for (size_t l = 0; l < given.size(); ++l) {
    const std::vector<OptionField> fields = Fields(given[l]);
    const std::vector<OptionField> others = Fields(model[l]);
    for (size_t i = 0; i < fields.size(); ++i) {
      if (HasMeaning(fields[i], fields) && !Agrees(fields[i], others[i])) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

bool CopyGiven(const CommandLine& line, const std::vector<OptionField>& given,
               const std::vector<OptionField>& to) {
  bool has_any = false;
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].flag.empty() || !line.WasGiven(given[i].flag)) continue;
    to[i].parse(given[i].text());
    has_any = true;
  }
  return has_any;
}

void RequireModelOptions(const CommandLine& line, NetworkOptions given,
                         NetworkOptions model, const std::string& path) {
  const std::vector<OptionField> fields = Fields(given);
  const std::vector<OptionField> others = Fields(model);
  for (size_t i = 0; i < fields.size(); ++i) {
    const OptionField& field = fields[i];
    if (field.flag.empty() || !line.WasGiven(field.flag) ||
        field.name == "optimizer" || field.name == "seed") {
      continue;
    }
    if (field.name == "hidden" ? Agrees(given.hidden, model.hidden)
                               : Agrees(field, others[i])) {
      continue;
    }
    throw OptionsError(
        fmt::format("--{}: got {}, expected {}, which {} has and keeps",
                    field.flag, field.text(), others[i].text(), path));
  }
}

TrainOptions WithRecorded(const CommandLine& line, const ModelCard& card,
                          TrainOptions given) {
  TrainOptions options;
  options.seed = given.seed;
  const std::vector<OptionField> fields = Fields(options);
  if (card.training && !card.training->options.empty()) {
    const Json recorded = Json::parse(card.training->options, nullptr, false);
    for (const OptionField& field : fields) {
      // The name has a dot for each object around the value.
      const Json::json_pointer place("/" + Replaced(field.name, '.', "/"));
      if (!IsKept(field.name) || !recorded.contains(place)) continue;
      try {
        field.parse(TextOf(recorded.at(place)));
      } catch (const OptionsError&) {
        // Another version had other values: the default stays.
      }
    }
  }
  CopyGiven(line, Fields(given), fields);
  return options;
}

}  // namespace slide::cli
