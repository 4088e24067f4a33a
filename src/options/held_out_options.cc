#include "options/fields.h"
#include "slide/held_out.h"

namespace slide {

template <>
std::vector<OptionField> Fields(HeldOutOptions& o) {
  options::FieldList list("Evaluation");
  list.Add("share", o.share,
           "Share of the training samples that is held out as validation set, "
           "in whole runs of neighbouring lines; the data is then copied, of a "
           "cache too; 0: none",
           {.range = options::kShareBelow1,
            .flag = "validation-share",
            .is_common = true});
  list.Add("seed", o.seed, "Seed of which runs these are",
           {.flag = "validation-seed", .only_with = {"validation-share"}});
  return list.Take();
}

void HeldOutOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
