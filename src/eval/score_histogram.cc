#include "eval/score_histogram.h"

#include <cmath>

#include "predict/probability.h"

namespace slide::eval {
namespace {

using predict::Sigmoid;

// log(1 + exp(x))
double Softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

}  // namespace

void ScoreHistogram::Merge(const ScoreHistogram& other) noexcept {
  for (size_t b = 0; b < kNumBins; ++b) {
    bins_[b].falses += other.bins_[b].falses;
    bins_[b].trues += other.bins_[b].trues;
  }
}

uint64_t ScoreHistogram::num_true() const noexcept {
  uint64_t num = 0;
  for (const Bin& bin : bins_) num += bin.trues;
  return num;
}

double ScoreHistogram::Loss(const Line& line) const {
  double loss = 0.0;
  for (size_t b = 0; b < kNumBins; ++b) {
    const double x = line.slope * Score(b) + line.offset;
    loss += static_cast<double>(bins_[b].falses) * Softplus(x) +
            static_cast<double>(bins_[b].trues) * Softplus(-x);
  }
  return loss;
}

ScoreHistogram::Line ScoreHistogram::Fit() const {
  // Keeps the slope above 0 and finite where one score, or none, parts the true
  // from the false: the weight of a normal prior around a slope of 1.
  constexpr double kPrior = 1e-3;
  constexpr int kMaxSteps = 100;
  const auto objective = [&](const Line& line) {
    const double from_one = line.slope - 1.0;
    return Loss(line) +
           0.5 * kPrior * (from_one * from_one + line.offset * line.offset);
  };
  Line line;
  double least = objective(line);
  for (int step = 0; step < kMaxSteps; ++step) {
    // First and second derivatives by slope and offset.
    double ds = kPrior * (line.slope - 1.0), dt = kPrior * line.offset;
    double dss = kPrior, dst = 0.0, dtt = kPrior;
    for (size_t b = 0; b < kNumBins; ++b) {
      const double trues = static_cast<double>(bins_[b].trues);
      const double all = trues + static_cast<double>(bins_[b].falses);
      if (all == 0.0) continue;
      const double x = Score(b);
      const double p = Sigmoid(line.slope * x + line.offset);
      const double slope = all * p - trues, curve = all * p * (1.0 - p);
      ds += slope * x;
      dt += slope;
      dss += curve * x * x;
      dst += curve * x;
      dtt += curve;
    }
    const double determinant = dss * dtt - dst * dst;
    double change_s = (dtt * ds - dst * dt) / determinant;
    double change_t = (dss * dt - dst * ds) / determinant;
    Line better;
    double loss = 0.0;
    for (int half = 0;; ++half) {
      better = {line.slope - change_s, line.offset - change_t};
      loss = objective(better);
      if (better.slope > 0.0 && loss < least) break;
      if (half == 50) return line;  // no step is better: this is the least
      change_s *= 0.5;
      change_t *= 0.5;
    }
    line = better;
    if (least - loss <= 1e-12 * least) break;
    least = loss;
  }
  return line;
}

double ScoreHistogram::CalibrationError(const Line& line) const {
  constexpr double kParts = 20.0;
  double mass = 0.0;
  for (size_t b = 0; b < kNumBins; ++b) {
    mass += static_cast<double>(bins_[b].falses + bins_[b].trues) *
            Sigmoid(line.slope * Score(b) + line.offset);
  }
  double error = 0.0, done = 0.0;
  double all = 0.0, sum = 0.0, trues = 0.0;  // of the part at hand
  for (size_t b = kNumBins; b-- > 0;) {
    const double num = static_cast<double>(bins_[b].falses + bins_[b].trues);
    if (num == 0.0) continue;
    all += num;
    sum += num * Sigmoid(line.slope * Score(b) + line.offset);
    trues += static_cast<double>(bins_[b].trues);
    if (sum < mass / kParts && done + sum < mass * (1.0 - 1e-12)) continue;
    error += sum / mass * std::abs(sum - trues) / all;
    done += sum;
    all = sum = trues = 0.0;
  }
  return error;
}

ScoreHistogram::Cut ScoreHistogram::BestCut(const Line& line) const {
  const double positives = static_cast<double>(num_true());
  double hits = 0.0, taken = 0.0;
  Cut best;
  for (size_t b = kNumBins; b-- > 0;) {
    hits += static_cast<double>(bins_[b].trues);
    taken += static_cast<double>(bins_[b].trues + bins_[b].falses);
    if (bins_[b].trues == 0) continue;
    const double f1 = 2.0 * hits / (taken + positives);
    if (f1 <= best.f1) continue;
    const double edge = Score(b) - 0.5 / kBinsPerUnit;
    best = {Sigmoid(line.slope * edge + line.offset), f1};
  }
  return best;
}

}  // namespace slide::eval
