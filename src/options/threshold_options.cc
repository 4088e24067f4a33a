#include "options/fields.h"
#include "slide/probability.h"

namespace slide {

template <>
std::vector<OptionField> Fields(Threshold& o) {
  options::FieldList list("Label sets");
  list.Add("at", o.at,
           "Labels with at least this probability; auto: the thresholds that "
           "calibrate has fitted",
           {.range = options::kShare, .flag = "threshold", .is_common = true});
  return list.Take();
}

void Threshold::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
