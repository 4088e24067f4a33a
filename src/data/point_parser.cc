#include "data/point_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "data/normalize.h"
#include "data/number_parser.h"
#include "data/show.h"
#include "util/checksum.h"

namespace slide::data {
namespace {

bool IsBlank(char c) noexcept { return c == ' ' || c == '\t'; }

const char* SkipBlanks(const char* p, const char* end) noexcept {
  while (p != end && IsBlank(*p)) ++p;
  return p;
}

std::string Show(const char* p, const char* end) {
  return data::Show(std::string_view(p, end));
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
    if (label_end != end && label_end < std::find_if(p, end, IsBlank)) {
      throw ReadError(fmt::format(
          "{} has a weight behind the label, expected labels alone: weights "
          "stand in files of their own (--sample-weights, --label-weights)",
          label));
    }
    throw ReadError(fmt::format(
        "{} is a feature where a label is expected; a line without labels must "
        "start with a space",
        label));
  }
  throw ReadError(fmt::format(
      "label {} is not a whole number, expected numbers from 0 on with a "
      "comma between two of them, or a space for a point without labels",
      label));
}

// The end of a label that is a class of LibSVM text, [+-]digits[.zeros], at p;
// nullptr: it is none. value: its number without sign.
const char* ParseClass(const char* p, const char* end, uint64_t& value,
                       bool& is_negative) {
  is_negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  const auto [number, next] = ParseUnsigned(p, end);
  if (next == p) return nullptr;
  value = number;
  p = next;
  if (p != end && *p == '.') {
    while (++p != end && *p == '0') {
    }
  }
  return p;
}

// Sorts the labels [from, labels.size()), which the text numbers from
// first_label on. Throws: ReadError for a repeat.
void SortLabels(std::vector<uint32_t>& labels, size_t from,
                uint64_t first_label) {
  const auto begin = labels.begin() + static_cast<ptrdiff_t>(from);
  std::sort(begin, labels.end());
  const auto repeat = std::adjacent_find(begin, labels.end());
  if (repeat != labels.end()) {
    throw ReadError(
        fmt::format("label {} is given twice, expected once for a point",
                    *repeat + first_label));
  }
}

// Refuses an id that is out of range. kind: "feature id", "label".
[[noreturn]] void RefuseId(std::string_view kind, uint64_t id,
                           const std::string& shown, uint64_t first,
                           uint64_t end, bool end_from_header) {
  if (id < first) {
    throw ReadError(fmt::format("{} {} where they are numbered from {} on",
                                kind, shown, first));
  }
  if (end_from_header) {
    throw ReadError(
        fmt::format("{} {} is not below {}, the number of {}s in the header",
                    kind, shown, end, kind.substr(0, kind.find(' '))));
  }
  throw ReadError(fmt::format("{} {} is too large, expected numbers up to {}",
                              kind, shown, end - 1));
}

// Parses the label list that starts at p and returns its end.
const char* ParseLabels(const char* p, const char* end, const LineRules& rules,
                        ParsedPoints& points) {
  std::vector<uint32_t>& labels = points.label_ids;
  const size_t first = labels.size();
  bool ascending = true;
  while (true) {
    auto [label, next] = ParseUnsigned(p, end);
    const auto is_end = [&](const char* q) { return q == end || IsBlank(*q); };
    bool is_negative = false;
    if (next == p || (!is_end(next) && *next != ',')) {
      const char* const class_end = rules.form == LineForm::kLibSvm
                                        ? ParseClass(p, end, label, is_negative)
                                        : nullptr;
      if (class_end == nullptr || (!is_end(class_end) && *class_end != ',')) {
        RefuseLabel(p, end, next);
      }
      next = class_end;
    }
    if (is_negative) {
      if (label != 1 || rules.first_label != 0) {
        throw ReadError(fmt::format(
            "label {} is negative, expected numbers from {} on, or the classes "
            "+1 and -1",
            QuoteField(p, std::find(p, end, ',')), rules.first_label));
      }
      label = 0;
      ++points.num_minus_1;
    } else {
      points.has_label_0 |= label == 0;
    }
    const bool last = is_end(next);
    if (label < rules.first_label || label >= rules.end_label) {
      RefuseId("label", label, Show(p, next), rules.first_label,
               rules.end_label, rules.ends_from_header);
    }
    const auto id = static_cast<uint32_t>(label - rules.first_label);
    ascending = ascending && (labels.size() == first || labels.back() < id);
    labels.push_back(id);
    if (last) {
      if (!ascending) SortLabels(labels, first, rules.first_label);
      return next;
    }
    p = SkipBlanks(next + 1, end);
  }
}

// Whether the field at p is a feature, as where labels are left out.
bool IsFeature(const char* p, const char* end) noexcept {
  const auto [id, next] = ParseUnsigned(p, end);
  return next != p && next != end && *next == ':';
}

// Skips what LibSVM text may have between labels and features, or in the place
// of labels.
const char* SkipQid(const char* p, const char* end, ParsedPoints& points) {
  constexpr std::string_view kQid = "qid:";
  p = SkipBlanks(p, end);
  if (!std::string_view(p, end).starts_with(kQid)) return p;
  ++points.num_qids;
  return std::find_if(p, end, IsBlank);
}

// Says why the feature at p is refused. Takes what was read of it: an id up to
// id_end and a value up to value_end, nullptr if it is no number.
[[noreturn]] void RefuseFeature(const char* p, const char* end,
                                const char* id_end, const char* value_end) {
  const bool has_id =
      id_end != p && (id_end == end || IsBlank(*id_end) || *id_end == ':');
  if (!has_id) {
    throw ReadError(fmt::format(
        "feature {} does not start with a whole number and a colon, expected "
        "id:value",
        QuoteField(p, end)));
  }
  const bool has_colon = id_end != end && *id_end == ':';
  const char* const value = has_colon ? id_end + 1 : id_end;
  if (value == end || IsBlank(*value)) {
    throw ReadError(fmt::format("feature {} has no value, expected id:value",
                                QuoteField(p, end)));
  }
  const bool is_number =
      value_end != nullptr && (value_end == end || IsBlank(*value_end));
  if (is_number) {
    throw ReadError(fmt::format(
        "value {} of feature {} is too large, expected numbers up to "
        "3.4e38",
        QuoteField(value, end), Show(p, id_end)));
  }
  throw ReadError(fmt::format("value {} of feature {} is not a finite number",
                              QuoteField(value, end), Show(p, id_end)));
}

// Parses the features of a line from p to its end.
void ParseFeatures(const char* p, const char* end, const LineRules& rules,
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
    if (id < rules.first_feature || id >= rules.end_feature) {
      RefuseId("feature id", id, Show(p, id_end), rules.first_feature,
               rules.end_feature, rules.ends_from_header);
    }
    if (static_cast<int64_t>(id) <= previous) {
      throw ReadError(
          fmt::format("feature id {} after {}; ids must ascend without repeats",
                      id, previous));
    }
    previous = static_cast<int64_t>(id);
    points.feature_ids.push_back(
        static_cast<uint32_t>(id - rules.first_feature));
    points.feature_values.push_back(value);
    p = value_end;
  }
}

