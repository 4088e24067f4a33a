#include "eval/recall.h"

#include <algorithm>
#include <vector>

#include "hashing/id_set.h"
#include "hashing/table_reader.h"
#include "predict/exact_search.h"

namespace slide::eval {

Recall IndexRecall(const nn::NetworkCore& network,
                   const hashing::LshTables& tables, const Dataset& data,
                   std::span<const uint64_t> samples, size_t k,
                   hashing::QueryOptions query, util::Rng rng) {
  if (samples.empty()) return {};
  predict::ExactSearch search(network, k);
  hashing::IdSet found(network.num_labels(), query.budget);
  hashing::TableReader reader(tables, query);
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
      found.Clear();
      reader.Read(tables, util::VectorView(search.hidden(q)), query.budget, rng,
                  found);
      recall.found.push_back(found.size());
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
