// The `slide` command: finds the subcommand, runs it, and turns what went wrong
// into one line on standard error and an exit code.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/process.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

// Runs the command; memory that is not there is said without taking any.
ExitCode RunWithin(Command& command) {
  try {
    return command.Run();
  } catch (const std::bad_alloc&) {
    std::fputs("slide: error: out of memory; ", stderr);
    std::fputs(command.MemoryAdvice(), stderr);
    std::fputs("\n", stderr);
    return kRunTimeFailure;
  }
}

ExitCode Run(std::span<const char* const> words) {
  const std::unique_ptr<Command> commands[] = {
      MakeTrain(),     MakeEvaluate(), MakeCalibrate(), MakePredict(),
      MakeInfo(),      MakeCompare(),  MakeExport(),    MakeConvert(),
      MakeVectorize(), MakeSynth()};
  if (words.empty()) {
    throw OptionsError("no command was given (see slide --help)");
  }
  const std::string_view name = words.front();
  words = words.subspan(1);
  if (name == "--version") {
    Put(stdout, "slide " SLIDE_VERSION "\n");
  } else if (name == "--help" || name == "-h") {
    Put(stdout, Overview(commands));
  } else if (name == "help") {
    Put(stdout, HelpOf(commands, words));
  } else {
    Command& command = FindCommand(commands, name);
    const CommandLine::Asked asked = command.line().Parse(words);
    if (asked == CommandLine::Asked::kRun) return RunWithin(command);
    Put(stdout, command.line().Help(asked == CommandLine::Asked::kHelpAll));
  }
  return kSuccess;
}

ExitCode Fail(ExitCode code, const char* what) {
  Put(stderr, fmt::format("slide: error: {}\n", what));
  return code;
}

// Whether `file` is a pipe that nobody reads any more: what went wrong with an
// earlier write is not remembered, but this can be asked for.
bool ReaderIsGone(int file) {
  pollfd state = {.fd = file, .events = 0, .revents = 0};
  return poll(&state, 1, 0) == 1 && (state.revents & POLLERR) != 0;
}

ExitCode RunAndReport(std::span<const char* const> words) {
  try {
    const ExitCode code = Run(words);
    // Put() leaves failures to be found here.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      if (ReaderIsGone(STDOUT_FILENO)) {
        throw ClosedPipeError("the reader of the output is gone");
      }
      throw Error("standard output: cannot be written");
    }
    return code;
  } catch (const ClosedPipeError&) {
    return kRunTimeFailure;
  } catch (const OptionsError& error) {
    return Fail(kUsageError, error.what());
  } catch (const DataError& error) {
    return Fail(kBadData, error.what());
  } catch (const ModelFileError& error) {
    return Fail(kBadModelFile, error.what());
  } catch (const std::exception& error) {
    return Fail(kRunTimeFailure, error.what());
  }
}

}  // namespace
}  // namespace slide::cli

int main(int argc, char** argv) {
  slide::cli::PrepareProcess();
  return slide::cli::RunAndReport(
      std::span(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
