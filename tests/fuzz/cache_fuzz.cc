// Fuzz target: any bytes as a cache. A checksum keeps random bytes from getting
// far, so the input is taken in three ways: as it is; with the header's sum put
// right; and as the sections of a header that is right for them.
#include <cmath>
#include <cstring>

#include "data/cache_format.h"
#include "fuzz/fuzz.h"

namespace slide::data {
namespace {

// Bytes that start where a mapped file may.
class AlignedCopy {
 public:
  explicit AlignedCopy(std::span<const uint8_t> bytes)
      : words_(bytes.size() / sizeof(uint64_t) + 1), size_(bytes.size()) {
    if (size_ > 0) std::memcpy(words_.data(), bytes.data(), size_);
  }
  std::span<std::byte> bytes() {
    return std::as_writable_bytes(std::span(words_)).first(size_);
  }

 private:
  std::vector<uint64_t> words_;
  size_t size_;
};

bool KeepsRules(const Sample& sample, const Dataset& data) {
  const auto ascend = [](std::span<const uint32_t> ids, uint32_t num_ids) {
    for (size_t j = 0; j < ids.size(); ++j) {
      if (ids[j] >= num_ids || (j > 0 && ids[j] <= ids[j - 1])) return false;
    }
    return true;
  };
  return ascend(sample.features.ids, data.num_features()) &&
         ascend(sample.labels, data.num_labels()) &&
         sample.features.ids.size() == sample.features.values.size() &&
         std::ranges::all_of(sample.features.values,
                             [](float v) { return std::isfinite(v); });
}

bool Throws(auto call) {
  try {
    call();
    return false;
  } catch (const DataError&) {
    return true;
  }
}

// Opens and reads everything, as the commands do.
void ReadAll(std::span<const std::byte> file) {
  Dataset data;
  try {
    const CacheHeader header = ReadCacheHeader(file, "FILE");
    data = Dataset::ViewUnchecked(ViewSections(file, header), nullptr, "FILE");
    (void)Throws([&] { CheckSections(file, header, "FILE"); });
  } catch (const DataError&) {
    return;
  }
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    Require(KeepsRules(sample, data), "samples that are given keep the rules");
    const SampleSize size = data.SizeOf(i);
    Require((sample.features.size() == 0 && sample.labels.empty()) ||
                (size.num_features == sample.features.size() &&
                 size.num_labels == sample.labels.size()),
            "the offsets say what a sample that is given has");
  }
  const bool damaged = Throws([&] { data.ThrowIfDamaged(); });
  const bool refused = Throws([&] { data.CheckAll(); });
  Require(!damaged || refused, "CheckAll finds what reading finds");
  // A header may say 2^32 - 1 labels, and counts of so many take 32 GiB.
  if (data.num_labels() > 1'000'000) return;
  (void)Throws([&] { (void)data.LabelCounts(); });
}

void PutHeader(CacheHeader header, std::span<std::byte> file) {
  header.checksum = HeaderChecksum(header);
  std::memcpy(file.data(), &header, sizeof(header));
}

// The first bytes say how much of what there is; the rest fills the sections.
void ReadSections(std::span<const uint8_t> input) {
  if (input.size() < 6) return;
  CacheHeader header = EmptyCacheHeader((input[4] & 1) != 0);
  header.num_features = input[0];
  header.num_labels = input[1];
  header.num_points = input[2] % 32;
  header.num_nonzeros = input[3] % 64;
  header.num_label_marks = input[5] % 64;
  LayOut(header);
  input = input.subspan(6);
  std::vector<uint8_t> bytes(header.file_bytes);
  std::copy_n(input.begin(),
              std::min(input.size(), bytes.size() - sizeof(header)),
              bytes.begin() + sizeof(header));
  AlignedCopy file(bytes);
  PutHeader(header, file.bytes());
  ReadAll(file.bytes());
}

}  // namespace
}  // namespace slide::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace slide::data;
  AlignedCopy file({bytes, size});
  ReadAll(file.bytes());
  if (size >= sizeof(CacheHeader)) {
    CacheHeader header;
    std::memcpy(&header, file.bytes().data(), sizeof(header));
    header.magic = EmptyCacheHeader(false).magic;
    header.version = kCacheVersion;
    PutHeader(header, file.bytes());
    ReadAll(file.bytes());
  }
  ReadSections({bytes, size});
  return 0;
}
