// `slide export`, and the commands on what it writes.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace slide::cli::export_command_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ExportCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    ASSERT_EQ(TrainModel().exit_code, 0);
  }
  Outcome Export(const std::string& out,
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"export", model_, Path(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCommand(arguments);
  }
  // The labels alone, a line each sample.
  std::string Labels(const std::string& model) const {
    std::string labels;
    const Outcome outcome =
        RunCommand({"predict", model, test_, "--top-k", "1"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    bool is_label = true;
    for (const char c : outcome.out) {
      if (c == ':') is_label = false;
      if (c == '\n') is_label = true;
      if (is_label) labels += c;
    }
    return labels;
  }
};

TEST_F(ExportCommandTest, OtherCommandsTakeWhatItWritesAsAnyModel) {
  const auto before = std::filesystem::file_size(model_);
  for (const std::string weights : {"fp32", "bf16", "int8"}) {
    const Outcome outcome = Export(weights, {"--weights", weights});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out,
                StartsWith(Path(weights) + ": " + weights + " weights, "));
    EXPECT_LT(std::filesystem::file_size(Path(weights)), before);
    EXPECT_EQ(Labels(Path(weights)), Labels(model_));
    EXPECT_EQ(RunCommand({"evaluate", Path(weights), test_}).exit_code, 0);
    const Outcome info = RunCommand({"info", Path(weights), "--verify"});
    EXPECT_EQ(info.exit_code, 0) << info.err;
    EXPECT_THAT(info.out, HasSubstr(weights + " weights, without training"));
  }
  EXPECT_EQ(RunCommand({"predict", Path("fp32"), test_}).out,
            RunCommand({"predict", model_, test_}).out);
}

TEST_F(ExportCommandTest, Int8IsTheDefaultAndJsonSaysSo) {
  const auto json = nlohmann::json::parse(Export("small", {"--json"}).out);
  EXPECT_EQ(json["weights"], "int8");
  EXPECT_EQ(json["format"], "model");
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(Path("small")));
  const auto info =
      nlohmann::json::parse(RunCommand({"info", Path("small"), "--json"}).out);
  EXPECT_EQ(info["exported"], "int8");
  const auto of_model =
      nlohmann::json::parse(RunCommand({"info", model_, "--json"}).out);
  EXPECT_FALSE(of_model.contains("exported"));
}

TEST_F(ExportCommandTest, ANameOrAnOptionMakesAnArchive) {
  EXPECT_THAT(Export("a.npz").out, HasSubstr("fp32 weights"));
  EXPECT_THAT(ReadFile("a.npz"), StartsWith("PK\x03\x04"));
  EXPECT_EQ(Export("b", {"--format", "npz", "--quiet"}).out, "");
  EXPECT_EQ(ReadFile("b"), ReadFile("a.npz"));
  const Outcome outcome = Export("c.npz", {"--weights", "bf16"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--weights: does nothing with"));
  EXPECT_EQ(Export("c", {"--format", "npz", "--weights", "bf16"}).exit_code, 2);
  EXPECT_FALSE(Exists("c") || Exists("c.npz"));
  EXPECT_EQ(Export("d.npz", {"--format", "model"}).exit_code, 0);
  EXPECT_EQ(RunCommand({"info", Path("d.npz")}).exit_code, 0);
}

TEST_F(ExportCommandTest, AnExportedModelCannotGoOn) {
  ASSERT_EQ(Export("small").exit_code, 0);
  ASSERT_EQ(Export("again").exit_code, 0);
  // It can be exported again, to the same bytes.
  const Outcome outcome =
      RunCommand({"export", Path("small"), Path("again"), "--quiet"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(ReadFile("again") == ReadFile("small"));
}

TEST_F(ExportCommandTest, RefusesToOverwriteWhatItReads) {
  const std::string bytes = ReadFile("model.slide");
  const Outcome outcome = RunCommand({"export", model_, model_});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("OUT would overwrite MODEL"));
  EXPECT_TRUE(ReadFile("model.slide") == bytes);
}

TEST_F(ExportCommandTest, WhatIsThereIsNotLostWithoutAWord) {
  ASSERT_EQ(Export("small").exit_code, 0);
  EXPECT_THAT(Export("small").err,
              HasSubstr("small: the model that is there will be replaced"));
  ASSERT_EQ(Export("arrays.npz").exit_code, 0);
  EXPECT_THAT(Export("arrays.npz").err,
              HasSubstr("the archive that is there will be replaced"));
  WriteFile("notes.npz", "notes");
  for (const char* name : {"test.txt", "notes.npz"}) {
    const std::string bytes = ReadFile(name);
    const Outcome outcome = Export(name);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("which is there and no "));
    EXPECT_EQ(ReadFile(name), bytes);
  }
  const Outcome mixed = RunCommand({"export", model_, "-", "--json"});
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_THAT(mixed.out, testing::IsEmpty());
}

TEST_F(ExportCommandTest, DamageIsRefusedAndLeavesNothing) {
  std::string bytes = ReadFile("model.slide");
  // The last rows are the output's, which opening alone does not read.
  bytes[bytes.size() - 2] = static_cast<char>(bytes[bytes.size() - 2] ^ 1);
  WriteFile("model.slide", bytes);
  const Outcome outcome = Export("small");
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("section output."));
  EXPECT_FALSE(Exists("small"));
  for (const char* command : {"predict", "evaluate"}) {
    const Outcome verified = RunCommand({command, model_, test_, "--verify"});
    EXPECT_EQ(verified.exit_code, 4);
    EXPECT_THAT(verified.err, HasSubstr("section output."));
  }
  EXPECT_EQ(RunCommand({"info", model_, "--verify"}).exit_code, 4);
}

TEST_F(ExportCommandTest, APlaceThatCannotBeWrittenIsSaid) {
  const Outcome full = RunCommand({"export", model_, "/dev/full"});
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_THAT(full.err, HasSubstr("/dev/full: cannot be written"));
  EXPECT_NE(Export("none/small").exit_code, 0);
  EXPECT_EQ(RunCommand({"export", Path("none"), Path("small")}).exit_code, 4);
  const std::vector<std::string> files = Files();
  EXPECT_EQ(std::count(files.begin(), files.end(), "small"), 0);
}

}  // namespace
}  // namespace slide::cli::export_command_test
