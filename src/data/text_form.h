// The forms that lines of text have, and which of them a file has, told by its
// first line.
#pragma once

#include <string_view>

#include "slide/dataset_io.h"

namespace slide::data {

// fastText's mark in front of a label.
inline constexpr std::string_view kFastTextLabel = "__label__";

// Decides, in this order:
//
// - fastText if the line starts with its mark of a label;
// - LibSVM if it is a comment, which starts with '#' and has no tab or with "#
// ",
//   or if most fields behind the first, its labels, start with a number and a
//   colon;
// - documents if it has a tab and is no header of three numbers;
// - a matrix, of two files, if it is a header of two numbers;
// - LibSVM if it has a colon, and XMC text otherwise.
//
// A line with a NUL byte is of no text, as that of a cache, and counts as XMC
// text, whose reader says so. Where text may come without labels
// (expects_text), there are no comments, lines of the last kind that are no
// header are fastText's, too, and so are those that start with a word, whatever
// follows. Returns anything but kAuto.
TextFormat TellFormat(std::string_view first_line, bool expects_text = false);

// Returns the format that is wanted; for kAuto, what the first line tells.
inline TextFormat TellFormat(TextFormat wanted, std::string_view first_line,
                             bool expects_text = false) {
  return wanted == TextFormat::kAuto ? TellFormat(first_line, expects_text)
                                     : wanted;
}

// Whether a reader of points has to leave it to one of documents.
constexpr bool IsOfDocuments(TextFormat format) noexcept {
  return format == TextFormat::kDocuments || format == TextFormat::kFastText;
}

}  // namespace slide::data
