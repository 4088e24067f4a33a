// MetricsLog: the file of `slide train --metrics`, a line an epoch. A full disk
// must not cost hours of training, so a failure is kept.
#pragma once

#include <optional>
#include <string>

#include "cli/summary.h"
#include "slide/output_file.h"

namespace slide::cli {

class MetricsLog {
 public:
  // path: empty for none. num_epochs: whose lines stay, if they are there, of a
  // run that goes on. Throws: Error when the file cannot be opened.
  explicit MetricsLog(const std::string& path, int num_epochs = 0);

  void Write(const Json& json);

  // Says why a line could not be written; empty: all were.
  const std::string& failure() const noexcept { return failure_; }

 private:
  std::optional<OutputFile> file_;
  std::string failure_;
};

}  // namespace slide::cli
