#include "slide/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "nn/export.h"
#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/trainer.h"
#include "support/container.h"
#include "support/error_of.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::export_test {
namespace {

using testing::HasSubstr;
using testing_support::Container;
using testing_support::ErrorOf;

constexpr uint64_t kSeed = 23;
constexpr uint32_t kFeatures = 30, kLabels = 600;  // more than a tile

Dataset MakeData() {
  return testing_support::RandomData(150, kFeatures, kLabels, 6, 3, kSeed);
}

// Layers of all orders, a sparse part and names.
Network MakeNetwork(Precision precision = Precision::kFp32) {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.precision = precision;
  options.optimizer = Optimizer::kAdagrad;
  options.hidden = {9, 50, 17};
  options.hidden[1].max_active = 20;
  options.hash.num_tables = 5;
  Network network(options, 1);
  TrainOptions train;
  train.epochs = 2;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, train).Fit(MakeData());
  ModelCard card;
  card.normalized = true;
  card.feature_names = NameList(std::vector<std::string>(kFeatures, "f"));
  network.SetCard(card);
  return network;
}

const nn::NetworkCore& CoreOf(const Network& network) {
  return nn::NetworkAccess::Core(network);
}

std::vector<float> WeightsOf(const nn::RowStore& rows, size_t i) {
  std::vector<float> scratch(rows.width());
  const auto weights = kernels::ReadWeights(rows.rows(), i, scratch);
  return {weights.begin(), weights.end()};
}

template <class Test>
class InFolder : public Test {
 protected:
  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("model");
};
using ExportTest = InFolder<testing::TestWithParam<Precision>>;
using ExportFileTest = InFolder<testing::Test>;

INSTANTIATE_TEST_SUITE_P(, ExportTest,
                         testing::Values(Precision::kFp32, Precision::kBf16,
                                         Precision::kInt8));

// Half of the last place: none of fp32, 2^-8 of a bf16 weight, half of 1 / 127
// of the largest one of an int8 row, and what float rounds in its scale and
// product.
TEST_P(ExportTest, WeightsAreTheNearestAndBiasesTheSame) {
  const Network network = MakeNetwork();
  const Network exported = Exported(network, GetParam());
  EXPECT_EQ(exported.exported(), GetParam());
  EXPECT_EQ(network.exported(), std::nullopt);
  for (size_t l = 0; l < CoreOf(network).layers().size(); ++l) {
    const nn::Layer& from = CoreOf(network).layers()[l];
    const nn::Layer& to = CoreOf(exported).layers()[l];
    for (size_t i = 0; i < from.weights().num_rows(); ++i) {
      const std::vector<float> weights = WeightsOf(from.weights(), i);
      const std::vector<float> stored = WeightsOf(to.weights(), i);
      double largest = 0.0;
      for (const float w : weights) {
        largest = std::max(largest, std::abs(static_cast<double>(w)));
      }
      for (size_t k = 0; k < weights.size(); ++k) {
        const double w = std::abs(static_cast<double>(weights[k]));
        const double off = GetParam() == Precision::kFp32   ? 0.0
                           : GetParam() == Precision::kBf16 ? 0x1p-8 * w
                                                            : largest / 254;
        EXPECT_NEAR(stored[k], weights[k],
                    off > 0.0 ? off + 0x1p-22 * largest : 0.0);
      }
      EXPECT_EQ(to.weights().rows().scalars(i)[kernels::kBias],
                from.weights().rows().scalars(i)[kernels::kBias]);
    }
    ASSERT_EQ(from.bias() == nullptr, to.bias() == nullptr);
    if (from.bias() == nullptr) continue;
    EXPECT_EQ(WeightsOf(*to.bias(), 0), WeightsOf(*from.bias(), 0));
  }
  EXPECT_EQ(exported.card(), network.card());
}

TEST_P(ExportTest, AFileOfItIsReadInBothWaysAndWrittenAgainAsItWas) {
  const Network exported = Exported(MakeNetwork(), GetParam());
  exported.Save(path_);
  const std::string bytes = folder_.Read("model");
  const Network loaded = Network::Load(path_);
  const Network opened = Network::Open(path_, {.verify = true});
  EXPECT_EQ(loaded.exported(), GetParam());
  EXPECT_EQ(loaded.card(), exported.card());
  EXPECT_EQ(loaded.options().precision, Precision::kFp32);
  EXPECT_EQ(loaded.options().optimizer, Optimizer::kAdagrad);
  const Dataset data = MakeData();
  const auto expected = exported.Predict(data, 0, data.size(), 40, 1);
  for (const Network* network : {&loaded, &opened}) {
    const auto found = network->Predict(data, 0, data.size(), 40, 1);
    for (size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].label, expected[i].label);
      ASSERT_EQ(found[i].logit, expected[i].logit);
    }
    network->Save(path_);
    EXPECT_TRUE(folder_.Read("model") == bytes);
  }
  // And so does one that is exported from it.
  EXPECT_EQ(Export(loaded, path_, {.weights = GetParam()}), bytes.size());
  EXPECT_TRUE(folder_.Read("model") == bytes);
}

