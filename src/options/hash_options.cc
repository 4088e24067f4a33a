#include "slide/options/hash.h"

#include "options/fields.h"

namespace slide {

using options::Between;
using options::kMany;

template <>
std::vector<OptionField> Fields(HashOptions& o) {
  options::FieldList list("Hash tables");
  list.Add(
      "kind", o.kind,
      "What the tables hash by (docs/hashing.md); none: no tables, nothing "
      "but labels and random negatives is active; auto: wta, or at few labels "
      "dense training",
      {.flag = "hash", .is_common = true});
  list.Add("candidates", o.candidates,
           "Neurons that a query is to find, for which hashes and tables are "
           "chosen; auto: --max-hashed, in a hidden layer 4 times the active "
           "neurons",
           {.range = Between(1, kMany)});
  list.Add(
      "hashes_per_table", o.hashes_per_table,
      "Hashes joined into one bucket address (K in the paper); auto: so "
      "that a query's buckets hold about the candidates",
      {.range = Between(1, 32),
       .flag = "hashes",
       .cost = "buckets are smaller and purer, so a query reads more of them; "
               "hashing time is linear in it"});
  list.Add(
      "num_tables", o.num_tables,
      "Hash tables (L in the paper); auto: a quarter of the candidates, "
      "10 to 100",
      {.range = Between(1, 1000),
       .flag = "tables",
       .cost = "higher recall; memory (6 bytes a neuron and table) and rebuild "
               "time are linear in it"});
  list.Add("table_bits", o.table_bits,
           "Bits of a bucket address at most, to which longer ones are hashed; "
           "auto: 16, for minhash as many as the neurons need",
           {.range = Between(1, 16)});
  list.Add("bucket_capacity", o.bucket_capacity,
           "Neurons that a bucket keeps, the others not being found in that "
           "table; 0: all",
           {.range = Between(0, kMany),
            .cost = "memory, where buckets are of very different sizes"});
  list.Add("bucket_policy", o.bucket_policy,
           "Which neurons a full bucket keeps: the last by their numbers, or a "
           "uniform sample",
           {.only_with = {"bucket-capacity"}});
  list.Add("centered", o.centered,
           "Hash activations as they are; otherwise their mean over training "
           "samples is taken from them first",
           {.flag = "no-hash-center"});
  return list.Take();
}

void HashOptions::Validate() const { options::CheckOptions(*this); }

}  // namespace slide
