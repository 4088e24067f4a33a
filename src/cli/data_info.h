// What a data set holds: the part of `slide info` about data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/dataset.h"
#include "slide/dataset_cache.h"
#include "slide/options/network.h"

namespace slide::cli {

// How a count is spread over samples; all 0 without samples.
struct Spread {
  uint64_t sum = 0;
  double mean = 0.0;
  // What half of the samples, and 99 %, do not exceed.
  uint64_t p50 = 0, p99 = 0;
  uint64_t max = 0;
  uint64_t num_zero = 0;
};

// Samples of another data set that this one has as well.
struct Duplicates {
  std::string path;
  uint64_t num_samples = 0;      // of the other one
  uint64_t same_features = 0;    // ids and values; samples without do not count
  uint64_t same_and_labels = 0;  // of these, those with the same labels too
};

// What a network over the data takes in memory, in bytes.
struct TrainingMemory {
  uint64_t data = 0;    // mapped if it is a cache, held otherwise
  uint64_t layers = 0;  // with the optimiser's state
  uint64_t tables = 0;  // of buckets that keep all
};

// A label or a feature.
struct Frequent {
  uint32_t id;
  std::string name;  // empty: none was given
  uint64_t num_samples;
};

struct DataInfo {
  std::string path;
  std::optional<CacheInfo> cache;  // unset: text
  bool verified = false;           // the cache's sums were checked
  uint64_t num_samples = 0;
  uint32_t num_features = 0, num_labels = 0;
  Spread nonzeros, labels;  // of a sample
  uint64_t most_frequent = 0;
  // label_counts[0]: labels of no sample; [i]: those of 2^(i-1) to 2^i - 1
  // samples; the last one is not 0.
  std::vector<uint64_t> label_counts;
  // Those of most samples, ten at most, by falling number.
  std::vector<Frequent> frequent_labels, frequent_features;
  TrainingMemory memory;
  std::optional<Duplicates> duplicates;
};

struct DataInfoOptions {
  ReadOptions read;
  bool verify = false;
  std::string against_path;                // empty: none
  std::string labels_path, features_path;  // of names; empty: none
  NetworkOptions network;  // counts of features and labels are the data's
};

// Throws: DataError.
DataInfo ReadDataInfo(const std::string& path, const DataInfoOptions& options);

std::string FormatDataInfo(const DataInfo& info);
Json DataInfoJson(const DataInfo& info);

}  // namespace slide::cli
