#include "data/peeked_source.h"

#include <algorithm>
#include <utility>

#include "data/point_parser.h"

namespace slide::data {

PeekedSource::PeekedSource(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)) {
  constexpr size_t kPiece = 4096;
  while (head_.size() < kMaxLine && head_.find('\n') == std::string::npos) {
    const size_t size = head_.size();
    head_.resize(size + kPiece);
    size_t num_read = 0;
    try {
      num_read = source_->Read(std::span(head_).subspan(size));
    } catch (const ReadError& error) {
      failure_ = error.what();
    }
    head_.resize(size + num_read);
    if (num_read == 0) break;
  }
  head_.erase(0, head_.size() - WithoutByteOrderMark(head_).size());
}

std::unique_ptr<PeekedSource> OpenPeeked(const std::string& path) {
  return std::make_unique<PeekedSource>(OpenByteSource(path));
}

std::string_view PeekedSource::first_line() const noexcept {
  std::string_view rest = head_;
  rest = rest.substr(0, kMaxLine);
  return TakeLine(rest);
}

size_t PeekedSource::Read(std::span<char> buffer) {
  const size_t size = std::min(buffer.size(), head_.size() - num_given_);
  if (size > 0) {
    std::copy_n(head_.begin() + static_cast<ptrdiff_t>(num_given_), size,
                buffer.begin());
    num_given_ += size;
    return size;
  }
  if (failure_) throw ReadError(*failure_);
  return source_->Read(buffer);
}

}  // namespace slide::data
