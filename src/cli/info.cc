// `slide info`: this machine and build, what a saved network is made of, or
// what a data set holds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/checkpoint_info.h"
#include "cli/commands.h"
#include "cli/data_info.h"
#include "cli/json_keys.h"
#include "cli/machine_info.h"
#include "cli/model_info.h"
#include "cli/near_labels.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/checkpoint.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/network.h"

namespace slide::cli {
namespace {

// Whether a file is data and not a network or a checkpoint. What cannot be read
// counts as a network: that command says why.
bool IsData(const std::string& path) {
  std::error_code ignored;
  return path == "-" || std::filesystem::is_fifo(path, ignored) ||
         (std::filesystem::is_regular_file(path, ignored) &&
          !IsModelFile(path) && !IsCheckpointFile(path));
}

class InfoCommand final : public Command {
 public:
  InfoCommand()
      : Command(
            "info",
            "Describe this machine and build, a saved network, a checkpoint, "
            "or data") {
    // An empty path is a file that does not exist, and not the machine.
    line_.AddArgument(
        "FILE", path_,
        "Network or checkpoint that train saved, or data; without "
        "it: the machine");
    line_.AddFile("data", data_path_,
                  "Of a network: measure how well its hash tables find the "
                  "best labels of this data");
    line_.AddText("near", near_, "LABEL",
                  "Of a network: the labels whose vectors, rows of the output "
                  "layer, have the largest cosine with that of this label, by "
                  "name or number");
    line_.AddNumber("k", num_near_, 1, "So many of these labels").only_with = {
        "near"};
    line_.AddFile("against", options_.against_path,
                  "Of data: count the samples of this file that it has too");
    line_.AddFile("labels", options_.labels_path,
                  "Of data: names of its labels, a line each, packed or not");
    line_.AddFile("features", options_.features_path,
                  "Of data: names of its features, a line each, packed or not; "
                  "or the vocabulary of vectorize");
    line_.AddSwitch("json", json_, "Print one JSON object instead of text");
    for (std::vector<OptionField> fields :
         {Fields(options_.network), Fields(options_.sparse_part)}) {
      for (OptionField& field : fields) {
        if (std::ranges::find(kOfMemory, field.flag) == kOfMemory.end()) {
          continue;
        }
        field.group = "Of data: the network whose memory is told";
        field.is_common = false;
        line_.Add({field});
      }
    }
    line_.Add(Fields(options_.read));
    options_.read.on_remark = PutRemark;
  }

  ExitCode Run() override;

 private:
  // The options that decide the memory of a network.
  static constexpr std::array<std::string_view, 8> kOfMemory = {
      "hidden",         "precision",          "optimizer",
      "sparse-part",    "sparse-min-samples", "sparse-max-share",
      "sparse-entries", "sparse-memory"};

  // Throws: OptionsError for a given option that is not among `allowed`, and
  // does nothing with what is described.
  void AllowOptions(std::vector<std::string_view> allowed,
                    const char* described) const;
  void DescribeMachine();
  void DescribeModel();
  void DescribeCheckpoint();
  void DescribeData();

  std::optional<std::string> path_;  // unset: about the machine
  DataInfoOptions options_;
  std::string data_path_, near_;
  uint64_t num_near_ = 10;
};

void InfoCommand::AllowOptions(std::vector<std::string_view> allowed,
                               const char* described) const {
  allowed.emplace_back("json");
  for (const std::string& flag : line_.given()) {
    if (std::ranges::find(allowed, flag) == allowed.end()) {
      throw OptionsError(
          fmt::format("--{}: does nothing with {}", flag, described));
    }
  }
}

void InfoCommand::DescribeMachine() {
  AllowOptions({}, "the machine; a FILE is missing, to which it belongs");
  const Json machine = MachineJson();
  PutSummary("info", machine, FormatMachine(machine));
}

void InfoCommand::DescribeModel() {
  if (line_.WasGiven("near")) {
    AllowOptions({"near", "k", "verify"}, "--near");
    return PutNearLabels(OpenModel(*path_, options_.read.verify), near_,
                         num_near_, json_);
  }
  if (data_path_.empty()) {
    AllowOptions({"data", "threads", "verify"}, "a network without --data");
  }
  AllowOptions({"data", "threads", "no-normalize", "format", "first-feature",
                "first-label", "num-features", "num-labels", "verify"},
               "a network");
  const ModelInfo model = ReadModelInfo(*path_, data_path_, options_.read);
  // Each reads the card's vocabulary, which may be large.
  if (json_) return PutJson(stdout, "info MODEL", ModelJson(model));
  Put(stdout, FormatModel(model));
}

void InfoCommand::DescribeCheckpoint() {
  AllowOptions({}, "a checkpoint");
  const CheckpointInfo checkpoint = ReadCheckpointInfo(*path_);
  PutSummary("info CHECKPOINT", CheckpointJson(checkpoint),
             FormatCheckpoint(*path_, checkpoint));
}

void InfoCommand::DescribeData() {
  std::vector<std::string_view> allowed = {
      "verify",      "against",      "labels",    "features",
      "threads",     "no-normalize", "format",    "first-feature",
      "first-label", "num-features", "num-labels"};
  allowed.insert(allowed.end(), kOfMemory.begin(), kOfMemory.end());
  AllowOptions(std::move(allowed), "data");
  RefuseSameFile({{"FILE", *path_},
                  {"--against", options_.against_path},
                  {"--labels", options_.labels_path},
                  {"--features", options_.features_path}},
                 {});
  const DataInfo info = ReadDataInfo(*path_, options_);
  PutSummary("info DATA", DataInfoJson(info), FormatDataInfo(info));
}

ExitCode InfoCommand::Run() {
  if (!path_) {
    DescribeMachine();
  } else if (IsData(*path_)) {
    DescribeData();
  } else if (IsCheckpointFile(*path_)) {
    DescribeCheckpoint();
  } else {
    DescribeModel();
  }
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeInfo() { return std::make_unique<InfoCommand>(); }

}  // namespace slide::cli
