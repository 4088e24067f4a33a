#include "cli/data_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>

#include "cli/names.h"
#include "hashing/auto_settings.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "util/binary_io.h"
#include "util/rng.h"

namespace slide::cli {
namespace {

template <typename CountOf>
Spread SpreadOf(const Dataset& data, CountOf count_of) {
  Spread spread;
  std::vector<uint64_t> samples_of;  // [count]
  for (size_t i = 0; i < data.size(); ++i) {
    const size_t count = count_of(data[i]);
    if (count >= samples_of.size()) samples_of.resize(count + 1);
    ++samples_of[count];
    spread.sum += count;
  }
  if (samples_of.empty()) return spread;
  // The smallest count that at least this share of the samples do not exceed.
  const auto quantile = [&](uint64_t percent) {
    const uint64_t wanted = (data.size() * percent + 99) / 100;
    uint64_t num_samples = 0;
    size_t count = 0;
    while ((num_samples += samples_of[count]) < wanted) ++count;
    return uint64_t{count};
  };
  spread.mean =
      static_cast<double>(spread.sum) / static_cast<double>(data.size());
  spread.p50 = quantile(50);
  spread.p99 = quantile(99);
  spread.max = samples_of.size() - 1;
  spread.num_zero = samples_of[0];
  return spread;
}

// Labels by the number of digits that their count has in binary.
std::vector<uint64_t> BySize(std::span<const uint64_t> counts) {
  std::vector<uint64_t> by_size;
  for (const uint64_t count : counts) {
    const auto size = static_cast<size_t>(std::bit_width(count));
    if (size >= by_size.size()) by_size.resize(size + 1);
    ++by_size[size];
  }
  return by_size;
}

// Samples that have each feature.
std::vector<uint64_t> FeatureCounts(const Dataset& data) {
  std::vector<uint64_t> counts(data.num_features(), 0);
  for (size_t i = 0; i < data.size(); ++i) {
    for (const uint32_t id : data[i].features.ids) ++counts[id];
  }
  return counts;
}

std::vector<Frequent> MostFrequent(std::span<const uint64_t> counts,
                                   const std::vector<std::string>& names) {
  constexpr size_t kMaxShown = 10;
  std::vector<uint32_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0u);
  const size_t num_shown = std::min(order.size(), kMaxShown);
  std::partial_sort(
      order.begin(), order.begin() + static_cast<ptrdiff_t>(num_shown),
      order.end(), [&](uint32_t a, uint32_t b) {
        return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
      });
  std::vector<Frequent> frequent;
  for (size_t i = 0; i < num_shown && counts[order[i]] > 0; ++i) {
    frequent.push_back(
        {order[i], names.empty() ? "" : names[order[i]], counts[order[i]]});
  }
  return frequent;
}

uint64_t HashFeatures(SparseView features) {
  return util::Checksum(std::as_bytes(features.ids)) * util::kGoldenGamma ^
         util::Checksum(std::as_bytes(features.values));
}

bool SameFeatures(SparseView a, SparseView b) {
  return std::ranges::equal(a.ids, b.ids) &&
         std::ranges::equal(a.values, b.values);
}

Duplicates FindDuplicates(const Dataset& data, const Dataset& other) {
  std::vector<std::pair<uint64_t, size_t>> hashes;  // and the sample's number
  hashes.reserve(data.size());
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i].features.size() == 0) continue;
    hashes.emplace_back(HashFeatures(data[i].features), i);
  }
  std::sort(hashes.begin(), hashes.end());

  Duplicates found;
  found.num_samples = other.size();
  for (size_t i = 0; i < other.size(); ++i) {
    const Sample sample = other[i];
    const uint64_t hash = HashFeatures(sample.features);
    bool same_features = false, same_labels = false;
    for (auto it = std::lower_bound(hashes.begin(), hashes.end(),
                                    std::pair(hash, size_t{0}));
         it != hashes.end() && it->first == hash && !same_labels; ++it) {
      const Sample mine = data[it->second];
      if (!SameFeatures(mine.features, sample.features)) continue;
      same_features = true;
      same_labels = std::ranges::equal(mine.labels, sample.labels);
    }
    found.same_features += same_features ? 1 : 0;
    found.same_and_labels += same_labels ? 1 : 0;
  }
  return found;
}

