#include "cli/near_labels.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "cli/json_keys.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/vectors.h"

namespace slide::cli {
namespace {

uint32_t FindLabel(const Network& network, const std::string& label) {
  const NameList& names = network.card().label_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == label) return static_cast<uint32_t>(i);
  }
  const uint64_t first = network.card().first_label.value_or(0);
  const uint64_t num = network.options().num_labels;
  uint64_t number = 0;
  const char* const end = label.data() + label.size();
  const auto [next, error] = std::from_chars(label.data(), end, number);
  if (!names.empty() || error != std::errc() || next != end || number < first ||
      number - first >= num) {
    throw DataError(fmt::format(
        "--near: got '{}', expected {} of one of the network's {} labels",
        label,
        names.empty()
            ? fmt::format("the number ({} to {})", first, first + num - 1)
            : "the name",
        num));
  }
  return static_cast<uint32_t>(number - first);
}

}  // namespace

void PutNearLabels(const Network& network, const std::string& label,
                   uint64_t num, bool as_json) {
  const NameList& names = network.card().label_names;
  const uint64_t first = network.card().first_label.value_or(0);
  const auto name_of = [&](uint32_t id) {
    return names.empty() ? std::to_string(id + first) : std::string(names[id]);
  };
  const std::vector<NearLabel> near =
      NearestLabels(network, FindLabel(network, label), num);
  if (!as_json) {
    for (const NearLabel& one : near) {
      Put(stdout, fmt::format("{:.4f}  {}\n", one.cosine, name_of(one.label)));
    }
    return;
  }
  Json json = {{"label", label}, {"near", Json::array()}};
  for (const NearLabel& one : near) {
    json["near"].push_back(
        {{"label", name_of(one.label)}, {"cosine", one.cosine}});
  }
  PutJson(stdout, "near", json);
}

}  // namespace slide::cli
