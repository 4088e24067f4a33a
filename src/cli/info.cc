// `slide info`: this machine and build, what a saved network is made of, or
// what a data set holds.
#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/data_info.h"
#include "cli/machine_info.h"
#include "cli/model_info.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/network.h"

namespace slide::cli {
namespace {

// Whether a file is data and not a network. What cannot be read counts as a
// network: that command says why.
bool IsData(const std::string& path) {
  std::error_code ignored;
  return path == "-" || std::filesystem::is_fifo(path, ignored) ||
         (std::filesystem::is_regular_file(path, ignored) &&
          !IsModelFile(path));
}

// Names are bytes of any kind: what is not UTF-8 becomes U+FFFD.
std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

InfoCommand::InfoCommand(CLI::App& parent)
    : Command(parent, "info",
              "Describe this machine and build, a saved network, or data") {
  network_.num_features = 1;  // known once the data is read
  network_.num_labels = 1;
  const auto check = [this] { network_.Validate(); };
  // An empty path is a file that does not exist, and not the machine.
  app_.add_option_function<std::string>(
          "FILE", [this](const std::string& path) { path_ = path; },
          "Network that train saved, or data; without it: the machine")
      ->type_name("");
  app_.add_option("--data", data_path_,
                  "Of a network: measure how well its hash tables find the\n"
                  "best labels of this data")
      ->type_name("FILE");
  AddFlag(app_, "--verify", verify_,
          "Of a cache: check the sums of all that is in it, and every rule");
  app_.add_option("--against", against_path_,
                  "Of data: count the points of this file that it has too")
      ->type_name("TEST");
  app_.add_option("--labels", labels_path_,
                  "Of data: names of its labels, a line each, packed or not")
      ->type_name("FILE");
  app_.add_option("--features", features_path_,
                  "Of data: names of its features, a line each, packed or\n"
                  "not; or the vocabulary of vectorize")
      ->type_name("FILE");
  AddOption(app_, "--hidden", network_.hidden, check,
            "Of data: hidden layers of the network whose memory is told");
  AddChoice<Precision>(app_, "--precision", network_.precision,
                       {{"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}},
                       "Of data: the precision of its weights");
  AddChoice<Optimizer>(app_, "--optimizer", network_.optimizer,
                       {{"row-adagrad", Optimizer::kRowAdagrad},
                        {"adam", Optimizer::kAdam},
                        {"adagrad", Optimizer::kAdagrad},
                        {"sgd", Optimizer::kSgd}},
                       "Of data: its optimiser");
  AddReadOptions(app_, read_, no_normalize_);
  AddFlag(app_, "--json", json_, "Print one JSON object instead of text");
}

void InfoCommand::AllowOptions(const std::vector<std::string>& allowed,
                               const char* described) const {
  for (const CLI::Option* option : app_.parse_order()) {
    const std::string name = option->get_name();
    if (!name.starts_with("--") || name == "--json" ||
        std::find(allowed.begin(), allowed.end(), name) != allowed.end()) {
      continue;
    }
    throw OptionsError(name + ": does nothing with " + described);
  }
}

void InfoCommand::DescribeMachine() {
  AllowOptions({}, "the machine; a FILE is missing, to which it belongs");
  const MachineInfo machine = ReadMachineInfo();
  Put(stdout,
      json_ ? MachineJson(machine).dump() + "\n" : FormatMachine(machine));
}

void InfoCommand::DescribeModel() {
  if (data_path_.empty()) {
    AllowOptions({"--data", "--threads"}, "a network without --data");
  }
  AllowOptions({"--data", "--threads", "--no-normalize", "--format",
                "--first-feature", "--first-label"},
               "a network");
  const ModelInfo model = ReadModelInfo(*path_, data_path_, read_);
  Put(stdout, json_ ? ModelJson(model).dump() + "\n" : FormatModel(model));
}

void InfoCommand::DescribeData() {
  AllowOptions({"--verify", "--against", "--labels", "--features", "--hidden",
                "--precision", "--optimizer", "--threads", "--no-normalize",
                "--format", "--first-feature", "--first-label"},
               "data");
  RefuseSameFile({{"FILE", *path_},
                  {"--against", against_path_},
                  {"--labels", labels_path_},
                  {"--features", features_path_}},
                 {});
  const DataInfo info = ReadDataInfo(*path_, {.read = read_,
                                              .verify = verify_,
                                              .against_path = against_path_,
                                              .labels_path = labels_path_,
                                              .features_path = features_path_,
                                              .network = network_});
  Put(stdout, json_ ? DumpJson(DataInfoJson(info)) : FormatDataInfo(info));
}

ExitCode InfoCommand::Run() {
  read_.normalize = !no_normalize_;
  if (!path_) {
    DescribeMachine();
  } else if (IsData(*path_)) {
    DescribeData();
  } else {
    DescribeModel();
  }
  return kSuccess;
}

}  // namespace slide::cli
