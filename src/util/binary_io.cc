#include "util/binary_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>

#include "slide/error.h"
#include "util/output_place.h"

namespace slide::util {
namespace {

std::string Reason(int error_number) { return std::strerror(error_number); }

// Some kernels refuse to move more than 2 GiB at once.
constexpr size_t kMaxTransferBytes = size_t{1} << 30;

// Bytes that a spool gathers before it writes.
constexpr size_t kSpoolBuffer = size_t{1} << 20;

[[noreturn]] void ThrowCannotWrite(const std::string& path) {
  throw Error(path + ": cannot be written: " + Reason(errno));
}

// A path in whose folder a spool is put.
std::string SpoolPlace(const std::string& path) {
  const OutputPlace place = FollowOutput(path);
  if (place.is_file()) return place.path;
  const char* folder = std::getenv("TMPDIR");
  const bool is_set = folder != nullptr && *folder != '\0';
  return std::string(is_set ? folder : "/tmp") + "/slide";
}

}  // namespace

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool WriteAll(int descriptor, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor, bytes.data(),
                            std::min(bytes.size(), kMaxTransferBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return true;
}

int AboveStandardStreams(int descriptor) noexcept {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int above = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(descriptor);
  return above;
}

std::string TemporaryName(const std::string& path, std::string_view digits) {
  // Room for the end where the name is as long as a name may be.
  constexpr size_t kMaxName = 200;
  const size_t name = path.rfind('/') + 1;  // npos + 1 is 0
  return fmt::format("{}.tmp-{}", path.substr(0, name + kMaxName), digits);
}

int CreateBeside(const std::string& path, int access, std::string& name) {
  constexpr int kMaxAttempts = 100;
  // Not a stream of a run's seed: two runs with one seed must not meet here.
  std::random_device random;
  for (int i = 0; i < kMaxAttempts; ++i) {
    const uint64_t number = uint64_t{random()} << 32 | random();
    name = TemporaryName(path, fmt::format("{:016x}", number));
    int descriptor =
        open(name.c_str(), access | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) continue;
    descriptor = AboveStandardStreams(descriptor);
    if (descriptor < 0) {
      const int error = errno;
      unlink(name.c_str());
      errno = error;
      return -1;
    }
    // Before it had its lock, another run may have taken it for abandoned.
    const bool is_taken =
        flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat info {};
    if (!is_taken && fstat(descriptor, &info) == 0 && info.st_nlink > 0) {
      return descriptor;
    }
    unlink(name.c_str());
    close(descriptor);
  }
  errno = EEXIST;
  return -1;
}

SpoolFile::SpoolFile(const std::string& path) : path_(path) {
  std::string name;
  descriptor_ = CreateBeside(SpoolPlace(path), O_RDWR, name);
  if (descriptor_ < 0) ThrowCannotWrite(path);
  unlink(name.c_str());
  buffer_.reserve(kSpoolBuffer);
}

SpoolFile::~SpoolFile() { close(descriptor_); }

void SpoolFile::Write(std::span<const std::byte> bytes) {
  num_bytes_ += bytes.size();
  checksum_.Add(bytes);
  if (buffer_.size() + bytes.size() > kSpoolBuffer) Flush();
  if (bytes.size() > kSpoolBuffer) {
    if (!WriteAll(descriptor_, bytes)) ThrowCannotWrite(path_);
    return;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void SpoolFile::Flush() {
  if (!WriteAll(descriptor_, buffer_)) ThrowCannotWrite(path_);
  buffer_.clear();
}

void SpoolFile::CopyTo(OutputFile& file) {
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
