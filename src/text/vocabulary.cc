#include "text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <memory>
#include <system_error>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "data/show.h"
#include "slide/error.h"

namespace slide::text {
namespace {

using data::Show;

constexpr std::string_view kMagic = "slide vocabulary ";
constexpr std::string_view kMagicWithVersion = "slide vocabulary 1: ";

// Takes "key=value", and the space behind it, off the front of text; returns
// the value, or nothing if another key stands there.
std::string_view TakeValue(std::string_view key, std::string_view& text) {
  if (!text.starts_with(key) || !text.substr(key.size()).starts_with('=')) {
    return {};
  }
  const size_t space = text.find(' ');
  const std::string_view value =
      text.substr(key.size() + 1, space - key.size() - 1);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return value;
}

// 0 for anything that is not a number; what a header holds besides numbers is
// seen by writing it anew.
template <typename T>
T ParseOrZero(std::string_view text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? value : 0;
}

// Whether Tokenizer gives such a term.
bool IsTerm(std::string_view term, bool bigrams, Tokenizer& tokenizer) {
  tokenizer.Split(term);
  const size_t num_words = tokenizer.num_words();
  return (num_words == 1 && tokenizer.word(0) == term) ||
         (num_words == 2 && bigrams && tokenizer.bigram(0) == term);
}

// The numbers of the terms that the options select, of those that `may_be`, in
// the order of their ids.
template <typename MayBe>
std::vector<uint32_t> Select(const TermCounter& counter,
                             const VectorizerOptions& options, MayBe&& may_be) {
  const std::span<const uint32_t> counts = counter.counts();
  const double max_count =
      options.max_share * static_cast<double>(counter.num_documents());
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < counts.size(); ++i) {
    if (counts[i] >= options.min_count && counts[i] <= max_count && may_be(i)) {
      kept.push_back(i);
    }
  }
  std::vector<uint32_t> order =
      SortByCount(counter.terms(), counts, std::move(kept));
  if (options.max_features > 0 && order.size() > options.max_features) {
    order.resize(options.max_features);
  }
  return order;
}

}  // namespace

void TermCounter::Add(std::string_view text, std::vector<uint32_t>& ids) {
  if (num_documents_ == kMaxDocuments) {
    throw Error(
        fmt::format("more than {} documents, expected at most so "
                    "many",
                    kMaxDocuments));
  }
  ++num_documents_;
  ForEachTerm(text, bigrams_, tokenizer_, [&](std::string_view term) {
    const uint32_t id = terms_.Add(term);
    if (id == counts_.size()) {
      counts_.push_back(0);
      last_.push_back(0);
    }
    if (last_[id] != num_documents_) {
      last_[id] = num_documents_;
      ++counts_[id];
    }
    ids.push_back(id);
  });
}

std::vector<uint32_t> SortByCount(const StringTable& strings,
                                  std::span<const uint32_t> counts,
                                  std::vector<uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end(), [&](uint32_t a, uint32_t b) {
    if (counts[a] != counts[b]) return counts[a] > counts[b];
    return strings[a] < strings[b];
  });
  return numbers;
}

Vocabulary::Vocabulary(const TermCounter& counter,
                       const VectorizerOptions& options,
                       std::vector<uint32_t>& new_ids)
    : options_(options), num_documents_(counter.num_documents()) {
  const std::vector<uint32_t> order =
      Select(counter, options, [](uint32_t) { return true; });
  new_ids.assign(counter.counts().size(), StringTable::kNone);
  for (size_t i = 0; i < order.size(); ++i) {
    Add(counter.terms()[order[i]], counter.counts()[order[i]]);
    new_ids[order[i]] = static_cast<uint32_t>(i);
  }
}

Vocabulary::Vocabulary(const Vocabulary& known, const TermCounter& counter,
                       const VectorizerOptions& options,
                       std::vector<uint32_t>& new_ids)
    : Vocabulary(known) {
  const StringTable& terms = counter.terms();
  new_ids.assign(terms.size(), StringTable::kNone);
  for (uint32_t i = 0; i < terms.size(); ++i)
    new_ids[i] = terms_.Find(terms[i]);
  std::vector<uint32_t> order = Select(counter, options, [&](uint32_t i) {
    return new_ids[i] == StringTable::kNone;
  });
  if (options.max_features > 0) {
    const uint32_t room =
        options.max_features - std::min(options.max_features, size());
    order.resize(std::min<size_t>(order.size(), room));
  }
  const auto before = static_cast<double>(num_documents_);
  const double scale =
      before / (before + static_cast<double>(counter.num_documents()));
  for (const uint32_t number : order) {
    new_ids[number] = size();
    Add(terms[number], std::max(1u, static_cast<uint32_t>(std::lround(
                                        scale * counter.counts()[number]))));
  }
  num_added_ += order.size();
}

Vocabulary Vocabulary::Read(const std::string& path) {
  data::LineReader reader(path);
  return Read(reader);
}

Vocabulary Vocabulary::Parse(std::string_view text, const std::string& name) {
  data::LineReader reader(std::make_unique<data::MemorySource>(text), name);
  return Read(reader);
}

Vocabulary Vocabulary::Read(data::LineReader& reader) {
  std::string_view line;
  if (!reader.Next(line)) {
    reader.Refuse("the file is empty, expected a vocabulary");
  }
  return {line, reader};
}

