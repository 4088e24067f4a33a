#include "train/checkpoint_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/trainer.h"
#include "support/container.h"
#include "support/make_data.h"
#include "support/temp_folder.h"
#include "train/setup.h"
#include "train/training_run.h"

namespace slide::train::checkpoint_file_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::Container;

constexpr uint64_t kSeed = 3;

// A checkpoint of every kind of section, in the middle of the second epoch.
class CheckpointFileTest : public testing::Test {
 protected:
  CheckpointFileTest() {
    network_.num_features = data_.num_features();
    network_.num_labels = data_.num_labels();
    network_.hidden = {4, 9};
    network_.hidden[1].max_active = 5;
    network_.hidden[1].hash.num_tables = 2;
    network_.hash.num_tables = 2;
    network_.hash.table_bits = 4;
    train_.epochs = 3;
    train_.num_threads = 1;
    train_.sparse_part.mode = SparsePartMode::kOn;
    train_.eval_ks = {1};
    Network network(network_, 1);
    const LossWeights no_weights;
    SettleNetwork(train_, nn::NetworkAccess::Core(network));
    RunToEnd({.network = network,
              .options = train_,
              .data = data_,
              .weights = no_weights,
              .sets = sets_,
              .callback =
                  [](const Progress& progress) {
                    return progress.epoch < 2 ||
                           progress.epoch_samples_done < 3;
                  },
              .looks = {.samples_between = 1}},
             {.path = path_});
    bytes_ = folder_.Read("run");
  }

  // Resumes the file.
  void Resume() const {
    Network network(network_, 1);
    Trainer(network, train_).Resume(path_, data_, sets_);
  }
  // Both ways to read it refuse the file.
  std::string Refusal() const {
    std::string message = "taken";
    try {
      Resume();
    } catch (const ModelFileError& error) {
      message = error.what();
      EXPECT_THAT(message, HasSubstr(path_));
    }
    return message;
  }
  // With other numbers of the run, under right sums.
  std::string RefusalWith(const std::function<void(json&)>& change) const {
    Container parts = Container::Of(bytes_);
    const std::string text = parts.sections.substr(
        parts.Offset("run"), Container::Bytes(parts.Section("run")));
    json run = json::parse(text);
    // Makes room, whatever the clock said.
    run["apply_seconds"] = 0;
    run["state"]["seconds"] = 0;
    for (const char* name :
         {"step_seconds", "earlier_seconds", "eval_seconds"}) {
      run["report"][name] = 0;
    }
    run["workers"]["seconds"] = {0, 0, 0};
    change(run);
    std::string changed = run.dump();
    EXPECT_LE(changed.size(), text.size());
    changed.resize(text.size(), ' ');
    parts.Put("run", changed);
    folder_.Write("run", parts.File());
    return Refusal();
  }
  // With other bytes of a section, under right sums.
  std::string RefusalWith(const std::string& section, size_t at,
                          const std::string& bytes) const {
    Container parts = Container::Of(bytes_);
    std::string content = parts.sections.substr(
        parts.Offset(section), Container::Bytes(parts.Section(section)));
    parts.Put(section, content.replace(at, bytes.size(), bytes));
    folder_.Write("run", parts.File());
    return Refusal();
  }

  const Dataset data_ = testing_support::LearnableData(12, 6, 1, kSeed);
  const EvaluationSets sets_ = {.test = &data_, .validation = &data_};
  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("run");
  NetworkOptions network_;
  TrainOptions train_;
  std::string bytes_;
};

TEST_F(CheckpointFileTest, IsKnownByItsFirstBytes) {
  EXPECT_TRUE(IsCheckpointFile(path_));
  EXPECT_FALSE(IsModelFile(path_));
  folder_.Write("run", "slidenet");
  EXPECT_FALSE(IsCheckpointFile(path_));
  EXPECT_FALSE(IsCheckpointFile(folder_.Path("none")));
}

