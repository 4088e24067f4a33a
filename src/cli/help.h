// `slide --help` and `slide help`: the commands, one command's options, and the
// pages of the documentation that are made from them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/commands.h"

namespace slide::cli {

using Commands = std::span<const std::unique_ptr<Command>>;

// The command of this name. Throws: OptionsError if there is none.
Command& FindCommand(Commands commands, std::string_view name);

std::string Overview(Commands commands);

// Returns the output of `slide help WORD...`: the overview; the help of a
// command; or with
// --options-page or --json-page a page of docs/. Throws: OptionsError.
std::string HelpOf(Commands commands, std::span<const char* const> words);

}  // namespace slide::cli
