// Comparisons: each method is trained as it would be alone, in turn with the
// others.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/comparison.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "support/error_of.h"
#include "support/make_data.h"

namespace slide::comparison_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_support::ErrorOf;
using testing_support::LearnableData;

constexpr uint64_t kSeed = 5;

Dataset TrainSet() { return LearnableData(300, 40, 2, kSeed); }
Dataset TestSet() { return LearnableData(120, 40, 2, kSeed + 1); }

NetworkOptions SmallNetwork() {
  NetworkOptions options;
  options.hidden = {16};
  return options;
}

TrainOptions OneThread() {
  TrainOptions options;
  options.epochs = 3;
  options.num_threads = 1;
  options.sampling.max_hashed = 10;
  options.sampling.random_negatives = 5;
  options.sparse_part.mode = SparsePartMode::kOn;
  return options;
}

std::vector<Method> MethodsOf(const std::vector<std::string>& texts) {
  std::vector<Method> methods;
  for (const std::string& text : texts) {
    methods.push_back(ParseMethod(text, SmallNetwork(), OneThread()));
  }
  return methods;
}

double LastPrecision(const MethodReport& report) {
  return report.curve.back().test.at.front().precision;
}

TEST(CompareMethods, EachIsTrainedAsByATrainerOfItsOwn) {
  const Dataset train = TrainSet(), test = TestSet();
  const std::vector<Method> methods =
      MethodsOf({"slide", "net", "sampled-uniform", "slide/epochs=1"});
  const std::vector<MethodReport> reports =
      CompareMethods(methods, train, test);
  ASSERT_EQ(reports.size(), methods.size());
  for (size_t m = 0; m < methods.size(); ++m) {
    SCOPED_TRACE(methods[m].name);
    NetworkOptions options = methods[m].network;
    options.num_features = train.num_features();
    options.num_labels = train.num_labels();
    Network network(options, 1);
    const TrainReport alone =
        Trainer(network, methods[m].train).Fit(train, &test);
    EXPECT_EQ(reports[m].failure, "");
    ASSERT_EQ(reports[m].run.epochs.size(), alone.epochs.size());
    for (size_t e = 0; e < alone.epochs.size(); ++e) {
      EXPECT_EQ(reports[m].run.epochs[e].train_loss,
                alone.epochs[e].train_loss);
      EXPECT_EQ(reports[m].run.epochs[e].test->loss,
                alone.epochs[e].test->loss);
    }
    EXPECT_EQ(LastPrecision(reports[m]),
              alone.epochs.back().test->at.front().precision);
    EXPECT_TRUE(reports[m].curve.back().test.at.front().psp.has_value());
  }
}

TEST(CompareMethods, TakesAnEpochOfEachInTurn) {
  std::vector<std::pair<size_t, int>> turns;
  CompareMethods(MethodsOf({"slide", "slide/epochs=1", "net/epochs=2"}),
                 TrainSet(), TestSet(), {},
                 [&](size_t method, const Progress& progress,
                     const CurvePoint* /*point*/) {
                   const std::pair turn(method, progress.epoch);
                   if (turns.empty() || turns.back() != turn) {
                     turns.push_back(turn);
                   }
                   return true;
                 });
  EXPECT_THAT(turns,
              ElementsAre(std::pair(0, 1), std::pair(1, 1), std::pair(2, 1),
                          std::pair(0, 2), std::pair(2, 2), std::pair(0, 3)));
}

TEST(CompareMethods, ALinearModelHasNothingOfTheHiddenLayer) {
  // The weights of a network that mattered would come from its seed.
  std::vector<Method> methods = MethodsOf({"linear", "linear"});
  methods[0].train.seed = methods[1].train.seed = 1;
  methods[1].network.seed = 77;
  const std::vector<MethodReport> reports =
      CompareMethods(methods, TrainSet(), TestSet());
  EXPECT_EQ(reports[0].run.epochs.back().train_loss,
            reports[1].run.epochs.back().train_loss);
  EXPECT_EQ(reports[0].curve.back().test.loss,
            reports[1].curve.back().test.loss);
  EXPECT_GT(LastPrecision(reports[0]), 0.5);  // it learns
}

TEST(CompareMethods, OneThatFailsLeavesTheOthersAlone) {
  const std::vector<MethodReport> reports =
      CompareMethods(MethodsOf({"net/learning-rate=1e30/optimizer=sgd", "net"}),
                     TrainSet(), TestSet());
  EXPECT_THAT(reports[0].failure, HasSubstr("not finite"));
  EXPECT_EQ(reports[1].failure, "");
  EXPECT_EQ(reports[1].run.epochs.size(), 3u);
}

