#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace slide::cli {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr int kShellOffset = 128;

// The first signal that came; 0: none. A signal handler has nothing else to
// reach, so it is global.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free,
              "a signal handler must not wait for a lock");

void SetHandlers(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // Reads and writes in flight go on instead of failing with EINTR.
  action.sa_flags = SA_RESTART;
  for (const int signal : kSignals) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
}

void OnSignal(int signal) {
  if (received.exchange(signal) != 0) _exit(kShellOffset + signal);
}

}  // namespace

InterruptGuard::InterruptGuard() { SetHandlers(OnSignal); }
InterruptGuard::~InterruptGuard() { SetHandlers(SIG_DFL); }

bool InterruptGuard::Interrupted() noexcept { return received != 0; }

ExitCode InterruptGuard::Code() noexcept {
  return static_cast<ExitCode>(kShellOffset + received);
}

}  // namespace slide::cli
