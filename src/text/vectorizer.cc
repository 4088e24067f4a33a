// The public face of Vocabulary.
#include "slide/vectorizer.h"

#include <fmt/format.h>

#include <utility>

#include "slide/error.h"
#include "text/vocabulary.h"
#include "util/binary_io.h"
#include "util/check.h"

namespace slide {

using text::Vocabulary;

Vectorizer::Vectorizer(std::shared_ptr<const Vocabulary> vocabulary)
    : vocabulary_(std::move(vocabulary)) {}

Vectorizer Vectorizer::Learn(std::span<const std::string> texts,
                             const VectorizerOptions& options) {
  options.Validate();
  text::TermCounter counter(options.bigrams);
  std::vector<uint32_t> ids;
  for (const std::string& text : texts) {
    ids.clear();
    counter.Add(text, ids);
  }
  return Vectorizer(std::make_shared<const Vocabulary>(counter, options, ids));
}

Vectorizer Vectorizer::Load(const std::string& path) {
  return Vectorizer(std::make_shared<const Vocabulary>(Vocabulary::Read(path)));
}

void Vectorizer::Save(const std::string& path) const {
  OutputFile file(path);
  file.Write(vocabulary_->Format());
  file.Commit();
}

TextVector Vectorizer::Transform(std::string_view text) const {
  text::Tokenizer tokenizer;
  std::vector<uint32_t> ids;
  vocabulary_->Find(text, tokenizer, ids);
  TextVector vector;
  vocabulary_->Weigh(ids, vector);
  return vector;
}

uint32_t Vectorizer::num_features() const noexcept {
  return vocabulary_->size();
}
uint64_t Vectorizer::num_documents() const noexcept {
  return vocabulary_->num_documents();
}
const VectorizerOptions& Vectorizer::options() const noexcept {
  return vocabulary_->options();
}

std::string_view Vectorizer::term(uint32_t id) const noexcept {
  SLIDE_DCHECK(id < num_features());
  return vocabulary_->term(id);
}

uint64_t Vectorizer::document_count(uint32_t id) const noexcept {
  SLIDE_DCHECK(id < num_features());
  return vocabulary_->count(id);
}

}  // namespace slide
