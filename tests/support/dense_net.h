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
    // What an optimiser remembers: velocities, squares, moments; and for each
    // row its accumulator and how often it was touched.
    Matrix first, second;
    Vector bias_first, bias_second;
    Vector row_squares, steps;
    double bias_steps = 0.0;  // of the input layer, whose biases are one row
  };
  struct Gradients {
    std::vector<Matrix> weights;
    std::vector<Vector> bias;
    Vector input;  // rows of the input layer it touches: not 0
    double loss;
  };

  explicit DenseNet(const nn::NetworkCore& core) {
    layers_.push_back(FromRows(core.input().weights()));
    layers_[0].bias = Vector::Zero(layers_[0].weights.cols());
    const float* bias = core.input().bias().rows().weights<float>(0);
    for (Eigen::Index i = 0; i < layers_[0].bias.size(); ++i) {
      layers_[0].bias[i] = static_cast<double>(bias[i]);
    }
    layers_[0].bias_first = Vector::Zero(layers_[0].bias.size());
    layers_[0].bias_second = layers_[0].bias_first;
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
    g.input = activations_[0];
    return g;
  }

  // A step of every row that is touched: those of the sample's features, and
  // those of neurons with a gradient.
  void Step(const Gradients& g, Optimizer optimizer,
            const kernels::RowStep& step) {
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      for (Eigen::Index r = 0; r < layer.weights.rows(); ++r) {
        if ((l == 0 ? g.input[r] : g.bias[l][r]) == 0.0) continue;
        StepRow(layer, r, g.weights[l].row(r), optimizer, step);
        if (l == 0) continue;
        StepBias(layer, r, g.bias[l][r], layer.steps[r], optimizer, step);
      }
      if (l > 0) continue;
      layer.bias_steps += 1.0;
      for (Eigen::Index i = 0; i < layer.bias.size(); ++i) {
        StepBias(layer, i, g.bias[0][i], layer.bias_steps, optimizer, step);
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
    std::vector<float> scratch(store.width());
    for (Eigen::Index r = 0; r < num_rows; ++r) {
      const auto row = static_cast<size_t>(r);
      const auto weights = kernels::ReadWeights(rows, row, scratch);
      for (size_t i = 0; i < store.width(); ++i) {
        layer.weights(r, Index(i)) = weights[i];
      }
      layer.bias[r] = rows.scalars(row)[kernels::kBias];
    }
    layer.row_squares = layer.steps = Vector::Zero(num_rows);
    layer.bias_first = layer.bias_second = Vector::Zero(num_rows);
    layer.first = layer.second = Matrix::Zero(num_rows, Index(store.width()));
    return layer;
  }

  // What moves a weight of gradient g, given its state and its number of steps.
  static double Move(double g, double& first, double& second, double steps,
                     Optimizer optimizer, const kernels::RowStep& step) {
    const double rate = step.learning_rate;
    const double epsilon = step.epsilon;
    switch (optimizer) {
      case Optimizer::kRowAdagrad:
      case Optimizer::kAdagrad:
        if (g == 0.0) return 0.0;
        first += g * g;
        return -rate * g / (std::sqrt(first) + epsilon);
      case Optimizer::kSgd:
        first = step.momentum * first + g;
        return -rate * first;
      case Optimizer::kAdam: {
        const double beta1 = step.beta1, beta2 = step.beta2;
        first = beta1 * first + (1.0 - beta1) * g;
        second = beta2 * second + (1.0 - beta2) * g * g;
        const double mean = first / (1.0 - std::pow(beta1, steps));
        const double square = second / (1.0 - std::pow(beta2, steps));
        return -rate * mean / (std::sqrt(square) + epsilon);
      }
    }
    return 0.0;
  }

  static void StepRow(Layer& layer, Eigen::Index r,
                      const Eigen::RowVectorXd& gradient, Optimizer optimizer,
                      const kernels::RowStep& step) {
    layer.steps[r] += 1.0;
    if (optimizer == Optimizer::kRowAdagrad) {
      const double square =
          gradient.squaredNorm() / static_cast<double>(gradient.size());
      if (square == 0.0) return;
      layer.row_squares[r] += square;
      layer.weights.row(r) -= static_cast<double>(step.learning_rate) /
                              (std::sqrt(layer.row_squares[r]) +
                               static_cast<double>(step.epsilon)) *
                              gradient;
      return;
    }
    for (Eigen::Index i = 0; i < gradient.size(); ++i) {
      layer.weights(r, i) +=
          Move(gradient[i], layer.first(r, i), layer.second(r, i),
               layer.steps[r], optimizer, step);
    }
  }

  static void StepBias(Layer& layer, Eigen::Index i, double gradient,
                       double steps, Optimizer optimizer,
                       const kernels::RowStep& step) {
    layer.bias[i] += Move(gradient, layer.bias_first[i], layer.bias_second[i],
                          steps, optimizer, step);
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
