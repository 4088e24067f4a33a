// OutputFile: the only code that decides where written bytes go.
#include "slide/output_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "util/binary_io.h"
#include "util/output_place.h"

namespace slide {
namespace {

[[noreturn]] void Refuse(const std::string& path, const std::string& reason) {
  throw Error(fmt::format("{}: cannot be written: {}", path, reason));
}

[[noreturn]] void RefuseBySystem(const std::string& path) {
  Refuse(path, std::strerror(errno));
}

// The end of a path.
std::string NameIn(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// Throws: Error unless a file of that many bytes is within the limit (ulimit
// -f) and fits on its file system.
void CheckRoom(const std::string& path, const struct statvfs& system,
               uint64_t num_bytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < num_bytes) {
    Refuse(path, fmt::format("needs {} bytes, and files are limited to {} "
                             "(ulimit -f)",
                             num_bytes, limit.rlim_cur));
  }
  const uint64_t free = uint64_t{system.f_bavail} * system.f_frsize;
  if (free < num_bytes) {
    throw Error(fmt::format(
        "{}: No space left: {} bytes are needed, and its file system has {}",
        path, num_bytes, free));
  }
}

// Whether `digits` are the end of a temporary name.
bool AreTemporaryDigits(std::string_view digits) {
  return digits.size() == util::kTemporaryDigits &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Removes what runs that were ended have left beside `path`: files of ours with
// its temporary names that nobody holds a lock on.
void RemoveAbandoned(const std::string& path) {
  const std::string folder = util::FolderOf(path);
  const std::string start = util::TemporaryName(NameIn(path), "");
  DIR* list = opendir(folder.c_str());
  if (list == nullptr) return;
  while (const dirent* entry = readdir(list)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(start) ||
        !AreTemporaryDigits(name.substr(start.size()))) {
      continue;
    }
    const std::string other = fmt::format("{}/{}", folder, name);
    const int descriptor =
        open(other.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    struct stat info {};
    if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
        info.st_uid == geteuid() && flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      unlink(other.c_str());
    }
    close(descriptor);
  }
  closedir(list);
}

// Opens a file that is to take the place's place, and returns its descriptor,
// or below 0. name: for messages.
int OpenBeside(const std::string& name, const util::OutputPlace& place,
               std::string& temporary_path) {
  if (place.info && access(place.path.c_str(), W_OK) != 0) RefuseBySystem(name);
  RemoveAbandoned(place.path);
  const int descriptor =
      util::CreateBeside(place.path, O_WRONLY, temporary_path);
  if (descriptor < 0 || !place.info) return descriptor;
  // Only a privileged process may give files away; it tries.
  if (fchown(descriptor, place.info->st_uid, place.info->st_gid) != 0) {
    errno = 0;
  }
  if (fchmod(descriptor, place.info->st_mode & 0777) != 0) errno = 0;
  return descriptor;
}

}  // namespace

void CheckWritable(const std::string& path, uint64_t num_bytes,
                   OutputFile::Placement placement) {
  const util::OutputPlace place = util::FollowOutput(path);
  struct statvfs system {};
  if (place.descriptor) {
    const int flags = fcntl(*place.descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) errno = EBADF;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) RefuseBySystem(path);
    struct stat info {};
    // A pipe or a terminal has no room to run out of.
    if (fstat(*place.descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
        fstatvfs(*place.descriptor, &system) == 0) {
      CheckRoom(path, system, num_bytes);
    }
    return;
  }
  const bool is_opened =
      placement == OutputFile::Placement::kInPlace && place.info;
  if (place.is_file() && !is_opened) {
    const OutputFile probe(path);
    if (statvfs(util::FolderOf(place.path).c_str(), &system) == 0) {
      CheckRoom(path, system, num_bytes);
    }
    return;
  }
  if (place.is_folder()) Refuse(path, "it is a folder");
  // Opening a named pipe and closing it again would tell its reader that the
  // file ends.
  if (access(place.path.c_str(), W_OK) != 0) RefuseBySystem(path);
}

bool IsReplaced(const std::string& path) {
  return util::FollowOutput(path).is_file();
}

OutputFile::OutputFile(const std::string& path, Placement placement)
    : name_(path == "-" ? "standard output" : path) {
  const util::OutputPlace place = util::FollowOutput(path);
  if (place.descriptor) {
    std::fflush(stdout);
    descriptor_ = fcntl(*place.descriptor, F_DUPFD_CLOEXEC, 3);
  } else if (place.is_folder()) {
    Refuse(name_, "it is a folder");
  } else if (!place.is_file()) {
    descriptor_ = open(place.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } else if (placement == Placement::kInPlace) {
    descriptor_ = open(place.path.c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  } else {
    final_path_ = place.path;
    descriptor_ = OpenBeside(name_, place, temporary_path_);
  }
  descriptor_ = util::AboveStandardStreams(descriptor_);
  if (descriptor_ < 0) RefuseBySystem(name_);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  // First, so that nobody finds it without its lock.
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
  close(descriptor_);
}

void OutputFile::Write(std::span<const std::byte> bytes) {
  if (!util::WriteAll(descriptor_, bytes)) {
    if (errno == EPIPE) {
      throw ClosedPipeError(
          fmt::format("{}: the reader of the output is gone", name_));
    }
    RefuseBySystem(name_);
  }
  num_written_ += bytes.size();
}

// Pipes and devices have no disk behind them.
void OutputFile::Sync() {
  if (!temporary_path_.empty() && fsync(descriptor_) != 0) {
    RefuseBySystem(name_);
  }
}

void OutputFile::Commit() {
  Sync();
  if (temporary_path_.empty()) return;
  if (rename(temporary_path_.c_str(), final_path_.c_str()) != 0) {
    RefuseBySystem(name_);
  }
  temporary_path_.clear();
  // The new name is on the disk once the folder is. Some file systems do not
  // sync folders; the data is safe by then, so that is no failure.
  const int folder = open(util::FolderOf(final_path_).c_str(),
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

void OutputFile::CommitAs(const std::string& path) {
  final_path_ = path;
  Commit();
}

}  // namespace slide
