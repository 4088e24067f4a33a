#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "options/fields.h"
#include "slide/comparison.h"
#include "slide/error.h"
#include "slide/option_fields.h"
#include "util/at_place.h"

namespace slide {
namespace {

// "text/more" -> "text", and what is left.
std::string_view TakeWord(std::string_view& text) noexcept {
  const size_t slash = text.find('/');
  const std::string_view word = text.substr(0, slash);
  text.remove_prefix(slash == text.npos ? text.size() : slash + 1);
  return word;
}

// Neurons beside the labels that slide computes at most, for those that draw
// theirs.
int NumCandidates(const SamplingOptions& sampling) noexcept {
  return sampling.max_hashed + sampling.max_neighbours +
         sampling.random_negatives;
}

void MakeSlide(Method& /*method*/) {}

void MakeNet(Method& method) {
  method.train.sparse_part.mode = SparsePartMode::kOff;
}

void MakeDense(Method& method) { method.train.update = UpdateMode::kDense; }

// Random negatives alone, as many as slide computes neurons.
void MakeSampled(Method& method) {
  SamplingOptions& sampling = method.train.sampling;
  sampling.random_negatives = NumCandidates(sampling);
  sampling.max_hashed = sampling.max_neighbours = 0;
  method.network.hash.kind = HashKind::kNone;
}

void MakeUniform(Method& method) {
  MakeSampled(method);
  method.train.sampling.frequency_share = 0.0;
}

void MakeLogUniform(Method& method) {
  MakeSampled(method);
  method.train.sampling.negative_distribution =
      NegativeDistribution::kLogUniform;
}

template <void (*kMake)(Method&)>
void MakePlain(Method& method) {
  kMake(method);
  method.train.sampling.correction = Correction::kNone;
}

template <void (*kMake)(Method&)>
void MakeShared(Method& method) {
  kMake(method);
  method.train.update = UpdateMode::kSampled;
}

void MakeLinear(Method& method) {
  MakeSampled(method);
  method.has_net = false;
  method.network.hidden = {HiddenLayer(1)};
  method.train.freeze = Freeze::kInput;
  method.train.sparse_part.mode = SparsePartMode::kOn;
}

struct Maker {
  KnownMethod method;
  void (*make)(Method&);
  int draws = 1;  // times the random negatives that it would else have
};

// A draw that a batch shares costs a sample little, and it needs more of them:
// 3,000 in the place of 300 gave 4 to 6 points of P@1 on a validation split of
// debian-deps, and took 1.2 to 1.8 times as long.
constexpr int kSharedDraws = 10;

constexpr auto kMakers = std::to_array<Maker>({
    {{"slide", "as slide train does with these options"}, MakeSlide},
    {{"net", "the same without the sparse part"}, MakeNet},
    {{"dense", "all neurons, by matrix products over batches"}, MakeDense},
    {{"sampled-uniform", "random negatives alone, evenly drawn for a sample"},
     MakeUniform},
    {{"sampled-uniform-plain", "the same without logQ correction"},
     MakePlain<MakeUniform>},
    {{"sampled-uniform-shared", "evenly drawn ones that a batch shares"},
     MakeShared<MakeUniform>,
     kSharedDraws},
    {{"sampled-uniform-shared-plain", "the same without logQ correction"},
     MakeShared<MakePlain<MakeUniform>>,
     kSharedDraws},
    {{"sampled-log-uniform",
      "random negatives alone, drawn for a sample by the rank of a label"},
     MakeLogUniform},
    {{"sampled-log-uniform-plain", "the same without logQ correction"},
     MakePlain<MakeLogUniform>},
    {{"sampled-log-uniform-shared", "such ones that a batch shares"},
     MakeShared<MakeLogUniform>,
     kSharedDraws},
    {{"sampled-log-uniform-shared-plain", "the same without logQ correction"},
     MakeShared<MakePlain<MakeLogUniform>>,
     kSharedDraws},
    {{"linear", "the sparse part alone, with random negatives"}, MakeLinear},
});

// Sets one option, "flag=value"; a switch alone is turned on.
void SetOption(std::string_view setting, Method& method) {
  const size_t equals = setting.find('=');
  const std::string_view flag = setting.substr(0, equals);
  for (const auto& fields : {Fields(method.network), Fields(method.train)}) {
    for (const OptionField& field : fields) {
      if (field.flag.empty() || field.flag != flag) continue;
      util::AtPlace<OptionsError>(
          fmt::format("method {}: {}", method.name, flag), [&] {
            field.parse(equals == setting.npos ? "true"
                                               : setting.substr(equals + 1));
          });
      return;
    }
  }
  throw OptionsError(fmt::format(
      "method {}: got '{}', expected an option of the network or the training "
      "as FLAG=VALUE",
      method.name, setting));
}

// Throws: OptionsError for an option that undoes what makes the method.
void RequireUnchanged(const Maker& maker, Method method) {
  Method made = method;
  maker.make(made);
  const auto check = [&](std::vector<OptionField> got,
                         std::vector<OptionField> expected) {
    for (const size_t i : Differences(got, expected)) {
      throw OptionsError(fmt::format("method {}: {}: got {}, expected {}",
                                     method.name, got[i].name, got[i].text(),
                                     expected[i].text()));
    }
  };
  check(Fields(method.network), Fields(made.network));
  check(Fields(method.train), Fields(made.train));
}

}  // namespace

std::span<const KnownMethod> KnownMethods() noexcept {
  static const auto methods = [] {
    std::array<KnownMethod, kMakers.size()> all;
    std::ranges::transform(kMakers, all.begin(), &Maker::method);
    return all;
  }();
  return methods;
}

Method ParseMethod(std::string_view text, const NetworkOptions& network,
                   const TrainOptions& train) {
  Method method = {
      .name = std::string(text), .network = network, .train = train};
  const std::string_view name = TakeWord(text);
  const auto found = std::ranges::find_if(
      kMakers, [&](const Maker& maker) { return maker.method.name == name; });
  if (found == kMakers.end()) {
    std::string names;
    for (const Maker& maker : kMakers) {
      names +=
          fmt::format("{}{}", names.empty() ? "" : ", ", maker.method.name);
    }
    throw OptionsError(fmt::format("method {}: got the name '{}', expected {}",
                                   method.name, name, names));
  }
  found->make(method);
  int& num_draws = method.train.sampling.random_negatives;
  num_draws = static_cast<int>(std::min(1.0 * found->draws * num_draws,
                                        options::kMany));  // no option is more
  while (!text.empty()) SetOption(TakeWord(text), method);
  RequireUnchanged(*found, method);
  return method;
}

}  // namespace slide
