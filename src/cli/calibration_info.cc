#include "cli/calibration_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace slide::cli {

std::string FormatCalibration(const Calibration& calibration) {
  std::string text = Row(
      "probabilities",
      fmt::format("{}, temperature {:.4f}, offset {:.4f}, fitted to {} samples",
                  Name(calibration.form), calibration.temperature,
                  calibration.offset, FormatCount(calibration.num_samples)),
      kModelRow);
  if (calibration.threshold) {
    text += Row("threshold", fmt::format("{:.4f}", *calibration.threshold),
                kModelRow);
  }
  if (!calibration.label_thresholds.empty()) {
    const auto [least, most] =
        std::ranges::minmax(calibration.label_thresholds);
    text += Row("labels' thresholds",
                fmt::format("{:.4f} to {:.4f}", least, most), kModelRow);
  }
  return text;
}

Json CalibrationJson(const Calibration& calibration) {
  Json json = {{"form", Name(calibration.form)},
               {"temperature", calibration.temperature},
               {"offset", calibration.offset},
               {"samples", calibration.num_samples}};
  if (calibration.threshold) json["threshold"] = *calibration.threshold;
  json["label_thresholds"] = calibration.label_thresholds.size();
  return json;
}

}  // namespace slide::cli
