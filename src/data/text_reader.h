// Text files, parsed in parallel: a round takes one block of whole lines for
// each thread from the file, parses them at the same time, each into points of
// its own, and gives these to a sink in the file's order. So neither what
// arrives there nor the error that is reported depends on the number of
// threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "data/byte_source.h"
#include "data/point_parser.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/model_card.h"

namespace slide::data {

// Text a thread parses in one round: long against the cost of starting a round,
// short against memory.
inline constexpr size_t kBlockBytes = size_t{4} << 20;

// Takes the points of a text.
class PointSink {
 public:
  virtual ~PointSink() = default;
  // points: the next ones, without an error. fraction_read: of the source,
  // 0..1, as far as is known.
  virtual void Append(const ParsedPoints& points, double fraction_read) = 0;
};

// Facts about the text as a whole.
struct TextFacts {
  uint32_t num_features = 0;  // ids are below
  uint32_t num_labels = 0;
  // As CacheInfo has them.
  std::optional<uint32_t> first_feature = {};
  std::optional<uint32_t> first_label = {};
  Fingerprints fingerprints = {};
  // It is a matrix; the other file has the labels of its rows.
  bool is_matrix = false;
};

// Parses text in blocks of block_bytes; a set in two files is two texts.
// name: of the source, for messages.
// Requires: block_bytes >= 1. Throws: as ReadData, and what the sink throws.
TextFacts ParseText(std::unique_ptr<ByteSource> source, const std::string& name,
                    const ReadOptions& options, PointSink& sink,
                    size_t block_bytes = kBlockBytes, uint64_t first_line = 1);

// ReadData's work on text, in blocks of block_bytes (tests take tiny ones).
// facts: gets what ParseText returns. Requires and Throws: as above.
CsrArrays ReadText(std::unique_ptr<ByteSource> source, const std::string& name,
                   const ReadOptions& options, size_t block_bytes = kBlockBytes,
                   TextFacts* facts = nullptr, uint64_t first_line = 1);

// The same as ReadData gives it and its card, which may be null. first_line:
// the number of the first line, of a piece of a text.
Dataset ReadPoints(std::unique_ptr<ByteSource> source, const std::string& name,
                   const ReadOptions& options, ModelCard* card,
                   uint64_t first_line = 1);

// The file of labels beside one of features: of trn_X_Xf.txt it is trn_X_Y.txt.
// Empty for another name.
std::string LabelsBeside(const std::string& path);

}  // namespace slide::data
