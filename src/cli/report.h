// Reports: one HTML file with charts and tables of a training or a comparison,
// which needs nothing else, no network either. Its numbers are JSON inside of
// it; src/cli/report.html draws them with Chart.js.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/trainer.h"

namespace slide::cli {

// Does nothing without a path. prints: the command prints a summary or JSON.
// Throws: Error unless a report can be written there; OptionsError for the
// standard output beside what is printed.
void CheckReport(const std::string& path, bool prints);

// The page with these data: an object with `kind`, "training" or "comparison",
// `title`, `command`, `options`, `machine`, and, of a training, `epochs` (the
// lines of --metrics), `progress` (ProgressCurve) and `result` (the
// object of --json), of a comparison the keys of its --json.
std::string FormatReport(const Json& data);
// Does nothing without a path. Throws: Error when it cannot be written.
void WriteReport(const std::string& path, const Json& data);

// The course of a training between the ends of epochs, for its charts.
class ProgressCurve {
 public:
  void Add(const Progress& progress);
  Json ToJson() const;

 private:
  struct Point {
    double epochs;
    double train_seconds;
    double loss;
    double learning_rate;
    double active_mean;
  };
  // At most; of more, every second one is left out, and so on.
  static constexpr size_t kMaxPoints = 400;

  std::vector<Point> points_;
  size_t num_looks_ = 0;
  size_t every_ = 1;  // of the looks is kept
};

}  // namespace slide::cli
