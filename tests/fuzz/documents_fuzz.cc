// Fuzz target: any bytes as text with labels, from which a vocabulary is
// learned that gives vectors.
#include "text/document_reader.h"

#include <cmath>

#include "fuzz/fuzz.h"
#include "slide/vectorizer.h"
#include "util/utf8.h"

namespace slide::text {
namespace {

using data::MemorySource;
using data::Require;

void CheckVector(const TextVector& vector, uint32_t num_features) {
  Require(vector.ids.size() == vector.values.size(), "a value for each id");
  double norm = 0.0;
  for (size_t i = 0; i < vector.ids.size(); ++i) {
    Require(vector.ids[i] < num_features, "ids are those of features");
    Require(i == 0 || vector.ids[i - 1] < vector.ids[i], "ids ascend");
    Require(vector.values[i] > 0.0f, "values are above 0");
    norm += static_cast<double>(vector.values[i]) * vector.values[i];
  }
  Require(vector.ids.empty() || std::abs(norm - 1.0) < 1e-4, "length is 1");
}

// Reads as many documents as there are.
void Read(std::string_view text, TextFormat form,
          std::vector<std::string>& texts) {
  try {
    DocumentReader reader(std::make_unique<MemorySource>(text), "FILE", form);
    Document document;
    while (reader.Next(document)) {
      for (const std::string_view label : document.labels) {
        Require(!label.empty() &&
                    label.find_first_of("\t\n") == std::string_view::npos,
                "labels are names");
      }
      Require(util::Utf8Length(document.text) == document.text.size(),
              "texts are UTF-8");
      texts.emplace_back(document.text);
    }
  } catch (const DataError& error) {
    const std::string what = error.what();
    Require(what.starts_with("FILE:"), "messages name the file");
    Require(what.size() < 500, "messages are short");
  }
}

void CheckDocuments(std::string_view text) {
  std::vector<std::string> texts;
  for (const TextFormat form :
       {TextFormat::kAuto, TextFormat::kDocuments, TextFormat::kFastText}) {
    Read(text, form, texts);
  }
  texts.emplace_back(text);  // any bytes
  for (const bool bigrams : {false, true}) {
    const Vectorizer vectorizer =
        Vectorizer::Learn(texts, {.min_count = 1, .bigrams = bigrams});
    for (const std::string& one : texts) {
      CheckVector(vectorizer.Transform(one), vectorizer.num_features());
    }
    for (uint32_t id = 0; id < vectorizer.num_features(); ++id) {
      const TextVector vector = vectorizer.Transform(vectorizer.term(id));
      Require(std::ranges::find(vector.ids, id) != vector.ids.end(),
              "a term is a term of itself");
    }
  }
}

}  // namespace
}  // namespace slide::text

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  slide::text::CheckDocuments({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
