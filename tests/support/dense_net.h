// DenseNet: the network of the library written down a second time, in double
// precision with Eigen, every neuron computed and every gradient formed before
// any weight moves. Neurons that a step left out are zeroed by a mask. Shares
// nothing with the library but the formulas.
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "nn/network_core.h"
#include "nn/sample_state.h"
#include "slide/dataset.h"
#include "slide/options.h"

namespace slide::testing_support {

class DenseNet {
 public:
  using Matrix = Eigen::MatrixXd;
  using Vector = Eigen::VectorXd;

  // weights [neurons, inputs], whatever the order in the library.
  struct Layer {
    Matrix weights;
    Vector bias;
    Activation activation = Activation::kLinear;  // of the output: none
    // The library's rows, each of which moves as a whole, are an input's
    // weights or a neuron's. If the input is sparse, only the neuron's weights
    // of inputs that are not 0 move.
    bool is_input_major = false;
    bool has_sparse_input = false;
    // The optimizer's state: velocities, squares, moments; and for each row its
    // accumulator and how often it was touched.
    Matrix first, second;
    Vector bias_first, bias_second;
    Vector row_squares, steps;
    double bias_steps = 0.0;  // of an input-major layer, whose biases are a row
  };

  struct Gradients {
    std::vector<Matrix> weights;
    std::vector<Vector> bias;
    // 1 where a step touches the weight, and where it touches the neuron's
    // bias; otherwise 0.
    std::vector<Matrix> touched;
    std::vector<Vector> touched_bias;
    double loss = 0.0;

    // The gradient of a batch: what any sample touches is touched.
    void Add(const Gradients& other) {
      loss += other.loss;
      for (size_t l = 0; l < weights.size(); ++l) {
        weights[l] += other.weights[l];
        bias[l] += other.bias[l];
        touched[l] = touched[l].cwiseMax(other.touched[l]);
        touched_bias[l] = touched_bias[l].cwiseMax(other.touched_bias[l]);
      }
    }
    double Norm() const {
      double square = 0.0;
      for (size_t l = 0; l < weights.size(); ++l) {
        square += weights[l].squaredNorm() + bias[l].squaredNorm();
      }
      return std::sqrt(square);
    }
    void Scale(double factor) {
      for (size_t l = 0; l < weights.size(); ++l) {
        weights[l] *= factor;
        bias[l] *= factor;
      }
    }
  };

  // Which neurons of each layer a step computed: masks of 0 and 1; and of the
  // output what their logits are raised by in the loss. Hidden masks may hold
  // other factors, those of dropout.
  struct Active {
    std::vector<Vector> masks;  // one a layer
    Vector corrections;         // [labels]
    Vector features;            // factors of the input
  };

  explicit DenseNet(const nn::NetworkCore& core) {
    for (size_t l = 0; l < core.layers().size(); ++l) {
      layers_.push_back(FromLayer(core.layers()[l]));
      if (l < core.options().hidden.size()) {
        layers_.back().activation = core.options().hidden[l].activation;
      }
    }
  }

  std::vector<Layer>& layers() { return layers_; }

  // Weights of the labels, [labels]; empty: 1 each.
  std::vector<double> label_weights;

  // Everything is active.
  Active All() const {
    Active active;
    for (const Layer& layer : layers_) {
      active.masks.push_back(Vector::Ones(layer.weights.rows()));
    }
    active.corrections = Vector::Zero(layers_.back().weights.rows());
    active.features = Vector::Ones(layers_.front().weights.cols());
    return active;
  }

  // Reads from the state that a step has left its active neurons, and what
  // dropout multiplied features and activations by.
  Active Of(const Sample& sample, nn::SampleState& state) const {
    Active active = All();
    for (const uint32_t f : sample.features.ids) active.features[f] = 0.0;
    for (size_t i = 0; i < state.features.size(); ++i) {
      const uint32_t f = state.features.ids[i];
      const auto at = std::ranges::find(sample.features.ids, f) -
                      sample.features.ids.begin();
      active.features[f] =
          static_cast<double>(state.features.values[i]) /
          static_cast<double>(sample.features.values[static_cast<size_t>(at)]);
    }
    for (size_t l = 0; l < state.layers.size(); ++l) {
      nn::LayerState& layer = state.layers[l];
      if (layer.is_selected()) active.masks[l].setZero();
      for (size_t j = 0; j < layer.size(); ++j) {
        const size_t n = layer.is_selected() ? layer.ids()[j] : j;
        active.masks[l][Index(n)] =
            layer.factors().empty() ? 1.0
                                    : static_cast<double>(layer.factors()[j]);
      }
    }
    nn::LayerState& output = state.output();
    for (size_t j = 0; j < output.size(); ++j) {
      active.corrections[output.ids()[j]] =
          static_cast<double>(output.corrections()[j]);
    }
    return active;
  }

