#include "data/line_reader.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "data/point_parser.h"
#include "slide/error.h"

namespace slide::data {
namespace {

// Short enough for a progress display that moves.
constexpr size_t kPieceBytes = size_t{1} << 20;

}  // namespace

LineReader::LineReader(const std::string& path)
    : LineReader(OpenByteSource(path), SourceName(path)) {}

LineReader::LineReader(std::unique_ptr<ByteSource> source,
                       const std::string& name, uint64_t first_line)
    : name_(name),
      source_(std::move(source)),
      reader_(*source_, kPieceBytes),
      num_lines_(first_line - 1) {}

bool LineReader::Next(std::string_view& line) {
  if (rest_.empty()) {
    if (!reader_.Fill(block_)) {
      if (!reader_.failure()) return false;
      throw DataError(name_, num_lines_ + 1, *reader_.failure());
    }
    rest_ = block_.text();
  }
  const size_t num_bytes = rest_.size();
  line = TakeLine(rest_);
  num_bytes_ += num_bytes - rest_.size();
  if (num_lines_ == 0) line = WithoutByteOrderMark(line);
  ++num_lines_;
  return true;
}

void LineReader::Refuse(const std::string& what) const {
  throw DataError(name_, std::max<uint64_t>(num_lines_, 1), what);
}

}  // namespace slide::data
