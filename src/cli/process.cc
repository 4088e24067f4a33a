#include "cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "cli/commands.h"

namespace slide::cli {
namespace {

void OpenStandardStreams() {
  for (int descriptor = 0; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is given out. The wrong direction makes reading or
    // writing fail, as it did while the stream was closed.
    (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// All below runs in a signal handler: no allocation, no locks, no stdio.

// Walks /proc/self/maps: "begin-end rights offset device inode   path".
class MapsReader {
 public:
  MapsReader() : file_(open("/proc/self/maps", O_RDONLY | O_CLOEXEC)) {}

  // Reads the next line into line(). Returns whether there was one.
  bool Next() {
    length_ = 0;
    for (char c; ReadByte(c) && c != '\n';) {
      if (length_ + 1 < sizeof(line_)) line_[length_++] = c;
    }
    line_[length_] = '\0';
    return length_ > 0;
  }

  bool Contains(uintptr_t address) const {
    size_t at = 0;
    const uintptr_t begin = Hexadecimal(at);
    ++at;  // the dash
    return address >= begin && address < Hexadecimal(at);
  }
  const char* Path() const { return std::strchr(line_, '/'); }

 private:
  bool ReadByte(char& c) {
    if (at_ == filled_) {
      const ssize_t n = file_ < 0 ? 0 : read(file_, buffer_, sizeof(buffer_));
      if (n <= 0) return false;
      filled_ = static_cast<size_t>(n);
      at_ = 0;
    }
    c = buffer_[at_++];
    return true;
  }

  uintptr_t Hexadecimal(size_t& at) const {
    uintptr_t value = 0;
    for (;; ++at) {
      const char c = line_[at];
      if (c >= '0' && c <= '9') {
        value = value * 16 + static_cast<uintptr_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        value = value * 16 + static_cast<uintptr_t>(c - 'a' + 10);
      } else {
        return value;
      }
    }
  }

  int file_;
  char buffer_[4096];
  size_t at_ = 0, filled_ = 0;
  char line_[4352];  // a path of 4,096 characters and what stands before it
  size_t length_ = 0;
};

bool IsModel(const char* path) {
  constexpr char kMagic[] = "slidenet";
  char start[sizeof(kMagic) - 1] = {};
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  return file >= 0 && read(file, start, sizeof(start)) == sizeof(start) &&
         std::memcmp(start, kMagic, sizeof(start)) == 0;
}

// A line that is written at once.
class ErrorLine {
 public:
  void Add(const char* text) {
    const size_t size = std::strlen(text);
    if (size_ + size > sizeof(line_)) return;
    std::memcpy(line_ + size_, text, size);
    size_ += size;
  }
  void Write() const { (void)!write(STDERR_FILENO, line_, size_); }

 private:
  char line_[8192];
  size_t size_ = 0;
};

// One thread reports; the others, which find the same, wait for the end.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic_flag is_reported;

void OnBusError(int signal, siginfo_t* info, void*) {
  const bool is_fault = info->si_code > 0;  // and was not sent by kill
  if (is_fault && is_reported.test_and_set()) {
    while (true) pause();
  }
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  MapsReader maps;
  while (is_fault && maps.Next()) {
    if (!maps.Contains(address)) continue;
    const char* path = maps.Path();
    if (path == nullptr) break;
    ErrorLine line;
    line.Add("slide: error: ");
    line.Add(path);
    line.Add(
        ": was cut off while it was read, expected it to stay as it is (a new "
        "file may take its place by renaming)\n");
    line.Write();
    _exit(IsModel(path) ? kBadModelFile : kBadData);
  }
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  raise(signal);  // comes when this handler has returned
}

}  // namespace

void PrepareProcess() {
  OpenStandardStreams();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace slide::cli
