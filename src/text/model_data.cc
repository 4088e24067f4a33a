#include "slide/model_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "data/byte_source.h"
#include "data/peeked_source.h"
#include "data/show.h"
#include "data/text_form.h"
#include "data/text_reader.h"
#include "slide/error.h"
#include "text/document_reader.h"
#include "text/known_text.h"
#include "text/name_file.h"
#include "text/vectorized.h"
#include "text/vocabulary.h"
#include "util/checksum.h"

namespace slide {
namespace {

// An open file that is no cache, and its form.
struct OpenText {
  std::unique_ptr<data::PeekedSource> source;
  std::string name;
  TextFormat format = TextFormat::kAuto;
};

OpenText Open(const std::string& path, TextFormat format, bool expects_text) {
  OpenText text;
  text.source = data::OpenPeeked(path);
  text.name = data::SourceName(path);
  text.format =
      data::TellFormat(format, text.source->first_line(), expects_text);
  return text;
}

ModelData ReadPointsOf(OpenText text, const ReadOptions& read) {
  ModelData result;
  ReadOptions options = read;
  options.format = text.format;
  result.data = data::ReadPoints(std::move(text.source), text.name, options,
                                 &result.card);
  return result;
}

// The text of the first names. Requires: num <= names.size().
std::string_view FirstLines(const NameList& names, size_t num) {
  const std::string_view lines = names.lines();
  if (num == names.size()) return lines;
  return lines.substr(0, static_cast<size_t>(names[num].data() - lines.data()));
}

NameList TermsOf(const text::Vocabulary& vocabulary) {
  std::string lines;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    lines += vocabulary.term(id);
    lines += '\n';
  }
  return NameList::FromLines(std::move(lines));
}

// Throws: DataError for a cache that counts from another number, where both are
// known.
void RequireFirst(const std::string& name, const char* what,
                  std::optional<uint32_t> got,
                  std::optional<uint32_t> expected) {
  if (!got || !expected || got == expected) return;
  throw DataError(fmt::format(
      "{}: got a cache whose {}s count from {}, expected them from {}: convert "
      "its data again with --first-{} {}",
      name, what, *got, *expected, what, *expected));
}

// first: where the numbers that are asked for are.
template <typename First>
void RequireFirst(const std::string& name, const ModelCard& got,
                  const First& first) {
  RequireFirst(name, "feature", got.first_feature, first.first_feature);
  RequireFirst(name, "label", got.first_label, first.first_label);
}

// Throws: DataError unless the names begin with those that are expected.
void RequireBeginning(const std::string& path, const char* what,
                      const NameList& got, const NameList& expected) {
  if (got.size() < expected.size()) {
    throw DataError(
        fmt::format("{}: got {} names of {}s, expected the {} of the network, "
                    "and any others behind them",
                    data::SourceName(path), got.size(), what, expected.size()));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    if (got[i] == expected[i]) continue;
    throw DataError(
        data::SourceName(path), i + 1,
        fmt::format("got '{}', expected '{}', which the network "
                    "knows this {} by",
                    data::Show(got[i]), data::Show(expected[i]), what));
  }
}

[[noreturn]] void ThrowNoLabelNames(const std::string& path) {
  throw DataError(
      fmt::format("{}: got documents, whose labels are names, but the network "
                  "has none, expected it trained with --labels",
                  data::SourceName(path)));
}

// Throws: OptionsError for options under which known terms would be others.
void RequireSameTerms(const VectorizerOptions& got,
                      const VectorizerOptions& expected) {
  if (got.bigrams == expected.bigrams) return;
  throw OptionsError(
      fmt::format("bigrams (--bigrams): got {}, expected {}, with which the "
                  "network's terms were made",
                  got.bigrams, expected.bigrams));
}

// Reads data as the card says; read_documents(reader) makes vectors of
// documents. The result has the card of the data alone.
template <typename ReadDocuments>
ModelData ReadKnown(const std::string& path, const ModelCard& card,
                    const ReadOptions& read, ReadDocuments&& read_documents) {
  read.Validate();
  const ReadOptions options = text::OptionsByCard(card, read);

  ModelData result;
  Fingerprints known = card.fingerprints;
  const std::string name = data::SourceName(path);
  if (IsCache(path)) {
    result.data = ReadData(path, options, &result.card);
    RequireFirst(name, result.card, options);
  } else {
    OpenText text = Open(path, read.format, !card.vocabulary.empty());
    if (!data::IsOfDocuments(text.format)) {
      result = ReadPointsOf(std::move(text), options);
    } else {
      text::RequireVocabulary(name, text.format, card);
      text::DocumentReader reader(std::move(text.source), name, text.format);
      text::Vectorized documents = read_documents(reader);
      result = text::DataOf(documents, name, options);
      known = {};  // they are what they were made by
    }
  }
  text::RequireSame(name, result.card.fingerprints, known);
  return result;
}

}  // namespace

