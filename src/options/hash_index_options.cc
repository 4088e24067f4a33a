// The options of a HashIndex and of its searchers.
#include "options/fields.h"
#include "slide/error.h"
#include "slide/hash_index.h"

namespace slide {

template <>
std::vector<OptionField> Fields(HashIndexOptions& o) {
  options::FieldList list;
  list.Nest("hash", Fields(o.hash));
  list.Add("seed", o.seed,
           "Seed of the hash functions, and of what a bucket's capacity leaves "
           "to chance");
  list.AddThreads(o.num_threads);
  return list.Take();
}

void HashIndexOptions::Validate() const {
  options::CheckOptions(*this);
  if (hash.kind == HashKind::kNone) {
    throw OptionsError("hash.kind: got none, expected a hash family");
  }
}

template <>
std::vector<OptionField> Fields(SearchOptions& o) {
  options::FieldList list;
  list.Add("strategy", o.strategy,
           "Which rows of a query's buckets are found: the first met, those in "
           "most of them, or any in min_hits",
           {.flag = "sampling"});
  list.Add("min_hits", o.min_hits,
           "Buckets that a row shares with the query at least",
           {.range = options::Between(1, 1000),
            .only_with = {"sampling", "threshold"}});
  list.Add("max_found", o.max_found,
           "Rows found at most; auto: the index's candidates",
           {.range = options::AtLeast(1)});
  list.Add("seed", o.seed,
           "Seed of what is left to chance: the order of the tables, ties "
           "between rows");
  return list.Take();
}

void SearchOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
