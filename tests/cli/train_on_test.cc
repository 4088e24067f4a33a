// `slide train --from`, `--freeze`, `--input-vectors`, and models whose place
// another one takes.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/network.h"

namespace slide::cli::train_on_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kDocuments[] =
    "editor,x11\ta small text editor for X\n"
    "server\ta web server\n"
    "editor\ta powerful text editor\n"
    "server\ta small mail server\n";
constexpr char kMoreDocuments[] =
    "editor,gtk\ta gtk text editor for gnome\n"
    "gtk\ta gnome gtk calendar\n"
    "server\ta gnome remote server\n";
constexpr char kReplaced[] = ": the model that is there will be replaced\n";

class TrainOnTest : public CommandTest {
 protected:
  using Words = std::vector<std::string>;

  // Trains on one thread, without a word; fails the test when that fails.
  // Returns what is on standard error.
  std::string Train(const std::string& data, const std::string& model,
                    const Words& more = {}) const {
    const Outcome outcome = RunCommand(Arguments(data, model, more));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.err;
  }
  Words Arguments(const std::string& data, const std::string& model,
                  const Words& more) const {
    Words words = {"train",     Path(data), "--model", Path(model),
                   "--threads", "1",        "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void ExpectRefused(const Words& words, int exit_code,
                     const std::string& message) const {
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, exit_code) << message;
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("slide: error: "), HasSubstr(message)));
  }
  json Info(const std::string& model) const {
    return json::parse(RunCommand({"info", Path(model), "--json"}).out);
  }
  // Points of four features and labels each, the number of a point's feature
  // and label; with `first`, LibSVM text that counts from it.
  static std::string Points(int num) {
    std::string text = std::to_string(4 * num) + " " + std::to_string(num) +
                       " " + std::to_string(num) + "\n";
    for (int i = 0; i < 4 * num; ++i) {
      const std::string id = std::to_string(i % num);
      text += id + " " + id + ":1\n";
    }
    return text;
  }
};

