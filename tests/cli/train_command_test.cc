// `slide train` and `slide evaluate`: what they print, write and leave behind.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/sanitizers.h"

namespace slide::cli::train_command_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TrainCommandTest : public CommandTest {};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Those of an evaluation at 1, 3, 5, without what is not a share of 1.
std::vector<std::string> MetricKeys() {
  std::vector<std::string> keys;
  for (const char* name : {"p", "ndcg", "recall", "psp", "psndcg"}) {
    for (const char* k : {"@1", "@3", "@5"}) {
      keys.push_back(std::string(name) + k);
    }
  }
  return keys;
}

// Few labels are all computed unless something else is asked for, and the line
// about the network says so.
TEST_F(TrainCommandTest, SaysHowTheActiveNeuronsAreFound) {
  WriteFile("few.txt", "3 2 3\n0 0:1\n1 1:1\n2 0:1 1:1\n");
  const auto network_line = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", Path("few.txt"), "--epochs", "1",
                               "--threads", "1", "--sparse-part", "off"});
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const std::string& line : Lines(outcome.out)) {
      if (line.starts_with("network")) return line;
    }
    return std::string();
  };
  EXPECT_THAT(network_line({}),
              testing::EndsWith("; all labels computed, in batches of 32"));
  EXPECT_THAT(network_line({"--hash", "wta"}), HasSubstr(" hash tables of "));
  EXPECT_THAT(network_line({"--max-hashed", "2"}),
              HasSubstr(" hash tables of "));
  EXPECT_THAT(network_line({"--hash", "none"}),
              testing::EndsWith("; no hash tables"));
  EXPECT_THAT(network_line({"--update", "sampled", "--random-negatives", "1",
                            "--batch-size", "2"}),
              testing::EndsWith("; 1 negatives for batches of 2"));
}

