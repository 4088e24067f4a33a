// LineReader: the lines of a text file, packed or not, or of the standard
// input, one by one and with their numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "data/block_reader.h"
#include "data/byte_source.h"

namespace slide::data {

class LineReader {
 public:
  // path: "-" is the standard input. Throws: DataError when the file cannot be
  // opened or read at all.
  explicit LineReader(const std::string& path);

  // Reads a source that is already open; name: of the source, for messages.
  // first_line: the number of its first line, of a piece of a text.
  LineReader(std::unique_ptr<ByteSource> source, const std::string& name,
             uint64_t first_line = 1);

  // Sets line to the next one, without '\n' or '\r\n' and, in front of line 1,
  // a byte order mark; it is there until the next call. False at the end.
  // Throws: DataError where the file broke off.
  bool Next(std::string_view& line);

  // Throws: DataError about the line that came last, or about line 1.
  [[noreturn]] void Refuse(const std::string& what) const;

  // Counts of the lines read so far, and before the source, with their ends.
  uint64_t num_lines() const noexcept { return num_lines_; }
  uint64_t num_bytes() const noexcept { return num_bytes_; }
  // Forwards ByteSource::fraction_read().
  double fraction_read() const noexcept { return source_->fraction_read(); }

 private:
  const std::string name_;
  const std::unique_ptr<ByteSource> source_;
  BlockReader reader_;
  TextBlock block_;
  std::string_view rest_;  // of block_
  uint64_t num_lines_;     // and before the source
  uint64_t num_bytes_ = 0;
};

}  // namespace slide::data
