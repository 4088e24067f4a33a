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
  list.AddDraw(o.num_samples, o.seed, o.num_threads);
  return list.Take();
}

void EvaluateOptions::Validate() const {
  options::CheckOptions(*this);
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
