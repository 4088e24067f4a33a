#include "cli/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/embedded.h"
#include "slide/error.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

// Puts text into the place of {{NAME}}, which must be there.
void Fill(std::string_view name, std::string_view text, std::string& page) {
  const std::string mark = fmt::format("{{{{{}}}}}", name);
  page.replace(page.find(mark), mark.size(), text);
}

// JSON that a script element may hold: no end of one is in it.
std::string Embedded(const Json& data) {
  return Replaced(data.dump(-1, ' ', false, Json::error_handler_t::replace),
                  '<', "\\u003c");
}

std::string Escaped(std::string_view text) {
  return Replaced(Replaced(text, '&', "&amp;"), '<', "&lt;");
}

}  // namespace

void CheckReport(const std::string& path, bool prints) {
  if (path.empty()) return;
  if (path == "-" && prints) {
    throw OptionsError(
        "--report: got '-', the standard output, to which the results go; "
        "expected --quiet with it, and no --json");
  }
  // The library of the charts, and room for the numbers of some methods.
  CheckWritable(path, ChartLibrary().size() + (size_t{1} << 16));
}

std::string FormatReport(const Json& data) {
  std::string page(ReportPage());
  // From the end to the beginning: what is filled in is not looked through.
  Fill("CHARTS", ChartLibrary(), page);
  Fill("DATA", Embedded(data), page);
  Fill("TITLE", Escaped(data.value("title", std::string())), page);
  return page;
}

void WriteReport(const std::string& path, const Json& data) {
  if (path.empty()) return;
  OutputFile file(path);
  file.Write(FormatReport(data));
  file.Commit();
}

void ProgressCurve::Add(const Progress& progress) {
  if (progress.evaluated_share || progress.samples_per_second == 0.0) return;
  if (num_looks_++ % every_ != 0) return;
  const double epochs = progress.epoch - 1 +
                        static_cast<double>(progress.epoch_samples_done) /
                            static_cast<double>(progress.epoch_samples);
  points_.push_back(
      {.epochs = epochs,
       .train_seconds = epochs * static_cast<double>(progress.epoch_samples) /
                        progress.samples_per_second,
       .loss = progress.loss,
       .learning_rate = progress.learning_rate,
       .active_mean = progress.active_mean});
  if (points_.size() < kMaxPoints) return;
  for (size_t i = 0; 2 * i < points_.size(); ++i) points_[i] = points_[2 * i];
  points_.resize(points_.size() / 2);
  every_ *= 2;
}

Json ProgressCurve::ToJson() const {
  Json list = Json::array();
  for (const Point& point : points_) {
    list.push_back({{"epochs", point.epochs},
                    {"train_seconds", point.train_seconds},
                    {"loss", point.loss},
                    {"learning_rate", point.learning_rate},
                    {"active_mean", point.active_mean}});
  }
  return list;
}

}  // namespace slide::cli
