// DenseSoftmax: the baseline that hash-sparse training is measured against. The
// same net (sparse input, one ReLU layer, softmax over all labels), the same
// losses and the same row-wise Adagrad, but every neuron computed and every row
// updated, in batches, with Eigen's matrix products.
//
// Compiled for the machine at hand (-march=native in bench/CMakeLists.txt), as
// a user who tunes a dense baseline would: nothing of it is shipped.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <span>
#include <vector>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/options.h"

namespace slide::bench {

// The loss of a sample over all labels, as src/nn/loss.h defines it without
// corrections; the logits become its derivative by each of them.
// Requires: labels ascend, are at least one and below logits.size().
double LossAndGradient(Loss loss, std::span<const uint32_t> labels,
                       Eigen::Ref<Eigen::RowVectorXf> logits);

class DenseSoftmax {
 public:
  using Matrix =
      Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  DenseSoftmax(uint32_t num_features, int hidden, uint32_t num_labels,
               uint64_t seed);

  // One step on the samples order[0..n) of data; returns their mean loss.
  // Requires: each has a label.
  double TrainBatch(const Dataset& data, std::span<const uint64_t> order,
                    Loss loss, float learning_rate);

  // The metrics at 1, 3 and 5 on all of data; equal logits rank by label, the
  // lower first.
  Metrics Evaluate(const Dataset& data);

 private:
  void Forward(const Dataset& data, std::span<const uint64_t> order);
  void UpdateRow(Matrix& weights, Eigen::VectorXf& accumulators,
                 Eigen::Index row,
                 const Eigen::Ref<const Eigen::RowVectorXf>& g,
                 float learning_rate);
  static void UpdateBias(Eigen::RowVectorXf& bias,
                         Eigen::RowVectorXf& accumulators,
                         const Eigen::RowVectorXf& gradient,
                         float learning_rate);

  Matrix input_;   // [features, hidden]
  Matrix output_;  // [labels, hidden]
  Eigen::RowVectorXf input_bias_, output_bias_;
  Eigen::VectorXf input_squares_, output_squares_;
  Eigen::RowVectorXf input_bias_squares_, output_bias_squares_;
  Matrix hidden_, logits_, hidden_gradient_, output_gradient_;
  std::vector<uint32_t> touched_;        // input rows of the batch
  std::vector<int64_t> place_of_input_;  // their places in input_gradient_
  Matrix input_gradient_;
};

}  // namespace slide::bench
