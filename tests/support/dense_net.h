// DenseNet: the network of the library written down a second time, in double
// precision with Eigen, every neuron computed and every gradient formed before
// any weight moves. Shares nothing with the library but the formulas.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "kernels/kernels.h"
#include "nn/network_core.h"
#include "slide/dataset.h"
#include "slide/options.h"

namespace slide::testing_support {

class DenseNet {
 public:
  using Matrix = Eigen::MatrixXd;
  using Vector = Eigen::VectorXd;

  // weights: one row a row of the library's RowStore, so the input layer is
  // [features, neurons] and the others are [neurons, inputs].
  struct Layer {
    Matrix weights;
    Vector bias;
    Vector row_squares;   // Adagrad's accumulator of each row
    Vector bias_squares;  // of each bias
  };
  struct Gradients {
    std::vector<Matrix> weights;
    std::vector<Vector> bias;
    double loss;
  };

  explicit DenseNet(const nn::NetworkCore& core) {
    layers_.push_back(FromRows(core.input().weights()));
    layers_[0].bias = Vector::Zero(layers_[0].weights.cols());
    for (size_t i = 0; i < core.input().bias().size(); ++i) {
      layers_[0].bias[Index(i)] = core.input().bias()[i];
    }
    layers_[0].bias_squares = Vector::Zero(layers_[0].bias.size());
    for (const auto& middle : core.middle()) {
      layers_.push_back(FromRows(middle.weights()));
    }
    layers_.push_back(FromRows(core.output().weights()));
  }

  std::vector<Layer>& layers() { return layers_; }

  Vector Logits(const Sample& sample) {
    Forward(sample);
    return sums_.back();
  }

  // The loss over all neurons and its gradients at the current weights.
  Gradients Backward(const Sample& sample, Loss loss) {
    Forward(sample);
    Gradients g;
    Vector delta;
    g.loss = LossAndDelta(sample, loss, delta);
    g.weights.resize(layers_.size());
    g.bias.resize(layers_.size());
    for (size_t l = layers_.size(); l-- > 1;) {
      g.weights[l] = delta * activations_[l].transpose();
      g.bias[l] = delta;
      delta = (layers_[l].weights.transpose() * delta).eval();
      delta = (sums_[l - 1].array() > 0.0).select(delta, 0.0);
    }
    g.weights[0] = activations_[0] * delta.transpose();
    g.bias[0] = delta;
    return g;
  }

  // Row-wise Adagrad on every row.
  void Step(const Gradients& g, double learning_rate) {
    constexpr double kEpsilon = 1e-8;
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      for (Eigen::Index r = 0; r < layer.weights.rows(); ++r) {
        const double square = g.weights[l].row(r).squaredNorm() /
                              static_cast<double>(layer.weights.cols());
        if (square == 0.0) continue;
        layer.row_squares[r] += square;
        layer.weights.row(r) -= learning_rate /
                                (std::sqrt(layer.row_squares[r]) + kEpsilon) *
                                g.weights[l].row(r);
      }
      for (Eigen::Index i = 0; i < layer.bias.size(); ++i) {
        const double gradient = g.bias[l][i];
        if (gradient == 0.0) continue;
        layer.bias_squares[i] += gradient * gradient;
        layer.bias[i] -= learning_rate * gradient /
                         (std::sqrt(layer.bias_squares[i]) + kEpsilon);
      }
    }
  }

 private:
  static Eigen::Index Index(size_t i) { return static_cast<Eigen::Index>(i); }

  static Layer FromRows(const nn::RowStore& store) {
    Layer layer;
    const auto rows = store.rows();
    const auto num_rows = Index(store.num_rows());
    layer.weights.resize(num_rows, Index(store.width()));
    layer.bias.resize(num_rows);
    for (Eigen::Index r = 0; r < num_rows; ++r) {
      const float* row = rows.row(static_cast<size_t>(r));
      for (size_t i = 0; i < store.width(); ++i) {
        layer.weights(r, Index(i)) = row[i];
      }
      layer.bias[r] = row[store.width() + kernels::kBias];
    }
    layer.row_squares = Vector::Zero(num_rows);
    layer.bias_squares = Vector::Zero(num_rows);
    return layer;
  }

  void Forward(const Sample& sample) {
    activations_.assign(layers_.size(), {});
    sums_.assign(layers_.size(), {});
    activations_[0] = Vector::Zero(layers_[0].weights.rows());
    for (size_t i = 0; i < sample.features.size(); ++i) {
      activations_[0][Index(sample.features.ids[i])] =
          sample.features.values[i];
    }
    sums_[0] =
        layers_[0].weights.transpose() * activations_[0] + layers_[0].bias;
    for (size_t l = 1; l < layers_.size(); ++l) {
      activations_[l] = sums_[l - 1].cwiseMax(0.0);
      sums_[l] = layers_[l].weights * activations_[l] + layers_[l].bias;
    }
  }

  double LossAndDelta(const Sample& sample, Loss loss, Vector& delta) const {
    const Vector& z = sums_.back();
    const double share = 1.0 / static_cast<double>(sample.labels.size());
    Vector e = (z.array() - z.maxCoeff()).exp();
    if (loss == Loss::kSoftmax) {
      delta = e / e.sum();
      double value = z.maxCoeff() + std::log(e.sum());
      for (const uint32_t y : sample.labels) {
        delta[y] -= share;
        value -= share * z[y];
      }
      return value;
    }
    for (const uint32_t y : sample.labels) e[y] = 0.0;
    const double negatives = e.sum();
    delta = Vector::Zero(z.size());
    double value = 0.0;
    for (const uint32_t y : sample.labels) {
      const double own = std::exp(z[y] - z.maxCoeff());
      value += share * std::log1p(negatives / own);
      delta += share / (own + negatives) * e;
      delta[y] -= share * negatives / (own + negatives);
    }
    return value;
  }

  std::vector<Layer> layers_;
  std::vector<Vector> activations_;  // input of each layer
  std::vector<Vector> sums_;         // output of each, before the ReLU
};

}  // namespace slide::testing_support
