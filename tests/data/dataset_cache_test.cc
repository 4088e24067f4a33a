#include "slide/dataset_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "support/container.h"
#include "support/read_bytes.h"

namespace slide::dataset_cache_test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing_support::Container;

// Three samples over 6 features and 4 labels; the second one is empty.
CsrArrays SmallArrays() {
  CsrArrays arrays;
  arrays.num_features = 6;
  arrays.num_labels = 4;
  arrays.feature_offsets = {0, 3, 3, 5};
  arrays.feature_ids = {0, 2, 5, 1, 2};
  arrays.feature_values = {0.5f, -1.0f, 2.0f, 0.0f, 3.0f};
  arrays.label_offsets = {0, 2, 2, 3};
  arrays.label_ids = {1, 3, 1};
  return arrays;
}

class CacheTest : public testing::Test {
 protected:
  CacheTest()
      : path_(testing::TempDir() + "slide_cache_" + std::to_string(getpid())) {}
  ~CacheTest() override { std::filesystem::remove(path_); }

  std::string Bytes() const { return testing_support::ReadBytes(path_); }
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  // Writes the small cache with another header or other sections under right
  // sums, as an attacker would.
  void WriteForged(const std::function<void(Container&)>& change) const {
    WriteCache(Dataset(SmallArrays()), false, path_);
    Container parts = Container::Of(Bytes());
    change(parts);
    Write(parts.File());
  }
  // Writes the file with other arrays of the same lengths.
  void WriteForgedArrays(const std::function<void(CsrArrays&)>& change) const {
    WriteForged([&](Container& parts) {
      CsrArrays arrays = SmallArrays();
      change(arrays);
      const auto put = [&](const char* name, const auto& array) {
        parts.Put(name, {reinterpret_cast<const char*>(array.data()),
                         array.size() * sizeof(array[0])});
      };
      put("feature_offsets", arrays.feature_offsets);
      put("label_offsets", arrays.label_offsets);
      put("feature_ids", arrays.feature_ids);
      put("feature_values", arrays.feature_values);
      put("label_ids", arrays.label_ids);
    });
  }

  // Returns the error that `call` throws, without the path; "accepted" if it
  // throws none.
  std::string ErrorOf(const std::function<void()>& call) const {
    try {
      call();
    } catch (const DataError& error) {
      const std::string what = error.what();
      EXPECT_THAT(what, StartsWith(path_));
      return "FILE" + what.substr(path_.size());
    }
    return "accepted";
  }
  std::string OpenError() const {
    return ErrorOf([&] { OpenCache(path_); });
  }
  std::string VerifyError() const {
    return ErrorOf([&] { VerifyCache(path_); });
  }
  // Returns the error of ThrowIfDamaged after all samples were read.
  std::string ReadError() const {
    return ErrorOf([&] {
      const Dataset data = OpenCache(path_);
      uint64_t sum = 0;
      for (size_t i = 0; i < data.size(); ++i) {
        for (const uint32_t id : data[i].features.ids) sum += id;
        for (const uint32_t id : data[i].labels) sum += id;
      }
      EXPECT_LT(sum, 100u);
      data.ThrowIfDamaged();
    });
  }

  const std::string path_;
};

TEST_F(CacheTest, GivesBackWhatWasWritten) {
  const CacheInfo written = WriteCache(Dataset(SmallArrays()), false, path_);
  EXPECT_EQ(written.num_bytes, std::filesystem::file_size(path_));
  EXPECT_TRUE(IsCache(path_));
  CacheInfo info;
  const Dataset data = OpenCache(path_, &info);
  EXPECT_EQ(info.version, 2u);
  EXPECT_FALSE(info.normalized);
  EXPECT_EQ(info.num_bytes, written.num_bytes);
  const CsrArrays expected = SmallArrays();
  const CsrView arrays = data.arrays();
  EXPECT_EQ(data.size(), 3u);
  EXPECT_EQ(arrays.num_features, 6u);
  EXPECT_EQ(arrays.num_labels, 4u);
  EXPECT_THAT(arrays.feature_offsets,
              ElementsAreArray(expected.feature_offsets));
  EXPECT_THAT(arrays.feature_ids, ElementsAreArray(expected.feature_ids));
  EXPECT_THAT(arrays.feature_values, ElementsAreArray(expected.feature_values));
  EXPECT_THAT(arrays.label_offsets, ElementsAreArray(expected.label_offsets));
  EXPECT_THAT(arrays.label_ids, ElementsAreArray(expected.label_ids));
  EXPECT_THAT(data[0].features.values, ElementsAre(0.5f, -1.0f, 2.0f));
  EXPECT_THAT(data[1].labels, IsEmpty());
  EXPECT_THAT(data[2].labels, ElementsAre(1));
  EXPECT_THAT(data.LabelCounts(), ElementsAre(0, 2, 0, 1));
  EXPECT_NO_THROW(data.CheckAll());
  EXPECT_NO_THROW(data.ThrowIfDamaged());
  VerifyCache(path_);
}

