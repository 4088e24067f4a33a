// The two kinds of fully connected layer, named after what a row of weights
// belongs to. Both give sums before the non-linearity, take the gradient of the
// loss by these sums back, and update their weights in the same pass by the
// optimiser their rows are laid out for (kernels/row_format.h).
//
// Threads: any number at once, reading and updating without locks; see
// kernels/kernels.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "nn/row_store.h"
#include "slide/sparse.h"

namespace slide::nn {

// z = b + sum_i x_i W[i,:] for a sparse input x: one row for each input. A step
// touches the rows of the inputs that are not zero.
class InputMajorLayer {
 public:
  InputMajorLayer(size_t num_inputs, size_t num_neurons, Precision precision,
                  Optimizer optimizer);

  size_t num_inputs() const noexcept { return weights_.num_rows(); }
  size_t num_neurons() const noexcept { return weights_.width(); }

  // Asks for the rows of an input that Forward will be called with.
  void Fetch(SparseView x) const noexcept {
    kernels::FetchRows(weights_.rows(), x.ids);
  }

  // sums [num_neurons]. Cost: O(nonzeros of x * num_neurons).
  void Forward(SparseView x, std::span<float> sums) const noexcept;

  // gradient: of the loss by the sums, [num_neurons].
  void Update(SparseView x, std::span<const float> gradient,
              const kernels::RowStep& step) noexcept;

  RowStore& weights() noexcept { return weights_; }
  const RowStore& weights() const noexcept { return weights_; }
  // The biases are one row more, of an input that is always 1; in fp32, and
  // under row-adagrad with an accumulator each, as biases have elsewhere.
  RowStore& bias() noexcept { return bias_; }
  const RowStore& bias() const noexcept { return bias_; }

 private:
  RowStore weights_;
  RowStore bias_;
};

// z_n = b_n + W[n,:] . x for a dense input x: one row for each neuron. A step
// touches the rows of the neurons asked for.
class NeuronMajorLayer {
 public:
  NeuronMajorLayer(size_t num_inputs, size_t num_neurons, Precision precision,
                   Optimizer optimizer)
      : weights_(num_neurons, {num_inputs, precision, optimizer}) {}

  size_t num_inputs() const noexcept { return weights_.width(); }
  size_t num_neurons() const noexcept { return weights_.num_rows(); }

  // sums[j] = z of neuron neurons[j]. Cost: O(neurons * num_inputs).
  void Forward(std::span<const uint32_t> neurons, std::span<const float> x,
               std::span<float> sums) const noexcept {
    kernels::RowLogits(weights_.rows(), neurons, x, sums);
  }

  // The sums of all neurons.
  void ForwardAll(std::span<const float> x,
                  std::span<float> sums) const noexcept {
    kernels::ScoreRows(weights_.rows(), 0, num_neurons(), x, 1, sums);
  }

  // Adds the gradient of the loss by x to x_gradient, with the weights as they
  // are before the step, and updates the neurons' rows.
  // deltas[j]: gradient by the sum of neurons[j]; neurons without repeats.
  void BackwardUpdate(std::span<const uint32_t> neurons,
                      std::span<const float> deltas, std::span<const float> x,
                      const kernels::RowStep& step,
                      std::span<float> x_gradient) noexcept {
    kernels::BackwardUpdateRows(weights_.rows(), neurons, deltas, x, step,
                                x_gradient);
  }

  RowStore& weights() noexcept { return weights_; }
  const RowStore& weights() const noexcept { return weights_; }

 private:
  RowStore weights_;
};

}  // namespace slide::nn
