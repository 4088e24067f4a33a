#include "util/older_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "slide/error.h"

namespace slide::util {
namespace {

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat x {
  }, y{};
  return lstat(a.c_str(), &x) == 0 && lstat(b.c_str(), &y) == 0 &&
         x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

// One that is not there need not be moved.
void Move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return;
  throw Error(
      fmt::format("{}: cannot become {}: {}", from, to, std::strerror(errno)));
}

}  // namespace

std::string OlderName(const std::string& path, int age) {
  return age == 0 ? path : fmt::format("{}.{}", path, age);
}

void KeepOlder(const std::string& path, int keep) {
  if (keep < 2 || access(path.c_str(), F_OK) != 0) return;
  const std::string older = OlderName(path, 1);
  if (IsSameFile(path, older)) return;  // an earlier call, and no rename since
  for (int age = keep - 1; age > 1; --age) {
    Move(OlderName(path, age - 1), OlderName(path, age));
  }
  if (keep == 2) unlink(older.c_str());
  if (link(path.c_str(), older.c_str()) != 0) Move(path, older);
}

}  // namespace slide::util
