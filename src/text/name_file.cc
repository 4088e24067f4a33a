// Names in files: the public functions, and what they share.
#include "text/name_file.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "slide/dataset_io.h"
#include "slide/error.h"

namespace slide {
namespace text {

NameFile ReadNameFile(const std::string& path, size_t num_things,
                      const std::string& things, bool may_be_vocabulary) {
  data::LineReader reader(path);
  NameFile file;
  std::vector<std::string>& names = file.names;
  std::string_view line;
  const char* entries = "lines";
  bool more = reader.Next(line);
  if (more && may_be_vocabulary && IsVocabularyLine(line)) {
    const Vocabulary& vocabulary = file.vocabulary.emplace(line, reader);
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
  return file;
}

}  // namespace text

std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const std::string& things) {
  return text::ReadNameFile(path, num_things, things, false).names;
}

std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const std::string& things) {
  return text::ReadNameFile(path, num_features, things, true).names;
}

}  // namespace slide