TEST_F(TrainOnTest, TextAddsItsWordsAndLabels) {
  WriteFile("docs", kDocuments);
  WriteFile("more", kMoreDocuments);
  Train("docs", "old", {"--epochs", "50"});
  const Outcome outcome =
      RunCommand({"train", Path("more"), "--from", Path("old"), "--model",
                  Path("new"), "--epochs", "50", "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  // gnome and gtk are in two documents.
  EXPECT_THAT(outcome.out, HasSubstr("from       " + Path("old") +
                                     ", with 2 new features and 1 new labels"));
  WriteFile("texts", "a gnome gtk clock\na powerful mail server\n");
  const Outcome predicted =
      RunCommand({"predict", Path("new"), Path("texts"), "--top-k", "1"});
  EXPECT_THAT(predicted.out, AllOf(StartsWith("gtk:"), HasSubstr("\nserver:")));

  const json card = Info("new")["card"];
  EXPECT_EQ(card["label_names"], 4);
  EXPECT_EQ(card["training"]["data"], "more");
  ASSERT_EQ(card["earlier_trainings"].size(), 1u);
  EXPECT_EQ(card["earlier_trainings"][0], Info("old")["card"]["training"]);
  EXPECT_THAT(RunCommand({"info", Path("new")}).out,
              HasSubstr("\nin all                7 samples\n"));

  // In place, and once more.
  EXPECT_EQ(Train("docs", "new", {"--from", Path("new"), "--epochs", "1"}),
            "slide: " + Path("new") + kReplaced);
  EXPECT_EQ(Info("new")["card"]["earlier_trainings"].size(), 2u);
}

TEST_F(TrainOnTest, PointsAddFeaturesAndLabels) {
  WriteFile("small", Points(6));
  WriteFile("large", Points(9));
  Train("small", "old", {"--epochs", "20"});
  const Outcome outcome =
      RunCommand({"train", Path("large"), "--from", Path("old"), "--test",
                  Path("large"), "--model", Path("new"), "--epochs", "40",
                  "--threads", "1", "--json", "--quiet", "--k", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["from"], Path("old"));
  EXPECT_EQ(result["new_features"], 3);
  EXPECT_EQ(result["new_labels"], 3);
  EXPECT_EQ(result["p@1"], 1.0);
  // Data with fewer of both takes nothing away.
  Train("small", "again", {"--from", Path("new"), "--epochs", "1"});
  EXPECT_EQ(Info("again")["options"]["num_labels"], 9);
}

TEST_F(TrainOnTest, NamesGrowWithTheLabels) {
  WriteFile("small", Points(2));
  WriteFile("large", Points(3));
  WriteFile("names", "a\nb\n");
  WriteFile("more", "a\nb\nc\n");
  WriteFile("others", "a\nx\nc\n");
  Train("small", "old",
        {"--labels", Path("names"), "--features", Path("names")});
  const Words from = {"--from", Path("old"), "--features", Path("more")};
  ExpectRefused(Arguments("large", "new", from), 3,
                "large: got 3 labels, expected the 2 that " + Path("old") +
                    " has names for, or --labels FILE");
  Words words = from;
  words.insert(words.end(), {"--labels", Path("others")});
  ExpectRefused(Arguments("large", "new", words), 3,
                "others:2: got 'x', expected 'b'");
  words.back() = Path("more");
  Train("large", "new", words);
  EXPECT_EQ(Info("new")["card"]["label_names"], 3);
  EXPECT_EQ(Info("new")["card"]["feature_names"], 3);
}

TEST_F(TrainOnTest, OptionsAreTheModelsUnlessTheyMayChange) {
  WriteFile("data", Points(6));
  Train("data", "old",
        {"--hidden", "12", "--loss", "sigmoid", "--weight-decay", "0.001",
         "--epochs", "3", "--learning-rate", "0.05", "--hash", "simhash"});
  const auto from = [&](const Words& more) {
    Words words = {"--from", Path("old")};
    words.insert(words.end(), more.begin(), more.end());
    return Arguments("data", "new", words);
  };
  ASSERT_EQ(RunCommand(from({})).exit_code, 0);
  const json options = Info("new")["card"]["training"]["options"];
  EXPECT_EQ(options["loss"], "sigmoid");
  EXPECT_EQ(options["weight_decay"], 0.001);
  // These suit a training set.
  EXPECT_EQ(options["epochs"], 5);
  EXPECT_EQ(options["learning_rate"], 0.08);
  EXPECT_EQ(Info("new")["options"]["hidden"], json::parse(R"([{"neurons": 12,
      "activation": "relu", "max_active": 0}])"));

  ASSERT_EQ(RunCommand(from({"--loss", "softmax", "--hidden", "12", "--seed",
                             "5", "--hash", "simhash"}))
                .exit_code,
            0);
  EXPECT_EQ(Info("new")["card"]["training"]["options"]["loss"], "softmax");
  EXPECT_EQ(Info("new")["card"]["training"]["options"]["seed"], 5);
  EXPECT_EQ(Info("new")["options"]["seed"], 1);

  ExpectRefused(from({"--hidden", "13"}), 2,
                "--hidden: got 13, expected 12, which " + Path("old"));
  ExpectRefused(from({"--hidden", "12:tanh"}), 2, "--hidden: got 12:tanh");
  ExpectRefused(from({"--hidden", "12,4"}), 2, "--hidden: got 12,4");
  ExpectRefused(from({"--hash", "dwta"}), 2,
                "--hash: got dwta, expected simhash");
  ExpectRefused(from({"--precision", "bf16"}), 2,
                "--precision: got bf16, expected fp32");
  ExpectRefused(from({"--tables", "3"}), 2, "--tables: got 3, expected 50");
}

TEST_F(TrainOnTest, AnotherOptimizerBeginsAnewWithAWord) {
  WriteFile("data", Points(6));
  Train("data", "old", {"--epochs", "20"});
  const Outcome outcome = RunCommand(
      {"train", Path("data"), "--from", Path("old"), "--optimizer", "adam",
       "--test", Path("data"), "--model", Path("new"), "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("\noptimizer  another one than row-adagrad"));
  EXPECT_THAT(outcome.out, HasSubstr("trained network    "));
  EXPECT_EQ(Info("new")["options"]["optimizer"], "adam");
}

TEST_F(TrainOnTest, FrozenOutputsHaveNoNewLabels) {
  WriteFile("small", Points(2));
  WriteFile("large", Points(3));
  Train("small", "old");
  ExpectRefused(
      Arguments("large", "new", {"--from", Path("old"), "--freeze", "output"}),
      2,
      "--freeze: got output, but " + Path("large") + " has 1 labels that " +
          Path("old"));
  Train("small", "new", {"--from", Path("old"), "--freeze", "output"});
  Train("large", "new2", {"--from", Path("old"), "--freeze", "input"});
  // Whatever is frozen, its weights are in the file as they were.
  const Network before = Network::Load(Path("old"));
  const Network after = Network::Load(Path("new"));
  EXPECT_EQ(Info("new")["card"]["training"]["options"]["freeze"], "output");
  EXPECT_EQ(before.options().num_labels, after.options().num_labels);
}

TEST_F(TrainOnTest, StartsThatContradictEachOtherAreRefused) {
  WriteFile("data", Points(2));
  Train("data", "old",
        {"--checkpoint", Path("run"), "--checkpoint-every", "1epochs"});
  const Words from = {"--from", Path("old"), "--resume", Path("run")};
  ExpectRefused(Arguments("data", "new", from), 2,
                "--from, --resume: got both");
  ExpectRefused(Arguments("data", "new", {"--from", Path("run")}), 2,
                "--from: got " + Path("run") + ", a checkpoint");
  ExpectRefused(Arguments("data", "new", {"--from", Path("nothing")}), 4,
                "nothing: cannot be read");
  ExpectRefused(Arguments("data", "new",
                          {"--from", Path("old"), "--metrics", Path("old")}),
                2, "is a network, which would be lost");
}

// The same bits whether it was cut or not.
TEST_F(TrainOnTest, ARunFromAModelGoesOnFromItsCheckpoint) {
  WriteFile("docs", kDocuments);
  WriteFile("more", kMoreDocuments);
  Train("docs", "old");
  Train("more", "whole", {"--from", Path("old"), "--epochs", "2000"});
  Words words = Arguments("more", "cut",
                          {"--from", Path("old"), "--epochs", "2000",
                           "--checkpoint", Path("run"), "--resume"});
  // Without a checkpoint it begins from the model.
  words.erase(std::ranges::find(words, "--quiet"));
  RunningCommand command(words);
  ASSERT_TRUE(command.WaitForError("epoch"));
  command.Signal(SIGINT);
  const Outcome stopped = command.Finish();
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  const Outcome resumed = RunCommand(words);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr("\nresumed "));
  EXPECT_TRUE(ReadFile("whole") == ReadFile("cut"));
}

TEST_F(TrainOnTest, VectorsOfWordsDecideTheWidthThatIsLeftOpen) {
  WriteFile("docs", kDocuments);
  WriteFile("vectors", "3 4\neditor 1 2 3 4\nserver 5 6 7 8\nzebra 0 0 0 0\n");
  const Outcome outcome = RunCommand(
      {"train", Path("docs"), "--input-vectors", Path("vectors"), "--freeze",
       "input", "--model", Path("model"), "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\nvectors    of 2 of the 5 features, out "
                                     "of 3 in " +
                                     Path("vectors") + "\n"));
  EXPECT_EQ(Info("model")["options"]["hidden"][0]["neurons"], 4);

  const auto words = [&](const Words& more) {
    Words all = {"--input-vectors", Path("vectors")};
    all.insert(all.end(), more.begin(), more.end());
    return Arguments("docs", "other", all);
  };
  ExpectRefused(words({"--hidden", "5"}), 2,
                "--input-vectors: got 4 numbers in a vector of " +
                    Path("vectors") + ", expected 5");
  ExpectRefused(words({"--hidden", "40:active=5"}), 2,
                "--input-vectors: got a hashed first layer");
  // With a model, of its new features alone.
  ExpectRefused(words({"--from", Path("model")}), 3,
                "none of them with the name of one of 0 new features");
  WriteFile("points", Points(3));
  ExpectRefused(
      Arguments("points", "other", {"--input-vectors", Path("vectors")}), 2,
      "--input-vectors: got features without names");
  WriteFile("vectors", "1 4\neditor 1 2 x 4\n");
  ExpectRefused(words({}), 3, "vectors:2: got 'x' as number 3 of 4");
}

TEST_F(TrainOnTest, WithAModelVectorsAreOfNewFeaturesAlone) {
  WriteFile("docs", kDocuments);
  WriteFile("more", kMoreDocuments);
  WriteFile("vectors", "2 4\neditor 1 2 3 4\ngnome 5 6 7 8\n");
  Train("docs", "old", {"--hidden", "4"});
  const Outcome outcome = RunCommand(
      {"train", Path("more"), "--from", Path("old"), "--input-vectors",
       Path("vectors"), "--model", Path("new"), "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("\nvectors    of 1 of the 2 new features, out of 2"));
}

TEST_F(TrainOnTest, NoFileIsReplacedWithoutAWord) {
  WriteFile("data", Points(2));
  EXPECT_EQ(Train("data", "model"), "");
  const std::string replaced = "slide: " + Path("model") + kReplaced;
  EXPECT_EQ(Train("data", "model"), replaced);
  // Links are followed; empty files, as mktemp makes them, are no loss.
  EXPECT_EQ(symlink(Path("model").c_str(), Path("link").c_str()), 0);
  EXPECT_EQ(Train("data", "link"), "slide: " + Path("link") + kReplaced);
  WriteFile("empty", "");
  EXPECT_EQ(Train("data", "empty"), "");
  // Neither are devices.
  EXPECT_EQ(
      RunCommand({"train", Path("data"), "--quiet", "--model", "/dev/null"})
          .err,
      "");

  WriteFile("notes", "my notes\n");
  ExpectRefused(
      Arguments("data", "notes", {}), 2,
      "--model: got " + Path("notes") + ", which is there and no slide model");
  EXPECT_EQ(ReadFile("notes"), "my notes\n");
  Train("data", "model",
        {"--checkpoint", Path("run"), "--checkpoint-every", "1epochs"});
  ExpectRefused(Arguments("data", "run", {}), 2, "no slide model");
}

TEST_F(TrainOnTest, ARunThatGoesOnMayReplaceItsModel) {
  WriteFile("data", Points(2));
  Train("data", "model",
        {"--checkpoint", Path("run"), "--checkpoint-every", "1epochs"});
  EXPECT_EQ(Train("data", "model", {"--checkpoint", Path("run"), "--resume"}),
            "slide: " + Path("model") + kReplaced);
}

TEST_F(TrainOnTest, AnExportedModelIsTrainedOnWithAFreshOptimizer) {
  TrainModel({"--epochs", "1", "--optimizer", "adam"});
  for (const char* weights : {"fp32", "bf16", "int8"}) {
    ASSERT_EQ(RunCommand({"export", model_, Path("small"), "--weights", weights,
                          "--quiet"})
                  .exit_code,
              0);
    const Outcome outcome =
        RunCommand({"train", train_, "--from", Path("small"), "--test", test_,
                    "--epochs", "1", "--threads", "1", "--model", Path("on")});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("optimizer  begins anew: the model is "
                                       "an exported one, of " +
                                       std::string(weights) + " weights"));
    const Outcome info = RunCommand({"info", Path("on"), "--json"});
    EXPECT_EQ(json::parse(info.out)["options"]["optimizer"], "adam");
    // Models of adam are without its state, in the precision of training.
    EXPECT_EQ(json::parse(info.out)["exported"], "fp32");
    std::remove(Path("on").c_str());
  }
}

// --model names the file of --from, and the run goes on twice.
TEST_F(TrainOnTest, ARunThatGoesOnKeepsItsHistory) {
  TrainModel({"--epochs", "1"});
  const Words words = {"train",     train_,      "--from",   model_,
                       "--model",   model_,      "--epochs", "2",
                       "--quiet",   "--threads", "1",        "--checkpoint",
                       Path("run"), "--resume"};
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = RunCommand(words);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json info =
        json::parse(RunCommand({"info", model_, "--json"}).out)["card"];
    EXPECT_EQ(info["earlier_trainings"].size(), 1u);
    EXPECT_EQ(info["training"]["epochs"], 2);
  }
  // The same run without the model, or another one with it.
  ExpectRefused(TrainArguments({"--checkpoint", Path("run"), "--resume"}), 2,
                "--from: got none, expected a model to begin from as the run");
  ASSERT_EQ(RunCommand({"train", train_, "--epochs", "1", "--checkpoint",
                        Path("plain"), "--quiet"})
                .exit_code,
            0);
  ExpectRefused({"train", train_, "--epochs", "1", "--checkpoint",
                 Path("plain"), "--resume", "--from", model_},
                2, ", expected none as the run of " + Path("plain"));
}

TEST_F(TrainOnTest, WhatContradictsTheStartIsRefused) {
  ExpectRefused({"train", train_, "--freeze", "output"}, 2,
                "--freeze: got output, whose weights are drawn at random");
  ExpectRefused({"train", train_, "--freeze", "input"}, 2,
                "or --input-vectors FILE");
  TrainModel({"--epochs", "1", "--sparse-part", "on"});
  ExpectRefused({"train", train_, "--from", model_, "--sparse-part", "off"}, 2,
                "--sparse-part: got off, expected on or auto, for " + model_);
}

}  // namespace
}  // namespace slide::cli::train_on_test