TEST(CompareMethods, EndsWhereTheCallbackSaysSo) {
  const std::vector<MethodReport> reports =
      CompareMethods(MethodsOf({"slide", "net"}), TrainSet(), TestSet(), {},
                     [](size_t method, const Progress& /*progress*/,
                        const CurvePoint* /*point*/) { return method == 0; });
  EXPECT_EQ(reports[0].run.epochs.size(), 1u);
  EXPECT_THAT(reports[0].curve, Not(IsEmpty()));
  EXPECT_TRUE(reports[0].run.stopped);
  EXPECT_TRUE(reports[1].run.stopped);
  const std::vector<MethodReport> searched = CompareMethods(
      MethodsOf({"slide", "net"}), TrainSet(), TestSet(),
      {.search = {.epochs = 1}},
      [](size_t, const Progress&, const CurvePoint*) { return false; });
  EXPECT_TRUE(searched[1].run.stopped);
}

TEST(CompareMethods, RefusesWhatIsWrongBeforeItTrains) {
  const auto message = [](const std::vector<Method>& methods,
                          const ComparisonOptions& options = {}) {
    bool trained = false;
    const std::string error = ErrorOf([&] {
      CompareMethods(methods, TrainSet(), TestSet(), options,
                     [&](size_t, const Progress&, const CurvePoint*) {
                       return trained = true;
                     });
    });
    EXPECT_FALSE(trained);
    return error;
  };
  std::vector<Method> small = MethodsOf({"slide", "net"});
  small[1].network.num_features = 3;
  EXPECT_THAT(message(small), HasSubstr("expected at most the network's 3"));
  EXPECT_THAT(message(MethodsOf({"slide", "net/time-limit=3s"})),
              HasSubstr("method net/time-limit=3s: got a time limit"));
  EXPECT_THAT(message(MethodsOf({"slide", "net/patience=1"})),
              HasSubstr("method net/patience=1: got patience"));
  EXPECT_THAT(message(MethodsOf({"slide", "net/k=1"})),
              HasSubstr("method net/k=1: got an evaluation of its own"));
  EXPECT_THAT(message(MethodsOf({"slide"}), {.looks = 0}),
              HasSubstr("looks: got 0"));
}

TEST(CompareMethods, LooksAtEachMethodAsOftenAsItIsAsked) {
  const std::vector<MethodReport> reports =
      CompareMethods(MethodsOf({"net", "dense/batch-size=32",
                                "net/rebuild-every=37/rebuild-decay=0"}),
                     TrainSet(), TestSet(), {.looks = 5});
  for (const size_t m : {0u, 2u}) {  // rebuilds put none off and add none
    ASSERT_EQ(reports[m].curve.size(), 15u);
    for (size_t i = 0; i < 15; ++i) {
      EXPECT_NEAR(reports[m].curve[i].epochs, static_cast<double>(i + 1) / 5.0,
                  1e-9);
    }
  }
  EXPECT_GT(reports[2].run.num_rebuilds, 15);
  EXPECT_EQ(reports[1].curve.size(), 15u);
}

CurvePoint At(double seconds, double precision) {
  CurvePoint point;
  point.train_seconds = seconds;
  point.test.at = {{.k = 1, .precision = precision}};
  return point;
}

TEST(SecondsTo, IsTheFirstLookAtOrAboveTheTarget) {
  const std::vector<CurvePoint> curve = {At(1.0, 0.2), At(2.0, 0.5),
                                         At(3.0, 0.4), At(4.0, 0.6)};
  EXPECT_EQ(SecondsTo(0.2, curve), 1.0);
  EXPECT_EQ(SecondsTo(0.45, curve), 2.0);
  EXPECT_EQ(SecondsTo(0.6, curve), 4.0);
  EXPECT_EQ(SecondsTo(0.61, curve), std::nullopt);
}

TEST(TargetsOf, AreThoseGivenOrSomeUpToTheBestOfTheFirstMethod) {
  std::vector<MethodReport> reports(2);
  reports[0].curve = {At(1.0, 0.667), At(2.0, 0.65)};
  reports[1].curve = {At(1.0, 0.9)};
  EXPECT_THAT(TargetsOf({}, reports),
              ElementsAre(testing::DoubleEq(0.56), testing::DoubleEq(0.61),
                          testing::DoubleEq(0.64), testing::DoubleEq(0.66)));
  EXPECT_THAT(TargetsOf({.targets = {0.3}}, reports), ElementsAre(0.3));
  reports[0].curve.clear();  // it failed
  reports[1].curve = {At(1.0, 0.29)};
  EXPECT_EQ(TargetsOf({}, reports).back(), 0.29);
}

}  // namespace
}  // namespace slide::comparison_test
