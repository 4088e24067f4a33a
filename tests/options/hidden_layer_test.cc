#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "options/values.h"
#include "slide/error.h"
#include "slide/options/network.h"

namespace slide::options::hidden_layer_test {
namespace {

HiddenLayer Read(std::string_view text) {
  HiddenLayer layer;
  Parse(text, Range{}, layer);
  return layer;
}

std::string Refusal(std::string_view text) {
  try {
    Read(text);
  } catch (const OptionsError& error) {
    return error.what();
  }
  return "taken";
}

TEST(HiddenLayer, ANumberAloneIsADenseReluLayer) {
  const HiddenLayer layer = Read("300");
  EXPECT_EQ(layer.neurons, 300);
  EXPECT_EQ(layer.activation, Activation::kRelu);
  EXPECT_FALSE(layer.is_hashed());
  EXPECT_EQ(Read("300:tanh").activation, Activation::kTanh);
}

TEST(HiddenLayer, WordsOfItsTablesAreThoseOfTheCommandLine) {
  const HiddenLayer layer = Read(
      "40:candidates=30:hashes=3:active=9:simhash:tables=12:table-bits=8:"
      "bucket-capacity=5:reservoir:no-hash-center:linear");
  EXPECT_EQ(layer.activation, Activation::kLinear);
  EXPECT_EQ(layer.max_active, 9);
  EXPECT_EQ(layer.hash.kind, HashKind::kSimHash);
  EXPECT_EQ(layer.hash.candidates, 30);
  EXPECT_EQ(layer.hash.hashes_per_table, 3);
  EXPECT_EQ(layer.hash.num_tables, 12);
  EXPECT_EQ(layer.hash.table_bits, 8);
  EXPECT_EQ(layer.hash.bucket_capacity, 5);
  EXPECT_EQ(layer.hash.bucket_policy, BucketPolicy::kReservoir);
  EXPECT_FALSE(layer.hash.centered);
  EXPECT_EQ(Format(layer),
            "40:linear:active=9:simhash:candidates=30:hashes=3:tables=12:"
            "table-bits=8:bucket-capacity=5:reservoir:no-hash-center");
}

TEST(HiddenLayer, TextIsWhatIsNotTheDefaultAndReadBack) {
  for (const char* text :
       {"8", "8:tanh", "8:active=4", "8:active=4:wta:candidates=7"}) {
    EXPECT_EQ(Format(Read(text)), text);
  }
  HiddenLayer dense(8);
  dense.hash.kind = HashKind::kWta;  // means nothing
  EXPECT_EQ(Format(dense), "8");
}

TEST(HiddenLayer, OtherWordsAreRefused) {
  EXPECT_THAT(Refusal(""), testing::StartsWith("got '', expected a whole"));
  EXPECT_EQ(Refusal("12x"),
            "got '12x', expected a whole number, 1 to 16777216");
  EXPECT_THAT(
      Refusal("8:sigmoid"),
      testing::StartsWith("got 'sigmoid', expected N[:relu|tanh|linear]"
                          "[:active=N][:simhash|wta|dwta|minhash|none|"
                          "auto][:candidates=N][:hashes=N][:tables=N]"));
  for (const char* text : {"8:", "8:active", "8:active=4:active=3",
                           "8:active=4:no-hash-center=1", "8:neurons=3"}) {
    EXPECT_THAT(Refusal(text), testing::HasSubstr("expected N[:relu")) << text;
  }
  EXPECT_EQ(Refusal("8:active=x"),
            "active: got 'x', expected a whole number, 0 or more");
}

TEST(HiddenLayer, TablesWithoutActiveNeuronsAreRefused) {
  for (const char* text :
       {"8:simhash", "8:candidates=8", "8:tables=20:active=0"}) {
    EXPECT_THAT(Refusal(text), testing::HasSubstr("only with active=N"))
        << text;
  }
}

TEST(HiddenLayer, NumbersHaveToFitEachOther) {
  EXPECT_EQ(Refusal("8:active=9"), "max_active: got 9, expected 0 to 8");
  EXPECT_EQ(Refusal("8:active=4:candidates=3"),
            "candidates: got 3, expected 4 to 8");
  EXPECT_EQ(Refusal("8:active=4:candidates=9"),
            "candidates: got 9, expected 4 to 8");
  EXPECT_THAT(Refusal("8:active=4:none"), testing::HasSubstr("hash.kind"));
  EXPECT_THAT(Refusal("8:active=4:tables=1001"),
              testing::StartsWith("tables: got 1001, expected 1 to 1000"));
}

}  // namespace
}  // namespace slide::options::hidden_layer_test
