// TrainStart: where the weights of `slide train` begin. They are drawn, or
// those of a saved model that is trained on (--from), with rows for what is new
// in the data; rows of features may be vectors of their names
// (--input-vectors).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/command_line.h"
#include "cli/summary.h"
#include "slide/checkpoint.h"
#include "slide/model_data.h"
#include "slide/network.h"

namespace slide::cli {

class TrainStart {
 public:
  // Adds the flags, which write here.
  void AddTo(CommandLine& line);

  // The model's file; empty: the weights are drawn.
  const std::string& from() const noexcept { return from_; }
  const std::string& vectors() const noexcept { return vectors_path_; }

  // That the model has; 0 without one.
  uint32_t num_known_labels() const noexcept;
  uint32_t num_known_features() const noexcept;

  // The options that a model decides, or has something to say about.
  struct Options {
    NetworkOptions& network;
    TrainOptions& train;
    VectorizerOptions& vectorizer;
  };
  // Reads the model, if there is one. The options, as `line` has parsed them,
  // become the model's where they are not given. Throws: OptionsError for one
  // that the model has fixed otherwise, or a file that is a checkpoint;
  // ModelFileError.
  void Load(const CommandLine& line, const Options& options);

  // Throws: OptionsError unless the run of a checkpoint began in this way.
  void CheckResumed(const std::string& path, const CheckpointInfo& run) const;

  // Reads the training set, as the model's were. Throws: as ReadToLearn and
  // ReadToTrainOn.
  ModelData Read(const std::string& path, const ReadOptions& read,
                 const VectorizerOptions& vectorizer);

  // The training set and what is to be trained on it, once all names are known.
  struct Task {
    const std::string& path;
    const Dataset& data;
    const ModelCard& card;
    Freeze freeze;
  };
  // Settles the sizes of the network, and reads the vectors. Throws: DataError
  // for new labels or features without a name beside such with one;
  // OptionsError for new labels of a frozen output, or vectors that do not suit
  // the network.
  void Settle(const Task& task, NetworkOptions& network);

  // Returns the network to train. May be called once.
  Network Make(const NetworkOptions& options, ModelCard card, int num_threads);

  // Rows of the head, about what is not drawn.
  std::string FormatRows() const;
  void AddTo(Json& json) const;

 private:
  void RequireNames(const Task& task, const NetworkOptions& network) const;
  void ReadVectors(const ModelCard& card, NetworkOptions& network);

  std::string from_, vectors_path_;
  std::optional<Network> model_;
  std::optional<VectorizerOptions> vectorizer_;  // given, with the model's
  InputVectors vectors_;
  std::optional<Precision> exported_;  // the model is an exported one
  std::string optimizer_before_;       // empty: it is the model's
  uint64_t num_new_features_ = 0, num_new_labels_ = 0;
  size_t num_vector_features_ = 0;  // that a vector was looked for
};

}  // namespace slide::cli