// Keeps what is asked about the ids of all points together. The ids of one
// ascend, so its first and last tell.
void NoteIds(size_t first_feature, size_t first_label, ParsedPoints& points) {
  if (points.feature_ids.size() > first_feature) {
    points.end_feature =
        std::max(points.end_feature, points.feature_ids.back() + 1);
    points.has_feature_0 |= points.feature_ids[first_feature] == 0;
  }
  if (points.label_ids.size() > first_label) {
    points.end_label = std::max(points.end_label, points.label_ids.back() + 1);
  }
}

void ParseLine(std::string_view line, const LineRules& rules,
               ParsedPoints& points) {
  if (rules.form == LineForm::kLibSvm) {
    if (line.starts_with('#')) return;
    line = line.substr(0, line.find('#'));
  }
  if (line.empty() && rules.form != LineForm::kMatrix) {
    throw ReadError(
        "the line is empty; a point without labels and features is a line with "
        "one space");
  }
  const char* p = line.data();
  const char* const end = p + line.size();
  const size_t first_feature = points.feature_ids.size();
  const size_t first_label = points.label_ids.size();
  const bool is_libsvm = rules.form == LineForm::kLibSvm;
  if (is_libsvm && *p == '?' && (p + 1 == end || IsBlank(p[1]))) {
    ++p;
  } else if (rules.form != LineForm::kMatrix && !IsBlank(*p) &&
             !(rules.may_lack_labels && IsFeature(p, end))) {
    p = ParseLabels(p, end, rules, points);
  }
  if (is_libsvm) p = SkipQid(p, end, points);
  ParseFeatures(p, end, rules, points);
  if (rules.normalize) {
    Normalize(std::span(points.feature_values).subspan(first_feature));
  }
  NoteIds(first_feature, first_label, points);
  points.feature_ends.push_back(points.feature_ids.size());
  points.label_ends.push_back(points.label_ids.size());
}

