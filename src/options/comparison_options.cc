#include <fmt/format.h>

#include "options/fields.h"
#include "slide/comparison.h"
#include "slide/error.h"

namespace slide {

template <>
std::vector<OptionField> Fields(ComparisonOptions& o) {
  options::FieldList list("Comparison");
  list.Add("looks", o.looks,
           "Looks at the test set in an epoch, which cost no training time",
           {.range = options::Between(1, 1000)});
  list.Add("targets", o.targets,
           "P@k of the first cut that the time to is told of; auto: the best "
           "of the first method in whole percent, and some below it",
           {.range = options::kShare, .auto_if_empty = true});
  list.Add("search.epochs", o.search.epochs,
           "Epochs of each try of a search before the comparison: each method "
           "gets the learning rate, and the size of batches, that is best on a "
           "part of the training set; 0: no search",
           {.range = options::Between(0, 1'000'000), .flag = "search"});
  list.Add("search.validation_share", o.search.validation_share,
           "Share of the training samples that the search looks at",
           {.range = options::kShareBelow1,
            .flag = "search-share",
            .only_with = {"search"}});
  list.Add("search.rate_factors", o.search.rate_factors,
           "Multiples of the learning rate that the search tries",
           {.range = options::Above(0),
            .flag = "search-rates",
            .only_with = {"search"}});
  list.Add("search.batch_sizes", o.search.batch_sizes,
           "Batch sizes that it tries, each with each rate",
           {.range = options::Between(1, 65'536),
            .flag = "search-batches",
            .only_with = {"search"}});
  return list.Take();
}

void ComparisonOptions::Validate() const {
  options::CheckOptions(*this);
  const auto check = [](bool is_empty, const char* name) {
    if (!is_empty) return;
    throw OptionsError(
        fmt::format("search.{}: got no value, expected one or more", name));
  };
  check(search.rate_factors.empty(), "rate_factors");
  check(search.batch_sizes.empty(), "batch_sizes");
}

}  // namespace slide
