#include "nn/network_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/online_trainer.h"
#include "slide/trainer.h"
#include "support/container.h"
#include "support/make_data.h"
#include "support/read_bytes.h"
#include "support/sanitizers.h"

namespace slide::network_io_test {
namespace {

using testing_support::Container;

constexpr uint64_t kSeed = 17;

class NetworkIoTest : public testing::Test {
 protected:
  NetworkIoTest()
      : folder_(testing::TempDir() + "network_io_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/model.slide";
  }
  ~NetworkIoTest() override { std::filesystem::remove_all(folder_); }

  static Network MakeNetwork(Precision precision = Precision::kFp32,
                             Optimizer optimizer = Optimizer::kRowAdagrad) {
    NetworkOptions options;
    options.precision = precision;
    options.optimizer = optimizer;
    options.num_features = 30;
    options.num_labels = 40;
    options.hidden = {8, 50, 11};
    options.hidden[0].activation = Activation::kTanh;
    options.hidden[1].max_active = 20;
    options.hidden[1].hash.candidates = 33;
    options.hidden[1].hash.kind = HashKind::kSimHash;
    options.init_scale = 1.5;
    options.hash.num_tables = 7;
    options.seed = kSeed;
    return Network(options, 1);
  }

  std::string Bytes() const { return testing_support::ReadBytes(path_); }
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  void ExpectRefused(const std::string& part) const {
    try {
      Network::Load(path_);
      ADD_FAILURE() << "loaded; expected a refusal with: " << part;
    } catch (const ModelFileError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(part));
      EXPECT_THAT(error.what(), testing::HasSubstr(path_));
    }
  }

  std::string folder_;
  std::string path_;
};

struct Stored {
  Precision precision;
  Optimizer optimizer;
};

class StoredNetworkTest : public NetworkIoTest,
                          public testing::WithParamInterface<Stored> {};

INSTANTIATE_TEST_SUITE_P(
    , StoredNetworkTest,
    testing::Values(Stored{Precision::kFp32, Optimizer::kRowAdagrad},
                    Stored{Precision::kBf16, Optimizer::kRowAdagrad},
                    Stored{Precision::kFp32, Optimizer::kAdam},
                    Stored{Precision::kBf16, Optimizer::kAdam},
                    Stored{Precision::kFp32, Optimizer::kAdagrad},
                    Stored{Precision::kFp32, Optimizer::kSgd}));

TEST_P(StoredNetworkTest, ALoadedNetworkIsTheSavedOneBitForBit) {
  const auto [precision, optimizer] = GetParam();
  Network network = MakeNetwork(precision, optimizer);
  const Dataset data = testing_support::RandomData(50, 30, 40, 5, 2, kSeed);
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  Trainer(network, train).Fit(data);
  network.Save(path_);
  const Network loaded = Network::Load(path_);
  EXPECT_EQ(loaded.options().precision, precision);
  EXPECT_EQ(loaded.options().optimizer, optimizer);
  EXPECT_EQ(loaded.options().num_features, 30u);
  EXPECT_EQ(loaded.options().num_labels, 40u);
  const std::vector<HiddenLayer>& hidden = loaded.options().hidden;
  ASSERT_EQ(hidden.size(), 3u);
  EXPECT_EQ(hidden[0].neurons, 8);
  EXPECT_EQ(hidden[0].activation, Activation::kTanh);
  EXPECT_FALSE(hidden[0].is_hashed());
  EXPECT_EQ(hidden[1].neurons, 50);
  EXPECT_EQ(hidden[1].max_active, 20);
  EXPECT_EQ(hidden[1].hash.candidates, 33);
  EXPECT_EQ(hidden[1].hash.kind, HashKind::kSimHash);
  EXPECT_EQ(hidden[1].hash.num_tables, 10);
  EXPECT_EQ(hidden[2].neurons, 11);
  EXPECT_EQ(loaded.options().init_scale, 1.5);
  EXPECT_EQ(loaded.options().hash.num_tables, 7);
  EXPECT_EQ(loaded.options().hash.hashes_per_table,
            network.options().hash.hashes_per_table);
  EXPECT_EQ(loaded.options().seed, kSeed);
  const auto equal = [](const nn::RowStore& a, const nn::RowStore& b) {
    return std::ranges::equal(a.records(), b.records());
  };
  const nn::NetworkCore& a = nn::NetworkAccess::Core(network);
  const nn::NetworkCore& b = nn::NetworkAccess::Core(loaded);
  ASSERT_EQ(a.layers().size(), b.layers().size());
  for (size_t l = 0; l < a.layers().size(); ++l) {
    const nn::Layer& layer = a.layers()[l];
    const nn::Layer& other = b.layers()[l];
    EXPECT_TRUE(equal(layer.weights(), other.weights())) << l;
    ASSERT_EQ(layer.bias() == nullptr, other.bias() == nullptr);
    if (layer.bias() != nullptr) {
      EXPECT_TRUE(equal(*layer.bias(), *other.bias())) << l;
    }
  }
}

// With a sparse part, trained on `data`.
Network MakeWithSparsePart(const Dataset& data) {
  NetworkOptions options;
  options.num_features = 30;
  options.num_labels = 40;
  options.hidden = {8};
  Network network(options, 1);
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  train.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, train).Fit(data);
  return network;
}

