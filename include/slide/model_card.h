// ModelCard: facts that a person who gets a model needs beside its weights, and
// which its file holds: how the samples that it was trained on were read, what
// its numbers stand for, and how it was trained.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "slide/name_list.h"

namespace slide {

// Tells names apart by 64 bits of a hash (xxHash64 of their file's text), where
// the names themselves are not at hand. Data that `slide vectorize` wrote
// carries those of its vocabulary and its labels.
struct Fingerprints {
  std::optional<uint64_t> vocabulary = {};  // unset: not known
  std::optional<uint64_t> labels = {};

  bool operator==(const Fingerprints&) const = default;
};

// How a network was trained.
struct TrainingRecord {
  struct Precision {
    int k = 0;
    double value = 0.0;  // P@k

    bool operator==(const Precision&) const = default;
  };
  // Metrics of the network on other data, after its last epoch.
  struct Evaluation {
    std::string set = {};   // "test", "validation"
    std::string data = {};  // the file's name
    uint64_t num_samples = 0;
    std::vector<Precision> precision = {};
    std::optional<double> loss = {};

    bool operator==(const Evaluation&) const = default;
  };

  std::string version = {};  // of the library
  std::string data = {};     // the training set's file name, without its folder
  uint64_t num_samples = 0;
  int epochs = 0;  // that the network has seen
  std::string loss = {};
  std::string options = {};  // all of training, a JSON object; may be empty
  // A command that repeats the training beside the same files, for a shell; may
  // be empty.
  std::string command = {};
  std::vector<Evaluation> evaluations = {};

  bool operator==(const TrainingRecord&) const = default;
};

struct ModelCard {
  // Whether samples were scaled to Euclidean length 1; unset: not known.
  std::optional<bool> normalized = {};
  // Numbers of the first feature and the first label in the files that the
  // network was trained on (ReadOptions): what the network calls 0. Unset: the
  // files had no choice (XMC text, caches, documents).
  std::optional<uint32_t> first_feature = {};
  std::optional<uint32_t> first_label = {};
  NameList label_names = {};    // [num_labels], or none
  NameList feature_names = {};  // [num_features], or none
  // The text of a vocabulary file (slide/vectorizer.h), by which texts become
  // features; its terms are the features' names. Empty: there is none.
  std::string vocabulary = {};
  Fingerprints fingerprints = {};
  std::optional<TrainingRecord> training = {};  // the last one
  // Those before it, of a network that was trained on; the first comes first.
  std::vector<TrainingRecord> earlier_trainings = {};

  bool operator==(const ModelCard&) const = default;
};

}  // namespace slide
