#include "nn/sparse_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/sparse_part.h"
#include "options/size_rules.h"
#include "slide/error.h"
#include "util/check.h"
#include "util/memory.h"

namespace slide::nn {
namespace {

constexpr int kUsualMinSamples = 2;

}  // namespace

SparsePairs::SparsePairs(const Dataset& data, const SparsePartOptions& options,
                         const util::ThreadTeam& team)
    : data_(data), team_(team), feature_samples_(data.num_features()) {
  options.Validate();
  util::RequireMemory(
      8 * data.num_label_marks() + 24 * uint64_t{data.num_labels()} +
          (4 + 12 * static_cast<uint64_t>(team.size())) * data.num_features(),
      "finding the pairs of the sparse part (fewer --threads need less, and "
      "--sparse-part off nothing)");
  label_starts_.resize(data.num_labels() + size_t{1});
  // The features of all samples of the labels up to each one: what a worker has
  // to do.
  std::vector<uint64_t> work(data.num_labels() + size_t{1});
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    if (sample.labels.empty()) continue;
    ++num_labelled_;
    for (const uint32_t f : sample.features.ids) ++feature_samples_[f];
    for (const uint32_t n : sample.labels) {
      ++label_starts_[n + size_t{1}];
      work[n + size_t{1}] += sample.features.size();
    }
  }
  data.ThrowIfDamaged();
  std::partial_sum(label_starts_.begin(), label_starts_.end(),
                   label_starts_.begin());
  std::partial_sum(work.begin(), work.end(), work.begin());
  label_samples_.resize(label_starts_.back());
  std::vector<uint64_t> place(label_starts_.begin(), label_starts_.end() - 1);
  for (size_t i = 0; i < data.size(); ++i) {
    for (const uint32_t n : data[i].labels) label_samples_[place[n]++] = i;
  }
  const auto num_workers = static_cast<uint64_t>(team.size());
  for (uint64_t w = 1; w <= num_workers; ++w) {
    const auto end = std::ranges::lower_bound(
        work, work.back() / num_workers * w + work.back() % num_workers);
    const auto label = static_cast<uint32_t>(end - work.begin()) / 32 * 32;
    worker_ends_.push_back(w == num_workers ? data.num_labels() : label);
  }
  plan_.min_samples = options.min_samples.value_or(kUsualMinSamples);
  CountPairs();
  Cut(options);
  const double max_bytes = options.max_mebibytes * 0x1p20;
  while (static_cast<double>(plan_.num_bytes) > max_bytes &&
         !options.min_samples && plan_.min_samples < 64) {
    plan_.min_samples *= 2;
    CountPairs();
    Cut(options);
  }
  const bool has_room = static_cast<double>(plan_.num_bytes) <= max_bytes &&
                        plan_.num_bytes / 4 <= kernels::kMaxPairWords;
  plan_.is_wanted =
      options.mode == SparsePartMode::kOn ||
      (options.mode == SparsePartMode::kAuto && has_room &&
       plan_.num_pairs > 0 && options::WantsSparsePart(data.num_features()));
  if (plan_.is_wanted && !has_room) {
    throw OptionsError(fmt::format(
        "sparse_part.max_mebibytes: got {}, expected {:.0f} or more for {} "
        "pairs and {} labels, and no more than 16384; a smaller "
        "sparse_part.max_entries makes fewer",
        options.max_mebibytes,
        std::ceil(static_cast<double>(plan_.num_bytes) / 0x1p20),
        plan_.num_pairs, data.num_labels()));
  }
}

template <typename Visit>
void SparsePairs::ForEachPair(int min_samples, Visit&& visit) const {
  team_.Run([&](int w, int) {
    const auto worker = static_cast<size_t>(w);
    std::vector<uint32_t> counts(data_.num_features());
    std::vector<uint32_t> seen;
    const uint32_t begin = worker == 0 ? 0 : worker_ends_[worker - 1];
    for (uint32_t n = begin; n < worker_ends_[worker]; ++n) {
      const uint64_t first = label_starts_[n];
      const uint64_t last = label_starts_[n + size_t{1}];
      for (uint64_t s = first; s < last; ++s) {
        for (const uint32_t f : data_[label_samples_[s]].features.ids) {
          if (counts[f]++ == 0) seen.push_back(f);
        }
      }
      const uint64_t enough =
          std::min(static_cast<uint64_t>(min_samples), last - first);
      for (const uint32_t f : seen) {
        if (counts[f] >= enough) visit(worker, f, n);
        counts[f] = 0;
      }
      seen.clear();
    }
  });
  data_.ThrowIfDamaged();
}

