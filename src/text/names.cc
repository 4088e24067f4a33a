#include "slide/dataset_io.h"

#include <fmt/format.h>

#include <string_view>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "slide/error.h"
#include "text/vocabulary.h"

namespace slide {
namespace {

std::vector<std::string> Read(const std::string& path, size_t num_things,
                              const std::string& things,
                              bool may_be_vocabulary) {
  data::LineReader reader(path);
  std::vector<std::string> names;
  std::string_view line;
  const char* entries = "lines";
  bool more = reader.Next(line);
  if (more && may_be_vocabulary && text::IsVocabularyLine(line)) {
    const text::Vocabulary vocabulary(line, reader);
    for (uint32_t id = 0; id < vocabulary.size(); ++id) {
      names.emplace_back(vocabulary.term(id));
    }
    entries = "terms";
  } else {
    for (; more; more = reader.Next(line)) names.emplace_back(line);
  }
  if (names.size() != num_things) {
    throw DataError(fmt::format(
        "{}: got {} {}, expected {}, a name for each of the {}",
        data::SourceName(path), names.size(), entries, num_things, things));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\t') == std::string::npos) continue;
    throw DataError(data::SourceName(path), i + 1,
                    "got a tab, expected any other text");
  }
  return names;
}

}  // namespace

std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const std::string& things) {
  return Read(path, num_things, things, false);
}

std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const std::string& things) {
  return Read(path, num_features, things, true);
}

}  // namespace slide
