#include "cli/card_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "slide/model_data.h"
#include "slide/option_fields.h"

namespace slide::cli {
namespace {

// "3 names: a, b, c", the first few of them.
std::string FormatNames(const NameList& names) {
  constexpr size_t kShown = 5;
  std::string text =
      fmt::format("{} names: ", FormatCount(uint64_t{names.size()}));
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  }
  return text + (names.size() > kShown ? ", ..." : "");
}

std::string Digits(uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

std::string FormatVocabulary(const ModelCard& card) {
  const Vectorizer vectorizer = VectorizerOf(card);
  VectorizerOptions options = vectorizer.options();
  return fmt::format(
      "{} terms of {} documents; min_count {}, max_features {}, max_share {}{}",
      FormatCount(uint64_t{vectorizer.num_features()}),
      FormatCount(vectorizer.num_documents()), options.min_count,
      options.max_features, options.max_share,
      options.bigrams ? ", with pairs of words" : "");
}

std::string FormatEvaluation(const TrainingRecord::Evaluation& evaluation) {
  std::string text = fmt::format("{}, {} samples:", evaluation.data,
                                 FormatCount(evaluation.num_samples));
  for (const TrainingRecord::Precision& at : evaluation.precision) {
    text += fmt::format(" P@{} {:.4f}", at.k, at.value);
  }
  if (evaluation.loss) text += fmt::format(" loss {:.4f}", *evaluation.loss);
  return text;
}

Json TrainingJson(const TrainingRecord& training) {
  Json record = {{"version", training.version},
                 {"data", training.data},
                 {"samples", training.num_samples},
                 {"epochs", training.epochs},
                 {"loss", training.loss}};
  if (!training.options.empty()) {
    record["options"] = Json::parse(training.options);
  }
  if (!training.command.empty()) record["command"] = training.command;
  for (const TrainingRecord::Evaluation& one : training.evaluations) {
    Json& evaluation = record["evaluations"].emplace_back();
    evaluation["set"] = one.set;
    evaluation["data"] = one.data;
    evaluation["samples"] = one.num_samples;
    for (const TrainingRecord::Precision& at : one.precision) {
      evaluation[fmt::format("p@{}", at.k)] = at.value;
    }
    if (one.loss) evaluation["loss"] = *one.loss;
  }
  return record;
}

}  // namespace

std::string FormatCard(const ModelCard& card) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += Row(Printable(name), Printable(value), kModelRow);
  };
  if (card.normalized) {
    add("samples", *card.normalized ? "scaled to length 1" : "as they are");
  }
  if (card.first_feature) {
    add("first feature", fmt::to_string(*card.first_feature));
  }
  if (card.first_label) {
    add("first label", fmt::to_string(*card.first_label));
  }
  if (!card.vocabulary.empty()) add("vocabulary", FormatVocabulary(card));
  if (const NameList features = FeatureNamesOf(card); !features.empty()) {
    add("features", FormatNames(features));
  }
  if (!card.label_names.empty()) {
    add("labels", FormatNames(card.label_names));
  }
  if (card.fingerprints.vocabulary) {
    add("vocabulary's sum", Digits(*card.fingerprints.vocabulary));
  }
  if (card.fingerprints.labels) {
    add("labels' sum", Digits(*card.fingerprints.labels));
  }
  if (!card.training) return text;
  const auto add_training = [&](const char* name,
                                const TrainingRecord& training) {
    add(name, fmt::format("{}, {} samples, {} epochs, loss {}, by slide {}",
                          training.data, FormatCount(training.num_samples),
                          training.epochs, training.loss, training.version));
    for (const TrainingRecord::Evaluation& one : training.evaluations) {
      add(one.set, FormatEvaluation(one));
    }
  };
  uint64_t num_samples = card.training->num_samples;
  for (const TrainingRecord& earlier : card.earlier_trainings) {
    add_training("trained before on", earlier);
    num_samples += earlier.num_samples;
  }
  add_training("trained on", *card.training);
  if (!card.earlier_trainings.empty()) {
    add("in all", fmt::format("{} samples", FormatCount(num_samples)));
  }
  if (!card.training->command.empty()) add("command", card.training->command);
  return text;
}

Json CardJson(const ModelCard& card) {
  Json json = Json::object();
  if (card.normalized) json["normalized"] = *card.normalized;
  if (card.first_feature) json["first_feature"] = *card.first_feature;
  if (card.first_label) json["first_label"] = *card.first_label;
  json["label_names"] = card.label_names.size();
  json["feature_names"] = FeatureNamesOf(card).size();
  if (!card.vocabulary.empty()) {
    const Vectorizer vectorizer = VectorizerOf(card);
    VectorizerOptions options = vectorizer.options();
    json["vocabulary"] = {{"documents", vectorizer.num_documents()},
                          {"options", Json::parse(ToJson(Fields(options)))}};
  }
  if (card.fingerprints.vocabulary) {
    json["vocabulary_xxh64"] = Digits(*card.fingerprints.vocabulary);
  }
  if (card.fingerprints.labels) {
    json["labels_xxh64"] = Digits(*card.fingerprints.labels);
  }
  if (card.training) json["training"] = TrainingJson(*card.training);
  for (const TrainingRecord& earlier : card.earlier_trainings) {
    json["earlier_trainings"].push_back(TrainingJson(earlier));
  }
  return json;
}

}  // namespace slide::cli
