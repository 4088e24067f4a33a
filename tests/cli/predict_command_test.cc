// `slide predict`: the format of its lines, names, and where they go.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::predict_command_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

class PredictCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    TrainModel({"--epochs", "20", "--quiet"});
  }

  // Standard output of a predict that must succeed.
  std::string Predict(std::vector<std::string> more) const {
    more.insert(more.begin(), {"predict", model_, test_, "--threads", "1"});
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome.out;
  }

  // A name with spaces and a colon for each number below n.
  static std::string Names(int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += fmt::format("name {}: of {}\n", i, n);
    return text;
  }
};

TEST_F(PredictCommandTest, LineHasTheBestLabelsByFallingProbability) {
  const std::vector<std::string> lines = Split(Predict({"--top-k", "3"}), '\n');
  ASSERT_THAT(lines, SizeIs(kNumTest));
  for (const std::string& line : lines) {
    const std::vector<std::string> entries = Split(line, ' ');
    ASSERT_THAT(entries, SizeIs(3)) << line;
    float previous = 1.0f;
    for (const std::string& entry : entries) {
      unsigned label = 0;
      float probability = 0.0f;
      ASSERT_EQ(std::sscanf(entry.c_str(), "%u:%f", &label, &probability), 2)
          << line;
      EXPECT_LT(label, static_cast<unsigned>(kNumLabels));
      EXPECT_GE(probability, 0.0f);
      EXPECT_LE(probability, previous);
      previous = probability;
    }
  }
}

TEST_F(PredictCommandTest, MoreThanAllLabelsAreAllLabels) {
  EXPECT_THAT(Split(Predict({"--top-k", "1000", "--limit", "1"}), ' '),
              SizeIs(kNumLabels));
}

TEST_F(PredictCommandTest, LimitTakesTheFirstSamples) {
  const std::string all = Predict({}), some = Predict({"--limit", "7"});
  EXPECT_THAT(Split(some, '\n'), SizeIs(7));
  EXPECT_EQ(some, all.substr(0, some.size()));
}

TEST_F(PredictCommandTest, NamesOfLabelsAreColumnsOfTheirOwn) {
  const std::string plain = Predict({"--top-k", "2", "--limit", "1"});
  WriteFile("labels", Names(kNumLabels));
  const std::string named =
      Predict({"--top-k", "2", "--limit", "1", "--labels", Path("labels")});
  std::string expected;
  for (const std::string& entry :
       Split(plain.substr(0, plain.size() - 1), ' ')) {
    const size_t colon = entry.find(':');
    expected +=
        fmt::format("{}name {}: of {}{}", expected.empty() ? "" : "\t",
                    entry.substr(0, colon), kNumLabels, entry.substr(colon));
  }
  EXPECT_EQ(named, expected + "\n");
}

TEST_F(PredictCommandTest, NamesMayBeGzipAndEndInCarriageReturns) {
  WriteFile("labels", Names(kNumLabels));
  std::string text;
  for (const std::string& line : Split(Names(kNumLabels), '\n')) {
    text += line + "\r\n";
  }
  WriteGzip("labels.gz", text.substr(0, text.size() - 2));
  EXPECT_EQ(Predict({"--labels", Path("labels")}),
            Predict({"--labels", Path("labels.gz")}));
}

TEST_F(PredictCommandTest, NamesMayComeFromStandardInputUnlessDataDoes) {
  WriteFile("labels", Names(kNumLabels));
  const Outcome outcome =
      RunCommand({"predict", model_, test_, "--labels", "-"}, Path("labels"));
  EXPECT_EQ(outcome.out, Predict({"--labels", Path("labels")}));
  EXPECT_EQ(
      RunCommand({"predict", model_, "-", "--labels", "-"}, test_).exit_code,
      2);
}

TEST_F(PredictCommandTest, NamesOfSamplesStandInFront) {
  WriteFile("names", Names(kNumTest));
  const std::vector<std::string> plain = Split(Predict({}), '\n');
  const std::vector<std::string> named =
      Split(Predict({"--names", Path("names")}), '\n');
  ASSERT_THAT(named, SizeIs(kNumTest));
  for (size_t i = 0; i < named.size(); ++i) {
    EXPECT_EQ(named[i],
              fmt::format("name {}: of {}\t{}", i, kNumTest, plain[i]));
  }
}

