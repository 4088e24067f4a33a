// Vectors from elsewhere as rows of a first layer; slide/input_vectors.h has
// them.
#pragma once

#include "nn/layer.h"
#include "slide/input_vectors.h"

namespace slide::nn {

// See Network::SetInputVectors. Requires: the layer can be written to.
void SetInputVectors(const InputVectors& vectors, Layer& first);

}  // namespace slide::nn
