#include "cli/names.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "cli/files.h"
#include "data/byte_source.h"
#include "data/line_reader.h"
#include "slide/error.h"
#include "text/vocabulary.h"

namespace slide::cli {
namespace {

void CheckNames(const std::string& path, const std::vector<std::string>& names,
                size_t num_things, const char* things) {
  if (names.size() != num_things) {
    throw DataError(fmt::format(
        "{}: has {} lines; allowed are {}, a name for each of the {}", path,
        names.size(), num_things, things));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\t') != std::string::npos) {
      throw DataError(path, i + 1, "has a tab; allowed is any other text");
    }
  }
}

}  // namespace

std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const char* things) {
  if (path.empty()) return {};
  std::vector<std::string> names = ReadLines(path);
  CheckNames(data::SourceName(path), names, num_things, things);
  return names;
}

std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const char* things) {
  if (path.empty()) return {};
  data::LineReader reader(path);
  std::vector<std::string> names;
  std::string_view line;
  bool more = reader.Next(line);
  if (!more || !text::IsVocabularyLine(line)) {
    for (; more; more = reader.Next(line)) names.emplace_back(line);
    CheckNames(data::SourceName(path), names, num_features, things);
    return names;
  }
  const text::Vocabulary vocabulary(line, reader);
  if (vocabulary.size() != num_features) {
    throw DataError(fmt::format(
        "{}: has {} terms; allowed are {}, a term for "
        "each of the {}",
        data::SourceName(path), vocabulary.size(), num_features, things));
  }
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    names.emplace_back(vocabulary.term(id));
  }
  return names;
}

}  // namespace slide::cli
