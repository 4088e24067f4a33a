// Text, line by line. XMC text, of the Extreme Classification repository: a
// header `points features labels`, then for each point `l1,l2,... id:value
// id:value`. LibSVM text: the same lines without the header, ids perhaps from 1
// on, comments. A matrix, of which newer sets of that repository have one for
// features and one for labels: a header `rows columns`, then for each row
// `id:value id:value`.
//
// Decided where the formats' descriptions are silent:
// - Fields are separated by spaces or tabs, any number of them; a line may end
//   with them, with '\r\n', or (the last one) with the end of the file.
// - A line without labels starts with a space or tab, also if it has no
//   features. An empty line is refused wherever it stands: whether it is a
//   point or an accident cannot be told.
// - Labels may come in any order and are sorted, a blank may follow a comma;
//   features must ascend.
// - A value may be zero; a value too small for a float becomes zero.
// - In LibSVM text '#' ends a line's content; a line that starts with it is no
//   point. Labels may be classes: 1.0 or +1 is 1, and -1, which stands for the
//   other of two, is 0. A '?' in their place is no label, and neither is
//   a feature where no labels are wanted. A field `qid:N` behind them is
//   skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"
#include "slide/model_card.h"

namespace slide::data {

struct XmcHeader {
  uint64_t num_points = 0;    // at most kMaxPoints
  uint32_t num_features = 0;  // ids are below
  uint32_t num_labels = 0;
  Fingerprints fingerprints = {};

  static constexpr uint64_t kMaxPoints = uint64_t{1} << 40;
};

// Forms of a point's line.
enum class LineForm { kXmc, kLibSvm, kMatrix };

// Rules for the lines of points.
struct LineRules {
  LineForm form = LineForm::kXmc;
  // Ids in the text are from `first` on and below `end`; those in the arrays
  // start with 0.
  uint64_t first_feature = 0, end_feature = 0;
  uint64_t first_label = 0, end_label = 0;
  // True if the ends are the header's counts, which a message then mentions.
  bool ends_from_header = false;
  // LibSVM text: a point may begin with its features, as one to predict for.
  bool may_lack_labels = false;
  // True if a point's features are divided by their Euclidean norm.
  bool normalize = false;

  static LineRules Xmc(const XmcHeader& header, bool normalize) noexcept;
  // Requires: both are 0 or 1.
  static LineRules LibSvm(uint32_t first_feature, uint32_t first_label,
                          bool normalize) noexcept;
  // Rows of columns below the count of a header.
  static LineRules Matrix(uint32_t num_columns, bool normalize) noexcept;
};

// Points parsed from a run of lines, as a CsrArrays of their own.
struct ParsedPoints {
  std::vector<uint64_t> feature_ends;  // [points]: where the point's ids end
  std::vector<uint32_t> feature_ids;
  std::vector<float> feature_values;
  std::vector<uint64_t> label_ends;  // [points]
  std::vector<uint32_t> label_ids;
  // Lines of these points, and comments between them.
  uint64_t num_lines = 0;
  // Ids are below these; whether there is a feature 0.
  uint32_t end_feature = 0;
  uint32_t end_label = 0;
  bool has_feature_0 = false;
  // LibSVM text: lines with the label -1, whether one has the label 0, and
  // lines with a qid.
  uint64_t num_minus_1 = 0;
  bool has_label_0 = false;
  uint64_t num_qids = 0;
  // Describes the fault of the line behind these points. Nothing is parsed
  // after that line, and the ids may hold a part of it.
  std::optional<std::string> error;

  size_t size() const noexcept { return label_ends.size(); }
  void Clear() noexcept;
};

// line: without its end. A '#' starts a comment, whose words
// `vocabulary=DIGITS` and `labels=DIGITS` are fingerprints.
// Throws: ReadError.
XmcHeader ParseXmcHeader(std::string_view line);

// The header `rows columns` of a matrix, as num_points and num_features.
// Throws: ReadError.
XmcHeader ParseMatrixHeader(std::string_view line);

// Replaces the content of `points` by the points in `text`, whole lines.
// Cost: one pass over text. Threads: any number at once, on points of their
// own.
void ParseLines(std::string_view text, const LineRules& rules,
                ParsedPoints& points);

// Takes the first line, and the '\n' behind it if there is one, off the front
// of text; returns it without '\n' or '\r\n'.
std::string_view TakeLine(std::string_view& text);

// Returns the text without the byte order mark that some editors put in front.
std::string_view WithoutByteOrderMark(std::string_view text) noexcept;

}  // namespace slide::data
