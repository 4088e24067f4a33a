#include "cli/update_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "slide/error.h"
#include "slide/option_fields.h"
#include "slide/options/network.h"

namespace slide::cli {
namespace {

// Whether an option means nothing to dense updates, or to sampled ones.
bool IsIgnoredName(std::string_view name, UpdateMode update) {
  // Which kind of hash decides by itself (docs/engine.md).
  if (name == "hash.kind") return update == UpdateMode::kSampled;
  if (name.starts_with("hash.") || name.starts_with("rebuild.") ||
      name == "gradient_floor") {
    return true;
  }
  if (!name.starts_with("sampling.")) return false;
  constexpr std::string_view kOfBatches[] = {
      "sampling.random_negatives", "sampling.frequency_share",
      "sampling.negative_distribution", "sampling.correction"};
  return update == UpdateMode::kDense ||
         std::ranges::find(kOfBatches, name) == std::end(kOfBatches);
}

// The flags that mean nothing to such updates, in the order of the tables.
std::vector<std::string> IgnoredFlags(UpdateMode update) {
  std::vector<std::string> flags;
  if (update != UpdateMode::kDense && update != UpdateMode::kSampled) {
    return flags;
  }
  NetworkOptions network;
  TrainOptions train;
  for (const auto& fields : {Fields(network), Fields(train)}) {
    for (const OptionField& field : fields) {
      if (!field.flag.empty() && IsIgnoredName(field.name, update)) {
        flags.push_back(field.flag);
      }
    }
  }
  return flags;
}

}  // namespace

bool IsIgnored(std::string_view flag, std::string_view update) {
  for (const UpdateMode mode : {UpdateMode::kDense, UpdateMode::kSampled}) {
    if (update != Name(mode)) continue;
    const std::vector<std::string> flags = IgnoredFlags(mode);
    return std::ranges::find(flags, flag) != flags.end();
  }
  return false;
}

void ChooseUpdate(const CommandLine& line, TrainOptions& train) {
  const std::vector<std::string> flags =
      IgnoredFlags(train.update.value_or(UpdateMode::kDense));
  const auto given = std::ranges::find_if(
      flags, [&](const std::string& flag) { return line.WasGiven(flag); });
  if (given == flags.end()) return;
  if (!train.update) {
    train.update = UpdateMode::kHogwild;
    return;
  }
  throw OptionsError(
      fmt::format("--{}: does nothing with --update {}, expected --update "
                  "hogwild or batched with it",
                  *given, Name(*train.update)));
}

void RequireBatches(const CommandLine& line, const TrainOptions& settled) {
  if (settled.update != UpdateMode::kHogwild || !line.WasGiven("batch-size")) {
    return;
  }
  throw OptionsError(
      "--batch-size: does nothing with --update hogwild, which auto is here; "
      "expected --update batched, dense or sampled with it");
}

}  // namespace slide::cli
