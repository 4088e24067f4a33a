// The hash tables over the neurons of a layer, or over any rows, and how rows
// are taken from them.
#pragma once

#include <optional>

#include "slide/options/name.h"

namespace slide {

// The elementary hash of the tables (docs/hashing.md).
enum class HashKind {
  // The sign of a random projection: near are vectors at a small angle.
  kSimHash,
  // Which of 8 random coordinates is the largest: near are vectors that rank
  // their coordinates alike.
  kWta,
  // The same among the coordinates that are not 0, for sparse vectors.
  kDwta,
  // The first, in a random order, of the large positive coordinates: near are
  // vectors that share many of them.
  kMinHash,
  // No tables; nothing but labels and random neurons is active in training.
  kNone,
  // kWta, or none of them where so few neurons are trained densely
  // (TrainOptions::update).
  kAuto,
};

// Which rows a full bucket of a hash table keeps; rows come in the order of
// their ids.
enum class BucketPolicy {
  kFifo,       // the last that came
  kReservoir,  // any of those that came, each with the same probability
};

// Which of the rows in the sample's buckets are taken when there are more than
// max_hashed.
enum class SamplingStrategy {
  // The first met, the tables in random order and each bucket from a random row
  // on: a few buckets are read.
  kVanilla,
  // Those in the most of the sample's buckets: all L are read.
  kTopK,
  // Any that are in min_hits buckets or more: all L are read.
  kThreshold,
};

// The hash tables over the output layer's neurons.
struct HashOptions {
  HashKind kind = HashKind::kAuto;
  // Neurons that a query is to find: the options that are unset are chosen for
  // so many (docs/hashing.md has the rule). Unset: the trainer's
  // SamplingOptions::max_hashed, 200 without a trainer.
  std::optional<int> candidates = {};
  // Elementary hashes joined into one bucket address (K in the paper). Unset:
  // chosen so that the buckets of all tables together hold about the
  // candidates.
  std::optional<int> hashes_per_table = {};
  // Tables (L in the paper). Unset: candidates / 4, within 10..100.
  std::optional<int> num_tables = {};
  // Bits of an address: a table has 2^table_bits buckets at most. The
  // bits of K elementary hashes (1 each for simhash, 3 for wta and dwta, 32 for
  // minhash) are the address if they are no more than that, otherwise they are
  // hashed to it. Unset: 16, for minhash as many as simhash's K would be.
  std::optional<int> table_bits = {};
  // Rows a bucket keeps; 0: all. Those left out are not found in that table.
  int bucket_capacity = 0;
  BucketPolicy bucket_policy = BucketPolicy::kFifo;
  // Hash what is particular to an input: its last hidden activations less their
  // mean over a sample of the training set. What the mean adds to each neuron's
  // sum is hashed with its weights, so that no sum changes.
  bool centered = true;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
