#include "nn/tables_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/network_io.h"
#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::nn::tables_io_test {
namespace {

constexpr util::FileKind kKind = {.magic = "slidetst",
                                  .version = 1,
                                  .name = "test file",
                                  .if_other = "make it again"};

class TablesIoTest : public testing::Test {
 protected:
  static NetworkOptions Options(BucketPolicy policy) {
    NetworkOptions options;
    options.num_features = 20;
    options.num_labels = 200;
    options.hidden = {8, 60};
    options.hidden[1].max_active = 20;
    // The number of the build decides who is left in a full bucket.
    options.hash.bucket_capacity = 2;
    options.hash.bucket_policy = policy;
    return options;
  }

  void Write(const NetworkCore& network) const {
    util::SectionWriter writer(kKind);
    AddSections(network, writer);
    AddTables(network, writer);
    writer.Write(path_);
  }

  // The ids in all buckets of all layers.
  static std::vector<std::vector<uint32_t>> Buckets(
      const NetworkCore& network) {
    std::vector<std::vector<uint32_t>> buckets;
    for (size_t l = 0; l < network.layers().size(); ++l) {
      const LayerIndex* index = network.layer_index(l);
      if (index == nullptr || index->lsh() == nullptr) continue;
      for (const auto& table : index->lsh()->tables().tables()) {
        for (size_t b = 0; b < table.num_buckets(); ++b) {
          buckets.emplace_back(table.bucket(b).begin(), table.bucket(b).end());
        }
      }
    }
    return buckets;
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("file");
  const util::ThreadTeam team_{1};
};

TEST_F(TablesIoTest, TablesComeBackThoughTheRowsHaveMoved) {
  for (const BucketPolicy policy :
       {BucketPolicy::kFifo, BucketPolicy::kReservoir}) {
    NetworkCore network(Options(policy));
    network.DrawWeights(team_);
    for (int i = 0; i < 3; ++i) network.BuildTables(team_);
    for (Layer& layer : network.layers()) {
      for (size_t i = 0; i < layer.weights().num_rows(); i += 2) {
        const std::vector<float> other(layer.weights().width(), 0.5f);
        kernels::WriteWeights(layer.weights().rows(), i, other);
      }
    }
    const double drift = network.TablesDrift();
    EXPECT_GT(drift, 0.1);
    Write(network);
    const util::SectionFile file(path_, kKind);
    NetworkCore other(Options(policy));
    size_t num_sections = ReadSections(file, other);
    num_sections +=
        ReadTables(file, NetworkCore::Tables::kAll, util::ThreadTeam(2), other);
    file.RequireSections(num_sections);
    EXPECT_EQ(Buckets(other), Buckets(network));
    EXPECT_EQ(other.TablesDrift(), drift);
    // And so do the next ones.
    network.BuildTables(team_);
    other.BuildTables(team_);
    EXPECT_EQ(Buckets(other), Buckets(network));
  }
}

TEST_F(TablesIoTest, OnlyTablesThatAreBuiltAreInTheFile) {
  NetworkCore network(Options(BucketPolicy::kFifo));
  network.DrawWeights(team_);
  network.BuildTables(team_, NetworkCore::Tables::kOfHiddenLayers);
  Write(network);
  const util::SectionFile file(path_, kKind);
  NetworkCore other(Options(BucketPolicy::kFifo));
  other.BuildTables(team_);
  ReadSections(file, other);
  EXPECT_EQ(
      ReadTables(file, NetworkCore::Tables::kOfHiddenLayers, team_, other), 2u);
  EXPECT_NE(other.layer_index(1)->lsh(), nullptr);
  EXPECT_EQ(other.index(), nullptr);
}

// A center that is there does not decide whether that of the file is taken.
TEST_F(TablesIoTest, CentersAreThoseOfTheFile) {
  NetworkCore network(Options(BucketPolicy::kFifo));
  network.DrawWeights(team_);
  const std::vector<float> center(8, 1.0f), near(8, 1.01f);
  network.layer_index(1)->Center(center);
  Write(network);
  NetworkCore other(Options(BucketPolicy::kFifo));
  other.layer_index(1)->Center(near);
  ReadSections(util::SectionFile(path_, kKind), other);
  EXPECT_TRUE(std::ranges::equal(other.layer_index(1)->center(), center));
}

TEST_F(TablesIoTest, TablesOfAnotherShapeAreRefused) {
  NetworkCore network(Options(BucketPolicy::kFifo));
  network.BuildTables(team_);
  Write(network);
  NetworkOptions options = Options(BucketPolicy::kFifo);
  options.hash.num_tables = 3;
  NetworkCore other(options);
  EXPECT_THROW(ReadTables(util::SectionFile(path_, kKind),
                          NetworkCore::Tables::kAll, team_, other),
               Error);
}

// A run that goes on builds none, so that all that it reads must be there.
TEST_F(TablesIoTest, TablesThatAreMissingAreRefused) {
  for (const auto built :
       {std::optional<NetworkCore::Tables>(),
        std::optional(NetworkCore::Tables::kOfHiddenLayers)}) {
    NetworkCore network(Options(BucketPolicy::kFifo));
    if (built) network.BuildTables(team_, *built);
    Write(network);
    NetworkCore other(Options(BucketPolicy::kFifo));
    const util::SectionFile file(path_, kKind);
    EXPECT_THROW(ReadTables(file, NetworkCore::Tables::kAll, team_, other),
                 Error);
  }
}

}  // namespace
}  // namespace slide::nn::tables_io_test
