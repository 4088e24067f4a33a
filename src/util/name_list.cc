#include "slide/name_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "slide/error.h"

namespace slide {

NameList::NameList(std::span<const std::string> names) {
  std::string lines;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\n') != std::string::npos) {
      throw DataError(
          fmt::format("name {}: got a line end, expected any other text", i));
    }
    lines += names[i];
    lines += '\n';
  }
  *this = FromLines(std::move(lines));
}

NameList NameList::FromLines(std::string text) {
  NameList names;
  if (text.empty()) return names;
  if (text.back() != '\n') text += '\n';
  auto list = std::make_shared<List>();
  list->lines = std::move(text);
  const std::string_view lines = list->lines;
  list->begins.reserve(
      static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n')) + 1);
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = lines.find('\n', begin);
    if (lines.substr(begin, end - begin).find('\t') != std::string_view::npos) {
      throw DataError(fmt::format("name {}: got a tab, expected any other text",
                                  list->begins.size() - 1));
    }
    begin = end + 1;
    list->begins.push_back(begin);
  }
  names.list_ = std::move(list);
  return names;
}

}  // namespace slide
