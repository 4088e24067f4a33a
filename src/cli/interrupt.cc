#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "cli/commands.h"

namespace slide::cli {
namespace {

// A signal handler has nothing else to reach: this one flag is global.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free,
              "a signal handler must not wait for a lock");

void SetHandler(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // Reads and writes in flight go on instead of failing with EINTR.
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(kInterrupted);
}

}  // namespace

InterruptGuard::InterruptGuard() { SetHandler(OnSignal); }
InterruptGuard::~InterruptGuard() { SetHandler(SIG_DFL); }

bool InterruptGuard::Interrupted() noexcept { return interrupted; }

}  // namespace slide::cli
