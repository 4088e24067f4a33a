// Text of data sets as files, plain and packed, and what the reader makes of
// them, for the tests of its parts.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#ifdef SLIDE_HAS_ZSTD
#include <zstd.h>
#endif
#ifdef SLIDE_HAS_BZIP2
#include <bzlib.h>
#endif
#ifdef SLIDE_HAS_XZ
#include <lzma.h>
#endif

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "data/peeked_source.h"
#include "data/text_reader.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::testing_support {

// A file with this content, for as long as the object lives. Tests run in
// processes of their own side by side, so the name holds the process's id.
class TempFile {
 public:
  explicit TempFile(const std::string& content)
      : path_(testing::TempDir() + "slide_text_" + std::to_string(getpid()) +
              ".txt") {
    std::ofstream(path_, std::ios::binary) << content;
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { std::filesystem::remove(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string Gzip(const std::string& text, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8,
               Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

#ifdef SLIDE_HAS_ZSTD
inline std::string Zstd(const std::string& text, int level = 3) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(),
                              text.size(), level));
  return packed;
}
#endif

#ifdef SLIDE_HAS_BZIP2
inline std::string Bzip2(const std::string& text) {
  // The library's manual: a hundredth and 600 bytes more at most.
  std::string packed(text.size() + text.size() / 100 + 600, '\0');
  auto size = static_cast<unsigned>(packed.size());
  std::string input = text;
  BZ2_bzBuffToBuffCompress(packed.data(), &size, input.data(),
                           static_cast<unsigned>(input.size()), 1, 0, 0);
  packed.resize(size);
  return packed;
}
#endif

#ifdef SLIDE_HAS_XZ
inline std::string Xz(const std::string& text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  size_t size = 0;
  lzma_easy_buffer_encode(
      1, LZMA_CHECK_CRC64, nullptr,
      reinterpret_cast<const uint8_t*>(text.data()), text.size(),
      reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size());
  packed.resize(size);
  return packed;
}
#endif

inline ReadOptions LibSvm(std::optional<uint32_t> first_feature = 0,
                          uint32_t first_label = 0) {
  return {.normalize = false,
          .num_threads = 1,
          .format = TextFormat::kLibSvm,
          .first_feature = first_feature,
          .first_label = first_label};
}

// Options for text whose form is told by its first line.
inline ReadOptions Auto() { return {.normalize = false, .num_threads = 1}; }

inline ReadOptions Plain(int num_threads = 1) {
  return {.normalize = false,
          .num_threads = num_threads,
          .format = TextFormat::kXmc};
}

inline CsrArrays Read(const std::string& content,
                      const ReadOptions& options = Plain(),
                      size_t block_bytes = data::kBlockBytes) {
  const TempFile file(content);
  return data::ReadText(data::OpenPeeked(file.path()), file.path(), options,
                        block_bytes);
}

// The message without the path: "FILE:3: ...", or "accepted".
inline std::string ErrorOf(const std::string& content,
                           const ReadOptions& options,
                           size_t block_bytes = data::kBlockBytes) {
  const TempFile file(content);
  try {
    data::ReadText(data::OpenPeeked(file.path()), file.path(), options,
                   block_bytes);
  } catch (const DataError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with(file.path())) << what;
    return "FILE" + what.substr(file.path().size());
  }
  return "accepted";
}

inline std::string ErrorOf(const std::string& content, int num_threads = 1,
                           size_t block_bytes = data::kBlockBytes) {
  return ErrorOf(content, Plain(num_threads), block_bytes);
}

inline void ExpectSame(const CsrArrays& a, const CsrArrays& b) {
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.num_labels, b.num_labels);
  EXPECT_EQ(a.feature_offsets, b.feature_offsets);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.feature_values, b.feature_values);
  EXPECT_EQ(a.label_offsets, b.label_offsets);
  EXPECT_EQ(a.label_ids, b.label_ids);
}

// Points with 0..7 features and 0..4 labels each.
inline std::string RandomText(int num_points) {
  util::Rng rng(7);
  std::string text = fmt::format("{} 1000 100\n", num_points);
  for (int i = 0; i < num_points; ++i) {
    uint64_t label = 0;
    for (uint64_t n = rng.UniformInt(5), j = 0; j < n; ++j) {
      label += 1 + rng.UniformInt(20);
      text += fmt::format("{}{}", j > 0 ? "," : "", label - 1);
    }
    if (label == 0) text += ' ';
    uint64_t feature = 0;
    for (uint64_t n = rng.UniformInt(8), j = 0; j < n; ++j) {
      feature += 1 + rng.UniformInt(100);
      text += fmt::format(" {}:{:.6f}", feature, rng.Normal());
    }
    text += '\n';
  }
  return text;
}

}  // namespace slide::testing_support
