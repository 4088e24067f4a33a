#include "options/fields.h"
#include "slide/options/train.h"

namespace slide {

template <>
std::vector<OptionField> Fields(RebuildOptions& o) {
  options::FieldList list("Rebuilds of the hash tables");
  list.Add("mode", o.mode,
           "Whether training waits while tables are built anew, or a thread of "
           "its own builds others meanwhile: twice the memory for tables, and "
           "runs do not repeat themselves",
           {.flag = "rebuild"});
  list.Add(
      "every", o.every,
      "Samples between the first two builds; auto: by the number of labels",
      {.range = options::AtLeast(1),
       .flag = "rebuild-every",
       .cost =
           "less time in rebuilds; tables follow the weights less closely"});
  list.Add("decay", o.decay,
           "Growth of that interval: rebuild i comes every * exp(decay * i) "
           "samples after the one before it",
           {.range = options::Between(0, 100), .flag = "rebuild-decay"});
  list.Add("drift_limit", o.drift_limit,
           "Share of bucket addresses out of date above which a rebuild comes "
           "before its time; 1: never",
           {.range = options::kShare});
  return list.Take();
}

void RebuildOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
