// The card of a network in its file: an object of the header, and sections of
// text for what is long. docs/file_format.md has the layout.
#pragma once

#include <cstddef>
#include <memory>

#include "slide/model_card.h"
#include "slide/options/network.h"
#include "util/section_file.h"

namespace slide::nn {

// Throws: OptionsError unless the card's names are as many as a network of such
// options has, and all of it can be read again.
void CheckCard(const ModelCard& card, const NetworkOptions& options);

// All of it but the long texts.
util::Json ToJson(const ModelCard& card);

// The card must stay until the writer has written.
void AddCard(const ModelCard& card, util::SectionWriter& writer);

struct StoredCard {
  ModelCard card;
  size_t num_sections = 0;  // that it was read from
};
// mapping: of the file, for names that view it; null: they are copied.
// Throws: Error with the path, the value met and the one expected.
StoredCard ReadCard(
    const util::SectionFile& file,
    const std::shared_ptr<const util::MappedFile>& mapping = nullptr);

}  // namespace slide::nn
