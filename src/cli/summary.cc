#include "cli/summary.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace slide::cli {
namespace {

// One row of FormatMetrics; value(at) is an optional or a number.
template <typename Value>
std::string FormatRow(const char* name, const Metrics& metrics, Value value) {
  std::string row = fmt::format("{:<8}", name);
  for (const MetricsAtK& at : metrics.at) {
    row += fmt::format("{:>9.4f}", value(at));
  }
  return row + "\n";
}

}  // namespace

std::string FormatCount(uint64_t count) {
  std::string digits = fmt::to_string(count);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string FormatCount(double count) {
  return FormatCount(static_cast<uint64_t>(std::llround(std::max(count, 0.0))));
}

std::string FormatClock(double seconds) {
  // Longer than a century is no estimate; the bound keeps the cast defined.
  constexpr double kLongest = 3.2e9;
  if (!(seconds >= 0.0 && seconds < kLongest)) return "?";
  const auto total = static_cast<uint64_t>(std::llround(seconds));
  const uint64_t hours = total / 3600, minutes = total / 60 % 60;
  if (hours == 0) return fmt::format("{}:{:02}", minutes, total % 60);
  return fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60);
}

std::string FormatSeconds(double seconds) {
  constexpr double kClockFrom = 600.0;
  if (seconds >= kClockFrom) return FormatClock(seconds);
  return fmt::format("{:.{}f} s", seconds, seconds < 10.0 ? 2 : 1);
}

