#include "options/fields.h"
#include "slide/options/train.h"

namespace slide {

using options::Between;
using options::kMany;

template <>
std::vector<OptionField> Fields(SamplingOptions& o) {
  constexpr std::string_view kCost =
      "closer to the full softmax; time is linear in the active neurons";
  options::FieldList list("Active neurons of the output layer");
  list.Add(
      "strategy", o.strategy,
      "Which neurons of a sample's buckets are taken: the first met, those "
      "in most of the buckets, or any in --min-hits of them; the last two "
      "read all tables",
      {.flag = "sampling"});
  list.Add("min_hits", o.min_hits,
           "Buckets that a neuron shares with the sample at least",
           {.range = Between(1, 1000), .only_with = {"sampling", "threshold"}});
  list.Add("max_hashed", o.max_hashed,
           "Neurons taken from the hash tables, a sample at most",
           {.range = Between(0, kMany), .is_common = true, .cost = kCost});
  list.Add(
      "max_neighbours", o.max_neighbours,
      "Labels drawn from training samples that share features with the "
      "sample: the hardest negatives",
      {.range = Between(0, kMany),
       .flag = "neighbours",
       .cost =
           "about twice the time of another neuron; 4 bytes a nonzero of the "
           "training set"});
  list.Add("random_negatives", o.random_negatives,
           "Neurons drawn at random, a sample",
           {.range = Between(0, kMany), .is_common = true, .cost = kCost});
  list.Add("negative_distribution", o.negative_distribution,
           "How random negatives are drawn: by --frequency-share, or by the "
           "rank of the labels' frequencies alone, as TensorFlow's log-uniform "
           "sampler does");
  list.Add("frequency_share", o.frequency_share,
           "Share of the random negatives drawn by label frequency; the others "
           "are drawn evenly",
           {.range = options::kShare,
            .only_with = {"negative-distribution", "mixed"}});
  list.Add(
      "correction", o.correction,
      "logq: random negatives stand for all neurons that were not selected "
      "(logQ correction); none: for themselves");
  return list.Take();
}

void SamplingOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
