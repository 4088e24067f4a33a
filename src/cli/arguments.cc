#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>

namespace slide::cli {
namespace {

// from_chars on all of `text`, whatever the locale. allowed: what a value of
// this kind is, for the message.
template <typename T>
T ParseNumber(std::string_view text, std::string_view allowed) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) {
    throw OptionsError(
        fmt::format("met '{}', which is too large or too small", text));
  }
  if (error != std::errc() || rest != end) {
    throw OptionsError(fmt::format("met '{}'; allowed is {}", text, allowed));
  }
  return value;
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (std::filesystem::exists(a, ignored) &&
      std::filesystem::exists(b, ignored)) {
    // Devices and pipes keep nothing that could be overwritten.
    return std::filesystem::is_regular_file(a, ignored) &&
           std::filesystem::equivalent(a, b, ignored);
  }
  return std::filesystem::weakly_canonical(a, ignored) ==
         std::filesystem::weakly_canonical(b, ignored);
}

}  // namespace

void ParseValue(const std::string& text, int& value) {
  value = ParseNumber<int>(text, "a whole number");
}

void ParseValue(const std::string& text, uint32_t& value) {
  value = ParseNumber<uint32_t>(text, "a whole number, 0 or more");
}

void ParseValue(const std::string& text, uint64_t& value) {
  value = ParseNumber<uint64_t>(text, "a whole number, 0 or more");
}

void ParseValue(const std::string& text, double& value) {
  const double number = ParseNumber<double>(text, "a number");
  if (!std::isfinite(number)) {
    throw OptionsError(fmt::format("met '{}'; allowed is a number", text));
  }
  value = number;
}

void ParseValue(const std::string& text, std::vector<int>& value) {
  std::vector<int> numbers;
  std::string_view rest = text;
  while (true) {
    const size_t comma = rest.find(',');
    numbers.push_back(ParseNumber<int>(
        rest.substr(0, comma), "whole numbers with commas between them"));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  value = numbers;
}

std::string FormatValue(int value) { return fmt::to_string(value); }
std::string FormatValue(uint32_t value) { return fmt::to_string(value); }
std::string FormatValue(uint64_t value) { return fmt::to_string(value); }
std::string FormatValue(double value) { return fmt::format("{:g}", value); }

std::string FormatValue(const std::vector<int>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}

CLI::Option* AddFlag(CLI::App& command, const std::string& name, bool& field,
                     const std::string& help) {
  return command.add_flag(name, field, help)->disable_flag_override();
}

void AddReadOptions(CLI::App& command, ReadOptions& options,
                    bool& no_normalize) {
  AddOption(
      command, "--threads", options.num_threads, [&] { options.Validate(); },
      "Threads; 0: one for each core");
  AddFlag(command, "--no-normalize", no_normalize,
          "Take features as they are; otherwise each sample is\n"
          "scaled to Euclidean length 1");
}

void RefuseSameFile(const std::vector<NamedFile>& inputs,
                    const std::vector<NamedFile>& outputs) {
  std::vector<NamedFile> others = inputs;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    for (const NamedFile& other : others) {
      if (other.path.empty() || !IsSameFile(output.path, other.path)) continue;
      throw OptionsError(
          fmt::format("{} would overwrite {}: both are '{}'; allowed are "
                      "different files",
                      output.option, other.option, output.path));
    }
    others.push_back(output);
  }
}

}  // namespace slide::cli
