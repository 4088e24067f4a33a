#include "dense_softmax.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "predict/top_k.h"
#include "util/rng.h"

namespace slide::bench {
namespace {

Eigen::Index Index(size_t i) { return static_cast<Eigen::Index>(i); }

void DrawNormal(DenseSoftmax::Matrix& m, util::Rng rng) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(m.cols()));
  for (Eigen::Index i = 0; i < m.size(); ++i)
    m.data()[i] = scale * rng.Normal();
}

// row becomes its exponentials over their sum; returns the log-sum-exp.
double Softmax(Eigen::Ref<Eigen::RowVectorXf> row) {
  const float max = row.maxCoeff();
  row = (row.array() - max).exp();
  const float sum = row.sum();
  row *= 1.0f / sum;
  return static_cast<double>(max) + std::log(static_cast<double>(sum));
}

double SoftmaxLoss(std::span<const uint32_t> labels,
                   Eigen::Ref<Eigen::RowVectorXf> row) {
  const float target = 1.0f / static_cast<float>(labels.size());
  double label_sum = 0.0;
  for (const uint32_t y : labels) label_sum += static_cast<double>(row[y]);
  const double log_sum = Softmax(row);
  for (const uint32_t y : labels) row[y] -= target;
  return log_sum - label_sum / static_cast<double>(labels.size());
}

double DecoupledLoss(std::span<const uint32_t> labels,
                     Eigen::Ref<Eigen::RowVectorXf> row) {
  if (Index(labels.size()) == row.size()) {  // nothing to be told from
    row.setZero();
    return 0.0;
  }
  // The softmax is of the negatives; the labels' places get their own values
  // behind it.
  std::vector<float> label_logits;
  label_logits.reserve(labels.size());
  for (const uint32_t y : labels) {
    label_logits.push_back(row[y]);
    row[y] = -std::numeric_limits<float>::infinity();
  }
  const double s = Softmax(row);
  const double weight = 1.0 / std::sqrt(static_cast<double>(labels.size()));
  double loss = 0.0;
  double miss_sum = 0.0;
  for (float& logit : label_logits) {
    const double margin = s - static_cast<double>(logit);
    // log(1 + e^m) and 1 / (1 + e^-m) from e^-|m|, which cannot overflow.
    const double e = std::exp(-std::abs(margin));
    loss += std::max(margin, 0.0) + std::log1p(e);
    const double miss = (margin >= 0.0 ? 1.0 : e) / (1.0 + e);
    miss_sum += miss;
    logit = static_cast<float>(-weight * miss);  // its derivative from here on
  }
  row *= static_cast<float>(weight * miss_sum);
  for (size_t j = 0; j < labels.size(); ++j) row[labels[j]] = label_logits[j];
  return weight * loss;
}

}  // namespace

double LossAndGradient(Loss loss, std::span<const uint32_t> labels,
                       Eigen::Ref<Eigen::RowVectorXf> logits) {
  return loss == Loss::kSoftmax ? SoftmaxLoss(labels, logits)
                                : DecoupledLoss(labels, logits);
}

DenseSoftmax::DenseSoftmax(uint32_t num_features, int hidden,
                           uint32_t num_labels, uint64_t seed)
    : input_(num_features, hidden),
      output_(num_labels, hidden),
      input_bias_(Eigen::RowVectorXf::Zero(hidden)),
      output_bias_(Eigen::RowVectorXf::Zero(num_labels)),
      input_squares_(Eigen::VectorXf::Zero(num_features)),
      output_squares_(Eigen::VectorXf::Zero(num_labels)),
      input_bias_squares_(Eigen::RowVectorXf::Zero(hidden)),
      output_bias_squares_(Eigen::RowVectorXf::Zero(num_labels)),
      place_of_input_(num_features, -1) {
  const util::Rng rng(seed);
  DrawNormal(input_, rng.Stream(util::Purpose::kWeights, 0));
  DrawNormal(output_, rng.Stream(util::Purpose::kWeights, 1));
}

void DenseSoftmax::Forward(const Dataset& data,
                           std::span<const uint64_t> order) {
  hidden_.resize(Index(order.size()), input_.cols());
  for (size_t b = 0; b < order.size(); ++b) {
    const SparseView x = data[order[b]].features;
    auto row = hidden_.row(Index(b));
    row = input_bias_;
    for (size_t i = 0; i < x.size(); ++i) {
      row += x.values[i] * input_.row(x.ids[i]);
    }
  }
  hidden_ = hidden_.cwiseMax(0.0f);
  logits_.noalias() = hidden_ * output_.transpose();
  logits_.rowwise() += output_bias_;
}