TEST_F(CacheTest, IsTheSameBytesEachTime) {
  WriteCache(Dataset(SmallArrays()), false, path_);
  const std::string bytes = Bytes();
  WriteCache(OpenCache(path_), false, path_);  // replaces what it is reading
  EXPECT_EQ(Bytes(), bytes);
}

// A flipped exponent keeps every other rule, and trains to a loss of 1e33.
TEST_F(CacheTest, SamplesOfAScaledCacheHaveLengthOne) {
  CsrArrays arrays = SmallArrays();
  EXPECT_THROW(WriteCache(Dataset(arrays), true, path_), DataError);
  arrays.feature_values = {0.6f, -0.64f, 0.48f, 0.6f, 0.8f};
  ASSERT_EQ(arrays.feature_offsets[1], 3u);
  WriteCache(Dataset(arrays), true, path_);
  EXPECT_EQ(VerifyError(), "accepted");
  Container parts = Container::Of(Bytes());
  arrays.feature_values[1] *= 2.0f;
  parts.Put(
      "feature_values",
      std::string(reinterpret_cast<const char*>(arrays.feature_values.data()),
                  arrays.feature_values.size() * sizeof(float)));
  Write(parts.File());
  const Dataset data = OpenCache(path_);
  EXPECT_THAT(data[0].features.ids, IsEmpty());
  EXPECT_THAT(data[2].features.ids, ElementsAre(1, 2));
  EXPECT_THAT(ErrorOf([&] { data.ThrowIfDamaged(); }),
              testing::StartsWith("FILE: sample 0: the features have length "));
}

TEST_F(CacheTest, HoldsADataSetWithoutSamples) {
  WriteCache(Dataset(), false, path_);
  EXPECT_EQ(OpenCache(path_).size(), 0u);
  EXPECT_EQ(VerifyError(), "accepted");
}

TEST_F(CacheTest, CopiesOutliveTheOriginalAndTheFile) {
  WriteCache(Dataset(SmallArrays()), false, path_);
  Dataset copy;
  {
    const Dataset data = OpenCache(path_);
    copy = data;
  }
  std::filesystem::remove(path_);
  EXPECT_THAT(copy[2].features.ids, ElementsAre(1, 2));
}

TEST_F(CacheTest, IsReadLikeTextAndToldByContent) {
  WriteCache(Dataset(SmallArrays()), false, path_);
  EXPECT_EQ(ReadData(path_, {.normalize = false}).size(), 3u);
  EXPECT_EQ(ErrorOf([&] { ReadData(path_); }),
            "FILE: the cache holds samples that were not scaled to length 1, "
            "expected --no-normalize, or a cache that was converted with "
            "scaling");
  EXPECT_EQ(ErrorOf([&] { ReadXmc(path_); }),
            "FILE: is a cache where only text can be read, expected the "
            "cache as a file of its own, not packed");
  CsrArrays scaled = SmallArrays();
  scaled.feature_values = {0.6f, -0.64f, 0.48f, 0.6f, 0.8f};
  WriteCache(Dataset(scaled), true, path_);
  EXPECT_EQ(ReadData(path_).size(), 3u);
  EXPECT_EQ(
      ErrorOf([&] { ReadData(path_, {.normalize = false}); }),
      "FILE: the cache holds samples scaled to length 1, expected a cache "
      "that was converted without (--no-normalize)");
}

