#include "nn/row_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "slide/error.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn::row_store_test {
namespace {

constexpr uint64_t kSeed = 11;

TEST(RowStore, WeightsHaveTheVarianceAskedForAndDoNotDependOnTheTeam) {
  constexpr size_t kRows = 500, kWidth = 100;
  const kernels::RowFormat format(kWidth, Precision::kFp32, Optimizer::kAdam);
  RowStore one(kRows, format), three(kRows, format);
  const util::Rng rng(kSeed);
  one.DrawWeights(0.5, rng, 2, util::ThreadTeam(1));
  three.DrawWeights(0.5, rng, 2, util::ThreadTeam(3));
  EXPECT_TRUE(std::equal(one.records().begin(), one.records().end(),
                         three.records().begin()));
  double sum = 0.0, squares = 0.0;
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t i = 0; i < kWidth; ++i) {
      const double w = one.rows().weights<float>(r)[i];
      sum += w;
      squares += w * w;
    }
  }
  // Mean of n draws: sigma / sqrt(n); their mean square: sqrt(2 / n) sigma^2.
  constexpr double kN = kRows * kWidth;
  EXPECT_NEAR(sum / kN, 0.0, 5.0 * 0.5 / std::sqrt(kN));
  EXPECT_NEAR(squares / kN, 0.25, 5.0 * 0.25 * std::sqrt(2.0 / kN));
}

// bf16 weights are the same draws, each rounded to nearest.
TEST(RowStore, BFloat16WeightsAreTheSameDrawsRounded) {
  constexpr size_t kRows = 20, kWidth = 33;
  RowStore floats(kRows, {kWidth, Precision::kFp32, Optimizer::kRowAdagrad});
  RowStore halves(kRows, {kWidth, Precision::kBf16, Optimizer::kRowAdagrad});
  const util::Rng rng(kSeed);
  floats.DrawWeights(0.5, rng, 2, util::ThreadTeam(1));
  halves.DrawWeights(0.5, rng, 2, util::ThreadTeam(1));
  std::vector<float> scratch(kWidth);
  for (size_t r = 0; r < kRows; ++r) {
    const auto weights =
        kernels::ReadWeights(std::as_const(halves).rows(), r, scratch);
    for (size_t i = 0; i < kWidth; ++i) {
      const float exact = floats.rows().weights<float>(r)[i];
      EXPECT_NEAR(weights[i], exact, std::abs(exact) / 256.0f);
      EXPECT_EQ(std::bit_cast<uint32_t>(weights[i]) & 0xffffu, 0u);
    }
  }
}

TEST(RowStore, ANumberThatIsNotFiniteIsFoundWhereverItIs) {
  constexpr size_t kRows = 7, kWidth = 37, kBad = 4;
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                      Optimizer::kAdagrad, Optimizer::kSgd}) {
      SCOPED_TRACE(testing::PrintToString(static_cast<int>(optimizer)));
      const kernels::RowFormat format(kWidth, precision, optimizer);
      for (const float bad : {std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::quiet_NaN()}) {
        const auto find = [&](auto&& set) {
          RowStore rows(kRows, format);
          rows.DrawWeights(1e3, util::Rng(kSeed), 1, util::ThreadTeam(1));
          EXPECT_EQ(rows.FirstNotFinite(), std::nullopt);
          set(rows.rows());
          return rows.FirstNotFinite();
        };
        for (size_t i = 0; i < kWidth; ++i) {
          EXPECT_EQ(find([&](kernels::RowsView rows) {
                      std::vector<float> weights(kWidth, 1.0f);
                      weights[i] = bad;
                      kernels::WriteWeights(rows, kBad, weights);
                    }),
                    kBad);
          for (size_t s = 0; s < kernels::NumStates(optimizer); ++s) {
            EXPECT_EQ(find([&](kernels::RowsView rows) {
                        rows.state(kBad, s)[i] = bad;
                      }),
                      kBad);
          }
        }
        for (size_t s = 0; s < kernels::NumScalars(optimizer); ++s) {
          EXPECT_EQ(find([&](kernels::RowsView rows) {
                      rows.scalars(kBad)[s] = bad;
                    }),
                    kBad);
        }
      }
    }
  }
}

