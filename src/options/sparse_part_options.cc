#include "options/fields.h"
#include "slide/options/train.h"

namespace slide {

template <>
std::vector<OptionField> Fields(SparsePartOptions& o) {
  constexpr OnlyWith kWithPart = {"sparse-part", "auto|on"};
  options::FieldList list("Sparse part of the output");
  list.Add("mode", o.mode,
           "Whether the output has a weight for each pair of a feature and a "
           "label that occur together, beside its neurons; auto: by the sizes "
           "of the training set",
           {.flag = "sparse-part",
            .is_common = true,
            .cost = "better where features name labels one by one; time and "
                    "memory by the pairs"});
  list.Add("min_samples", o.min_samples,
           "Samples that must have both for a feature and a label to be a "
           "pair; a label of fewer keeps all; auto: 2, more if the memory asks "
           "for it",
           {.range = options::Between(1, 1'000'000),
            .flag = "sparse-min-samples",
            .cost = "less memory; less accurate",
            .only_with = kWithPart});
  list.Add("max_feature_share", o.max_feature_share,
           "Share of the samples above which a feature has no pairs; auto: 1, "
           "or 0.1 of 2,000 to 10,000 samples, as far as the entries allow",
           {.range = options::kShare,
            .flag = "sparse-max-share",
            .only_with = kWithPart});
  list.Add("max_entries", o.max_entries,
           "Pairs of a sample's features, in the mean, at most: the features "
           "of most samples are left out",
           {.range = options::AtLeast(1),
            .flag = "sparse-entries",
            .cost = "more accurate; slower in proportion",
            .only_with = kWithPart});
  list.Add("max_mebibytes", o.max_mebibytes, "MiB of pairs at most",
           {.range = options::AtLeast(0),
            .flag = "sparse-memory",
            .only_with = kWithPart});
  list.Add("learning_rate", o.learning_rate,
           "Largest step of a pair's weight, when the learning rate is at its "
           "largest; it rises and falls with that",
           {.range = options::Above(0),
            .flag = "sparse-rate",
            .only_with = kWithPart});
  list.Add("weight", o.weight,
           "Multiple of the sum of a label's pairs in its logit; auto: 1, "
           "or 1.4 for fewer than 25,000 samples, and between this and the "
           "best on the validation set",
           {.range = options::Between(0, 100),
            .flag = "sparse-weight",
            .only_with = kWithPart});
  return list.Take();
}

void SparsePartOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
