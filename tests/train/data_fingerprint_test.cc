#include "train/data_fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "slide/dataset_io.h"
#include "slide/error.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::train::data_fingerprint_test {
namespace {

CsrArrays SmallArrays() {
  CsrArrays arrays;
  arrays.num_features = 9;
  arrays.num_labels = 7;
  testing_support::AddSample(arrays, {1, 2}, {0.5f, 2.0f}, {0, 3});
  testing_support::AddSample(arrays, {4}, {1.0f}, {6});
  return arrays;
}

DataFingerprint Changed(const std::function<void(CsrArrays&)>& change) {
  CsrArrays arrays = SmallArrays();
  change(arrays);
  return FingerprintOf(Dataset(std::move(arrays)));
}

TEST(DataFingerprint, HasTheSizes) {
  const DataFingerprint print = FingerprintOf(Dataset(SmallArrays()));
  EXPECT_EQ(print.num_samples, 2u);
  EXPECT_EQ(print.num_features, 9u);
  EXPECT_EQ(print.num_labels, 7u);
  EXPECT_EQ(print.num_nonzeros, 3u);
  EXPECT_EQ(print.num_label_marks, 3u);
}

TEST(DataFingerprint, ItsSumIsOfAllArrays) {
  const DataFingerprint print = FingerprintOf(Dataset(SmallArrays()));
  const std::vector<std::function<void(CsrArrays&)>> changes = {
      [](CsrArrays& a) { a.feature_ids[1] = 3; },
      [](CsrArrays& a) { a.feature_values[2] = 1.5f; },
      [](CsrArrays& a) { a.label_ids[2] = 5; },
      [](CsrArrays& a) { a.feature_offsets[1] = 1; },
      [](CsrArrays& a) { a.label_offsets[1] = 1; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    DataFingerprint other = Changed(changes[i]);
    EXPECT_NE(other.checksum, print.checksum) << i;
    other.checksum = print.checksum;
    EXPECT_EQ(other, print) << i;
  }
}

TEST(DataFingerprint, OfACacheIsThatOfItsText) {
  const testing_support::TempFolder folder;
  folder.Write("text", "2 5 4\n0,2 1:3 4:4\n3 0:1\n");
  ConvertToCache(folder.Path("text"), folder.Path("cache"), {}, {});
  EXPECT_EQ(FingerprintOf(ReadData(folder.Path("cache"), {})),
            FingerprintOf(ReadData(folder.Path("text"), {})));
}

TEST(RequireSame, NamesWhatIsAnother) {
  const DataFingerprint print = FingerprintOf(Dataset(SmallArrays()));
  const auto refusal = [&](auto&& change) {
    DataFingerprint other = print;
    change(other);
    try {
      RequireSame(other, print, "training set", "PATH");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  EXPECT_EQ(refusal([](DataFingerprint&) {}), "taken");
  EXPECT_EQ(refusal([](DataFingerprint& f) { f.num_samples = 3; }),
            "training set: got 3 samples, expected the 2 that the run of PATH "
            "has");
  EXPECT_EQ(refusal([](DataFingerprint& f) { f.num_label_marks = 1; }),
            "training set: got 1 label marks, expected the 3 that the run of "
            "PATH has");
  EXPECT_THAT(refusal([](DataFingerprint& f) { f.checksum = 15; }),
              testing::HasSubstr("another content (sum 000000000000000f)"));
}

}  // namespace
}  // namespace slide::train::data_fingerprint_test
