#include "slide/input_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "data/line_reader.h"
#include "data/number_parser.h"
#include "data/show.h"
#include "slide/error.h"
#include "text/string_table.h"

namespace slide {
namespace {

constexpr char kForm[] = "'name v1 ... vD'";

// The words of a line from its end on: a name may have spaces.
std::string_view TakeLastWord(std::string_view& line) {
  const size_t space = line.find_last_of(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view word = line.substr(space + 1);
  line = line.substr(0, space);
  return word;
}

// A line of the C program ends with a space.
std::string_view WithoutSpaces(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

struct Head {
  uint64_t num_vectors = 0;
  size_t width = 0;
};

Head ReadHead(data::LineReader& reader) {
  constexpr uint64_t kMaxWidth = 1'000'000;
  std::string_view line;
  if (!reader.Next(line)) {
    reader.Refuse("the file is empty, expected a line 'N D' and N vectors");
  }
  const std::string_view text = WithoutSpaces(line);
  const char* const end = text.data() + text.size();
  const data::ParsedUnsigned num = data::ParseUnsigned(text.data(), end);
  if (num.next != text.data() && num.next != end && *num.next == ' ') {
    const char* const second = num.next + 1;
    const data::ParsedUnsigned width = data::ParseUnsigned(second, end);
    if (width.next != second && width.next == end && 1 <= width.value &&
        width.value <= kMaxWidth) {
      return {num.value, width.value};
    }
  }
  reader.Refuse(
      fmt::format("got '{}', expected 'N D', the number of vectors and "
                  "the numbers in each, as word2vec writes them",
                  data::Show(line)));
}

// Fills the vector from the end of the line on, and returns the name.
std::string_view ReadVector(std::string_view line,
                            const data::LineReader& reader,
                            std::vector<float>& vector) {
  std::string_view rest = WithoutSpaces(line);
  for (size_t i = vector.size(); i-- > 0;) {
    const std::string_view word = TakeLastWord(rest);
    const char* const end = word.data() + word.size();
    const data::ParsedFloat number = data::ParseFloat(word.data(), end);
    if (word.empty() || number.next != end || !std::isfinite(number.value)) {
      reader.Refuse(fmt::format(
          "got '{}' as number {} of {}, expected {} with finite numbers",
          data::Show(word), i + 1, vector.size(), kForm));
    }
    vector[i] = number.value;
  }
  if (rest.empty()) {
    reader.Refuse(fmt::format("got no name, expected {}", kForm));
  }
  return rest;
}

// The features by their names; one that several have names the first.
class Features {
 public:
  Features(const NameList& names, uint32_t first) {
    for (size_t i = first; i < names.size(); ++i) {
      if (names_.Add(names[i]) == features_.size()) {
        features_.push_back(static_cast<uint32_t>(i));
      }
    }
    was_taken_.resize(features_.size());
  }

  // The feature of that name; none, or taken before: kNone.
  uint32_t Take(std::string_view name) {
    const uint32_t number = names_.Find(name);
    if (number == text::StringTable::kNone || was_taken_[number]) {
      return text::StringTable::kNone;
    }
    was_taken_[number] = true;
    return features_[number];
  }
  size_t size() const noexcept { return features_.size(); }

 private:
  text::StringTable names_;
  std::vector<uint32_t> features_;  // [names]
  std::vector<bool> was_taken_;     // [names]
};

// The vectors in the order of their features.
void Sort(InputVectors& vectors) {
  std::vector<size_t> order(vectors.features.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return vectors.features[i]; });
  std::vector<float> values;
  values.reserve(vectors.values.size());
  for (const size_t i : order) {
    const auto begin =
        vectors.values.begin() + static_cast<std::ptrdiff_t>(i * vectors.width);
    values.insert(values.end(), begin,
                  begin + static_cast<std::ptrdiff_t>(vectors.width));
  }
  vectors.values = std::move(values);
  std::ranges::sort(vectors.features);
}

}  // namespace

InputVectors ReadInputVectors(const std::string& path, const NameList& names,
                              uint32_t first_feature) {
  data::LineReader reader(path);
  const Head head = ReadHead(reader);
  Features features(names, first_feature);
  InputVectors vectors;
  vectors.width = head.width;
  std::vector<float> vector(head.width);
  std::string_view line;
  while (reader.Next(line)) {
    if (vectors.num_in_file == head.num_vectors) {
      reader.Refuse(
          fmt::format("got a line behind the last of the {} vectors that the "
                      "first line announces, expected the end of the file",
                      head.num_vectors));
    }
    ++vectors.num_in_file;
    const uint32_t feature = features.Take(ReadVector(line, reader, vector));
    if (feature == text::StringTable::kNone) continue;
    vectors.features.push_back(feature);
    vectors.values.insert(vectors.values.end(), vector.begin(), vector.end());
  }
  if (vectors.num_in_file < head.num_vectors) {
    reader.Refuse(
        fmt::format("the file ends after {} of the {} vectors that the first "
                    "line announces",
                    vectors.num_in_file, head.num_vectors));
  }
  if (vectors.features.empty()) {
    throw DataError(
        fmt::format("{}: got {} vectors, none of them with the name of one of "
                    "{} {}features, expected some",
                    path, vectors.num_in_file, features.size(),
                    first_feature > 0 ? "new " : ""));
  }
  Sort(vectors);
  return vectors;
}

}  // namespace slide
