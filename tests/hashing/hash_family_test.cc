// Every family promises this, whatever it hashes by.
#include "hashing/hash_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hashing/family_test.h"
#include "hashing/simhash.h"
#include "util/rng.h"

namespace slide::hashing::hash_family_test {
namespace {

using ::testing::Each;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 909;
// Behind the widest that simhash transforms.
constexpr size_t kWideWidth = SimHash::kMaxTransformedWidth + 77;

class HashFamilyTest : public testing::TestWithParam<HashKind> {
 protected:
  std::unique_ptr<const HashFamily> Family(const HashShape& shape,
                                           uint64_t seed = kSeed) const {
    return MakeHashFamily(GetParam(), shape,
                          Rng(seed).Stream(Purpose::kHashFunctions));
  }

  // About `share` of the coordinates, some of them 0.
  SparseVector RandomSparse(size_t width, float share) {
    SparseVector x;
    for (uint32_t i = 0; i < width; ++i) {
      if (rng_.Uniform() >= share) continue;
      x.ids.push_back(i);
      x.values.push_back(rng_.UniformInt(8) == 0 ? 0.0f : rng_.Normal());
    }
    return x;
  }

  static Vector WrittenOut(const SparseVector& x, size_t width) {
    Vector dense(width);
    for (size_t i = 0; i < x.ids.size(); ++i) dense[x.ids[i]] = x.values[i];
    return dense;
  }

  static void ExpectRefused(const HashFamily& family,
                            const util::VectorView& x) {
    HashScratch scratch = family.MakeScratch();
    Addresses addresses(static_cast<size_t>(family.num_tables()), 0xffff);
    EXPECT_FALSE(family.Hash(x, scratch, addresses));
    EXPECT_THAT(addresses, Each(0));
  }

  testing::ScopedTrace trace_ = {__FILE__, __LINE__, kSeed};
  Rng rng_ = Rng(kSeed).Stream(Purpose::kTest);
};

TEST_P(HashFamilyTest, AddressesFitTheirBits) {
  for (const int bits : {1, 3, 8, 16}) {
    for (const int k : {1, 2, 5, 6, 20, 32}) {
      const auto family = Family({128, k, 9, bits});
      EXPECT_LE(family->address_bits(), bits);
      for (int i = 0; i < 20; ++i) {
        for (const uint16_t a : Hash(*family, RandomVector(128, rng_))) {
          EXPECT_LT(a, 1u << family->address_bits());
        }
      }
    }
  }
}

TEST_P(HashFamilyTest, ASparseVectorHasTheAddressesOfTheDenseOne) {
  for (const size_t width :
       {size_t{2}, size_t{7}, size_t{128}, size_t{1000}, kWideWidth}) {
    const auto family = Family({width, 3, 21, 12});
    for (const float share : {1.0f, 0.5f, 0.1f, 0.01f}) {
      for (int i = 0; i < 10; ++i) {
        const SparseVector x = RandomSparse(width, share);
        ASSERT_EQ(Hash(*family, x), Hash(*family, WrittenOut(x, width)))
            << "width " << width << ", share " << share;
      }
    }
  }
}

TEST_P(HashFamilyTest, ZerosAndNothingHaveAddressZero) {
  for (const size_t width : {size_t{2}, size_t{128}, kWideWidth}) {
    const auto family = Family({width, 4, 7, 10});
    Vector x(width);
    EXPECT_THAT(Hash(*family, x), Each(0));
    x[width - 1] = -0.0f;
    EXPECT_THAT(Hash(*family, x), Each(0));
    EXPECT_THAT(Hash(*family, SparseVector()), Each(0));
    EXPECT_THAT(Hash(*family, SparseVector{{1}, {0.0f}}), Each(0));
  }
}

TEST_P(HashFamilyTest, RefusesWhatIsNotAFiniteNumber) {
  using Limits = std::numeric_limits<float>;
  for (const size_t width : {size_t{2}, size_t{128}, kWideWidth}) {
    const auto family = Family({width, 4, 7, 10});
    for (const float bad :
         {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      Vector x = RandomVector(width, rng_);
      x[width / 2] = bad;
      ExpectRefused(*family, util::VectorView(x));
      const SparseVector sparse = {{0, 1}, {1.0f, bad}};
      ExpectRefused(*family, util::VectorView(sparse.view()));
    }
  }
}

TEST_P(HashFamilyTest, EveryAddressIsReached) {
  // Packed for simhash and for three winners, mixed for more of them and for
  // minhash, of which three are often the same few large coordinates.
  const int fewest = GetParam() == HashKind::kMinHash ? 6 : 3;
  for (const int k : {fewest, 8}) {
    const auto family = Family({128, k, 5, 9});
    const size_t num_addresses = size_t{1} << family->address_bits();
    std::vector<std::set<uint16_t>> seen(5);
    size_t num_missing = 5 * num_addresses;
    for (size_t i = 0; i < 400 * num_addresses && num_missing > 0; ++i) {
      const Addresses addresses = Hash(*family, RandomVector(128, rng_));
      for (size_t t = 0; t < addresses.size(); ++t) {
        num_missing -= seen[t].insert(addresses[t]).second ? 1 : 0;
      }
    }
    EXPECT_EQ(num_missing, 0u) << "K = " << k;
  }
}

TEST_P(HashFamilyTest, OneSeedGivesOneFamily) {
  const auto one = Family({128, 4, 50, 12}), same = Family({128, 4, 50, 12}),
             other = Family({128, 4, 50, 12}, kSeed + 1);
  int num_equal = 0;
  for (int i = 0; i < 20; ++i) {
    const Vector x = RandomVector(128, rng_);
    const Addresses addresses = Hash(*one, x), others = Hash(*other, x);
    EXPECT_EQ(addresses, Hash(*same, x));
    for (size_t t = 0; t < 50; ++t) {
      num_equal += addresses[t] == others[t] ? 1 : 0;
    }
  }
  // 1,000 pairs, equal with probability 1/16 for 4 signs, less for the others.
  EXPECT_LT(num_equal, 63 + 5 * 8);
}

// Tables differ, and near vectors meet more often than far ones.
TEST_P(HashFamilyTest, NearVectorsMeetMoreOftenThanOthers) {
  constexpr int kPairs = 200;
  constexpr size_t kTables = 20;
  const auto family = Family({128, 2, kTables, 16});
  int near = 0, far = 0;
  for (int i = 0; i < kPairs; ++i) {
    const Vector x = RandomVector(128, rng_);
    Vector y = x;
    for (float& value : y) value += 0.3f * rng_.Normal();
    const Addresses a = Hash(*family, x), b = Hash(*family, y),
                    c = Hash(*family, RandomVector(128, rng_));
    for (size_t t = 0; t < kTables; ++t) {
      near += a[t] == b[t] ? 1 : 0;
      far += a[t] == c[t] ? 1 : 0;
    }
    EXPECT_GT(std::set<uint16_t>(a.begin(), a.end()).size(), 1u);
  }
  EXPECT_GT(near, 2 * far);
  EXPECT_GT(near, kPairs * static_cast<int>(kTables) / 4);
}

INSTANTIATE_TEST_SUITE_P(All, HashFamilyTest,
                         testing::Values(HashKind::kSimHash, HashKind::kWta,
                                         HashKind::kDwta, HashKind::kMinHash),
                         [](const auto& kind) {
                           return std::string(Name(kind.param));
                         });

}  // namespace
}  // namespace slide::hashing::hash_family_test
