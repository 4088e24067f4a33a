// Network: sparse input -> hidden layers, dense or hashed -> one wide output
// layer whose neurons are found through hash tables in training. Built from
// options, trained by a Trainer, asked by Predict, kept by Save and Load. Start
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/input_vectors.h"
#include "slide/model_card.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "slide/output_file.h"
#include "slide/probability.h"
#include "slide/sparse.h"
#include "slide/sparse_part.h"

namespace slide {

namespace nn {
class NetworkCore;
struct NetworkAccess;
}  // namespace nn

// One predicted label.
struct ScoredLabel {
  uint32_t label = 0;
  float logit = 0.0f;  // the output neuron's value
  // By the network's calibration; without one a softmax over all labels or,
  // under the sigmoid loss, the label's own.
  float probability = 0.0f;
};

// One layer as it is in memory: rows of weights, one for each input of a dense
// layer with a sparse input, one for each neuron of the others.
struct LayerInfo {
  std::string name;  // "input", "hidden1", ..., "output"
  size_t num_rows = 0;
  size_t width = 0;           // weights in a row
  size_t num_parameters = 0;  // weights and biases
  // Includes the optimizer's state and the padding of rows, but no hash tables.
  size_t num_bytes = 0;
};

// The memory that a network takes, in bytes.
struct NetworkMemory {
  uint64_t layers = 0;  // with the optimizer's state, as LayerInfo has it
  uint64_t tables = 0;  // of the hash tables, while it is trained
};

struct OpenOptions {
  // Check all of the file: every sum, and that all numbers are finite. Takes a
  // pass over it.
  bool verify = false;
};

// Returns whether the file at `path` begins as Network::Save writes it, in any
// version. False for a file that is missing, or that cannot be read at will
// like a pipe.
bool IsModelFile(const std::string& path);

// Move-only. Threads: const members may be called by any number at once, but
// not while a Trainer trains the network.
class Network {
 public:
  // Draws the weights. num_threads: threads used for that, 0: one for each
  // core; the weights do not depend on it.
  // Throws: OptionsError; OutOfMemoryError.
  explicit Network(const NetworkOptions& options, int num_threads = 0);

  // Reads what Save or Export (slide/export.h) wrote, and checks all of it.
  // Throws: ModelFileError naming the damaged part; OutOfMemoryError.
  static Network Load(const std::string& path);

  // Opens the same for prediction and evaluation: weights and names stay in the
  // file, of which the system keeps in memory what is used, once for all
  // processes. Whatever would change them throws OptionsError. The file may be
  // replaced meanwhile, as Save does it, but not be changed in place.
  //
  // The rows of weights and the pairs of a sparse part are not read, so neither
  // their sums nor their numbers are checked unless options.verify asks for it;
  // all else is. Whatever they hold, nothing outside of the file is read, and a
  // score that is not finite is an error.
  // Throws: as Load. Cost: O(names + features), or with verify one pass over
  // the file.
  static Network Open(const std::string& path, const OpenOptions& options = {});

  // Writes weights, optimizer state and options to where `path` leads (see
  // OutputFile), whole or not at all. Throws: ModelFileError, DivergedError for
  // a number that is not finite; an existing file is then unchanged.
  void Save(const std::string& path) const;
  // The same without OutputFile::Commit, which stays with the caller.
  void Save(OutputFile& file) const;

  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  const NetworkOptions& options() const noexcept;

  // How its training data were read, the names of its labels and features, and
  // how it was trained; Save and Load keep it. One that was built from options
  // has an empty one until SetCard, which slide/model_data.h helps with.
  const ModelCard& card() const noexcept;
  // Throws: OptionsError unless there are as many names as labels and features,
  // or none.
  void SetCard(ModelCard card);

  // The loss of the last Trainer; unset: none, or it is not known.
  std::optional<Loss> loss() const noexcept;

