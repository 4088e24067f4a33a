#include "hashing/table_reader.h"

#include "util/check.h"

namespace slide::hashing {

TableReader::TableReader(const LshTables& tables, const QueryOptions& options)
    : options_(options),
      address_scratch_(tables.family()),
      hits_(options.strategy == SamplingStrategy::kVanilla ? 0
                                                           : tables.num_rows()),
      addresses_(tables.tables().size()) {}

bool TableReader::Read(const LshTables& tables, const util::VectorView& x,
                       size_t budget, util::Rng& rng, IdSet& found) noexcept {
  SLIDE_DCHECK(budget <= options_.budget);
  if (!tables.Hash(x, address_scratch_, addresses_)) return false;
  QueryOptions query = options_;
  query.budget = budget;
  tables.Query(addresses_, query, rng, hits_, found);
  return true;
}

}  // namespace slide::hashing
