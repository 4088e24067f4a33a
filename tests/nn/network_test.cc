#include "slide/network.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "slide/error.h"
#include "slide/index_quality.h"

namespace slide::network_test {
namespace {

Network MakeNetwork(Precision precision = Precision::kFp32,
                    Optimizer optimizer = Optimizer::kRowAdagrad) {
  NetworkOptions options;
  options.num_features = 300;
  options.num_labels = 400;
  options.hidden = {8, 11, 5};
  options.precision = precision;
  options.optimizer = optimizer;
  return Network(options, 1);
}

TEST(Network, LayersAreNamedFromTheInputOnWithTheirShapes) {
  const std::vector<LayerInfo> layers = MakeNetwork().Layers();
  ASSERT_EQ(layers.size(), 4u);
  const auto expect = [&](size_t i, const std::string& name, size_t num_rows,
                          size_t width, size_t num_biases) {
    EXPECT_EQ(layers[i].name, name);
    EXPECT_EQ(layers[i].num_rows, num_rows) << name;
    EXPECT_EQ(layers[i].width, width) << name;
    EXPECT_EQ(layers[i].num_parameters, num_rows * width + num_biases) << name;
  };
  expect(0, "input", 300, 8, 8);
  expect(1, "hidden1", 11, 8, 11);
  expect(2, "hidden2", 5, 11, 5);
  expect(3, "output", 400, 5, 400);
}

TEST(Network, WhatItsTablesLeaveOpenIsSettledByItsLabels) {
  NetworkOptions options;
  options.num_features = 10;
  options.num_labels = 22'601;
  const HashOptions hash = Network(options, 1).options().hash;
  EXPECT_EQ(hash.hashes_per_table, 4);
  EXPECT_EQ(hash.num_tables, 50);
}

// The file is the layers' memory, in at most two sections a layer, each filled
// up to 64 bytes, behind a header of less than 2 KiB.
TEST(Network, LayersTakeTheBytesThatTheirFileHas) {
  const std::string path = testing::TempDir() + "network_test_layers.slide";
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    for (const Optimizer optimizer :
         {Optimizer::kRowAdagrad, Optimizer::kAdam}) {
      SCOPED_TRACE(std::string(Name(precision)) + " " +
                   std::string(Name(optimizer)));
      const Network network = MakeNetwork(precision, optimizer);
      const std::vector<LayerInfo> layers = network.Layers();
      size_t num_bytes = 0;
      for (const LayerInfo& layer : layers) num_bytes += layer.num_bytes;
      network.Save(path);
      const size_t file_bytes = std::filesystem::file_size(path);
      EXPECT_GT(file_bytes, num_bytes);
      EXPECT_LT(file_bytes, num_bytes + 2048 + 2 * layers.size() * 64);
    }
  }
  std::filesystem::remove(path);
}

// A dense layer's biases are a row of their own, which MemoryOf leaves out.
TEST(Network, TellsItsMemoryBeforeItIsThere) {
  NetworkOptions options;
  options.num_features = 300;
  options.num_labels = 400;
  options.hidden = {8};
  options.optimizer = Optimizer::kAdam;
  const NetworkMemory memory = Network::MemoryOf(options);
  uint64_t layer_bytes = 0;
  Network network(options, 1);
  for (const LayerInfo& layer : network.Layers()) {
    layer_bytes += layer.num_bytes;
  }
  EXPECT_LE(memory.layers, layer_bytes);
  EXPECT_LE(layer_bytes - memory.layers, 8 * 4 * sizeof(float) + 64);
  EXPECT_EQ(memory.tables, MeasureBuckets(network, 1).num_bytes);

  options.hidden = {1000};
  options.hidden[0].max_active = 10;
  const NetworkMemory hashed = Network::MemoryOf(options);
  EXPECT_GT(hashed.tables, memory.tables);
  options.hash.kind = HashKind::kNone;
  EXPECT_EQ(Network::MemoryOf(options).tables, hashed.tables - memory.tables);

  options.num_features = options.num_labels = 0;
  EXPECT_GT(Network::MemoryOf(options).layers, 0u);
  options.init_scale = -1.0;
  EXPECT_THROW(Network::MemoryOf(options), OptionsError);
}

}  // namespace
}  // namespace slide::network_test
