#include "eval/recall.h"

#include <algorithm>
#include <vector>

#include "hashing/id_set.h"
#include "predict/exact_search.h"

namespace slide::eval {

Recall IndexRecall(const nn::NetworkCore& network, const Dataset& data,
                   std::span<const uint64_t> samples, size_t k,
                   hashing::QueryOptions query, util::Rng rng) {
  if (network.index() == nullptr || samples.empty()) return {};
  const hashing::LshTables& tables = network.index()->tables();
  query.budget = std::min(query.budget, network.num_labels());
  predict::ExactSearch search(network, k);
  hashing::IdSet found(network.num_labels(), query.budget);
  hashing::QueryScratch query_scratch(query, network.num_labels());
  hashing::AddressScratch scratch = tables.MakeScratch();
  std::vector<uint16_t> addresses(tables.tables().size());
  Recall recall;
  size_t num_best_found = 0;
  std::vector<SparseView> inputs;
  for (size_t begin = 0; begin < samples.size(); begin += inputs.size()) {
    inputs.clear();
    for (const uint64_t i :
         samples.subspan(begin, std::min(predict::ExactSearch::kMaxBlock,
                                         samples.size() - begin))) {
      inputs.push_back(data[i].features);
    }
    search.Run(inputs);
    for (size_t q = 0; q < inputs.size(); ++q) {
      tables.Hash(search.hidden(q), scratch, addresses);
      found.Clear();
      recall.found.push_back(
          tables.Query(addresses, query, rng, query_scratch, found));
      for (const predict::LabelScore& best : search.best(q)) {
        num_best_found += found.Contains(best.label) ? 1 : 0;
      }
    }
  }
  recall.share = static_cast<double>(num_best_found) /
                 static_cast<double>(samples.size() * search.k());
  return recall;
}

}  // namespace slide::eval
