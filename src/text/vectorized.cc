#include "text/vectorized.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "data/point_writer.h"
#include "slide/error.h"
#include "util/checksum.h"

namespace slide::text {
namespace {

void Report(const TextCallback& progress, const TextProgress& so_far) {
  if (progress && !progress(so_far)) {
    throw StoppedError("stopped while documents were read");
  }
}

// Reads documents into the corpus: find_terms(text, terms) and
// find_label(label, labels) append the numbers of what they are given.
template <typename FindTerms, typename FindLabel>
void ReadDocuments(DocumentReader& reader, const TextCallback& progress,
                   Corpus& corpus, TextSummary& summary, FindTerms&& find_terms,
                   FindLabel&& find_label) {
  constexpr uint64_t kReportEvery = 1000;
  Document document;
  std::vector<uint32_t> terms, labels;
  while (reader.Next(document)) {
    terms.clear();
    labels.clear();
    summary.num_terms += find_terms(document.text, terms);
    for (const std::string_view label : document.labels) {
      find_label(label, labels);
    }
    corpus.Add(terms, labels);
    ++summary.num_documents;
    if (summary.num_documents % kReportEvery == 0) {
      Report(progress, {.num_documents = summary.num_documents});
    }
  }
  summary.text_bytes = reader.lines().num_bytes();
  Report(progress, {.num_documents = summary.num_documents});
}

// Sets ids to what the numbers stand for, without those that stand for nothing.
void Translate(std::span<const uint32_t> numbers,
               const std::vector<uint32_t>& meaning,
               std::vector<uint32_t>& ids) {
  ids.clear();
  for (const uint32_t number : numbers) {
    const uint32_t id = meaning.empty() ? number : meaning[number];
    if (id != StringTable::kNone) ids.push_back(id);
  }
}

std::string SumOf(std::string_view text) {
  return util::ChecksumDigits(util::Checksum(std::as_bytes(std::span(text))));
}

}  // namespace

Vectorized LearnDocuments(DocumentReader& reader,
                          const VectorizerOptions& options,
                          const TextCallback& progress) {
  options.Validate();
  TermCounter counter(options.bigrams);
  StringTable labels;
  std::vector<uint32_t> label_counts;
  Corpus corpus;
  TextSummary summary;
  ReadDocuments(
      reader, progress, corpus, summary,
      [&](std::string_view text, std::vector<uint32_t>& terms) {
        counter.Add(text, terms);
        return terms.size();
      },
      [&](std::string_view label, std::vector<uint32_t>& numbers) {
        numbers.push_back(labels.Add(label));
        if (numbers.back() == label_counts.size()) label_counts.push_back(0);
        ++label_counts[numbers.back()];
      });
  summary.num_unique_terms = counter.terms().size();

  std::vector<uint32_t> numbers(label_counts.size());
  std::iota(numbers.begin(), numbers.end(), 0u);
  const std::vector<uint32_t> label_order =
      SortByCount(labels, label_counts, std::move(numbers));
  std::string names;
  for (const uint32_t label : label_order) {
    names += labels[label];
    names += '\n';
  }
  std::vector<uint32_t> feature_of_term;
  auto vocabulary =
      std::make_shared<const Vocabulary>(counter, options, feature_of_term);
  return {.vocabulary = std::move(vocabulary),
          .label_names = NameList::FromLines(std::move(names)),
          .corpus = std::move(corpus),
          .feature_of_term = std::move(feature_of_term),
          .id_of_label = Places(label_order, label_counts.size()),
          .summary = summary};
}

Vectorized FindDocuments(DocumentReader& reader,
                         std::shared_ptr<const Vocabulary> vocabulary,
                         NameList label_names, const TextCallback& progress) {
  // A name that several labels have names none of them.
  StringTable labels;
  std::vector<uint32_t> label_of;
  for (size_t i = 0; i < label_names.size(); ++i) {
    const uint32_t number = labels.Add(label_names[i]);
    if (number == label_of.size()) {
      label_of.push_back(static_cast<uint32_t>(i));
    } else {
      label_of[number] = StringTable::kNone;
    }
  }
  Vectorized documents = {.vocabulary = std::move(vocabulary),
                          .label_names = std::move(label_names),
                          .corpus = {}};
  Tokenizer tokenizer;
  ReadDocuments(
      reader, progress, documents.corpus, documents.summary,
      [&](std::string_view text, std::vector<uint32_t>& terms) {
        return documents.vocabulary->Find(text, tokenizer, terms);
      },
      [&](std::string_view label, std::vector<uint32_t>& numbers) {
        const uint32_t number = labels.Find(label);
        const uint32_t id =
            number == StringTable::kNone ? number : label_of[number];
        if (id != StringTable::kNone) {
          numbers.push_back(id);
        } else {
          ++documents.summary.num_unknown_labels;
        }
      });
  return documents;
}

VectorSource::VectorSource(Vectorized& documents)
    : documents_(documents), cursor_(documents.corpus) {
  TextSummary& summary = documents_.summary;
  summary.num_features = documents_.vocabulary->size();
  summary.num_labels = static_cast<uint32_t>(documents_.label_names.size());
  text_ =
      fmt::format("{} {} {} # vocabulary={} labels={}\n",
                  documents_.corpus.size(), summary.num_features,
                  summary.num_labels, SumOf(documents_.vocabulary->Format()),
                  SumOf(documents_.label_names.lines()));
}

bool VectorSource::AddNext() {
  std::span<const uint32_t> terms, label_numbers;
  if (!cursor_.Next(terms, label_numbers)) return false;
  TextSummary& summary = documents_.summary;
  Translate(terms, documents_.feature_of_term, features_);
  Translate(label_numbers, documents_.id_of_label, labels_);
  std::sort(labels_.begin(), labels_.end());
  summary.num_known_terms += features_.size();
  documents_.vocabulary->Weigh(features_, vector_);
  data::AppendPoint(labels_, vector_.view(), text_);
  summary.num_nonzeros += vector_.ids.size();
  summary.num_label_marks += labels_.size();
  summary.num_empty += vector_.ids.empty() ? 1 : 0;
  summary.num_unlabelled += labels_.empty() ? 1 : 0;
  ++num_documents_;
  return true;
}

size_t VectorSource::Read(std::span<char> buffer) {
  while (text_.size() - num_given_ < buffer.size()) {
    text_.erase(0, num_given_);
    num_given_ = 0;
    if (!AddNext()) break;
  }
  const size_t size = std::min(buffer.size(), text_.size() - num_given_);
  std::copy_n(text_.begin() + static_cast<ptrdiff_t>(num_given_), size,
              buffer.begin());
  num_given_ += size;
  return size;
}

double VectorSource::fraction_read() const noexcept {
  const uint64_t all = documents_.corpus.size();
  return all == 0
             ? 1.0
             : static_cast<double>(num_documents_) / static_cast<double>(all);
}

}  // namespace slide::text
