// Candidate sources have a file each; MakeSelector lists them: which a selector
// asks, in which order, with which budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "hashing/lsh_index.h"
#include "hashing/lsh_tables.h"
#include "sampling/candidate_source.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/options/train.h"

namespace slide::sampling {

// The material that sources are made from; it must outlive them.
struct SourceInputs {
  size_t num_neurons = 0;                    // of the output layer
  const hashing::LshIndex* index = nullptr;  // built; null: no tables
  // Samples such as will be trained on: how frequent labels are, and who is a
  // neighbour. Without samples labels are all alike.
  const Dataset& data;
};

// Returns the options of queries that take at most max_hashed of num_neurons.
hashing::QueryOptions QueryOf(const SamplingOptions& options,
                              size_t num_neurons);

// Makes a source of the hash tables: it gives neurons that share buckets with
// what the output layer takes in (Chen et al., "SLIDE", MLSys 2020). index: has
// been built; must outlive the source.
std::unique_ptr<CandidateSource> MakeTableSource(
    const hashing::LshIndex& index, const hashing::QueryOptions& query);

// Makes a source of the labels of neighbours. They are hard negatives, because
// what shares words with a sample is what the network confuses its labels with.
//
// A draw takes a feature of the sample with probability in proportion to its
// squared value, then a training sample with that feature (an inverted index
// over the training set knows them), then one of its labels, each of those as
// likely as the others.
//
// max_neighbours: the most draws of any call. Over the samples of `data` that
// have a label; shares its memory. Throws: OptionsError for more samples than
// 32 bits count. Memory: 4 bytes for each of their nonzeros, 8 for each
// feature.
std::unique_ptr<CandidateSource> MakeNeighbourSource(const Dataset& data,
                                                     size_t max_neighbours);

// Makes a source of random negatives: neurons are drawn by chance, each with
// the logQ correction that lets it stand for the many it was drawn from
// (sampled softmax: Bengio and Senecal 2008; Jean et al. 2015).
//
// options.random_negatives draws a sample; the ones that are selected already
// are dropped. It comes last of all sources: as many draws as there are neurons
// left, or more, select all of those, each standing for itself.
// label_counts [num_neurons]: how often each is a label in the training set.
std::unique_ptr<CandidateSource> MakeRandomNegatives(
    const SamplingOptions& options, std::span<const uint64_t> label_counts);

Selector MakeSelector(const SamplingOptions& options,
                      const SourceInputs& inputs);

}  // namespace slide::sampling