  // How logits become probabilities; unset: as the loss says. Save, Export and
  // Load keep it; a Trainer, and Grow with new labels, remove it.
  const std::optional<Calibration>& calibration() const noexcept;
  // Throws: OptionsError for a temperature that is not above 0, numbers that
  // are not finite, thresholds outside of 0 to 1, or not one for each label.
  void SetCalibration(std::optional<Calibration> calibration);

  // Makes room for more features and labels, to train on with other data. New
  // rows are drawn as in a network of that size, old ones stay as they are bit
  // for bit, with the optimizer's state. New labels of a network that was
  // trained do not come among the best of a sample until they are trained:
  // their biases are well below all others. card: of the grown network, with
  // names for all of its labels and features, or none. Requires: no
  // OnlineTrainer trains it. Throws: OptionsError for fewer than there are, for
  // another card, and for a network that was opened; OutOfMemoryError. In all
  // these cases nothing has changed. Memory meanwhile: that of both networks.
  void Grow(uint32_t num_features, uint32_t num_labels, ModelCard card,
            int num_threads = 0);

  // Lets this optimizer, or the same one anew, move the weights from now on:
  // what the one before has kept for them is gone. The sparse part has an
  // optimizer of its own, which stays. An exported network, which has neither,
  // becomes one that can be trained. Throws and Memory: as Grow; DivergedError
  // for an exported one with a number that is not finite.
  void ResetOptimizer(Optimizer optimizer, int num_threads = 0);

  // Sets the rows of these features in the first layer, which has to be a dense
  // one of as many neurons as a vector has numbers. Throws: OptionsError
  // otherwise, for a feature that is not there, for numbers that are not
  // finite, and for a network that was opened.
  void SetInputVectors(const InputVectors& vectors);

  // Tells beforehand what a network of such options will take; the numbers of
  // features and labels may be 0. Throws: OptionsError.
  static NetworkMemory MemoryOf(const NetworkOptions& options);

  // The sparse part of the output; none: it has none.
  std::optional<SparsePartInfo> sparse_part() const;

  // The precision of the weights of an exported network (slide/export.h), which
  // cannot be trained; none: it is no such, and options() has it.
  std::optional<Precision> exported() const noexcept;

  // All layers from the input on.
  std::vector<LayerInfo> Layers() const;

  // Sets the biases of the output layer to the log odds of the labels,
  // log((c + 1/2) / (num_samples - c + 1/2)) for a label on c of the samples: a
  // start for the sigmoid loss, which otherwise learns first that most labels
  // are rare. label_counts: [num_labels], or fewer, which are the first ones.
  // Throws: DataError for more counts than labels, or a count above
  // num_samples; OptionsError for a network that was opened.
  void SetLabelPriors(std::span<const uint64_t> label_counts,
                      uint64_t num_samples);

  // The k best labels (all, if there are fewer) by falling score; ties go to
  // the lower label. All labels are scored.
  // Throws: DataError for ids not ascending or not below num_features, or
  // values that are not finite; OptionsError for k < 1; DivergedError when a
  // score is not finite; ModelFileError where an opened file turns out to be
  // damaged. Cost: O(weights of the output layer).
  std::vector<ScoredLabel> Predict(SparseView features, int k) const;

  // Predicts for the samples [begin, end) of data together: returns [end -
  // begin][min(k, num_labels)] flattened. Faster than one by one, because a row
  // of weights serves a block of samples. num_threads: 0: one for each core.
  // Throws: DataError when the data has more features than the network;
  // OptionsError unless begin <= end <= data.size() and k >= 1; DivergedError
  // and ModelFileError as above.
  std::vector<ScoredLabel> Predict(const Dataset& data, size_t begin,
                                   size_t end, int k,
                                   int num_threads = 0) const;

 private:
  friend struct nn::NetworkAccess;
  explicit Network(std::unique_ptr<nn::NetworkCore> core);

  std::unique_ptr<nn::NetworkCore> core_;
};

}  // namespace slide
