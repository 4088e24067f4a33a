#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "eval/label_thresholds.h"
#include "eval/sample_indices.h"
#include "eval/score_histogram.h"
#include "eval/score_visit.h"
#include "nn/network_access.h"
#include "predict/check_samples.h"
#include "slide/calibration.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide {
namespace {

using eval::ForEachBlock;
using eval::Scene;
using eval::ScoreHistogram;
using eval::VisitScores;
using predict::ProbabilityRule;

constexpr auto kAllLabels = [](uint32_t) { return true; };

// The log odds of all pairs, uncalibrated: logits, or the odds of the rule's
// softmax.
ScoreHistogram HistogramOf(const Scene& scene, const ProbabilityRule& rule) {
  std::vector<ScoreHistogram> parts(static_cast<size_t>(scene.team.size()));
  const double slope = rule.normalizer_slope();
  VisitScores(scene, rule, kAllLabels,
              [&](int worker, const eval::ScoredPair& pair) {
                const double z = static_cast<double>(pair.logit);
                parts[static_cast<size_t>(worker)].Add(
                    rule.needs_normalizer()
                        ? predict::SoftmaxLogOdds(slope * z, pair.normalizer)
                        : z,
                    pair.is_true);
              });
  for (size_t i = 1; i < parts.size(); ++i) parts[0].Merge(parts[i]);
  return std::move(parts[0]);
}

// A softmax's loss over all labelled samples at some 1 / temperature, and its
// derivatives by it.
struct SoftmaxLoss {
  double value = 0.0, slope = 0.0, curve = 0.0;
};

SoftmaxLoss SoftmaxLossAt(const Scene& scene, double inverse) {
  // Sums over a sample's labels, of exp(inverse * z - max) and of it times z
  // and z^2; and over those that it has.
  struct Sums {
    double max = -std::numeric_limits<double>::infinity();
    double one = 0.0, z = 0.0, zz = 0.0;
    double true_z = 0.0;
  };
  constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
  // One a block, added in their order.
  std::vector<SoftmaxLoss> blocks((scene.samples.size() + kBlock - 1) / kBlock);
  ForEachBlock(scene.data, scene.samples, scene.team, [&](int) {
    return [&, search = predict::ExactSearch(scene.network, 1),
            inputs = std::vector<SparseView>(), sums = std::vector<Sums>()](
               size_t b, std::span<const uint64_t> block) mutable {
      eval::InputsOf(scene.data, block, inputs);
      sums.assign(block.size(), {});
      search.Scan(inputs, [&](size_t q, size_t first,
                              std::span<const float> scores) {
        Sums& s = sums[q];
        for (const float score : scores) {
          const double z = static_cast<double>(score);
          if (inverse * z > s.max) {
            const double less = std::exp(s.max - inverse * z);
            s.one *= less;
            s.z *= less;
            s.zz *= less;
            s.max = inverse * z;
          }
          const double e = std::exp(inverse * z - s.max);
          s.one += e;
          s.z += e * z;
          s.zz += e * z * z;
        }
        const auto labels = scene.data[block[q]].labels;
        for (auto label = std::ranges::lower_bound(labels, first);
             label != labels.end() && *label < first + scores.size(); ++label) {
          s.true_z += static_cast<double>(scores[*label - first]) /
                      static_cast<double>(labels.size());
        }
      });
      for (size_t q = 0; q < block.size(); ++q) {
        if (scene.data[block[q]].labels.empty()) continue;
        const Sums& s = sums[q];
        const double mean = s.z / s.one;
        blocks[b].value += s.max + std::log(s.one) - inverse * s.true_z;
        blocks[b].slope += mean - s.true_z;
        blocks[b].curve += s.zz / s.one - mean * mean;
      }
    };
  });
  SoftmaxLoss all;
  for (const SoftmaxLoss& block : blocks) {
    all.value += block.value;
    all.slope += block.slope;
    all.curve += block.curve;
  }
  return all;
}

// The 1 / temperature of the least loss, by Newton's method: the loss is
// convex. Within factors of 20 of 1, where samples without a mistake would
// lead further.
double FitSoftmax(const Scene& scene, SoftmaxLoss& before, SoftmaxLoss& after) {
  constexpr double kLeast = 0.05, kMost = 20.0;
  double inverse = 1.0;
  before = after = SoftmaxLossAt(scene, inverse);
  for (int step = 0; step < 20; ++step) {
    double change = after.curve > 0.0 ? after.slope / after.curve : 0.0;
    bool is_better = false;
    for (int half = 0; half < 10 && !is_better; ++half, change *= 0.5) {
      const double next = std::clamp(inverse - change, kLeast, kMost);
      if (std::abs(next - inverse) < 1e-5 * inverse) return inverse;
      const SoftmaxLoss loss = SoftmaxLossAt(scene, next);
      if (loss.value >= after.value) continue;
      is_better = true;
      inverse = next;
      after = loss;
    }
    if (!is_better) break;
  }
  return inverse;
}

ProbabilityForm FormFor(const Scene& scene) {
  const Loss loss = scene.network.loss().value_or(Loss::kSoftmax);
  if (loss == Loss::kSigmoid) return ProbabilityForm::kLogistic;
  // With one label a sample, the decoupled loss is that of a softmax.
  const bool is_single = std::ranges::all_of(scene.samples, [&](uint64_t i) {
    return scene.data[i].labels.size() == 1;
  });
  if (is_single) return ProbabilityForm::kSoftmax;
  return loss == Loss::kDecoupled ? ProbabilityForm::kLogistic
                                  : ProbabilityForm::kOdds;
}

void RequireLabels(const ScoreHistogram& scores) {
  if (scores.num_true() > 0) return;
  throw DataError("data: got no label, expected samples with labels");
}

// Fits the calibration of its form. Returns log odds of all pairs, and sets the
// line from which their probabilities follow.
ScoreHistogram FitForm(const Scene& scene, CalibrationReport& report,
                       ScoreHistogram::Line& line) {
  Calibration& found = report.calibration;
  const double num_samples = static_cast<double>(scene.samples.size());
  const auto plain = ProbabilityRule::OfLoss(scene.network.loss());
  const ScoreHistogram before = HistogramOf(scene, plain);
  RequireLabels(before);
  report.before = {before.Loss({}) / num_samples, before.CalibrationError({})};
  if (found.form == ProbabilityForm::kSoftmax) {
    SoftmaxLoss old_loss, new_loss;
    const double inverse = FitSoftmax(scene, old_loss, new_loss);
    found.temperature = 1.0 / inverse;
    ScoreHistogram after =
        HistogramOf(scene, ProbabilityRule(found.form, found.temperature, 0.0));
    report.before.loss = old_loss.value / num_samples;
    report.after = {new_loss.value / num_samples, after.CalibrationError({})};
    return after;
  }
  // Odds are those of the softmax before.
  ScoreHistogram scores =
      found.form == ProbabilityForm::kOdds || !plain.needs_normalizer()
          ? before
          : HistogramOf(scene, ProbabilityRule(found.form, 1.0, 0.0));
  line = scores.Fit();
  found.temperature = 1.0 / line.slope;
  found.offset = line.offset;
  report.after = {scores.Loss(line) / num_samples,
                  scores.CalibrationError(line)};
  return scores;
}

// The samples that are looked at. Throws: DataError if the network does not
// suit the data.
std::vector<uint64_t> SamplesOf(const Network& network, const Dataset& data,
                                const CalibrateOptions& options) {
  predict::CheckFits(network.options(), data, "data");
  return eval::SampleIndices(data.size(), options.num_samples, options.seed);
}

}  // namespace