TEST(RowStore, TooLittleMemoryNamesTheSizeAndTheOptions) {
  const kernels::RowFormat format(128, Precision::kFp32,
                                  Optimizer::kRowAdagrad);
  try {
    const RowStore store(size_t{1} << 45, format);
    FAIL() << "there was enough";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("20266198323167232 bytes"));
    for (const char* option : {"hidden", "precision", "optimizer"}) {
      EXPECT_THAT(error.what(), testing::HasSubstr(option));
    }
  }
}

TEST(RowStore, AViewReadsWhereTheRecordsLie) {
  constexpr size_t kRows = 3, kWidth = 20;
  const kernels::RowFormat format(kWidth, Precision::kFp32, Optimizer::kSgd);
  RowStore owned(kRows, format);
  EXPECT_FALSE(owned.is_view());
  owned.DrawWeights(1.0, util::Rng(kSeed), 0, util::ThreadTeam(1));
  const RowStore view(kRows, format, std::as_const(owned).records());
  EXPECT_TRUE(view.is_view());
  EXPECT_EQ(view.num_rows(), kRows);
  EXPECT_EQ(view.rows().data, owned.rows().data);
  EXPECT_EQ(view.records().data(), owned.records().data());
  owned.rows().weights<float>(2)[5] = 7.0f;
  EXPECT_EQ(view.rows().weights<float>(2)[5], 7.0f);
}

TEST(RowStore, MovingKeepsTheRecords) {
  const kernels::RowFormat format(20, Precision::kFp32, Optimizer::kSgd);
  RowStore store(3, format);
  const std::byte* records = store.records().data();
  RowStore moved = std::move(store);
  EXPECT_FALSE(moved.is_view());
  EXPECT_EQ(moved.records().data(), records);
  EXPECT_EQ(std::as_const(moved).rows().data, records);
}

// More than 2^32 weights: where a count or a place were kept in 32 bits, a step
// of the last row would move a row near the first. Only the pages of the rows
// that are touched are taken from the machine.
TEST(RowStore, RowsBeyondTwoToThe32WeightsAreReached) {
  constexpr size_t kWidth = 128;
  constexpr size_t kRows = (size_t{1} << 25) + 3;
  constexpr auto kLast = static_cast<uint32_t>(kRows - 1);
  static_assert(kRows * kWidth > (size_t{1} << 32));
  std::optional<RowStore> store;
  try {
    store.emplace(kRows, kernels::RowFormat(kWidth, Precision::kBf16,
                                            Optimizer::kRowAdagrad));
  } catch (const Error& error) {
    GTEST_SKIP() << "not tested here: " << error.what();
  }
  const std::vector<float> ones(kWidth, 1.0f);
  const std::array<uint32_t, 2> ids = {kLast, 2};
  const std::array<float, 2> deltas = {-1.0f, 0.0f};
  std::vector<float> gradient(kWidth), logits(2);
  kernels::BackwardUpdateRows(store->rows(), ids, deltas, ones,
                              {.learning_rate = 1.0f}, gradient);
  kernels::RowLogits(std::as_const(*store).rows(), ids, ones, logits);
  // The first step of a row moves every weight and the bias by the rate.
  EXPECT_NEAR(logits[0], 129.0f, 0.01f);
  EXPECT_EQ(logits[1], 0.0f);
  kernels::ScoreRows(std::as_const(*store).rows(), kRows - 2, 2, ones, 1,
                     logits);
  EXPECT_EQ(logits[0], 0.0f);
  EXPECT_NEAR(logits[1], 129.0f, 0.01f);
}

}  // namespace
}  // namespace slide::nn::row_store_test
