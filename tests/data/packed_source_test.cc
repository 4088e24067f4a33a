// Every form of packing, by the same rules: members one behind the other, cuts,
// damage, and what follows. Its own library packs.
#include "data/packed_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "support/data_text.h"

namespace slide::data::packed_source_test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing_support::ErrorOf;
using testing_support::ExpectSame;
using testing_support::Plain;
using testing_support::RandomText;
using testing_support::Read;

struct Packer {
  std::string name;
  std::function<std::string(const std::string&)> pack;
};

std::vector<Packer> Packers() {
  std::vector<Packer> packers = {
      {"gzip", [](const auto& text) { return testing_support::Gzip(text); }}};
#ifdef SLIDE_HAS_ZSTD
  packers.push_back(
      {"zstd", [](const auto& text) { return testing_support::Zstd(text); }});
#endif
#ifdef SLIDE_HAS_BZIP2
  packers.push_back({"bzip2", testing_support::Bzip2});
#endif
#ifdef SLIDE_HAS_XZ
  packers.push_back({"xz", testing_support::Xz});
#endif
  return packers;
}

TEST(PackedSource, ReadsWhatWasPacked) {
  for (const auto& [name, pack] : Packers()) {
    SCOPED_TRACE(name);
    // More than is fetched at a time.
    const std::string text = RandomText(20'000);
    EXPECT_GT(pack(text).size(), size_t{300'000});
    const CsrArrays expected = Read(text);
    ExpectSame(Read(pack(text), Plain(2)), expected);
    ExpectSame(Read(pack(text), Plain(1), 1000), expected);
  }
}

TEST(PackedSource, ReadsMembersOneBehindTheOther) {
  for (const auto& [name, pack] : Packers()) {
    SCOPED_TRACE(name);
    const std::string text = RandomText(300);
    for (const size_t cut : {size_t{0}, size_t{1}, size_t{777}, text.size()}) {
      ExpectSame(
          Read(pack(text.substr(0, cut)) + pack("") + pack(text.substr(cut))),
          Read(text));
    }
  }
}

TEST(PackedSource, RefusesAFileThatIsCutOff) {
  for (const auto& [name, pack] : Packers()) {
    const std::string packed = pack(RandomText(50));
    for (size_t size = kMaxMagicBytes; size < packed.size(); ++size) {
      EXPECT_THAT(ErrorOf(packed.substr(0, size), 1, 100),
                  HasSubstr(": the " + name +
                            " data is cut off: the file ends inside it"))
          << "cut at " << size << " of " << packed.size();
    }
  }
}

TEST(PackedSource, RefusesEveryDamagedByteOrReadsTheSame) {
  for (const auto& [name, pack] : Packers()) {
    const std::string text = "2 5 4\n0 1:1 2:0.25\n1,3 2:1 4:3e2\n";
    const std::string packed = pack(text);
    size_t num_same = 0;
    for (size_t i = kMaxMagicBytes; i < packed.size(); ++i) {
      std::string damaged = packed;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x21);
      const std::string error = ErrorOf(damaged);
      if (error == "accepted") {
        // A byte that says nothing of the content: a time, a system.
        ExpectSame(Read(damaged), Read(text));
        ++num_same;
      }
    }
    // zstd packs without a sum here.
    EXPECT_LT(num_same, name == "zstd" ? packed.size() : size_t{8}) << name;
  }
}

TEST(PackedSource, RefusesBytesBehind) {
  for (const auto& [name, pack] : Packers()) {
    const std::string packed = pack("1 5 4\n0 1:1\n");
    EXPECT_EQ(ErrorOf(packed + "?"),
              "FILE:3: bytes that are not " + name + " follow the " + name +
                  " data, expected the end of the file and more " + name +
                  " data");
    EXPECT_EQ(
        ErrorOf(packed + packed[0]),
        "FILE:3: the " + name + " data is cut off: the file ends inside it");
  }
}

#ifdef SLIDE_HAS_XZ
TEST(PackedSource, SkipsThePaddingOfXz) {
  const std::string text = "2 5 4\n0 1:1\n1 2:1\n";
  const std::string zeros(8, '\0');
  ExpectSame(Read(testing_support::Xz(text.substr(0, 9)) + zeros +
                  testing_support::Xz(text.substr(9)) + zeros),
             Read(text));
}
#endif

TEST(PackedSource, TakesTextThatBeginsLikeBzip2) {
  EXPECT_THAT(ErrorOf("BZhang 1 2\n"), HasSubstr("the header has 'BZhang'"));
}

TEST(PackedSource, RefusesArchives) {
  EXPECT_THAT(ErrorOf("PK\x03\x04 and so on"),
              HasSubstr("FILE: is a zip archive, which may hold many files"));
  EXPECT_THAT(ErrorOf("7z\xbc\xaf\x27\x1c and so on"),
              HasSubstr("FILE: is a 7z archive"));
}

TEST(PackedSource, SaysWhichLibraryABuildLacks) {
  const std::vector<std::pair<std::string, std::string>> heads = {
#ifndef SLIDE_HAS_ZSTD
      {"\x28\xb5\x2f\xfd", "libzstd"},
#endif
#ifndef SLIDE_HAS_BZIP2
      {"BZh91AY", "libbz2"},
#endif
#ifndef SLIDE_HAS_XZ
      {std::string("\xfd"
                   "7zXZ\0",
                   6),
       "liblzma"},
#endif
  };
  if (heads.empty()) GTEST_SKIP() << "this build has them all";
  for (const auto& [head, library] : heads) {
    EXPECT_THAT(ErrorOf(head), HasSubstr("it was made without " + library));
  }
}

}  // namespace
}  // namespace slide::data::packed_source_test
