// The compared methods by name: which options each changes.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/comparison.h"
#include "slide/error.h"
#include "support/error_of.h"

namespace slide::methods_test {
namespace {

using testing::HasSubstr;
using testing_support::ErrorOf;

Method Parse(std::string_view text) {
  TrainOptions train;
  train.sampling.max_hashed = 70;
  train.sampling.random_negatives = 30;
  return ParseMethod(text, {}, train);
}

TEST(ParseMethod, EachKnownNameIsOneAndNamesItself) {
  for (const KnownMethod& known : KnownMethods()) {
    EXPECT_EQ(Parse(known.name).name, known.name);
    EXPECT_FALSE(known.sentence.empty());
  }
}

TEST(ParseMethod, SlideIsTheOptionsAsGiven) {
  const Method method = Parse("slide");
  EXPECT_EQ(method.train.sampling.max_hashed, 70);
  EXPECT_EQ(method.train.sampling.random_negatives, 30);
  EXPECT_EQ(method.train.sparse_part.mode, SparsePartMode::kAuto);
  EXPECT_TRUE(method.has_net);
}

TEST(ParseMethod, SampledOnesDrawAsManyAsSlideComputes) {
  for (const char* name : {"sampled-uniform", "sampled-uniform-plain"}) {
    const Method method = Parse(name);
    EXPECT_EQ(method.train.sampling.max_hashed, 0);
    EXPECT_EQ(method.train.sampling.random_negatives, 100);
    EXPECT_EQ(method.train.sampling.frequency_share, 0.0);
    EXPECT_EQ(method.network.hash.kind, HashKind::kNone);
  }
  EXPECT_EQ(Parse("sampled-uniform").train.sampling.correction,
            Correction::kLogQ);
  EXPECT_EQ(Parse("sampled-uniform-plain").train.sampling.correction,
            Correction::kNone);
}

TEST(ParseMethod, SharedOnesDrawTenTimesAsMany) {
  const Method method = Parse("sampled-log-uniform-shared-plain");
  EXPECT_EQ(method.train.update, UpdateMode::kSampled);
  EXPECT_EQ(method.train.sampling.random_negatives, 1000);
  EXPECT_EQ(method.train.sampling.negative_distribution,
            NegativeDistribution::kLogUniform);
  EXPECT_EQ(method.train.sampling.correction, Correction::kNone);
  EXPECT_EQ(Parse("sampled-uniform-shared/random-negatives=50")
                .train.sampling.random_negatives,
            50);
  TrainOptions train;
  train.update = UpdateMode::kSampled;
  train.sampling.max_hashed = 70;
  train.sampling.random_negatives = 30;
  EXPECT_EQ(ParseMethod("sampled-uniform-shared", {}, train)
                .train.sampling.random_negatives,
            1000);
  EXPECT_EQ(ParseMethod("net", {}, train).train.sampling.random_negatives, 30);
}

TEST(ParseMethod, NetAndLinearAreTheTwoPartsAlone) {
  EXPECT_EQ(Parse("net").train.sparse_part.mode, SparsePartMode::kOff);
  EXPECT_EQ(Parse("linear").train.sparse_part.mode, SparsePartMode::kOn);
  EXPECT_FALSE(Parse("linear").has_net);
}

TEST(ParseMethod, OptionsBehindTheNameGoBeforeIts) {
  const Method method =
      Parse("sampled-uniform/random-negatives=7/hidden=32/learning-rate=0.5");
  EXPECT_EQ(method.train.sampling.random_negatives, 7);
  EXPECT_EQ(method.network.hidden.front().neurons, 32);
  EXPECT_EQ(method.train.learning_rate, 0.5);
}

TEST(ParseMethod, RefusesWhatWouldUndoIt) {
  EXPECT_THAT(ErrorOf([] { Parse("dense/update=hogwild"); }),
              HasSubstr("method dense/update=hogwild: update: got hogwild, "
                        "expected dense"));
  EXPECT_THAT(ErrorOf([] { Parse("linear/sparse-part=off"); }),
              HasSubstr("expected on"));
  EXPECT_THAT(ErrorOf([] { Parse("sampled-uniform/max-hashed=9"); }),
              HasSubstr("max_hashed: got 9, expected 0"));
}

TEST(ParseMethod, SaysWhichWordIsWrong) {
  EXPECT_THAT(ErrorOf([] { Parse("sampled"); }),
              HasSubstr("got the name 'sampled', expected slide, net, "));
  EXPECT_THAT(ErrorOf([] { Parse("net/width=3"); }),
              HasSubstr("method net/width=3: got 'width=3', expected"));
  EXPECT_THAT(ErrorOf([] { Parse("net/epochs=x"); }),
              HasSubstr("epochs: got 'x', expected"));
}

}  // namespace
}  // namespace slide::methods_test
