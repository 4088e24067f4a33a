#include "options/words.h"

#include <gtest/gtest.h>

namespace slide::options::words_test {
namespace {

TEST(Words, AreCountedFromZero) {
  EXPECT_EQ(WordAt("a|bc|d", 0), "a");
  EXPECT_EQ(WordAt("a|bc|d", 1), "bc");
  EXPECT_EQ(WordAt("a|bc|d", 2), "d");
  EXPECT_EQ(WordAt("a|bc|d", 3), "");
  EXPECT_EQ(PlaceOf("d", "a|bc|d"), 2u);
  EXPECT_EQ(PlaceOf("b", "a|bc|d"), std::nullopt);
  EXPECT_EQ(PlaceOf("", "a|bc|d"), std::nullopt);
}

// The words stand in the order of the enumerators: the first and the last of
// each, so that a missing one shows.
TEST(Words, NameTheirEnumerators) {
  EXPECT_EQ(Name(Precision::kFp32), "fp32");
  EXPECT_EQ(Name(Precision::kBf16), "bf16");
  EXPECT_EQ(Name(Optimizer::kRowAdagrad), "row-adagrad");
  EXPECT_EQ(Name(Optimizer::kSgd), "sgd");
  EXPECT_EQ(Name(Rounding::kStochastic), "stochastic");
  EXPECT_EQ(Name(Rounding::kNearest), "nearest");
  EXPECT_EQ(Name(HashKind::kSimHash), "simhash");
  EXPECT_EQ(Name(HashKind::kDwta), "dwta");
  EXPECT_EQ(Name(HashKind::kNone), "none");
  EXPECT_EQ(Name(BucketPolicy::kFifo), "fifo");
  EXPECT_EQ(Name(BucketPolicy::kReservoir), "reservoir");
  EXPECT_EQ(Name(SamplingStrategy::kVanilla), "vanilla");
  EXPECT_EQ(Name(SamplingStrategy::kThreshold), "threshold");
  EXPECT_EQ(Name(Activation::kRelu), "relu");
  EXPECT_EQ(Name(Activation::kLinear), "linear");
  EXPECT_EQ(Name(Loss::kSoftmax), "softmax");
  EXPECT_EQ(Name(Loss::kSigmoid), "sigmoid");
  EXPECT_EQ(Name(Correction::kLogQ), "logq");
  EXPECT_EQ(Name(Correction::kNone), "none");
  EXPECT_EQ(Name(RebuildMode::kPause), "pause");
  EXPECT_EQ(Name(RebuildMode::kBackground), "background");
  EXPECT_EQ(Name(Schedule::kConstant), "constant");
  EXPECT_EQ(Name(Schedule::kCosine), "cosine");
  EXPECT_EQ(Name(UpdateMode::kHogwild), "hogwild");
  EXPECT_EQ(Name(UpdateMode::kBatched), "batched");
  EXPECT_EQ(Name(UpdateMode::kDense), "dense");
  EXPECT_EQ(Name(UpdateMode::kSampled), "sampled");
  EXPECT_EQ(Name(HashKind::kAuto), "auto");
  EXPECT_EQ(Name(NegativeDistribution::kLogUniform), "log-uniform");
  EXPECT_EQ(Name(BiasInit::kZero), "zero");
  EXPECT_EQ(Name(BiasInit::kLogPrior), "log-prior");
  EXPECT_EQ(Name(static_cast<BiasInit>(2)), "");
}

}  // namespace
}  // namespace slide::options::words_test
