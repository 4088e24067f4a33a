#include "hashing/hash_rows.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "hashing/index_test.h"

namespace slide::hashing::hash_rows_test {
namespace {

constexpr size_t kWidth = 20;

util::AlignedBuffer<uint16_t> AddressesOfAll(
    const std::vector<std::vector<float>>& rows, const HashFamily& family,
    int num_threads) {
  util::AlignedBuffer<uint16_t> addresses;
  HashAllRows(
      rows.size(), family, util::ThreadTeam(num_threads),
      [&](size_t i, std::span<float>) {
        return std::span<const float>(rows[i]);
      },
      addresses);
  return addresses;
}

std::vector<std::vector<float>> RandomVectors(size_t num) {
  util::Rng rng(3);
  std::vector<std::vector<float>> rows(num, std::vector<float>(kWidth));
  for (auto& row : rows) {
    for (float& x : row) x = rng.Normal();
  }
  return rows;
}

TEST(HashAllRows, OfNoRowsGivesNoAddresses) {
  EXPECT_EQ(AddressesOfAll({}, *SimHashOf(kWidth, 3, 4), 2).size(), 0u);
}

// Fewer rows than threads, as many, and more.
TEST(HashAllRows, EachTablesAddressesAreOneRunOnAnyNumberOfThreads) {
  const auto family = SimHashOf(kWidth, 5, 4);
  for (const size_t num_rows : {size_t{1}, size_t{3}, size_t{50}}) {
    const auto rows = RandomVectors(num_rows);
    HashScratch scratch = family->MakeScratch();
    std::vector<uint16_t> of_row(4);
    for (const int threads : {1, 2, 3}) {
      const auto addresses = AddressesOfAll(rows, *family, threads);
      ASSERT_EQ(addresses.size(), 4 * num_rows);
      for (size_t i = 0; i < num_rows; ++i) {
        ASSERT_TRUE(family->Hash(util::VectorView(rows[i]), scratch, of_row));
        for (size_t t = 0; t < 4; ++t) {
          EXPECT_EQ(addresses[t * num_rows + i], of_row[t]);
        }
      }
    }
  }
}

TEST(HashAllRows, VectorsMayLieInTheBuffer) {
  const auto family = SimHashOf(kWidth, 5, 4);
  const auto rows = RandomVectors(30);
  const auto expected = AddressesOfAll(rows, *family, 1);
  util::AlignedBuffer<uint16_t> addresses;
  HashAllRows(
      rows.size(), *family, util::ThreadTeam(2),
      [&](size_t i, std::span<float> buffer) {
        EXPECT_EQ(buffer.size(), kWidth);
        std::copy(rows[i].begin(), rows[i].end(), buffer.begin());
        return std::span<const float>(buffer);
      },
      addresses);
  EXPECT_TRUE(std::equal(addresses.data(), addresses.data() + addresses.size(),
                         expected.data()));
}

TEST(HashAllRows, NamesTheFirstRowThatIsNotFinite) {
  const auto family = SimHashOf(kWidth, 5, 4);
  auto rows = RandomVectors(30);
  rows[28][0] = std::numeric_limits<float>::infinity();
  rows[11][kWidth - 1] = std::numeric_limits<float>::quiet_NaN();
  for (const int threads : {1, 2, 3}) {
    try {
      AddressesOfAll(rows, *family, threads);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(),
                   "row 11: got a value that is not a finite number");
    }
  }
}

}  // namespace
}  // namespace slide::hashing::hash_rows_test