std::string FormatBytes(uint64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double number = static_cast<double>(bytes);
  size_t unit = 0;
  for (; number >= 1024.0 && unit + 1 < kUnits.size(); ++unit) number /= 1024.0;
  return fmt::format("{:.{}f} {}", number, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string Printable(std::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are 0xc2 and such a byte.
    const bool is_high = byte >= 0x80 && byte < 0xa0 && i > 0 &&
                         static_cast<unsigned char>(text[i - 1]) == 0xc2;
    if (byte < 0x20 || byte == 0x7f || is_high) {
      if (is_high) printable.pop_back();
      printable += fmt::format("\\x{:02x}", byte);
    } else {
      printable += text[i];
    }
  }
  return printable;
}

std::string Row(std::string_view name, std::string_view value, int width) {
  return fmt::format("{:<{}} {}\n", name, width, value);
}

std::string Replaced(std::string_view text, char c, std::string_view by) {
  std::string replaced;
  for (const char one : text) {
    if (one == c) {
      replaced += by;
    } else {
      replaced += one;
    }
  }
  return replaced;
}

void AddMetrics(const Metrics& metrics, Json& json) {
  const auto set = [&](const char* name, auto value) {
    for (const MetricsAtK& at : metrics.at) {
      const std::optional<double> number = value(at);
      if (number) json[fmt::format("{}@{}", name, at.k)] = *number;
    }
  };
  set("p", [](const MetricsAtK& at) { return at.precision; });
  set("ndcg", [](const MetricsAtK& at) { return at.ndcg; });
  set("recall", [](const MetricsAtK& at) { return at.recall; });
  set("psp", [](const MetricsAtK& at) { return at.psp; });
  set("psndcg", [](const MetricsAtK& at) { return at.psndcg; });
  if (metrics.loss) json["loss"] = *metrics.loss;
  const auto set_sets = [&](const SetMetrics& sets, const std::string& cut) {
    for (const auto& [name, of] :
         {std::pair("micro", sets.micro), std::pair("macro", sets.macro)}) {
      json[fmt::format("{}_precision@{}", name, cut)] = of.precision;
      json[fmt::format("{}_recall@{}", name, cut)] = of.recall;
      json[fmt::format("{}_f1@{}", name, cut)] = of.f1;
    }
    json[fmt::format("coverage@{}", cut)] = sets.coverage;
  };
  for (const MetricsAtK& at : metrics.at) {
    if (at.sets) set_sets(*at.sets, fmt::to_string(at.k));
  }
  if (metrics.at_threshold) set_sets(*metrics.at_threshold, "threshold");
  if (metrics.accuracy) json["accuracy"] = *metrics.accuracy;
}

std::string FormatSets(const Metrics& metrics) {
  std::vector<std::pair<std::string, SetMetrics>> columns;
  for (const MetricsAtK& at : metrics.at) {
    if (at.sets) columns.emplace_back(fmt::format("@{}", at.k), *at.sets);
  }
  if (columns.empty()) return "";
  if (metrics.at_threshold) {
    columns.emplace_back("@threshold", *metrics.at_threshold);
  }
  std::string table = fmt::format("{:<16}", "label sets");
  for (const auto& [name, sets] : columns) {
    table += fmt::format("{:>11}", name);
  }
  table += '\n';
  const auto add = [&](const char* name, auto value) {
    table += fmt::format("{:<16}", name);
    for (const auto& [cut, sets] : columns) {
      table += fmt::format("{:>11.4f}", value(sets));
    }
    table += '\n';
  };
  using Sets = SetMetrics;
  add("micro precision", [](const Sets& s) { return s.micro.precision; });
  add("micro recall", [](const Sets& s) { return s.micro.recall; });
  add("micro F1", [](const Sets& s) { return s.micro.f1; });
  add("macro precision", [](const Sets& s) { return s.macro.precision; });
  add("macro recall", [](const Sets& s) { return s.macro.recall; });
  add("macro F1", [](const Sets& s) { return s.macro.f1; });
  add("coverage", [](const Sets& s) { return s.coverage; });
  if (metrics.accuracy) {
    table += fmt::format("{:<16}{:>11.4f}\n", "accuracy", *metrics.accuracy);
  }
  return table;
}

std::string FormatMetrics(const Metrics& metrics) {
  if (metrics.at.empty()) return "";
  std::string table = fmt::format("{:<8}", "");
  for (const MetricsAtK& at : metrics.at) {
    table += fmt::format("{:>9}", fmt::format("@{}", at.k));
  }
  table += "\n";
  using At = MetricsAtK;
  table += FormatRow("P", metrics, [](const At& at) { return at.precision; });
  table += FormatRow("nDCG", metrics, [](const At& at) { return at.ndcg; });
  table += FormatRow("recall", metrics, [](const At& at) { return at.recall; });
  if (metrics.at.front().psp) {
    table += FormatRow("PSP", metrics,
                       [](const At& at) { return at.psp.value_or(0.0); });
    table += FormatRow("PSnDCG", metrics,
                       [](const At& at) { return at.psndcg.value_or(0.0); });
  }
  return table;
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

uint64_t PeakMemoryBytes() {
  // getrusage() on Linux also counts what the process that started this one had
  // in memory at the time, so the kernel's own line is preferred.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    uint64_t kibibytes = 0;
    if (status >> kibibytes) return kibibytes * 1024;
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return static_cast<uint64_t>(usage.ru_maxrss);
#else
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

uint64_t NumUnlabelled(const Dataset& data) {
  uint64_t num = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    num += data.SizeOf(i).num_labels == 0 ? 1 : 0;
  }
  return num;
}

void Put(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

void PutRemark(const std::string& text) {
  Put(stderr, fmt::format("slide: {}\n", text));
}

std::string FormatBuckets(const BucketOccupancy& buckets) {
  if (buckets.num_buckets == 0) return "none";
  std::string text =
      fmt::format("{}, {:.1f} % empty, {} neurons in the fullest; {}",
                  FormatCount(buckets.num_buckets), 100.0 * buckets.empty_share,
                  FormatCount(buckets.largest), FormatBytes(buckets.num_bytes));
  if (buckets.num_left_out > 0) {
    text += fmt::format(", {} left out", FormatCount(buckets.num_left_out));
  }
  return text;
}

std::string FormatSparsePart(const SparsePartInfo& part) {
  return fmt::format("{} of {} features; {}", FormatCount(part.num_pairs),
                     FormatCount(part.num_features),
                     FormatBytes(part.num_bytes)) +
         (part.weight == 1.0f ? ""
                              : fmt::format("; times {:.2f}", part.weight));
}

Json SparsePartJson(const SparsePartInfo& part) {
  return {{"pairs", part.num_pairs},
          {"features", part.num_features},
          {"bytes", part.num_bytes},
          {"weight", part.weight}};
}

Json BucketsJson(const BucketOccupancy& buckets) {
  return {{"num_buckets", buckets.num_buckets},
          {"num_bytes", buckets.num_bytes},
          {"largest", buckets.largest},
          {"empty_share", buckets.empty_share},
          {"num_left_out", buckets.num_left_out},
          {"by_size", buckets.by_size}};
}

}  // namespace slide::cli