Vocabulary::Vocabulary(std::string_view line, data::LineReader& reader) {
  if (!IsVocabularyLine(line)) {
    reader.Refuse(
        fmt::format("got '{}', expected a vocabulary, which starts with '{}'",
                    Show(line), kMagicWithVersion));
  }
  if (!line.starts_with(kMagicWithVersion)) {
    reader.Refuse(fmt::format("got '{}', expected version 1", Show(line)));
  }
  std::string_view rest = line.substr(kMagicWithVersion.size());
  num_documents_ = ParseOrZero<uint64_t>(TakeValue("documents", rest));
  const auto num_terms = ParseOrZero<uint64_t>(TakeValue("terms", rest));
  options_.min_count = ParseOrZero<uint32_t>(TakeValue("min_count", rest));
  options_.max_features =
      ParseOrZero<uint32_t>(TakeValue("max_features", rest));
  options_.max_share = ParseOrZero<double>(TakeValue("max_share", rest));
  options_.bigrams = TakeValue("bigrams", rest) == "yes";
  options_.normalize = TakeValue("normalize", rest) == "yes";
  num_added_ = ParseOrZero<uint64_t>(TakeValue("added", rest));
  if (line != FormatHeader(num_terms) || num_documents_ > kMaxDocuments ||
      num_added_ > num_terms) {
    reader.Refuse(fmt::format(
        "the line is damaged, expected '{}documents=N terms=N min_count=N "
        "max_features=N max_share=X bigrams=yes|no normalize=yes|no', and "
        "' added=N' behind it where terms were added",
        kMagicWithVersion));
  }
  try {
    options_.Validate();
  } catch (const OptionsError& error) {
    reader.Refuse(error.what());
  }

  Tokenizer tokenizer;
  while (reader.Next(line)) {
    if (size() == num_terms) {
      reader.Refuse(fmt::format(
          "a line after the last of the {} terms that the first line "
          "announces; the file must end there",
          num_terms));
    }
    const size_t tab = std::min(line.find('\t'), line.size());
    const std::string_view term = line.substr(0, tab);
    const auto count =
        ParseOrZero<uint32_t>(line.substr(std::min(tab + 1, line.size())));
    if (count == 0 || count > num_documents_ ||
        fmt::format("{}\t{}", term, count) != line) {
      reader.Refuse(
          fmt::format("got '{}', expected 'term<TAB>documents', "
                      "the number from 1 to {}",
                      Show(line), num_documents_));
    }
    if (!IsTerm(term, options_.bigrams, tokenizer)) {
      reader.Refuse(
          fmt::format("the term '{}' can be in no text, expected "
                      "a word{} in lower case",
                      Show(term), options_.bigrams ? ", or two," : ""));
    }
    if (size() < num_terms - num_added_) CheckOrder(term, count, reader);
    if (terms_.Find(term) != StringTable::kNone) {
      reader.Refuse(fmt::format(
          "the term '{}' is there already, expected each once", Show(term)));
    }
    Add(term, count);
  }
  if (size() < num_terms) {
    reader.Refuse(
        fmt::format("the file ends after {} of the {} terms that the first "
                    "line announces",
                    size(), num_terms));
  }
}

void Vocabulary::CheckOrder(std::string_view term, uint32_t count,
                            const data::LineReader& reader) const {
  if (size() == 0) return;
  const uint32_t last = size() - 1;
  if (count < counts_[last] ||
      (count == counts_[last] && term > terms_[last])) {
    return;
  }
  reader.Refuse(fmt::format(
      "the term '{}' is out of order, expected terms by falling number of "
      "documents, then by their bytes, as they were written",
      Show(term)));
}

void Vocabulary::Add(std::string_view term, uint32_t count) {
  terms_.Add(term);
  counts_.push_back(count);
  weights_.push_back(
      std::log((1.0 + static_cast<double>(num_documents_)) / count));
}

std::string Vocabulary::FormatHeader(uint64_t num_terms) const {
  const auto yes_or_no = [](bool value) { return value ? "yes" : "no"; };
  return fmt::format(
      "{}documents={} terms={} min_count={} max_features={} max_share={} "
      "bigrams={} normalize={}{}",
      kMagicWithVersion, num_documents_, num_terms, options_.min_count,
      options_.max_features, options_.max_share, yes_or_no(options_.bigrams),
      yes_or_no(options_.normalize),
      num_added_ > 0 ? fmt::format(" added={}", num_added_) : "");
}

std::string Vocabulary::Format() const {
  std::string text = FormatHeader(size());
  text += '\n';
  for (uint32_t i = 0; i < size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}\t{}\n", terms_[i], counts_[i]);
  }
  return text;
}

uint64_t Vocabulary::Find(std::string_view text, Tokenizer& tokenizer,
                          std::vector<uint32_t>& ids) const {
  uint64_t num_terms = 0;
  ForEachTerm(text, options_.bigrams, tokenizer, [&](std::string_view term) {
    ++num_terms;
    const uint32_t id = terms_.Find(term);
    if (id != StringTable::kNone) ids.push_back(id);
  });
  return num_terms;
}

void Vocabulary::Weigh(std::vector<uint32_t>& ids, TextVector& vector) const {
  vector.ids.clear();
  vector.values.clear();
  std::sort(ids.begin(), ids.end());
  double sum_of_squares = 0.0;
  for (size_t i = 0; i < ids.size();) {
    const uint32_t id = ids[i];
    const size_t begin = i;
    while (i < ids.size() && ids[i] == id) ++i;
    const size_t tf = i - begin;
    const double value =
        tf == 1 ? weights_[id]
                : weights_[id] * (1.0 + std::log(static_cast<double>(tf)));
    vector.ids.push_back(id);
    vector.values.push_back(static_cast<float>(value));
    sum_of_squares += value * value;
  }
  if (!options_.normalize || ids.empty()) return;
  const double scale = 1.0 / std::sqrt(sum_of_squares);
  for (float& value : vector.values) {
    value = static_cast<float>(value * scale);
  }
}

bool IsVocabularyLine(std::string_view line) noexcept {
  return line.starts_with(kMagic);
}

}  // namespace slide::text
