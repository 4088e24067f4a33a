// HiddenLayer: its table, and the text 20000:active=500:tanh.
#include <fmt/format.h>

#include <algorithm>

#include "options/fields.h"
#include "slide/error.h"
#include "slide/options/network.h"
#include "util/at_place.h"

namespace slide {

template <>
std::vector<OptionField> Fields(HiddenLayer& o) {
  options::FieldList list;
  list.Add("neurons", o.neurons, "Neurons of the layer",
           {.range = options::Between(1, 1 << 24), .flag = options::kNoFlag});
  list.Add("activation", o.activation, "What the layer makes of its sums");
  list.Add("max_active", o.max_active,
           "Neurons that are active in a sample, at most: those with the "
           "largest activations, in training of those that the layer's hash "
           "tables return; 0: a dense layer, all of them",
           {.range = options::AtLeast(0),
            .flag = "active",
            .cost = "time of the next layer and memory of its rows"});
  list.Nest("hash", Fields(o.hash), "active");
  return list.Take();
}

void HiddenLayer::Validate() const {
  const auto check = [](const char* name, int value, int low, int high) {
    if (value >= low && value <= high) return;
    throw OptionsError(
        fmt::format("{}: got {}, expected {} to {}", name, value, low, high));
  };
  const std::vector<OptionField> fields = options::ConstFields(*this);
  for (const OptionField& field : fields) {
    if (HasMeaning(field, fields)) options::CheckRanges({&field, 1});
  }
  check("max_active", max_active, 0, neurons);
  if (!is_hashed()) return;
  check("candidates", hash.candidates.value_or(neurons), max_active, neurons);
  if (hash.kind == HashKind::kNone) {
    throw OptionsError(
        "hash.kind: got none, expected a hash family in a hashed layer");
  }
}

namespace options {
namespace {

// "[:relu|tanh|linear][:active=N]...".
std::string Words(std::span<const OptionField> fields) {
  std::string words;
  for (const OptionField& field : fields) {
    if (field.flag.empty()) continue;
    const bool says_flag = field.type != OptionType::kWord;
    const std::string form = ValueForm(field);
    words += fmt::format("[:{}{}{}]", says_flag ? field.flag : "",
                         says_flag && !form.empty() ? "=" : "", form);
  }
  return words;
}

// Whether `word` is one of the field's; then its value is set.
bool ParseWord(std::string_view word, const OptionField& field) {
  const size_t equals = word.find('=');
  if (field.type == OptionType::kWord) {
    if (!PlaceOf(word, field.values)) return false;
    field.parse(word);
  } else if (word.substr(0, equals) != field.flag || field.flag.empty()) {
    return false;
  } else if (field.type == OptionType::kSwitch) {
    if (equals != std::string_view::npos) return false;
    field.parse(field.text() == "true" ? "false" : "true");
  } else {
    if (equals == std::string_view::npos) return false;
    util::AtPlace<OptionsError>(field.flag,
                                [&] { field.parse(word.substr(equals + 1)); });
  }
  return true;
}

}  // namespace

void Parse(std::string_view text, const Range&, HiddenLayer& value) {
  HiddenLayer layer;
  const std::vector<OptionField> fields = Fields(layer);
  std::vector<const OptionField*> given;
  const std::string_view whole = text;
  size_t colon = text.find(':');
  fields.front().parse(text.substr(0, colon));
  while (colon != std::string_view::npos) {
    text.remove_prefix(colon + 1);
    colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    const auto field =
        std::ranges::find_if(fields, [&](const OptionField& one) {
          return std::ranges::find(given, &one) == given.end() &&
                 ParseWord(word, one);
        });
    if (field == fields.end()) Refuse(word, fmt::format("N{}", Words(fields)));
    given.push_back(&*field);
  }
  for (const OptionField* field : given) {
    if (!HasMeaning(*field, fields)) {
      Refuse(whole, fmt::format("{} only with {}=N", field->flag,
                                field->only_with.flag));
    }
  }
  layer.Validate();
  value = layer;
}

std::string Format(const HiddenLayer& value) {
  HiddenLayer usual;
  const std::vector<OptionField> fields = ConstFields(value);
  std::string text = fields.front().text();
  for (const size_t place : Differences(fields, Fields(usual))) {
    const OptionField& field = fields[place];
    if (place == 0 || !HasMeaning(field, fields)) continue;
    text += ':';
    if (field.type != OptionType::kWord) text += field.flag;
    if (field.type == OptionType::kSwitch) continue;
    if (field.type != OptionType::kWord) text += '=';
    text += field.text();
  }
  return text;
}

}  // namespace options
}  // namespace slide
