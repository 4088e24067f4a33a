#include "slide/data_statistics.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <span>
#include <utility>

#include "util/checksum.h"
#include "util/rng.h"

namespace slide {
namespace {

// Collects one count a sample.
class SpreadCounter {
 public:
  void Add(size_t count) {
    if (count >= samples_of_.size()) samples_of_.resize(count + 1);
    ++samples_of_[count];
    ++num_samples_;
    sum_ += count;
  }

  Spread Result() const {
    if (num_samples_ == 0) return {};
    return {
        .sum = sum_,
        .mean = static_cast<double>(sum_) / static_cast<double>(num_samples_),
        .p50 = Percentile(50),
        .p99 = Percentile(99),
        .max = samples_of_.size() - 1,
        .num_zero = samples_of_[0]};
  }

 private:
  // The smallest count that at least this share of the samples do not exceed.
  uint64_t Percentile(uint64_t percent) const {
    const uint64_t wanted = (num_samples_ * percent + 99) / 100;
    uint64_t num_samples = 0;
    size_t count = 0;
    while ((num_samples += samples_of_[count]) < wanted) ++count;
    return count;
  }

  std::vector<uint64_t> samples_of_;  // [count]
  uint64_t num_samples_ = 0, sum_ = 0;
};

// How many samples have each id that any has, by rising id. bound: ids are
// below it. for_each: calls f(ids) for every sample.
// Memory: by the number of ids that are there, however large they are.
template <typename ForEach>
std::vector<Frequency> Count(uint32_t bound, uint64_t num_ids,
                             ForEach&& for_each) {
  std::vector<Frequency> counts;
  if (bound / 16 <= num_ids) {
    std::vector<uint64_t> of_id(bound);
    for_each([&](std::span<const uint32_t> ids) {
      for (const uint32_t id : ids) ++of_id[id];
    });
    for (uint32_t id = 0; id < bound; ++id) {
      if (of_id[id] > 0) counts.push_back({id, of_id[id]});
    }
    return counts;
  }
  std::vector<uint32_t> all;
  all.reserve(num_ids);
  for_each([&](std::span<const uint32_t> ids) {
    all.insert(all.end(), ids.begin(), ids.end());
  });
  std::sort(all.begin(), all.end());
  for (const uint32_t id : all) {
    if (counts.empty() || counts.back().id != id) counts.push_back({id, 0});
    ++counts.back().num_samples;
  }
  return counts;
}

// Counts the counts by their number of binary digits. num_ids: with those that
// no sample has.
std::vector<uint64_t> BySize(std::span<const Frequency> counts,
                             uint64_t num_ids) {
  std::vector<uint64_t> by_size;
  if (num_ids > counts.size()) by_size = {num_ids - counts.size()};
  for (const Frequency& count : counts) {
    const auto size = static_cast<size_t>(std::bit_width(count.num_samples));
    if (size >= by_size.size()) by_size.resize(size + 1);
    ++by_size[size];
  }
  return by_size;
}

std::vector<Frequency> MostFrequent(std::vector<Frequency> all,
                                    size_t max_frequent) {
  const size_t num = std::min(all.size(), max_frequent);
  std::partial_sort(all.begin(), all.begin() + static_cast<ptrdiff_t>(num),
                    all.end(), [](const Frequency& a, const Frequency& b) {
                      return a.num_samples != b.num_samples
                                 ? a.num_samples > b.num_samples
                                 : a.id < b.id;
                    });
  all.resize(num);
  return all;
}

uint64_t HashFeatures(SparseView features) {
  return util::Checksum(std::as_bytes(features.ids)) * util::kGoldenGamma ^
         util::Checksum(std::as_bytes(features.values));
}

bool SameFeatures(SparseView a, SparseView b) {
  return std::ranges::equal(a.ids, b.ids) &&
         std::ranges::equal(a.values, b.values);
}

}  // namespace

DataStatistics MeasureData(const Dataset& data, size_t max_frequent) {
  SpreadCounter features, labels;
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    features.Add(sample.features.size());
    labels.Add(sample.labels.size());
  }
  std::vector<Frequency> feature_counts =
      Count(data.num_features(), data.num_nonzeros(), [&](auto&& f) {
        for (size_t i = 0; i < data.size(); ++i) f(data[i].features.ids);
      });
  std::vector<Frequency> label_counts =
      Count(data.num_labels(), data.num_label_marks(), [&](auto&& f) {
        for (size_t i = 0; i < data.size(); ++i) f(data[i].labels);
      });
  data.ThrowIfDamaged();
  std::vector<uint64_t> by_size = BySize(label_counts, data.num_labels());
  return {
      .features = features.Result(),
      .labels = labels.Result(),
      .label_counts = std::move(by_size),
      .frequent_labels = MostFrequent(std::move(label_counts), max_frequent),
      .frequent_features =
          MostFrequent(std::move(feature_counts), max_frequent)};
}

Overlap MeasureOverlap(const Dataset& data, const Dataset& other) {
  std::vector<std::pair<uint64_t, size_t>> hashes;  // and the sample's number
  hashes.reserve(other.size());
  for (size_t i = 0; i < other.size(); ++i) {
    const SparseView features = other[i].features;
    if (features.size() > 0) hashes.emplace_back(HashFeatures(features), i);
  }
  std::sort(hashes.begin(), hashes.end());

  Overlap overlap;
  overlap.num_samples = data.size();
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    const uint64_t hash = HashFeatures(sample.features);
    bool same_features = false, same_labels = false;
    for (auto it = std::lower_bound(hashes.begin(), hashes.end(),
                                    std::pair(hash, size_t{0}));
         it != hashes.end() && it->first == hash && !same_labels; ++it) {
      const Sample match = other[it->second];
      if (!SameFeatures(match.features, sample.features)) continue;
      same_features = true;
      same_labels = std::ranges::equal(match.labels, sample.labels);
    }
    overlap.same_features += same_features ? 1 : 0;
    overlap.same_and_labels += same_labels ? 1 : 0;
  }
  data.ThrowIfDamaged();
  other.ThrowIfDamaged();
  return overlap;
}

}  // namespace slide
