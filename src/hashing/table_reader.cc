#include "hashing/table_reader.h"

#include "util/check.h"

namespace slide::hashing {

TableReader::TableReader(const LshTables& tables, const QueryOptions& options)
    : options_(options),
      address_scratch_(tables.MakeScratch()),
      query_scratch_(options, tables.num_rows()),
      addresses_(tables.tables().size()) {}

bool TableReader::Read(const LshTables& tables, const util::VectorView& x,
                       size_t budget, util::Rng& rng, IdSet& found) noexcept {
  SLIDE_DCHECK(budget <= options_.budget);
  const bool is_finite =
      x.is_sparse() ? tables.Hash(x.sparse(), address_scratch_, addresses_)
                    : tables.Hash(x.values(), address_scratch_, addresses_);
  if (!is_finite) return false;
  QueryOptions query = options_;
  query.budget = budget;
  tables.Query(addresses_, query, rng, query_scratch_, found);
  return true;
}

}  // namespace slide::hashing
