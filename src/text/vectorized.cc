#include "text/vectorized.h"

#include <fmt/format.h>

#include <algorithm>
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

// Labels by their names.
class KnownLabels {
 public:
  explicit KnownLabels(const NameList& names) {
    for (size_t i = 0; i < names.size(); ++i) {
      const uint32_t number = names_.Add(names[i]);
      if (number == ids_.size()) {
        ids_.push_back(static_cast<uint32_t>(i));
      } else {
        ids_[number] = StringTable::kNone;
      }
    }
  }

  struct Found {
    bool is_known = false;
    uint32_t id = StringTable::kNone;  // of a name that several have: kNone
  };
  Found Find(std::string_view name) const noexcept {
    const uint32_t number = names_.Find(name);
    if (number == StringTable::kNone) return {};
    return {true, ids_[number]};
  }

 private:
  StringTable names_;
  std::vector<uint32_t> ids_;  // [names]
};

// Documents whose terms and labels were counted.
struct Learner {
  // Reads them.
  Learner(DocumentReader& reader, const VectorizerOptions& options,
          const TextCallback& progress)
      : terms(options.bigrams) {
    ReadDocuments(
        reader, progress, documents.corpus, documents.summary,
        [&](std::string_view text, std::vector<uint32_t>& numbers) {
          terms.Add(text, numbers);
          return numbers.size();
        },
        [&](std::string_view label, std::vector<uint32_t>& numbers) {
          numbers.push_back(labels.Add(label));
          if (numbers.back() == label_counts.size()) label_counts.push_back(0);
          ++label_counts[numbers.back()];
        });
    documents.summary.num_unique_terms = terms.terms().size();
  }

  // Names the labels, those that are not known behind those that are.
  // Requires: documents.feature_of_term is set.
  Vectorized Take(std::shared_ptr<const Vocabulary> vocabulary,
                  const NameList& known) && {
    const KnownLabels known_labels(known);
    std::vector<uint32_t>& ids = documents.id_of_label;
    ids.assign(label_counts.size(), StringTable::kNone);
    std::vector<uint32_t> others;
    for (uint32_t i = 0; i < label_counts.size(); ++i) {
      const KnownLabels::Found found = known_labels.Find(labels[i]);
      ids[i] = found.id;
      if (!found.is_known) others.push_back(i);
      if (found.is_known && found.id == StringTable::kNone) {
        documents.summary.num_unknown_labels += label_counts[i];
      }
    }
    std::string names(known.lines());
    auto next = static_cast<uint32_t>(known.size());
    for (const uint32_t label :
         SortByCount(labels, label_counts, std::move(others))) {
      ids[label] = next++;
      names += labels[label];
      names += '\n';
    }
    documents.label_names = NameList::FromLines(std::move(names));
    documents.vocabulary = std::move(vocabulary);
    return std::move(documents);
  }

  TermCounter terms;
  StringTable labels;
  std::vector<uint32_t> label_counts;  // [labels]: documents
  Vectorized documents;
};

}  // namespace

Vectorized LearnDocuments(DocumentReader& reader,
                          const VectorizerOptions& options,
                          const TextCallback& progress) {
  options.Validate();
  Learner learner(reader, options, progress);
  auto vocabulary = std::make_shared<const Vocabulary>(
      learner.terms, options, learner.documents.feature_of_term);
  return std::move(learner).Take(std::move(vocabulary), {});
}

Vectorized LearnMoreDocuments(DocumentReader& reader,
                              const Vocabulary& vocabulary,
                              const NameList& label_names,
                              const VectorizerOptions& options,
                              const TextCallback& progress) {
  options.Validate();
  Learner learner(reader, options, progress);
  auto more = std::make_shared<const Vocabulary>(
      vocabulary, learner.terms, options, learner.documents.feature_of_term);
  return std::move(learner).Take(std::move(more), label_names);
}

Vectorized FindDocuments(DocumentReader& reader,
                         std::shared_ptr<const Vocabulary> vocabulary,
                         NameList label_names, const TextCallback& progress) {
  const KnownLabels labels(label_names);
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
        const KnownLabels::Found found = labels.Find(label);
        if (found.id != StringTable::kNone) {
          numbers.push_back(found.id);
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
  text_ = fmt::format(
      "{} {} {} # vocabulary={} labels={}\n", documents_.corpus.size(),
      summary.num_features, summary.num_labels,
      util::ChecksumDigits(util::Checksum(documents_.vocabulary->Format())),
      util::ChecksumDigits(util::Checksum(documents_.label_names.lines())));
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