TEST_F(NetworkIoTest, ASparsePartIsStoredBitForBit) {
  const Dataset data = testing_support::RandomData(200, 30, 40, 5, 2, kSeed);
  Network network = MakeWithSparsePart(data);
  nn::NetworkAccess::Core(network).sparse_part()->set_weight(0.75f);
  network.Save(path_);
  const auto bits = [](const Network& from) {
    const auto arrays = nn::NetworkAccess::Core(from).sparse_part()->arrays();
    std::vector<std::byte> all;
    const auto add = [&](auto array) {
      const auto bytes = std::as_bytes(array);
      all.insert(all.end(), bytes.begin(), bytes.end());
    };
    add(arrays.lists);
    add(arrays.words);
    add(arrays.accumulators);
    add(arrays.weight);
    return all;
  };
  const Network loaded = Network::Load(path_);
  const Network opened = Network::Open(path_);
  EXPECT_EQ(bits(loaded), bits(network));
  EXPECT_EQ(bits(opened), bits(network));
  EXPECT_EQ(opened.sparse_part()->weight, 0.75f);
  const auto expected = network.Predict(data, 0, data.size(), 5);
  const auto found = opened.Predict(data, 0, data.size(), 5);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].label, expected[i].label);
    EXPECT_EQ(found[i].logit, expected[i].logit);
  }
  // It can be trained on, and an opened one cannot.
  Network again = Network::Load(path_);
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  Trainer(again, train).Fit(data);
  EXPECT_NE(bits(again), bits(network));
}

TEST_F(NetworkIoTest, ADamagedSparsePartIsRefused) {
  const Dataset data = testing_support::RandomData(200, 30, 40, 5, 2, kSeed);
  MakeWithSparsePart(data).Save(path_);
  const auto parts = Container::Of(Bytes());
  const auto refused = [&](const std::string& section, size_t at, uint8_t value,
                           const std::string& message) {
    auto damaged = parts;
    std::string bytes = damaged.sections.substr(
        damaged.Offset(section), Container::Bytes(damaged.Section(section)));
    bytes[at] = static_cast<char>(value);
    damaged.Put(section, bytes);
    Write(damaged.File());
    ExpectRefused(message);
  };
  refused("sparse.lists", 7, 0xff, "the sparse part: feature 0: got a list");
  refused("sparse.lists", 12, 7, "the sparse part: feature 0: got a list");
  refused("sparse.pairs", 7, 0x7f, "the sparse part: feature 0: got ");
  refused("sparse.weight", 3, 0x7f, "number that is not finite in the scalars");
}

// The ids in all buckets of a layer.
std::vector<std::vector<uint32_t>> Buckets(const Network& network,
                                           size_t layer) {
  std::vector<std::vector<uint32_t>> buckets;
  const nn::LayerIndex& index =
      *nn::NetworkAccess::Core(network).layer_index(layer);
  for (const hashing::BucketTable& table : index.lsh()->tables().tables()) {
    for (size_t i = 0; i < table.num_buckets(); ++i) {
      buckets.emplace_back(table.bucket(i).begin(), table.bucket(i).end());
    }
  }
  return buckets;
}

