#include "slide/name_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide {
namespace {

constexpr size_t kBlockBytes = 256;

size_t NumLineEnds(std::string_view text) noexcept {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

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
  if (!text.empty() && text.back() != '\n') text += '\n';
  auto owned = std::make_shared<const std::string>(std::move(text));
  const std::string_view lines = *owned;
  return FromLines(lines, std::move(owned));
}

NameList NameList::FromLines(std::string_view text,
                             std::shared_ptr<const void> owner) {
  NameList names;
  if (text.empty()) return names;
  if (text.back() != '\n') return FromLines(std::string(text));
  if (const size_t tab = text.find('\t'); tab != std::string_view::npos) {
    throw DataError(fmt::format("name {}: got a tab, expected any other text",
                                NumLineEnds(text.substr(0, tab))));
  }
  auto list = std::make_shared<List>();
  list->owner = std::move(owner);
  list->lines = text;
  list->ranks.reserve(text.size() / kBlockBytes + 1);
  for (size_t at = 0; at < text.size(); at += kBlockBytes) {
    list->ranks.push_back(list->size);
    list->size += NumLineEnds(text.substr(at, kBlockBytes));
  }
  names.list_ = std::move(list);
  return names;
}

std::string_view NameList::operator[](size_t i) const noexcept {
  const auto& [owner, lines, size, ranks] = *list_;
  SLIDE_DCHECK(i < size);
  size_t begin = 0;
  if (i > 0) {
    // The block with the end of the name before, which is its line end number
    // i - ranks[block].
    const auto next = std::upper_bound(ranks.begin(), ranks.end(), i - 1);
    const auto block = static_cast<size_t>(next - ranks.begin()) - 1;
    begin = block * kBlockBytes;
    for (uint64_t rank = ranks[block]; rank < i; ++rank) {
      begin = lines.find('\n', begin) + 1;
    }
  }
  return lines.substr(begin, lines.find('\n', begin) - begin);
}

}  // namespace slide
