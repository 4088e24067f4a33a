#include "cli/train_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/model_options.h"
#include "cli/training_record.h"
#include "slide/checkpoint.h"
#include "slide/error.h"
#include "slide/option_fields.h"

namespace slide::cli {

void TrainStart::AddTo(CommandLine& line) {
  line.AddFile("from", from_,
               "Start from a saved model and train it on: labels and features "
               "that it does not have are added, and its options are kept");
  line.AddFile("input-vectors", vectors_path_,
               "Start the rows of features from the vectors of their names in "
               "this file, which is in word2vec's text format");
}

void TrainStart::Load(const CommandLine& line, const Options& options) {
  if (from_.empty()) {
    const Freeze freeze = options.train.freeze;
    if (freeze == Freeze::kNone ||
        (freeze == Freeze::kInput && !vectors_path_.empty())) {
      return;
    }
    throw OptionsError(fmt::format(
        "--freeze: got {}, whose weights are drawn at random, expected --from "
        "MODEL with it{}",
        Name(freeze),
        freeze == Freeze::kInput ? ", or --input-vectors FILE" : ""));
  }
  if (IsCheckpointFile(from_)) {
    throw OptionsError(fmt::format(
        "--from: got {}, a checkpoint, expected a model: --resume {} with the "
        "options of its run ends that run, and --model saves its network",
        from_, from_));
  }
  model_.emplace(Network::Load(from_));
  exported_ = model_->exported();
  NetworkOptions network = model_->options();
  RequireModelOptions(line, options.network, network, from_);
  if (model_->sparse_part() &&
      options.train.sparse_part.mode == SparsePartMode::kOff) {
    throw OptionsError(fmt::format(
        "--sparse-part: got off, expected on or auto, for {} has one", from_));
  }
  if (line.WasGiven("seed")) options.train.seed = options.network.seed;
  if (line.WasGiven("optimizer") &&
      options.network.optimizer != network.optimizer) {
    optimizer_before_ = Name(network.optimizer);
    network.optimizer = options.network.optimizer;
  }
  options.network = std::move(network);
  options.train = WithRecorded(line, model_->card(), options.train);
  if (model_->card().vocabulary.empty()) return;
  VectorizerOptions of_model = VectorizerOf(model_->card()).options();
  if (CopyGiven(line, Fields(options.vectorizer), Fields(of_model))) {
    vectorizer_ = of_model;
  }
}

void TrainStart::CheckResumed(const std::string& path,
                              const CheckpointInfo& run) const {
  // A model that was made without a record leaves no trace in its run.
  const bool has_record = model_ && (model_->card().training ||
                                     !model_->card().earlier_trainings.empty());
  if (run.earlier_trainings.empty() ? !has_record : model_.has_value()) return;
  throw OptionsError(
      fmt::format("--from: got {}, expected {} as the run of {} has",
                  model_ ? from_ : "none",
                  model_ ? "none" : "a model to begin from", path));
}

ModelData TrainStart::Read(const std::string& path, const ReadOptions& read,
                           const VectorizerOptions& vectorizer) {
  if (!model_) return ReadToLearn(path, read, vectorizer);
  return ReadToTrainOn(path, model_->card(), read, vectorizer_);
}

uint32_t TrainStart::num_known_labels() const noexcept {
  return model_ ? model_->options().num_labels : 0;
}

uint32_t TrainStart::num_known_features() const noexcept {
  return model_ ? model_->options().num_features : 0;
}

void TrainStart::Settle(const Task& task, NetworkOptions& network) {
  if (model_) {
    network.num_features =
        std::max(network.num_features, task.data.num_features());
    network.num_labels = std::max(network.num_labels, task.data.num_labels());
    num_new_features_ = network.num_features - model_->options().num_features;
    num_new_labels_ = network.num_labels - model_->options().num_labels;
    RequireNames(task, network);
    if (num_new_labels_ > 0 && task.freeze == Freeze::kOutput) {
      throw OptionsError(fmt::format(
          "--freeze: got output, but {} has {} labels that {} does not have, "
          "which could not be learnt, expected input or none",
          task.path, num_new_labels_, from_));
    }
  }
  if (!vectors_path_.empty()) ReadVectors(task.card, network);
}

void TrainStart::RequireNames(const Task& task,
                              const NetworkOptions& network) const {
  const auto require = [&](const char* things, size_t num_names, size_t num,
                           const char* flag) {
    if (num_names == 0 || num_names == num) return;
    throw DataError(fmt::format(
        "{}: got {} {}, expected the {} that {} has names for, or --{} FILE "
        "with the names of all of them, the old ones first",
        task.path, num, things, num_names, from_, flag));
  };
  require("labels", task.card.label_names.size(), network.num_labels, "labels");
  require("features", FeatureNamesOf(task.card).size(), network.num_features,
          "features");
}

void TrainStart::ReadVectors(const ModelCard& card, NetworkOptions& network) {
  const NameList names = FeatureNamesOf(card);
  if (names.empty()) {
    throw OptionsError(
        "--input-vectors: got features without names, expected documents, or "
        "--features FILE with it");
  }
  if (!network.hidden.empty() && network.hidden.front().is_hashed()) {
    throw OptionsError(
        "--input-vectors: got a hashed first layer, which has no rows of "
        "features, expected a dense one (--hidden)");
  }
  num_vector_features_ = names.size() - num_known_features();
  vectors_ = ReadInputVectors(vectors_path_, names, num_known_features());
  const auto width = static_cast<int>(vectors_.width);
  if (network.hidden.empty()) network.hidden = {width};
  if (network.hidden.front().neurons != width) {
    throw OptionsError(
        fmt::format("--input-vectors: got {} numbers in a vector of {}, "
                    "expected {}, the neurons of the first hidden layer",
                    width, vectors_path_, network.hidden.front().neurons));
  }
}

Network TrainStart::Make(const NetworkOptions& options, ModelCard card,
                         int num_threads) {
  if (!model_) {
    model_.emplace(options, num_threads);
    model_->SetCard(std::move(card));
  } else {
    if (card.training) {
      card.earlier_trainings.push_back(*std::exchange(card.training, {}));
    }
    if (!optimizer_before_.empty() || exported_) {
      model_->ResetOptimizer(options.optimizer, num_threads);
    }
    model_->Grow(options.num_features, options.num_labels, std::move(card),
                 num_threads);
  }
  if (!vectors_.features.empty()) model_->SetInputVectors(vectors_);
  return *std::exchange(model_, {});
}

std::string TrainStart::FormatRows() const {
  std::string rows;
  if (!from_.empty()) {
    rows +=
        Row("from", fmt::format("{}, with {} new features and {} new labels",
                                from_, FormatCount(num_new_features_),
                                FormatCount(num_new_labels_)));
  }
  if (exported_) {
    rows += Row(
        "optimizer",
        fmt::format("begins anew: the model is an exported one, of {} weights",
                    Name(*exported_)));
  } else if (!optimizer_before_.empty()) {
    rows +=
        Row("optimizer",
            fmt::format("another one than {} of the model, whose state is left",
                        optimizer_before_));
  }
  if (!vectors_path_.empty()) {
    rows += Row("vectors",
                fmt::format("of {} of the {} {}features, out of {} in {}",
                            FormatCount(uint64_t{vectors_.features.size()}),
                            FormatCount(uint64_t{num_vector_features_}),
                            from_.empty() ? "" : "new ",
                            FormatCount(vectors_.num_in_file), vectors_path_));
  }
  return rows;
}

void TrainStart::AddTo(Json& json) const {
  if (!from_.empty()) {
    json["from"] = from_;
    json["new_features"] = num_new_features_;
    json["new_labels"] = num_new_labels_;
  }
  if (!vectors_path_.empty()) {
    json["input_vectors"] = vectors_.features.size();
  }
}

}  // namespace slide::cli
