// The search for the settings of compared methods.
#include "train/method_search.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/defaults.h"
#include "slide/error.h"
#include "slide/held_out.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/error_of.h"
#include "support/make_data.h"

namespace slide::train::method_search_test {
namespace {

using testing::SizeIs;

Dataset Data() { return testing_support::LearnableData(400, 40, 2, 3); }

Method SmallMethod(std::string_view text) {
  NetworkOptions network;
  network.hidden = {16};
  network.hash.kind = HashKind::kWta;  // few labels are trained densely
  TrainOptions train;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOff;
  return ParseMethod(text, network, train);
}

TEST(SearchMethods, TakesTheBestOfItsTries) {
  std::vector<Method> methods = {SmallMethod("net"),
                                 SmallMethod("net/update=batched")};
  const int own = *SettledFor(Data(), SettledFor(Data(), methods[1].network),
                              methods[1].train)
                       .batch_size;
  const auto tries = SearchMethods(
      methods, Data(),
      {.epochs = 2, .rate_factors = {0.01, 1.0, 2.0}, .batch_sizes = {4, 128}},
      {});
  ASSERT_THAT(tries, SizeIs(2));
  EXPECT_THAT(tries[0], SizeIs(3));
  EXPECT_THAT(tries[1], SizeIs(9));  // its own size, too
  EXPECT_TRUE(std::ranges::any_of(
      tries[1], [&](const MethodTry& one) { return one.batch_size == own; }));
  for (size_t m = 0; m < methods.size(); ++m) {
    const MethodTry best =
        *std::ranges::max_element(tries[m], {}, &MethodTry::mean_precision);
    EXPECT_EQ(methods[m].train.learning_rate, best.learning_rate);
    EXPECT_GT(best.mean_precision, tries[m].front().mean_precision);
    if (m == 0) continue;
    EXPECT_EQ(methods[m].train.batch_size, best.batch_size);
  }
  EXPECT_EQ(tries[0].front().batch_size, 0);
}

TEST(SearchMethods, KeepsWhatAMethodNames) {
  std::vector<Method> methods = {
      SmallMethod("net/update=batched/batch-size=7/learning-rate=0.2")};
  const auto tries = SearchMethods(methods, Data(), {.epochs = 1}, {});
  EXPECT_THAT(tries[0], SizeIs(1));
  EXPECT_EQ(methods[0].train.batch_size, 7);
  EXPECT_EQ(methods[0].train.learning_rate, 0.2);
}

TEST(SearchMethods, ATryIsATrainingWithoutTheSamplesHeldOut) {
  std::vector<Method> methods = {SmallMethod("net/learning-rate=0.2")};
  const auto tries = SearchMethods(
      methods, Data(),
      {.epochs = 2, .validation_share = 0.2, .rate_factors = {1.0}}, {});
  const HeldOutSplit split = SplitHeldOut(Data(), {.share = 0.2});
  NetworkOptions options = methods[0].network;
  options.num_features = split.train.num_features();
  options.num_labels = split.train.num_labels();
  Network network(options, 1);
  TrainOptions train = methods[0].train;
  train.epochs = 2;
  train.learning_rate = 0.2;
  const TrainReport report =
      Trainer(network, train).Fit(split.train, &split.held_out);
  EXPECT_EQ(tries[0][0].mean_precision,
            MeanPrecision(*report.epochs.back().test));
}

TEST(SearchMethods, ATryThatDivergesIsNotTaken) {
  std::vector<Method> methods = {SmallMethod("net/optimizer=sgd")};
  const auto tries = SearchMethods(
      methods, Data(), {.epochs = 1, .rate_factors = {1e32, 1.0}}, {});
  EXPECT_EQ(tries[0][0].mean_precision, 0.0);
  EXPECT_EQ(methods[0].train.learning_rate, tries[0][1].learning_rate);
  methods = {SmallMethod("net/optimizer=sgd")};
  SearchMethods(methods, Data(), {.epochs = 1, .rate_factors = {1e32}}, {});
  EXPECT_EQ(methods[0].train.learning_rate, std::nullopt);  // as it was
}

TEST(SearchMethods, IsStoppedByTheCallback) {
  std::vector<Method> methods = {SmallMethod("net")};
  EXPECT_THROW(SearchMethods(methods, Data(), {.epochs = 1},
                             [](size_t, const Progress&, const CurvePoint*) {
                               return false;
                             }),
               StoppedError);
}

}  // namespace
}  // namespace slide::train::method_search_test
