#include "cli/machine_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "slide/cpu.h"

namespace slide::cli {
namespace {

std::string ReadHugePages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string text;
  std::getline(file, text);  // nothing is read where there is no such file
  return ParseHugePages(text);
}

// The text behind "model name:" of Linux, which ARM does not have.
std::string ReadCpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) {
      return line.substr(colon + 2);
    }
  }
  return "";
}

}  // namespace

std::string ParseHugePages(std::string_view text) {
  for (const char* mode : {"always", "madvise", "never"}) {
    if (text.find(fmt::format("[{}]", mode)) != std::string_view::npos) {
      return mode;
    }
  }
  return "unknown";
}

MachineInfo ReadMachineInfo() {
  MachineInfo machine;
  machine.version = SLIDE_VERSION;
  machine.cpu = ReadCpuName();
  machine.simd_target = SimdTarget();
  machine.simd_targets = SupportedSimdTargets();
  machine.products = ProductsLibrary();
  machine.hardware_threads = NumThreads(0);
  machine.huge_pages = ReadHugePages();
  return machine;
}

std::string FormatMachine(const MachineInfo& machine) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<11} {}\n", name, value);
  };
  add("version", machine.version);
  if (!machine.cpu.empty()) add("cpu", machine.cpu);
  add("simd",
      fmt::format("{} in use; supported, best first: {}", machine.simd_target,
                  fmt::join(machine.simd_targets, ", ")));
  add("products", machine.products);
  add("threads", fmt::to_string(machine.hardware_threads));
  add("huge pages", machine.huge_pages == "never"
                        ? "never: large arrays get small pages"
                        : machine.huge_pages);
  return text;
}

Json MachineJson(const MachineInfo& machine) {
  return {{"version", machine.version},
          {"cpu", machine.cpu},
          {"simd_target", machine.simd_target},
          {"simd_targets", machine.simd_targets},
          {"products", machine.products},
          {"hardware_threads", machine.hardware_threads},
          {"huge_pages", machine.huge_pages}};
}

}  // namespace slide::cli
