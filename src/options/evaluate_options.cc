#include <fmt/format.h>

#include <cmath>

#include "options/fields.h"
#include "slide/error.h"
#include "slide/metrics.h"

namespace slide {

template <>
std::vector<OptionField> Fields(EvaluateOptions& o) {
  options::FieldList list("Evaluation");
  list.Add("ks", o.ks, "Cuts of the metrics",
           {.range = options::Between(1, options::kMany),
            .flag = "k",
            .is_common = true});
  list.Add("num_samples", o.num_samples,
           "Samples looked at, drawn without repeats; 0: all",
           {.flag = "samples"});
  list.Add("seed", o.seed, "Seed of that draw", {.only_with = {"samples"}});
  list.AddThreads(o.num_threads);
  return list.Take();
}

void EvaluateOptions::Validate() const {
  options::CheckRanges(options::ConstFields(*this));
  for (size_t label = 0; label < inverse_propensities.size(); ++label) {
    const float inverse = inverse_propensities[label];
    if (!std::isfinite(inverse) || inverse <= 0.0f) {
      throw OptionsError(fmt::format(
          "inverse_propensities[{}]: got {}, expected a finite number above 0",
          label, inverse));
    }
  }
}

}  // namespace slide
