#include "data/text_form.h"

#include <algorithm>
#include <cstddef>

#include "data/number_parser.h"

namespace slide::data {
namespace {

constexpr std::string_view kBlanks = " \t";

// Takes the first field, and the blanks around it, off the front of line.
std::string_view TakeField(std::string_view& line) noexcept {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view field =
      line.substr(0, std::min(line.find_first_of(kBlanks), line.size()));
  line.remove_prefix(field.size());
  return field;
}

// Whether a field is a feature, or one with a damaged value.
bool IsFeature(std::string_view field) noexcept {
  const size_t colon = field.find(':');
  return colon != 0 && colon != std::string_view::npos &&
         std::ranges::all_of(field.substr(0, colon), IsDigit);
}

// The whole numbers of a line of nothing else but a comment: 3 of a header of
// XMC text, 2 of a matrix; 0: it has something else.
size_t NumCounts(std::string_view line) noexcept {
  size_t num_fields = 0;
  for (std::string_view field; !(field = TakeField(line)).empty();) {
    if (field.starts_with('#')) break;
    if (!std::ranges::all_of(field, IsDigit)) return 0;
    ++num_fields;
  }
  return num_fields;
}

// Whether most fields behind the labels are features. any_labels: whether
// labels that are no numbers, which a reader of points refuses, make no
// difference.
bool IsPoint(std::string_view line, bool any_labels) noexcept {
  const bool has_labels =
      !line.empty() && kBlanks.find(line.front()) == std::string_view::npos;
  if (has_labels) {
    constexpr std::string_view kOfNumbers = "0123456789,+-.?";
    const std::string_view labels = TakeField(line);
    if (!any_labels && !IsFeature(labels) &&
        labels.find_first_not_of(kOfNumbers) != std::string_view::npos) {
      return false;
    }
  }
  size_t num_fields = 0, num_features = 0;
  for (std::string_view field; !(field = TakeField(line)).empty();) {
    ++num_fields;
    num_features += IsFeature(field) ? 1 : 0;
  }
  return 2 * num_features > num_fields;
}

}  // namespace

TextFormat TellFormat(std::string_view line, bool expects_text) {
  if (line.find('\0') != std::string_view::npos) return TextFormat::kXmc;
  std::string_view rest = line;
  if (TakeField(rest).starts_with(kFastTextLabel)) return TextFormat::kFastText;
  // Labels and texts may start with a '#', too.
  const bool is_comment =
      !expects_text && line.starts_with('#') &&
      (line.starts_with("# ") || line.find('\t') == std::string_view::npos);
  if (is_comment || IsPoint(line, !expects_text)) return TextFormat::kLibSvm;
  const size_t num_counts = NumCounts(line);
  if (num_counts == 3) return TextFormat::kXmc;
  if (line.find('\t') != std::string_view::npos) return TextFormat::kDocuments;
  if (num_counts == 2 && !expects_text) return TextFormat::kTwoFiles;
  if (expects_text) return TextFormat::kFastText;
  return line.find(':') != std::string_view::npos ? TextFormat::kLibSvm
                                                  : TextFormat::kXmc;
}

}  // namespace slide::data
