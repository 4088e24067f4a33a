// Files of bytes by descriptor: temporary ones, and such that are read without
// trust, every length being checked against the file before memory is asked
// for. Numbers are little-endian in files; a big-endian machine is refused at
// compile time. slide/output_file.h decides where output goes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slide/output_file.h"
#include "util/checksum.h"

namespace slide::util {

static_assert(std::endian::native == std::endian::little,
              "files are written as memory is");

// The folder of a path; "." if it has none.
std::string FolderOf(const std::string& path);

// Writes all of it. Returns whether it did; errno says why not.
bool WriteAll(int descriptor, std::span<const std::byte> bytes) noexcept;

// The descriptor, or in its place one above those of the standard streams, so
// that nothing that is printed goes into a file. -1 and errno, if it was that
// or there is none; it is closed then.
int AboveStandardStreams(int descriptor) noexcept;

// `path` with the end of a temporary name. digits: kTemporaryDigits of them.
inline constexpr size_t kTemporaryDigits = 16;
std::string TemporaryName(const std::string& path, std::string_view digits);

// Creates a file beside `path` under a temporary name that no other has, and
// locks it (flock) while it is open, by which others see that it is in use.
// Returns its descriptor, above those of the standard streams, and sets `name`;
// -1 and errno if it cannot be done.
int CreateBeside(const std::string& path, int access, std::string& name);

// Bytes gathered in a file without a name, which goes with this object or with
// the process, however that ends.
class SpoolFile {
 public:
  // The file lies in the folder of `path`, or, if that is no file's but a
  // device or a pipe, in the folder for temporary files (TMPDIR, /tmp).
  // Throws: Error with the path and the system's reason, as all members do.
  explicit SpoolFile(const std::string& path);
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  // Appends the bytes.
  void Write(std::span<const std::byte> bytes);
  // Size and checksum of all that was written.
  uint64_t num_bytes() const noexcept { return num_bytes_; }
  uint64_t checksum() const noexcept { return checksum_.value(); }
  // Writes all of it to `file`.
  void CopyTo(OutputFile& file);

 private:
  void Flush();

  std::string path_;
  int descriptor_ = -1;
  uint64_t num_bytes_ = 0;
  RunningChecksum checksum_;
  std::vector<std::byte> buffer_;  // not yet in the file
};

class InputFile {
 public:
  // Throws: Error with the path and the system's reason, as all members do.
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::string& path() const noexcept { return path_; }
  int descriptor() const noexcept { return descriptor_; }
  uint64_t size() const noexcept { return size_; }
  // Fills `bytes` from the file at `offset`; a file that ends before is an
  // error.
  void ReadAt(uint64_t offset, std::span<std::byte> bytes) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace slide::util
