// The progress bar and its lines: as text, and as a person sees them.
#include "cli/progress.h"

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::progress_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Progress Example() {
  Progress progress;
  progress.epoch = 2;
  progress.num_epochs = 5;
  progress.epoch_samples_done = 435;
  progress.epoch_samples = 1000;
  progress.samples_per_second = 5018.4;
  progress.loss = 3.21444;
  progress.active_mean = 301.2;
  progress.learning_rate = 0.0217;
  progress.seconds_left = 3723.0;
  return progress;
}

TEST(FormatProgress, LineHasEveryField) {
  EXPECT_EQ(FormatProgress(Example()),
            "epoch 2/5   43 %  loss 3.214  1:02:03 left  5,018 samples/s  "
            "active 301  lr 0.0217");
}

TEST(FormatBar, NeverExceedsTheWidth) {
  for (int width = 0; width < 200; ++width) {
    EXPECT_LE(FormatBar(Example(), width).size(), static_cast<size_t>(width));
  }
}

TEST(FormatBar, DropsTheLastFieldsFirst) {
  EXPECT_THAT(FormatBar(Example(), 150), HasSubstr("lr 0.0217"));
  EXPECT_EQ(FormatBar(Example(), 60),
            "epoch 2/5 [######..........]  43 %  loss 3.214  1:02:03 left");
  EXPECT_EQ(FormatBar(Example(), 20), "epoch 2/5   43 %");
}

TEST(FormatBar, FillsWithTheShareDone) {
  Progress progress = Example();
  progress.epoch_samples_done = 0;
  EXPECT_THAT(FormatBar(progress, 79), Not(HasSubstr("#")));
  progress.epoch_samples_done = progress.epoch_samples;
  EXPECT_THAT(FormatBar(progress, 79),
              AllOf(HasSubstr("#]"), HasSubstr("100 %")));
  progress.epoch_samples = 0;  // nothing to do: no division by zero
  EXPECT_THAT(FormatBar(progress, 79), HasSubstr("  0 %"));
}

class ProgressTest : public CommandTest {};

// The lines a terminal shows after all of `bytes`, without blanks at the end.
std::vector<std::string> Render(const std::string& bytes) {
  std::vector<std::string> lines(1);
  size_t column = 0;
  for (const char c : bytes) {
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      lines.emplace_back();
      column = 0;
    } else {
      std::string& line = lines.back();
      line.resize(std::max(line.size(), column + 1), ' ');
      line[column++] = c;
    }
  }
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

TEST_F(ProgressTest, LinesGoToAStandardErrorThatIsNoTerminal) {
  const Outcome outcome = TrainModel();
  EXPECT_THAT(outcome.err, StartsWith("epoch 1/5 "));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("samples/s"), Not(HasSubstr("\r")),
                                 Not(HasSubstr("["))));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\r")));
}

TEST_F(ProgressTest, BarLeavesNothingOnTheTerminal) {
  const Outcome outcome = RunOnTerminal(TrainArguments({"--epochs", "3"}), 70);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("\repoch 1/3 ["));
  int num_epochs = 0;
  const std::regex row(R"( +([0-9]+)( +[0-9.]+){6})");
  for (const std::string& line : Render(outcome.out)) {
    EXPECT_THAT(line, Not(HasSubstr("["))) << line;
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      EXPECT_EQ(std::stoi(match[1]), ++num_epochs);
    }
  }
  EXPECT_EQ(num_epochs, 3) << outcome.out;
}

TEST_F(ProgressTest, BarFitsANarrowTerminal) {
  constexpr int kColumns = 40;
  const Outcome outcome = RunOnTerminal(TrainArguments({"--json"}), kColumns);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out;
  std::istringstream in(outcome.out);
  int num_bars = 0;
  for (std::string part; std::getline(in, part, '\r');) {
    if (!part.starts_with("epoch ")) continue;
    ++num_bars;
    EXPECT_LT(part.size(), static_cast<size_t>(kColumns)) << part;
  }
  EXPECT_GT(num_bars, 0);
}

TEST_F(ProgressTest, QuietShowsNoBar) {
  const Outcome outcome = RunOnTerminal(TrainArguments({"--quiet"}), 80);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
}

}  // namespace
}  // namespace slide::cli::progress_test
