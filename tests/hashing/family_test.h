// What the tests of the hash families share: vectors with many ties and zeros,
// hashing between guards, and addresses put together by hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "hashing/hash_family.h"
#include "slide/sparse.h"
#include "util/rng.h"

namespace slide::hashing {

using Vector = std::vector<float>;
using Addresses = std::vector<uint16_t>;

struct SparseVector {
  std::vector<uint32_t> ids;
  Vector values;
  SparseView view() const { return {ids, values}; }
};

// The coordinates of x that are not 0.
inline SparseVector Sparse(const Vector& x) {
  SparseVector sparse;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0.0f) continue;
    sparse.ids.push_back(static_cast<uint32_t>(i));
    sparse.values.push_back(x[i]);
  }
  return sparse;
}

// And one in so many of those that are, the first one in any case.
inline SparseVector SparseWithZeros(const Vector& x, uint64_t one_of,
                                    util::Rng& rng) {
  bool is_first = true;
  SparseVector sparse;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0.0f) {
      if (!is_first && rng.UniformInt(one_of) != 0) continue;
      is_first = false;
    }
    sparse.ids.push_back(static_cast<uint32_t>(i));
    sparse.values.push_back(x[i]);
  }
  return sparse;
}

inline Vector RandomVector(size_t width, util::Rng& rng) {
  Vector x(width);
  for (float& value : x) value = rng.Normal();
  return x;
}

// Normal ones; small integers, which are often equal; the same without those
// above 0; few that are not 0, also equal ones; a single one. All have one that
// is not 0, zeros of both signs, and none that is not finite.
inline std::vector<Vector> ExampleVectors(size_t width, util::Rng& rng) {
  std::vector<Vector> examples;
  examples.push_back(RandomVector(width, rng));
  for (const float top : {2.0f, 0.0f}) {
    Vector x(width);
    for (float& value : x) {
      value = top - static_cast<float>(rng.UniformInt(top > 0.0f ? 5 : 3));
      if (value == 0.0f && rng.UniformInt(2) == 0) value = -0.0f;
    }
    examples.push_back(x);
  }
  for (const uint64_t one_of : {3, 20}) {
    Vector x(width);
    for (float& value : x) {
      if (rng.UniformInt(one_of) == 0) value = rng.Normal();
    }
    examples.push_back(x);
  }
  Vector few_equal(width);
  for (float& value : few_equal) {
    if (rng.UniformInt(25) == 0) value = rng.UniformInt(2) == 0 ? 1.0f : -1.0f;
  }
  examples.push_back(few_equal);
  for (const float value : {1.0f, -1.0f}) {
    Vector x(width);
    x[rng.UniformInt(width)] = value;
    examples.push_back(x);
  }
  for (Vector& x : examples) {
    if (std::count(x.begin(), x.end(), 0.0f) == static_cast<ptrdiff_t>(width)) {
      x[width / 2] = -1.5f;
    }
  }
  return examples;
}

// Hashes in scratch that is larger than the family's own: what was there must
// not matter, nor may anything behind it be touched.
template <typename Input>
Addresses HashGuarded(const HashFamily& family, const Input& x) {
  constexpr ptrdiff_t kMargin = 64;
  constexpr float kFloatGuard = 12345.0f;
  constexpr uint32_t kWordGuard = 0xa5a5a5a5u;
  const HashScratch own = family.MakeScratch();
  HashScratch scratch{
      util::AlignedBuffer<float>(own.floats.size() + kMargin),
      util::AlignedBuffer<uint32_t>(own.words.size() + kMargin)};
  const std::span<float> floats = scratch.floats;
  const std::span<uint32_t> words = scratch.words;
  std::fill(floats.begin(), floats.end(), kFloatGuard);
  std::fill_n(floats.begin(), own.floats.size(),
              std::numeric_limits<float>::quiet_NaN());
  std::fill(words.begin(), words.end(), kWordGuard);
  Addresses addresses(static_cast<size_t>(family.num_tables()), 0xffff);
  EXPECT_TRUE(family.Hash(x, scratch, addresses));
  EXPECT_EQ(std::count(floats.end() - kMargin, floats.end(), kFloatGuard),
            kMargin);
  EXPECT_EQ(std::count(words.end() - kMargin, words.end(), kWordGuard),
            kMargin);
  return addresses;
}

inline Addresses Hash(const HashFamily& family, const Vector& x) {
  return HashGuarded(family, std::span<const float>(x));
}
inline Addresses Hash(const HashFamily& family, const SparseVector& x) {
  return HashGuarded(family, x.view());
}

// The addresses that K codes of so many bits for each table make.
inline Addresses PackedByHand(const std::vector<uint32_t>& codes, int code_bits,
                              const HashShape& shape) {
  const auto k = static_cast<size_t>(shape.hashes_per_table);
  const int bits = shape.hashes_per_table * code_bits;
  Addresses addresses;
  for (size_t t = 0; t < static_cast<size_t>(shape.num_tables); ++t) {
    uint64_t address = 0;
    if (bits <= shape.table_bits) {
      for (size_t j = k; j-- > 0;) {
        address = (address << code_bits) + codes[t * k + j];
      }
    } else {
      address = XXH3_64bits(&codes[t * k], k * sizeof(uint32_t)) %
                (uint64_t{1} << shape.table_bits);
    }
    addresses.push_back(static_cast<uint16_t>(address));
  }
  return addresses;
}

}  // namespace slide::hashing
