#include "text/document_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "data/show.h"
#include "data/text_form.h"
#include "util/utf8.h"

namespace slide::text {
namespace {

using data::Show;

std::string_view Trim(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool DocumentReader::Next(Document& document) {
  std::string_view line;
  if (!lines_.Next(line)) {
    if (lines_.num_lines() == 0) {
      lines_.Refuse(
          "the file is empty, expected a line 'label,...<TAB>text' for each "
          "document");
    }
    return false;
  }
  if (const size_t nul = line.find('\0'); nul != std::string_view::npos) {
    lines_.Refuse(fmt::format(
        "a NUL byte in column {}, expected UTF-8 text without", nul + 1));
  }
  if (const size_t valid = util::Utf8Length(line); valid < line.size()) {
    lines_.Refuse(fmt::format("got '{}' in column {}, expected UTF-8",
                              Show(line.substr(valid, 1)), valid + 1));
  }
  form_ = data::TellFormat(form_, line) == TextFormat::kFastText
              ? TextFormat::kFastText
              : TextFormat::kDocuments;
  document.labels.clear();
  if (form_ == TextFormat::kFastText) {
    TakeFastText(line, document);
  } else {
    TakeTabbed(line, document);
  }
  RequireDifferent(document.labels);
  return true;
}

void DocumentReader::TakeTabbed(std::string_view line, Document& document) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    lines_.Refuse(
        fmt::format("got '{}', which has no tab, expected "
                    "'label,...<TAB>text', also with an empty list of labels",
                    Show(line)));
  }
  TakeLabels(Trim(line.substr(0, tab)), document.labels);
  document.text = line.substr(tab + 1);
}

void DocumentReader::TakeFastText(std::string_view line, Document& document) {
  constexpr std::string_view kBlanks = " \t";
  // The words that are no labels, from `begin` on; copied only where a label
  // stands behind one.
  text_.clear();
  size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
  for (size_t at = begin; at < line.size();) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    const size_t next =
        std::min(line.find_first_not_of(kBlanks, end), line.size());
    if (word.starts_with(data::kFastTextLabel)) {
      document.labels.push_back(word.substr(data::kFastTextLabel.size()));
      if (document.labels.back().empty()) {
        lines_.Refuse(
            fmt::format("label {} of the line is empty, expected a "
                        "name behind '{}'",
                        document.labels.size(), word));
      }
      text_ += line.substr(begin, at - begin);
      begin = next;
    }
    at = next;
  }
  document.text = line.substr(begin);
  if (text_.empty()) return;
  text_ += document.text;
  document.text = text_;
}

void DocumentReader::TakeLabels(std::string_view list,
                                std::vector<std::string_view>& labels) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    labels.push_back(Trim(list.substr(0, comma)));
    if (labels.back().empty()) {
      lines_.Refuse(fmt::format(
          "label {} of the line is empty, expected names with a comma "
          "between two",
          labels.size()));
    }
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
    if (list.empty()) {
      lines_.Refuse("a comma behind the last label, expected one between two");
    }
  }
}

void DocumentReader::RequireDifferent(
    const std::vector<std::string_view>& labels) {
  if (labels.size() < 2) return;
  sorted_.assign(labels.begin(), labels.end());
  std::sort(sorted_.begin(), sorted_.end());
  const auto repeated = std::adjacent_find(sorted_.begin(), sorted_.end());
  if (repeated != sorted_.end()) {
    lines_.Refuse(fmt::format(
        "the label '{}' is given twice, expected each once", Show(*repeated)));
  }
}

}  // namespace slide::text
