// Vectors that a network has learnt: of samples, the activations of its last
// hidden layer; of labels, the rows of its output layer, which these are
// multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/network.h"

namespace slide {

// Returns the vectors of the samples [begin, end) of data, [end - begin][width
// of the last hidden layer] flattened. num_threads: 0: one for each core.
// Throws: as Network::Predict.
std::vector<float> SampleVectors(const Network& network, const Dataset& data,
                                 size_t begin, size_t end, int num_threads = 0);

// Returns the vector of a label, [width of the last hidden layer]; biases and
// the sparse part are no part of it. Throws: DataError for a label that the
// network does not have.
std::vector<float> LabelVector(const Network& network, uint32_t label);

struct NearLabel {
  uint32_t label = 0;
  float cosine = 0.0f;  // of both vectors; 0 for a vector of zeros
};

// Returns the k labels (all others, if there are fewer) whose vectors have the
// largest cosine with that of `label`, by falling cosine; ties go to the lower
// label. Throws: as LabelVector. Cost: O(weights of the output layer).
std::vector<NearLabel> NearestLabels(const Network& network, uint32_t label,
                                     size_t k);

// Returns the head of a NumPy file (.npy) of 32-bit floats, [num_rows,
// num_columns]; the numbers follow it, row by row, as they are in memory.
std::string NpyHead(uint64_t num_rows, uint64_t num_columns);

}  // namespace slide
