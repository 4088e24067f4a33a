// `slide calibrate`: makes a saved network's probabilities reliable, and finds
// the thresholds from which on its labels are meant.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/calibration_info.h"
#include "cli/commands.h"
#include "cli/known_data.h"
#include "cli/model_saver.h"
#include "cli/open_model.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/calibration.h"
#include "slide/cpu.h"
#include "slide/error.h"
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

  const Dataset data =
      known_.Read(data_path_, network.card(), network.options(), read_).data;
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
  Report(report, path, SecondsSince(start));
  return kSuccess;
}

void CalibrateCommand::Report(const CalibrationReport& report,
                              const std::string& path, double seconds) const {
  Json json = CalibrationJson(report.calibration);
  json["path"] = path;
  json["own_thresholds"] = report.num_own;
  if (report.calibration.threshold) json["micro_f1"] = report.micro_f1;
  json["before"] = {{"loss", report.before.loss},
                    {"error", report.before.error}};
  json["after"] = {{"loss", report.after.loss}, {"error", report.after.error}};
  json["seconds"] = seconds;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  json["threads"] = NumThreads(calibrate_.num_threads);
  json["seed"] = calibrate_.seed;
  std::string text = FormatCalibration(report.calibration);
  if (report.calibration.threshold) {
    text += Row("micro F1",
                fmt::format("{:.4f} with the one threshold", report.micro_f1),
                kModelRow);
  }
  if (calibrate_.thresholds == ThresholdKind::kLabel) {
    text += Row("thresholds of",
                fmt::format("{} labels; the others have the one for all",
                            FormatCount(report.num_own)),
                kModelRow);
  }
  text += fmt::format("\n{:<21}{:>10}{:>10}\n", "", "before", "after");
  text += fmt::format("{:<21}{:>10.4f}{:>10.4f}\n", "loss", report.before.loss,
                      report.after.loss);
  text += fmt::format("{:<21}{:>10.4f}{:>10.4f}\n", "calibration error",
                      report.before.error, report.after.error);
  PutSummary("calibrate", json, fmt::format("{}\n{}: written\n", text, path));
}

}  // namespace

std::unique_ptr<Command> MakeCalibrate() {
  return std::make_unique<CalibrateCommand>();
}

}  // namespace slide::cli
