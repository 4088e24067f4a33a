#include "cli/machine_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

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

Json MachineJson() {
  return {
      {"version", SLIDE_VERSION},      {"cpu", ReadCpuName()},
      {"simd_target", SimdTarget()},   {"simd_targets", SupportedSimdTargets()},
      {"products", ProductsLibrary()}, {"hardware_threads", NumThreads(0)},
      {"huge_pages", ReadHugePages()}};
}

std::string FormatMachine(const Json& machine) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += Row(name, value, kDataRow);
  };
  const auto value_of = [&](const char* key) {
    return machine.at(key).get<std::string>();
  };
  add("version", value_of("version"));
  if (!value_of("cpu").empty()) add("cpu", value_of("cpu"));
  const auto targets =
      machine.at("simd_targets").get<std::vector<std::string>>();
  add("simd", fmt::format("{} in use; supported, best first: {}",
                          value_of("simd_target"), fmt::join(targets, ", ")));
  add("products", value_of("products"));
  add("threads", machine.at("hardware_threads").dump());
  const std::string huge_pages = value_of("huge_pages");
  add("huge pages", huge_pages == "never"
                        ? "never: large arrays get small pages"
                        : huge_pages);
  return text;
}

}  // namespace slide::cli