// Text of more than a block for each of three threads.
TEST_F(CacheTest, ConvertsTextOfAnyFormToTheCacheOfItsData) {
  std::string xmc = "100000 100 10\n", libsvm;
  for (int i = 0; i < 100'000; ++i) {
    std::string features;
    for (int f = i % 7; f < 100; f += 13) {
      features.append(" ").append(std::to_string(f)).append(":0.");
      features.append(std::to_string(f + i % 3));
    }
    for (std::string* text : {&xmc, &libsvm}) {
      text->append(std::to_string(i % 10)).append(features).append("\n");
    }
  }
  const std::string text = path_ + ".text";
  const std::array kinds = {xmc, libsvm};
  for (const std::string& content : kinds) {
    std::ofstream(text, std::ios::binary) << content;
    for (const bool normalize : {true, false}) {
      const ReadOptions options = {.normalize = normalize, .num_threads = 3};
      const Dataset data = ReadData(text, options);
      CacheInfo facts;
      if (&content != &kinds[0]) facts.first_feature = facts.first_label = 0;
      WriteCache(data, normalize, path_, facts);
      const std::string expected = Bytes();
      std::vector<double> heard;
      const ConvertedCache result =
          ConvertToCache(text, path_, options, [&](double fraction) {
            heard.push_back(fraction);
            return true;
          });
      EXPECT_TRUE(Bytes() == expected);
      EXPECT_EQ(result.num_points, data.size());
      EXPECT_EQ(result.num_nonzeros, data.num_nonzeros());
      EXPECT_EQ(result.num_label_marks, data.num_label_marks());
      EXPECT_EQ(result.num_features, data.num_features());
      EXPECT_EQ(result.num_labels, data.num_labels());
      EXPECT_EQ(result.cache.num_bytes, expected.size());
      EXPECT_EQ(result.cache.normalized, normalize);
      EXPECT_GE(heard.size(), 2u);
      EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
      EXPECT_LE(heard.back(), 1.0);
    }
  }
  const std::string before = Bytes();
  const ConvertedCache stopped =
      ConvertToCache(text, path_, {}, [](double) { return false; });
  EXPECT_TRUE(stopped.stopped);
  EXPECT_TRUE(Bytes() == before);
  std::filesystem::remove(text);
}

TEST_F(CacheTest, KeepsFirstNumbersAndFingerprintsOfItsText) {
  const std::string text = path_ + ".text";
  std::ofstream(text) << "1 3 2 # vocabulary=0123456789abcdef "
                         "labels=00000000000000ff\n1 0:1\n";
  ModelCard of_text, of_cache;
  ReadData(text, {}, &of_text);
  EXPECT_EQ(of_text.fingerprints.vocabulary, 0x0123456789abcdefu);
  EXPECT_EQ(of_text.fingerprints.labels, 255u);
  EXPECT_FALSE(of_text.first_feature);
  ConvertToCache(text, path_);
  ReadData(path_, {}, &of_cache);
  EXPECT_EQ(of_cache, of_text);
  // And a cache of the cache.
  const std::string bytes = Bytes();
  ConvertToCache(path_, path_);
  EXPECT_TRUE(Bytes() == bytes);

  std::ofstream(text) << "2 1:1\n";
  ConvertToCache(text, path_, {.first_feature = 1, .first_label = 1});
  CacheInfo info;
  OpenCache(path_, &info);
  EXPECT_EQ(info.first_feature, 1u);
  EXPECT_EQ(info.first_label, 1u);
  EXPECT_EQ(info.fingerprints, Fingerprints());
  std::filesystem::remove(text);

  WriteForged(
      [](Container& parts) { parts.header["info"]["first_label"] = 2; });
  EXPECT_EQ(ErrorOf([&] { OpenCache(path_); }),
            "FILE: the header's 'info.first_label': got 2, expected a whole "
            "number from 0 to 1");
  WriteForged(
      [](Container& parts) { parts.header["info"]["labels_xxh64"] = "x"; });
  EXPECT_EQ(ErrorOf([&] { OpenCache(path_); }),
            "FILE: the header's 'info.labels_xxh64': got \"x\", expected 16 "
            "hexadecimal digits");
}

