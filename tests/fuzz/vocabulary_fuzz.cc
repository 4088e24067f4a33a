// Fuzz target: any bytes as a vocabulary file. What is accepted is written as
// it was read, but for the ends of lines.
#include "text/vocabulary.h"

#include "data/line_reader.h"
#include "fuzz/fuzz.h"

namespace slide::text {
namespace {

using data::LineReader;
using data::MemorySource;
using data::Require;

void CheckVocabulary(std::string_view text) {
  try {
    LineReader reader(std::make_unique<MemorySource>(text), "FILE");
    std::string_view line;
    if (!reader.Next(line)) return;
    const std::string written = Vocabulary(line, reader).Format();

    std::string lines;
    LineReader again(std::make_unique<MemorySource>(text), "FILE");
    while (again.Next(line)) {
      lines += line;
      lines += '\n';
    }
    Require(written == lines, "a vocabulary is written as it was read");
  } catch (const DataError& error) {
    const std::string what = error.what();
    Require(what.starts_with("FILE:"), "messages name the file");
    Require(what.size() < 500, "messages are short");
  }
}

}  // namespace
}  // namespace slide::text

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  slide::text::CheckVocabulary({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
