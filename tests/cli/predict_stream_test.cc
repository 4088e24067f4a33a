// `slide predict MODEL -`: an answer to each line as it comes.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::predict_stream_test {
namespace {

using testing::HasSubstr;

class PredictStreamTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    ASSERT_EQ(TrainModel().exit_code, 0);
    ASSERT_EQ(mkfifo(Path("in").c_str(), 0600), 0);
    ASSERT_EQ(mkfifo(Path("out").c_str(), 0600), 0);
  }
  void TearDown() override {
    for (const int file : {in_, out_}) {
      if (file >= 0) close(file);
    }
    CommandTest::TearDown();
  }
  std::vector<std::string> Arguments(
      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"predict", model_, "-", "--output",
                                          Path("out")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  // Opens both ends; a pipe that is open for both never ends.
  void Open() {
    out_ = open(Path("out").c_str(), O_RDWR);
    in_ = open(Path("in").c_str(), O_WRONLY);
    ASSERT_GE(out_, 0);
    ASSERT_GE(in_, 0);
  }
  void Say(const std::string& text) const {
    ASSERT_EQ(write(in_, text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  void End() {
    close(in_);
    in_ = -1;
  }
  // The next line of answers; without one in a minute the test fails.
  std::string Answer() {
    std::string line;
    for (char c = 0; c != '\n';) {
      pollfd output = {.fd = out_, .events = POLLIN, .revents = 0};
      if (poll(&output, 1, 60'000) != 1 || read(out_, &c, 1) != 1) {
        ADD_FAILURE() << "no answer behind '" << line << "'";
        return line;
      }
      line += c;
    }
    return line;
  }
  // The line of the samples in a file.
  std::string AnswersTo(const std::string& text,
                        const std::vector<std::string>& more = {}) const {
    WriteFile("points", text);
    std::vector<std::string> arguments = {"predict", model_, Path("points")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCommand(arguments).out;
  }

  int in_ = -1, out_ = -1;
};

TEST_F(PredictStreamTest, AnswersALineOfLibSvmTextBeforeTheNextComes) {
  const std::vector<std::string> more = {"--first-feature", "0"};
  RunningCommand command(Arguments(more), Path("in"));
  Open();
  for (const char* line : {"3 3:1 20:0.5\n", "7 7:1 21:0.25\n", "1:2\n"}) {
    Say(line);
    EXPECT_EQ(Answer(), AnswersTo(line, more));
  }
  End();
  EXPECT_EQ(command.Finish().exit_code, 0);
}

TEST_F(PredictStreamTest, AnswersXmcTextBehindItsHeader) {
  RunningCommand command(Arguments(), Path("in"));
  Open();
  Say("2 50 20\n3 3:1 20:0.5\n");
  EXPECT_EQ(Answer(), AnswersTo("1 50 20\n3 3:1 20:0.5\n"));
  Say(" 7:1\n");
  EXPECT_EQ(Answer(), AnswersTo("1 50 20\n 7:1\n"));
  End();
  EXPECT_EQ(command.Finish().exit_code, 0);
}

TEST_F(PredictStreamTest, SaysWhichLineOfAllIsWrong) {
  RunningCommand command(Arguments(), Path("in"));
  Open();
  Say("3 50 20\n3 3:1\n");
  Answer();
  Say("4 4:1\n5 x:1\n");
  End();
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("standard input:4: feature 'x:1'"));
}

TEST_F(PredictStreamTest, CountsThePointsThatAHeaderAnnounces) {
  for (const auto& [text, message] :
       {std::pair("3 50 20\n3 3:1\n",
                  "standard input:3: the input ends after "
                  "1 of the 3 points"),
        std::pair("1 50 20\n3 3:1\n4 4:1\n",
                  "standard input:3: a line after "
                  "the last of the 1 points")}) {
    RunningCommand command(Arguments(), Path("in"));
    Open();
    Say(text);
    End();
    const Outcome outcome = command.Finish();
    close(out_);
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  out_ = -1;
}

TEST_F(PredictStreamTest, WaitsForTheEndWhereTheNumberingIsNotTold) {
  RunningCommand command(Arguments(), Path("in"));
  Open();
  Say("3 3:1\n");
  Say("4 0:1\n");  // counts from 0
  End();
  const std::string first = Answer(), second = Answer();
  EXPECT_EQ(first + second, AnswersTo("3 3:1\n4 0:1\n"));
  EXPECT_EQ(command.Finish().exit_code, 0);
}

TEST_F(PredictStreamTest, EndsAtTheLimitThoughMoreMayCome) {
  RunningCommand command(Arguments({"--first-feature", "0", "--limit", "1"}),
                         Path("in"));
  Open();
  Say("3 3:1\n");
  Answer();
  EXPECT_EQ(command.Finish().exit_code, 0);
}

TEST_F(PredictStreamTest, CountsWhatTheNetworkDoesNotKnowOverAllPieces) {
  RunningCommand command(Arguments({"--first-feature", "0"}), Path("in"));
  Open();
  for (const char* line : {"3 3:1 90:1\n", "4 4:1\n", "5 91:1\n"}) {
    Say(line);
    Answer();
  }
  End();
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("left out 2 feature values"));
  EXPECT_THAT(outcome.err, HasSubstr("1 of 3 samples have no feature that the "
                                     "network knows, the first of them sample "
                                     "3"));
}

TEST_F(PredictStreamTest, AnswersDocuments) {
  WriteFile("docs",
            "cat\ta small wild cat\ndog\ta small wild dog\n"
            "cat\tcats purr\ndog\tdogs bark\ncat\ta cat\ndog\ta dog\n");
  ASSERT_EQ(RunCommand({"train", Path("docs"), "--epochs", "3", "--threads",
                        "1", "--min-count", "1", "--quiet", "--model", model_})
                .exit_code,
            0);
  RunningCommand command(Arguments(), Path("in"));
  Open();
  for (const char* line : {"the dog\n", "a cat\n"}) {
    Say(line);
    EXPECT_EQ(Answer(), AnswersTo(line));
  }
  End();
  EXPECT_EQ(command.Finish().exit_code, 0);
}

}  // namespace
}  // namespace slide::cli::predict_stream_test
