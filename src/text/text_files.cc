// The functions of Vectorizer on files: documents read once,
// kept as numbers, and written when it is known what the numbers stand for.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"
#include "data/line_reader.h"
#include "data/point_writer.h"
#include "data/show.h"
#include "slide/error.h"
#include "slide/output_file.h"
#include "slide/vectorizer.h"
#include "text/corpus.h"
#include "text/document_reader.h"
#include "text/string_table.h"
#include "text/vocabulary.h"

namespace slide {
namespace {

using text::StringTable;

// Everything that is written, before it is.
struct Vectorized {
  StringTable labels;
  text::Corpus corpus;
  // Maps the corpus's numbers to those of the data; empty: they are the same.
  std::vector<uint32_t> feature_of_term;
  std::vector<uint32_t> id_of_label;
  TextSummary summary;
};

// Thrown when the callback says so.
struct Stopped {};

void Report(const TextCallback& progress, const TextProgress& so_far) {
  if (progress && !progress(so_far)) throw Stopped();
}

// Reads documents into the corpus: find_terms(text, terms) and
// find_label(label, labels) append the numbers of what they are given.
template <typename FindTerms, typename FindLabel>
void ReadDocuments(const std::string& path, const TextCallback& progress,
                   Vectorized& result, FindTerms&& find_terms,
                   FindLabel&& find_label) {
  constexpr uint64_t kReportEvery = 1000;
  TextSummary& summary = result.summary;
  text::DocumentReader reader(path);
  text::Document document;
  std::vector<uint32_t> terms, labels;
  while (reader.Next(document)) {
    terms.clear();
    labels.clear();
    summary.num_terms += find_terms(document.text, terms);
    for (const std::string_view label : document.labels) {
      find_label(label, labels);
    }
    result.corpus.Add(terms, labels);
    ++summary.num_documents;
    if (summary.num_documents % kReportEvery == 0) {
      Report(progress, {.num_documents = summary.num_documents});
    }
  }
  summary.text_bytes = reader.lines().num_bytes();
  Report(progress, {.num_documents = summary.num_documents});
}

// The names of a label file.
StringTable ReadLabels(const std::string& path) {
  data::LineReader reader(path);
  StringTable labels;
  std::string_view name;
  while (reader.Next(name)) {
    if (name.empty() || name.find_first_of("\t,") != std::string_view::npos) {
      reader.Refuse(
          fmt::format("got '{}', expected the name of a label, without a comma "
                      "or a tab",
                      data::Show(name)));
    }
    if (labels.Add(name) + 1 != reader.num_lines()) {
      reader.Refuse(fmt::format("got the label '{}' again, expected each once",
                                data::Show(name)));
    }
  }
  return labels;
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

// Writes all documents as XMC text and counts what they have.
void WriteData(const text::Vocabulary& vocabulary, Vectorized& all,
               const TextCallback& progress, OutputFile& output) {
  constexpr size_t kWriteBytes = size_t{1} << 20;
  TextSummary& summary = all.summary;
  summary.num_features = vocabulary.size();
  summary.num_labels = all.labels.size();
  std::string text = fmt::format("{} {} {}\n", all.corpus.size(),
                                 summary.num_features, summary.num_labels);
  std::vector<uint32_t> features, labels;
  TextVector vector;
  uint64_t num_written = 0;
  const auto flush = [&] {
    output.Write(text);
    text.clear();
    Report(progress, {.num_documents = summary.num_documents,
                      .num_written = num_written});
  };
  all.corpus.ForEach([&](std::span<const uint32_t> terms,
                         std::span<const uint32_t> label_numbers) {
    Translate(terms, all.feature_of_term, features);
    Translate(label_numbers, all.id_of_label, labels);
    std::sort(labels.begin(), labels.end());
    summary.num_known_terms += features.size();
    vocabulary.Weigh(features, vector);
    data::AppendPoint(labels, vector.view(), text);
    summary.num_nonzeros += vector.ids.size();
    summary.num_label_marks += labels.size();
    summary.num_empty += vector.ids.empty() ? 1 : 0;
    summary.num_unlabelled += labels.empty() ? 1 : 0;
    ++num_written;
    if (text.size() >= kWriteBytes) flush();
  });
  flush();
}

}  // namespace

TextSummary Vectorizer::LearnFile(const TextFiles& files,
                                  const VectorizerOptions& options,
                                  const TextCallback& progress) {
  options.Validate();
  Vectorized all;
  text::TermCounter counter(options.bigrams);
  std::vector<uint32_t> label_counts;
  try {
    ReadDocuments(
        files.text, progress, all,
        [&](std::string_view text, std::vector<uint32_t>& terms) {
          counter.Add(text, terms);
          return terms.size();
        },
        [&](std::string_view label, std::vector<uint32_t>& labels) {
          labels.push_back(all.labels.Add(label));
          if (labels.back() == label_counts.size()) label_counts.push_back(0);
          ++label_counts[labels.back()];
        });
    all.summary.num_unique_terms = counter.terms().size();
    const text::Vocabulary vocabulary(counter, options, all.feature_of_term);
    std::vector<uint32_t> numbers(label_counts.size());
    std::iota(numbers.begin(), numbers.end(), 0u);
    const std::vector<uint32_t> label_order =
        text::SortByCount(all.labels, label_counts, std::move(numbers));
    all.id_of_label = text::Places(label_order, label_counts.size());

    OutputFile data(files.data);
    WriteData(vocabulary, all, progress, data);
    OutputFile terms(files.vocabulary), labels(files.labels);
    terms.Write(vocabulary.Format());
    std::string names;
    for (const uint32_t label : label_order) {
      names += all.labels[label];
      names += '\n';
    }
    labels.Write(names);
    terms.Commit();
    labels.Commit();
    data.Commit();
  } catch (const Stopped&) {
    all.summary.stopped = true;
  }
  return all.summary;
}

TextSummary Vectorizer::TransformFile(const TextFiles& files,
                                      const TextCallback& progress) const {
  Vectorized all;
  all.labels = ReadLabels(files.labels);
  text::Tokenizer tokenizer;
  try {
    ReadDocuments(
        files.text, progress, all,
        [&](std::string_view text, std::vector<uint32_t>& terms) {
          return vocabulary_->Find(text, tokenizer, terms);
        },
        [&](std::string_view label, std::vector<uint32_t>& labels) {
          const uint32_t id = all.labels.Find(label);
          if (id != StringTable::kNone) {
            labels.push_back(id);
          } else {
            ++all.summary.num_unknown_labels;
          }
        });
    OutputFile data(files.data);
    WriteData(*vocabulary_, all, progress, data);
    data.Commit();
  } catch (const Stopped&) {
    all.summary.stopped = true;
  }
  return all.summary;
}

}  // namespace slide
