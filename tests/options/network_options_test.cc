#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "slide/error.h"
#include "slide/options/network.h"

namespace slide::network_options_test {
namespace {

NetworkOptions Valid() {
  NetworkOptions options;
  options.num_features = 10;
  options.num_labels = 10;
  options.hidden = {128};
  return options;
}

void ExpectRefused(const std::function<void(NetworkOptions&)>& change,
                   const std::string& message) {
  NetworkOptions options = Valid();
  change(options);
  EXPECT_THAT([&] { options.Validate(); }, testing::ThrowsMessage<OptionsError>(
                                               testing::StartsWith(message)));
}

TEST(NetworkOptions, DefaultsAreValidOnceTheSizesAreGiven) {
  EXPECT_NO_THROW(Valid().Validate());
}

TEST(NetworkOptions, EachBadFieldIsNamedWithItsValue) {
  ExpectRefused([](auto& o) { o.num_features = 0; }, "num_features: got 0");
  ExpectRefused([](auto& o) { o.num_labels = 0; }, "num_labels: got 0");
  ExpectRefused([](auto& o) { o.hidden = {128, 0}; }, "hidden: got 0");
  ExpectRefused([](auto& o) { o.hidden[0].max_active = 129; },
                "hidden: max_active: got 129, expected 0 to 128");
  ExpectRefused([](auto& o) { o.init_scale = 0.0; }, "init_scale: got 0");
  // Exported networks alone have such weights.
  ExpectRefused([](auto& o) { o.precision = Precision::kInt8; },
                "precision: got 'int8', expected fp32|bf16");
  ExpectRefused([](auto& o) { o.hash.hashes_per_table = 33; },
                "hash.hashes_per_table: got 33, expected 1 "
                "to 32");
  ExpectRefused([](auto& o) { o.hash.table_bits = 0; }, "hash.table_bits");
  ExpectRefused([](auto& o) { o.hash.bucket_capacity = -1; },
                "hash.bucket_capacity");
  ExpectRefused([](auto& o) { o.hash.num_tables = 1001; }, "hash.num_tables");
  ExpectRefused([](auto& o) { o.hash.candidates = 0; }, "hash.candidates");
}

TEST(NetworkOptions, WinnersNeedCoordinatesToBeAmong) {
  for (const HashKind kind : {HashKind::kWta, HashKind::kDwta}) {
    const auto narrow = [kind](NetworkOptions& options) {
      options.hash.kind = kind;
      options.hidden = {128, 1};
    };
    ExpectRefused(
        [&](auto& o) {
          narrow(o);
          o.hash.centered = false;
        },
        "hash.kind: got ");
    NetworkOptions centered = Valid();
    narrow(centered);
    EXPECT_NO_THROW(centered.Validate());
  }
  ExpectRefused(
      [](auto& o) {
        o.num_features = 1;
        o.hidden[0].max_active = 2;
      },
      "hash.kind: got dwta for 1 coordinate");
}

}  // namespace
}  // namespace slide::network_options_test
