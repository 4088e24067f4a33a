// Text in, labels out: train, predict, evaluate and info with documents, and
// with models that know names.
#include <filesystem>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/network.h"

namespace slide::cli::text_model_test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kDocuments[] =
    "editor,x11\ta small text editor for X\n"
    "server\ta web server\n"
    "editor\ta powerful text editor\n"
    "server\ta small mail server\n";
constexpr char kFastText[] =
    "__label__editor __label__x11 a small text editor for X\n"
    "__label__server a web server\n"
    "__label__editor a powerful text editor\n"
    "__label__server a small mail server\n";

class TextModelTest : public CommandTest {
 protected:
  // Runs a command that must succeed and say nothing but its results.
  std::string Run(const std::vector<std::string>& arguments) const {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome.out;
  }
  void ExpectRefused(const std::vector<std::string>& arguments, int code,
                     const std::string& message) const {
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  // Trains on the file `data`, made of `text`.
  void Train(const std::string& text, const std::string& model,
             const std::vector<std::string>& more = {}) const {
    WriteFile("data", text);
    WriteFile(model, "");  // none is there whose place it would take
    std::vector<std::string> arguments = {"train",     Path("data"), "--model",
                                          Path(model), "--epochs",   "50",
                                          "--threads", "1",          "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Run(arguments);
  }
  // The model, but for how it was asked for.
  std::string Bytes(const std::string& model) const {
    Network network = Network::Load(Path(model));
    ModelCard card = network.card();
    card.training.value().command.clear();
    network.SetCard(card);
    network.Save(Path("bytes"));
    return ReadFile("bytes");
  }
};

TEST_F(TextModelTest, TextGivesTheModelOfItsVectorsAndNames) {
  for (const std::string pairs : {"--min-count", "--bigrams"}) {
    std::vector<std::string> options = {pairs};
    if (pairs == "--min-count") options.emplace_back("1");
    Train(kDocuments, "direct", options);
    std::vector<std::string> vectorize = {
        "vectorize",    Path("data"),  Path("vectors"),
        "--vocabulary", Path("words"), "--labels",
        Path("labels"), "--quiet",     "--replace"};
    vectorize.insert(vectorize.end(), options.begin(), options.end());
    Run(vectorize);
    // Under the same name, for the model has it.
    Train(ReadFile("vectors"), "in_two_steps",
          {"--labels", Path("labels"), "--features", Path("words")});
    EXPECT_TRUE(Bytes("direct") == Bytes("in_two_steps"));
  }
}

TEST_F(TextModelTest, FastTextLinesGiveTheSameModel) {
  Train(kDocuments, "tabbed");
  Train(kFastText, "fasttext");
  EXPECT_TRUE(Bytes("tabbed") == Bytes("fasttext"));
  Train(kFastText, "asked_for", {"--format", "fasttext"});
  EXPECT_TRUE(Bytes("tabbed") == Bytes("asked_for"));
}

TEST_F(TextModelTest, PredictTakesTextAndPrintsNames) {
  Train(kDocuments, "model");
  const std::string expected_start = "editor:0.9";
  for (const char* text :
       {"\tpowerful text\n", "editor\tpowerful text\n",
        "__label__a powerful text\n", "powerful text\n", "powerful text"}) {
    WriteFile("new", text);
    EXPECT_THAT(Run({"predict", Path("model"), Path("new"), "--top-k", "2"}),
                AllOf(StartsWith(expected_start), HasSubstr("\tx11:")))
        << text;
  }
  const Outcome piped =
      RunCommand({"predict", Path("model"), "-", "--top-k", "1"}, Path("new"));
  EXPECT_THAT(piped.out, StartsWith(expected_start));
}

TEST_F(TextModelTest, ShowsTheWordsOfADocument) {
  Train(kDocuments, "model");
  WriteFile("new", "text editor zebra\n");
  EXPECT_THAT(Run({"predict", Path("model"), Path("new"), "--top-k", "1",
                   "--show-features", "5"}),
              EndsWith("\t|\teditor:0.707107\ttext:0.707107\n"));
}

// Logits are then the biases alone, those of a sample without features.
TEST_F(TextModelTest, UnknownWordsGetTheAnswerOfTheBiasesAndAWarning) {
  Train(kDocuments, "model");
  WriteFile("new", "zebra\n\nserver zebra\n");
  const Outcome outcome = RunCommand({"predict", Path("model"), Path("new")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err,
            "slide: warning: 2 of 3 samples have no feature that the network "
            "knows, the first of them sample 1; their labels are "
            "those of its biases alone\n");
  const size_t first = outcome.out.find('\n') + 1;
  EXPECT_EQ(
      outcome.out.substr(0, first),
      outcome.out.substr(first, outcome.out.find('\n', first) + 1 - first));
  WriteFile("points", "1 5 3\n \n");
  EXPECT_EQ(RunCommand({"predict", Path("model"), Path("points")}).out,
            outcome.out.substr(0, first));
}

TEST_F(TextModelTest, EvaluateTakesTextAndLeavesUnknownLabelsOut) {
  Train(kDocuments, "model");
  WriteFile("test", "editor,new\ttext editor\nserver\tweb server\n");
  const std::string out = Run({"evaluate", Path("model"), Path("test")});
  EXPECT_THAT(out, HasSubstr("P          1.0000"));
  EXPECT_THAT(out, HasSubstr("labels     3; 1.00 a document, 1 unknown ones "
                             "left out\n"));
  EXPECT_THAT(Run({"evaluate", Path("model"), Path("test"), "--json"}),
              HasSubstr("\"left_out_labels\":1"));
}

TEST_F(TextModelTest, TrainEvaluatesOnText) {
  WriteFile("data", kDocuments);
  WriteFile("test", "editor,new\ttext editor\nserver\tweb server\n");
  const Outcome outcome =
      RunCommand({"train", Path("data"), "--test", Path("test"), "--validation",
                  Path("test"), "--epochs", "50", "--threads", "1", "--model",
                  Path("model")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string& out = outcome.out;
  EXPECT_THAT(out, HasSubstr("documents  4; 0 without a known term, 0 without "
                             "a label\n"));
  EXPECT_THAT(out, HasSubstr("terms      5 of the 10 met; "));
  EXPECT_THAT(out, HasSubstr("left out   1 labels in " + Path("test") +
                             " that " + Path("data") + " does not have\n"));
  const std::string info = Run({"info", Path("model")});
  EXPECT_THAT(info, HasSubstr("\nsamples               scaled to length 1\n"));
  EXPECT_THAT(info, HasSubstr("\nvocabulary            5 terms of 4 documents; "
                              "min_count 2, max_features 0, max_share 1\n"));
  EXPECT_THAT(info, HasSubstr("\nfeatures              5 names: a, editor, "
                              "server, small, text\n"));
  EXPECT_THAT(info, HasSubstr("\nlabels                3 names: editor, "
                              "server, x11\n"));
  EXPECT_THAT(info, HasSubstr("\ntrained on            data, 4 samples, "));
  EXPECT_THAT(info, HasSubstr("\ntest                  test, 2 samples: P@1 "
                              "1.0000"));
  EXPECT_THAT(info, HasSubstr("\nvalidation            test, 2 samples: P@1 "
                              "1.0000"));
  const std::string json = Run({"info", Path("model"), "--json"});
  EXPECT_THAT(json, HasSubstr("\"label_names\":3,\"feature_names\":5"));
  EXPECT_THAT(json, HasSubstr("\"evaluations\":[{\"set\":\"test\",\"data\":"
                              "\"test\",\"samples\":2,\"p@1\":1.0"));
}

TEST_F(TextModelTest, NamesOfOtherDataGoIntoTheModelToo) {
  const std::string points = "0 0:1\n1 1:1\n0 0:1\n1 1:1\n";
  WriteFile("labels", "no\nyes\n");
  WriteFile("features", "cold\nwarm\n");
  Train(points, "model",
        {"--labels", Path("labels"), "--features", Path("features")});
  WriteFile("new", "0 1:1\n");
  EXPECT_THAT(Run({"predict", Path("model"), Path("new"), "--top-k", "1",
                   "--show-features", "1"}),
              AllOf(StartsWith("yes:0.9"), EndsWith("\t|\twarm:1\n")));
  // The same names may be given again; others are refused.
  Run({"predict", Path("model"), Path("new"), "--labels", Path("labels")});
  WriteFile("others", "yes\nno\n");
  ExpectRefused(
      {"predict", Path("model"), Path("new"), "--labels", Path("others")}, 3,
      "others:1: got 'yes', expected 'no', which the network knows this label "
      "by");
  WriteFile("few", "no\n");
  ExpectRefused({"train", Path("data"), "--labels", Path("few")}, 3,
                "got 1 lines, expected 2");
}

// Labels and features are printed as the file that was trained on counts them.
TEST_F(TextModelTest, FirstNumbersGoIntoTheModel) {
  Train("1 1:1\n2 2:1\n1 1:1\n2 2:1\n", "model",
        {"--first-feature", "1", "--first-label", "1"});
  WriteFile("new", "1 2:1\n");
  EXPECT_THAT(Run({"predict", Path("model"), Path("new"), "--top-k", "1",
                   "--show-features", "1"}),
              AllOf(StartsWith("2:0.9"), EndsWith(" | 2:1\n")));
  WriteFile("test", "2 2:1\n");
  EXPECT_THAT(Run({"evaluate", Path("model"), Path("test"), "--k", "1"}),
              HasSubstr("P          1.0000"));
  EXPECT_THAT(Run({"info", Path("model")}),
              AllOf(HasSubstr("\nfirst feature         1\n"),
                    HasSubstr("\nfirst label           1\n")));
}

TEST_F(TextModelTest, ScalingGoesIntoTheModel) {
  Train("0 0:3 1:4\n1 1:1\n", "model", {"--no-normalize"});
  EXPECT_THAT(Run({"predict", Path("model"), Path("data"), "--limit", "1",
                   "--show-features", "2"}),
              EndsWith(" | 1:4 0:3\n"));
  Train("0 0:3 1:4\n1 1:1\n", "model");
  ExpectRefused({"predict", Path("model"), Path("data"), "--no-normalize"}, 2,
                "normalize (--no-normalize): got samples as they are");
}

// Vectors of a vocabulary that was learned anew must not pass for the old ones.
TEST_F(TextModelTest, VectorsOfAnotherVocabularyAreRefused) {
  const auto vectorize = [&](const std::string& text) {
    WriteFile("text", text);
    Run({"vectorize", Path("text"), Path("vectors"), "--vocabulary",
         Path("words"), "--labels", Path("labels"), "--quiet", "--replace"});
  };
  vectorize(kDocuments);
  Train(ReadFile("vectors"), "model");
  Run({"predict", Path("model"), Path("vectors"), "--labels", Path("labels")});
  vectorize(std::string(kDocuments) + "server\ta small server\n");
  ExpectRefused({"predict", Path("model"), Path("vectors")}, 3,
                "vectors: got the fingerprint ");
  Run({"convert", Path("vectors"), Path("cache"), "--quiet"});
  ExpectRefused({"evaluate", Path("model"), Path("cache")}, 3,
                "cache: got the fingerprint ");
  ExpectRefused({"train", Path("data"), "--test", Path("cache")}, 3,
                "cache: got the fingerprint ");
  ExpectRefused({"train", Path("data"), "--features", Path("words"), "--quiet"},
                3, "words: got the fingerprint ");
  vectorize(
      "editor,editor2\ta small text editor for X\nserver\ta web server\n"
      "editor\ta powerful text editor\nserver\ta small mail server\n");
  ExpectRefused(
      {"predict", Path("model"), Path("data"), "--labels", Path("labels")}, 3,
      "labels: got the fingerprint ");
}

TEST_F(TextModelTest, OptionsThatDoNothingAreRefused) {
  WriteFile("data", kDocuments);
  WriteFile("points", "0 0:1\n1 1:1\n");
  WriteFile("labels", "a\nb\nc\n");
  ExpectRefused({"train", Path("data"), "--labels", Path("labels")}, 2,
                "--labels: does nothing with " + Path("data") +
                    ", which holds documents: their labels are names");
  ExpectRefused({"train", Path("data"), "--features", Path("labels")}, 2,
                "--features: does nothing with ");
  for (const std::vector<std::string>& option :
       {std::vector<std::string>{"--min-count", "1"},
        {"--max-features", "7"},
        {"--max-share", "0.5"},
        {"--bigrams"}}) {
    std::vector<std::string> arguments = {"train", Path("points")};
    arguments.insert(arguments.end(), option.begin(), option.end());
    ExpectRefused(arguments, 2,
                  option[0] + ": does nothing with " + Path("points") +
                      ", which holds no documents");
  }
}

TEST_F(TextModelTest, TextWhereItCannotBeReadIsNamed) {
  Train("0 0:1\n1 1:1\n", "model");
  WriteFile("text", kDocuments);
  ExpectRefused({"predict", Path("model"), Path("text")}, 3,
                "text: got text (documents), expected points, because the "
                "network has no vocabulary");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"info", Path("text")},
        {"convert", Path("text"), Path("cache")}}) {
    ExpectRefused(arguments, 3,
                  "text:1: got text (documents), expected points: vectorize "
                  "makes such of it");
  }
  WriteFile("rare", "a\tone\nb\ttwo\n");
  ExpectRefused({"train", Path("rare"), "--quiet"}, 3,
                "rare: got text with 0 features and 2 labels, expected one or "
                "more of each; no word counts that is in fewer than 2 "
                "documents (--min-count)");
  WriteFile("damaged", "a\tone\nno tab\n");
  ExpectRefused({"train", Path("damaged"), "--quiet"}, 3,
                "damaged:2: got 'no tab', which has no tab");
}

TEST_F(TextModelTest, DocumentsNeedNamesOfLabelsToBeEvaluated) {
  WriteFile("text", kDocuments);
  Run({"vectorize", Path("text"), Path("vectors"), "--vocabulary",
       Path("words"), "--labels", Path("labels"), "--quiet"});
  Train(ReadFile("vectors"), "model", {"--features", Path("words")});
  ExpectRefused({"evaluate", Path("model"), Path("text")}, 3,
                "text: got documents, whose labels are names, but the network "
                "has none, expected it trained with --labels");
  // Numbers are printed then.
  EXPECT_THAT(Run({"predict", Path("model"), Path("text"), "--limit", "1",
                   "--top-k", "1"}),
              StartsWith("0:"));
}

}  // namespace
}  // namespace slide::cli::text_model_test
