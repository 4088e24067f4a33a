#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "slide/error.h"
#include "slide/options/train.h"

namespace slide::train_options_test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

void ExpectRefused(const std::function<void(TrainOptions&)>& change,
                   const std::string& message) {
  TrainOptions options;
  change(options);
  EXPECT_THAT([&] { options.Validate(); }, testing::ThrowsMessage<OptionsError>(
                                               testing::StartsWith(message)));
}

TEST(TrainOptions, DefaultsAreValid) {
  EXPECT_NO_THROW(TrainOptions{}.Validate());
}

TEST(TrainOptions, EachBadFieldIsNamedWithItsValue) {
  ExpectRefused([](auto& o) { o.epochs = 0; },
                "epochs: got 0, expected 1 to 1000000");
  ExpectRefused([](auto& o) { o.learning_rate = 0.0; },
                "learning_rate: got 0, expected above 0");
  ExpectRefused([](auto& o) { o.learning_rate = kNan; },
                "learning_rate: got 'nan'");
  ExpectRefused([](auto& o) { o.learning_rate = kInf; },
                "learning_rate: got 'inf'");
  ExpectRefused([](auto& o) { o.final_rate_share = kNan; },
                "final_rate_share: got 'nan'");
  ExpectRefused([](auto& o) { o.gradient_floor = -0.1; },
                "gradient_floor: got -0.1");
  ExpectRefused(
      [](auto& o) {
        o.layer_rates = {1.0, -1.0};
      },
      "layer_rates: got -1");
  ExpectRefused([](auto& o) { o.momentum = 1.0; },
                "momentum: got 1, expected 0 to below 1");
  ExpectRefused([](auto& o) { o.batch_size = 65'537; }, "batch_size");
  ExpectRefused([](auto& o) { o.shuffle_mebibytes = -1; }, "shuffle_mebibytes");
  ExpectRefused([](auto& o) { o.num_threads = -1; }, "num_threads");
  ExpectRefused([](auto& o) { o.sampling.max_hashed = -1; },
                "sampling.max_hashed");
  ExpectRefused([](auto& o) { o.sampling.min_hits = 0; }, "sampling.min_hits");
  ExpectRefused([](auto& o) { o.sampling.random_negatives = -1; },
                "sampling.random_negatives");
  ExpectRefused([](auto& o) { o.sampling.frequency_share = 1.01; },
                "sampling.frequency_share");
  ExpectRefused([](auto& o) { o.rebuild.every = 0; }, "rebuild.every");
  ExpectRefused([](auto& o) { o.rebuild.decay = -0.1; }, "rebuild.decay");
  ExpectRefused([](auto& o) { o.rebuild.drift_limit = 1.1; },
                "rebuild.drift_limit");
  ExpectRefused([](auto& o) { o.eval_ks = {}; }, "eval_ks: got ''");
  ExpectRefused([](auto& o) { o.eval_ks = {1, 0}; }, "eval_ks: got 0");
  ExpectRefused([](auto& o) { o.loss = static_cast<Loss>(9); },
                "loss: got '9', expected softmax|decoupled|sigmoid");
}

}  // namespace
}  // namespace slide::train_options_test
