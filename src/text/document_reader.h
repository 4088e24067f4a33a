// DocumentReader: text with labels, a document a line. Lines have one of two
// forms:
//
//   label,label,...<TAB>text
//   __label__label __label__label ... text
//
// In the first the label list may be empty, spaces around a label do not belong
// to it, and further tabs belong to the text. The second is fastText's: words
// with its mark are labels wherever they stand, and a line without one is a
// text without labels. Lines are UTF-8 without NUL bytes and may end with
// '\r\n'; a byte order mark in front of the first is skipped.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "slide/dataset_io.h"

namespace slide::text {

struct Document {
  std::vector<std::string_view> labels;  // as they stand, without repeats
  std::string_view text;
};

class DocumentReader {
 public:
  // form: of the lines; kAuto: told by the first. Requires: it is one of
  // documents. Throws: DataError, as data::LineReader does.
  explicit DocumentReader(const std::string& path,
                          TextFormat form = TextFormat::kAuto)
      : lines_(path), form_(form) {}
  DocumentReader(std::unique_ptr<data::ByteSource> source,
                 const std::string& name, TextFormat form = TextFormat::kAuto,
                 uint64_t first_line = 1)
      : lines_(std::move(source), name, first_line), form_(form) {}

  // Sets document to the next one, which is there until the next call. False at
  // the end. Throws: DataError for a line that is none, or an empty file.
  bool Next(Document& document);

  const data::LineReader& lines() const noexcept { return lines_; }

 private:
  void TakeTabbed(std::string_view line, Document& document);
  void TakeFastText(std::string_view line, Document& document);
  void TakeLabels(std::string_view list, std::vector<std::string_view>& labels);
  void RequireDifferent(const std::vector<std::string_view>& labels);

  data::LineReader lines_;
  TextFormat form_;
  std::vector<std::string_view> sorted_;  // labels, to find repeats
  std::string text_;  // where labels stand in the middle of it
};

}  // namespace slide::text
