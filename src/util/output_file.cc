#include "slide/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>

#include "util/binary_io.h"

namespace slide {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void ThrowCannotWrite(const std::string& path, int error) {
  throw Error(path + ": cannot be written: " + std::strerror(error));
}

// A path that cannot even be looked up counts as free: opening it then says
// why.
bool IsSpecial(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
}

// Follows symbolic links, so that renaming replaces the file and not the link.
std::string Resolve(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  return error ? path : resolved.string();
}

}  // namespace

void CheckWritable(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    const util::AtomicFile probe(path);
    return;
  }
  // Opening a named pipe and closing it again would tell its reader that the
  // file ends.
  if (fs::is_fifo(path, ignored)) return;
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND);
  if (file < 0) ThrowCannotWrite(path, errno);
  close(file);
}

void CheckReplaceable(const std::string& path) {
  if (IsSpecial(path)) {
    throw Error(path +
                ": cannot be written: got a device, folder or pipe, expected a "
                "regular file");
  }
  const util::AtomicFile probe(Resolve(path));
}

OutputFile::OutputFile(const std::string& path) : name_(path) {
  if (path == "-") {
    name_ = "standard output";
    direct_ = stdout;
  } else if (!IsSpecial(path)) {
    regular_ = std::make_unique<util::AtomicFile>(Resolve(path));
  } else {
    direct_ = std::fopen(path.c_str(), "we");
    if (direct_ == nullptr) ThrowCannotWrite(path, errno);
  }
}

OutputFile::~OutputFile() {
  if (direct_ != nullptr && direct_ != stdout) std::fclose(direct_);
}

void OutputFile::Write(std::string_view text) {
  if (regular_) return regular_->Write(std::as_bytes(std::span(text)));
  if (std::fwrite(text.data(), 1, text.size(), direct_) != text.size()) Fail();
}

void OutputFile::Commit() {
  if (regular_) return regular_->Commit();
  if (std::fflush(direct_) != 0) Fail();
}

void OutputFile::Fail() const {
  const int error = errno;
  if (error == EPIPE) throw ClosedPipeError("the reader of the output is gone");
  ThrowCannotWrite(name_, error);
}

}  // namespace slide
