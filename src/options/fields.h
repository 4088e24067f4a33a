// The table of an option struct: an entry for each member, from which its
// validation, JSON, flags, help and documentation are made.
//
// Fields(options), one for each struct and in a file of its own, is the table:
//
//   template <>
//   std::vector<OptionField> Fields(SearchOptions& o) {
//     FieldList list("Search");
//     list.Add("min_hits", o.min_hits, "Buckets that a row shares ...",
//              {.range = Between(1, 1000)});
//     return list.Take();
//   }
//
// The default is that of the member. Who adds an option adds the member and its
// entry.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "options/values.h"
#include "slide/option_fields.h"
#include "slide/options/hash.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "util/thread_team.h"

namespace slide {

// The tables that others contain.
template <>
std::vector<OptionField> Fields(HashOptions& options);
template <>
std::vector<OptionField> Fields(HiddenLayer& options);
template <>
std::vector<OptionField> Fields(RebuildOptions& options);
template <>
std::vector<OptionField> Fields(SamplingOptions& options);
template <>
std::vector<OptionField> Fields(SparsePartOptions& options);

}  // namespace slide

namespace slide::options {

// Neurons, samples or labels that anything is done with, at most.
inline constexpr double kMany = 100'000'000;

// An Entry::flag of an option that is not on the command line.
inline constexpr std::string_view kNoFlag = "-";

// An option beside the name of its member and its sentence.
struct Entry {
  Range range = {};            // of a number, or of each in a list
  std::string_view flag = {};  // where it is not the name with dashes
  bool is_common = false;
  bool auto_if_empty = false;  // of a list, which may then be left open
  std::string_view cost = {};  // of more of it
  // The words it may be, where that is not all of kWords.
  std::string_view words = {};
  OnlyWith only_with = {};
};

// Held is what a member holds: the number of an optional one, the items of a
// list.
template <typename T>
struct Held {
  using Type = T;
  static constexpr bool kIsOptional = false;
};
template <typename T>
struct Held<std::optional<T>> {
  using Type = T;
  static constexpr bool kIsOptional = true;
};
template <typename T>
struct Held<std::vector<T>> {
  using Type = T;
  static constexpr bool kIsOptional = false;
};

template <typename T>
constexpr OptionType TypeOf() {
  if constexpr (Held<T>::kIsOptional) return TypeOf<typename Held<T>::Type>();
  if (std::is_same_v<T, bool>) return OptionType::kSwitch;
  if (std::is_same_v<T, double>) return OptionType::kNumber;
  if (std::is_same_v<T, std::vector<int>>) return OptionType::kWholes;
  if (std::is_same_v<T, std::vector<double>>) return OptionType::kNumbers;
  if (std::is_same_v<T, std::vector<HiddenLayer>>) return OptionType::kLayers;
  if (std::is_same_v<T, Seconds>) return OptionType::kTime;
  if (std::is_same_v<T, CheckpointInterval>) return OptionType::kInterval;
  return Whole<T> ? OptionType::kWhole : OptionType::kWord;
}

class FieldList {
 public:
  // group: the heading above the entries to come.
  explicit FieldList(std::string_view group = {}) : group_(group) {}
  void StartGroup(std::string_view group) { group_ = group; }

  template <typename T>
  void Add(std::string_view name, T& member, std::string_view sentence,
           const Entry& entry = {}) {
    using Value = typename Held<T>::Type;
    constexpr OptionType type = TypeOf<T>();
    Range range = entry.range;
    if (Whole<Value> && std::is_unsigned_v<Value> && std::isinf(range.low)) {
      range.low = 0.0;
    }
    bool may_be_auto = entry.auto_if_empty;
    if (Held<T>::kIsOptional) may_be_auto = true;
    const auto text = [&member, may_be_auto] {
      std::string now = Format(member);
      return may_be_auto && now.empty() ? "auto" : now;
    };
    const std::string_view words = entry.words;
    const auto read = [range, words, may_be_auto](std::string_view from) {
      T value{};
      if (may_be_auto && from == "auto") return value;
      if (!words.empty() && !PlaceOf(from, words)) Refuse(from, words);
      Parse(from, range, value);
      return value;
    };
    OptionField& field = AddField(name, sentence, entry);
    field.type = type;
    field.may_be_auto = may_be_auto;
    field.values = type != OptionType::kWord ? range.Text()
                   : words.empty()           ? std::string(kWords<Value>)
                                             : std::string(words);
    field.text = text;
    field.parse = [&member, read](std::string_view from) {
      member = read(from);
    };
    field.check = [text, read] { read(text()); };
  }

  // The fields of a struct that is the member `name`. only_with: a flag, which
  // those without a condition of their own get as one.
  void Nest(std::string_view name, std::vector<OptionField> fields,
            std::string_view only_with = {});

  void AddThreads(int& num_threads) {
    Add("num_threads", num_threads, "Threads; 0: one for each core",
        {.range = Between(0, util::ThreadTeam::kMaxThreads),
         .flag = "threads",
         .is_common = true});
  }
  // The samples that are drawn, and the threads that look at them.
  void AddDraw(uint64_t& num_samples, uint64_t& seed, int& num_threads) {
    Add("num_samples", num_samples,
        "Samples looked at, drawn without repeats; 0: all",
        {.flag = "samples"});
    Add("seed", seed, "Seed of that draw", {.only_with = {"samples"}});
    AddThreads(num_threads);
  }

  std::vector<OptionField> Take() { return std::move(fields_); }

 private:
  OptionField& AddField(std::string_view name, std::string_view sentence,
                        const Entry& entry);

  std::string_view group_;
  std::vector<OptionField> fields_;
};

// Fields to read `options` through, which must not be written to.
template <typename Options>
std::vector<OptionField> ConstFields(const Options& options) {
  return Fields(const_cast<Options&>(options));
}

// Throws: OptionsError "NAME: got ..., expected ..." for the first value that
// is out of its range.
void CheckRanges(std::span<const OptionField> fields);
// The same for all fields of a struct.
template <typename Options>
void CheckOptions(const Options& options) {
  CheckRanges(ConstFields(options));
}

}  // namespace slide::options