TEST_F(NetworkIoTest, ALoadedNetworkBuildsTheTablesOfItsTraining) {
  Network network = MakeNetwork();
  const Dataset data = testing_support::RandomData(200, 30, 40, 5, 2, kSeed);
  TrainOptions train;
  train.epochs = 2;
  train.num_threads = 1;
  Trainer(network, train).Fit(data);
  network.Save(path_);
  Network loaded = Network::Load(path_), elsewhere = Network::Load(path_);
  constexpr std::array<size_t, 2> kHashed = {1, 3};
  for (const size_t layer : kHashed) {
    const nn::LayerIndex& read =
        *nn::NetworkAccess::Core(loaded).layer_index(layer);
    EXPECT_EQ(read.lsh(), nullptr) << "took memory for tables";
    EXPECT_TRUE(std::ranges::equal(
        read.center(),
        nn::NetworkAccess::Core(network).layer_index(layer)->center()));
    const std::vector<float> zeros(read.center().size());
    EXPECT_FALSE(std::ranges::equal(read.center(), zeros));
    nn::NetworkAccess::Core(elsewhere).layer_index(layer)->Center(zeros);
  }
  const util::ThreadTeam team(1);
  nn::NetworkAccess::Core(network).BuildTables(team);
  nn::NetworkAccess::Core(loaded).BuildTables(team);
  nn::NetworkAccess::Core(elsewhere).BuildTables(team);
  for (const size_t layer : kHashed) {
    EXPECT_EQ(Buckets(loaded, layer), Buckets(network, layer));
    EXPECT_NE(Buckets(elsewhere, layer), Buckets(network, layer));
  }
}

TEST_P(StoredNetworkTest, NumbersThatAreNotFiniteAreNeitherSavedNorRead) {
  const auto [precision, optimizer] = GetParam();
  const Network good = MakeNetwork(precision, optimizer);
  good.Save(path_);
  const std::string before = Bytes();
  Network network = MakeNetwork(precision, optimizer);
  // The last float that the optimizer keeps for a row of the second layer.
  nn::RowStore& rows = nn::NetworkAccess::Core(network).layers()[1].weights();
  kernels::RowsView view = rows.rows();
  const size_t last = kernels::NumScalars(optimizer) - 1;
  view.scalars(9)[last] = std::numeric_limits<float>::infinity();
  try {
    network.Save(path_);
    ADD_FAILURE() << "saved";
  } catch (const DivergedError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("row 9 of hidden1"));
  }
  EXPECT_EQ(Bytes(), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);

  // The same from elsewhere, under right sums.
  Container parts = Container::Of(before);
  const auto records = rows.records();
  parts.Put("hidden1.rows",
            std::string(reinterpret_cast<const char*>(records.data()),
                        records.size()));
  Write(parts.File());
  ExpectRefused("got a number that is not finite in row 9 of hidden1");
  EXPECT_THROW(Network::Open(path_, {.verify = true}), ModelFileError);
  const Network opened = Network::Open(path_);
  const std::vector<uint32_t> ids = {3};
  const std::vector<float> values = {1.0f};
  if (last == kernels::kBias) {
    EXPECT_THROW(opened.Predict({ids, values}, 1), DivergedError);
  }
}