void SparsePairs::CountPairs() {
  num_pairs_.assign(worker_ends_.size(), {});
  for (auto& counts : num_pairs_) counts.resize(data_.num_features());
  ForEachPair(plan_.min_samples, [&](size_t worker, uint32_t f, uint32_t) {
    ++num_pairs_[worker][f];
  });
}

uint64_t SparsePairs::NumPairs(size_t feature) const noexcept {
  if (feature_samples_[feature] > plan_.max_feature_samples) return 0;
  uint64_t num = 0;
  for (const auto& counts : num_pairs_) num += counts[feature];
  return num;
}

void SparsePairs::Cut(const SparsePartOptions& options) {
  const auto num_samples =
      static_cast<double>(std::max<uint64_t>(1, num_labelled_));
  // A share such as 0.29 of 100 is 29, whatever rounding makes of it.
  constexpr double kRounding = 1e-9;
  plan_.max_feature_samples =
      options.max_feature_share
          ? static_cast<uint64_t>(std::floor(
                *options.max_feature_share * num_samples + kRounding))
          : options::DefaultMaxFeatureSamples(num_labelled_);
  // Features by the number of their samples: kept are those with few.
  std::vector<uint32_t> features(data_.num_features());
  std::iota(features.begin(), features.end(), 0u);
  std::ranges::sort(features, {},
                    [&](uint32_t f) { return feature_samples_[f]; });
  const double most = options.max_entries * num_samples;
  double entries = 0.0;
  plan_.num_features = plan_.num_pairs = 0;
  for (size_t i = 0; i < features.size();) {
    const uint32_t samples = feature_samples_[features[i]];
    if (samples > plan_.max_feature_samples) break;
    // Features of as many samples are kept or left out together.
    uint64_t num_features = 0, num_pairs = 0;
    for (; i < features.size() && feature_samples_[features[i]] == samples;
         ++i) {
      const uint64_t num = NumPairs(features[i]);
      num_pairs += num;
      if (num > 0) ++num_features;
    }
    const double more =
        static_cast<double>(num_pairs) * static_cast<double>(samples);
    if (entries + more > most) {
      plan_.max_feature_samples = samples - 1;
      break;
    }
    entries += more;
    plan_.num_features += num_features;
    plan_.num_pairs += num_pairs;
  }
  plan_.entries = entries / num_samples;
  plan_.num_bytes = data_.num_features() * sizeof(kernels::PairList) +
                    MakeLists(data_.num_labels()).num_words * sizeof(uint32_t) +
                    data_.num_labels() * sizeof(float);
}

SparsePairs::Lists SparsePairs::MakeLists(uint64_t num_labels) const {
  Lists made;
  made.lists.resize(data_.num_features());
  for (size_t f = 0; f < made.lists.size(); ++f) {
    made.lists[f].num = static_cast<uint32_t>(NumPairs(f));
  }
  made.num_words = PlaceLists(made.lists, num_labels);
  return made;
}

uint64_t PlaceLists(std::span<kernels::PairList> lists, uint64_t num_labels) {
  uint64_t end = 0;
  for (kernels::PairList& list : lists) {
    list.is_dense = kernels::IsDense(list.num, num_labels) ? 1 : 0;
    if (list.is_dense != 0) {
      end = (end + kernels::kGroupWords - 1) / kernels::kGroupWords *
            kernels::kGroupWords;
    }
    list.begin = end;
    end += list.NumWords(num_labels);
  }
  return end;
}

void SparsePairs::Fill(std::span<const kernels::PairList> lists,
                       kernels::Pairs pairs) const {
  // The next place in each sparse list, for each worker: lists ascend, because
  // a worker's labels do, and stand before those of the next one.
  std::vector<std::vector<uint32_t>> next(num_pairs_.size());
  std::vector<uint32_t> place(lists.size());
  for (size_t w = 0; w < next.size(); ++w) {
    next[w] = place;
    for (size_t f = 0; f < place.size(); ++f) place[f] += num_pairs_[w][f];
  }
  ForEachPair(plan_.min_samples, [&](size_t worker, uint32_t f, uint32_t n) {
    if (lists[f].num == 0) return;
    if (lists[f].is_dense != 0) {
      pairs.ids(lists[f])[n / 32] |= uint32_t{1} << (n % 32);
    } else {
      pairs.ids(lists[f])[next[worker][f]++] = n;
    }
  });
  for (const kernels::PairList& list : lists) {
    if (list.is_dense != 0) kernels::SetRanks(pairs, list);
  }
}

}  // namespace slide::nn
