#include "options/fields.h"
#include "slide/index_quality.h"

namespace slide {

template <>
std::vector<OptionField> Fields(IndexOptions& o) {
  options::FieldList list;
  list.Nest("sampling", Fields(o.sampling));
  list.AddDraw(o.num_samples, o.seed, o.num_threads);
  return list.Take();
}

void IndexOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
