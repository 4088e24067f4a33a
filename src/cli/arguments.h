// Options of the command line that write straight into the library's option
// structs: the default shown in --help is the struct's, the type is checked
// here, and the range is checked by the struct's own Validate(), so that no
// range or default is written down twice.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slide/dataset.h"
#include "slide/error.h"
#include "slide/options.h"

namespace slide::cli {

// Each reads all of `text` into value. Throws: OptionsError with the text met
// and the kind of value allowed.
void ParseValue(const std::string& text, int& value);
void ParseValue(const std::string& text, uint32_t& value);
void ParseValue(const std::string& text, uint64_t& value);
void ParseValue(const std::string& text, double& value);            // finite
void ParseValue(const std::string& text, std::vector<int>& value);  // "1,3,5"
// Numbers with commas between them; "auto" for none.
void ParseValue(const std::string& text, std::vector<double>& value);
// Layers with commas between them, each N[:relu|tanh|linear][:active=M]
// [:candidates=C][:simhash|wta|dwta|minhash][:hashes=K][:tables=L], the words
// behind N in any order.
void ParseValue(const std::string& text, std::vector<HiddenLayer>& value);
// "auto" unsets it.
template <typename T>
void ParseValue(const std::string& text, std::optional<T>& value) {
  if (text == "auto") {
    value.reset();
  } else {
    ParseValue(text, value.emplace());
  }
}

// As ParseValue reads it; "auto" for an unset value.
std::string FormatValue(int value);
std::string FormatValue(uint32_t value);
std::string FormatValue(uint64_t value);
std::string FormatValue(double value);
std::string FormatValue(const std::vector<int>& value);
std::string FormatValue(const std::vector<double>& value);
std::string FormatValue(const std::vector<HiddenLayer>& value);
template <typename T>
std::string FormatValue(const std::optional<T>& value) {
  return value ? FormatValue(*value) : "auto";
}

// Adds option `name` to command: sets `field` from its text, then calls
// check(), which throws OptionsError for a value out of range. The error the
// user sees starts with the option's name.
template <typename T, typename Check>
CLI::Option* AddOption(CLI::App& command, const std::string& name, T& field,
                       Check check, const std::string& help) {
  const auto set = [name, &field, check](const std::string& text) {
    try {
      ParseValue(text, field);
      check();
    } catch (const OptionsError& error) {
      throw CLI::ValidationError(name, error.what());
    }
  };
  return command.add_option_function<std::string>(name, set, help)
      ->default_str(FormatValue(field))
      ->type_name("");
}

template <typename T>
struct Choice {
  const char* word;
  T value;
};

// Adds an option whose value is one of a few words; the default is what `field`
// holds.
template <typename T>
CLI::Option* AddChoice(CLI::App& command, const std::string& name, T& field,
                       const std::vector<Choice<T>>& choices,
                       const std::string& help) {
  std::string words, default_word;
  for (const Choice<T>& choice : choices) {
    words += (words.empty() ? "" : "|") + std::string(choice.word);
    if (choice.value == field) default_word = choice.word;
  }
  const auto set = [name, &field, choices, words](const std::string& text) {
    for (const Choice<T>& choice : choices) {
      if (text == choice.word) {
        field = choice.value;
        return;
      }
    }
    throw CLI::ValidationError(name, "met '" + text + "'; allowed is " + words);
  };
  return command.add_option_function<std::string>(name, set, help)
      ->default_str(default_word)
      ->type_name(words);
}

// A switch that is off unless given; it takes no value.
CLI::Option* AddFlag(CLI::App& command, const std::string& name, bool& field,
                     const std::string& help);

// --threads, --no-normalize and what text is like: the same in every command
// that reads data.
void AddReadOptions(CLI::App& command, ReadOptions& options,
                    bool& no_normalize);

// A file an option names; an empty path stands for one not given.
struct NamedFile {
  std::string option;
  std::string path;
};

// Throws: OptionsError when an output is the same file as an input or another
// output: writing it would destroy what the user means to keep; also when two
// inputs are the standard input, "-".
void RefuseSameFile(const std::vector<NamedFile>& inputs,
                    const std::vector<NamedFile>& outputs);

}  // namespace slide::cli