// The file is good, and is not to be blamed.
TEST_F(NetworkIoTest, TooLittleMemoryIsNoFaultOfTheFile) {
  if (testing_support::kIsSanitized) {
    GTEST_SKIP() << "sanitizers take more addresses than any limit leaves";
  }
  constexpr uint32_t kMany = 150'000;  // of features, 72 MiB of rows
  Network({.num_features = kMany, .num_labels = 5}, 1).Save(path_);
  const auto load = [&] {
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit = {.rlim_cur = pages * 4096 + (rlim_t{48} << 20),
                          .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
    rlimit now = {};
    getrlimit(RLIMIT_AS, &now);
    // Emulators keep no such limit.
    if (pages == 0 || now.rlim_cur != limit.rlim_cur) std::_Exit(0);
    try {
      Network::Load(path_);
      std::_Exit(1);
    } catch (const OutOfMemoryError&) {
      std::_Exit(0);
    } catch (const Error&) {
      std::_Exit(2);
    }
  };
  EXPECT_EXIT(load(), testing::ExitedWithCode(0), "");
}

TEST_F(NetworkIoTest, ACenterThatIsNotFiniteIsRefused) {
  MakeNetwork().Save(path_);
  Container parts = Container::Of(Bytes());
  const float infinite = std::numeric_limits<float>::infinity();
  std::string center(11 * sizeof(float), '\0');
  std::memcpy(center.data() + 8, &infinite, sizeof(float));
  parts.Put("output.center", center);
  Write(parts.File());
  ExpectRefused(
      ": section output.center: got numbers that are not finite, expected "
      "finite ones");
}

TEST_P(StoredNetworkTest, AnOpenedNetworkPredictsTheSameBits) {
  const auto [precision, optimizer] = GetParam();
  Network network = MakeNetwork(precision, optimizer);
  const Dataset data = testing_support::RandomData(50, 30, 40, 5, 2, kSeed);
  TrainOptions train;
  train.epochs = 1;
  train.num_threads = 1;
  Trainer(network, train).Fit(data);
  network.Save(path_);
  Network opened = Network::Open(path_);
  const auto expected = network.Predict(data, 0, data.size(), 40, 1);
  const auto found = opened.Predict(data, 0, data.size(), 40, 1);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].label, expected[i].label);
    EXPECT_EQ(found[i].logit, expected[i].logit);
    EXPECT_EQ(found[i].probability, expected[i].probability);
  }
  for (Network* any : {&opened, &network}) {
    nn::NetworkAccess::Core(*any).BuildTables(util::ThreadTeam(1));
  }
  EXPECT_EQ(Buckets(opened, 3), Buckets(network, 3));
}

// So no weight was copied.
TEST_F(NetworkIoTest, AnOpenedNetworkShowsTheBytesOfItsFile) {
  MakeNetwork().Save(path_);
  const Network opened = Network::Open(path_);
  for (const nn::Layer& layer : nn::NetworkAccess::Core(opened).layers()) {
    EXPECT_TRUE(layer.weights().is_view());
  }
  const std::span<const std::byte> rows =
      nn::NetworkAccess::Core(opened).output().weights().records();
  const Container parts = Container::Of(Bytes());
  const size_t offset = std::filesystem::file_size(path_) -
                        parts.sections.size() + parts.Offset("output.rows");
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  for (const char value : {'a', 'b'}) {
    file.seekp(static_cast<std::streamoff>(offset)).put(value).flush();
    EXPECT_EQ(static_cast<char>(rows[0]), value);
  }
}

TEST_F(NetworkIoTest, AnOpenedNetworkCanBeSavedButNotChanged) {
  MakeNetwork().Save(path_);
  const std::string bytes = Bytes();
  Network opened = Network::Open(path_);
  opened.Save(path_);
  EXPECT_EQ(Bytes(), bytes);
  const auto expect_refused = [](auto change) {
    try {
      change();
      ADD_FAILURE() << "changed";
    } catch (const OptionsError& error) {
      EXPECT_STREQ(error.what(),
                   "got a network that was opened for prediction "
                   "(Network::Open), expected one whose weights can change "
                   "(Network::Load)");
    }
  };
  const std::vector<uint64_t> counts(40, 1);
  const Dataset data = testing_support::RandomData(50, 30, 40, 5, 2, kSeed);
  expect_refused([&] { opened.SetLabelPriors(counts, 2); });
  expect_refused([&] { Trainer(opened, {}).Fit(data); });
  expect_refused([&] { OnlineTrainer(opened, {}); });
}

TEST_F(NetworkIoTest, SavingTwiceGivesTheSameBytesAndLeavesNoOtherFile) {
  const Network network = MakeNetwork();
  network.Save(path_);
  const std::string first = Bytes();
  network.Save(path_);
  EXPECT_EQ(Bytes(), first);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().string(), path_);
    ++files;
  }
  EXPECT_EQ(files, 1u);
}

TEST_F(NetworkIoTest, ItsFirstBytesTellAModelFile) {
  EXPECT_FALSE(IsModelFile(path_));
  EXPECT_FALSE(IsModelFile(folder_));
  MakeNetwork().Save(path_);
  EXPECT_TRUE(IsModelFile(path_));
  Write("slide");
  EXPECT_FALSE(IsModelFile(path_));
  Write("1 2 3\n0 0:1\n");
  EXPECT_FALSE(IsModelFile(path_));
}

