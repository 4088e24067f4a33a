// Describes a data set: the part of `slide info` about data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/data_statistics.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/network.h"
#include "slide/options/network.h"
#include "slide/options/train.h"

namespace slide::cli {

struct DataInfo {
  std::string path;
  std::optional<CacheInfo> cache;  // unset: text
  bool verified = false;           // the cache's sums were checked
  Dataset data;
  DataStatistics statistics;
  std::vector<std::string> label_names, feature_names;  // empty: none
  NetworkMemory network;       // of a network that is trained with the data
  SparsePartPlan sparse_part;  // and of its sparse part
  UpdateMode update = UpdateMode::kHogwild;  // that it is trained by
  std::string against_path;
  std::optional<Overlap> overlap;  // of the data there with this
};

struct DataInfoOptions {
  ReadOptions read;
  std::string against_path;                // empty: none
  std::string labels_path, features_path;  // of names; empty: none
  NetworkOptions network;                  // left open: as the data wants it
  SparsePartOptions sparse_part;
};

// Throws: DataError.
DataInfo ReadDataInfo(const std::string& path, const DataInfoOptions& options);

std::string FormatDataInfo(const DataInfo& info);
Json DataInfoJson(const DataInfo& info);

}  // namespace slide::cli
