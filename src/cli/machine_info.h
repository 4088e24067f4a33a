// Describes this machine and this build: the first half of `slide info`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/summary.h"

namespace slide::cli {

struct MachineInfo {
  std::string version;  // of the library
  std::string cpu;      // its name; empty where the system tells none
  // The instruction set in use, and all that build and machine have, best
  // first.
  std::string simd_target;
  std::vector<std::string> simd_targets;
  std::string products;      // whose products of matrices
  int hardware_threads = 0;  // that this process may use
  // Whether the system backs large arrays with 2 MiB pages: "always",
  // "madvise" (where asked for, as the library does), "never" or "unknown".
  std::string huge_pages;
};

MachineInfo ReadMachineInfo();

// The mode that the text of Linux's file transparent_hugepage/enabled marks,
// e.g. "always [madvise] never"; "unknown" when there is none of the three.
std::string ParseHugePages(std::string_view text);

std::string FormatMachine(const MachineInfo& machine);
Json MachineJson(const MachineInfo& machine);

}  // namespace slide::cli
