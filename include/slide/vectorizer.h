// Text into vectors: the words of documents, and by option pairs of neighbours,
// as features with tf-idf values. What is learned from the training set, a
// vocabulary with document counts, is kept in a file and used for all texts
// that come later. When predicting:
//
//   const auto vectorizer = slide::Vectorizer::Load("words.txt");
//   const auto network = slide::Network::Load("model.slide");
//   const slide::TextVector vector = vectorizer.Transform("a small wild dog");
//   for (const slide::ScoredLabel& best : network.Predict(vector.view(), 5))
//     std::printf("label %u: %.3f\n", best.label, best.probability);
//
// Words are runs of letters and digits. ASCII letters are lowercased; all other
// characters are letters and stay as they are, but for the punctuation and
// spaces of U+0080 to U+00BF (without the letters among them), U+2000 to U+207F
// and U+3000 to U+303F, which separate words as those of ASCII do.
//
// A term that is tf times in a text and was in df of the N documents has there
//
//   (1 + ln tf) * ln((1 + N) / df)
//
// and the values of a text are divided by their Euclidean norm.
// Source: "ltc" of Manning, Raghavan and Schuetze, "Introduction to Information
// Retrieval" (2008), section 6.4, after Salton and Buckley, "Term-weighting
// approaches in automatic text retrieval" (1988). There it is ln(N / df); with
// 1 + N a word of all documents, too, has a value above 0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slide/dataset_io.h"
#include "slide/sparse.h"

namespace slide {

namespace text {
class Vocabulary;
}

struct ModelCard;

struct VectorizerOptions {
  // Documents that a term must be in.
  uint32_t min_count = 2;
  // Terms that are kept: those in most documents; 0: all.
  uint32_t max_features = 0;
  // Terms in more than this share of the documents are left out.
  double max_share = 1.0;
  // Pairs of neighbouring words are terms too.
  bool bigrams = false;
  // Scale every vector to Euclidean length 1.
  bool normalize = true;

  void Validate() const;  // Throws: OptionsError naming the field.

  bool operator==(const VectorizerOptions&) const = default;
};

// The features of a text.
struct TextVector {
  std::vector<uint32_t> ids;  // ascending, without repeats
  std::vector<float> values;  // [ids.size()], above 0

  SparseView view() const noexcept { return {ids, values}; }
};

// The files of Vectorizer::LearnFile and TransformFile, which do what `slide
// vectorize` does.
struct TextFiles {
  // Read: a document a line, of one of the two forms that slide/model_data.h
  // has; UTF-8, packed or not. "-": the standard input.
  std::string text;
  // Written: the data as XMC text, which ReadData reads. "-": the standard
  // output.
  std::string data;
  // Written by LearnFile: the vocabulary, which Vectorizer::Load reads.
  std::string vocabulary;
  // The names of the labels, a line each (slide/dataset_io.h): written by
  // LearnFile, read by TransformFile.
  std::string labels;
  // The form of `text`: kDocuments, kFastText, or kAuto, told by the first
  // line.
  TextFormat format = TextFormat::kAuto;
};

// Counts of the documents and of the data made of them.
struct TextSummary {
  uint64_t num_documents = 0;
  uint32_t num_features = 0, num_labels = 0;  // of the data written
  uint64_t num_nonzeros = 0, num_label_marks = 0;
  uint64_t num_empty = 0;           // documents without a feature
  uint64_t num_unlabelled = 0;      // documents without a label that is written
  uint64_t num_terms = 0;           // in all texts, repeats included
  uint64_t num_known_terms = 0;     // of these, those that are features
  uint64_t num_unique_terms = 0;    // different ones (LearnFile)
  uint64_t num_unknown_labels = 0;  // left out (TransformFile)
  uint64_t text_bytes = 0;          // after unpacking
  bool stopped = false;             // by the callback; no file was written then
};

struct TextProgress {
  uint64_t num_documents = 0;  // read so far; all, once writing begins
  uint64_t num_written = 0;    // of them, so far
};

// Called now and then; false stops. What it throws reaches the caller.
using TextCallback = std::function<bool(const TextProgress&)>;

// Immutable; copies share the vocabulary.
// Threads: any number may use one at once.
class Vectorizer {
 public:
  // Learns the terms of a training set. They are numbered by falling document
  // count, those of one count by their bytes. Text is best UTF-8, but may be
  // anything.
  // Throws: OptionsError. Memory: all terms that the texts have, also those
  // that are then left out, at about 100 bytes each.
  static Vectorizer Learn(std::span<const std::string> texts,
                          const VectorizerOptions& options = {});

  // Learns the terms and the labels of a file and writes the others, each whole
  // or not at all. Labels are numbered as terms are: by falling document count,
  // those of one count by their bytes.
  // Throws: OptionsError; DataError "path:line: ..." for a line that is no
  // document; Error for a file that cannot be written.
  // Memory: what Learn says, 4 bytes for each term of a text and each label of
  // a document, and 16 bytes a document.
  static TextSummary LearnFile(const TextFiles& files,
                               const VectorizerOptions& options = {},
                               const TextCallback& progress = {});

  // Reads a file that Save or `slide vectorize` wrote, packed or not.
  // Throws: DataError "path:line: got ..., expected ...".
  static Vectorizer Load(const std::string& path);

  // Writes a text file: a line about the whole, then `term<TAB>documents` for
  // each term. It replaces one at `path` when all is written. Throws: Error.
  void Save(const std::string& path) const;

  // The features of a text; none if it has no term of the vocabulary.
  TextVector Transform(std::string_view text) const;

  // The data that a file of documents is by this vocabulary and these labels;
  // other terms and labels are left out. Throws: as LearnFile.
  // Memory: 4 bytes for each known term of a text and label of a document, and
  // 16 bytes a document.
  TextSummary TransformFile(const TextFiles& files,
                            const TextCallback& progress = {}) const;

  uint32_t num_features() const noexcept;
  // Documents it was learned from.
  uint64_t num_documents() const noexcept;
  const VectorizerOptions& options() const noexcept;

  // The term that is feature `id`, and the documents it was in. The text is
  // there as long as this vectorizer or a copy of it.
  // Requires: id < num_features().
  std::string_view term(uint32_t id) const noexcept;
  uint64_t document_count(uint32_t id) const noexcept;

 private:
  friend Vectorizer VectorizerOf(const ModelCard& card);
  explicit Vectorizer(std::shared_ptr<const text::Vocabulary> vocabulary);

  std::shared_ptr<const text::Vocabulary> vocabulary_;
};

}  // namespace slide
