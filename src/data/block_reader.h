// BlockReader: cuts a byte source into blocks of whole lines, which can then be
// parsed independently of each other. Where the cuts fall depends on the bytes
// and the block size alone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"

namespace slide::data {

// A buffer that is filled again and again, and grows for a line that is longer.
class TextBlock {
 public:
  // Whole lines, each with its '\n'; only the file's last line may lack it.
  std::string_view text() const noexcept {
    return {buffer_.get() + begin_, end_ - begin_};
  }

  // Takes n bytes away from the front. Requires: n <= text().size().
  void RemovePrefix(size_t n) noexcept { begin_ += n; }

 private:
  friend class BlockReader;

  // Keeps the first `kept` bytes. The rest is left unwritten, so that a small
  // file does not touch the memory of a whole block.
  void Grow(size_t capacity, size_t kept);

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

class BlockReader {
 public:
  // Reads blocks of about block_bytes from source, which must outlive this
  // object. Requires: block_bytes >= 1.
  BlockReader(ByteSource& source, size_t block_bytes);

  // Fills `block` with the next lines; false at the end of the source, or where
  // it broke off. The whole lines before a break are delivered first.
  bool Fill(TextBlock& block);

  // Tells how the source broke off, once Fill has returned false for that.
  const std::optional<std::string>& failure() const noexcept {
    return failure_;
  }

 private:
  // Reads into block from `size` on until it is full or the source ends;
  // returns the new size.
  size_t ReadInto(TextBlock& block, size_t size);

  ByteSource& source_;
  const size_t block_bytes_;
  std::vector<char> carry_;  // the start of the line that the last cut split
  bool ended_ = false;
  std::optional<std::string> failure_;
};

}  // namespace slide::data