TEST_F(CheckpointFileTest, TellsOfItsRun) {
  const CheckpointInfo info = ReadCheckpointInfo(path_);
  EXPECT_EQ(info.num_bytes, bytes_.size());
  EXPECT_EQ(info.network.num_features, data_.num_features());
  EXPECT_EQ(info.network.hidden.size(), 2u);
  EXPECT_EQ(info.train.epochs, 3);
  EXPECT_EQ(info.train.sparse_part.mode, SparsePartMode::kOn);
  EXPECT_EQ(info.train_set.num_samples, 12u);
  EXPECT_EQ(info.validation_set, info.train_set);
  EXPECT_EQ(info.test_set, info.train_set);
  EXPECT_EQ(info.epoch, 2);
  EXPECT_EQ(info.epoch_samples_done, 3u);
  EXPECT_EQ(info.epoch_samples, 12u);
  EXPECT_EQ(info.num_steps, 15u);
  EXPECT_GT(info.train_seconds, 0.0);
  ASSERT_EQ(info.epochs.size(), 1u);
  EXPECT_EQ(info.epochs[0].test->at.size(), 1u);
  EXPECT_EQ(info.best_epoch, 1);
  EXPECT_NO_THROW(Resume());
}

// The file in memory, where thousands are made in no time.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes)
      : descriptor_(memfd_create("run", MFD_CLOEXEC)) {
    Write(0, bytes);
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const {
    return "/proc/self/fd/" + std::to_string(descriptor_);
  }
  void Write(size_t at, const std::string& bytes) const {
    EXPECT_EQ(
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at)),
        static_cast<ssize_t>(bytes.size()));
  }
  void Resize(size_t size) const {
    EXPECT_EQ(ftruncate(descriptor_, static_cast<off_t>(size)), 0);
  }

 private:
  int descriptor_;
};

TEST_F(CheckpointFileTest, EveryFlippedByteIsFound) {
  const MemoryFile file(bytes_);
  for (size_t i = 0; i < bytes_.size(); ++i) {
    file.Write(i, std::string(1, static_cast<char>(bytes_[i] ^ 0x10)));
    EXPECT_THROW(ReadCheckpointInfo(file.path()), ModelFileError) << i;
    file.Write(i, bytes_.substr(i, 1));
  }
  EXPECT_NO_THROW(ReadCheckpointInfo(file.path()));
}

TEST_F(CheckpointFileTest, EveryTruncationIsRefused) {
  const MemoryFile file(bytes_ + '\0');
  EXPECT_THROW(ReadCheckpointInfo(file.path()), ModelFileError);
  for (size_t size = bytes_.size(); size-- > 0;) {
    file.Resize(size);
    EXPECT_THROW(ReadCheckpointInfo(file.path()), ModelFileError) << size;
  }
}

// The sums are right: somebody has made it.
TEST_F(CheckpointFileTest, NumbersOfNoRunAreRefused) {
  const std::vector<std::pair<std::string, std::function<void(json&)>>> cases =
      {{"(epoch)", [](json& r) { r["state"]["epoch"] = 0; }},
       {"(epoch)", [](json& r) { r["state"]["epoch"] = 4; }},
       {"(finished epochs)", [](json& r) { r["state"]["epoch"] = 3; }},
       {"(finished epochs)",
        [](json& r) { r["report"]["epochs"] = json::array(); }},
       {"(samples)", [](json& r) { r["epoch_samples"] = 0; }},
       {": got epochs of 13 samples, expected the 12 of the training set",
        [](json& r) {
          r["epoch_samples"] = 13;
          r["state"]["steps"] = 16;
        }},
       {"(place)", [](json& r) { r["state"]["place"] = 99; }},
       {"(place)", [](json& r) { r["state"]["epoch"] = 1; }},
       {"(steps)", [](json& r) { r["state"]["steps"] = 14; }},
       {"(time)", [](json& r) { r["state"]["out_of_time"] = true; }},
       {"(seconds)", [](json& r) { r["state"]["seconds"] = -1; }},
       {"(rebuilds)", [](json& r) { r["state"]["rebuilds"]["next"] = 0; }},
       {"(rebuilds)",
        [](json& r) { r["state"]["rebuilds"]["check_interval"] = 0; }},
       {"(reports)", [](json& r) { r["report"]["epochs"][0]["epoch"] = 2; }},
       {"(reports)",
        [](json& r) { r["report"]["epochs"][0]["validation"] = nullptr; }},
       {"(parts)", [](json& r) { r["workers"]["seconds"] = json::array(); }},
       {"(best epoch)", [](json& r) { r["best"]["best"] = 0; }},
       {"(best epoch)", [](json& r) { r["best"]["best"] = 2; }},
       {"(best epoch)", [](json& r) { r["best"]["last"] = 0; }},
       {"section run: state: epoch: got -", [](json& r) {
          r["state"]["epoch"] = -3'000'000'000;
          r["apply_seconds"] = 0;
        }}};
  for (const auto& [message, change] : cases) {
    EXPECT_THAT(RefusalWith(change), HasSubstr(message));
  }
  EXPECT_EQ(RefusalWith([](json&) {}), "taken");
}