void DenseSoftmax::UpdateRow(Matrix& weights, Eigen::VectorXf& accumulators,
                             Eigen::Index row,
                             const Eigen::Ref<const Eigen::RowVectorXf>& g,
                             float learning_rate) {
  const float square = g.squaredNorm() / static_cast<float>(g.size());
  if (square == 0.0f) return;
  accumulators[row] += square;
  weights.row(row) -=
      learning_rate / (std::sqrt(accumulators[row]) + 1e-8f) * g;
}

void DenseSoftmax::UpdateBias(Eigen::RowVectorXf& bias,
                              Eigen::RowVectorXf& accumulators,
                              const Eigen::RowVectorXf& gradient,
                              float learning_rate) {
  accumulators.array() += gradient.array().square();
  bias.array() -=
      learning_rate * gradient.array() / (accumulators.array().sqrt() + 1e-8f);
}

double DenseSoftmax::TrainBatch(const Dataset& data,
                                std::span<const uint64_t> order, Loss loss,
                                float learning_rate) {
  Forward(data, order);
  double loss_sum = 0.0;
  for (size_t b = 0; b < order.size(); ++b) {
    loss_sum +=
        LossAndGradient(loss, data[order[b]].labels, logits_.row(Index(b)));
  }
  hidden_gradient_.noalias() = logits_ * output_;
  hidden_gradient_ = (hidden_.array() > 0.0f).select(hidden_gradient_, 0.0f);
  output_gradient_.noalias() = logits_.transpose() * hidden_;
  for (Eigen::Index n = 0; n < output_.rows(); ++n) {
    UpdateRow(output_, output_squares_, n, output_gradient_.row(n),
              learning_rate);
  }
  UpdateBias(output_bias_, output_bias_squares_, logits_.colwise().sum(),
             learning_rate);

  touched_.clear();
  for (const uint64_t s : order) {
    for (const uint32_t i : data[s].features.ids) {
      if (place_of_input_[i] >= 0) continue;
      place_of_input_[i] = static_cast<int64_t>(touched_.size());
      touched_.push_back(i);
    }
  }
  input_gradient_.setZero(Index(touched_.size()), input_.cols());
  for (size_t b = 0; b < order.size(); ++b) {
    const SparseView x = data[order[b]].features;
    for (size_t i = 0; i < x.size(); ++i) {
      input_gradient_.row(place_of_input_[x.ids[i]]) +=
          x.values[i] * hidden_gradient_.row(Index(b));
    }
  }
  for (const uint32_t i : touched_) {
    UpdateRow(input_, input_squares_, i,
              input_gradient_.row(place_of_input_[i]), learning_rate);
    place_of_input_[i] = -1;
  }
  UpdateBias(input_bias_, input_bias_squares_, hidden_gradient_.colwise().sum(),
             learning_rate);
  return loss_sum / static_cast<double>(order.size());
}

Metrics DenseSoftmax::Evaluate(const Dataset& data) {
  constexpr size_t kBatch = 256;
  constexpr std::array<int, 3> kCuts = {1, 3, 5};
  MetricsAccumulator metrics(kCuts);
  std::array<predict::LabelScore, 5> best;
  std::array<uint32_t, 5> ranked;
  std::vector<uint64_t> order(data.size());
  std::iota(order.begin(), order.end(), uint64_t{0});
  for (size_t begin = 0; begin < order.size(); begin += kBatch) {
    const auto batch =
        std::span(order).subspan(begin, std::min(kBatch, order.size() - begin));
    Forward(data, batch);
    for (size_t b = 0; b < batch.size(); ++b) {
      predict::TopK top(best);
      top.Offer(
          {logits_.row(Index(b)).data(), static_cast<size_t>(logits_.cols())},
          0);
      for (size_t i = 0; i < top.size(); ++i) ranked[i] = best[i].label;
      metrics.Add(std::span(ranked).first(top.size()), data[batch[b]].labels);
    }
  }
  return metrics.Result();
}

}  // namespace slide::bench
