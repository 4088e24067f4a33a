#include "slide/dataset_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "data/cache_format.h"
#include "data/dataset_paging.h"
#include "slide/error.h"
#include "util/binary_io.h"
#include "util/checksum.h"

namespace slide {
namespace {

using data::CacheHeader;

// A file mapped for reading.
class MappedFile {
 public:
  // Throws: DataError.
  explicit MappedFile(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) Refuse(path, "cannot open", errno);
    struct stat info {};
    const int failed = fstat(file, &info);
    size_ = static_cast<size_t>(info.st_size);
    if (failed == 0 && S_ISREG(info.st_mode) && size_ > 0) {
      address_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
    } else {
      errno = ENODEV;  // what mmap says of such a file
    }
    const int error = errno;
    close(file);
    if (address_ == MAP_FAILED) Refuse(path, "cannot be mapped", error);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() { munmap(address_, size_); }

  std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(address_), size_};
  }

 private:
  [[noreturn]] static void Refuse(const std::string& path, const char* what,
                                  int error) {
    throw DataError(
        fmt::format("{}: {}: {}", path, what, std::strerror(error)));
  }

  void* address_ = MAP_FAILED;
  size_t size_ = 0;
};

}  // namespace

CacheInfo WriteCache(const Dataset& data, bool normalized,
                     const std::string& path) {
  data.CheckAll();
  const CsrView arrays = data.arrays();
  const std::array<std::span<const std::byte>, data::kNumSections> sections = {
      std::as_bytes(arrays.feature_offsets),
      std::as_bytes(arrays.label_offsets), std::as_bytes(arrays.feature_ids),
      std::as_bytes(arrays.feature_values), std::as_bytes(arrays.label_ids)};
  CacheHeader header = data::EmptyCacheHeader(normalized);
  header.num_points = data.size();
  header.num_features = data.num_features();
  header.num_labels = data.num_labels();
  header.num_nonzeros = data.num_nonzeros();
  header.num_label_marks = data.num_label_marks();
  data::LayOut(header);
  for (size_t i = 0; i < sections.size(); ++i) {
    header.sections[i].checksum = util::Checksum(sections[i]);
  }
  header.checksum = data::HeaderChecksum(header);

  util::AtomicFile file(path);
  file.Write(std::as_bytes(std::span(&header, 1)));
  for (const std::span<const std::byte> section : sections) {
    file.Write(section);
    data::WritePadding(file);
  }
  file.Commit();
  return data::InfoOf(header);
}

bool IsCache(const std::string& path) {
  try {
    std::array<std::byte, data::kCacheMagic.size()> head = {};
    const util::InputFile file(path);
    if (file.size() < head.size()) return false;
    file.ReadAt(0, head);
    return std::memcmp(head.data(), data::kCacheMagic.data(), head.size()) == 0;
  } catch (const Error&) {
    return false;
  }
}

Dataset OpenCache(const std::string& path, CacheInfo* info) {
  const auto file = std::make_shared<const MappedFile>(path);
  const CacheHeader header = data::ReadCacheHeader(file->bytes(), path);
  if (info != nullptr) *info = data::InfoOf(header);
  return data::DatasetPaging::View(data::ViewSections(file->bytes(), header),
                                   file, path, file->bytes());
}

CacheInfo VerifyCache(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const CacheHeader header = data::ReadCacheHeader(file->bytes(), path);
  data::CheckSections(file->bytes(), header, path);
  Dataset::ViewUnchecked(data::ViewSections(file->bytes(), header), file, path)
      .CheckAll();
  return data::InfoOf(header);
}

}  // namespace slide
