// NameList: the names of things that are numbered from 0, such as labels, one
// behind the other in one string. Copies share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slide {

// Immutable. Threads: any number may use one at once.
class NameList {
 public:
  NameList() = default;
  // Throws: DataError for a name with a tab or a line end, which programs would
  // read as its end.
  explicit NameList(std::span<const std::string> names);

  // Takes a text of lines, each a name; the last one may lack its end.
  // Throws: DataError for a name with a tab.
  static NameList FromLines(std::string text);

  size_t size() const noexcept { return list_ ? list_->begins.size() - 1 : 0; }
  bool empty() const noexcept { return size() == 0; }

  // The text is there as long as this list or a copy of it is.
  // Requires: i < size().
  std::string_view operator[](size_t i) const noexcept {
    const uint64_t begin = list_->begins[i];
    const std::string_view lines = list_->lines;
    return lines.substr(begin, list_->begins[i + 1] - 1 - begin);
  }

  // All names, each with a line end behind it.
  std::string_view lines() const noexcept {
    return list_ ? list_->lines : std::string_view();
  }

  // Whether the names are the same.
  friend bool operator==(const NameList& a, const NameList& b) noexcept {
    return a.lines() == b.lines();
  }

 private:
  struct List {
    std::string lines;
    std::vector<uint64_t> begins = {0};  // [size + 1], in lines
  };

  std::shared_ptr<const List> list_;  // null: empty
};

}  // namespace slide