// The fingerprints in the comment of a header.
Fingerprints ReadFingerprints(std::string_view comment) {
  Fingerprints fingerprints;
  const auto read = [&](std::string_view key, std::optional<uint64_t>& sum) {
    const size_t at = comment.find(key);
    if (at == std::string_view::npos) return;
    std::string_view digits = comment.substr(at + key.size());
    digits = digits.substr(0, digits.find_first_of(" \t"));
    constexpr size_t kNumDigits = 16;
    if (digits.size() != kNumDigits) return;  // a comment of another kind
    sum = util::ReadChecksum(digits);
    if (sum) return;
    throw ReadError(
        fmt::format("the header's{} is '{}', expected 16 hexadecimal digits",
                    key.substr(0, key.size() - 1), data::Show(digits)));
  };
  read(" vocabulary=", fingerprints.vocabulary);
  read(" labels=", fingerprints.labels);
  return fingerprints;
}

// The counts of a header, the first of which may be kMaxPoints, and the comment
// behind them. advice: ends messages. Throws: ReadError.
template <size_t kNum>
std::pair<std::array<uint64_t, kNum>, std::string_view> ParseCounts(
    std::string_view line, const std::array<std::string_view, kNum>& names,
    std::string_view advice) {
  const auto expected = [&] {
    std::string text;
    for (const std::string_view name : names) {
      text += fmt::format("{}{}", text.empty() ? "" : " ", name);
    }
    return fmt::format("expected '{}', {} whole numbers{}", text,
                       kNum == 3 ? "three" : "two", advice);
  };
  std::array<uint64_t, kNum> counts;
  const char* const end = line.data() + line.size();
  const char* p = SkipBlanks(line.data(), end);
  for (size_t i = 0; i < kNum; ++i) {
    const auto [count, next] = ParseUnsigned(p, end);
    if (next == p || (next != end && !IsBlank(*next))) {
      throw ReadError(fmt::format("the header has {} for its number of {}, {}",
                                  QuoteField(p, end), names[i], expected()));
    }
    const uint64_t max =
        i == 0 ? XmcHeader::kMaxPoints : std::numeric_limits<uint32_t>::max();
    if (count > max) {
      throw ReadError(fmt::format("the header says {} {}, expected at most {}",
                                  Show(p, next), names[i], max));
    }
    counts[i] = count;
    p = SkipBlanks(next, end);
  }
  if (p != end && *p != '#') {
    throw ReadError(fmt::format("the header goes on with {}, {}",
                                QuoteField(p, end), expected()));
  }
  return {counts, {p, static_cast<size_t>(end - p)}};
}

}  // namespace

void ParsedPoints::Clear() noexcept {
  feature_ends.clear();
  feature_ids.clear();
  feature_values.clear();
  label_ends.clear();
  label_ids.clear();
  num_lines = 0;
  end_feature = end_label = 0;
  has_feature_0 = false;
  num_minus_1 = num_qids = 0;
  has_label_0 = false;
  error.reset();
}

LineRules LineRules::Xmc(const XmcHeader& header, bool normalize) noexcept {
  return {.end_feature = header.num_features,
          .end_label = header.num_labels,
          .ends_from_header = true,
          .normalize = normalize};
}

LineRules LineRules::LibSvm(uint32_t first_feature, uint32_t first_label,
                            bool normalize) noexcept {
  // Ids may be as large as a header could allow.
  constexpr uint64_t kMaxIds = std::numeric_limits<uint32_t>::max();
  return {.form = LineForm::kLibSvm,
          .first_feature = first_feature,
          .end_feature = first_feature + kMaxIds,
          .first_label = first_label,
          .end_label = first_label + kMaxIds,
          .normalize = normalize};
}

LineRules LineRules::Matrix(uint32_t num_columns, bool normalize) noexcept {
  return {.form = LineForm::kMatrix,
          .end_feature = num_columns,
          .ends_from_header = true,
          .normalize = normalize};
}

std::string_view WithoutByteOrderMark(std::string_view text) noexcept {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

XmcHeader ParseXmcHeader(std::string_view line) {
  const auto [counts, rest] =
      ParseCounts<3>(line, {"points", "features", "labels"},
                     "; LibSVM text whose first point has no feature wants "
                     "--format libsvm");
  return {counts[0], static_cast<uint32_t>(counts[1]),
          static_cast<uint32_t>(counts[2]), ReadFingerprints(rest)};
}

XmcHeader ParseMatrixHeader(std::string_view line) {
  const auto counts = ParseCounts<2>(line, {"rows", "columns"}, "").first;
  return {.num_points = counts[0],
          .num_features = static_cast<uint32_t>(counts[1])};
}

void ParseLines(std::string_view text, const LineRules& rules,
                ParsedPoints& points) {
  points.Clear();
  try {
    while (!text.empty()) {
      ParseLine(TakeLine(text), rules, points);
      ++points.num_lines;
    }
  } catch (const ReadError& error) {
    points.error = error.what();
  }
}

}  // namespace slide::data