TEST_F(CheckpointFileTest, ForgedTablesAndNetworksAreRefused) {
  const std::string infinite("\x00\x00\x80\x7f", 4);
  EXPECT_THAT(RefusalWith("output.addresses", 0, std::string("\xff\xff", 2)),
              HasSubstr("section output.addresses: row 0 in table 0: got the "
                        "bucket 65535, expected one below 8"));
  EXPECT_THAT(RefusalWith("output.builds", 0, std::string(8, '\0')),
              HasSubstr("section output.builds: got 0, expected 1 or more"));
  EXPECT_THAT(RefusalWith("output.rows", 0, infinite),
              HasSubstr("got a number that is not finite in row 0 of output"));
  EXPECT_THAT(RefusalWith("hidden1.center", 0, infinite),
              HasSubstr("section hidden1.center"));
  EXPECT_THAT(RefusalWith("sparse.lists", 7, "\x7f"),
              HasSubstr("the sparse part: feature 0: got a list"));
  // The best network: the first row of the first layer.
  EXPECT_THAT(RefusalWith("run.best", 0, infinite),
              HasSubstr("got a number that is not finite in row 0 of input"));
  // Its last floats are the accumulators and the weight of the sparse part,
  // behind the words of the lists.
  const Container parts = Container::Of(bytes_);
  Container reader = parts;
  const size_t all = Container::Bytes(reader.Section("run.best"));
  const size_t words = Container::Bytes(reader.Section("sparse.pairs"));
  const size_t rest = Container::Bytes(reader.Section("sparse.accumulators")) +
                      Container::Bytes(reader.Section("sparse.weight"));
  EXPECT_THAT(RefusalWith("run.best", all - rest - words,
                          std::string("\xff\xff\xff\x7f", 4)),
              HasSubstr("feature 0: got "));
}

TEST_F(CheckpointFileTest, SectionsThatAreMissingOrTooManyAreRefused) {
  Container parts = Container::Of(bytes_);
  parts.Add("more", 1, "bytes");
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(), HasSubstr("sections, expected "));
  for (const char* name : {"run", "run.active", "run.best", "output.addresses",
                           "hidden1.builds", "input.bias"}) {
    parts = Container::Of(bytes_);
    parts.Section(name)["name"] = "other";
    folder_.Write("run", parts.File());
    EXPECT_NE(Refusal(), "taken") << name;
  }
}

TEST_F(CheckpointFileTest, OptionsThatCannotBeAreRefused) {
  Container parts = Container::Of(bytes_);
  parts.header["info"]["train"]["epochs"] = 0;
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(), HasSubstr("epochs: got 0, expected 1 to 1000000"));
  parts.header["info"]["train"]["epochs"] = nullptr;
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(), HasSubstr("train: epochs: got null"));
  parts.header["info"]["train"]["epochs"] = 3;
  parts.header["info"].erase("data");
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(), HasSubstr("data: is missing"));
  parts = Container::Of(bytes_);
  parts.version = 1;
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(), HasSubstr("got version 1 of a slide checkpoint"));
  parts = Container::Of(bytes_);
  parts.header["library_version"] = "0.0.9";
  folder_.Write("run", parts.File());
  EXPECT_THAT(Refusal(),
              HasSubstr("got a checkpoint of slide 0.0.9, expected one of "));
}

}  // namespace
}  // namespace slide::train::checkpoint_file_test
