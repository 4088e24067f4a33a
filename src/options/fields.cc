#include "options/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "slide/error.h"
#include "util/at_place.h"
#include "util/check.h"

namespace slide {
namespace options {

OptionField& FieldList::AddField(std::string_view name,
                                 std::string_view sentence,
                                 const Entry& entry) {
  OptionField& field = fields_.emplace_back();
  field.name = name;
  if (entry.flag != kNoFlag) {
    field.flag = entry.flag.empty() ? name : entry.flag;
    std::ranges::replace(field.flag, '_', '-');
  }
  field.group = group_;
  field.is_common = entry.is_common;
  field.sentence = sentence;
  field.cost = entry.cost;
  field.only_with = entry.only_with;
  return field;
}

void FieldList::Nest(std::string_view name, std::vector<OptionField> fields,
                     std::string_view only_with) {
  for (OptionField& field : fields) {
    field.name = fmt::format("{}.{}", name, field.name);
    if (field.only_with.flag.empty()) field.only_with.flag = only_with;
    fields_.push_back(std::move(field));
  }
}

void CheckRanges(std::span<const OptionField> fields) {
  for (const OptionField& field : fields) {
    util::AtPlace<OptionsError>(field.name, field.check);
  }
}

}  // namespace options

std::string ValueForm(const OptionField& field) {
  switch (field.type) {
    case OptionType::kWhole:
      return "N";
    case OptionType::kNumber:
      return "X";
    case OptionType::kWord:
      return field.may_be_auto ? fmt::format("auto|{}", field.values)
                               : field.values;
    case OptionType::kSwitch:
      return "";
    case OptionType::kWholes:
      return "N[,N...]";
    case OptionType::kNumbers:
      return "X[,X...]";
    case OptionType::kLayers:
      return "N[:WORD...][,...]";
    case OptionType::kTime:
      return "TIME";
    case OptionType::kInterval:
      return "TIME|EPOCHS";
    case OptionType::kText:
      return "FILE";
    case OptionType::kMaybeText:
      return "[FILE]";
  }
  return "";
}

std::vector<size_t> Differences(std::span<const OptionField> fields,
                                std::span<const OptionField> others) {
  SLIDE_DCHECK(fields.size() == others.size());
  std::vector<size_t> places;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].text() != others[i].text()) places.push_back(i);
  }
  return places;
}

bool HasMeaning(const OptionField& field, std::span<const OptionField> others) {
  const OnlyWith& with = field.only_with;
  const auto other = std::ranges::find(others, with.flag, &OptionField::flag);
  if (with.flag.empty() || other == others.end()) return true;
  const std::string text = other->text();
  return with.values.empty()
             ? !text.empty() && text != "0" && text != "false" && text != "auto"
             : options::PlaceOf(text, with.values).has_value();
}

}  // namespace slide
