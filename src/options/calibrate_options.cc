#include "slide/options/calibrate.h"

#include "options/fields.h"

namespace slide {

template <>
std::vector<OptionField> Fields(CalibrateOptions& o) {
  options::FieldList list("Calibration");
  list.Add("thresholds", o.thresholds,
           "From which probability on a label is meant: fit nothing, the best "
           "micro F1 of one for all labels, or the best F1 of each label",
           {.is_common = true});
  list.Add("min_positives", o.min_positives,
           "Labels with fewer samples get the threshold for all labels",
           {.range = options::Between(1, options::kMany),
            .only_with = {"thresholds", "label"}});
  list.AddDraw(o.num_samples, o.seed, o.num_threads);
  return list.Take();
}

void CalibrateOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
