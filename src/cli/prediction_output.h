// A predicted sample as a line of text and as a JSON object.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/explain.h"
#include "slide/name_list.h"
#include "slide/network.h"
#include "slide/sparse.h"

namespace slide::cli {

// Names of what predictions are about; empty where there are none, and numbers,
// counted from `first`, stand for them.
struct Names {
  NameList labels, features;
  uint32_t first_label = 0, first_feature = 0;
  std::vector<std::string> samples = {};
};

struct Prediction {
  size_t number = 0;  // of the sample
  std::span<const ScoredLabel> labels;
  SparseView features;
  // Places of the features that are shown; null: none are to be.
  const std::vector<size_t>* shown = nullptr;
  bool is_unknown = false;  // the network knows none of the features
  std::span<const std::vector<Reason>> reasons = {};  // [labels], or empty
};

// Adds the line of a sample; docs/command_line.md has the format.
void AppendLine(const Prediction& sample, const Names& names,
                fmt::memory_buffer& lines);
Json PredictionJson(const Prediction& sample, const Names& names);

}  // namespace slide::cli
