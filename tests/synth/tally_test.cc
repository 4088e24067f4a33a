#include "synth/tally.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "util/rng.h"

namespace slide::synth::tally_test {
namespace {

using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 11;

// 37 is no power of two; keys that are multiples of 2^20 collide in tables that
// look at low bits only.
TEST(Tally, CountsWhatAMapCounts) {
  for (const uint64_t step : {1, 1 << 20}) {
    constexpr size_t kMaxSize = 37;
    Tally tally(kMaxSize);
    Rng rng = Rng(kSeed).Stream(Purpose::kTest);
    for (int round = 0; round < 3; ++round) {  // the later ones after a Clear()
      tally.Clear();
      std::map<uint32_t, uint32_t> expected;
      std::vector<uint32_t> order;
      for (int i = 0; i < 1000; ++i) {
        const auto key = static_cast<uint32_t>(step * rng.UniformInt(kMaxSize));
        const bool is_new = expected[key]++ == 0;
        EXPECT_EQ(tally.Add(key), is_new);
        if (is_new) order.push_back(key);
      }
      ASSERT_EQ(tally.size(), order.size());
      for (size_t i = 0; i < order.size(); ++i) {
        EXPECT_EQ(tally.entries()[i].key, order[i]);
        EXPECT_EQ(tally.entries()[i].count, expected[order[i]]);
      }
    }
  }
}

TEST(Tally, HoldsTheLargestKeys) {
  Tally tally(1);
  EXPECT_TRUE(tally.Add(~0u));
  EXPECT_FALSE(tally.Add(~0u));
  EXPECT_EQ(tally.entries()[0].count, 2u);
}

}  // namespace
}  // namespace slide::synth::tally_test
