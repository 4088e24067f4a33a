#include <fmt/format.h>

#include <limits>

#include "sampling/sources.h"
#include "slide/error.h"
#include "util/aligned.h"
#include "util/check.h"

namespace slide::sampling {
namespace {

struct Picks final : CandidateSource::Scratch {
  explicit Picks(size_t num) : places(num) {}

  util::AlignedBuffer<uint64_t> places;  // in the lists of samples
};

class NeighbourSource final : public CandidateSource {
 public:
  NeighbourSource(const Dataset& data, size_t max_draws);

  std::unique_ptr<Scratch> MakeScratch() const override {
    return std::make_unique<Picks>(max_draws_);
  }

  // The draws are spread evenly over the features (stratified), which keeps
  // each one's probability. Draws of features that no sample has are dropped.
  void Add(const Query& query, size_t budget, util::Rng& rng, Scratch& scratch,
           Selection& selection) const noexcept override;

 private:
  Dataset data_;
  size_t max_draws_;
  util::AlignedBuffer<uint64_t> offsets_;  // [num_features + 1]
  // The samples with feature f: samples_[offsets_[f] .. offsets_[f + 1]),
  // ascending.
  util::AlignedBuffer<uint32_t> samples_;
};

NeighbourSource::NeighbourSource(const Dataset& data, size_t max_draws)
    : data_(data),
      max_draws_(max_draws),
      offsets_(size_t{data.num_features()} + 1) {
  constexpr size_t kMaxSamples = std::numeric_limits<uint32_t>::max();
  if (data.size() > kMaxSamples) {
    throw OptionsError(fmt::format(
        "training set: got {} samples, expected at most {} or max_neighbours 0",
        data.size(), kMaxSamples));
  }
  // Counting sort of the nonzeros by feature.
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i].labels.empty()) continue;
    for (const uint32_t f : data[i].features.ids) ++offsets_[size_t{f} + 1];
  }
  for (size_t f = 1; f < offsets_.size(); ++f) offsets_[f] += offsets_[f - 1];
  samples_ = util::AlignedBuffer<uint32_t>(
      offsets_[offsets_.size() - 1],
      "the index of neighbours (max_neighbours 0 needs none)");
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i].labels.empty()) continue;
    for (const uint32_t f : data[i].features.ids) {
      samples_[offsets_[f]++] = static_cast<uint32_t>(i);
    }
  }
  // Each feature's offset is now the next one's.
  for (size_t f = offsets_.size() - 1; f > 0; --f)
    offsets_[f] = offsets_[f - 1];
  offsets_[0] = 0;
}

void NeighbourSource::Add(const Query& query, size_t budget, util::Rng& rng,
                          Scratch& scratch,
                          Selection& selection) const noexcept {
  SLIDE_DCHECK(budget <= max_draws_);
  const SparseView x = query.features;
  const std::span<uint64_t> picks = static_cast<Picks&>(scratch).places;
  float total = 0.0f;
  for (const float value : x.values) total += value * value;
  if (!(total > 0.0f) || budget == 0) return;
  const auto num_features = static_cast<uint32_t>(offsets_.size() - 1);
  // Asked for together, the random accesses of all draws go side by side.
  size_t num_picks = 0;
  float sum = 0.0f;  // of the squares before the feature
  const float stratum = total / static_cast<float>(budget);
  size_t draw = 0;
  float mark = stratum * rng.Uniform();
  for (size_t i = 0; i < x.size() && draw < budget; ++i) {
    sum += x.values[i] * x.values[i];
    const uint32_t f = x.ids[i];
    const uint64_t begin = f < num_features ? offsets_[f] : 0;
    const uint64_t count =
        f < num_features ? offsets_[size_t{f} + 1] - begin : 0;
    while (draw < budget && mark < sum) {
      if (count > 0) {
        picks[num_picks] = begin + rng.UniformInt(count);
        __builtin_prefetch(&samples_[picks[num_picks++]], 0, 2);
      }
      ++draw;
      mark = stratum * (static_cast<float>(draw) + rng.Uniform());
    }
  }
  for (size_t p = 0; p < num_picks; ++p) {
    const std::span<const uint32_t> labels = data_[samples_[picks[p]]].labels;
    selection.Insert(labels[rng.UniformInt(labels.size())]);
  }
}

}  // namespace

std::unique_ptr<CandidateSource> MakeNeighbourSource(const Dataset& data,
                                                     size_t max_neighbours) {
  return std::make_unique<NeighbourSource>(data, max_neighbours);
}

}  // namespace slide::sampling
