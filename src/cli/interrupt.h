// Ctrl-C and a polite kill, turned into a flag that long loops look at.
#pragma once

namespace slide::cli {

// While one lives, the first SIGINT or SIGTERM sets the flag and the second
// ends the process at once with exit code 130. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Whether a signal has come since the first guard of the process was made.
  static bool Interrupted() noexcept;
};

}  // namespace slide::cli