// The container's own tests flip each byte of a file and cut it anywhere.
TEST_F(NetworkIoTest, AFileThatIsDamagedCutOrGoesOnIsRefused) {
  MakeNetwork().Save(path_);
  const std::string bytes = Bytes();
  for (size_t i = 0; i < bytes.size(); i += 61) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    Write(damaged);
    EXPECT_THROW(Network::Load(path_), ModelFileError) << i;
    EXPECT_THROW(Network::Open(path_, {.verify = true}), ModelFileError) << i;
    Write(bytes.substr(0, i));
    EXPECT_THROW(Network::Load(path_), ModelFileError) << i;
    EXPECT_THROW(Network::Open(path_), ModelFileError) << i;
  }
  Write(bytes + '\0');
  ExpectRefused("continues behind its end");
}

TEST_F(NetworkIoTest, EveryHashOptionComesBack) {
  for (const HashKind kind :
       {HashKind::kSimHash, HashKind::kWta, HashKind::kDwta, HashKind::kMinHash,
        HashKind::kNone}) {
    NetworkOptions options = MakeNetwork().options();
    options.hash = {.kind = kind,
                    .candidates = 70,
                    .hashes_per_table = 5,
                    .num_tables = 3,
                    .table_bits = 11,
                    .bucket_capacity = 70,
                    .bucket_policy = BucketPolicy::kReservoir,
                    .centered = false};
    Network(options, 1).Save(path_);
    const HashOptions loaded = Network::Load(path_).options().hash;
    EXPECT_EQ(loaded.kind, kind);
    EXPECT_EQ(loaded.hashes_per_table, 5);
    EXPECT_EQ(loaded.num_tables, 3);
    EXPECT_EQ(loaded.table_bits, 11);
    EXPECT_EQ(loaded.bucket_capacity, 70);
    EXPECT_EQ(loaded.bucket_policy, BucketPolicy::kReservoir);
    EXPECT_FALSE(loaded.centered);
    EXPECT_EQ(loaded.candidates, 70);
  }
}

TEST_F(NetworkIoTest, RefusalsNameTheCause) {
  ExpectRefused(": cannot be read: No such file");
  Write("1 2 3\n4 5:6\nthis is a data file, not a model\n");
  ExpectRefused(": not a slide model file (bad magic)");

  MakeNetwork().Save(path_);
  Container parts = Container::Of(Bytes());
  Container damaged = parts;
  damaged.sections[parts.Offset("output.rows") + 1000] ^= 1;
  Write(damaged.File());
  ExpectRefused(": section output.rows is damaged: got checksum ");

  for (const uint32_t version : {5, 6, 7, 8, 9, 12}) {
    parts.version = version;
    Write(parts.File());
    ExpectRefused(
        ": got version " + std::to_string(version) +
        " of a slide model file, which slide " +
        parts.header["library_version"].get<std::string>() +
        " wrote, expected 10 to 11; train the network again, or use the "
        "slide that wrote it");
  }
}

TEST_F(NetworkIoTest, HeadersThatLieUnderARightSumAreRefused) {
  MakeNetwork().Save(path_);
  const Container parts = Container::Of(Bytes());
  const auto expect_refused = [&](const std::string& error, auto lie) {
    Container forged = parts;
    lie(forged, forged.header["info"]["options"]);
    Write(forged.File());
    ExpectRefused(error);
  };
  using nlohmann::json;
  // Rows of 8 and of 9 weights have records of the same size.
  expect_refused(
      ": section input.rows: got 30 rows of 8 numbers, 64 bytes each, expected "
      "30 rows of 9 numbers, 64 bytes each",
      [](Container&, json& options) { options["hidden"][0]["neurons"] = 9; });
  expect_refused(": section input.rows: got 30 rows",
                 [](Container&, json& options) {
                   options["num_features"] = 2'000'000'000;
                 });
  expect_refused(": section output.rows: got 40 rows",
                 [](Container&, json& options) { options["num_labels"] = 39; });
  expect_refused(": section input.bias is missing", [](Container& c, json&) {
    c.Section("input.bias")["name"] = "input.rows";
  });
  expect_refused(": got 9 sections, expected 8",
                 [](Container& c, json&) { c.Add("more", 4, "more bytes!!"); });
  expect_refused(": num_labels: got 0",
                 [](Container&, json& options) { options["num_labels"] = 0; });
  expect_refused(": precision: got 'fp64'", [](Container&, json& options) {
    options["precision"] = "fp64";
  });
  expect_refused(": hidden: got 'none'",
                 [](Container&, json& options) { options["hidden"] = "none"; });
  expect_refused(": options: got none",
                 [](Container&, json& options) { options = 1; });
  expect_refused(": newer: this program does not know",
                 [](Container&, json& options) { options["newer"] = 1; });
}