  Vector Logits(const Sample& sample) {
    Forward(sample, All());
    return sums_.back();
  }

  Gradients Backward(const Sample& sample, Loss loss) {
    return Backward(sample, loss, All());
  }

  // The loss over the active neurons and its gradients at the current weights.
  Gradients Backward(const Sample& sample, Loss loss, const Active& active) {
    Forward(sample, active);
    Gradients g;
    Vector delta;
    const double sample_weight = static_cast<double>(sample.weight);
    g.loss = sample_weight * LossAndDelta(sample, loss, active, delta);
    delta *= sample_weight;
    g.weights.resize(layers_.size());
    g.bias.resize(layers_.size());
    g.touched.resize(layers_.size());
    g.touched_bias.resize(layers_.size());
    for (size_t l = layers_.size(); l-- > 0;) {
      g.weights[l] = delta * activations_[l].transpose();
      g.bias[l] = delta;
      // A neuron without gradient is left alone where it has rows of its own,
      // and so is an input that is 0 where it may be missing.
      Vector inputs = Vector::Ones(activations_[l].size());
      if (layers_[l].has_sparse_input) {
        inputs = (activations_[l].array() != 0.0).cast<double>();
      }
      g.touched_bias[l] = Vector::Ones(delta.size());
      if (!layers_[l].is_input_major) {
        g.touched_bias[l] = (delta.array() != 0.0).cast<double>();
      }
      g.touched[l] = g.touched_bias[l] * inputs.transpose();
      if (l == 0) break;
      delta = (layers_[l].weights.transpose() * delta).eval();
      delta.array() *= active.masks[l - 1].array() *
                       Slope(layers_[l - 1].activation, sums_[l - 1]).array();
    }
    return g;
  }

  // A step of every row that is touched.
  void Step(const Gradients& g, Optimizer optimizer,
            const kernels::RowStep& step) {
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      const Matrix& touched = g.touched[l];
      if (layer.is_input_major) {
        for (Eigen::Index i = 0; i < layer.weights.cols(); ++i) {
          if (touched(0, i) == 0.0) continue;
          StepRow(layer, i, g.weights[l].col(i), touched.col(i), optimizer,
                  step, [&](Eigen::Index k) { return std::pair(k, i); });
        }
        layer.bias_steps += 1.0;
      }
      for (Eigen::Index n = 0; n < layer.weights.rows(); ++n) {
        if (g.touched_bias[l][n] == 0.0) continue;
        if (!layer.is_input_major) {
          StepRow(layer, n, g.weights[l].row(n), touched.row(n), optimizer,
                  step, [&](Eigen::Index k) { return std::pair(n, k); });
        }
        StepBias(layer, n, g.bias[l][n],
                 layer.is_input_major ? layer.bias_steps : layer.steps[n],
                 optimizer, step);
      }
    }
  }

 private:
  static Eigen::Index Index(size_t i) { return static_cast<Eigen::Index>(i); }

  static Layer FromLayer(const nn::Layer& from) {
    Layer layer;
    layer.is_input_major = from.is_input_major();
    layer.has_sparse_input = from.shape().has_sparse_input;
    const nn::RowStore& store = from.weights();
    const auto rows = store.rows();
    layer.weights.resize(Index(from.num_neurons()), Index(from.num_inputs()));
    layer.bias.resize(Index(from.num_neurons()));
    std::vector<float> scratch(store.width());
    for (size_t r = 0; r < store.num_rows(); ++r) {
      const auto weights = kernels::ReadWeights(rows, r, scratch);
      for (size_t i = 0; i < store.width(); ++i) {
        (layer.is_input_major ? layer.weights(Index(i), Index(r))
                              : layer.weights(Index(r), Index(i))) = weights[i];
      }
      if (!layer.is_input_major) {
        layer.bias[Index(r)] = rows.scalars(r)[kernels::kBias];
      }
    }
    if (layer.is_input_major) {
      const float* bias = from.bias()->rows().weights<float>(0);
      for (Eigen::Index n = 0; n < layer.bias.size(); ++n) {
        layer.bias[n] = static_cast<double>(bias[n]);
      }
    }
    layer.row_squares = layer.steps = Vector::Zero(Index(store.num_rows()));
    layer.bias_first = layer.bias_second = Vector::Zero(layer.bias.size());
    layer.first = layer.second =
        Matrix::Zero(layer.weights.rows(), layer.weights.cols());
    return layer;
  }

  static Vector Activated(Activation activation, const Vector& sums) {
    switch (activation) {
      case Activation::kRelu:
        return sums.cwiseMax(0.0);
      case Activation::kTanh:
        return sums.array().tanh();
      case Activation::kLinear:
        return sums;
    }
    return sums;
  }

