// The `slide` command: finds the subcommand, runs it, and turns what went wrong
// into one line on standard error and an exit code.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/summary.h"
#include "slide/error.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

// CLI11 would say of an unknown word only that a command is missing.
void CheckCommandWord(const CLI::App& app, int argc, const char* const* argv) {
  std::string names;
  const std::string word = argc < 2 ? "" : argv[1];
  for (const CLI::App* command : app.get_subcommands({})) {
    if (word == command->get_name()) return;
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  if (word.starts_with('-')) return;  // --help, --version
  throw OptionsError(
      argc < 2
          ? fmt::format("no command was given; allowed are {}", names)
          : fmt::format("met the command '{}'; allowed are {}", word, names));
}

// The commands that the command line named: one, or none.
std::vector<const CLI::App*> ChosenCommands(const CLI::App& app) {
  return app.get_subcommands(
      [](const CLI::App* command) { return command->parsed(); });
}

// The parser's message with what is allowed, in our words where its own lack
// that.
std::string Explain(const CLI::ParseError& error, const CLI::App& app) {
  std::string what = error.what();
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    return what;  // ours, from arguments.h
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string option = what.substr(0, what.find_first_of(": "));
    if (what.ends_with("override")) {  // which names options without dashes
      return fmt::format("--{}: takes no value", option);
    }
    return option + (what.ends_with("missing") ? ": no value follows"
                                               : ": given more than once");
  }
  const std::vector<const CLI::App*> chosen = ChosenCommands(app);
  const std::string command =
      chosen.empty() ? "" : chosen.front()->get_name() + " ";
  const std::vector<std::string> unknown =
      (chosen.empty() ? &app : chosen.front())->remaining();
  return fmt::format(
      "{} (see slide {}--help)",
      unknown.empty() ? what
                      : "met '" + unknown.front() + "', which is not expected",
      command);
}

ExitCode Run(int argc, const char* const* argv) {
  CLI::App app(
      "Extreme multi-label classification on CPUs: trains networks whose wide\n"
      "output layer is searched through hash tables.",
      "slide");
  app.set_version_flag("--version", "slide " SLIDE_VERSION);
  app.require_subcommand(1);
  TrainCommand train(app);
  EvaluateCommand evaluate(app);
  PredictCommand predict(app);
  InfoCommand info(app);
  ConvertCommand convert(app);
  VectorizeCommand vectorize(app);
  SynthCommand synth(app);
  app.footer("slide COMMAND --help lists the options of a command.");

  try {
    CheckCommandWord(app, argc, argv);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
      throw OptionsError(Explain(error, app));
    }
    std::ostringstream text;  // what --help or --version asked for
    app.exit(error, text, text);
    Put(stdout, text.str());
    return kSuccess;
  }
  for (Command* command : std::initializer_list<Command*>{
           &train, &evaluate, &predict, &info, &convert, &vectorize, &synth}) {
    if (command->chosen()) return command->Run();
  }
  return kUsageError;  // not reached: the parser demands a command
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

ExitCode RunAndReport(int argc, const char* const* argv) {
  try {
    const ExitCode code = Run(argc, argv);
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
  } catch (const std::bad_alloc&) {
    return Fail(kRunTimeFailure, "out of memory");
  } catch (const std::exception& error) {
    return Fail(kRunTimeFailure, error.what());
  }
}

}  // namespace
}  // namespace slide::cli

int main(int argc, char** argv) {
  // A closed pipe is then an error of the write, which can be reported, instead
  // of the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return slide::cli::RunAndReport(argc, argv);
}
