#include "cli/metrics_log.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/json_keys.h"
#include "slide/error.h"

namespace slide::cli {
namespace {

// The first lines of a file that are those of these epochs.
std::string LinesOf(const std::string& path, int num_epochs) {
  std::string lines;
  if (num_epochs == 0 || !IsReplaced(path)) return lines;
  std::ifstream file(path);
  std::string line;
  for (int epoch = 1; epoch <= num_epochs && std::getline(file, line);
       ++epoch) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("epochs", Json()) != epoch) break;
    lines += line + "\n";
  }
  return lines;
}

}  // namespace

MetricsLog::MetricsLog(const std::string& path, int num_epochs) {
  if (path.empty()) return;
  const std::string kept = LinesOf(path, num_epochs);
  file_.emplace(path, OutputFile::Placement::kInPlace);
  file_->Write(kept);
}

void MetricsLog::Write(const Json& json) {
  if (!file_ || !failure_.empty()) return;
  try {
    file_->Write(JsonLine("metrics", json));
  } catch (const Error& error) {
    failure_ = error.what();
  }
}

}  // namespace slide::cli
