#include "text/known_text.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "data/text_reader.h"
#include "slide/error.h"
#include "util/checksum.h"

namespace slide::text {
namespace {

void RequireSame(const std::string& name, const char* what,
                 std::optional<uint64_t> got,
                 std::optional<uint64_t> expected) {
  if (!got || !expected || got == expected) return;
  throw DataError(fmt::format(
      "{}: got the fingerprint {} of {}, expected {}, that of the {} that the "
      "network was trained with",
      name, util::ChecksumDigits(*got), what, util::ChecksumDigits(*expected),
      what));
}

constexpr char kVocabulary[] = "vocabulary";
constexpr char kLabels[] = "labels' names";

}  // namespace

ReadOptions OptionsByCard(const ModelCard& card, const ReadOptions& read) {
  if (!read.normalize && card.normalized.value_or(false)) {
    throw OptionsError(
        "normalize (--no-normalize): got samples as they are, expected them "
        "scaled to length 1, as those that the network was trained on");
  }
  ReadOptions options = read;
  options.normalize = card.normalized.value_or(read.normalize);
  if (!options.first_feature) options.first_feature = card.first_feature;
  if (!options.first_label) options.first_label = card.first_label;
  return options;
}

Vocabulary VocabularyOf(const ModelCard& card) {
  try {
    return Vocabulary::Parse(card.vocabulary, "the model's vocabulary");
  } catch (const DataError& error) {
    throw ModelFileError(error.what());
  }
}

void RequireVocabulary(const std::string& name, TextFormat format,
                       const ModelCard& card) {
  if (!card.vocabulary.empty()) return;
  throw DataError(fmt::format(
      "{}: got text ({}), expected points, because the network has no "
      "vocabulary: train it on text, or with the --features that vectorize "
      "learned",
      name, Name(format)));
}

void RequireSame(const std::string& name, const Fingerprints& got,
                 const Fingerprints& expected) {
  RequireSame(name, kVocabulary, got.vocabulary, expected.vocabulary);
  RequireSame(name, kLabels, got.labels, expected.labels);
}

ModelData DataOf(Vectorized& documents, const std::string& name,
                 const ReadOptions& read) {
  if (read.num_features || read.num_labels) {
    throw OptionsError(fmt::format(
        "num_features, num_labels: do nothing with {}, which holds documents",
        name));
  }
  ModelData result;
  ReadOptions as_xmc = read;
  as_xmc.format = TextFormat::kXmc;
  result.data = data::ReadPoints(std::make_unique<VectorSource>(documents),
                                 name, as_xmc, &result.card);
  result.card.label_names = documents.label_names;
  result.text = documents.summary;
  return result;
}

}  // namespace slide::text