uint64_t DataBytes(const CsrView& a) {
  return a.feature_offsets.size_bytes() + a.feature_ids.size_bytes() +
         a.feature_values.size_bytes() + a.label_offsets.size_bytes() +
         a.label_ids.size_bytes();
}

// Bits of a bucket's address.
int AddressBits(const HashOptions& hash) {
  switch (hash.kind) {
    case HashKind::kSimHash:
      return std::min(*hash.table_bits, *hash.hashes_per_table);
    case HashKind::kWta:
    case HashKind::kDwta:  // a winner among 8 takes 3 bits
      return std::min(*hash.table_bits, 3 * *hash.hashes_per_table);
    default:
      return *hash.table_bits;
  }
}

uint64_t TableBytes(const NetworkOptions& network) {
  if (network.hash.kind == HashKind::kNone) return 0;
  const HashOptions hash =
      hashing::SettledHash(network.hash, network.num_labels);
  const uint64_t num_starts = (uint64_t{1} << AddressBits(hash)) + 1;
  return static_cast<uint64_t>(*hash.num_tables) *
         (num_starts + network.num_labels) * sizeof(uint32_t);
}

std::string FormatSpread(const Spread& spread) {
  return fmt::format(
      "{}; {:.2f} a point, half have at most {}, 99 % {}, all {}",
      FormatCount(spread.sum), spread.mean, FormatCount(spread.p50),
      FormatCount(spread.p99), FormatCount(spread.max));
}

Json SpreadJson(const Spread& spread) {
  return {{"sum", spread.sum}, {"mean", spread.mean},
          {"p50", spread.p50}, {"p99", spread.p99},
          {"max", spread.max}, {"zero", spread.num_zero}};
}

std::string FormatFrequent(const std::vector<Frequent>& frequent,
                           const char* thing) {
  std::string text = fmt::format("\n{:>13}  {}\n", "points", thing);
  for (const Frequent& one : frequent) {
    text += fmt::format("{:>13}  {}\n", FormatCount(one.num_samples),
                        one.name.empty() ? fmt::to_string(one.id) : one.name);
  }
  return text;
}

Json FrequentJson(const std::vector<Frequent>& frequent) {
  Json json = Json::array();
  for (const Frequent& one : frequent) {
    Json entry = {{"id", one.id}};
    if (!one.name.empty()) entry["name"] = one.name;
    entry["points"] = one.num_samples;
    json.push_back(std::move(entry));
  }
  return json;
}

// The counts of label_counts[i].
std::string FormatRange(size_t i) {
  if (i <= 1) return fmt::to_string(i);
  const uint64_t first = uint64_t{1} << (i - 1);
  return FormatCount(first) + "-" + FormatCount(2 * first - 1);
}

}  // namespace

DataInfo ReadDataInfo(const std::string& path, const DataInfoOptions& options) {
  DataInfo info;
  info.path = path;
  ReadOptions read = options.read;
  Dataset data;
  if (IsCache(path)) {
    if (options.verify) VerifyCache(path);
    info.verified = options.verify;
    data = OpenCache(path, &info.cache.emplace());
    read.normalize = info.cache->normalized;  // of what it is compared with
  } else {
    if (options.verify) {
      throw OptionsError(
          "--verify: allowed with a cache; all of a text is checked whenever "
          "it "
          "is read");
    }
    data = ReadData(path, read);
  }
  info.num_samples = data.size();
  info.num_features = data.num_features();
  info.num_labels = data.num_labels();
  info.nonzeros = SpreadOf(
      data, [](const Sample& sample) { return sample.features.size(); });
  info.labels =
      SpreadOf(data, [](const Sample& sample) { return sample.labels.size(); });
  data.ThrowIfDamaged();
  const std::vector<uint64_t> counts = data.LabelCounts();
  info.label_counts = BySize(counts);
  if (!counts.empty()) {
    info.most_frequent = *std::max_element(counts.begin(), counts.end());
  }

  info.frequent_labels = MostFrequent(
      counts, ReadNames(options.labels_path, counts.size(), "labels"));
  info.frequent_features = MostFrequent(
      FeatureCounts(data),
      ReadFeatureNames(options.features_path, data.num_features(), "features"));

  NetworkOptions network = options.network;
  network.num_features = info.num_features;
  network.num_labels = info.num_labels;
  info.memory = {.data = DataBytes(data.arrays()),
                 .layers = nn::NetworkCore::RowBytes(network),
                 .tables = TableBytes(network)};

  if (!options.against_path.empty()) {
    const Dataset other = ReadData(options.against_path, read);
    info.duplicates = FindDuplicates(data, other);
    info.duplicates->path = options.against_path;
    other.ThrowIfDamaged();
  }
  return info;
}

