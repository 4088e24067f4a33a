#include "data/block_reader.h"

#include <algorithm>
#include <utility>

#include "util/check.h"

namespace slide::data {

void TextBlock::Grow(size_t capacity, size_t kept) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy_n(buffer_.get(), kept, larger.get());
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

BlockReader::BlockReader(ByteSource& source, size_t block_bytes)
    : source_(source), block_bytes_(block_bytes) {
  SLIDE_DCHECK(block_bytes >= 1);
}

bool BlockReader::Fill(TextBlock& block) {
  if (block.capacity_ < std::max(block_bytes_, carry_.size())) {
    block.Grow(std::max(block_bytes_, carry_.size()), 0);
  }
  std::copy(carry_.begin(), carry_.end(), block.buffer_.get());
  size_t size = ReadInto(block, carry_.size());

  size_t cut = 0;
  while (true) {
    const std::string_view text(block.buffer_.get(), size);
    // Without a '\n' rfind gives npos, and npos + 1 is 0: nothing to cut off.
    cut = ended_ ? size : text.rfind('\n') + 1;
    if (cut > 0 || ended_ || failure_) break;
    block.Grow(2 * block.capacity_, size);
    size = ReadInto(block, size);
  }
  carry_.assign(block.buffer_.get() + cut, block.buffer_.get() + size);
  block.begin_ = 0;
  block.end_ = cut;
  return cut > 0;
}

size_t BlockReader::ReadInto(TextBlock& block, size_t size) {
  while (size < block.capacity_ && !ended_ && !failure_) {
    try {
      const size_t num_read =
          source_.Read({block.buffer_.get() + size, block.capacity_ - size});
      size += num_read;
      ended_ = num_read == 0;
    } catch (const ReadError& error) {
      failure_ = error.what();
    }
  }
  return size;
}

}  // namespace slide::data
