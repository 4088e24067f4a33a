// DocumentReader: text with labels, a document a line:
//
//   label,label,...<TAB>text
//
// The label list may be empty; spaces around a label do not belong to it. Lines
// are UTF-8 without NUL bytes and may end with '\r\n'; a byte order mark in
// front of the first is skipped. Further tabs belong to the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"
#include "data/line_reader.h"

namespace slide::text {

struct Document {
  std::vector<std::string_view> labels;  // as they stand, without repeats
  std::string_view text;
};

class DocumentReader {
 public:
  // Throws: DataError, as data::LineReader does.
  explicit DocumentReader(const std::string& path) : lines_(path) {}
  DocumentReader(std::unique_ptr<data::ByteSource> source,
                 const std::string& name)
      : lines_(std::move(source), name) {}

  // Sets document to the next one, which is there until the next call. False at
  // the end. Throws: DataError for a line that is none, or an empty file.
  bool Next(Document& document);

  const data::LineReader& lines() const noexcept { return lines_; }

 private:
  void TakeLabels(std::string_view list, Document& document);

  data::LineReader lines_;
  std::vector<std::string_view> sorted_;  // labels, to find repeats
};

}  // namespace slide::text
