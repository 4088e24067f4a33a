#include "util/zip_writer.h"

#include <zlib.h>

#include <limits>
#include <type_traits>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide::util {
namespace {

constexpr uint16_t kVersion = 45;  // the first with ZIP64
constexpr uint16_t kUtf8Names = 1 << 11;
constexpr uint16_t kStored = 0;
constexpr uint16_t kNoTime = 0;
constexpr uint16_t kFirstDay = (1 << 5) | 1;  // 1 January 1980
constexpr uint16_t kZip64Field = 1;
// Says that a number is in the ZIP64 field.
constexpr uint32_t kIn64 = std::numeric_limits<uint32_t>::max();
constexpr uint16_t kIn64Short = std::numeric_limits<uint16_t>::max();

// Numbers one behind the other.
class Fields {
 public:
  template <typename... T>
  void Add(T... numbers) {
    static_assert((std::is_unsigned_v<T> && ...), "they have a width");
    (bytes_.append(reinterpret_cast<const char*>(&numbers), sizeof(T)), ...);
  }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

uint16_t Short(size_t number) noexcept { return static_cast<uint16_t>(number); }

}  // namespace

void ZipWriter::Add(std::string name,
                    const std::function<void(const Sink&)>& give) {
  SLIDE_DCHECK(name.size() < kIn64Short);
  Entry entry = {.name = std::move(name), .offset = file_.num_written()};
  uLong crc = crc32_z(0, nullptr, 0);
  give([&](std::span<const std::byte> bytes) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()),
                  bytes.size());
    entry.num_bytes += bytes.size();
  });
  entry.crc = static_cast<uint32_t>(crc);

  Fields sizes;
  sizes.Add(entry.num_bytes, entry.num_bytes);
  Fields header;
  header.Add(uint32_t{0x04034b50}, kVersion, kUtf8Names, kStored, kNoTime,
             kFirstDay, entry.crc, kIn64, kIn64, Short(entry.name.size()),
             Short(2 * sizeof(uint16_t) + sizes.bytes().size()));
  Fields field;
  field.Add(kZip64Field, Short(sizes.bytes().size()));
  const std::string before =
      header.bytes() + entry.name + field.bytes() + sizes.bytes();
  file_.Write(before);
  give([&](std::span<const std::byte> bytes) { file_.Write(bytes); });
  SLIDE_DCHECK(file_.num_written() ==
               entry.offset + before.size() + entry.num_bytes);
  entries_.push_back(std::move(entry));
}

void ZipWriter::Finish() {
  const uint64_t begin = file_.num_written();
  for (const Entry& entry : entries_) {
    Fields wide;
    wide.Add(entry.num_bytes, entry.num_bytes, entry.offset);
    Fields field;
    field.Add(kZip64Field, Short(wide.bytes().size()));
    constexpr uint16_t kNone = 0;
    constexpr uint32_t kNoAttributes = 0;
    Fields header;
    header.Add(uint32_t{0x02014b50}, kVersion, kVersion, kUtf8Names, kStored,
               kNoTime, kFirstDay, entry.crc, kIn64, kIn64,
               Short(entry.name.size()),
               Short(field.bytes().size() + wide.bytes().size()), kNone, kNone,
               kNone, kNoAttributes, kIn64);
    file_.Write(header.bytes() + entry.name + field.bytes() + wide.bytes());
  }
  const uint64_t end = file_.num_written();
  const uint64_t num = entries_.size();
  constexpr uint32_t kFirstDisk = 0, kOneDisk = 1;
  constexpr uint64_t kRest = 44;  // bytes behind this number
  Fields last;
  last.Add(uint32_t{0x06064b50}, kRest, kVersion, kVersion, kFirstDisk,
           kFirstDisk, num, num, end - begin, begin);
  last.Add(uint32_t{0x07064b50}, kFirstDisk, end, kOneDisk);
  last.Add(uint32_t{0x06054b50}, Short(0), Short(0), kIn64Short, kIn64Short,
           kIn64, kIn64, Short(0));
  file_.Write(last.bytes());
}

}  // namespace slide::util
