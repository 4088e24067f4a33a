// Text output that is whole or not there, and checks before long work whether
// output will be possible.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "slide/error.h"

namespace slide {

namespace util {
class AtomicFile;
}

// Output went into a pipe nobody reads any more: the reader has what it wanted.
class ClosedPipeError : public Error {
 public:
  using Error::Error;
};

// Throws: Error unless a file can be made at `path` (or, if it is there, be
// written). Leaves the folder and the file as they were.
void CheckWritable(const std::string& path);

// The same, for a file that is to be replaced by renaming another, as networks
// and caches are: `path` must not be anything else than a regular file.
void CheckReplaceable(const std::string& path);

// A file, or the standard output where the path is "-". A regular file is
// written under a temporary name and takes its place in Commit(), so that the
// path never holds half a result; a device or a pipe is written directly.
class OutputFile {
 public:
  // Throws: Error when the file cannot be made.
  explicit OutputFile(const std::string& path);
  // Removes what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws: ClosedPipeError; Error when the text cannot be written.
  void Write(std::string_view text);
  void Commit();

 private:
  [[noreturn]] void Fail() const;

  std::string name_;                           // for messages
  std::unique_ptr<util::AtomicFile> regular_;  // or
  std::FILE* direct_ = nullptr;
};

}  // namespace slide
