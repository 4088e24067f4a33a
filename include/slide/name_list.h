// NameList: the names of things that are numbered from 0, such as labels, one
// behind the other in one text. Copies share it. A name is found by the number
// of line ends in front of each block of the text, so that a list takes little
// memory beside its text and is made in one fast pass.
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
  // The same of a text that is there as long as its owner is, and is copied
  // only if its last line lacks its end.
  static NameList FromLines(std::string_view text,
                            std::shared_ptr<const void> owner);

  size_t size() const noexcept { return list_ ? list_->size : 0; }
  bool empty() const noexcept { return size() == 0; }

  // The text is there as long as this list or a copy of it is.
  // Requires: i < size(). Cost: O(log(size)).
  std::string_view operator[](size_t i) const noexcept;

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
    std::shared_ptr<const void> owner;
    std::string_view lines;
    size_t size = 0;
    std::vector<uint64_t> ranks = {};  // line ends in front of each block
  };

  std::shared_ptr<const List> list_;  // null: empty
};

}  // namespace slide
