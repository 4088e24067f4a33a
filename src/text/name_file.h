// A file that names things numbered from 0: a name a line, or a vocabulary.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "text/vocabulary.h"

namespace slide::text {

struct NameFile {
  std::vector<std::string> names;
  std::optional<Vocabulary> vocabulary;  // whose terms the names are
};

// num_things, things and Throws: as ReadNames.
NameFile ReadNameFile(const std::string& path, size_t num_things,
                      const std::string& things, bool may_be_vocabulary);

}  // namespace slide::text
