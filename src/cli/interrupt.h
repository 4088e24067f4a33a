// Signals that ask the command to end, turned into a flag that long loops look
// at.
#pragma once

#include "cli/commands.h"

namespace slide::cli {

// While one lives, the first SIGINT, SIGTERM or SIGHUP sets the flag and the
// second ends the process at once with 128 + its number. A signal that was
// ignored when the process started, as nohup does it, stays ignored. One at a
// time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Whether a signal has come since the first guard of the process was made.
  static bool Interrupted() noexcept;
  // 128 + the number of that signal, as a shell reports it.
  static ExitCode Code() noexcept;
};

}  // namespace slide::cli
