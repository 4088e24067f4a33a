// The weights of samples and labels that `slide train` is given: their flags,
// and the lists that they name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "slide/dataset.h"
#include "slide/loss_weights.h"
#include "slide/model_card.h"

namespace slide::cli {

class TrainingWeights {
 public:
  // Adds the flags, which write here.
  void AddTo(CommandLine& line);

  // The files that are read; empty: none.
  const std::string& samples_file() const noexcept { return samples_path_; }
  std::string labels_file() const { return IsWord() ? "" : labels_; }

  // Reads the weights of samples. Throws: DataError.
  void ReadSamples(size_t num_samples);

  // The weights to train `part` with. samples: the number of each of its
  // samples in the set that they were read for; empty: it is that set.
  // num_labels, card: of the network. Throws: DataError.
  LossWeights For(const Dataset& part, const std::vector<uint64_t>& samples,
                  size_t num_labels, const ModelCard& card) const;

  // A row of the head; empty without weights.
  std::string FormatRow() const;

 private:
  // Whether the labels' weights are counted, and no file is read.
  bool IsWord() const noexcept;

  std::string samples_path_;
  std::string labels_;  // a word for how they are counted, or a file
  std::vector<float> samples_;
};

}  // namespace slide::cli
