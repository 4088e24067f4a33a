#include "nn/calibration_io.h"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "options/words.h"
#include "slide/error.h"
#include "util/at_place.h"
#include "util/header_object.h"

namespace slide::nn {
namespace {

using util::HeaderObject;
using util::Json;

constexpr char kLoss[] = "loss";
constexpr char kCalibration[] = "calibration";
constexpr char kThresholds[] = "output.thresholds";  // a section

// Beyond it, and its inverse, floats of probabilities say nothing any more.
constexpr double kMaxTemperature = 1e6;

bool IsShare(double value) { return value >= 0.0 && value <= 1.0; }

// The word of an enumeration. Requires: a value to tell of.
template <typename Enum>
Enum WordIn(const util::SectionFile& file, std::string_view key,
            const Json& word) {
  const auto place = word.kind == Json::Kind::kText
                         ? options::PlaceOf(word.text, options::kWords<Enum>)
                         : std::nullopt;
  if (!place) {
    throw Error(fmt::format("{}: the header's '{}': got {}, expected {}",
                            file.path(), key, word.Dump().substr(0, 80),
                            options::kWords<Enum>));
  }
  return static_cast<Enum>(*place);
}

std::optional<Loss> LossOf(const ModelCard& card) {
  if (!card.training) return {};
  const auto place =
      options::PlaceOf(card.training->loss, options::kWords<Loss>);
  if (!place) return {};
  return static_cast<Loss>(*place);
}

std::optional<Loss> LossOf(const util::SectionFile& file,
                           const ModelCard& card) {
  if (const Json* word = file.info().Find(kLoss)) {
    return WordIn<Loss>(file, kLoss, *word);
  }
  return LossOf(card);
}

}  // namespace

void CheckCalibration(const Calibration& calibration, size_t num_labels) {
  const auto check = [](const char* name, double got, bool is_good,
                        const char* expected) {
    if (is_good && std::isfinite(got)) return;
    throw OptionsError(fmt::format("calibration.{}: got {}, expected {}", name,
                                   got, expected));
  };
  check("temperature", calibration.temperature,
        calibration.temperature >= 1.0 / kMaxTemperature &&
            calibration.temperature <= kMaxTemperature,
        "1e-6 to 1e6");
  check("offset", calibration.offset,
        std::abs(calibration.offset) <= kMaxTemperature, "-1e6 to 1e6");
  if (calibration.form == ProbabilityForm::kSoftmax) {
    check("offset", calibration.offset, calibration.offset == 0.0,
          "0 in a softmax");
  }
  if (calibration.threshold) {
    check("threshold", *calibration.threshold, IsShare(*calibration.threshold),
          "0 to 1");
  }
  const std::vector<float>& thresholds = calibration.label_thresholds;
  if (!thresholds.empty() && thresholds.size() != num_labels) {
    throw OptionsError(fmt::format(
        "calibration.label_thresholds: got {}, expected none or one for each "
        "of the {} labels",
        thresholds.size(), num_labels));
  }
  for (const float threshold : thresholds) {
    check("label_thresholds", static_cast<double>(threshold),
          IsShare(static_cast<double>(threshold)), "0 to 1");
  }
}

Json ToJson(const Calibration& calibration) {
  Json json = Json::Object();
  json["form"] = Json::Text(std::string(Name(calibration.form)));
  json["temperature"] = Json::Real(calibration.temperature);
  json["offset"] = Json::Real(calibration.offset);
  json["samples"] = Json::Number(calibration.num_samples);
  if (calibration.threshold)
    json["threshold"] = Json::Real(*calibration.threshold);
  return json;
}

void AddCalibration(const NetworkCore& network, util::SectionWriter& writer) {
  if (network.loss() && network.loss() != LossOf(network.card())) {
    writer.info()[kLoss] = Json::Text(std::string(Name(*network.loss())));
  }
  if (!network.calibration()) return;
  writer.info()[kCalibration] = ToJson(*network.calibration());
  const std::vector<float>& thresholds =
      network.calibration()->label_thresholds;
  if (!thresholds.empty()) {
    writer.Add(kThresholds, std::span<const float>(thresholds));
  }
}

size_t ReadCalibration(const util::SectionFile& file, NetworkCore& network) {
  network.SetLoss(LossOf(file, network.card()));
  const Json* json = file.info().Find(kCalibration);
  if (json == nullptr) return 0;
  const HeaderObject object(file.path(), kCalibration, *json);
  Calibration calibration;
  const Json* form = json->Find("form");
  calibration.form = WordIn<ProbabilityForm>(file, "calibration.form",
                                             form == nullptr ? Json() : *form);
  calibration.temperature = object.Real("temperature").value_or(1.0);
  calibration.offset = object.Real("offset").value_or(0.0);
  calibration.num_samples = object.Whole("samples").value_or(0);
  calibration.threshold = object.Real("threshold");
  const bool has_section = file.Has(kThresholds);
  if (has_section) {
    calibration.label_thresholds =
        file.ReadItems<float>(kThresholds, network.num_labels());
  }
  util::AtPlace<OptionsError, Error>(file.path(), [&] {
    CheckCalibration(calibration, network.num_labels());
  });
  network.SetCalibration(std::move(calibration));
  return has_section ? 1 : 0;
}

}  // namespace slide::nn
