#include "nn/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slide/error.h"
#include "util/at_place.h"
#include "util/checksum.h"
#include "util/header_object.h"

namespace slide::nn {
namespace {

using util::HeaderObject;
using util::Json;

// Sections, each the lines of a text.
constexpr char kLabelNames[] = "labels.names";
constexpr char kFeatureNames[] = "features.names";
constexpr char kVocabulary[] = "vocabulary";

// --- writing
// ------------------------------------------------------------------

Json Digits(uint64_t fingerprint) {
  return Json::Text(util::ChecksumDigits(fingerprint));
}

Json ToJson(const TrainingRecord::Evaluation& evaluation) {
  Json json = Json::Object();
  json["set"] = Json::Text(evaluation.set);
  json["data"] = Json::Text(evaluation.data);
  json["samples"] = Json::Number(evaluation.num_samples);
  Json& precision = json["precision"] = Json::Object();
  for (const TrainingRecord::Precision& at : evaluation.precision) {
    if (std::isfinite(at.value)) {
      precision[fmt::to_string(at.k)] = Json::Real(at.value);
    }
  }
  if (evaluation.loss && std::isfinite(*evaluation.loss)) {
    json["loss"] = Json::Real(*evaluation.loss);
  }
  return json;
}

Json ToJson(const TrainingRecord& training) {
  Json json = Json::Object();
  json["version"] = Json::Text(training.version);
  json["data"] = Json::Text(training.data);
  json["samples"] = Json::Number(training.num_samples);
  json["epochs"] = Json::Number(fmt::to_string(training.epochs));
  json["loss"] = Json::Text(training.loss);
  if (!training.options.empty()) {
    json["options"] = Json::Parse(training.options);
  }
  if (!training.command.empty()) {
    json["command"] = Json::Text(training.command);
  }
  Json& list = json["evaluations"] = Json::List();
  for (const TrainingRecord::Evaluation& evaluation : training.evaluations) {
    list.items.emplace_back("", ToJson(evaluation));
  }
  return json;
}

// --- reading
// ------------------------------------------------------------------

constexpr uint64_t kMaxCount = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kMaxInt = std::numeric_limits<int>::max();

TrainingRecord::Evaluation EvaluationOf(const HeaderObject& object) {
  TrainingRecord::Evaluation evaluation;
  evaluation.set = object.Text("set");
  evaluation.data = object.Text("data");
  evaluation.num_samples = object.Whole("samples", kMaxCount).value_or(0);
  evaluation.loss = object.Real("loss");
  if (!object.Has("precision")) return evaluation;
  const HeaderObject precision = object.Inside("precision");
  constexpr size_t kMaxCuts = 1000;  // each is searched for by its key
  if (precision.json().items.size() > kMaxCuts) {
    object.Refuse("precision", precision.json(), "1,000 cuts at most");
  }
  for (const auto& [key, value] : precision.json().items) {
    TrainingRecord::Precision at;
    const char* const end = key.data() + key.size();
    const auto [rest, error] = std::from_chars(key.data(), end, at.k);
    if (error != std::errc() || rest != end || at.k < 1) {
      precision.Refuse(key, value, "a cut of 1 or more as its key");
    }
    at.value = *precision.Real(key);
    evaluation.precision.push_back(at);
  }
  return evaluation;
}

TrainingRecord TrainingOf(const HeaderObject& object) {
  TrainingRecord training;
  training.version = object.Text("version");
  training.data = object.Text("data");
  training.num_samples = object.Whole("samples", kMaxCount).value_or(0);
  training.epochs =
      static_cast<int>(object.Whole("epochs", kMaxInt).value_or(0));
  training.loss = object.Text("loss");
  if (object.Has("options")) {
    training.options = object.Inside("options").json().Dump();
  }
  if (object.Has("command")) training.command = object.Text("command");
  const Json* list = object.json().Find("evaluations");
  if (list == nullptr) return training;
  if (!list->is_list()) object.Refuse("evaluations", *list, "a list");
  for (const auto& [key, item] : list->items) {
    training.evaluations.push_back(EvaluationOf(
        {object.path(), fmt::format("{}.evaluations", object.name()), item}));
  }
  return training;
}

std::vector<TrainingRecord> EarlierOf(const HeaderObject& card) {
  std::vector<TrainingRecord> earlier;
  const Json* list = card.json().Find("earlier_trainings");
  if (list == nullptr) return earlier;
  if (!list->is_list()) card.Refuse("earlier_trainings", *list, "a list");
  for (const auto& [key, item] : list->items) {
    earlier.push_back(
        TrainingOf({card.path(), "card.earlier_trainings", item}));
  }
  return earlier;
}

// A text in a file, or a copy of it.
struct StoredText {
  std::string_view text;
  std::shared_ptr<const void> owner;
};

// The text of a section, after its sum was checked; nothing, if there is none
// of this name.
std::optional<StoredText> ReadText(
    const util::SectionFile& file, std::string_view name,
    const std::shared_ptr<const util::MappedFile>& mapping) {
  if (!file.Has(name)) return {};
  const auto& section = file.FindItems<char>(name);
  if (mapping != nullptr) {
    file.Verify(section);
    const auto bytes = file.Bytes(section, *mapping);
    return StoredText{
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, mapping};
  }
  const auto copy = std::make_shared<std::string>(section.num_bytes, '\0');
  file.Read(section, std::as_writable_bytes(std::span(*copy)));
  return StoredText{*copy, copy};
}

void RequireNames(size_t num_names, size_t num_things, const char* names,
                  const char* things) {
  if (num_names == 0 || num_names == num_things) return;
  throw OptionsError(
      fmt::format("{}: got {}, expected none or one for each of the {} {}",
                  names, num_names, num_things, things));
}

void CheckTraining(const TrainingRecord& training) {
  if (training.epochs < 0) {
    throw OptionsError(fmt::format(
        "training.epochs: got {}, expected 0 or more", training.epochs));
  }
  for (const TrainingRecord::Evaluation& one : training.evaluations) {
    for (const TrainingRecord::Precision& at : one.precision) {
      if (at.k >= 1) continue;
      throw OptionsError(fmt::format(
          "training.evaluations: got a cut of {}, expected 1 or more", at.k));
    }
  }
  if (training.options.empty()) return;
  bool is_object = false;
  try {
    is_object = Json::Parse(training.options).is_object();
  } catch (const Error&) {  // it is none
  }
  if (is_object) return;
  throw OptionsError(
      fmt::format("training.options: got '{}', expected a JSON object",
                  training.options.substr(0, 80)));
}

}  // namespace

void CheckCard(const ModelCard& card, const NetworkOptions& options) {
  RequireNames(card.label_names.size(), options.num_labels,
               "the names of labels", "labels");
  RequireNames(card.feature_names.size(), options.num_features,
               "the names of features", "features");
  if (card.training) CheckTraining(*card.training);
  for (const TrainingRecord& record : card.earlier_trainings) {
    CheckTraining(record);
  }
  if (card.vocabulary.empty()) return;
  if (!card.feature_names.empty()) {
    throw OptionsError(
        "got a vocabulary and names of features, expected one of them, for its "
        "terms are the names");
  }
  // A line about the whole, then one for each term.
  const auto lines = static_cast<size_t>(
      std::count(card.vocabulary.begin(), card.vocabulary.end(), '\n'));
  if (lines != size_t{options.num_features} + 1 ||
      card.vocabulary.back() != '\n') {
    throw OptionsError(fmt::format(
        "the vocabulary: got {} line ends, expected {}, one more than the "
        "network has features, the last one at its end",
        lines, size_t{options.num_features} + 1));
  }
}

Json ToJson(const ModelCard& card) {
  Json json = Json::Object();
  if (card.normalized) json["normalized"] = Json::Bool(*card.normalized);
  if (card.first_feature) {
    json["first_feature"] = Json::Number(uint64_t{*card.first_feature});
  }
  if (card.first_label) {
    json["first_label"] = Json::Number(uint64_t{*card.first_label});
  }
  if (card.fingerprints.vocabulary) {
    json["vocabulary_xxh64"] = Digits(*card.fingerprints.vocabulary);
  }
  if (card.fingerprints.labels) {
    json["labels_xxh64"] = Digits(*card.fingerprints.labels);
  }
  if (card.training) json["training"] = ToJson(*card.training);
  if (!card.earlier_trainings.empty()) {
    Json& list = json["earlier_trainings"] = Json::List();
    for (const TrainingRecord& record : card.earlier_trainings) {
      list.items.emplace_back("", ToJson(record));
    }
  }
  return json;
}

void AddCard(const ModelCard& card, util::SectionWriter& writer) {
  writer.info()["card"] = ToJson(card);
  const auto add = [&](const char* name, std::string_view text) {
    if (!text.empty()) writer.Add(name, std::span<const char>(text));
  };
  add(kLabelNames, card.label_names.lines());
  add(kFeatureNames, card.feature_names.lines());
  add(kVocabulary, card.vocabulary);
}

StoredCard ReadCard(const util::SectionFile& file,
                    const std::shared_ptr<const util::MappedFile>& mapping) {
  StoredCard stored;
  ModelCard& card = stored.card;
  if (const Json* json = file.info().Find("card")) {
    const HeaderObject object(file.path(), "card", *json);
    card.normalized = object.Flag("normalized");
    card.first_feature = object.Whole("first_feature", 1);
    card.first_label = object.Whole("first_label", 1);
    card.fingerprints.vocabulary = object.Sum("vocabulary_xxh64");
    card.fingerprints.labels = object.Sum("labels_xxh64");
    if (object.Has("training")) {
      card.training = TrainingOf(object.Inside("training"));
    }
    card.earlier_trainings = EarlierOf(object);
  }
  const auto read = [&](const char* name, auto take) {
    std::optional<StoredText> text = ReadText(file, name, mapping);
    if (!text) return;
    ++stored.num_sections;
    util::AtPlace<DataError, Error>(
        fmt::format("{}: section {}", file.path(), name),
        [&] { take(std::move(*text)); });
  };
  const auto take_names = [](NameList& names) {
    return [&names](StoredText&& lines) {
      names = NameList::FromLines(lines.text, std::move(lines.owner));
    };
  };
  read(kLabelNames, take_names(card.label_names));
  read(kFeatureNames, take_names(card.feature_names));
  read(kVocabulary,
       [&](StoredText&& vocabulary) { card.vocabulary = vocabulary.text; });
  return stored;
}

}  // namespace slide::nn
