// ByteSource: the bytes of a file in order, whatever it is packed in. gzip (RFC
// 1952), zstd (RFC 8878), bzip2 and xz, of one member or several, are told by
// the first bytes, not by the name; archives are refused, and everything else
// is taken as it is. The last three need builds with their libraries
// (SLIDE_HAS_ZSTD, SLIDE_HAS_BZIP2, SLIDE_HAS_XZ).
// Threads: a source belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace slide::data {

// Says that a file broke off or is damaged inside, or that a line of text has a
// fault.
// The reader knows which line that is and makes a DataError of it.
class ReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Fills the front of `buffer` with what is there, at least a byte, which it
  // waits for, and returns how many bytes that were; 0 at the end of the file
  // only. Bytes before a damage are still delivered.
  // Requires: buffer is not empty. Throws: ReadError.
  virtual size_t Read(std::span<char> buffer) = 0;

  // Returns the share of the file's own size that has been read, in [0, 1]; one
  // half when the size is unknown. A hint for reserving memory.
  virtual double fraction_read() const noexcept = 0;
};

// Bytes in memory, which must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) noexcept : bytes_(bytes) {}

  size_t Read(std::span<char> buffer) override;
  double fraction_read() const noexcept override;

 private:
  std::string_view bytes_;
  size_t num_read_ = 0;
};

// path: "-" is the standard input. Throws: DataError when the file cannot be
// opened or read at all.
std::unique_ptr<ByteSource> OpenByteSource(const std::string& path);

// Returns the name that messages use for the file at `path`.
std::string SourceName(const std::string& path);

}  // namespace slide::data
