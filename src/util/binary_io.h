// Files of bytes, written so that they are whole or not there, and read without
// trust: every length is checked against the file before memory is asked for.
// Numbers are little-endian in files; a big-endian machine is refused at
// compile time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "util/checksum.h"

namespace slide::util {

static_assert(std::endian::native == std::endian::little,
              "files are written as memory is");

// Writes a new file beside `path` under a temporary name; Commit puts it in the
// place of `path` after it has reached the disk. Without Commit nothing at
// `path` changes and the temporary file goes.
class AtomicFile {
 public:
  // Throws: Error with the path and the system's reason, as all members do.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void Write(std::span<const std::byte> bytes);
  uint64_t num_written() const noexcept { return num_written_; }
  void Commit();

 private:
  std::string path_;
  std::string temporary_path_;
  int descriptor_ = -1;
  uint64_t num_written_ = 0;
};

// Bytes gathered in a file without a name, which goes with this object or with
// the process, however that ends.
class SpoolFile {
 public:
  // The file lies in the folder of `path`.
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
  void CopyTo(AtomicFile& file);

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
