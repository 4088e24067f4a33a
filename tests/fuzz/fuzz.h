// The fuzz targets share this: text from memory, and properties that hold for
// every input. A property that does not hold ends the process, which libFuzzer
// reports with the input.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"
#include "data/text_reader.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"

namespace slide::data {

inline void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken property: %s\n", what);
  std::abort();
}

// The arrays of the text, or the message it is refused with.
struct Outcome {
  std::optional<CsrArrays> arrays;
  std::string error;
};

inline Outcome ReadFrom(std::string_view text, const ReadOptions& options,
                        size_t block_bytes) {
  try {
    return {ReadText(std::make_unique<MemorySource>(text), "FILE", options,
                     block_bytes),
            ""};
  } catch (const DataError& error) {
    return {std::nullopt, error.what()};
  }
}

inline bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, [](float x, float y) {
    return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y);
  });
}

// Reads the text in blocks of two sizes: it is refused both times with the same
// words, or gives the same arrays, which keep every rule.
inline void CheckText(std::string_view text, const ReadOptions& options) {
  // Longer than the inputs, and a thousandth of the time to make.
  constexpr size_t kWholeBytes = 8192;
  Outcome whole = ReadFrom(text, options, kWholeBytes);
  const Outcome pieces = ReadFrom(text, options, 7);
  Require(whole.error == pieces.error, "messages do not depend on blocks");
  if (!whole.arrays) {
    Require(whole.error.starts_with("FILE"), "messages name the file");
    Require(whole.error.size() < 500, "messages are short");
    return;
  }
  const CsrArrays& a = *whole.arrays;
  const CsrArrays& b = *pieces.arrays;
  Require(a.num_features == b.num_features && a.num_labels == b.num_labels &&
              a.feature_offsets == b.feature_offsets &&
              a.feature_ids == b.feature_ids &&
              SameBits(a.feature_values, b.feature_values) &&
              a.label_offsets == b.label_offsets && a.label_ids == b.label_ids,
          "arrays do not depend on blocks");
  try {
    const Dataset data(std::move(*whole.arrays));
  } catch (const DataError&) {
    Require(false, "what was read keeps every rule");
  }
}

}  // namespace slide::data
