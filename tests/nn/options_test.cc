#include "slide/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "nn/network_core.h"
#include "slide/error.h"

namespace slide {
namespace {

NetworkOptions Valid() {
  NetworkOptions options;
  options.num_features = 10;
  options.num_labels = 10;
  return options;
}

template <typename Options>
void ExpectRefused(Options options, const std::string& part) {
  try {
    options.Validate();
    ADD_FAILURE() << "accepted; expected a refusal with: " << part;
  } catch (const OptionsError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

TEST(NetworkOptions, DefaultsAreValidOnceTheSizesAreGiven) {
  EXPECT_NO_THROW(Valid().Validate());
  EXPECT_NO_THROW(TrainOptions{}.Validate());
}

TEST(NetworkOptions, EachBadFieldIsNamedWithItsValue) {
  const auto with = [](const std::function<void(NetworkOptions&)>& change) {
    NetworkOptions options = Valid();
    change(options);
    return options;
  };
  ExpectRefused(with([](auto& o) { o.num_features = 0; }), "num_features is 0");
  ExpectRefused(with([](auto& o) { o.num_labels = 0; }), "num_labels is 0");
  ExpectRefused(with([](auto& o) { o.hidden = {}; }), "hidden is empty");
  ExpectRefused(with([](auto& o) { o.hidden = {128, 0}; }), "hidden is 0");
  ExpectRefused(with([](auto& o) { o.hidden = {16'777'217}; }),
                "hidden is 16777217");
  ExpectRefused(with([](auto& o) { o.init_scale = 0.0; }), "init_scale is 0");
  ExpectRefused(with([](auto& o) { o.hash.hashes_per_table = 0; }),
                "hashes_per_table is 0; allowed are 1 to 32");
  ExpectRefused(with([](auto& o) { o.hash.hashes_per_table = 33; }),
                "hashes_per_table is 33");
  ExpectRefused(with([](auto& o) { o.hash.table_bits = 0; }),
                "table_bits is 0; allowed are 1 to 16");
  ExpectRefused(with([](auto& o) { o.hash.table_bits = 17; }),
                "table_bits is 17");
  ExpectRefused(with([](auto& o) { o.hash.bucket_capacity = -1; }),
                "bucket_capacity is -1");
  for (const HashKind kind : {HashKind::kWta, HashKind::kDwta}) {
    ExpectRefused(with([&](auto& o) {
                    o.hash.kind = kind;
                    o.hidden = {128, 1};
                    o.hash.centered = false;
                  }),
                  "which compares coordinates, and there is 1");
  }
  ExpectRefused(with([](auto& o) { o.hash.num_tables = 0; }),
                "num_tables is 0");
  ExpectRefused(with([](auto& o) { o.hash.num_tables = 1001; }),
                "num_tables is 1001");
  ExpectRefused(with([](auto& o) { o.hash.candidates = 0; }),
                "candidates is 0");
}

TEST(TrainOptions, EachBadFieldIsNamedWithItsValue) {
  const auto with = [](const std::function<void(TrainOptions&)>& change) {
    TrainOptions options;
    change(options);
    return options;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  ExpectRefused(with([](auto& o) { o.epochs = 0; }), "epochs is 0");
  ExpectRefused(with([](auto& o) { o.learning_rate = 0.0; }),
                "learning_rate is 0");
  ExpectRefused(with([&](auto& o) { o.learning_rate = nan; }),
                "learning_rate is nan");
  ExpectRefused(with([&](auto& o) { o.learning_rate = inf; }),
                "learning_rate is inf");
  ExpectRefused(with([](auto& o) { o.final_rate_share = 1.5; }),
                "final_rate_share is 1.5");
  ExpectRefused(with([&](auto& o) { o.final_rate_share = nan; }),
                "final_rate_share is nan");
  ExpectRefused(with([](auto& o) { o.gradient_floor = -0.1; }),
                "gradient_floor is -0.1");
  ExpectRefused(with([](auto& o) { o.sampling.max_hashed = -1; }),
                "max_hashed is -1");
  ExpectRefused(with([](auto& o) { o.sampling.min_hits = 0; }),
                "min_hits is 0");
  ExpectRefused(with([](auto& o) { o.sampling.random_negatives = -1; }),
                "random_negatives is -1");
  ExpectRefused(with([](auto& o) { o.sampling.frequency_share = 1.01; }),
                "frequency_share is 1.01");
  ExpectRefused(with([](auto& o) { o.rebuild.every = 0; }),
                "rebuild.every is 0");
  ExpectRefused(with([](auto& o) { o.rebuild.decay = -0.1; }),
                "rebuild.decay is -0.1");
  ExpectRefused(with([](auto& o) { o.rebuild.drift_limit = 1.1; }),
                "rebuild.drift_limit is 1.1");
  ExpectRefused(with([](auto& o) { o.eval_ks = {}; }), "eval_ks is empty");
  ExpectRefused(with([](auto& o) { o.eval_ks = {1, 0}; }), "eval_ks is 0");
}

}  // namespace
}  // namespace slide
