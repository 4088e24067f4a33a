// The tests of the hash families share these: vectors with many ties and zeros,
// hashing between guards, addresses put together by hand, and what several
// families promise, each for shapes of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hashing/hash_family.h"
#include "slide/sparse.h"
#include "util/rng.h"
#include "util/vector_view.h"

namespace slide::hashing {

using Vector = std::vector<float>;
using Addresses = std::vector<uint16_t>;

struct SparseVector {
  std::vector<uint32_t> ids;
  Vector values;
  SparseView view() const { return {ids, values}; }
};

// The stream of the hash functions of family `number`.
inline util::Rng FamilyRng(uint64_t seed, uint64_t number) {
  return util::Rng(seed).Stream(util::Purpose::kHashFunctions, number);
}

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
inline Addresses HashGuarded(const HashFamily& family,
                             const util::VectorView& x) {
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
  return HashGuarded(family, util::VectorView(x));
}
inline Addresses Hash(const HashFamily& family, const SparseVector& x) {
  return HashGuarded(family, util::VectorView(x.view()));
}

// In how many tables they are equal.
inline int NumEqual(const Addresses& a, const Addresses& b) {
  int num_equal = 0;
  for (size_t t = 0; t < a.size(); ++t) num_equal += a[t] == b[t] ? 1 : 0;
  return num_equal;
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

inline std::string Describe(const HashShape& shape) {
  return "width " + std::to_string(shape.width) + ", K " +
         std::to_string(shape.hashes_per_table) + ", L " +
         std::to_string(shape.num_tables) + ", table bits " +
         std::to_string(shape.table_bits);
}

// Every width with every K from 1 to 6 and every pair of num_tables and
// table_bits.
inline std::vector<HashShape> ShapesOf(
    const std::vector<size_t>& widths,
    const std::vector<std::pair<int, int>>& tables) {
  std::vector<HashShape> shapes;
  for (const size_t width : widths) {
    for (int k = 1; k <= 6; ++k) {
      for (const auto& [num_tables, table_bits] : tables) {
        shapes.push_back({width, k, num_tables, table_bits});
      }
    }
  }
  return shapes;
}

// ExampleVectors have the addresses expected(x), given as dense vectors, as
// sparse ones, and as sparse ones with zeros among their coordinates.
template <typename Expected>
void ExpectAddresses(const HashFamily& family, const Expected& expected,
                     util::Rng& rng) {
  SCOPED_TRACE(Describe(family.shape()));
  for (const Vector& x : ExampleVectors(family.width(), rng)) {
    const Addresses addresses = expected(x);
    ASSERT_EQ(Hash(family, x), addresses);
    ASSERT_EQ(Hash(family, Sparse(x)), addresses);
    for (const uint64_t one_of : {2, 100}) {
      ASSERT_EQ(Hash(family, SparseWithZeros(x, one_of, rng)), addresses);
    }
  }
}

// The scales are powers of two, which round nothing.
inline void ExpectScaleDoesNotMatter(const HashFamily& family,
                                     const Vector& x) {
  SCOPED_TRACE(Describe(family.shape()));
  const Addresses addresses = Hash(family, x);
  for (const float scale : {0x1p-30f, 0.5f, 2.0f, 0x1p30f}) {
    Vector scaled = x;
    for (float& value : scaled) value *= scale;
    EXPECT_EQ(Hash(family, scaled), addresses) << scale;
    EXPECT_EQ(Hash(family, Sparse(scaled)), addresses) << scale;
  }
}

// Random vectors, at most vectors_an_address for each address, have in every
// table all addresses below num_addresses and no other.
inline void ExpectEveryAddressIsReached(const HashFamily& family,
                                        size_t num_addresses,
                                        size_t vectors_an_address,
                                        util::Rng rng) {
  SCOPED_TRACE(Describe(family.shape()));
  const auto num_tables = static_cast<size_t>(family.num_tables());
  std::vector<std::set<uint16_t>> seen(num_tables);
  size_t num_missing = num_tables * num_addresses;
  for (size_t i = 0; i < vectors_an_address * num_addresses && num_missing > 0;
       ++i) {
    const Addresses addresses = Hash(family, RandomVector(family.width(), rng));
    for (size_t t = 0; t < num_tables; ++t) {
      ASSERT_LT(addresses[t], num_addresses);
      num_missing -= seen[t].insert(addresses[t]).second ? 1 : 0;
    }
  }
  EXPECT_EQ(num_missing, 0u);
}

// family(number): made from FamilyRng of that number. Requires: 50 tables of
// at least 2^9 addresses.
template <typename MakeFamily>
void ExpectTheSeedDecides(const MakeFamily& family, const Vector& x) {
  const Addresses addresses = Hash(family(1), x);
  EXPECT_EQ(Hash(family(1), x), addresses);
  // 50 trials of 1/512 at most: 6 or more happen once in 10^9.
  EXPECT_LT(NumEqual(Hash(family(2), x), addresses), 6);
}

// In how many of the trials two vectors have the same address in a table, each
// trial i with family(i) and the vectors pair(i); all tables take their turn.
template <typename MakeFamily, typename DrawPair>
int CountAgreements(int trials, const MakeFamily& family,
                    const DrawPair& pair) {
  int agreements = 0;
  for (uint64_t i = 0; i < static_cast<uint64_t>(trials); ++i) {
    const auto own = family(i);
    const auto& [a, b] = pair(i);
    const size_t table = i % static_cast<size_t>(own.num_tables());
    agreements += Hash(own, a)[table] == Hash(own, b)[table] ? 1 : 0;
  }
  return agreements;
}

}  // namespace slide::hashing
