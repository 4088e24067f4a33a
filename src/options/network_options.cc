#include <fmt/format.h>

#include "options/fields.h"
#include "slide/error.h"
#include "slide/options/network.h"

namespace slide {

template <>
std::vector<OptionField> Fields(NetworkOptions& o) {
  options::FieldList list("Network");
  list.Add("num_features", o.num_features, "Size of the sparse input",
           {.range = options::AtLeast(1), .flag = options::kNoFlag});
  list.Add("num_labels", o.num_labels, "Neurons of the output layer",
           {.range = options::AtLeast(1), .flag = options::kNoFlag});
  list.Add(
      "hidden", o.hidden,
      "The hidden layers from the input on: the neurons of each, and words "
      "behind them such as N:tanh, or N:active=M for a hashed layer of "
      "which M neurons are active in a sample; auto: 256 for fewer than "
      "25,000 training samples, else 192 for 10,000 labels or more, else 128",
      {.is_common = true,
       .auto_if_empty = true,
       .cost =
           "time a sample and memory of a label are linear in the last layer"});
  list.Add("init_scale", o.init_scale, "Size of the first random weights",
           {.range = options::Above(0)});
  list.Add("precision", o.precision,
           "Weights in 32 bits, or in 16: about half the memory, and less "
           "traffic",
           {.is_common = true, .words = "fp32|bf16"});
  list.Add("optimizer", o.optimizer,
           "By which rule weights move along their gradient "
           "(docs/performance.md has the bytes of each)",
           {.is_common = true});
  list.Add(
      "seed", o.seed,
      "Seed of the weights and hash functions, and of the order and random "
      "draws in training",
      {.is_common = true});
  list.Nest("hash", Fields(o.hash));
  return list.Take();
}

namespace {

// Winners are found among two coordinates or more.
void CheckComparable(const HashOptions& hash, double num_inputs,
                     bool is_centered) {
  const bool compares = hash.kind == HashKind::kWta ||
                        hash.kind == HashKind::kDwta ||
                        hash.kind == HashKind::kAuto;
  if (compares && num_inputs < 2 && !is_centered) {
    throw OptionsError(fmt::format(
        "hash.kind: got {} for 1 coordinate, expected that for 2 or more, or "
        "for centered hashes of a dense input",
        Name(hash.kind)));
  }
}

}  // namespace

void NetworkOptions::Validate() const {
  options::CheckOptions(*this);
  double num_inputs = num_features;
  bool is_dense = false;
  for (const HiddenLayer& layer : hidden) {
    if (layer.is_hashed()) {
      CheckComparable(layer.hash, num_inputs, layer.hash.centered && is_dense);
    }
    num_inputs = layer.neurons;
    is_dense = !layer.is_hashed();
  }
  CheckComparable(hash, num_inputs, hash.centered && is_dense);
}

}  // namespace slide
