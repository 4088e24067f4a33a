// The command line of one command: its files, switches and options, how they
// are read, and how --help and docs/options.md show them.
//
// Options of the library come from its own tables (slide/option_fields.h), with
// their flags, defaults, ranges and sentences. Flags are long ones, each at
// most once: --epochs 10 or --epochs=10.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slide/option_fields.h"

namespace slide::cli {

class CommandLine {
 public:
  // purpose: a line for `slide --help`. Both, and all text below, are there as
  // long as the program.
  CommandLine(std::string_view command, std::string_view purpose);

  // A word without a flag; words are taken in the order of the calls.
  void AddArgument(std::string_view name, std::string& value,
                   std::string_view sentence);
  // The same, which may be left out.
  void AddArgument(std::string_view name, std::optional<std::string>& value,
                   std::string_view sentence);
  // A flag with the name of a file behind it. What these return may be changed,
  // until the next is added.
  OptionField& AddFile(std::string_view flag, std::string& path,
                       std::string_view sentence, bool is_required = false);
  // A flag with or without the name of a file behind it; without, the path is
  // empty. Unset: not given.
  OptionField& AddMaybeFile(std::string_view flag,
                            std::optional<std::string>& path,
                            std::string_view sentence);
  // A flag alone, which sets `on`.
  OptionField& AddSwitch(std::string_view flag, bool& on,
                         std::string_view sentence);
  // --quiet and --json of a command that ends with a summary.
  void AddSummarySwitches(bool& quiet, bool& json);
  // --config FILE, whose values stand behind those of the words.
  void AddConfig();
  // An option of the command's own.
  OptionField& AddNumber(std::string_view flag, uint64_t& value, uint64_t low,
                         std::string_view sentence);
  // A word, or several; form: what stands for it in the help, "LABEL".
  OptionField& AddText(std::string_view flag, std::string& value,
                       std::string_view form, std::string_view sentence);
  // One of the words "a|b".
  OptionField& AddChoice(std::string_view flag, std::string_view words,
                         std::string& value, std::string_view sentence);
  // Fields of the library; those that are not on the command line are left out.
  // One with a flag that is there already is set together with that.
  void Add(std::vector<OptionField> fields);

  enum class Asked { kRun, kHelp, kHelpAll };

  // Sets everything from the words behind the command's name.
  // Throws: OptionsError naming the word or the option.
  Asked Parse(std::span<const char* const> words);

  // The flags that were given, without dashes, in that order.
  const std::vector<std::string>& given() const noexcept { return given_; }
  bool WasGiven(std::string_view flag) const noexcept;

  // The options whose values are not those they had before Parse, but those
  // that mean nothing beside the others.
  struct Setting {
    std::string_view flag;  // without dashes
    std::string value;
    OptionType type;
  };
  std::vector<Setting> NotDefault() const;

  // The file of --config; empty: it was not given.
  const std::string& config_path() const noexcept { return config_path_; }
  std::string_view command() const noexcept { return command_; }
  std::string_view purpose() const noexcept { return purpose_; }
  std::string Help(bool all) const;
  // The command's section of docs/options.md.
  std::string Page() const;

 private:
  struct Argument {
    std::string_view name;
    std::string_view sentence;
    bool is_required;
    std::function<void(std::string_view)> set;
  };

  struct MaybeFile {
    std::string_view flag;
    std::optional<std::string>& path;
  };

  OptionField& AddOwn(std::string_view flag, OptionType type,
                      std::string_view sentence);
  const OptionField* Find(std::string_view flag) const noexcept;
  // " --FLAG" of the option that the word, a flag, most likely means, and words
  // around it; empty: none is near.
  std::string Nearest(std::string_view word) const;
  // Toggles a switch, or leaves out the file of a flag that may be without.
  // Returns whether the flag is one of these.
  bool TakeAlone(const OptionField& field);
  void TakeConfig();
  // Takes the option `word` and its value, if that is the next word; returns
  // whether it is.
  bool TakeOption(std::string_view word, std::optional<std::string_view> next);
  void CheckComplete(size_t num_arguments) const;
  // Headings in the order in which they came.
  std::vector<std::string_view> Groups() const;
  std::string Usage() const;

  std::string_view command_, purpose_;
  std::vector<Argument> arguments_;
  std::vector<OptionField> fields_;
  std::vector<std::string_view> required_;
  std::vector<MaybeFile> maybe_files_;
  std::string config_path_;
  std::vector<std::string> given_;
  std::vector<std::string> defaults_;  // texts of the fields before Parse
};

// A table of docs/options.md. Options are written as flags, or as words behind
// the neurons of a hidden layer.
enum class Written { kAsFlags, kAsWords };
std::string OptionTable(std::span<const OptionField> fields,
                        Written written = Written::kAsFlags);

}  // namespace slide::cli
