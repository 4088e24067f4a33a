// The command line's own files: checks before long work, output that is whole
// or not there, and lists of names.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "slide/error.h"

namespace slide::cli {

// Output went into a pipe nobody reads any more. The reader has what it wanted,
// so nothing is said about it.
class ClosedPipeError : public Error {
 public:
  using Error::Error;
};

// Throws: Error unless a file can be made at `path` (or, if it is there, be
// written). Leaves the folder and the file as they were.
void CheckWritable(const std::string& path);

// The same, for a file that is to be replaced by renaming another: `path` must
// not be anything else than a regular file.
void CheckReplaceable(const std::string& path);

// Text output to a file or, with an empty path, to standard output. A regular
// file is written under a temporary name and takes its place in Commit(), so
// that `path` never holds half a result; a device or a pipe is written
// directly.
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
  [[noreturn]] void Fail();

  std::string path_;       // of the result; empty: standard output
  std::string temporary_;  // empty: written directly
  std::FILE* file_ = nullptr;
};

// The lines of a text file, plain, gzip or zstd, without their ends ("\n" or
// "\r\n"); "-": of the standard input.
// Throws: DataError for a file that is missing, unreadable or cut off.
std::vector<std::string> ReadLines(const std::string& path);

}  // namespace slide::cli
