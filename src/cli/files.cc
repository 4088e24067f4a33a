#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "data/line_reader.h"

namespace slide::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void ThrowCannotWrite(const std::string& path, int error) {
  throw Error(
      fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

// A name beside `path` that no other process makes.
std::string TemporaryName(const std::string& path) {
  return fmt::format("{}.tmp-{}", path, getpid());
}

// Opens the way a shell's `>` does, mode and umask included.
int OpenForWriting(const std::string& path, int flags) {
  return open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
}

void CheckCanMakeBeside(const std::string& path) {
  const std::string probe = TemporaryName(path);
  const int file = OpenForWriting(probe, O_CREAT | O_EXCL);
  if (file < 0) ThrowCannotWrite(path, errno);
  close(file);
  unlink(probe.c_str());
}

// Whether there is something at `path`, and whether that is a plain file. A
// path that cannot even be looked up counts as free: opening it then says why.
bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool IsSpecial(const std::string& path) {
  std::error_code ignored;
  return Exists(path) && !fs::is_regular_file(path, ignored);
}

// Follows symbolic links, so that renaming replaces the file and not the link.
std::string Resolve(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  return error ? path : resolved.string();
}

}  // namespace

void CheckWritable(const std::string& path) {
  if (!Exists(path)) return CheckCanMakeBeside(path);
  std::error_code ignored;
  // To open a named pipe and close it again would tell its reader the end.
  if (fs::is_fifo(path, ignored)) return;
  const int file = OpenForWriting(path, O_APPEND);
  if (file < 0) ThrowCannotWrite(path, errno);
  close(file);
}

void CheckReplaceable(const std::string& path) {
  if (IsSpecial(path)) {
    throw Error(path +
                ": cannot be written: it is there already, and not a "
                "regular file");
  }
  CheckCanMakeBeside(Resolve(path));
}

OutputFile::OutputFile(const std::string& path) : path_(path) {
  if (path.empty()) {
    file_ = stdout;
    return;
  }
  const bool direct = IsSpecial(path);
  if (!direct) {
    path_ = Resolve(path);
    temporary_ = TemporaryName(path_);
  }
  const int file = OpenForWriting(direct ? path_ : temporary_,
                                  direct ? 0 : O_CREAT | O_TRUNC);
  if (file < 0) ThrowCannotWrite(path_, errno);
  file_ = fdopen(file, "w");
  if (file_ == nullptr) ThrowCannotWrite(path_, errno);
}

OutputFile::~OutputFile() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::Write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) Fail();
}

void OutputFile::Commit() {
  if (std::fflush(file_) != 0) Fail();
  if (temporary_.empty()) return;
  // Only what has reached the disk may take the place of an older result.
  if (fsync(fileno(file_)) != 0) Fail();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) Fail();
  temporary_.clear();
}

void OutputFile::Fail() {
  const int error = errno;
  if (error == EPIPE) throw ClosedPipeError("the reader of the output is gone");
  ThrowCannotWrite(path_.empty() ? "standard output" : path_, error);
}

std::vector<std::string> ReadLines(const std::string& path) {
  data::LineReader reader(path);
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.Next(line)) lines.emplace_back(line);
  return lines;
}

}  // namespace slide::cli
