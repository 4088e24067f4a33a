#include "data/cache_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "data/point_parser.h"
#include "slide/error.h"
#include "util/binary_io.h"
#include "util/checksum.h"

namespace slide::data {
namespace {

// Of nonzeros and of label marks, as of points: no multiple of them overflows.
constexpr uint64_t kMaxCount = XmcHeader::kMaxPoints;
constexpr uint64_t kMaxIds = std::numeric_limits<uint32_t>::max();

std::span<const std::byte> BytesOf(std::span<const std::byte> file,
                                   const CacheSection& section) noexcept {
  return file.subspan(section.offset, section.num_bytes);
}

template <typename T>
std::span<const T> ArrayOf(std::span<const std::byte> file,
                           const CacheSection& section) noexcept {
  const std::span<const std::byte> bytes = BytesOf(file, section);
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

void CheckCount(const std::string& name, const char* things, uint64_t count,
                uint64_t max) {
  if (count <= max) return;
  throw DataError(
      fmt::format("{}: the header of the cache says {} {}; allowed are at most "
                  "{}",
                  name, count, things, max));
}

bool SameLayout(const CacheHeader& a, const CacheHeader& b) noexcept {
  for (size_t i = 0; i < kNumSections; ++i) {
    if (a.sections[i].offset != b.sections[i].offset ||
        a.sections[i].num_bytes != b.sections[i].num_bytes) {
      return false;
    }
  }
  return a.file_bytes == b.file_bytes;
}

}  // namespace

void LayOut(CacheHeader& header) noexcept {
  const uint64_t offsets_bytes = (header.num_points + 1) * sizeof(uint64_t);
  const std::array<uint64_t, kNumSections> sizes = {
      offsets_bytes, offsets_bytes, header.num_nonzeros * sizeof(uint32_t),
      header.num_nonzeros * sizeof(float),
      header.num_label_marks * sizeof(uint32_t)};
  uint64_t end = sizeof(CacheHeader);
  for (size_t i = 0; i < kNumSections; ++i) {
    header.sections[i].offset = end;
    header.sections[i].num_bytes = sizes[i];
    end += (sizes[i] + kSectionAlignment - 1) / kSectionAlignment *
           kSectionAlignment;
  }
  header.file_bytes = end;
}

std::string_view Name(CacheSectionId section) noexcept {
  constexpr std::array<std::string_view, kNumSections> kNames = {
      "feature_offsets", "label_offsets", "feature_ids", "feature_values",
      "label_ids"};
  return kNames[section];
}

CacheHeader EmptyCacheHeader(bool normalized) noexcept {
  CacheHeader header;
  std::copy(kCacheMagic.begin(), kCacheMagic.end(), header.magic.begin());
  header.version = kCacheVersion;
  header.header_bytes = sizeof(CacheHeader);
  header.flags = normalized ? CacheHeader::kNormalized : 0;
  return header;
}

void WritePadding(util::AtomicFile& file) {
  constexpr std::array<std::byte, kSectionAlignment> kZeros = {};
  const size_t rest = file.num_written() % kZeros.size();
  if (rest > 0) file.Write(std::span(kZeros).first(kZeros.size() - rest));
}

CacheInfo InfoOf(const CacheHeader& header) noexcept {
  return {.version = header.version,
          .normalized = (header.flags & CacheHeader::kNormalized) != 0,
          .num_bytes = header.file_bytes};
}

uint64_t HeaderChecksum(const CacheHeader& header) noexcept {
  return util::Checksum(std::as_bytes(std::span(&header, 1))
                            .first(offsetof(CacheHeader, checksum)));
}

CacheHeader ReadCacheHeader(std::span<const std::byte> file,
                            const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(name + ": " + what);
  };
  CacheHeader header;
  std::memcpy(&header, file.data(), std::min(file.size(), sizeof(header)));
  if (std::string_view(header.magic.data(), header.magic.size()) !=
      kCacheMagic) {
    refuse("is not a cache of slide");
  }
  if (file.size() < sizeof(header)) {
    refuse(
        fmt::format("the cache is cut off: it has {} bytes, fewer than its "
                    "header's {}",
                    file.size(), sizeof(header)));
  }
  if (header.version != kCacheVersion) {
    refuse(
        fmt::format("is a cache of version {}; this build reads version {}; "
                    "convert the data again",
                    header.version, kCacheVersion));
  }
  if (header.checksum != HeaderChecksum(header)) {
    refuse("the header of the cache is damaged: its checksum does not fit");
  }
  // From here on only a header that was made to deceive fails, or a file that
  // lost its end.
  CheckCount(name, "points", header.num_points, kMaxCount);
  CheckCount(name, "features", header.num_features, kMaxIds);
  CheckCount(name, "labels", header.num_labels, kMaxIds);
  CheckCount(name, "nonzeros", header.num_nonzeros, kMaxCount);
  CheckCount(name, "label marks", header.num_label_marks, kMaxCount);
  CacheHeader expected = header;
  LayOut(expected);
  if (!SameLayout(header, expected) ||
      header.header_bytes != sizeof(CacheHeader) ||
      header.flags > CacheHeader::kNormalized) {
    refuse("the header of the cache contradicts itself");
  }
  if (file.size() < header.file_bytes) {
    refuse(fmt::format("the cache is cut off: it has {} of its {} bytes",
                       file.size(), header.file_bytes));
  }
  if (file.size() > header.file_bytes) {
    refuse(fmt::format("{} bytes follow the cache; the file must end there",
                       file.size() - header.file_bytes));
  }
  return header;
}

CsrView ViewSections(std::span<const std::byte> file,
                     const CacheHeader& header) noexcept {
  const auto& sections = header.sections;
  return {.num_features = static_cast<uint32_t>(header.num_features),
          .num_labels = static_cast<uint32_t>(header.num_labels),
          .feature_offsets = ArrayOf<uint64_t>(file, sections[kFeatureOffsets]),
          .feature_ids = ArrayOf<uint32_t>(file, sections[kFeatureIds]),
          .feature_values = ArrayOf<float>(file, sections[kFeatureValues]),
          .label_offsets = ArrayOf<uint64_t>(file, sections[kLabelOffsets]),
          .label_ids = ArrayOf<uint32_t>(file, sections[kLabelIds])};
}

void CheckSections(std::span<const std::byte> file, const CacheHeader& header,
                   const std::string& name) {
  for (size_t i = 0; i < kNumSections; ++i) {
    const uint64_t checksum = util::Checksum(BytesOf(file, header.sections[i]));
    if (checksum == header.sections[i].checksum) continue;
    throw DataError(fmt::format(
        "{}: the section {} of the cache is damaged: its checksum is {:016x}, "
        "the header says {:016x}",
        name, Name(static_cast<CacheSectionId>(i)), checksum,
        header.sections[i].checksum));
  }
}

}  // namespace slide::data
