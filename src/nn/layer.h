// A fully connected layer: z_n = b_n + sum_i W[n, i] x_i for the neurons that
// are asked for. It gives sums before the non-linearity, takes the gradient of
// the loss by these sums back, and updates its weights by the optimizer their
// rows are laid out for (kernels/row_format.h).
//
// Its weights lie in one of two orders, so that a step touches whole rows:
//
//   input-major   [num_inputs, num_neurons]: all neurons are computed and the
//                 input is sparse; the rows of the inputs that are not zero
//   neuron-major  [num_neurons, num_inputs]: neurons are selected, or the input
//                 is dense; the rows of the neurons. If both are sparse, of
//                 these rows the weights of the inputs that are not zero.
//
// Threads: any number at once, reading and updating without locks; see
// kernels/kernels.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernels/kernels.h"
#include "nn/row_store.h"
#include "slide/sparse.h"
#include "util/vector_view.h"

namespace slide::nn {

struct LayerShape {
  size_t num_inputs = 0;
  size_t num_neurons = 0;
  bool has_sparse_input = false;
  bool computes_all = false;  // its neurons are not selected

  bool is_input_major() const noexcept {
    return computes_all && has_sparse_input;
  }
  size_t num_rows() const noexcept {
    return is_input_major() ? num_inputs : num_neurons;
  }
  size_t row_width() const noexcept {
    return is_input_major() ? num_neurons : num_inputs;
  }
};

class Layer {
 public:
  // optimizer: none: the layer is not trained.
  // Throws: as make_rows does; Error when there is not enough memory.
  Layer(const LayerShape& shape, Precision precision,
        std::optional<Optimizer> optimizer,
        const RowMaker& make_rows = MakeZeroRows);

  const LayerShape& shape() const noexcept { return shape_; }
  size_t num_inputs() const noexcept { return shape_.num_inputs; }
  size_t num_neurons() const noexcept { return shape_.num_neurons; }
  bool is_input_major() const noexcept { return shape_.is_input_major(); }

  // Asks for the rows of an input that ForwardAll will be called with.
  void Prefetch(SparseView x) const noexcept {
    if (is_input_major()) kernels::PrefetchRows(weights_.rows(), x.ids);
  }

  // Asks for what BackwardUpdate will write for this input and these neurons.
  void PrefetchToWrite(const util::VectorView& x,
                       std::span<const uint32_t> neurons) const noexcept {
    if (is_input_major()) {
      kernels::PrefetchRowsToWrite(weights_.rows(), x.ids());
      constexpr uint32_t kRow = 0;
      kernels::PrefetchRowsToWrite(bias_->rows(), {&kRow, 1});
    } else if (!x.is_sparse()) {
      kernels::PrefetchRowsToWrite(weights_.rows(), neurons);
    }
  }

  // The sums of all neurons. Requires: x as the shape says.
  // Cost: O(values of x * neurons).
  void ForwardAll(const util::VectorView& x,
                  std::span<float> sums) const noexcept;

  // sums[j] = z of neuron neurons[j]. Requires: neuron-major.
  void Forward(const util::VectorView& x, std::span<const uint32_t> neurons,
               std::span<float> sums) const noexcept;

  // The gradient of the loss by the sums is deltas[j] for the neuron
  // neurons[j], without repeats, and 0 for all others; of an input-major layer
  // it is deltas [num_neurons], and neurons is empty. x_gradient: by the values
  // of x, to be added to; of an input-major layer, to be set.
  void Backward(const util::VectorView& x, std::span<const uint32_t> neurons,
                std::span<const float> deltas,
                std::span<float> x_gradient) const noexcept;

  // Does what Backward does, with the weights as they are before the step, and
  // updates the rows that are touched. x_gradient may be empty: the first
  // trained layer's, which nobody wants.
  void BackwardUpdate(const util::VectorView& x,
                      std::span<const uint32_t> neurons,
                      std::span<const float> deltas,
                      const kernels::RowStep& step,
                      std::span<float> x_gradient) noexcept;

  // A step of one row along a whole gradient of its weights, which is 0 but at
  // `ids` if the layer is neuron-major and its input sparse: gradient [ids],
  // and otherwise ids is empty and gradient [width]. bias_gradient: of the
  // row's neuron; 0 in an input-major layer.
  void StepRow(uint32_t row, std::span<const uint32_t> ids,
               std::span<const float> gradient, float bias_gradient,
               const kernels::RowStep& step) noexcept;
  // A step of the biases of an input-major layer.
  void StepBias(std::span<const float> gradient,
                const kernels::RowStep& step) noexcept;

  RowStore& weights() noexcept { return weights_; }
  const RowStore& weights() const noexcept { return weights_; }
  // Biases of an input-major layer: one more row, as if of an input that is
  // always 1. They are fp32 and under row-adagrad have an accumulator each, as
  // biases have elsewhere. Null in a neuron-major layer, whose rows hold the
  // biases.
  RowStore* bias() noexcept { return bias_ ? &*bias_ : nullptr; }
  const RowStore* bias() const noexcept { return bias_ ? &*bias_ : nullptr; }

 private:
  LayerShape shape_;
  RowStore weights_;
  std::optional<RowStore> bias_;
};

}  // namespace slide::nn
