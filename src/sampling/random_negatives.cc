#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "sampling/alias_sampler.h"
#include "sampling/sources.h"
#include "util/aligned.h"

namespace slide::sampling {
namespace {

struct Draws final : CandidateSource::Scratch {
  explicit Draws(size_t num) : begun(num) {}

  util::AlignedBuffer<AliasSampler::Pick> begun;
};

// Every neuron that is left, each standing for itself: the full softmax.
void AddAll(Selection& selection) noexcept {
  for (size_t n = 0; n < selection.num_neurons(); ++n) {
    selection.Insert(static_cast<uint32_t>(n));
  }
}

// Draws by frequency and evenly. A neuron that is not selected is drawn about
// num * q(n) times, which its correction makes up for.
class MixedNegatives final : public CandidateSource {
 public:
  MixedNegatives(std::span<const uint64_t> label_counts, double frequency_share,
                 size_t num, bool has_corrections)
      : num_(num),
        sampler_(label_counts, frequency_share, has_corrections ? num : 0) {}

  std::unique_ptr<Scratch> MakeScratch() const override {
    return std::make_unique<Draws>(num_);
  }

  void Start(util::Rng& rng, Scratch& scratch) const noexcept override {
    auto& draws = static_cast<Draws&>(scratch);
    for (size_t i = 0; i < num_; ++i) draws.begun[i] = sampler_.StartDraw(rng);
  }

  void Add(const Query& /*query*/, size_t budget, util::Rng& /*rng*/,
           Scratch& scratch, Selection& selection) const noexcept override {
    if (budget == selection.num_others()) return AddAll(selection);
    const auto& draws = static_cast<const Draws&>(scratch);
    for (size_t i = 0; i < num_; ++i) {
      const auto [neuron, correction] = sampler_.FinishDraw(draws.begun[i]);
      selection.Insert(neuron, correction);
    }
  }

 private:
  size_t num_;
  AliasSampler sampler_;
};

// Different neurons, all equally likely.
class EvenNegatives final : public CandidateSource {
 public:
  explicit EvenNegatives(bool has_corrections)
      : has_corrections_(has_corrections) {}

  std::unique_ptr<Scratch> MakeScratch() const override {
    return std::make_unique<Scratch>();
  }

  void Add(const Query& /*query*/, size_t budget, util::Rng& rng,
           Scratch& /*scratch*/, Selection& selection) const noexcept override {
    const size_t others = selection.num_others();
    if (budget == others) return AddAll(selection);
    // Each stands for as many.
    const float correction =
        has_corrections_
            ? static_cast<float>(std::log(static_cast<double>(others) /
                                          static_cast<double>(budget)))
            : 0.0f;
    if (others >= 2 * budget) {
      while (budget > 0) {
        const auto n = static_cast<uint32_t>(
            rng.UniformSplit(selection.num_neurons()).whole);
        if (selection.Insert(n, correction)) --budget;
      }
      return;
    }
    // Drawing until enough are new would take long: walk over those not
    // selected and take each with the probability that fills the budget (Knuth,
    // "The Art of Computer Programming" vol. 2, 3.4.2, algorithm S).
    size_t left = others;
    for (uint32_t n = 0; budget > 0; ++n) {
      if (selection.ids().Contains(n)) continue;
      if (rng.UniformInt(left--) >= budget) continue;
      selection.Insert(n, correction);
      --budget;
    }
  }

 private:
  bool has_corrections_;
};

// Counts with the shares of the log-uniform distribution, by the ranks of
// label_counts; of labels that are equally frequent the first is the first.
std::vector<uint64_t> LogUniformCounts(std::span<const uint64_t> label_counts) {
  constexpr double kScale = 1e15;  // for shares of 1e-10 to have six digits
  const size_t n = label_counts.size();
  std::vector<uint32_t> by_rank(n);
  std::iota(by_rank.begin(), by_rank.end(), uint32_t{0});
  std::ranges::stable_sort(by_rank, std::ranges::greater(),
                           [&](uint32_t i) { return label_counts[i]; });
  std::vector<uint64_t> counts(n);
  for (size_t rank = 0; rank < n; ++rank) {
    const auto r = static_cast<double>(rank);
    counts[by_rank[rank]] =
        static_cast<uint64_t>(kScale * std::log1p(1.0 / (r + 1.0)) /
                              std::log(static_cast<double>(n) + 1.0));
  }
  return counts;
}

}  // namespace

std::unique_ptr<CandidateSource> MakeRandomNegatives(
    const SamplingOptions& options, std::span<const uint64_t> label_counts) {
  const bool has_corrections = options.correction == Correction::kLogQ;
  const auto num = static_cast<size_t>(options.random_negatives);
  // A number as large as that of the neurons takes all of them: nothing is
  // drawn.
  const bool is_even =
      options.negative_distribution == NegativeDistribution::kMixed &&
      options.frequency_share == 0.0;
  if (is_even || num >= label_counts.size()) {
    return std::make_unique<EvenNegatives>(has_corrections);
  }
  if (options.negative_distribution == NegativeDistribution::kLogUniform) {
    return std::make_unique<MixedNegatives>(LogUniformCounts(label_counts), 1.0,
                                            num, has_corrections);
  }
  return std::make_unique<MixedNegatives>(label_counts, options.frequency_share,
                                          num, has_corrections);
}

}  // namespace slide::sampling