std::string FormatDataInfo(const DataInfo& info) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<11} {}\n", name, value);
  };
  add("data", info.path);
  if (info.cache) {
    add("cache",
        fmt::format(
            "version {}, {}, samples {}; sums {}", info.cache->version,
            FormatBytes(info.cache->num_bytes),
            info.cache->normalized ? "scaled to length 1" : "not scaled",
            info.verified ? "fit" : "not looked at"));
  }
  add("points", FormatCount(info.num_samples));
  add("features", FormatCount(uint64_t{info.num_features}));
  add("labels", FormatCount(uint64_t{info.num_labels}));
  add("nonzeros", FormatSpread(info.nonzeros));
  add("label marks", FormatSpread(info.labels));
  add("empty", fmt::format("{} points without features, {} without labels",
                           FormatCount(info.nonzeros.num_zero),
                           FormatCount(info.labels.num_zero)));
  if (info.duplicates) {
    const Duplicates& found = *info.duplicates;
    add("duplicates",
        fmt::format("{} of the {} points of {} have the features of a point "
                    "here, {} of them its labels too",
                    FormatCount(found.same_features),
                    FormatCount(found.num_samples), found.path,
                    FormatCount(found.same_and_labels)));
  }
  const TrainingMemory& memory = info.memory;
  add("training",
      fmt::format("{} of memory: data {}{}, layers {}, hash tables {}",
                  FormatBytes(memory.data + memory.layers + memory.tables),
                  FormatBytes(memory.data), info.cache ? " (mapped)" : "",
                  FormatBytes(memory.layers), FormatBytes(memory.tables)));

  text += fmt::format("\n{:<17}{:>13}\n", "points of a label", "labels");
  for (size_t i = 0; i < info.label_counts.size(); ++i) {
    text += fmt::format("{:<17}{:>13}\n", FormatRange(i),
                        FormatCount(info.label_counts[i]));
  }
  text += FormatFrequent(info.frequent_labels, "label");
  text += FormatFrequent(info.frequent_features, "feature");
  return text;
}

Json DataInfoJson(const DataInfo& info) {
  Json json;
  if (info.cache) {
    json["cache"] = {{"version", info.cache->version},
                     {"bytes", info.cache->num_bytes},
                     {"normalized", info.cache->normalized},
                     {"verified", info.verified}};
  }
  json["points"] = info.num_samples;
  json["features"] = info.num_features;
  json["labels"] = info.num_labels;
  json["nonzeros_per_point"] = SpreadJson(info.nonzeros);
  json["labels_per_point"] = SpreadJson(info.labels);
  json["label_counts"] = {{"max", info.most_frequent},
                          {"by_size", info.label_counts}};
  json["frequent_labels"] = FrequentJson(info.frequent_labels);
  json["frequent_features"] = FrequentJson(info.frequent_features);
  if (info.duplicates) {
    json["duplicates"] = {{"points", info.duplicates->num_samples},
                          {"same_features", info.duplicates->same_features},
                          {"same_labels", info.duplicates->same_and_labels}};
  }
  json["training_bytes"] = {{"data", info.memory.data},
                            {"layers", info.memory.layers},
                            {"tables", info.memory.tables}};
  return json;
}

}  // namespace slide::cli
