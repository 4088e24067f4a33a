// Runs the slide command as a process of its own, and makes small data for it.
// SLIDE_CLI, set by the build, is the command's path as a string literal; in a
// cross-build the emulator's words, a literal each, stand before it.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace slide::cli {

// The file of the command.
std::string CommandPath();

struct Outcome {
  int exit_code = 0;  // minus the signal's number when a signal ended it
  std::string out;    // standard output
  std::string err;    // standard error
};

// A command that runs. It is killed by the system after two minutes, so that a
// test of a command that hangs fails instead of hanging.
class RunningCommand {
 public:
  // input: a file that is its standard input; empty: that of this process.
  // max_addresses: bytes of addresses that it may use (ulimit -v).
  explicit RunningCommand(const std::vector<std::string>& arguments,
                          const std::string& input = "",
                          rlim_t max_addresses = RLIM_INFINITY);
  ~RunningCommand();
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  // Reads until standard error contains `text` or ends; says which.
  bool WaitForError(const std::string& text);
  void Signal(int number) const;
  // Leaves the command without a reader of its standard output.
  void CloseOutput();
  // Reads all that is left and waits for the end.
  Outcome Finish();

 private:
  // One step of reading both pipes; false when both have ended.
  bool ReadSome();

  pid_t process_ = -1;
  int out_ = -1, err_ = -1;  // ends we read; -1: ended
  Outcome outcome_;
};

Outcome RunCommand(const std::vector<std::string>& arguments,
                   const std::string& input = "");

// The same with standard output and standard error both on one terminal of the
// given width; `out` holds all that was written to it.
Outcome RunOnTerminal(const std::vector<std::string>& arguments, int columns);

// A folder for one test, with a training set and a test set in which one
// feature tells the label.
class CommandTest : public testing::Test {
 protected:
  static constexpr int kNumTrain = 400, kNumTest = 100;
  static constexpr int kNumFeatures = 50, kNumLabels = 20;

  void SetUp() override;
  void TearDown() override;

  std::string Path(const std::string& name) const { return folder_ + name; }
  void WriteFile(const std::string& name, const std::string& text) const;
  void WriteGzip(const std::string& name, const std::string& text) const;
  std::string ReadFile(const std::string& name) const;
  bool Exists(const std::string& name) const;
  // Names of the files in the folder, sorted.
  std::vector<std::string> Files() const;

  // "train", the two sets, one thread, a small network, then `more`.
  std::vector<std::string> TrainArguments(
      const std::vector<std::string>& more = {}) const;
  // Trains model.slide; fails the test when that fails.
  Outcome TrainModel(const std::vector<std::string>& more = {}) const;

  std::string train_, test_, model_;

 private:
  std::string folder_;  // ends with '/'
};

}  // namespace slide::cli
