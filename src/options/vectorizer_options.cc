#include "options/fields.h"
#include "slide/vectorizer.h"

namespace slide {

template <>
std::vector<OptionField> Fields(VectorizerOptions& o) {
  options::FieldList list("Features");
  list.Add("min_count", o.min_count, "Documents that a term must be in",
           {.range = options::AtLeast(1), .is_common = true});
  list.Add("max_features", o.max_features,
           "Terms that are kept, those in most documents; 0: all",
           {.is_common = true});
  list.Add("max_share", o.max_share,
           "Terms in more than this share of the documents are left out",
           {.range = {.low = 0.0, .high = 1.0, .without_low = true},
            .is_common = true});
  list.Add(
      "bigrams", o.bigrams,
      "Pairs of neighbouring words are terms too: several times the terms, "
      "twice the features of a text",
      {.is_common = true});
  list.Add("normalize", o.normalize,
           "Do not scale vectors to Euclidean length 1",
           {.flag = "no-normalize"});
  return list.Take();
}

void VectorizerOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
