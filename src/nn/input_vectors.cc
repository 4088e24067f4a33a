#include "nn/input_vectors.h"

#include <fmt/format.h>

#include <span>

#include "kernels/kernels.h"
#include "slide/error.h"

namespace slide::nn {

void SetInputVectors(const InputVectors& vectors, Layer& first) {
  if (!first.is_input_major()) {
    throw OptionsError(
        "input vectors: got a hashed first layer, whose rows are of neurons, "
        "expected a dense one, whose rows are of features");
  }
  const size_t width = first.num_neurons();
  if (vectors.width != width) {
    throw OptionsError(
        fmt::format("input vectors: got {} numbers in a vector, expected {}, "
                    "as many as the first layer has neurons",
                    vectors.width, width));
  }
  if (vectors.values.size() != vectors.features.size() * width) {
    throw OptionsError(fmt::format(
        "input vectors: got {} numbers, expected {} for each of {} features",
        vectors.values.size(), width, vectors.features.size()));
  }
  for (const uint32_t feature : vectors.features) {
    if (feature < first.num_inputs()) continue;
    throw OptionsError(
        fmt::format("input vectors: got feature {}, expected "
                    "those below the {} of the network",
                    feature, first.num_inputs()));
  }
  const std::span<const float> values = vectors.values;
  if (kernels::ContentOf(values) == kernels::Content::kNotFinite) {
    throw OptionsError("input vectors: got a number that is not finite");
  }
  for (size_t i = 0; i < vectors.features.size(); ++i) {
    kernels::WriteWeights(first.weights().rows(), vectors.features[i],
                          values.subspan(i * width, width));
  }
}

}  // namespace slide::nn
