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
bool IsIgnored(const OptionField& field, UpdateMode update) {
  const std::string_view name = field.name;
  // Which kind of hash decides by itself (docs/engine.md).
  if (name.starts_with("hash.")) {
    return name != "hash.kind" || update == UpdateMode::kSampled ||
           field.text() != "auto";
  }
  if (name.starts_with("rebuild.") || name == "gradient_floor") return true;
  if (!name.starts_with("sampling.")) return false;
  constexpr std::string_view kOfBatches[] = {
      "sampling.random_negatives", "sampling.frequency_share",
      "sampling.negative_distribution", "sampling.correction"};
  return update == UpdateMode::kDense ||
         std::ranges::find(kOfBatches, name) == std::end(kOfBatches);
}

// The first flag that was given and is ignored; empty: there is none.
std::string FirstIgnored(const CommandLine& line, TrainOptions& train,
                         UpdateMode update) {
  NetworkOptions network;  // for its names
  for (const auto& fields : {Fields(network), Fields(train)}) {
    for (const OptionField& field : fields) {
      if (!field.flag.empty() && line.WasGiven(field.flag) &&
          IsIgnored(field, update)) {
        return field.flag;
      }
    }
  }
  return {};
}

}  // namespace

bool IsIgnored(std::string_view flag, std::string_view update) {
  TrainOptions train;
  NetworkOptions network;
  if (update == Name(UpdateMode::kDense)) {
    train.update = UpdateMode::kDense;
  } else if (update == Name(UpdateMode::kSampled)) {
    train.update = UpdateMode::kSampled;
  } else {
    return false;
  }
  const auto is_ignored = [&](const OptionField& field) {
    return field.flag == flag && IsIgnored(field, *train.update);
  };
  return std::ranges::any_of(Fields(network), is_ignored) ||
         std::ranges::any_of(Fields(train), is_ignored);
}

void ChooseUpdate(const CommandLine& line, TrainOptions& train) {
  if (!train.update) {
    if (!FirstIgnored(line, train, UpdateMode::kDense).empty()) {
      train.update = UpdateMode::kHogwild;
    }
    return;
  }
  if (*train.update != UpdateMode::kDense &&
      *train.update != UpdateMode::kSampled) {
    return;
  }
  const std::string flag = FirstIgnored(line, train, *train.update);
  if (flag.empty()) return;
  throw OptionsError(
      fmt::format("--{}: does nothing with --update {}, expected --update "
                  "hogwild or batched with it",
                  flag, Name(*train.update)));
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
