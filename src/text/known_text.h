// Text that is read as a model's training data were: parts that the readers of
// files and of streams share.
#pragma once

#include <string>

#include "slide/dataset_io.h"
#include "slide/model_card.h"
#include "slide/model_data.h"
#include "text/vectorized.h"
#include "text/vocabulary.h"

namespace slide::text {

// The options with what they leave open as the card has it. Throws:
// OptionsError for samples as they are where the network knows scaled ones.
ReadOptions OptionsByCard(const ModelCard& card, const ReadOptions& read);

// Throws: ModelFileError for a vocabulary in the card that is none.
Vocabulary VocabularyOf(const ModelCard& card);

// Throws: DataError for documents, where the card has no vocabulary.
void RequireVocabulary(const std::string& name, TextFormat format,
                       const ModelCard& card);

// Throws: DataError unless what is known of both is the same.
void RequireSame(const std::string& name, const Fingerprints& got,
                 const Fingerprints& expected);

// The documents as data, read as if from a file that holds their vectors.
ModelData DataOf(Vectorized& documents, const std::string& name,
                 const ReadOptions& read);

}  // namespace slide::text
