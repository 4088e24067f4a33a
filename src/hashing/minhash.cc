#include "hashing/minhash.h"

#include <algorithm>
#include <array>
#include <bit>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

constexpr int kCodeBits = 32;

size_t MaxSetSize(size_t width) { return std::max<size_t>(1, width / 4); }

size_t NumRounds(const HashShape& shape) {
  return (shape.num_codes() + MinHash::kBinsARound - 1) / MinHash::kBinsARound;
}

// The codes of all rounds, the set, and a place behind it.
size_t MinHashWords(const HashShape& shape) {
  return NumRounds(shape) * MinHash::kBinsARound + MaxSetSize(shape.width) + 1;
}

// Positive floats are in the order of their bits, all others' are not above 0.
size_t CountAbove(std::span<const float> values, int32_t bits) {
  uint32_t count = 0;
  for (const float value : values) {
    count += std::bit_cast<int32_t>(value) > bits ? 1 : 0;
  }
  return count;
}

// The cut above which the `size` largest positive values lie, or all there are.
struct Cut {
  int32_t bits;   // all above it are in,
  size_t num_at;  // and of those at it so many
};

// Halves the range of bits that the cut lies in, until nothing is left of it or
// there are just as many above.
Cut FindCut(std::span<const float> values, size_t size) {
  int32_t low = 0;  // has more than `size` above it
  if (CountAbove(values, low) <= size) return {0, 0};
  int32_t high = std::bit_cast<int32_t>(kernels::Max(values));
  size_t num_above = 0;  // high
  while (high - low > 1 && num_above < size) {
    const int32_t middle = low + (high - low) / 2;
    const size_t count = CountAbove(values, middle);
    if (count > size) {
      low = middle;
    } else {
      high = middle;
      num_above = count;
    }
  }
  return {high, size - num_above};
}

}  // namespace

MinHash::MinHash(const HashShape& shape, util::Rng rng)
    : HashFamily(shape, kCodeBits, 0, MinHashWords(shape)),
      max_set_size_(MaxSetSize(shape.width)),
      seeds_(NumRounds(shape)),
      donors_(kBinsARound, rng.Next()) {
  for (size_t i = 0; i < seeds_.size(); ++i) seeds_[i] = rng.Next();
}

void MinHash::HashDense(std::span<const float> x, HashScratch& scratch,
                        std::span<uint16_t> addresses) const noexcept {
  HashSet(SelectSet(x, scratch), scratch, addresses);
}

void MinHash::HashSparse(SparseView x, HashScratch& scratch,
                         std::span<uint16_t> addresses) const noexcept {
  const std::span<uint32_t> set = SelectSet(x.values, scratch);
  for (uint32_t& element : set) element = x.ids[element];
  HashSet(set, scratch, addresses);
}

std::span<uint32_t> MinHash::SelectSet(std::span<const float> values,
                                       HashScratch& scratch) const noexcept {
  const Cut cut = FindCut(values, max_set_size_);
  const std::span<uint32_t> words = scratch.words;
  const std::span<uint32_t> set = words.subspan(num_rounds() * kBinsARound);
  size_t num_at_cut = cut.num_at;
  size_t size = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    // Written in any case, and kept by stepping on: no branch could foretell.
    set[size] = static_cast<uint32_t>(i);
    const int32_t bits = std::bit_cast<int32_t>(values[i]);
    const bool is_at_cut = bits == cut.bits && num_at_cut > 0;
    num_at_cut -= is_at_cut ? 1 : 0;
    size += bits > cut.bits || is_at_cut ? 1 : 0;
  }
  SLIDE_DCHECK(size <= max_set_size_);
  return set.first(size);
}

void MinHash::HashSet(std::span<const uint32_t> set, HashScratch& scratch,
                      std::span<uint16_t> addresses) const noexcept {
  if (set.empty()) {
    std::fill(addresses.begin(), addresses.end(), uint16_t{0});
    return;
  }
  const std::span<uint32_t> words = scratch.words;
  for (size_t round = 0; round < num_rounds(); ++round) {
    HashRound(round, set, words.subspan(round * kBinsARound, kBinsARound));
  }
  PackCodes(words.first(num_codes()), addresses);
}

void MinHash::HashRound(size_t round, std::span<const uint32_t> set,
                        std::span<uint32_t> codes) const noexcept {
  std::array<uint64_t, kBinsARound> smallest;
  smallest.fill(~uint64_t{0});
  uint32_t filled = 0;  // a bit for each bin
  for (const uint32_t element : set) {
    const uint64_t hash = ElementHash(round, element);
    const size_t bin = Bin(hash);
    smallest[bin] = std::min(smallest[bin], hash);
    filled |= 1u << bin;
  }
  const auto is_filled = [filled](size_t bin) {
    return ((filled >> bin) & 1) != 0;
  };
  for (size_t b = 0; b < kBinsARound; ++b) {
    codes[b] = static_cast<uint32_t>(
        smallest[is_filled(b) ? b : donors_.Find(b, is_filled)]);
  }
}

}  // namespace slide::hashing
