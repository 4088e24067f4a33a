// Describes this machine and this build: the first half of `slide info`.
#pragma once

#include <string>
#include <string_view>

#include "cli/summary.h"

namespace slide::cli {

// The mode that the text of Linux's file transparent_hugepage/enabled marks,
// e.g. "always [madvise] never"; "unknown" when there is none of the three.
std::string ParseHugePages(std::string_view text);

// The object of `slide info --json`; cpu is empty where the system tells none.
Json MachineJson();
// The same for people. machine: as MachineJson has it.
std::string FormatMachine(const Json& machine);

}  // namespace slide::cli