CalibrationReport Calibrate(const Network& network, const Dataset& validation,
                            const CalibrateOptions& options) {
  options.Validate();
  const std::vector<uint64_t> samples = SamplesOf(network, validation, options);
  const util::ThreadTeam team(options.num_threads);
  const Scene scene = {nn::NetworkAccess::Core(network), validation, samples,
                       team};
  CalibrationReport report;
  Calibration& found = report.calibration;
  found.form = FormFor(scene);
  found.num_samples = samples.size();
  ScoreHistogram::Line line;
  const ScoreHistogram scores = FitForm(scene, report, line);
  if (options.thresholds == ThresholdKind::kNone) return report;

  const ScoreHistogram::Cut cut = scores.BestCut(line);
  found.threshold = cut.probability;
  report.micro_f1 = cut.f1;
  if (options.thresholds == ThresholdKind::kOne) return report;
  eval::OwnThresholds own = eval::LabelThresholds(
      scene, ProbabilityRule(found.form, found.temperature, found.offset),
      static_cast<uint64_t>(options.min_positives),
      static_cast<float>(cut.probability));
  found.label_thresholds = std::move(own.thresholds);
  report.num_own = own.num_own;
  return report;
}

Reliability MeasureReliability(const Network& network, const Dataset& data,
                               const CalibrateOptions& options) {
  options.Validate();
  const std::vector<uint64_t> samples = SamplesOf(network, data, options);
  const util::ThreadTeam team(options.num_threads);
  const Scene scene = {nn::NetworkAccess::Core(network), data, samples, team};
  const auto rule = ProbabilityRule::OfNetwork(scene.network);
  ScoreHistogram::Line line;
  const std::optional<Calibration>& found = network.calibration();
  if (found && rule.form() != ProbabilityForm::kSoftmax) {
    line = {1.0 / found->temperature, found->offset};
  }
  const ScoreHistogram scores = HistogramOf(scene, rule);
  RequireLabels(scores);
  const double error = scores.CalibrationError(line);
  if (rule.form() != ProbabilityForm::kSoftmax) {
    return {scores.Loss(line) / static_cast<double>(samples.size()), error};
  }
  // A sample without labels has no loss in a softmax.
  const auto num_labelled = std::ranges::count_if(
      samples, [&](uint64_t i) { return !data[i].labels.empty(); });
  return {SoftmaxLossAt(scene, rule.normalizer_slope()).value /
              static_cast<double>(num_labelled),
          error};
}

}  // namespace slide