TEST_F(CacheTest, SizesOfSamplesComeWithoutThem) {
  const Dataset memory((SmallArrays()));
  WriteCache(memory, false, path_);
  const Dataset mapped = OpenCache(path_);
  EXPECT_EQ(mapped.num_bytes(), memory.num_bytes());
  EXPECT_EQ(memory.num_bytes(), 8u * 8 + 10u * 4 + 3u * 4);
  for (const Dataset& data : {memory, mapped}) {
    EXPECT_EQ(data.SizeOf(0).num_features, 3u);
    EXPECT_EQ(data.SizeOf(0).num_labels, 2u);
    EXPECT_EQ(data.SizeOf(1).num_features, 0u);
    EXPECT_EQ(data.SizeOf(1).num_labels, 0u);
    EXPECT_THAT(data[2].features.ids, ElementsAre(1, 2));
  }
  // Offsets that point anywhere.
  CsrArrays arrays = SmallArrays();
  arrays.feature_offsets[1] = uint64_t{1} << 60;
  const Dataset damaged =
      Dataset::ViewUnchecked(ViewOf(arrays), nullptr, "FILE");
  EXPECT_EQ(damaged.SizeOf(0).num_labels, 0u);
  EXPECT_EQ(damaged.SizeOf(1).num_features, 0u);
  EXPECT_EQ(damaged.SizeOf(2).num_features, 2u);
}

TEST_F(CacheTest, RefusesAFileThatIsMissingOrForeign) {
  EXPECT_FALSE(IsCache(path_));
  EXPECT_EQ(OpenError(), "FILE: cannot be read: No such file or directory");
  EXPECT_FALSE(IsCache(testing::TempDir()));
  EXPECT_THROW(OpenCache(testing::TempDir()), DataError);
  Write("");
  EXPECT_FALSE(IsCache(path_));
  EXPECT_THROW(OpenCache(path_), DataError);
  Write("2 5 4\n0 1:1\n1 2:2\n");
  EXPECT_FALSE(IsCache(path_));
  EXPECT_EQ(OpenError(), "FILE: not a slide cache (bad magic)");
}

