// Documents read once and kept as numbers, until it is known what the numbers
// stand for; then they are XMC text, which is what vectors are in files and,
// read in turn, in memory. So both are the same to the last bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/byte_source.h"
#include "slide/name_list.h"
#include "slide/vectorizer.h"
#include "text/corpus.h"
#include "text/document_reader.h"
#include "text/string_table.h"
#include "text/vocabulary.h"

namespace slide::text {

struct Vectorized {
  std::shared_ptr<const Vocabulary> vocabulary = {};
  NameList label_names = {};
  Corpus corpus = {};
  // Maps the corpus's numbers to those of the data; empty: they are the same.
  std::vector<uint32_t> feature_of_term = {};
  std::vector<uint32_t> id_of_label = {};
  TextSummary summary = {};
};

// Learns the vocabulary and the labels, which are numbered by falling document
// count, those of one count by their bytes.
// Throws: OptionsError; DataError; StoppedError when the callback says so.
Vectorized LearnDocuments(DocumentReader& reader,
                          const VectorizerOptions& options,
                          const TextCallback& progress);

// Learns the terms and labels that are not known yet, behind those that are,
// which keep their numbers. New labels are numbered as above. The same label
// name twice is of neither. Throws: as above.
Vectorized LearnMoreDocuments(DocumentReader& reader,
                              const Vocabulary& vocabulary,
                              const NameList& label_names,
                              const VectorizerOptions& options,
                              const TextCallback& progress);

// Finds the terms and labels that are known; others are left out.
// Throws: as above.
Vectorized FindDocuments(DocumentReader& reader,
                         std::shared_ptr<const Vocabulary> vocabulary,
                         NameList label_names, const TextCallback& progress);

// All documents as XMC text, whose header has the fingerprints of the
// vocabulary and the labels. Counts what they have in documents.summary, which
// must outlive it.
class VectorSource final : public data::ByteSource {
 public:
  explicit VectorSource(Vectorized& documents);

  size_t Read(std::span<char> buffer) override;
  double fraction_read() const noexcept override;
  uint64_t num_documents() const noexcept { return num_documents_; }

 private:
  // Appends the next document to text_. False at the end.
  bool AddNext();

  Vectorized& documents_;
  Corpus::Cursor cursor_;
  uint64_t num_documents_ = 0;  // so far
  std::string text_;
  size_t num_given_ = 0;  // of text_
  std::vector<uint32_t> features_, labels_;
  TextVector vector_;
};

}  // namespace slide::text
