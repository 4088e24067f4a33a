#include "options/fields.h"
#include "slide/index_quality.h"

namespace slide {

template <>
std::vector<OptionField> Fields(IndexOptions& o) {
  options::FieldList list;
  list.Nest("sampling", Fields(o.sampling));
  list.Add("num_samples", o.num_samples,
           "Samples looked at, drawn without repeats; 0: all",
           {.flag = "samples"});
  list.Add("seed", o.seed, "Seed of that draw");
  list.AddThreads(o.num_threads);
  return list.Take();
}

void IndexOptions::Validate() const {
  options::CheckRanges(options::ConstFields(*this));
}

}  // namespace slide
