#include <fmt/format.h>

#include "options/fields.h"
#include "slide/error.h"
#include "slide/synthetic.h"

namespace slide {

using options::AtLeast;
using options::Between;

template <>
std::vector<OptionField> Fields(SyntheticOptions& o) {
  options::FieldList list("Made-up data");
  list.Add("num_points", o.num_points, "Samples to train on",
           {.range = Between(1, 0x1p40), .flag = "points", .is_common = true});
  list.Add(
      "num_test_points", o.num_test_points,
      "Samples to test on; 0: no test data is made",
      {.range = Between(0, 0x1p40), .flag = "test-points", .is_common = true});
  list.Add("num_features", o.num_features, "Features",
           {.range = AtLeast(1),
            .flag = "features",
            .is_common = true,
            .cost = "8 bytes of memory each"});
  list.Add("num_labels", o.num_labels, "Labels",
           {.range = AtLeast(1),
            .flag = "labels",
            .is_common = true,
            .cost = "4 bytes of memory each"});
  list.Add("nonzeros", o.nonzeros, "Features of a sample on average, up to all",
           {.range = AtLeast(1), .is_common = true});
  list.Add("labels_per_point", o.labels_per_point,
           "Labels of a sample on average, up to all",
           {.range = AtLeast(1), .is_common = true});
  list.Add("seed", o.seed, "The same seed gives the same data",
           {.is_common = true});
  list.Add("normalize", o.normalize,
           "Do not scale samples to Euclidean length 1",
           {.flag = "no-normalize", .only_with = {"format", "cache"}});
  list.AddThreads(o.num_threads);
  return list.Take();
}

void SyntheticOptions::Validate() const {
  options::CheckOptions(*this);
  const auto check = [](const char* name, double mean, uint32_t all) {
    if (mean <= all) return;
    throw OptionsError(fmt::format(
        "{}: got {}, expected at most {}, which is all", name, mean, all));
  };
  check("nonzeros", nonzeros, num_features);
  check("labels_per_point", labels_per_point, num_labels);
}

}  // namespace slide