// The first sample has the features 0:1 20:0.5 31:0.25, and its norm is
// 1.14564; the second 7:1 21:0.5 32:0.25.
TEST_F(PredictCommandTest, ShowsTheLargestFeaturesBehindTheLabels) {
  const std::vector<std::string> one = {"--top-k", "1", "--limit", "1"};
  const auto predict = [&](std::vector<std::string> more) {
    more.insert(more.end(), one.begin(), one.end());
    return Predict(more);
  };
  const std::string plain = predict({});
  const std::string label = plain.substr(0, plain.size() - 1);
  EXPECT_EQ(predict({"--show-features", "2"}),
            label + " | 0:0.872872 20:0.436436\n");
  EXPECT_THAT(predict({"--show-features", "9"}),
              testing::EndsWith(" | 0:0.872872 20:0.436436 31:0.218218\n"));

  WriteFile("features", Names(kNumFeatures));
  EXPECT_EQ(predict({"--show-features", "1", "--features", Path("features")}),
            label + "\t|\tname 0: of 50:0.872872\n");
  std::string vocabulary =
      "slide vocabulary 1: documents=5 terms=50 min_count=1 max_features=0 "
      "max_share=1 bigrams=no normalize=yes\n";
  for (int i = 0; i < kNumFeatures; ++i) {
    vocabulary += fmt::format("w{:02}\t1\n", i);
  }
  WriteFile("vocabulary", vocabulary);
  EXPECT_EQ(predict({"--show-features", "3", "--features", Path("vocabulary")}),
            label + "\t|\tw00:0.872872\tw20:0.436436\tw31:0.218218\n");
  WriteFile("labels", Names(kNumLabels));
  WriteFile("names", Names(kNumTest));
  EXPECT_EQ(predict({"--show-features", "1", "--labels", Path("labels"),
                     "--names", Path("names")}),
            "name 0: of 100\tname " + label.substr(0, label.find(':')) +
                ": of 20" + label.substr(label.find(':')) +
                "\t|\t0:0.872872\n");
}

TEST_F(PredictCommandTest, FeaturesAreScaledAsInTraining) {
  TrainModel({"--epochs", "1", "--quiet", "--no-normalize"});
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--no-normalize"}}) {
    std::vector<std::string> arguments = {"--show-features", "9", "--limit",
                                          "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_THAT(Predict(arguments),
                testing::EndsWith(" | 0:1 20:0.5 31:0.25\n"));
  }
}

TEST_F(PredictCommandTest, NamesOfFeaturesMustFitAndBeShown) {
  WriteFile("features", Names(kNumFeatures));
  const auto expect = [&](std::vector<std::string> more, int code,
                          const std::string& message) {
    more.insert(more.begin(), {"predict", model_, test_});
    const Outcome outcome = RunCommand(more);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_EQ(outcome.err, "slide: error: " + message + "\n");
  };
  WriteFile("few", Names(kNumFeatures - 1));
  expect({"--features", Path("few"), "--show-features", "1"}, 3,
         Path("few") +
             ": got 49 lines, expected 50, a name for each of the network's "
             "features");
  WriteFile("vocabulary",
            "slide vocabulary 1: documents=5 terms=1 min_count=1 "
            "max_features=0 max_share=1 bigrams=no normalize=yes\na\t1\n");
  expect({"--features", Path("vocabulary"), "--show-features", "1"}, 3,
         Path("vocabulary") +
             ": got 1 terms, expected 50, a name for each of the network's "
             "features");
  WriteFile("vocabulary", "slide vocabulary 2: \n");
  expect({"--features", Path("vocabulary"), "--show-features", "1"}, 3,
         Path("vocabulary") +
             ":1: got 'slide vocabulary 2: ', expected version 1");
}

TEST_F(PredictCommandTest, NamesThatDoNotFitAreDataErrors) {
  const auto expect = [&](const std::string& option, const std::string& file,
                          const std::string& part) {
    const Outcome outcome =
        RunCommand({"predict", model_, test_, option, Path(file)});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.err, HasSubstr(file));
    EXPECT_THAT(outcome.err, HasSubstr(part));
    EXPECT_THAT(outcome.out, IsEmpty());
  };
  expect("--labels", "none", "No such file");
  WriteFile("few", Names(kNumLabels - 1));
  expect("--labels", "few", "19 lines");
  WriteFile("many", Names(kNumTest + 1));
  expect("--names", "many", "101 lines");
  WriteFile("tab", Names(kNumLabels - 1) + "a\tb\n");
  expect("--labels", "tab", "tab:20");
  WriteGzip("whole.gz", Names(kNumLabels));
  const std::string bytes = ReadFile("whole.gz");
  WriteFile("cut.gz", bytes.substr(0, bytes.size() - 12));
  expect("--labels", "cut.gz",
         ": the gzip data is cut off: the file ends inside it");
}

TEST_F(PredictCommandTest, OutputFileHoldsWhatWouldBePrinted) {
  WriteFile("result", "of an earlier run");
  const std::string printed = Predict({});
  EXPECT_THAT(Predict({"--output", Path("result")}), IsEmpty());
  EXPECT_EQ(ReadFile("result"), printed);
  EXPECT_THAT(Files(),
              ElementsAre("model.slide", "result", "test.txt", "train.txt"));
}

TEST_F(PredictCommandTest, FullDiskIsAFailure) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  const Outcome outcome =
      RunCommand({"predict", model_, test_, "--output", "/dev/full"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("slide: error: /dev/full"));
}

