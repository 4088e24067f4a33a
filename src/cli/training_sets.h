// The data of `slide train`: its flags about files of data and how they are
// read, and the sets that come of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/known_data.h"
#include "cli/progress.h"
#include "cli/same_file.h"
#include "cli/train_start.h"
#include "slide/dataset.h"
#include "slide/held_out.h"
#include "slide/model_card.h"
#include "slide/options/network.h"
#include "slide/vectorizer.h"

namespace slide::cli {

class TrainingSets {
 public:
  // Add the flags, which write here: those that name the sets, those that name
  // labels and features, and how all of them are read.
  void AddSets(CommandLine& line);
  void AddNames(CommandLine& line);
  void AddHeldOut(CommandLine& line) { line.Add(Fields(held_out_)); }
  void AddReading(CommandLine& line);

  const std::string& path() const noexcept { return train_path_; }
  const std::string& test_path() const noexcept { return test_path_; }
  const HeldOutOptions& held_out() const noexcept { return held_out_; }
  VectorizerOptions& vectorizer() noexcept { return vectorizer_; }
  // Files that are read, with the flags that name them.
  std::vector<NamedFile> Files() const;
  // The validation set, as people are told of it. train: the training set's
  // path, which a part of is held out.
  std::string ValidationName(const std::string& train) const;

  // Throws: OptionsError for options of a validation set that contradict each
  // other.
  void CheckValidation(const CommandLine& line, int patience) const;

  struct ReadTask {
    const CommandLine& line;  // to tell which flags were given
    TrainStart& start;        // reads the training set as its model's was
  };
  // Reads all sets, and the names into the card. Throws: DataError;
  // OptionsError for options that do nothing with data of this form.
  void ReadTrain(const ReadTask& task, ProgressDisplay& display);
  // Reads the sets that are evaluated, after ReadTrain. splits: whether a part
  // of the training set may be held out. Throws: DataError.
  void ReadEvaluated(const TrainStart& start, bool splits,
                     ProgressDisplay& display);

  const Dataset& train() const noexcept { return train_; }
  // Where its samples were before a part was held out; empty: none was.
  const std::vector<uint64_t>& train_samples() const noexcept {
    return train_samples_;
  }
  // Null: there is none.
  const Dataset* test() const noexcept { return test_ ? &*test_ : nullptr; }
  const Dataset* validation() const noexcept {
    return validation_ ? &*validation_ : nullptr;
  }
  // The set that metrics are shown of; null: none.
  const Dataset* shown() const noexcept {
    return test_ ? test() : validation();
  }
  ModelCard& card() noexcept { return card_; }
  // Rows of the head: of the sets, and about documents.
  std::string FormatRows() const;

 private:
  void Name(const std::optional<TextSummary>& text, const ReadTask& task);
  // purpose: what a sample is for.
  Dataset ReadOne(const std::string& path, const char* purpose,
                  const TrainStart& start, ProgressDisplay& display);

  std::string train_path_, test_path_, validation_path_;
  std::string labels_path_, features_path_;
  HeldOutOptions held_out_;
  ReadOptions read_;
  KnownData known_;
  VectorizerOptions vectorizer_;

  Dataset train_;
  std::vector<uint64_t> train_samples_;
  std::optional<Dataset> test_, validation_;
  ModelCard card_;
  std::string text_rows_;
};

}  // namespace slide::cli
