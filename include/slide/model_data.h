// Data for a model: of any form, documents too, read as the model's training
// data were, with the card of a model that is trained on them.
//
//   slide::ModelData train = slide::ReadToLearn("train.tsv");
//   slide::Network network(slide::SettledFor(train.data));
//   network.SetCard(train.card);
//   slide::Trainer(network, {}).Fit(train.data);
//   network.Save("model.slide");
//
// And later:
//
//   const auto network = slide::Network::Open("model.slide");
//   const auto vectorizer = slide::VectorizerOf(network.card());
//   const slide::TextVector text = vectorizer.Transform("a small wild dog");
//   for (const slide::ScoredLabel& best : network.Predict(text.view(), 5))
//     std::cout << network.card().label_names[best.label] << '\n';
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/model_card.h"
#include "slide/vectorizer.h"

namespace slide {

struct ModelData {
  Dataset data;
  // That of a network trained on the data: scaling, first numbers, and for
  // documents the vocabulary and the names of the labels.
  ModelCard card;
  std::optional<TextSummary> text;  // set: these were documents
};

// Reads data to learn from: all that ReadData reads, and documents, whose
// vocabulary and labels are learned. A document is a line of UTF-8 of one of
// two forms:
//
//   label,label,...<TAB>text
//   __label__label __label__label ... text
//
// Which form a file has, is told by its first line: the second if that starts
// with the mark; the first if it has a tab and is no point and no header. "-"
// is the standard input. Documents get the values that they have when `slide
// vectorize` writes them, six digits of each.
// Throws: as ReadData and Vectorizer::LearnFile; DataError for a cache with
// other first numbers than `read` names.
ModelData ReadToLearn(const std::string& path, const ReadOptions& read = {},
                      const VectorizerOptions& vectorizer = {});

// Reads data as those were that a network with this card was trained on; what
// `read` leaves open, the card says. Where the card has a vocabulary, lines
// that are no points are documents, with the second form's mark or without.
// Throws: as ReadData; DataError for documents where the card has no
// vocabulary, and for data that carries other fingerprints, or a cache with
// other first numbers; OptionsError for read.normalize unset where the network
// knows scaled samples; ModelFileError for a vocabulary in the card that is
// none.
ModelData ReadByCard(const std::string& path, const ModelCard& card,
                     const ReadOptions& read = {});

// The same for samples whose labels are to be compared.
// Throws also: DataError for documents none of which has a label that the
// network knows.
ModelData ReadToEvaluate(const std::string& path, const ModelCard& card,
                         const ReadOptions& read = {});

// Reads data to train a network with this card on, whose card is then that of
// the result: as ReadByCard, but of documents, terms and labels that are not
// known are learned, behind those that are. Known terms keep their numbers and
// values, so old predictions stay as they are. The data of points may have more
// features and labels than the network, too, whose names AddLabelNames and
// AddFeatureNames add.
//
//   slide::Network network = slide::Network::Load("model.slide");
//   slide::ModelData more = slide::ReadToTrainOn("more.tsv", network.card());
//   network.Grow(std::max(more.data.num_features(),
//                         network.options().num_features),
//                std::max(more.data.num_labels(),
//                         network.options().num_labels), more.card);
//   slide::Trainer(network, {}).Fit(more.data);
//
// vectorizer: unset: the options of the vocabulary, whose bigrams cannot change
// and whose normalize stays. max_features is of old and new terms together.
// Throws: as ReadByCard and Vectorizer::LearnFile; DataError for documents
// where the network has no names of labels.
ModelData ReadToTrainOn(const std::string& path, const ModelCard& card,
                        const ReadOptions& read = {},
                        std::optional<VectorizerOptions> vectorizer = {});

// Makes vectors of text as ReadByCard does, but for the rounding.
// Throws: OptionsError if the card has no vocabulary; ModelFileError for one
// that is none.
Vectorizer VectorizerOf(const ModelCard& card);

// The names of the features: the card's, or the terms of its vocabulary; empty:
// there are none. Throws: ModelFileError, as VectorizerOf.
NameList FeatureNamesOf(const ModelCard& card);

// Puts the names in a file, a line each, into the card; those of the features
// may be a vocabulary. Where the card has names already, they are those of the
// first ones. num_known: labels of the network that the card is of, as long as
// it has not grown; 0: all. Throws: as ReadNames; DataError for others than the
// card has already, by name or by fingerprint.
void AddLabelNames(const std::string& path, size_t num_labels, ModelCard& card,
                   size_t num_known = 0);
void AddFeatureNames(const std::string& path, size_t num_features,
                     ModelCard& card);

}  // namespace slide
