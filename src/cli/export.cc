// `slide export`: a network's weights alone, small, for those who only ask it.
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/model_saver.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/export.h"
#include "slide/network.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

class ExportCommand final : public Command {
 public:
  ExportCommand()
      : Command("export",
                "Write a network without training state, or for NumPy") {
    line_.AddArgument("MODEL", model_path_, "Network that train saved");
    line_.AddArgument("OUT", out_path_,
                      "The exported network, which predict, evaluate and info "
                      "take as any other; NAME.npz: arrays for NumPy");
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(export_));
  }

  ExitCode Run() override;
  const char* MemoryAdvice() const noexcept override {
    return "--weights int8 needs the least";
  }

 private:
  // Returns a line about a file whose place OUT will take; empty: none is.
  // Throws: OptionsError for one of another kind.
  std::string CheckPlace(ExportFormat format) const;

  ExportOptions export_;
  std::string model_path_, out_path_;
};

std::string ExportCommand::CheckPlace(ExportFormat format) const {
  if (format == ExportFormat::kModel) {
    return ModelSaver(out_path_).CheckPlace("OUT");
  }
  if (!IsReplaced(out_path_)) return "";
  std::ifstream file(out_path_, std::ios::binary);
  char head[2] = {};
  if (!file || !file.read(head, sizeof head)) return "";  // not there, or empty
  if (std::string_view(head, sizeof head) != "PK") {
    throw OptionsError(
        fmt::format("OUT: got {}, which is there and no archive, expected an "
                    "archive, whose place the new one takes, or a file that is "
                    "not there",
                    out_path_));
  }
  return fmt::format("slide: {}: the archive that is there will be replaced\n",
                     out_path_);
}

ExitCode ExportCommand::Run() {
  RefuseSameFile({{"MODEL", model_path_}}, {{"OUT", out_path_, true}});
  const ExportFormat format = FormatFor(out_path_, export_);
  if (format == ExportFormat::kNpz && line_.WasGiven("weights")) {
    throw OptionsError(
        "--weights: does nothing with arrays for NumPy, which are fp32");
  }
  if (out_path_ == "-" && (!quiet_ || json_)) {
    throw OptionsError(
        "OUT: got '-', the standard output, to which the summary goes; "
        "expected --quiet with it, and no --json");
  }
  const std::string replaced = CheckPlace(format);
  ModelSaver(out_path_).CheckRoom(0);

  // Damage must not get right sums.
  const Network network = OpenModel(model_path_, true);
  Put(stderr, replaced);
  const uint64_t num_bytes = Export(network, out_path_, export_);

  const std::string_view weights =
      Name(format == ExportFormat::kNpz ? Precision::kFp32 : export_.weights);
  PutSummary("export",
             {{"path", out_path_},
              {"format", Name(format)},
              {"weights", weights},
              {"bytes", num_bytes},
              {"peak_rss_bytes", PeakMemoryBytes()}},
             fmt::format("{}: {} weights, {}\n", out_path_, weights,
                         FormatBytes(num_bytes)));
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeExport() {
  return std::make_unique<ExportCommand>();
}

}  // namespace slide::cli
