// A calibration for people and as JSON: calibrate and info.
#pragma once

#include <string>

#include "cli/summary.h"
#include "slide/probability.h"

namespace slide::cli {

// Rows "NAME value"; those of thresholds where there are any.
std::string FormatCalibration(const Calibration& calibration);
Json CalibrationJson(const Calibration& calibration);

}  // namespace slide::cli
