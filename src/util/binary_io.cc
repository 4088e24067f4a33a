#include "util/binary_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "slide/error.h"

namespace slide::util {
namespace {

std::string Folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string Reason(int error_number) { return std::strerror(error_number); }

// Some kernels refuse to move more than 2 GiB at once.
constexpr size_t kMaxTransferBytes = size_t{1} << 30;

constexpr int kMaxTemporaryNames = 1000;

// Bytes that a spool gathers before it writes.
constexpr size_t kSpoolBuffer = size_t{1} << 20;

[[noreturn]] void ThrowCannotWrite(const std::string& path) {
  throw Error(path + ": cannot be written: " + Reason(errno));
}

// Creates a file beside `path` under a name that no file has: another process,
// or an earlier one that was ended before it could clean up, may have taken the
// first. Sets `name`; -1 and errno if it cannot be done.
int CreateBeside(const std::string& path, int access, std::string& name) {
  int descriptor = -1;
  for (int i = 0; i < kMaxTemporaryNames && descriptor < 0; ++i) {
    name = path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(i);
    descriptor =
        open(name.c_str(), access | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno != EEXIST) break;
  }
  return descriptor;
}

// Throws: Error that names `path`.
void WriteAll(int descriptor, std::span<const std::byte> bytes,
              const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor, bytes.data(),
                            std::min(bytes.size(), kMaxTransferBytes));
    if (n < 0) {
      if (errno == EINTR) continue;
      ThrowCannotWrite(path);
    }
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    throw Error(path + ": cannot be written: it is a folder");
  }
  descriptor_ = CreateBeside(path, O_WRONLY, temporary_path_);
  if (descriptor_ < 0) ThrowCannotWrite(path);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_path_.c_str());
}

void AtomicFile::Write(std::span<const std::byte> bytes) {
  WriteAll(descriptor_, bytes, path_);
  num_written_ += bytes.size();
}

void AtomicFile::Commit() {
  if (fsync(descriptor_) != 0) ThrowCannotWrite(path_);
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    ThrowCannotWrite(path_);
  }
  close(descriptor_);
  descriptor_ = -1;
  // The new name is on the disk once the folder is. Some file systems do not
  // sync folders; the data is safe by then, so that is no failure.
  const int folder = open(Folder(path_).c_str(), O_RDONLY | O_DIRECTORY);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
}

SpoolFile::SpoolFile(const std::string& path) : path_(path) {
  std::string name;
  descriptor_ = CreateBeside(path, O_RDWR, name);
  if (descriptor_ < 0) ThrowCannotWrite(path);
  unlink(name.c_str());
  buffer_.reserve(kSpoolBuffer);
}

SpoolFile::~SpoolFile() { close(descriptor_); }

void SpoolFile::Write(std::span<const std::byte> bytes) {
  num_bytes_ += bytes.size();
  checksum_.Add(bytes);
  if (buffer_.size() + bytes.size() > kSpoolBuffer) Flush();
  if (bytes.size() > kSpoolBuffer) return WriteAll(descriptor_, bytes, path_);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void SpoolFile::Flush() {
  WriteAll(descriptor_, buffer_, path_);
  buffer_.clear();
}

void SpoolFile::CopyTo(AtomicFile& file) {
  Flush();
  std::vector<std::byte> part(kSpoolBuffer);
  for (off_t offset = 0;;) {
    const ssize_t n = pread(descriptor_, part.data(), part.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw Error(path_ +
                  ": what was written for it cannot be read: " + Reason(errno));
    }
    if (n == 0) return;
    file.Write(std::span(part).first(static_cast<size_t>(n)));
    offset += n;
  }
}

InputFile::InputFile(const std::string& path) : path_(path) {
  // O_NONBLOCK: a pipe is refused below; opening must not wait for a writer.
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) {
    const std::string reason = Reason(errno);
    if (descriptor_ >= 0) close(descriptor_);
    throw Error(path + ": cannot be read: " + reason);
  }
  if (!S_ISREG(info.st_mode)) {
    close(descriptor_);
    throw Error(path + ": cannot be read: not a regular file");
  }
  size_ = static_cast<uint64_t>(info.st_size);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::ReadAt(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = pread(descriptor_, bytes.data(),
                            std::min(bytes.size(), kMaxTransferBytes),
                            static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(path_ + ": cannot be read: " + Reason(errno));
    if (n == 0) throw Error(path_ + ": cannot be read: the file is cut off");
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

}  // namespace slide::util
