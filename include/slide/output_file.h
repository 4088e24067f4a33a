// Files as the library writes them: whole or not there, wherever the path leads
// to, and with room for them before long work begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "slide/error.h"

namespace slide {

// Output went into a pipe nobody reads any more: the reader has what it wanted.
class ClosedPipeError : public Error {
 public:
  using Error::Error;
};

// Whether an OutputFile at `path` would take the place of a regular file, or of
// none, and not be written directly to a device, a pipe or an open file.
bool IsReplaced(const std::string& path);

// A path leads, through symbolic links, to
//   a regular file, or none yet   written beside it under a temporary name,
//                                 which takes its place in Commit(), with the
//                                 permissions of the file that was there; the
//                                 path never holds half a result
//   a device, a pipe              written directly, never replaced
//   "-", /dev/stdout, /dev/fd/N   written directly, behind what is there
class OutputFile {
 public:
  enum class Placement {
    kWhole,    // as above
    kInPlace,  // a regular file too is emptied and written directly: a log
  };

  // Throws: Error when the file cannot be made.
  explicit OutputFile(const std::string& path,
                      Placement placement = Placement::kWhole);
  // Removes what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws: ClosedPipeError; Error when it cannot be written.
  void Write(std::span<const std::byte> bytes);
  void Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }
  uint64_t num_written() const noexcept { return num_written_; }
  // The path, or "standard output": for messages.
  const std::string& name() const noexcept { return name_; }
  // Sees to it that what was written so far is on the disk. Throws: Error.
  void Sync();
  // A file that takes another's place has reached the disk then.
  void Commit();
  // The same under another name in the same folder. Requires: IsReplaced.
  void CommitAs(const std::string& path);

 private:
  std::string name_;
  std::string final_path_;
  std::string temporary_path_;  // empty: written directly, or committed
  int descriptor_ = -1;
  uint64_t num_written_ = 0;
};

// Throws: Error unless num_bytes can be written to `path`: for a file in a
// folder that cannot be written, on a file system or under a limit (ulimit -f)
// that has less room, for a file that may not be written itself. Leaves the
// folder and the file as they were.
void CheckWritable(
    const std::string& path, uint64_t num_bytes = 0,
    OutputFile::Placement placement = OutputFile::Placement::kWhole);

}  // namespace slide
