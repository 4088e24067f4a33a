// Calibrations in model files, and what becomes of them where weights change.
#include "nn/calibration_io.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/export.h"
#include "slide/network.h"
#include "support/container.h"
#include "support/temp_folder.h"

namespace slide::calibration_io_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::Container;

Calibration MakeCalibration() {
  return {.form = ProbabilityForm::kOdds,
          .temperature = 1.0 / 3.0,
          .offset = -0.1,
          .num_samples = 70,
          .threshold = 0.2,
          .label_thresholds = {0.25f, 1.0f}};
}

class CalibrationIoTest : public testing::Test {
 protected:
  CalibrationIoTest()
      : network_({.num_features = 3, .num_labels = 2, .hidden = {4}}, 1) {}

  void SetLoss(Loss loss) { nn::NetworkAccess::Core(network_).SetLoss(loss); }

  testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("model");
  Network network_;
};

TEST_F(CalibrationIoTest, ComesBackFromAFileAsItWas) {
  SetLoss(Loss::kDecoupled);
  Calibration calibration = MakeCalibration();
  for (int part = 0; part < 3; ++part) {
    network_.SetCalibration(calibration);
    network_.Save(path_);
    EXPECT_EQ(Network::Load(path_).calibration(), calibration);
    EXPECT_EQ(Network::Open(path_).calibration(), calibration);
    EXPECT_EQ(Network::Open(path_).loss(), Loss::kDecoupled);
    if (part == 0) calibration.label_thresholds.clear();
    if (part == 1) calibration.threshold.reset();
  }
  network_.SetCalibration(std::nullopt);
  network_.Save(path_);
  EXPECT_EQ(Network::Load(path_).calibration(), std::nullopt);
}

TEST_F(CalibrationIoTest, TheLossOfOlderFilesIsThatOfTheCard) {
  network_.Save(path_);
  EXPECT_EQ(Network::Load(path_).loss(), std::nullopt);
  network_.SetCard({.training = TrainingRecord{.loss = "sigmoid"}});
  network_.Save(path_);
  EXPECT_EQ(Network::Load(path_).loss(), Loss::kSigmoid);
  network_.SetCard({.training = TrainingRecord{.loss = "another"}});
  network_.Save(path_);
  EXPECT_EQ(Network::Load(path_).loss(), std::nullopt);
  SetLoss(Loss::kSoftmax);  // goes before the card's
  network_.Save(path_);
  EXPECT_EQ(Network::Load(path_).loss(), Loss::kSoftmax);
}

TEST_F(CalibrationIoTest, ExportKeepsIt) {
  SetLoss(Loss::kSigmoid);
  network_.SetCalibration(MakeCalibration());
  Export(network_, path_, {.weights = Precision::kInt8});
  const Network exported = Network::Open(path_);
  EXPECT_EQ(exported.calibration(), MakeCalibration());
  EXPECT_EQ(exported.loss(), Loss::kSigmoid);
}

TEST_F(CalibrationIoTest, NewLabelsRemoveItAndAnOptimizerDoesNot) {
  SetLoss(Loss::kSigmoid);
  network_.SetCalibration(MakeCalibration());
  network_.ResetOptimizer(Optimizer::kSgd, 1);
  EXPECT_EQ(network_.calibration(), MakeCalibration());
  network_.Grow(5, 2, {}, 1);
  EXPECT_EQ(network_.calibration(), MakeCalibration());
  network_.Grow(5, 3, {}, 1);
  EXPECT_EQ(network_.calibration(), std::nullopt);
  EXPECT_EQ(network_.loss(), Loss::kSigmoid);
}

TEST_F(CalibrationIoTest, SenselessOnesAreRefused) {
  const auto refused = [&](const std::function<void(Calibration&)>& change) {
    Calibration calibration = MakeCalibration();
    change(calibration);
    EXPECT_THROW(network_.SetCalibration(calibration), OptionsError);
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  refused([](Calibration& c) { c.temperature = 0.0; });
  refused([&](Calibration& c) { c.temperature = kNan; });
  refused([](Calibration& c) { c.temperature = 1e-30; });
  refused([](Calibration& c) { c.temperature = 1e30; });
  refused([&](Calibration& c) { c.offset = kNan; });
  refused([](Calibration& c) { c.offset = 1e30; });
  refused([](Calibration& c) { c.form = ProbabilityForm::kSoftmax; });
  refused([](Calibration& c) { c.threshold = -0.1; });
  refused([](Calibration& c) { c.label_thresholds = {0.5f}; });
  refused([](Calibration& c) { c.label_thresholds[1] = 1.5f; });
  EXPECT_EQ(network_.calibration(), std::nullopt);
}

TEST_F(CalibrationIoTest, DamagedOnesAreNamed) {
  network_.SetCalibration(MakeCalibration());
  network_.Save(path_);
  const auto message = [&](const std::function<void(json&)>& change) {
    Container file = Container::Of(folder_.Read("model"));
    change(file.header["info"]);
    folder_.Write("damaged", file.File());
    try {
      Network::Load(folder_.Path("damaged"));
    } catch (const ModelFileError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was refused");
  };
  EXPECT_THAT(message([](json& info) { info["loss"] = "hinge"; }),
              HasSubstr("'loss': got \"hinge\", expected softmax|"));
  EXPECT_THAT(message([](json& info) { info["calibration"].erase("form"); }),
              HasSubstr("calibration.form"));
  EXPECT_THAT(
      message([](json& info) { info["calibration"]["temperature"] = -1; }),
      HasSubstr("temperature: got -1, expected 1e-6 to 1e6"));
  // The thresholds would belong to nothing.
  EXPECT_THAT(message([](json& info) { info.erase("calibration"); }),
              HasSubstr("section"));
}

}  // namespace
}  // namespace slide::calibration_io_test
