#include <algorithm>

#include "hashing/table_reader.h"
#include "sampling/sources.h"

namespace slide::sampling {
namespace {

struct TableScratch final : CandidateSource::Scratch {
  TableScratch(const hashing::LshTables& tables,
               const hashing::QueryOptions& query)
      : reader(tables, query) {}

  hashing::TableReader reader;
};

class TableSource final : public CandidateSource {
 public:
  TableSource(const hashing::LshIndex& index,
              const hashing::QueryOptions& query)
      : index_(index), query_(query) {}

  std::unique_ptr<Scratch> MakeScratch() const override {
    return std::make_unique<TableScratch>(index_.tables(), query_);
  }

  void Add(const Query& query, size_t budget, util::Rng& rng, Scratch& scratch,
           Selection& selection) const noexcept override {
    // The tables are looked up once: others may take their place at any moment.
    static_cast<TableScratch&>(scratch).reader.Read(
        index_.tables(), query.hidden, budget, rng, selection.ids());
  }

 private:
  const hashing::LshIndex& index_;
  hashing::QueryOptions query_;
};

}  // namespace

hashing::QueryOptions QueryOf(const SamplingOptions& options,
                              size_t num_neurons) {
  return {
      .strategy = options.strategy,
      .min_hits = static_cast<uint32_t>(options.min_hits),
      .budget = std::min(static_cast<size_t>(options.max_hashed), num_neurons)};
}

std::unique_ptr<CandidateSource> MakeTableSource(
    const hashing::LshIndex& index, const hashing::QueryOptions& query) {
  return std::make_unique<TableSource>(index, query);
}

}  // namespace slide::sampling
