// `slide info`: this machine and build, or what a saved network is made of.
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/machine_info.h"
#include "cli/model_info.h"
#include "cli/summary.h"
#include "slide/error.h"

namespace slide::cli {

InfoCommand::InfoCommand(CLI::App& parent)
    : Command(parent, "info",
              "Describe this machine and build, or a saved network") {
  // An empty path is a file that does not exist, and not the machine.
  app_.add_option_function<std::string>(
          "MODEL", [this](const std::string& path) { model_path_ = path; },
          "Network that train saved; without it: the machine")
      ->type_name("");
  app_.add_option("--data", data_path_,
                  "Of a MODEL: measure how well its hash tables find the\n"
                  "best labels of this data")
      ->type_name("FILE");
  AddReadOptions(app_, read_, no_normalize_);
  AddFlag(app_, "--json", json_, "Print one JSON object instead of text");
}

ExitCode InfoCommand::Run() {
  if (model_path_) {
    if (no_normalize_ && data_path_.empty()) {
      throw OptionsError("--no-normalize: allowed with --data");
    }
    read_.normalize = !no_normalize_;
    const ModelInfo model = ReadModelInfo(*model_path_, data_path_, read_);
    Put(stdout, json_ ? ModelJson(model).dump() + "\n" : FormatModel(model));
  } else {
    for (const char* option :
         {"--data", "--threads", "--no-normalize", "--format",
          "--first-feature", "--first-label"}) {
      if (app_.count(option) == 0) continue;
      throw OptionsError(std::string(option) +
                         ": a MODEL is missing, to which it belongs");
    }
    const MachineInfo machine = ReadMachineInfo();
    Put(stdout,
        json_ ? MachineJson(machine).dump() + "\n" : FormatMachine(machine));
  }
  return kSuccess;
}

}  // namespace slide::cli