TEST_F(TrainCommandTest, JsonHasEveryKeyInRange) {
  const Outcome outcome = RunCommand(TrainArguments({"--json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  std::vector<std::string> shares = MetricKeys();
  shares.push_back("index_recall@10");
  for (const std::string& key : shares) {
    ASSERT_TRUE(result.contains(key)) << key;
    EXPECT_GE(result[key], 0.0) << key;
    EXPECT_LE(result[key], 1.0) << key;
  }
  for (const char* key : {"loss", "train_loss", "train_seconds", "load_seconds",
                          "eval_seconds", "samples_per_second", "active_mean",
                          "active_p50", "active_p99", "peak_rss_bytes"}) {
    ASSERT_TRUE(result.contains(key)) << key;
    EXPECT_GT(result[key], 0.0) << key;
  }
  EXPECT_EQ(result["epochs"], 5);
  EXPECT_EQ(result["threads"], 1);
  EXPECT_EQ(result["seed"], 1);
  EXPECT_EQ(result["samples"], kNumTrain);
  EXPECT_EQ(result["interrupted"], false);
  for (const char* phase :
       {"load", "forward", "select", "backward", "rebuild", "evaluate"}) {
    ASSERT_TRUE(result["phases"].contains(phase)) << phase;
    EXPECT_GE(result["phases"][phase], 0.0) << phase;
  }
  // Every label is the label of one test sample in kNumLabels.
  EXPECT_DOUBLE_EQ(result["popularity"]["p@1"], 1.0 / kNumLabels);
  EXPECT_GT(result["p@1"], result["popularity"]["p@1"]);
}

TEST_F(TrainCommandTest, WithoutATestSetThereAreNoMetrics) {
  const Outcome outcome =
      RunCommand({"train", train_, "--threads", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  for (const char* key : {"p@1", "loss", "popularity"}) {
    EXPECT_FALSE(result.contains(key)) << key;
  }
  EXPECT_GT(result["train_loss"], 0.0);
}

// Returns the output of a training without the values that differ from run to
// run.
json Repeatable(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  json result = json::parse(outcome.out);
  for (const char* key : {"train_seconds", "load_seconds", "eval_seconds",
                          "samples_per_second", "peak_rss_bytes", "phases"}) {
    result.erase(key);
  }
  return result;
}

TEST_F(TrainCommandTest, OneThreadRepeatsItself) {
  const auto run = [&](const char* seed) {
    return Repeatable(RunCommand(TrainArguments({"--json", "--seed", seed})));
  };
  const json first = run("7");
  EXPECT_EQ(first, run("7"));
  EXPECT_NE(first["train_loss"], run("8")["train_loss"]);
}

TEST_F(TrainCommandTest, AutoIsWhatIsTakenWithoutTheOption) {
  const Outcome plain = RunCommand(TrainArguments({"--json"}));
  const Outcome named = RunCommand(TrainArguments(
      {"--json", "--learning-rate", "auto", "--layer-rates", "auto", "--hashes",
       "auto", "--table-bits", "auto", "--rebuild-every", "auto"}));
  EXPECT_EQ(Repeatable(plain), Repeatable(named));
}

TEST_F(TrainCommandTest, TakesEveryOptionOfTheEngine) {
  const auto train = [&](const char* threads) {
    const Outcome outcome =
        RunCommand({"train",
                    train_,
                    "--test",
                    test_,
                    "--epochs",
                    "12",
                    "--threads",
                    threads,
                    "--hidden",
                    "16,32:active=12:candidates=20:simhash:tanh",
                    "--loss",
                    "sigmoid",
                    "--bias-init",
                    "log-prior",
                    "--schedule",
                    "cosine",
                    "--warmup",
                    "0.1",
                    "--layer-rates",
                    "1,1,0.5",
                    "--bias-rate",
                    "0.5",
                    "--clip-norm",
                    "10",
                    "--weight-decay",
                    "0.0001",
                    "--update",
                    "batched",
                    "--batch-size",
                    "4",
                    "--neighbours",
                    "5",
                    "--input-dropout",
                    "0.1",
                    "--json",
                    "--hidden-dropout",
                    "0.1",
                    "--sparse-part",
                    "on",
                    "--sparse-min-samples",
                    "1",
                    "--sparse-max-share",
                    "0.9",
                    "--sparse-entries",
                    "1000",
                    "--sparse-memory",
                    "10",
                    "--sparse-rate",
                    "5",
                    "--sparse-weight",
                    "0.5"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  };
  const json one = train("1"), two = train("2");
  EXPECT_EQ(one["train_loss"], two["train_loss"]);
  EXPECT_EQ(one["p@1"], two["p@1"]);
  EXPECT_GT(one["train_loss"], 0.0);
  EXPECT_EQ(one["sparse_part"], two["sparse_part"]);
  EXPECT_GT(one["sparse_part"]["pairs"], 10);
  EXPECT_EQ(one["sparse_part"]["weight"], 0.5);
}

TEST_F(TrainCommandTest, DivergenceFailsAndKeepsTheModelThatWasThere) {
  WriteFile("kept.slide", "slidenet, an older model");
  const Outcome outcome = RunCommand(
      TrainArguments({"--optimizer", "sgd", "--learning-rate", "1e30",
                      "--warmup", "0", "--model", Path("kept.slide")}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("not finite"), HasSubstr("epoch"),
                                 HasSubstr("sample"), HasSubstr("1e+30")));
  EXPECT_EQ(ReadFile("kept.slide"), "slidenet, an older model");
}

TEST_F(TrainCommandTest, EvaluateGivesTheMetricsOfTheTrainedModel) {
  const json trained = json::parse(TrainModel({"--json"}).out);
  const Outcome outcome = RunCommand(
      {"evaluate", model_, test_, "--propensities", train_, "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json evaluated = json::parse(outcome.out);
  std::vector<std::string> keys = MetricKeys();
  keys.push_back("loss");
  // Threads add up in another order: a relative 1e-12 for 100 samples.
  for (const std::string& key : keys) {
    EXPECT_NEAR(evaluated[key].get<double>(), trained[key].get<double>(),
                1e-12 * (1.0 + trained[key].get<double>()))
        << key;
  }
  EXPECT_EQ(evaluated["samples"], kNumTest);
}

TEST_F(TrainCommandTest, EvaluatePrintsATable) {
  TrainModel();
  const Outcome outcome =
      RunCommand({"evaluate", model_, test_, "--k", "1,2", "--samples", "10"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("@1"), HasSubstr("@2"),
                                 HasSubstr("nDCG"), HasSubstr("10 samples")));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("PSP")));
}

TEST_F(TrainCommandTest, SigmoidStartsFromTheLogPriorsByItself) {
  const auto train_loss = [&](const char* loss, const char* init) {
    const Outcome outcome = RunCommand(
        TrainArguments({"--loss", loss, "--bias-init", init, "--json"}));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out)["train_loss"].get<double>();
  };
  EXPECT_EQ(train_loss("sigmoid", "auto"), train_loss("sigmoid", "log-prior"));
  EXPECT_LT(train_loss("sigmoid", "auto"), train_loss("sigmoid", "zero"));
  EXPECT_EQ(train_loss("softmax", "auto"), train_loss("softmax", "zero"));
}

TEST_F(TrainCommandTest, FirstLayerMayBeHashed) {
  const Outcome outcome = RunCommand(
      {"train", train_, "--test", test_, "--threads", "1", "--hidden",
       "200:active=40:tables=20", "--epochs", "8", "--tables", "10", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_GT(result["p@1"], 3.0 * result["popularity"]["p@1"].get<double>());
}

TEST_F(TrainCommandTest, MetricsFileHasALineAnEpoch) {
  WriteFile("lines", "of an earlier run\n");
  const Outcome outcome = RunCommand(
      TrainArguments({"--epochs", "3", "--json", "--metrics", Path("lines")}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::vector<std::string> lines = Lines(ReadFile("lines"));
  ASSERT_EQ(lines.size(), 3);
  double seconds = 0.0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const json line = json::parse(lines[i]);
    EXPECT_EQ(line["epochs"], i + 1);
    EXPECT_GT(line["seconds"], seconds);
    seconds = line["seconds"];
    EXPECT_GT(line["index_recall@10"], 0.0);
    EXPECT_LE(line["active_p50"], line["active_p99"]);
    EXPECT_GT(line["buckets"]["num_buckets"], 0u);
  }
  const json result = json::parse(outcome.out);
  const json last = json::parse(lines.back());
  std::vector<std::string> keys = MetricKeys();
  keys.insert(keys.end(), {"active_p50", "active_p99", "index_recall@10",
                           "index_drift", "buckets"});
  for (const std::string& key : keys) {
    EXPECT_EQ(last[key], result[key]) << key;
  }
}

TEST_F(TrainCommandTest, FullDiskUnderTheMetricsIsSaidAfterTheModelIsSaved) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  const Outcome outcome =
      RunCommand(TrainArguments({"--model", model_, "--metrics", "/dev/full"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("slide: error: /dev/full"));
  EXPECT_TRUE(Exists("model.slide"));
}

TEST_F(TrainCommandTest, SummaryComparesWithThePopularityGuess) {
  const Outcome outcome = TrainModel({"--epochs", "2"});
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("400 samples"), HasSubstr("50 -> 16 -> 20"),
                    HasSubstr("popularity guess"), HasSubstr(model_)));
  EXPECT_THAT(Files(), ElementsAre("model.slide", "test.txt", "train.txt"));
}

TEST_F(TrainCommandTest, QuietIsSilent) {
  const Outcome outcome = TrainModel({"--quiet"});
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(TrainCommandTest, QuietJsonIsOneObjectAndNothingElse) {
  const Outcome outcome = RunCommand(TrainArguments({"--quiet", "--json"}));
  EXPECT_TRUE(json::accept(outcome.out));
  EXPECT_EQ(Lines(outcome.out).size(), 1);
  EXPECT_THAT(outcome.err, IsEmpty());
}

class TrainSignalTest : public TrainCommandTest,
                        public testing::WithParamInterface<int> {};

TEST_P(TrainSignalTest, StopsSavesAndSaysSo) {
  RunningCommand command(
      TrainArguments({"--epochs", "1000000", "--model", model_}));
  ASSERT_TRUE(command.WaitForError("epoch "));
  command.Signal(GetParam());
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 128 + GetParam());
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("stopped"), HasSubstr(model_)));
  EXPECT_EQ(RunCommand({"evaluate", model_, test_}).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, TrainSignalTest,
                         testing::Values(SIGINT, SIGTERM, SIGHUP));

// As nohup starts it.
TEST_F(TrainCommandTest, SignalsThatWereIgnoredStayIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  RunningCommand command(
      TrainArguments({"--epochs", "1000000", "--model", model_}));
  std::signal(SIGHUP, before);
  ASSERT_TRUE(command.WaitForError("epoch "));
  command.Signal(SIGHUP);
  command.Signal(SIGHUP);  // a second one would end it at once
  EXPECT_TRUE(command.WaitForError("epoch "));
  command.Signal(SIGINT);
  EXPECT_EQ(command.Finish().exit_code, 130);
  EXPECT_TRUE(Exists("model.slide"));
}

// Features that mean one label in training and another one in the test: the
// guess of the most frequent label is right there, the network is not.
TEST_F(TrainCommandTest, ANetworkBelowTheGuessReplacesNoModel) {
  std::string train = "300 2 2\n", test = "1000 2 2\n";
  for (int i = 0; i < 300; ++i) train += i % 3 == 0 ? "1 1:1\n" : "0 0:1\n";
  for (int i = 0; i < 1000; ++i) test += "0 1:1\n";
  WriteFile("skewed.txt", train);
  WriteFile("other.txt", test);
  WriteFile("model.slide", "slidenet good");
  const std::vector<std::string> arguments = {"train",   Path("skewed.txt"),
                                              "--test",  Path("other.txt"),
                                              "--model", model_,
                                              "--json",  "--threads",
                                              "1",       "--k",
                                              "1"};
  const Outcome outcome = RunCommand(arguments);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("below the 1.0000 of the popularity "
                                     "guess: the network learnt nothing"));
  EXPECT_THAT(outcome.err, HasSubstr(model_ + ".below-guess"));
  EXPECT_EQ(json::parse(outcome.out)["p@1"], 0.0);
  EXPECT_EQ(ReadFile("model.slide"), "slidenet good");
  EXPECT_EQ(RunCommand({"info", model_ + ".below-guess"}).exit_code, 0);

  // Too few samples to say so.
  WriteFile("other.txt", "2 2 2\n0 1:1\n0 1:1\n");
  EXPECT_EQ(RunCommand(arguments).exit_code, 0);
  EXPECT_NE(ReadFile("model.slide"), "slidenet good");
}

TEST_F(TrainCommandTest, HoldsAPartOfTheTrainingSetOut) {
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--validation-share", "0.2", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return Repeatable(RunCommand(TrainArguments(words)));
  };
  const json result = run({});
  EXPECT_EQ(result["samples"], kNumTrain * 4 / 5);
  EXPECT_EQ(result["epochs"], 5);
  EXPECT_EQ(result["stopped_early"], false);
  EXPECT_GE(result["best_epoch"], 1);
  EXPECT_GT(result["validation"]["p@1"], 0.0);
  EXPECT_GT(result["validation"]["loss"], 0.0);
  EXPECT_GT(result["p@1"], 0.0);  // of the test set
  EXPECT_EQ(result, run({"--validation-seed", "1"}));
  EXPECT_NE(result["validation"],
            run({"--validation-seed", "2"})["validation"]);
}

// Features that mean one label in training and another one in the validation
// set, which thus falls as the network learns.
TEST_F(TrainCommandTest, PatienceEndsTrainingAndTheBestEpochIsTheModel) {
  std::string wrong = "300 50 20\n";
  for (int i = 0; i < 300; ++i) {
    const int label = i % kNumLabels;
    wrong += std::to_string((label + 1) % kNumLabels) + " " +
             std::to_string(label) + ":1\n";
  }
  WriteFile("wrong.txt", wrong);
  const std::vector<std::string> arguments = {
      "train",      train_, "--validation", Path("wrong.txt"),
      "--patience", "2",    "--epochs",     "40",
      "--threads",  "1",    "--hidden",     "16",
      "--model",    model_};
  std::vector<std::string> with_json = arguments;
  with_json.insert(with_json.end(), {"--json", "--metrics", Path("lines")});
  const json result = Repeatable(RunCommand(with_json));
  EXPECT_EQ(result["stopped_early"], true);
  const int best = result["best_epoch"];
  EXPECT_EQ(result["epochs"], best + 2);
  EXPECT_LT(best + 2, 40);
  EXPECT_FALSE(result.contains("p@1"));  // there is no test set
  EXPECT_TRUE(result.contains("popularity"));
  const std::vector<std::string> lines = Lines(ReadFile("lines"));
  ASSERT_EQ(lines.size(), static_cast<size_t>(best) + 2);
  const json of_best = json::parse(lines[static_cast<size_t>(best) - 1]);
  EXPECT_EQ(of_best["best_epoch"], best);
  EXPECT_EQ(of_best["validation"], result["validation"]);
  EXPECT_EQ(of_best["train_loss"], result["train_loss"]);
  EXPECT_EQ(json::parse(lines.back())["best_epoch"], best);
  const Outcome evaluated =
      RunCommand({"evaluate", model_, Path("wrong.txt"), "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const json of_model = json::parse(evaluated.out);
  for (const char* key : {"p@1", "p@3", "p@5", "loss"}) {
    EXPECT_NEAR(of_model[key].get<double>(),
                result["validation"][key].get<double>(), 1e-9)
        << key;
  }
  const Outcome outcome = RunCommand(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("validation " + Path("wrong.txt")),
                    HasSubstr("valid loss"), HasSubstr("popularity guess"),
                    HasSubstr("best       epoch " + std::to_string(best)),
                    HasSubstr("ended early, 40 were asked for")));
}

TEST_F(TrainCommandTest, TheTableHasBothSets) {
  const Outcome outcome =
      TrainModel({"--epochs", "2", "--validation-share", "0.1"});
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("validation 0.1 of " + train_ + ": 40 samples"),
                    HasSubstr("test loss"), HasSubstr("valid mean"),
                    HasSubstr("best       epoch ")));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("valid loss")));
}

TEST_F(TrainCommandTest, ValidationIsCheckedBeforeTraining) {
  const auto refused = [&](const std::vector<std::string>& more, int exit_code,
                           const std::string& message) {
    const Outcome outcome = RunCommand(TrainArguments(more));
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  refused({"--patience", "3"}, 2,
          "--patience: got 3 without a validation set, expected --validation");
  refused({"--patience", "-1", "--validation-share", "0.1"}, 2, "--patience");
  refused({"--validation", test_, "--validation-share", "0.1"}, 2,
          "--validation, --validation-share: got both");
  refused({"--validation-share", "1"}, 2,
          "--validation-share: got 1, expected 0 to below 1");
  refused({"--validation-seed", "3"}, 2,
          "--validation-seed: does nothing without --validation-share");
  refused({"--validation", Path("missing.txt")}, 3, "missing.txt");
  WriteFile("none.txt", "0 50 20\n");
  refused({"--validation", Path("none.txt"), "--metrics", Path("none.txt")}, 2,
          "--metrics would overwrite --validation");
  refused({"--validation", Path("none.txt")}, 3, "none.txt: got no sample");
  WriteFile("unlabelled.txt", "1 50 20\n 3:1\n");
  refused({"--validation", Path("unlabelled.txt")}, 3,
          "validation set: got no sample with a label");
  WriteFile("wide.txt", "1 51 20\n0 50:1\n");
  refused({"--validation", Path("wide.txt"), "--unknown", "refuse"}, 3,
          "wide.txt: got 51 features");
}

// The rate rises over the whole run, far beyond any use; without a
// non-linearity that could die, nothing stops the weights before they overflow.
TEST_F(TrainCommandTest, AfterADivergenceTheEpochBeforeIsSaved) {
  const std::vector<std::string> arguments = {
      "train",     train_, "--hidden",        "8:linear", "--optimizer", "sgd",
      "--warmup",  "1",    "--learning-rate", "30",       "--epochs",    "40",
      "--threads", "1",    "--quiet",         "--model",  model_};
  const Outcome first = RunCommand(arguments);
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_THAT(first.err, AllOf(HasSubstr("not finite"), HasSubstr("epoch"),
                               HasSubstr("learning rate")));
  EXPECT_THAT(first.err, HasSubstr("is saved as " + model_ + "\n"));
  EXPECT_EQ(RunCommand({"info", model_}).exit_code, 0);

  WriteFile("model.slide", "slidenet good");
  const Outcome second = RunCommand(arguments);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is saved as " + model_ + ".epoch"));
  EXPECT_EQ(ReadFile("model.slide"), "slidenet good");
}

TEST_F(TrainCommandTest, ModelsGoToStandardOutputIfNothingElseDoes) {
  const Outcome refused = RunCommand(TrainArguments({"--model", "-"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("expected --quiet"));
  const Outcome outcome =
      RunCommand(TrainArguments({"--model", "-", "--quiet"}));
  EXPECT_EQ(outcome.exit_code, 0);
  WriteFile("copy", outcome.out);
  EXPECT_EQ(RunCommand({"info", Path("copy")}).exit_code, 0);
}

TEST_F(TrainCommandTest, AnEmptyTestSetIsRefused) {
  WriteFile("none.txt", "0 50 20\n");
  const Outcome outcome =
      RunCommand({"train", train_, "--test", Path("none.txt")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("none.txt: got no sample"));
}

// The page that is touched next is not there any more.
TEST_F(TrainCommandTest, ACacheThatIsCutOffWhileItIsReadIsNamed) {
  if (testing_support::kIsSanitized) {
    GTEST_SKIP() << "sanitizers take the signal for themselves";
  }
  ASSERT_EQ(RunCommand({"convert", train_, Path("cache")}).exit_code, 0);
  RunningCommand command({"train", Path("cache"), "--epochs", "1000000",
                          "--hidden", "4", "--threads", "1"});
  ASSERT_TRUE(command.WaitForError("epoch "));
  std::filesystem::resize_file(Path("cache"), 0);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("slide: error: " + Path("cache") +
                                     ": was cut off while it was read"));
}

TEST_F(TrainCommandTest, StoppedRunSaysSoInJson) {
  RunningCommand command(TrainArguments({"--epochs", "1000000", "--json"}));
  ASSERT_TRUE(command.WaitForError("epoch "));
  command.Signal(SIGINT);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(json::parse(outcome.out)["interrupted"], true);
}

}  // namespace
}  // namespace slide::cli::train_command_test
