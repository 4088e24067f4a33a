#include "cli/model_saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::cli::model_saver_test {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

class ModelSaverTest : public testing::Test {
 protected:
  // Networks of different epochs are told apart by their seeds.
  static Network Epoch(uint64_t seed) {
    NetworkOptions options;
    options.num_features = 5;
    options.num_labels = 4;
    options.hidden = {3};
    options.seed = seed;
    return Network(options, 1);
  }
  uint64_t SeedIn(const std::string& name) const {
    return Network::Load(folder_.Path(name)).options().seed;
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("model");
};

TEST_F(ModelSaverTest, WithoutAPathThereIsNothingToDo) {
  ModelSaver saver("");
  saver.CheckRoom(uint64_t{1} << 60);
  saver.KeepEpoch(Epoch(1), 1);
  EXPECT_EQ(saver.SaveKeptEpoch(), "");
  EXPECT_EQ(saver.SaveBeside(Epoch(2), ".mark"), "");
  EXPECT_EQ(saver.Save(Epoch(2)), "");
}

// As large as the weights, or twice as large.
TEST_F(ModelSaverTest, WhatAnOptimizerKeepsForEachWeightIsLeftOut) {
  const auto size = [&](Optimizer optimizer, Precision precision) {
    NetworkOptions options;
    options.num_features = 50;
    options.num_labels = 400;
    options.hidden = {64};
    options.optimizer = optimizer;
    options.precision = precision;
    ModelSaver saver(path_);
    saver.Save(Network(options, 1));
    const Network saved = Network::Load(path_);
    EXPECT_EQ(saved.options().optimizer, optimizer);
    EXPECT_EQ(saved.exported().has_value(),
              optimizer != Optimizer::kRowAdagrad);
    EXPECT_EQ(saved.exported().value_or(precision), precision);
    return fs::file_size(path_);
  };
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    const auto usual = size(Optimizer::kRowAdagrad, precision);
    for (const Optimizer optimizer :
         {Optimizer::kAdam, Optimizer::kAdagrad, Optimizer::kSgd}) {
      EXPECT_LT(size(optimizer, precision), usual);
    }
  }
}

TEST_F(ModelSaverTest, TheLastNetworkIsSavedAndNoOther) {
  ModelSaver saver(path_);
  saver.KeepEpoch(Epoch(1), 1);
  EXPECT_FALSE(fs::exists(path_));
  saver.KeepEpoch(Epoch(2), 2);
  EXPECT_EQ(saver.Save(Epoch(3)), path_);
  EXPECT_EQ(SeedIn("model"), 3u);
  EXPECT_THAT(folder_.Names(), UnorderedElementsAre("model"));
}

TEST_F(ModelSaverTest, TheKeptEpochTakesAFreePlaceAndNoOtherModels) {
  {
    ModelSaver saver(path_);
    saver.KeepEpoch(Epoch(1), 1);
    saver.KeepEpoch(Epoch(2), 2);
    EXPECT_EQ(saver.SaveKeptEpoch(), path_);
    EXPECT_EQ(saver.kept_epoch(), 2);
  }
  EXPECT_EQ(SeedIn("model"), 2u);
  for (const char* name : {"model.epoch7", "model.epoch7-2"}) {
    ModelSaver saver(path_);
    saver.KeepEpoch(Epoch(7), 7);
    EXPECT_EQ(fs::path(saver.SaveKeptEpoch()).filename(), name);
    EXPECT_EQ(SeedIn(name), 7u);
  }
  EXPECT_EQ(SeedIn("model"), 2u);
  EXPECT_EQ(folder_.Names().size(), 3u);
}

TEST_F(ModelSaverTest, ANetworkThatCannotBeSavedLeavesTheEpochBefore) {
  ModelSaver saver(path_);
  saver.KeepEpoch(Epoch(1), 1);
  fs::permissions(folder_.path(), fs::perms::owner_read);
  if (access(folder_.Path("").c_str(), W_OK) == 0) {
    fs::permissions(folder_.path(), fs::perms::owner_all);
    GTEST_SKIP() << "root may write everywhere";
  }
  saver.KeepEpoch(Epoch(2), 2);
  fs::permissions(folder_.path(), fs::perms::owner_all);
  EXPECT_EQ(saver.kept_epoch(), 1);
}

TEST_F(ModelSaverTest, SavingBesideKeepsAModelThatIsThere) {
  EXPECT_EQ(ModelSaver(path_).SaveBeside(Epoch(1), ".mark"), path_);
  EXPECT_EQ(ModelSaver(path_).SaveBeside(Epoch(2), ".mark"), path_ + ".mark");
  EXPECT_EQ(ModelSaver(path_).SaveBeside(Epoch(3), ".mark"), path_ + ".mark-2");
  EXPECT_EQ(SeedIn("model"), 1u);
  EXPECT_EQ(SeedIn("model.mark-2"), 3u);
}

TEST_F(ModelSaverTest, WhereTheFolderIsGoneTheCurrentOneTakesIt) {
  const std::string before = fs::current_path();
  fs::create_directory(folder_.Path("gone"));
  fs::create_directory(folder_.Path("here"));
  const ModelSaver early(folder_.Path("gone/model"));
  early.CheckRoom(1000);
  fs::remove(folder_.Path("gone"));
  fs::current_path(folder_.Path("here"));
  ModelSaver saver(folder_.Path("gone/model"));
  EXPECT_THAT([&] { saver.Save(Epoch(4)); },
              ThrowsMessage<ModelFileError>(
                  HasSubstr("the network was saved as ./model.saved")));
  EXPECT_EQ(SeedIn("here/model.saved"), 4u);
  fs::current_path(before);
  EXPECT_THROW(early.CheckRoom(1000), ModelFileError);
}

TEST_F(ModelSaverTest, DevicesAreWrittenOnceAtTheEnd) {
  ModelSaver saver("/dev/null");
  saver.KeepEpoch(Epoch(1), 1);
  EXPECT_EQ(saver.SaveKeptEpoch(), "");
  EXPECT_EQ(saver.SaveBeside(Epoch(2), ".mark"), "/dev/null");
}

}  // namespace
}  // namespace slide::cli::model_saver_test
