#include "util/memory.h"

#include <fmt/format.h>
#include <sys/resource.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <string>

#include "slide/error.h"

namespace slide::util {
namespace {

constexpr uint64_t kUnknown = std::numeric_limits<uint64_t>::max();

constexpr uint64_t Less(uint64_t a, uint64_t b) noexcept {
  return a > b ? a - b : 0;
}

// The number of KiB behind "name:" in a file of the kernel, in bytes.
uint64_t FieldOf(const char* path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    return std::stoull(line.substr(name.size())) * 1024;
  }
  return kUnknown;
}

// The only number in a file; kUnknown: "max", or there is no such file.
uint64_t NumberIn(const std::string& path) {
  uint64_t number = 0;
  return std::ifstream(path) >> number ? number : kUnknown;
}

uint64_t LeftInMachine() {
  const uint64_t memory = FieldOf("/proc/meminfo", "MemAvailable:");
  const uint64_t swap = FieldOf("/proc/meminfo", "SwapFree:");
  return memory == kUnknown || swap == kUnknown ? memory : memory + swap;
}

// The sum of these fields of a memory.stat file.
uint64_t SumIn(const std::string& path,
               std::initializer_list<std::string_view> names) {
  uint64_t sum = 0, number = 0;
  std::ifstream file(path);
  for (std::string name; file >> name >> number;) {
    if (std::ranges::find(names, name) != names.end()) sum += number;
  }
  return sum;
}

// The part of a group's path behind `start` in /proc/self/cgroup.
std::string GroupBehind(std::string_view start) {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t at = line.find(start);
    if (at != std::string::npos) return line.substr(at + start.size());
  }
  return "";
}

// Memory that the kernel gives back when it is asked for counts as left.
uint64_t LeftInGroup(const std::string& folder, const char* limit_file,
                     const char* usage_file) {
  const uint64_t limit = NumberIn(folder + limit_file);
  const uint64_t used = NumberIn(folder + usage_file);
  if (limit == kUnknown || used == kUnknown) return kUnknown;
  const uint64_t reclaimable =
      SumIn(folder + "/memory.stat",
            {"inactive_file", "active_file", "slab_reclaimable"});
  return Less(limit, Less(used, reclaimable));
}

// The least of each group from this process's own to the root, in both
// versions.
uint64_t LeftInControlGroup() {
  struct Version {
    const char *line, *root, *limit, *usage;
  };
  uint64_t left = kUnknown;
  for (const Version& version :
       {Version{"0::", "/sys/fs/cgroup", "/memory.max", "/memory.current"},
        Version{":memory:", "/sys/fs/cgroup/memory", "/memory.limit_in_bytes",
                "/memory.usage_in_bytes"}}) {
    std::string group = GroupBehind(version.line);
    while (true) {
      left = std::min(left, LeftInGroup(version.root + group, version.limit,
                                        version.usage));
      const size_t slash = group.rfind('/');
      if (slash == std::string::npos) break;
      group.resize(slash);
    }
  }
  return left;
}

uint64_t LeftOfAddresses() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return kUnknown;
  }
  const uint64_t used = FieldOf("/proc/self/status", "VmSize:");
  return used == kUnknown ? kUnknown : Less(limit.rlim_cur, used);
}

}  // namespace

uint64_t AvailableMemory() noexcept {
  try {
    return std::min({LeftInMachine(), LeftInControlGroup(), LeftOfAddresses()});
  } catch (...) {  // files of another form say nothing
    return kUnknown;
  }
}

uint64_t ResidentMemory() noexcept {
  const uint64_t bytes = FieldOf("/proc/self/status", "VmRSS:");
  return bytes == kUnknown ? 0 : bytes;
}

void ReturnFreedMemory() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void RequireMemory(uint64_t num_bytes, std::string_view purpose) {
  constexpr uint64_t kSmall = uint64_t{64} << 20;
  if (num_bytes < kSmall) return;
  const uint64_t available = AvailableMemory();
  if (num_bytes <= available) return;
  throw OutOfMemoryError(
      fmt::format("out of memory: {} bytes are needed for {}, and {} are left",
                  num_bytes, purpose, available));
}

}  // namespace slide::util