TEST_F(PredictCommandTest, ClosedPipeEndsQuietly) {
  RunningCommand command({"predict", model_, test_});
  command.CloseOutput();
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, IsEmpty());
}

// Unlike predict, these write through a stream whose failure shows at the end.
TEST_F(PredictCommandTest, ClosedPipeEndsOtherCommandsQuietlyToo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"evaluate", model_, test_},
        std::vector<std::string>{"train", "--help"}}) {
    RunningCommand command(arguments);
    command.CloseOutput();
    const Outcome outcome = command.Finish();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, IsEmpty());
  }
}

// One feature of each sample tells its label; Explain's own tests say by how
// much.
TEST_F(PredictCommandTest, ReasonsStandBehindTheirLabel) {
  const std::vector<std::string> lines = Split(
      Predict({"--top-k", "1", "--explain", "2", "--show-features", "100"}),
      '\n');
  ASSERT_THAT(lines, SizeIs(kNumTest));
  for (const std::string& line : lines) {
    unsigned label = 0, first = 0, second = 0;
    float probability = 0.0f, more = 0.0f, less = 0.0f;
    ASSERT_EQ(std::sscanf(line.c_str(), "%u:%f (%u:%f, %u:%f) |", &label,
                          &probability, &first, &more, &second, &less),
              6)
        << line;
    EXPECT_GE(more, less);
    EXPECT_THAT(line, HasSubstr(fmt::format(" {}:", first)));
    EXPECT_THAT(line, HasSubstr(fmt::format(" {}:", second)));
  }
}

TEST_F(PredictCommandTest, JsonHasWhatTheLineHas) {
  WriteFile("labels", Names(kNumLabels));
  WriteFile("features", Names(kNumFeatures));
  const std::vector<std::string> names = {"--labels", Path("labels"),
                                          "--features", Path("features")};
  std::vector<std::string> as_json = names, as_text = names;
  const std::vector<std::string> asked = {"--top-k", "2", "--explain", "3"};
  as_json.insert(as_json.end(), asked.begin(), asked.end());
  as_text.insert(as_text.end(), asked.begin(), asked.end());
  as_json.emplace_back("--json");
  const std::vector<std::string> lines = Split(Predict(as_json), '\n');
  const std::vector<std::string> texts = Split(Predict(as_text), '\n');
  ASSERT_THAT(lines, SizeIs(kNumTest));
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto json = nlohmann::json::parse(lines[i]);
    std::string text;
    for (const auto& label : json["labels"]) {
      text += fmt::format("{}{}:{:.6g}", text.empty() ? "" : "\t",
                          label["label"].get<std::string>(),
                          label["probability"].get<float>());
      std::string reasons;
      for (const auto& reason : label["reasons"]) {
        reasons += fmt::format("{}{}:{:.6g}", reasons.empty() ? "" : ", ",
                               reason["feature"].get<std::string>(),
                               reason["change"].get<float>());
      }
      text += fmt::format(" ({})", reasons);
    }
    EXPECT_EQ(text, texts[i]);
  }
}

// tests/predict/vectors_test.cc says which numbers a vector has.
TEST_F(PredictCommandTest, VectorsAreLinesOrAnArrayOfTheSameNumbers) {
  WriteFile("names", Names(kNumTest));
  const std::vector<std::string> lines =
      Split(Predict({"--vectors", "--names", Path("names")}), '\n');
  ASSERT_THAT(lines, SizeIs(kNumTest));
  EXPECT_EQ(Predict({"--vectors", "--output", Path("v.npy")}), "");
  const std::string array = ReadFile("v.npy");
  const size_t width = Split(Split(lines[0], '\t')[1], ' ').size();
  const size_t num_bytes = kNumTest * width * sizeof(float);
  ASSERT_EQ(array.size() % 64, num_bytes % 64);
  EXPECT_THAT(array,
              HasSubstr(fmt::format("'shape': ({}, {})", kNumTest, width)));
  std::vector<float> numbers(kNumTest * width);
  std::memcpy(numbers.data(), array.data() + array.size() - num_bytes,
              num_bytes);
  for (size_t i = 0; i < kNumTest; ++i) {
    std::string expected = fmt::format("name {}: of {}\t", i, kNumTest);
    for (size_t n = 0; n < width; ++n) {
      expected +=
          fmt::format("{}{:.6g}", n == 0 ? "" : " ", numbers[i * width + n]);
    }
    EXPECT_EQ(lines[i], expected);
  }
}

TEST_F(PredictCommandTest, OptionsThatDoNothingWithVectorsAreRefused) {
  for (const std::string flag : {"--top-k", "--explain", "--show-features"}) {
    const Outcome outcome =
        RunCommand({"predict", model_, test_, "--vectors", flag, "3"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(flag + ": does nothing with --vectors"));
  }
}

}  // namespace
}  // namespace slide::cli::predict_command_test