// The container's own tests damage each byte of a file, and cut it anywhere.
TEST_F(CacheTest, RefusesACacheThatIsCutOffOrGoesOn) {
  WriteCache(Dataset(SmallArrays()), false, path_);
  const std::string bytes = Bytes();
  Write(bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(OpenError(), StartsWith("FILE: cut off: got "));
  Write(bytes + "x");
  EXPECT_THAT(OpenError(), StartsWith("FILE: continues behind its end: got "));
}

// Version 1 had a header of another form behind the same first 12 bytes.
TEST_F(CacheTest, RefusesTheFirstVersion) {
  Write(std::string("slidedat\1\0\0\0\0\1\0\0", 16) + std::string(560, '\0'));
  EXPECT_TRUE(IsCache(path_));
  EXPECT_EQ(OpenError(),
            "FILE: got version 1 of a slide cache, expected 2; convert the "
            "data again");
}

TEST_F(CacheTest, RefusesHeadersThatLieUnderARightSum) {
  const auto error_after = [&](const std::function<void(Container&)>& lie) {
    WriteForged(lie);
    return OpenError();
  };
  EXPECT_EQ(error_after([](Container&) {}), "accepted");
  EXPECT_EQ(error_after([](Container& c) {
              c.header["info"]["features"] = 1ull << 32;
            }),
            "FILE: the header's 'features': got 4294967296, expected a whole "
            "number from 0 to 4294967295");
  EXPECT_EQ(error_after([](Container& c) { c.header["info"]["labels"] = 4.5; }),
            "FILE: the header's 'labels': got 4.5, expected a whole number "
            "from 0 to 4294967295");
  EXPECT_EQ(
      error_after([](Container& c) { c.header["info"].erase("normalized"); }),
      "FILE: the header has no 'normalized'");
  // Lengths that the file has room for, but that do not match each other.
  EXPECT_EQ(
      error_after([](Container& c) { c.Section("feature_ids")["rows"] = 6; }),
      "FILE: feature_values has 5 entries, expected 6, the length of "
      "feature_ids");
  EXPECT_EQ(error_after(
                [](Container& c) { c.Section("feature_offsets")["rows"] = 5; }),
            "FILE: feature_offsets has 5 entries and label_offsets 4, expected "
            "the same number");
  EXPECT_EQ(error_after([](Container& c) {
              c.Section("label_offsets")["rows"] = 8;
              c.Section("label_offsets")["row_bytes"] = 4;
            }),
            "FILE: section label_offsets: got 8 rows of 1 numbers, 4 bytes "
            "each, expected 8 rows of 1 numbers, 8 bytes each");
  EXPECT_EQ(error_after([](Container& c) {
              c.Section("label_ids")["name"] = "feature_ids";
            }),
            "FILE: section label_ids is missing");
  EXPECT_EQ(error_after([](Container& c) {
              c.header["sections"].push_back(c.Section("label_ids"));
              c.header["sections"].back()["rows"] = 0;
              c.sections.resize((c.sections.size() + 63) / 64 * 64);
            }),
            "FILE: got 6 sections, expected 5");
}

TEST_F(CacheTest, OpeningReadsNoSectionAndVerifyFindsDamageInEach) {
  for (const char* name : {"feature_offsets", "label_offsets", "feature_ids",
                           "feature_values", "label_ids"}) {
    WriteForged([&](Container& c) { c.sections[c.Offset(name) + 1] ^= 1; });
    EXPECT_EQ(OpenError(), "accepted");
    EXPECT_THAT(VerifyError(), StartsWith(std::string("FILE: section ") + name +
                                          " is damaged: got checksum "));
  }
}

// A file made to deceive opens; what breaks a rule is never given out.
TEST_F(CacheTest, SamplesThatBreakARuleAreGivenEmptyAndReported) {
  const auto expect = [&](const std::function<void(CsrArrays&)>& forge,
                          const std::string& error) {
    WriteForgedArrays(forge);
    EXPECT_EQ(OpenError(), "accepted");
    EXPECT_EQ(ReadError(), "FILE: " + error);
    EXPECT_EQ(VerifyError(), "FILE: " + error);
    EXPECT_EQ(ErrorOf([&] { WriteCache(OpenCache(path_), true, path_); }),
              "FILE: " + error);
  };
  expect([](CsrArrays& a) { a.feature_ids[2] = 6; },
         "sample 0: feature id 6 is not below num_features = 6");
  expect([](CsrArrays& a) { a.label_ids[2] = 4'000'000'000; },
         "sample 2: label id 4000000000 is not below num_labels = 4");
  expect([](CsrArrays& a) { a.feature_ids[4] = 1; },
         "sample 2: feature id 1 after 1; ids must ascend without repeats");
  expect([](CsrArrays& a) { a.feature_ids[1] = 4'000'000'000; },
         "sample 0: feature id 4000000000 is not below num_features = 6");
  expect(
      [](CsrArrays& a) {
        a.feature_values[3] = std::numeric_limits<float>::infinity();
      },
      "sample 2: the value of feature 1 is inf, expected finite numbers");
  expect([](CsrArrays& a) { a.feature_offsets[1] = uint64_t{1} << 60; },
         "sample 0: feature_offsets goes from 0 to 1152921504606846976, "
         "expected rising offsets of at most 5");
  expect(
      [](CsrArrays& a) { a.label_offsets[1] = ~uint64_t{0}; },
      "sample 0: label_offsets goes from 0 to 18446744073709551615, expected "
      "rising offsets of at most 3");
}

TEST_F(CacheTest, LabelCountsRefuseLabelsOutOfRange) {
  WriteForgedArrays([](CsrArrays& a) { a.label_ids[2] = 4; });
  EXPECT_EQ(ErrorOf([&] { OpenCache(path_).LabelCounts(); }),
            "FILE: sample 2: label id 4 is not below num_labels = 4");
}

TEST_F(CacheTest, ADamagedSampleIsEmptyAndCopiesKnowOfIt) {
  WriteForgedArrays([](CsrArrays& a) { a.feature_ids[4] = 9; });
  const Dataset data = OpenCache(path_);
  const Dataset copy = data;
  EXPECT_THAT(data[0].labels, ElementsAre(1, 3));
  EXPECT_NO_THROW(copy.ThrowIfDamaged());
  EXPECT_THAT(data[2].features.ids, IsEmpty());
  EXPECT_THAT(data[2].labels, IsEmpty());
  EXPECT_THROW(copy.ThrowIfDamaged(), DataError);
}

TEST_F(CacheTest, ViewUncheckedRefusesLengthsThatDoNotMatch) {
  try {
    Dataset::ViewUnchecked({}, nullptr, "mine");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()),
              "mine: feature_offsets is empty, expected a list from 0 on");
  }
}

}  // namespace
}  // namespace slide::dataset_cache_test