ModelData ReadToLearn(const std::string& path, const ReadOptions& read,
                      const VectorizerOptions& vectorizer) {
  read.Validate();
  vectorizer.Validate();
  if (IsCache(path)) {
    ModelData result;
    result.data = ReadData(path, read, &result.card);
    RequireFirst(data::SourceName(path), result.card, read);
    return result;
  }
  OpenText text = Open(path, read.format, false);
  if (!data::IsOfDocuments(text.format)) {
    return ReadPointsOf(std::move(text), read);
  }
  text::DocumentReader reader(std::move(text.source), text.name, text.format);
  text::Vectorized documents = text::LearnDocuments(reader, vectorizer, {});
  ModelData result = text::DataOf(documents, text.name, read);
  result.card.vocabulary = documents.vocabulary->Format();
  return result;
}

ModelData ReadByCard(const std::string& path, const ModelCard& card,
                     const ReadOptions& read) {
  ModelData result =
      ReadKnown(path, card, read, [&](text::DocumentReader& reader) {
        return text::FindDocuments(
            reader,
            std::make_shared<const text::Vocabulary>(text::VocabularyOf(card)),
            card.label_names, {});
      });
  // Where the network has no names of labels, none is known.
  if (result.text) result.card.fingerprints.labels = card.fingerprints.labels;
  return result;
}

ModelData ReadToTrainOn(const std::string& path, const ModelCard& card,
                        const ReadOptions& read,
                        std::optional<VectorizerOptions> vectorizer) {
  std::string vocabulary = card.vocabulary;
  ModelData result =
      ReadKnown(path, card, read, [&](text::DocumentReader& reader) {
        if (card.label_names.empty()) ThrowNoLabelNames(path);
        const text::Vocabulary known = text::VocabularyOf(card);
        const VectorizerOptions options = vectorizer.value_or(known.options());
        RequireSameTerms(options, known.options());
        text::Vectorized documents = text::LearnMoreDocuments(
            reader, known, card.label_names, options, {});
        vocabulary = documents.vocabulary->Format();
        return documents;
      });
  ModelCard& grown = result.card;
  grown.normalized = card.normalized ? card.normalized : grown.normalized;
  if (card.first_feature) grown.first_feature = card.first_feature;
  if (card.first_label) grown.first_label = card.first_label;
  grown.training = card.training;
  grown.earlier_trainings = card.earlier_trainings;
  grown.vocabulary = std::move(vocabulary);
  if (!result.text) {
    grown.label_names = card.label_names;
    grown.feature_names = card.feature_names;
    Fingerprints& sums = grown.fingerprints;
    if (card.fingerprints.vocabulary) {
      sums.vocabulary = card.fingerprints.vocabulary;
    }
    if (card.fingerprints.labels) sums.labels = card.fingerprints.labels;
  }
  return result;
}

ModelData ReadToEvaluate(const std::string& path, const ModelCard& card,
                         const ReadOptions& read) {
  ModelData result = ReadByCard(path, card, read);
  if (!result.text || result.text->num_label_marks > 0) return result;
  if (card.label_names.empty()) ThrowNoLabelNames(path);
  throw DataError(
      fmt::format("{}: got {} lines of text without a label that the network "
                  "knows, expected 'label,label<TAB>text' or '__label__label "
                  "text', or --format",
                  data::SourceName(path), result.text->num_documents));
}

Vectorizer VectorizerOf(const ModelCard& card) {
  if (card.vocabulary.empty()) {
    throw OptionsError(
        "got a network without a vocabulary, expected one that was trained on "
        "text");
  }
  text::Vocabulary vocabulary = text::VocabularyOf(card);
  // Its vectors were scaled when they were read, if not before.
  if (card.normalized.value_or(false)) vocabulary.ScaleVectors();
  return Vectorizer(
      std::make_shared<const text::Vocabulary>(std::move(vocabulary)));
}

NameList FeatureNamesOf(const ModelCard& card) {
  return card.vocabulary.empty() ? card.feature_names
                                 : TermsOf(text::VocabularyOf(card));
}

void AddLabelNames(const std::string& path, size_t num_labels, ModelCard& card,
                   size_t num_known) {
  const NameList names(ReadNames(path, num_labels, "network's labels"));
  RequireBeginning(path, "label", names, card.label_names);
  const size_t known =
      num_known == 0 ? names.size() : std::min(num_known, names.size());
  const uint64_t sum = util::Checksum(names.lines());
  // The fingerprint may be that of the data, which has more labels.
  if (card.fingerprints.labels != sum) {
    text::RequireSame(data::SourceName(path),
                      {.labels = util::Checksum(FirstLines(names, known))},
                      card.fingerprints);
  }
  card.label_names = names;
  card.fingerprints.labels = sum;
}

void AddFeatureNames(const std::string& path, size_t num_features,
                     ModelCard& card) {
  const text::NameFile file =
      text::ReadNameFile(path, num_features, "network's features", true);
  if (!file.vocabulary) {
    const NameList names(file.names);
    RequireBeginning(path, "feature", names, FeatureNamesOf(card));
    if (card.vocabulary.empty()) card.feature_names = names;
    return;
  }
  const NameList terms = TermsOf(*file.vocabulary);
  RequireBeginning(path, "feature", terms, card.feature_names);
  std::string text = file.vocabulary->Format();
  const uint64_t sum = util::Checksum(text);
  text::RequireSame(data::SourceName(path), {.vocabulary = sum},
                    card.fingerprints);
  card.feature_names = {};
  card.vocabulary = std::move(text);
  card.fingerprints.vocabulary = sum;
}

}  // namespace slide
