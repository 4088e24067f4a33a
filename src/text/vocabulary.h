// Vocabulary: the terms that are features, the number of training documents
// that each is in, and from these the values of a text. slide/vectorizer.h has
// the formula.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/line_reader.h"
#include "slide/vectorizer.h"
#include "text/string_table.h"
#include "text/tokenizer.h"

namespace slide::text {

// Documents are counted in 32 bits.
inline constexpr uint64_t kMaxDocuments = 0xffff'ffff;

// The terms that documents have, numbered as they came, and how many documents
// have each.
class TermCounter {
 public:
  explicit TermCounter(bool bigrams) : bigrams_(bigrams) {}

  // Counts the terms of one more document, and appends their numbers to ids,
  // each as often as it occurs.
  // Throws: Error for more than kMaxDocuments, or too many terms.
  void Add(std::string_view text, std::vector<uint32_t>& ids);

  uint64_t num_documents() const noexcept { return num_documents_; }
  const StringTable& terms() const noexcept { return terms_; }
  std::span<const uint32_t> counts() const noexcept { return counts_; }

 private:
  bool bigrams_;
  uint32_t num_documents_ = 0;
  Tokenizer tokenizer_;
  StringTable terms_;
  std::vector<uint32_t> counts_;  // [terms]: documents
  std::vector<uint32_t> last_;    // [terms]: the last of them, from 1
};

// Strings in the order of their ids: by falling count, and those of one count
// by their bytes.
std::vector<uint32_t> SortByCount(const StringTable& strings,
                                  std::span<const uint32_t> counts,
                                  std::vector<uint32_t> numbers);

class Vocabulary {
 public:
  // Keeps the terms that the options select. new_ids: for each number of the
  // counter the feature it has become, or StringTable::kNone.
  // Requires: options are valid.
  Vocabulary(const TermCounter& counter, const VectorizerOptions& options,
             std::vector<uint32_t>& new_ids);

  // Keeps the terms of `known` with their numbers and values, and adds behind
  // them those that the options select among the others of other documents.
  // Their counts are scaled so that a value is that by all documents, those of
  // `known` and the counter's. options.max_features: of both. new_ids: as
  // above. Requires: options and a counter with the bigrams of `known`.
  Vocabulary(const Vocabulary& known, const TermCounter& counter,
             const VectorizerOptions& options, std::vector<uint32_t>& new_ids);

  // Reads a file that Format's text is in. Throws: DataError.
  static Vocabulary Read(const std::string& path);

  // Reads Format's text. name: of it, for messages. Throws: DataError.
  static Vocabulary Parse(std::string_view text, const std::string& name);

  // The same where the first line is read already, and is what reader has.
  Vocabulary(std::string_view line, data::LineReader& reader);

  // Scales the vectors to length 1 from now on, if it did not.
  void ScaleVectors() noexcept { options_.normalize = true; }

  // A line about the whole, then `term<TAB>documents` for each term. Those that
  // were added later are behind the others, and the line has their number.
  std::string Format() const;

  // Appends the features that the terms of text are, each as often as it
  // occurs. Returns the number of terms, those that are no features included.
  uint64_t Find(std::string_view text, Tokenizer& tokenizer,
                std::vector<uint32_t>& ids) const;

  // The vector of a text with these features, which are sorted on the way.
  // Requires: each is below size().
  void Weigh(std::vector<uint32_t>& ids, TextVector& vector) const;

  uint32_t size() const noexcept { return terms_.size(); }
  std::string_view term(uint32_t id) const noexcept { return terms_[id]; }
  uint32_t count(uint32_t id) const noexcept { return counts_[id]; }
  uint64_t num_documents() const noexcept { return num_documents_; }
  const VectorizerOptions& options() const noexcept { return options_; }

 private:
  static Vocabulary Read(data::LineReader& reader);
  void Add(std::string_view term, uint32_t count);
  std::string FormatHeader(uint64_t num_terms) const;
  // Throws: DataError unless a term stands where the order has it.
  void CheckOrder(std::string_view term, uint32_t count,
                  const data::LineReader& reader) const;

  VectorizerOptions options_;
  uint64_t num_documents_ = 0;
  uint64_t num_added_ = 0;  // of the terms the last ones, in any order
  StringTable terms_;
  std::vector<uint32_t> counts_;  // [terms]
  std::vector<double> weights_;   // [terms]: ln((1 + N) / df)
};

// Whether a line is the first of a vocabulary file, of whatever version.
bool IsVocabularyLine(std::string_view line) noexcept;

}  // namespace slide::text
