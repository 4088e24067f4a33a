#include "util/output_place.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <string_view>

#include "slide/error.h"
#include "util/binary_io.h"

namespace slide::util {
namespace {

// The number of an open descriptor that a path stands for, as /dev/fd/3 does.
std::optional<int> DescriptorOf(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  const std::string own = fmt::format("/proc/{}/fd/", getpid());
  for (const std::string_view folder :
       {std::string_view("/dev/fd/"), std::string_view("/proc/self/fd/"),
        std::string_view(own)}) {
    if (!path.starts_with(folder)) continue;
    int descriptor = -1;
    const char* end = path.data() + path.size();
    const auto [rest, error] =
        std::from_chars(path.data() + folder.size(), end, descriptor);
    if (error == std::errc() && rest == end && descriptor >= 0) {
      return descriptor;
    }
  }
  return std::nullopt;
}

[[noreturn]] void Refuse(const std::string& path) {
  throw Error(
      fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

}  // namespace

OutputPlace FollowOutput(const std::string& path) {
  if (path.empty()) throw Error("got '', expected the name of a file to write");
  constexpr int kMaxLinks = 40;
  OutputPlace place{.path = path};
  for (int i = 0; i < kMaxLinks; ++i) {
    place.descriptor = DescriptorOf(place.path);
    if (place.descriptor) return place;
    struct stat info {};
    // If it cannot be looked up, making the file says why.
    if (lstat(place.path.c_str(), &info) != 0) return place;
    if (!S_ISLNK(info.st_mode)) {
      place.info = info;
      return place;
    }
    std::string target(PATH_MAX, '\0');
    const ssize_t length =
        readlink(place.path.c_str(), target.data(), target.size());
    if (length < 0) Refuse(path);
    target.resize(static_cast<size_t>(length));
    place.path = target.starts_with('/')
                     ? target
                     : fmt::format("{}/{}", FolderOf(place.path), target);
  }
  errno = ELOOP;
  Refuse(path);
}

}  // namespace slide::util
