// PeekedSource: a source whose first line is known before it is read, without
// the byte order mark that some editors put in front.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "data/byte_source.h"

namespace slide::data {

class PeekedSource final : public ByteSource {
 public:
  // Bytes of a line that are looked at.
  static constexpr size_t kMaxLine = size_t{1} << 16;

  // Reads up to the end of the first line. A damage in it is thrown by Read.
  explicit PeekedSource(std::unique_ptr<ByteSource> source);

  // The line, or its first kMaxLine bytes, without its end.
  std::string_view first_line() const noexcept;

  size_t Read(std::span<char> buffer) override;
  double fraction_read() const noexcept override {
    return source_->fraction_read();
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string head_;
  size_t num_given_ = 0;                // of head_
  std::optional<std::string> failure_;  // behind head_
};

// Throws: as OpenByteSource.
std::unique_ptr<PeekedSource> OpenPeeked(const std::string& path);

}  // namespace slide::data
