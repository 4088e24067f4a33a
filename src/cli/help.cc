#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/json_keys.h"
#include "slide/error.h"
#include "slide/option_fields.h"
#include "slide/options/network.h"

namespace slide::cli {
namespace {

// docs/options.md.
std::string OptionsPage(Commands commands) {
  std::string page =
      "# Options\n\n"
      "`slide COMMAND --help` shows the common options of a command, "
      "`--help-all` all of them. They are written in full, each once: "
      "`--epochs 10` or `--epochs=10`. Where `auto` is the default, the word "
      "says the same as leaving the option out. An option that would do "
      "nothing beside the others is refused, such as `--momentum` without "
      "`--optimizer sgd`. [command_line.md](command_line.md) says which of "
      "them matter.\n\n"
      "In a program the options are members of structs (`slide/options.h` and "
      "the headers of what takes them); `slide/option_fields.h` has the tables "
      "from which `slide help --options-page` prints this page.\n";
  for (const auto& command : commands) {
    page += fmt::format("\n{}", command->line().Page());
  }
  HiddenLayer layer;
  std::vector<OptionField> words = Fields(layer);
  std::erase_if(words,
                [](const OptionField& word) { return word.flag.empty(); });
  return page +
         "\n## Words of a hidden layer\n\n"
         "`--hidden` takes layers with commas between them, from the input on: "
         "the number of neurons of each, and behind it any of these words with "
         "colons between them, as in `256:tanh,20000:active=500:simhash`. "
         "Of options that are words only the word is written.\n\n" +
         OptionTable(words, Written::kAsWords);
}

}  // namespace

Command& FindCommand(Commands commands, std::string_view name) {
  std::string names;
  for (const auto& command : commands) {
    if (command->line().command() == name) return *command;
    names += fmt::format("{}{}", names.empty() ? "" : ", ",
                         command->line().command());
  }
  throw OptionsError(
      fmt::format("got the command '{}', expected one of {}", name, names));
}

std::string Overview(Commands commands) {
  std::string text =
      "Extreme multi-label classification on CPUs: trains networks whose wide\n"
      "output layer is searched through hash tables.\n\n"
      "  slide COMMAND [word...] [option...]\n\n";
  for (const auto& command : commands) {
    text += fmt::format("  {:<11}{}\n", command->line().command(),
                        command->line().purpose());
  }
  return text +
         "\n"
         "slide COMMAND --help lists the common options of a command,\n"
         "slide COMMAND --help-all all of them; slide --version says which it "
         "is.\n";
}

std::string HelpOf(Commands commands, std::span<const char* const> words) {
  if (words.empty()) return Overview(commands);
  const std::string_view word = words.front();
  if (words.size() > 1) {
    throw OptionsError(
        fmt::format("got '{}', expected nothing behind 'slide "
                    "help {}'",
                    words[1], word));
  }
  if (word == "--options-page") return OptionsPage(commands);
  if (word == "--json-page") return JsonPage();
  return FindCommand(commands, word).line().Help(/*all=*/false);
}

}  // namespace slide::cli