TEST_F(NetworkIoTest, AFailedSaveLeavesTheOldFileWhole) {
  const Network network = MakeNetwork();
  EXPECT_THROW(network.Save(folder_ + "/missing/model.slide"), ModelFileError);
  EXPECT_THROW(network.Save(folder_), ModelFileError);
  network.Save(path_);
  const std::string before = Bytes();
  EXPECT_THROW(network.Save(path_ + "/below"), ModelFileError);
  EXPECT_EQ(Bytes(), before);
}

// Flips a bit in the middle of a section; the message of what opens it then, or
// nothing.
std::string ErrorOfDamage(const std::string& path, const std::string& bytes,
                          const std::string& section, bool verify) {
  Container parts = Container::Of(bytes);
  const size_t at =
      parts.Offset(section) + Container::Bytes(parts.Section(section)) / 2;
  parts.sections[at] = static_cast<char>(parts.sections[at] ^ 1);
  std::ofstream(path, std::ios::binary) << parts.File();
  try {
    Network::Open(path, {.verify = verify});
  } catch (const ModelFileError& error) {
    return error.what();
  }
  return "";
}

TEST_F(NetworkIoTest, OpeningLeavesRowsAndPairsToVerify) {
  MakeNetwork().Save(path_);
  const std::string plain = Bytes();
  const Dataset data = testing_support::RandomData(200, 30, 40, 5, 2, kSeed);
  Network network = MakeWithSparsePart(data);
  ModelCard card;
  std::vector<std::string> names(40, "name");
  card.label_names = NameList(names);
  network.SetCard(card);
  network.Save(path_);
  const std::string sparse = Bytes();
  const auto expect = [&](const std::string& file, const std::string& section,
                          bool is_checked_at_once) {
    const std::string message = "section " + section + " is damaged";
    EXPECT_THAT(ErrorOfDamage(path_, file, section, true),
                testing::HasSubstr(message));
    if (is_checked_at_once) {
      EXPECT_THAT(ErrorOfDamage(path_, file, section, false),
                  testing::HasSubstr(message));
    } else {
      EXPECT_EQ(ErrorOfDamage(path_, file, section, false), "") << section;
    }
  };
  for (const char* rows : {"input", "hidden1", "hidden2", "output"}) {
    expect(plain, std::string(rows) + ".rows", false);
  }
  expect(plain, "input.bias", true);
  expect(plain, "output.center", true);
  expect(sparse, "sparse.pairs", false);
  expect(sparse, "sparse.accumulators", false);
  expect(sparse, "sparse.lists", true);
  expect(sparse, "sparse.weight", true);
  expect(sparse, "labels.names", true);
}

// Names that were taken out of a network outlive it and its mapping.
TEST_F(NetworkIoTest, NamesOfAnOpenedNetworkStayWithTheirCopies) {
  Network network = MakeNetwork();
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("name " + std::to_string(i));
  ModelCard card;
  card.label_names = NameList(names);
  network.SetCard(card);
  network.Save(path_);
  ModelCard copy = Network::Open(path_).card();
  EXPECT_EQ(copy.label_names[39], "name 39");
  EXPECT_EQ(copy, card);
}

// Under right sums, from a hand that knows them.
TEST_F(NetworkIoTest, PairsOfAnOpenedNetworkThatBreakARuleAreAnError) {
  const Dataset data = testing_support::RandomData(200, 30, 40, 5, 2, kSeed);
  MakeWithSparsePart(data).Save(path_);
  Container parts = Container::Of(Bytes());
  parts.Put(
      "sparse.pairs",
      std::string(Container::Bytes(parts.Section("sparse.pairs")), '\x7f'));
  Write(parts.File());
  ExpectRefused("the sparse part: feature");
  EXPECT_THROW(Network::Open(path_, {.verify = true}), ModelFileError);
  const Network opened = Network::Open(path_);
  EXPECT_THROW(opened.Predict(data[0].features, 3), Error);
}

}  // namespace
}  // namespace slide::network_io_test
