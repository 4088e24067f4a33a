#include "nn/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "slide/export.h"
#include "slide/trainer.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::npz_test {
namespace {

constexpr uint64_t kSeed = 29;
constexpr uint32_t kFeatures = 40, kLabels = 700;

// The files of an archive, by their names. Takes the local headers one after
// the other; tests/numpy_test.sh reads the table, by another program.
std::map<std::string, std::string> FilesOf(const std::string& zip) {
  std::map<std::string, std::string> files;
  size_t at = 0;
  while (zip.compare(at, 4, "PK\x03\x04") == 0) {
    uint16_t name_size = 0, extra_size = 0;
    uint64_t size = 0;
    std::memcpy(&name_size, &zip[at + 26], 2);
    std::memcpy(&extra_size, &zip[at + 28], 2);
    std::memcpy(&size, &zip[at + 30 + name_size + 4], 8);
    const size_t begin = at + 30 + name_size + extra_size;
    files[zip.substr(at + 30, name_size)] = zip.substr(begin, size);
    at = begin + size;
  }
  return files;
}

// An array, whose header has to be this.
template <typename T>
std::vector<T> ArrayOf(const std::string& npy, const std::string& dict) {
  EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\0", 8));
  uint16_t size = 0;
  std::memcpy(&size, &npy[8], 2);
  EXPECT_EQ((10 + size) % 64, 0);
  EXPECT_EQ(npy.substr(10, dict.size()), dict);
  EXPECT_EQ(npy[10 + size - 1], '\n');
  std::vector<T> numbers((npy.size() - 10 - size) / sizeof(T));
  std::memcpy(numbers.data(), &npy[10 + size], numbers.size() * sizeof(T));
  return numbers;
}

std::string Dict(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
         shape + "), }";
}

// Scores by plain loops over the arrays are those of the library.
TEST(Npz, ArraysGiveTheScores) {
  const Dataset data =
      testing_support::RandomData(150, kFeatures, kLabels, 6, 3, kSeed);
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {9};
  Network network(options, 1);
  TrainOptions train;
  train.epochs = 2;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, train).Fit(data);
  ModelCard card;
  card.label_names = NameList(std::vector<std::string>(kLabels, "label"));
  network.SetCard(card);

  const testing_support::TempFolder folder;
  const uint64_t num_bytes = Export(network, folder.Path("a.npz"));
  const std::string zip = folder.Read("a.npz");
  EXPECT_EQ(zip.size(), num_bytes);
  auto files = FilesOf(zip);
  EXPECT_EQ(files.size(), 10u);
  EXPECT_EQ(files["labels.txt"], card.label_names.lines());
  EXPECT_THAT(files["options.json"], testing::HasSubstr(R"("hidden")"));
  EXPECT_EQ(files["card.json"], "{}");

  const auto input =
      ArrayOf<float>(files["input.weights.npy"], Dict("<f4", "40, 9"));
  const auto input_bias =
      ArrayOf<float>(files["input.bias.npy"], Dict("<f4", "9,"));
  const auto output =
      ArrayOf<float>(files["output.weights.npy"], Dict("<f4", "700, 9"));
  const auto output_bias =
      ArrayOf<float>(files["output.bias.npy"], Dict("<f4", "700,"));
  const auto indptr =
      ArrayOf<uint64_t>(files["sparse.indptr.npy"], Dict("<u8", "41,"));
  const std::string num_pairs = std::to_string(indptr.back()) + ",";
  const auto indices =
      ArrayOf<uint32_t>(files["sparse.indices.npy"], Dict("<u4", num_pairs));
  const auto values =
      ArrayOf<float>(files["sparse.data.npy"], Dict("<f4", num_pairs));
  for (size_t s = 0; s < 20; ++s) {
    const SparseView x = data[s].features;
    std::vector<double> hidden(input_bias.begin(), input_bias.end());
    std::vector<double> scores(output_bias.begin(), output_bias.end());
    for (size_t i = 0; i < x.size(); ++i) {
      const auto value = static_cast<double>(x.values[i]);
      for (size_t k = 0; k < 9; ++k) {
        hidden[k] += value * static_cast<double>(input[x.ids[i] * 9 + k]);
      }
      for (uint64_t p = indptr[x.ids[i]]; p < indptr[x.ids[i] + 1]; ++p) {
        scores[indices[p]] += value * static_cast<double>(values[p]);
      }
    }
    for (size_t n = 0; n < kLabels; ++n) {
      for (size_t k = 0; k < 9; ++k) {
        scores[n] +=
            std::max(hidden[k], 0.0) * static_cast<double>(output[n * 9 + k]);
      }
    }
    for (const ScoredLabel& best : network.Predict(x, kLabels)) {
      ASSERT_NEAR(best.logit, scores[best.label],
                  1e-5 * (1.0 + std::abs(scores[best.label])));
    }
  }
}

}  // namespace
}  // namespace slide::npz_test
