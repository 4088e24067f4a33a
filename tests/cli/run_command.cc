#include "cli/run_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace slide::cli {
namespace {

namespace fs = std::filesystem;

// Long enough for the slowest build of the command, and the end of one that
// hangs.
constexpr unsigned kLimitSeconds = 120;

// Starts the command with its two outputs on the given descriptors, and its
// standard input from a file unless `input` is empty.
pid_t Start(const std::vector<std::string>& arguments, int out, int err,
            const std::string& input = "",
            rlim_t max_addresses = RLIM_INFINITY) {
  std::vector<std::string> words = {SLIDE_CLI};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t process = fork();
  if (process != 0) return process;
  if (!input.empty()) dup2(open(input.c_str(), O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (max_addresses != RLIM_INFINITY) {
    const rlimit limit = {.rlim_cur = max_addresses, .rlim_max = max_addresses};
    setrlimit(RLIMIT_AS, &limit);
  }
  alarm(kLimitSeconds);  // stays set across exec
  execvp(argv[0], argv.data());
  _exit(127);
}

int WaitFor(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// Appends what can be read to text; false and a closed descriptor at the end.
bool Drain(int& descriptor, std::string& text) {
  char block[4096];
  const ssize_t num_read = read(descriptor, block, sizeof(block));
  if (num_read > 0) {
    text.append(block, static_cast<size_t>(num_read));
    return true;
  }
  if (num_read < 0 && errno == EINTR) return true;
  close(descriptor);
  descriptor = -1;
  return false;
}

}  // namespace

std::string CommandPath() {
  const std::vector<std::string> words = {SLIDE_CLI};
  return words.back();
}

RunningCommand::RunningCommand(const std::vector<std::string>& arguments,
                               const std::string& input, rlim_t max_addresses) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipes");
  }
  process_ = Start(arguments, out[1], err[1], input, max_addresses);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

RunningCommand::~RunningCommand() {
  if (process_ < 0) return;
  Signal(SIGKILL);
  Finish();
}

bool RunningCommand::ReadSome() {
  if (out_ < 0 && err_ < 0) return false;
  pollfd ends[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (poll(ends, 2, -1) < 0) return errno == EINTR;
  if (out_ >= 0 && ends[0].revents != 0) Drain(out_, outcome_.out);
  if (err_ >= 0 && ends[1].revents != 0) Drain(err_, outcome_.err);
  return out_ >= 0 || err_ >= 0;
}

bool RunningCommand::WaitForError(const std::string& text) {
  const auto found = [&] {
    return outcome_.err.find(text) != std::string::npos;
  };
  while (!found() && ReadSome()) {
  }
  return found();
}

void RunningCommand::Signal(int number) const { kill(process_, number); }

void RunningCommand::CloseOutput() {
  close(out_);
  out_ = -1;
}

Outcome RunningCommand::Finish() {
  while (ReadSome()) {
  }
  outcome_.exit_code = WaitFor(process_);
  process_ = -1;
  return outcome_;
}

Outcome RunCommand(const std::vector<std::string>& arguments,
                   const std::string& input) {
  return RunningCommand(arguments, input).Finish();
}

Outcome RunOnTerminal(const std::vector<std::string>& arguments, int columns) {
  int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0) {
    throw std::runtime_error("no pseudo terminal");
  }
  const int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
  winsize size = {};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 24;
  if (theirs < 0 || ioctl(theirs, TIOCSWINSZ, &size) != 0) {
    throw std::runtime_error("no pseudo terminal");
  }
  const pid_t process = Start(arguments, theirs, theirs);
  close(theirs);
  Outcome outcome;
  while (Drain(ours, outcome.out)) {
  }
  outcome.exit_code = WaitFor(process);
  return outcome;
}

void CommandTest::SetUp() {
  folder_ = fmt::format(
      "{}slide_{}_{}/", testing::TempDir(),
      testing::UnitTest::GetInstance()->current_test_info()->name(), getpid());
  std::replace(folder_.begin() + static_cast<long>(testing::TempDir().size()),
               folder_.end() - 1, '/', '_');  // of parameterised names
  fs::create_directories(folder_);
  train_ = Path("train.txt");
  test_ = Path("test.txt");
  model_ = Path("model.slide");
  const auto make = [](int num_samples) {
    std::string text =
        fmt::format("{} {} {}\n", num_samples, kNumFeatures, kNumLabels);
    for (int i = 0; i < num_samples; ++i) {
      const int label = i * 7 % kNumLabels;
      text += fmt::format("{} {}:1 {}:0.5 {}:0.25\n", label, label,
                          kNumLabels + i % 11, kNumLabels + 11 + i % 19);
    }
    return text;
  };
  WriteFile("train.txt", make(kNumTrain));
  WriteFile("test.txt", make(kNumTest));
}

void CommandTest::TearDown() { fs::remove_all(folder_); }

void CommandTest::WriteFile(const std::string& name,
                            const std::string& text) const {
  std::ofstream(Path(name), std::ios::binary) << text;
}

void CommandTest::WriteGzip(const std::string& name,
                            const std::string& text) const {
  const gzFile file = gzopen(Path(name).c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

std::string CommandTest::ReadFile(const std::string& name) const {
  std::ifstream file(Path(name), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool CommandTest::Exists(const std::string& name) const {
  return fs::exists(Path(name));
}

std::vector<std::string> CommandTest::Files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> CommandTest::TrainArguments(
    const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"train",     train_, "--test",   test_,
                                        "--threads", "1",    "--hidden", "16",
                                        "--tables",  "10"};
  // So few labels would not be hashed by themselves.
  if (std::ranges::find(more, "--hash") == more.end()) {
    arguments.insert(arguments.end(), {"--hash", "wta"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Outcome CommandTest::TrainModel(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = TrainArguments({"--model", model_});
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = RunCommand(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome;
}

}  // namespace slide::cli
