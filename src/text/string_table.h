// StringTable: different strings, numbered from 0 in the order in which they
// came. Their bytes lie one behind the other; an open addressing table with
// linear probing (Knuth, The Art of Computer Programming 6.4), at most half
// full, finds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slide::text {

class StringTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  // Strings there may be: the table has twice as many places, and a place is
  // found by 32 bits.
  static constexpr uint32_t kMaxSize = uint32_t{1} << 30;

  StringTable();

  // The number of `text`; kNone if it is not in.
  uint32_t Find(std::string_view text) const noexcept;

  // The same after adding it if it is not in.
  // Throws: Error for more than kMaxSize strings.
  uint32_t Add(std::string_view text);

  uint32_t size() const noexcept {
    return static_cast<uint32_t>(begins_.size() - 1);
  }

  // Valid until the next Add. Requires: i < size().
  std::string_view operator[](uint32_t i) const noexcept {
    return {bytes_.data() + begins_[i], begins_[i + 1] - begins_[i]};
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = kNone;  // kNone: free
  };

  // Where text is, or belongs.
  size_t Place(std::string_view text, uint32_t hash) const noexcept;
  void Grow();

  std::string bytes_;
  std::vector<uint64_t> begins_ = {0};  // [size + 1], in bytes_
  std::vector<Slot> slots_;             // a power of two
};

}  // namespace slide::text
