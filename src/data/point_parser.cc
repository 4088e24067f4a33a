#include "data/point_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "data/normalize.h"
#include "data/number_parser.h"

namespace slide::data {
namespace {

bool IsBlank(char c) noexcept { return c == ' ' || c == '\t'; }

const char* SkipBlanks(const char* p, const char* end) noexcept {
  while (p != end && IsBlank(*p)) ++p;
  return p;
}

// Bytes of the file for a message: shortened if long, and each byte that is not
// printable ASCII as \xNN.
std::string Show(const char* p, const char* end) {
  constexpr ptrdiff_t kMaxShown = 40;
  std::string shown;
  for (const char c :
       std::string_view(p, end - p > kMaxShown ? p + kMaxShown : end)) {
    if (c >= ' ' && c <= '~') {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return end - p > kMaxShown ? shown + "..." : shown;
}

// The field that starts at p, in quotes.
std::string QuoteField(const char* p, const char* end) {
  return fmt::format("'{}'", Show(p, std::find_if(p, end, IsBlank)));
}

[[noreturn]] void RefuseLabel(const char* p, const char* end,
                              const char* number_end) {
  const char* const label_end = std::find(p, end, ',');
  const std::string label = QuoteField(p, label_end);
  if (number_end != p && number_end != end && *number_end == ':') {
    throw LineError(fmt::format(
        "{} is a feature where a label is expected; a line without labels must "
        "start with a space",
        label));
  }
  throw LineError(fmt::format(
      "label {} is not a whole number; allowed are numbers from 0 on with a "
      "comma between two of them",
      label));
}

// Sorts the labels [from, labels.size()). Throws: LineError for a repeat.
void SortLabels(std::vector<uint32_t>& labels, size_t from) {
  const auto begin = labels.begin() + static_cast<ptrdiff_t>(from);
  std::sort(begin, labels.end());
  const auto repeat = std::adjacent_find(begin, labels.end());
  if (repeat != labels.end()) {
    throw LineError(fmt::format(
        "label {} is given twice; allowed is once for a point", *repeat));
  }
}

// Parses the label list that starts at p and returns its end.
const char* ParseLabels(const char* p, const char* end, uint32_t num_labels,
                        std::vector<uint32_t>& labels) {
  const size_t first = labels.size();
  bool ascending = true;
  while (true) {
    const auto [label, next] = ParseUnsigned(p, end);
    const bool last = next == end || IsBlank(*next);
    if (next == p || (!last && *next != ',')) RefuseLabel(p, end, next);
    if (label >= num_labels) {
      throw LineError(fmt::format(
          "label {} is not below {}, the number of labels in the header",
          Show(p, next), num_labels));
    }
    ascending = ascending && (labels.size() == first || labels.back() < label);
    labels.push_back(static_cast<uint32_t>(label));
    if (last) {
      if (!ascending) SortLabels(labels, first);
      return next;
    }
    p = next + 1;
  }
}

// Says why the feature at p is refused. Takes what was read of it: an id up to
// id_end and a value up to value_end, nullptr if it is no number.
[[noreturn]] void RefuseFeature(const char* p, const char* end,
                                const char* id_end, const char* value_end) {
  const bool has_id =
      id_end != p && (id_end == end || IsBlank(*id_end) || *id_end == ':');
  if (!has_id) {
    throw LineError(fmt::format(
        "feature {} does not start with a whole number and a colon; allowed is "
        "id:value",
        QuoteField(p, end)));
  }
  const bool has_colon = id_end != end && *id_end == ':';
  const char* const value = has_colon ? id_end + 1 : id_end;
  if (value == end || IsBlank(*value)) {
    throw LineError(fmt::format("feature {} has no value; allowed is id:value",
                                QuoteField(p, end)));
  }
  const bool is_number =
      value_end != nullptr && (value_end == end || IsBlank(*value_end));
  if (is_number) {
    throw LineError(fmt::format(
        "value {} of feature {} is too large; allowed are numbers up to "
        "3.4e38",
        QuoteField(value, end), Show(p, id_end)));
  }
  throw LineError(fmt::format("value {} of feature {} is not a finite number",
                              QuoteField(value, end), Show(p, id_end)));
}

// Parses the features of a line from p to its end.
void ParseFeatures(const char* p, const char* end, uint32_t num_features,
                   ParsedPoints& points) {
  int64_t previous = -1;
  for (p = SkipBlanks(p, end); p != end; p = SkipBlanks(p, end)) {
    const auto [id, id_end] = ParseUnsigned(p, end);
    if (id_end == p || id_end == end || *id_end != ':') {
      RefuseFeature(p, end, id_end, nullptr);
    }
    const auto [value, value_end] = ParseFloat(id_end + 1, end);
    if (value_end == nullptr || (value_end != end && !IsBlank(*value_end)) ||
        !std::isfinite(value)) {
      RefuseFeature(p, end, id_end, value_end);
    }
    if (id >= num_features) {
      throw LineError(fmt::format(
          "feature id {} is not below {}, the number of features in the header",
          Show(p, id_end), num_features));
    }
    if (static_cast<int64_t>(id) <= previous) {
      throw LineError(
          fmt::format("feature id {} after {}; ids must ascend without repeats",
                      id, previous));
    }
    previous = static_cast<int64_t>(id);
    points.feature_ids.push_back(static_cast<uint32_t>(id));
    points.feature_values.push_back(value);
    p = value_end;
  }
}

void ParseLine(std::string_view line, const XmcHeader& header, bool normalize,
               ParsedPoints& points) {
  if (line.empty()) {
    throw LineError(
        "the line is empty; a point without labels and features is a line with "
        "one space");
  }
  const char* p = line.data();
  const char* const end = p + line.size();
  const size_t first_feature = points.feature_ids.size();
  if (!IsBlank(*p)) {
    p = ParseLabels(p, end, header.num_labels, points.label_ids);
  }
  ParseFeatures(p, end, header.num_features, points);
  if (normalize) {
    Normalize(std::span(points.feature_values).subspan(first_feature));
  }
  points.feature_ends.push_back(points.feature_ids.size());
  points.label_ends.push_back(points.label_ids.size());
}

}  // namespace

void ParsedPoints::Clear() noexcept {
  feature_ends.clear();
  feature_ids.clear();
  feature_values.clear();
  label_ends.clear();
  label_ids.clear();
  error.reset();
}

std::string_view TakeLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

XmcHeader ParseXmcHeader(std::string_view line) {
  constexpr struct {
    std::string_view name;
    uint64_t max;
  } kCounts[] = {{"points", XmcHeader::kMaxPoints},
                 {"features", std::numeric_limits<uint32_t>::max()},
                 {"labels", std::numeric_limits<uint32_t>::max()}};
  uint64_t counts[3] = {};
  const char* const end = line.data() + line.size();
  const char* p = SkipBlanks(line.data(), end);
  for (size_t i = 0; i < 3; ++i) {
    const auto [count, next] = ParseUnsigned(p, end);
    if (next == p || (next != end && !IsBlank(*next))) {
      throw LineError(fmt::format(
          "the header has {} for its number of {}; allowed is 'points features "
          "labels', three whole numbers",
          QuoteField(p, end), kCounts[i].name));
    }
    if (count > kCounts[i].max) {
      throw LineError(
          fmt::format("the header says {} {}; allowed are at most {}",
                      Show(p, next), kCounts[i].name, kCounts[i].max));
    }
    counts[i] = count;
    p = SkipBlanks(next, end);
  }
  if (p != end) {
    throw LineError(
        fmt::format("the header goes on with {}; allowed is 'points features "
                    "labels', three "
                    "whole numbers",
                    QuoteField(p, end)));
  }
  return {counts[0], static_cast<uint32_t>(counts[1]),
          static_cast<uint32_t>(counts[2])};
}

void ParseXmcLines(std::string_view text, const XmcHeader& header,
                   bool normalize, ParsedPoints& points) {
  points.Clear();
  try {
    while (!text.empty()) {
      ParseLine(TakeLine(text), header, normalize, points);
    }
  } catch (const LineError& error) {
    points.error = error.what();
  }
}

}  // namespace slide::data
