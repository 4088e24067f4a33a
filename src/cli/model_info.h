// Describes a model file: the second half of `slide info`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/index_quality.h"
#include "slide/model_card.h"
#include "slide/network.h"
#include "slide/options/network.h"

namespace slide::cli {

struct ModelInfo {
  std::string path;
  uint64_t file_bytes = 0;
  NetworkOptions options;
  std::optional<Precision> exported;  // its weights, if it is an exported one
  std::vector<LayerInfo> layers;
  std::optional<SparsePartInfo> sparse_part;
  ModelCard card;
  std::optional<Calibration> calibration;
  BucketOccupancy buckets;  // of the tables that its weights give
  // Quality of the tables under each strategy, if there is data.
  struct Measured {
    SamplingStrategy strategy;
    IndexQuality quality;
  };
  std::vector<Measured> measured;
};

// data_path: of samples to ask the tables for; may be empty. With read.verify
// damage anywhere in the file is found.
// Throws: ModelFileError; DataError; DivergedError if a weight of the output
// layer is not a finite number.
ModelInfo ReadModelInfo(const std::string& path, const std::string& data_path,
                        const ReadOptions& read);

std::string FormatModel(const ModelInfo& model);
Json ModelJson(const ModelInfo& model);

}  // namespace slide::cli