  static Vector Slope(Activation activation, const Vector& sums) {
    switch (activation) {
      case Activation::kRelu:
        return (sums.array() > 0.0).cast<double>();
      case Activation::kTanh:
        return 1.0 - sums.array().tanh().square();
      case Activation::kLinear:
        return Vector::Ones(sums.size());
    }
    return sums;
  }

  // Returns the move of a weight of gradient g, given its state and its number
  // of steps.
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

  // place(k): where the row's k-th weight is.
  template <typename Row, typename Touched, typename Place>
  static void StepRow(Layer& layer, Eigen::Index r, const Row& gradient,
                      const Touched& touched, Optimizer optimizer,
                      const kernels::RowStep& step, Place&& place) {
    layer.steps[r] += 1.0;
    double num = 0.0, square = 0.0;
    for (Eigen::Index k = 0; k < gradient.size(); ++k) {
      if (touched[k] == 0.0) continue;
      num += 1.0;
      square += gradient[k] * gradient[k];
    }
    square = num > 0.0 ? square / num : 0.0;
    layer.row_squares[r] += square;
    const double rate = step.learning_rate;
    for (Eigen::Index k = 0; k < gradient.size(); ++k) {
      if (touched[k] == 0.0) continue;
      const auto [n, i] = place(k);
      double& w = layer.weights(n, i);
      double move = 0.0;
      if (optimizer != Optimizer::kRowAdagrad) {
        move = Move(gradient[k], layer.first(n, i), layer.second(n, i),
                    layer.steps[r], optimizer, step);
      } else if (square > 0.0) {
        move = -rate * gradient[k] /
               (std::sqrt(layer.row_squares[r]) + double{step.epsilon});
      }
      w += move - rate * double{step.weight_decay} * w;
    }
  }

  static void StepBias(Layer& layer, Eigen::Index n, double gradient,
                       double steps, Optimizer optimizer,
                       const kernels::RowStep& step) {
    layer.bias[n] += double{step.bias_rate} *
                     Move(gradient, layer.bias_first[n], layer.bias_second[n],
                          steps, optimizer, step);
  }

  void Forward(const Sample& sample, const Active& active) {
    activations_.assign(layers_.size(), {});
    sums_.assign(layers_.size(), {});
    activations_[0] = Vector::Zero(layers_[0].weights.cols());
    for (size_t i = 0; i < sample.features.size(); ++i) {
      const auto f = Index(sample.features.ids[i]);
      activations_[0][f] = active.features[f] * sample.features.values[i];
    }
    for (size_t l = 0; l < layers_.size(); ++l) {
      sums_[l] = layers_[l].weights * activations_[l] + layers_[l].bias;
      if (l + 1 == layers_.size()) break;
      activations_[l + 1] = Activated(layers_[l].activation, sums_[l]).array() *
                            active.masks[l].array();
    }
  }

  double LossAndDelta(const Sample& sample, Loss loss, const Active& active,
                      Vector& delta) const {
    const Vector z = sums_.back() + active.corrections;
    const Vector& mask = active.masks.back();
    const double share = 1.0 / static_cast<double>(sample.labels.size());
    const auto weight_of = [&](uint32_t label) {
      return label_weights.empty() ? 1.0 : label_weights[label];
    };
    delta = Vector::Zero(z.size());
    double value = 0.0;
    if (loss == Loss::kSigmoid) {
      for (Eigen::Index n = 0; n < z.size(); ++n) {
        if (mask[n] == 0.0) continue;
        const double weight = std::exp(active.corrections[n]);
        value += weight * std::log1p(std::exp(sums_.back()[n]));
        delta[n] = weight / (1.0 + std::exp(-sums_.back()[n]));
      }
      for (const uint32_t y : sample.labels) {
        const double w = weight_of(y), odds = std::exp(sums_.back()[y]);
        value += w * std::log1p(1.0 / odds) - std::log1p(odds);
        delta[y] = -w / (1.0 + odds);
      }
      return value;
    }
    Vector e = mask.array() * (z.array() - z.maxCoeff()).exp();
    if (loss == Loss::kSoftmax) {
      for (const uint32_t y : sample.labels) {
        const double target = share * weight_of(y);
        value += target * (z.maxCoeff() + std::log(e.sum()) - z[y]);
        delta += target / e.sum() * e;
        delta[y] -= target;
      }
      return value;
    }
    for (const uint32_t y : sample.labels) e[y] = 0.0;
    const double negatives = e.sum();
    for (const uint32_t y : sample.labels) {
      const double weight = std::sqrt(share) * weight_of(y);
      const double own = std::exp(z[y] - z.maxCoeff());
      value += weight * std::log1p(negatives / own);
      delta += weight / (own + negatives) * e;
      delta[y] -= weight * negatives / (own + negatives);
    }
    return value;
  }

  std::vector<Layer> layers_;
  std::vector<Vector> activations_;  // input of each layer
  std::vector<Vector> sums_;         // output of each, before the non-linearity
};

}  // namespace slide::testing_support