// The layout of docs/file_format.md, by hand.
TEST_P(ExportTest, TheFileHoldsNothingOfTraining) {
  Export(MakeNetwork(), path_, {.weights = GetParam()});
  Container parts = Container::Of(folder_.Read("model"));
  EXPECT_EQ(parts.version, 11u);
  const size_t weight_bytes = GetParam() == Precision::kFp32   ? 4
                              : GetParam() == Precision::kBf16 ? 2
                                                               : 1;
  const size_t scalars = GetParam() == Precision::kInt8 ? 8 : 4;
  EXPECT_EQ(parts.header["info"]["weights"], Name(GetParam()));
  EXPECT_EQ(parts.Section("output.rows")["row_bytes"],
            (17 * weight_bytes + 3) / 4 * 4 + scalars);
  EXPECT_EQ(parts.Section("input.bias")["row_bytes"], 9 * 4 + 4);
  EXPECT_THROW(parts.Section("sparse.accumulators"), std::out_of_range);
}

TEST_P(ExportTest, ItCannotBeTrainedAndATrainableCopyCan) {
  Network exported = Exported(MakeNetwork(Precision::kBf16), GetParam());
  const Dataset data = MakeData();
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  EXPECT_THAT(ErrorOf([&] { Trainer(exported, train).Fit(data); }),
              HasSubstr("got an exported network, which holds nothing for an "
                        "optimizer"));
  Network trainable = nn::NetworkAccess::Make(
      nn::CopyAs(CoreOf(exported), Optimizer::kAdagrad, {}));
  EXPECT_EQ(trainable.exported(), std::nullopt);
  const kernels::RowFormat& format =
      CoreOf(trainable).output().weights().format();
  EXPECT_EQ(format,
            kernels::RowFormat(17, Precision::kBf16, Optimizer::kAdagrad));
  const kernels::ConstRowsView rows =
      CoreOf(trainable).output().weights().rows();
  EXPECT_THAT(std::span(rows.state(3, 0), 17), testing::Each(0.0f));
  EXPECT_THAT(CoreOf(trainable).sparse_part()->arrays().accumulators,
              testing::AllOf(testing::SizeIs(kLabels), testing::Each(0.0f)));
  Trainer(trainable, train).Fit(data);
  trainable.Save(path_);
  EXPECT_EQ(Network::Load(path_).exported(), std::nullopt);
}

TEST_F(ExportFileTest, NumbersThatAreNotFiniteAreRefused) {
  Network network = MakeNetwork();
  nn::NetworkAccess::Core(network).layers()[1].weights().rows().weights<float>(
      4)[2] = std::numeric_limits<float>::quiet_NaN();
  for (const char* name : {"model", "model.npz"}) {
    EXPECT_THROW(Export(network, folder_.Path(name)), DivergedError);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ExportFileTest, AnotherPrecisionInTheHeaderIsRefused) {
  Export(MakeNetwork(), path_);
  Container parts = Container::Of(folder_.Read("model"));
  for (const nlohmann::json& word : {nlohmann::json("int4"), {8}}) {
    parts.header["info"]["weights"] = word;
    folder_.Write("model", parts.File());
    EXPECT_THAT(ErrorOf([&] { Network::Load(path_); }),
                HasSubstr(path_ + ": the header's 'weights': got " +
                          word.dump() + ", expected fp32|bf16|int8"));
  }
  // Rows of another shape than the word says.
  parts.header["info"]["weights"] = "bf16";
  folder_.Write("model", parts.File());
  EXPECT_THAT(ErrorOf([&] { Network::Open(path_); }),
              HasSubstr("section input.rows: got 30 rows of 9 numbers"));
}

TEST_F(ExportFileTest, APlaceThatCannotBeWrittenIsAModelFileError) {
  EXPECT_THROW(Export(MakeNetwork(), folder_.Path("none/model")),
               ModelFileError);
  EXPECT_THROW(Export(MakeNetwork(), "/dev/full"), ModelFileError);
  EXPECT_THROW(
      Export(MakeNetwork(), "/dev/full", {.format = ExportFormat::kNpz}),
      ModelFileError);
}

TEST_F(ExportFileTest, TheEndOfANameTellsAnArchive) {
  EXPECT_EQ(FormatFor("a.npz", {}), ExportFormat::kNpz);
  EXPECT_EQ(FormatFor("a.npz.slide", {}), ExportFormat::kModel);
  EXPECT_EQ(FormatFor("a.npz", {.format = ExportFormat::kModel}),
            ExportFormat::kModel);
}

}  // namespace
}  // namespace slide::export_test
