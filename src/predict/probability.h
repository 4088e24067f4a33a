// ProbabilityRule: logits to probabilities, as slide/probability.h has it.
#pragma once

#include <algorithm>
#include <cmath>

#include "nn/network_core.h"
#include "slide/probability.h"

namespace slide::predict {

inline double Sigmoid(double x) noexcept { return 1.0 / (1.0 + std::exp(-x)); }
inline double LogOdds(double p) noexcept {
  return std::log(p) - std::log1p(-p);
}

// The log odds of the label with a logit of a softmax with this normalizer.
inline double SoftmaxLogOdds(double logit, double log_normalizer) noexcept {
  const double log_p = std::min(logit - log_normalizer, 0.0);
  return log_p - std::log1p(-std::exp(log_p));
}

class ProbabilityRule {
 public:
  ProbabilityRule(ProbabilityForm form, double temperature, double offset)
      : form_(form), slope_(1.0 / temperature), offset_(offset) {}

  // Returns the rule of a loss, uncalibrated. Unset: not known.
  static ProbabilityRule OfLoss(std::optional<Loss> loss) {
    return {loss == Loss::kSigmoid ? ProbabilityForm::kLogistic
                                   : ProbabilityForm::kSoftmax,
            1.0, 0.0};
  }
  static ProbabilityRule OfNetwork(const nn::NetworkCore& network) {
    const auto& found = network.calibration();
    if (!found) return OfLoss(network.loss());
    return {found->form, found->temperature, found->offset};
  }

  ProbabilityForm form() const noexcept { return form_; }
  bool needs_normalizer() const noexcept {
    return form_ != ProbabilityForm::kLogistic;
  }
  // The logits' factor in the sum of exponentials whose logarithm is what is
  // called the normalizer here.
  double normalizer_slope() const noexcept {
    return form_ == ProbabilityForm::kSoftmax ? slope_ : 1.0;
  }

  float Of(float logit, double log_normalizer) const noexcept {
    const double z = static_cast<double>(logit);
    switch (form_) {
      case ProbabilityForm::kSoftmax:
        // The normalizer was summed in floats and may be a little less.
        return static_cast<float>(
            std::exp(std::min(slope_ * z - log_normalizer, 0.0)));
      case ProbabilityForm::kLogistic:
        return static_cast<float>(Sigmoid(slope_ * z + offset_));
      case ProbabilityForm::kOdds:
        break;
    }
    return static_cast<float>(
        Sigmoid(slope_ * SoftmaxLogOdds(z, log_normalizer) + offset_));
  }

  // A logit below which no label has this probability or more.
  float LeastLogit(double probability, double log_normalizer) const noexcept {
    // Less by more than what Of() may round up.
    const double p = probability * (1.0 - 1e-6);
    double logit = 0.0;
    if (form_ == ProbabilityForm::kSoftmax) {
      logit = (log_normalizer + std::log(p)) / slope_;
    } else {
      logit = (LogOdds(p) - offset_) / slope_;
      // exp(log p) = 1 / (1 + exp(-log odds))
      if (form_ == ProbabilityForm::kOdds) {
        logit = log_normalizer -
                (logit < -700.0 ? -logit : std::log1p(std::exp(-logit)));
      }
    }
    return static_cast<float>(logit - 1e-5 * (1.0 + std::abs(logit)));
  }

 private:
  ProbabilityForm form_;
  double slope_, offset_;
};

}  // namespace slide::predict
