#include "slide/options/checkpoint.h"

#include "options/fields.h"

namespace slide {

template <>
std::vector<OptionField> Fields(CheckpointOptions& o) {
  options::FieldList list("Files and output");
  list.Add("every", o.every,
           "Time or finished epochs from one checkpoint to the next; longer "
           "where writing would take more than 5 % of the time",
           {.flag = "checkpoint-every",
            .is_common = true,
            .cost = "less time in writing; more is lost when the run is killed",
            .only_with = {"checkpoint"}});
  list.Add("keep", o.keep,
           "Checkpoints that stay: FILE, and those before it as FILE.1, FILE.2 "
           "and so on",
           {.range = options::Between(1, 1000),
            .flag = "checkpoint-keep",
            .cost = "room on the disk",
            .only_with = {"checkpoint"}});
  return list.Take();
}

void CheckpointOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
