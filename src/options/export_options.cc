#include "slide/options/export.h"

#include "options/fields.h"

namespace slide {

template <>
std::vector<OptionField> Fields(ExportOptions& o) {
  options::FieldList list("Export");
  list.Add("format", o.format,
           "A model file, or an archive of arrays for NumPy; auto: npz if the "
           "file's name ends in .npz, else model",
           {.is_common = true});
  list.Add("weights", o.weights,
           "Of a model file: weights in 32 or 16 bits, or in 8 with a scale "
           "for each row",
           {.is_common = true});
  return list.Take();
}

void ExportOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
