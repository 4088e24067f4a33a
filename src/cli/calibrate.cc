// `slide calibrate`: makes a saved network's probabilities reliable, and finds
// the thresholds from which on its labels are meant.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/calibration_info.h"
#include "cli/commands.h"
#include "cli/json_keys.h"
#include "cli/known_data.h"
#include "cli/model_saver.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/calibration.h"
#include "slide/cpu.h"
#include "slide/error.h"
#include "slide/model_data.h"
#include "slide/network.h"
#include "slide/option_fields.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

class CalibrateCommand final : public Command {
 public:
  CalibrateCommand()
      : Command("calibrate",
                "Make a network's probabilities reliable; fit thresholds") {
    line_.AddArgument("MODEL", model_path_,
                      "Network that train saved, which gets the calibration");
    line_.AddArgument("DATA", data_path_,
                      "Samples with labels that it was not trained on; of a "
                      "network that was trained on text, documents too");
    line_.AddFile("output", output_path_,
                  "Write the network here and leave MODEL as it is");
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(calibrate_));
    line_.Add(Fields(read_));
    known_.AddTo(line_);
    read_.on_remark = PutRemark;
  }

  ExitCode Run() override;

 private:
  void Report(const CalibrationReport& report, const std::string& path,
              double seconds) const;

  CalibrateOptions calibrate_;
  ReadOptions read_;
  KnownData known_;
  std::string model_path_, data_path_, output_path_;
  bool quiet_ = false;
  bool json_ = false;
};

ExitCode CalibrateCommand::Run() {
  const std::string& path = output_path_.empty() ? model_path_ : output_path_;
  RefuseSameFile({{"DATA", data_path_}},
                 {{output_path_.empty() ? "MODEL" : "--output", path, true}});
  // Damage must not get right sums.
  Network network = OpenModel(model_path_, true);
  ModelSaver saver(path);
  if (!output_path_.empty()) Put(stderr, saver.CheckPlace("--output"));
  saver.CheckRoom(0);

  const ModelCard& card = network.card();
  const auto [read, data_card, text] = ReadToEvaluate(data_path_, card, read_);
  if (text) known_.Check(data_path_, *text);
  const Dataset data =
      known_.Keep(data_path_, read,
                  {.num_features = network.options().num_features,
                   .normalized = card.normalized.value_or(read_.normalize),
                   .num_labels = network.options().num_labels},
                  read_);
  if (NumUnlabelled(data) == data.size()) {
    throw DataError(fmt::format(
        "{}: got no sample with a label, expected one or more to calibrate on",
        data_path_));
  }
  const Clock::time_point start = Clock::now();
  const CalibrationReport report = Calibrate(network, data, calibrate_);
  data.ThrowIfDamaged();
  network.SetCalibration(report.calibration);
  network.Save(path);
  if (json_ || !quiet_) Report(report, path, SecondsSince(start));
  return kSuccess;
}

void CalibrateCommand::Report(const CalibrationReport& report,
                              const std::string& path, double seconds) const {
  if (json_) {
    Json json = CalibrationJson(report.calibration);
    json["path"] = path;
    json["own_thresholds"] = report.num_own;
    if (report.calibration.threshold) json["micro_f1"] = report.micro_f1;
    json["before"] = {{"loss", report.before.loss},
                      {"error", report.before.error}};
    json["after"] = {{"loss", report.after.loss},
                     {"error", report.after.error}};
    json["seconds"] = seconds;
    json["peak_rss_bytes"] = PeakMemoryBytes();
    json["threads"] = NumThreads(calibrate_.num_threads);
    json["seed"] = calibrate_.seed;
    PutJson(stdout, "calibrate", json);
    return;
  }
  std::string text = FormatCalibration(report.calibration);
  if (report.calibration.threshold) {
    text += fmt::format("{:<21} {:.4f} with the one threshold\n", "micro F1",
                        report.micro_f1);
  }
  if (calibrate_.thresholds == ThresholdKind::kLabel) {
    text += fmt::format("{:<21} {} labels; the others have the one for all\n",
                        "thresholds of", FormatCount(report.num_own));
  }
  text += fmt::format("\n{:<21}{:>10}{:>10}\n", "", "before", "after");
  text += fmt::format("{:<21}{:>10.4f}{:>10.4f}\n", "loss", report.before.loss,
                      report.after.loss);
  text += fmt::format("{:<21}{:>10.4f}{:>10.4f}\n", "calibration error",
                      report.before.error, report.after.error);
  Put(stdout, fmt::format("{}\n{}: written\n", text, path));
}

}  // namespace

std::unique_ptr<Command> MakeCalibrate() {
  return std::make_unique<CalibrateCommand>();
}

}  // namespace slide::cli
