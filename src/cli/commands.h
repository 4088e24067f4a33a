// The commands of `slide`, one file each.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cli/command_line.h"
#include "cli/json_keys.h"
#include "cli/summary.h"

namespace slide::cli {

// Exit codes of the process, listed for users in docs/command_line.md.
enum ExitCode : int {
  kSuccess = 0,
  kRunTimeFailure = 1,
  kUsageError = 2,
  kBadData = 3,
  kBadModelFile = 4,
  // and, ended by a signal, 128 + its number (InterruptGuard::Code)
};

// Adds its options to the command line when it is built, and runs on the values
// parsed into it. The command line points into it, so it stays where it was
// built.
class Command {
 public:
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  CommandLine& line() noexcept { return line_; }

  // Throws: what the library throws; main() maps it to exit codes.
  virtual ExitCode Run() = 0;
  // Says what needs less memory.
  virtual const char* MemoryAdvice() const noexcept {
    return "less data at a time needs less";
  }

 protected:
  Command(std::string_view name, std::string_view purpose)
      : line_(name, purpose) {}

  // Prints the object if --json was given, else the text unless --quiet was.
  void PutSummary(std::string_view object, const Json& json,
                  const std::string& text) const {
    if (json_) {
      PutJson(stdout, object, json);
    } else if (!quiet_) {
      Put(stdout, text);
    }
  }

  CommandLine line_;
  bool quiet_ = false;  // --quiet
  bool json_ = false;   // --json
};

std::unique_ptr<Command> MakeTrain();
std::unique_ptr<Command> MakeCompare();
std::unique_ptr<Command> MakeEvaluate();
std::unique_ptr<Command> MakeCalibrate();
std::unique_ptr<Command> MakePredict();
std::unique_ptr<Command> MakeInfo();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeConvert();
std::unique_ptr<Command> MakeVectorize();
std::unique_ptr<Command> MakeSynth();

}  // namespace slide::cli
