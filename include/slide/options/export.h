// How a network is exported (slide/export.h).
#pragma once

#include <optional>

#include "slide/options/name.h"
#include "slide/options/weights.h"

namespace slide {

enum class ExportFormat {
  kModel,  // a model file, which Network::Open and Load take
  kNpz,    // an archive of NumPy arrays
};

struct ExportOptions {
  // Unset: kNpz if the file's name ends in .npz, else kModel.
  std::optional<ExportFormat> format = {};
  // How a model file stores weights. int8 takes the least room, and changes
  // P@k by less than a tenth of a point where it was measured
  // (docs/command_line.md).
  Precision weights = Precision::kInt8;

  // Throws: OptionsError "NAME: got ..., expected ..." for the first bad value.
  void Validate() const;
};

}  // namespace slide
