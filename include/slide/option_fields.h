// Every option of the library as data: what it is called, what it may be, what
// it does and what more of it costs. For programs that read or show options: a
// command line, a page of documentation, bindings to another language.
//
//   slide::TrainOptions options;
//   for (const slide::OptionField& field : slide::Fields(options)) {
//     if (field.flag == "epochs") field.parse("10");  // options.epochs = 10
//   }
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slide {

enum class OptionType {
  kWhole,      // a whole number
  kNumber,     // any number
  kWord,       // one of a few words
  kSwitch,     // on or off
  kWholes,     // whole numbers with commas between them
  kNumbers,    // numbers with commas between them
  kLayers,     // std::vector<HiddenLayer>
  kTime,       // a number and its unit, as in 30s, 10m or 1h
  kInterval,   // a time or a number of epochs, as in 10m or 2epochs
  kText,       // anything; for a program's own fields
  kMaybeText,  // the same, or nothing at all
};

// The option means something only where that of `flag` has one of `values`, or,
// without values, is set to anything but 0 or nothing.
struct OnlyWith {
  std::string_view flag = {};    // empty: it always does
  std::string_view values = {};  // "a|b"
};

// One member of an option struct.
struct OptionField {
  // The member's name, behind those of the structs around it: the option's key
  // in JSON. "sampling.max_hashed"
  std::string name;
  // On the command line, without dashes; empty: not there. "max-hashed"
  std::string flag;
  OptionType type = OptionType::kText;
  // Whether "auto" is a value: the option may be left open.
  bool may_be_auto = false;
  // Values it may have: "1 to 32", "simhash|wta|none"; empty: any.
  std::string values = {};
  std::string_view group = {};  // a heading
  bool is_common = false;       // one of the few to begin with
  std::string_view sentence = {};
  std::string_view cost = {};  // of more of it; may be empty
  OnlyWith only_with = {};

  // The member's value as parse() reads it. A switch is "true" or "false".
  std::function<std::string()> text;
  // Sets the member. Throws: OptionsError "got ..., expected ...", without the
  // option's name.
  std::function<void(std::string_view)> parse;
  // Throws: OptionsError if the member has a value that parse() refuses.
  std::function<void()> check = {};
};

// The fields of an option struct of the library, of nested ones too; they read
// and write `options`, which has to outlive them. Options: any of the structs
// that have a Validate().
template <typename Options>
std::vector<OptionField> Fields(Options& options);

// The values as a JSON object; "auto" is null.
std::string ToJson(std::span<const OptionField> fields);

// The form of what stands behind the flag: "N", "X[,X...]", "fifo|reservoir";
// empty for a switch.
std::string ValueForm(const OptionField& field);

// Places of the fields whose values differ in two lists of the same struct's:
// other options than the default ones, or than those of a file.
std::vector<size_t> Differences(std::span<const OptionField> fields,
                                std::span<const OptionField> others);

// Whether the option means something beside the values of the `others` that
// are given with it.
bool HasMeaning(const OptionField& field, std::span<const OptionField> others);

}  // namespace slide
