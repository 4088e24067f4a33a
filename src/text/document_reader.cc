#include "text/document_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "data/show.h"
#include "text/utf8.h"

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
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (lines_.num_lines() == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (const size_t nul = line.find('\0'); nul != std::string_view::npos) {
    lines_.Refuse(fmt::format(
        "a NUL byte in column {}, expected UTF-8 text without", nul + 1));
  }
  if (const size_t valid = Utf8Length(line); valid < line.size()) {
    lines_.Refuse(fmt::format("got '{}' in column {}, expected UTF-8",
                              Show(line.substr(valid, 1)), valid + 1));
  }
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    lines_.Refuse(
        fmt::format("got '{}', which has no tab, expected "
                    "'label,...<TAB>text', also with an empty list of labels",
                    Show(line)));
  }
  TakeLabels(Trim(line.substr(0, tab)), document);
  document.text = line.substr(tab + 1);
  return true;
}

void DocumentReader::TakeLabels(std::string_view list, Document& document) {
  std::vector<std::string_view>& labels = document.labels;
  labels.clear();
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
