#include "cli/calibration_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace slide::cli {

std::string FormatCalibration(const Calibration& calibration) {
  std::string text = fmt::format(
      "{:<21} {}, temperature {:.4f}, offset {:.4f}, fitted to {} samples\n",
      "probabilities", Name(calibration.form), calibration.temperature,
      calibration.offset, FormatCount(calibration.num_samples));
  if (calibration.threshold) {
    text += fmt::format("{:<21} {:.4f}\n", "threshold", *calibration.threshold);
  }
  if (!calibration.label_thresholds.empty()) {
    const auto [least, most] =
        std::ranges::minmax(calibration.label_thresholds);
    text += fmt::format("{:<21} {:.4f} to {:.4f}\n", "labels' thresholds",
                        least, most);
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
