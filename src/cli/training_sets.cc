#include "cli/training_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/text_summary.h"
#include "cli/train_output.h"
#include "slide/error.h"
#include "slide/model_data.h"

namespace slide::cli {

void TrainingSets::AddSets(CommandLine& line) {
  line.AddArgument("TRAIN", train_path_,
                   "Training set: XMC or LibSVM text, documents (lines "
                   "'label,...<TAB>text' or '__label__a text'), the features "
                   "of a set in two files, packed or not, or a cache; -: "
                   "standard input");
  line.AddFile("test", test_path_, "Test set, evaluated after every epoch");
  line.AddFile("validation", validation_path_,
               "Validation set, evaluated after every epoch: the network of "
               "the epoch with the best mean P@k on it is what is left");
}

void TrainingSets::AddNames(CommandLine& line) {
  line.AddFile("labels", labels_path_,
               "Names of the labels, a line each, packed or not: kept in the "
               "model; documents have their own");
  line.AddFile("features", features_path_,
               "Names of the features, or the vocabulary of vectorize: kept in "
               "the model; documents have their own");
}

void TrainingSets::AddReading(CommandLine& line) {
  line.Add(Fields(read_));
  known_.AddTo(line);
  for (OptionField& field : Fields(vectorizer_)) {
    field.group = "Features of documents";
    line.Add({field});
  }
}

std::vector<NamedFile> TrainingSets::Files() const {
  return {{"TRAIN", train_path_},
          {"--test", test_path_},
          {"--validation", validation_path_},
          {"--labels", labels_path_},
          {"--features", features_path_},
          {"the labels of TRAIN", LabelsFileOf(train_path_)},
          {"the labels of --test", LabelsFileOf(test_path_)},
          {"the labels of --validation", LabelsFileOf(validation_path_)}};
}

std::string TrainingSets::ValidationName(const std::string& train) const {
  return validation_path_.empty()
             ? fmt::format("{} of {}", held_out_.share, train)
             : validation_path_;
}

void TrainingSets::CheckValidation(const CommandLine& line,
                                   int patience) const {
  const bool holds_out = held_out_.share > 0.0;
  if (!validation_path_.empty() && holds_out) {
    throw OptionsError(
        fmt::format("--validation, --validation-share: got both ({}, {}), "
                    "expected one of them",
                    validation_path_, held_out_.share));
  }
  if (line.WasGiven("patience") && validation_path_.empty() && !holds_out) {
    throw OptionsError(
        fmt::format("--patience: got {} without a validation set, expected "
                    "--validation FILE or --validation-share X with it",
                    patience));
  }
}

void TrainingSets::ReadTrain(const ReadTask& task, ProgressDisplay& display) {
  read_.on_remark = display.Remarks();
  display.ShowStatus(fmt::format("reading {}", train_path_));
  ModelData data = task.start.Read(train_path_, read_, vectorizer_);
  train_ = std::move(data.data);
  card_ = std::move(data.card);
  Name(data.text, task);
  if (train_.num_features() == 0 || train_.num_labels() == 0) {
    const bool is_text = !card_.vocabulary.empty();
    throw DataError(fmt::format(
        "{}: got {}{} features and {} labels, expected one or more of each{}",
        train_path_, is_text ? "text with " : "", train_.num_features(),
        train_.num_labels(),
        is_text ? fmt::format("; no word counts that is in fewer than {} "
                              "documents (--min-count)",
                              vectorizer_.min_count)
                : ""));
  }
}

void TrainingSets::Name(const std::optional<TextSummary>& text,
                        const ReadTask& task) {
  const auto refuse = [&](std::string_view flag, const char* data) {
    if (!task.line.WasGiven(flag)) return;
    throw OptionsError(fmt::format("--{}: does nothing with {}, which {}", flag,
                                   train_path_, data));
  };
  if (text) {
    refuse("labels", "holds documents: their labels are names");
    refuse("features", "holds documents, whose terms are learned");
    text_rows_ = FormatText(*text, /*learned=*/task.start.from().empty());
    return;
  }
  for (const OptionField& field : Fields(vectorizer_)) {
    if (field.flag != "no-normalize") refuse(field.flag, "holds no documents");
  }
  if (!labels_path_.empty()) {
    const uint32_t num_known = task.start.num_known_labels();
    AddLabelNames(labels_path_, std::max(train_.num_labels(), num_known), card_,
                  num_known);
  }
  if (!features_path_.empty()) {
    AddFeatureNames(
        features_path_,
        std::max(train_.num_features(), task.start.num_known_features()),
        card_);
  }
}

void TrainingSets::ReadEvaluated(const TrainStart& start, bool splits,
                                 ProgressDisplay& display) {
  if (!test_path_.empty()) {
    test_ = ReadOne(test_path_, "test on", start, display);
  }
  if (!validation_path_.empty()) {
    validation_ =
        ReadOne(validation_path_, "choose the best epoch on", start, display);
  }
  if (held_out_.share > 0.0 && splits) {
    HeldOutSplit split = SplitHeldOut(train_, held_out_);
    train_samples_ = std::move(split.train_samples);
    train_ = std::move(split.train);
    validation_ = std::move(split.held_out);
  }
}

Dataset TrainingSets::ReadOne(const std::string& path, const char* purpose,
                              const TrainStart& start,
                              ProgressDisplay& display) {
  display.ShowStatus(fmt::format("reading {}", path));
  auto [data, card, text] = known_.Read(
      path, card_,
      {.num_features =
           std::max(train_.num_features(), start.num_known_features()),
       .num_labels = std::max(train_.num_labels(), start.num_known_labels())},
      read_);
  if (text && text->num_unknown_labels > 0) {
    text_rows_ +=
        Row("left out", fmt::format("{} labels in {} that {} does not have",
                                    FormatCount(text->num_unknown_labels), path,
                                    train_path_));
  }
  if (data.size() == 0) {
    throw DataError(fmt::format("{}: got no sample, expected one or more to {}",
                                path, purpose));
  }
  // Damage that an evaluation would find is better found before training.
  data.CheckAll();
  return std::move(data);
}

std::string TrainingSets::FormatRows() const {
  std::string rows = FormatData("train", train_path_, train_);
  if (test_) rows += FormatData("test", test_path_, *test_);
  if (validation_) {
    rows += FormatData("validation", ValidationName(train_path_), *validation_);
  }
  return rows + text_rows_;
}

}  // namespace slide::cli
