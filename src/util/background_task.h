// BackgroundTask: runs one function at a time on a thread of its own. With
// ThreadTeam the only code in the library that starts threads.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

namespace slide::util {

// Used by one thread at a time.
class BackgroundTask {
 public:
  BackgroundTask() = default;
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;
  // Waits for the function; what it throws is lost.
  ~BackgroundTask();

  // Throws: Error if the system has no thread to give; f is then not called.
  // Requires: !is_started().
  void Start(std::function<void()> f);
  // True from Start to Wait.
  bool is_started() const noexcept { return thread_.joinable(); }
  // Tells whether Wait would return at once. Requires: is_started().
  bool is_done() const noexcept { return done_.load(); }
  // Returns when the function has; throws what it threw.
  // Requires: is_started().
  void Wait();

 private:
  std::thread thread_;
  std::atomic<bool> done_ = false;
  std::exception_ptr thrown_;
};

}  // namespace slide::util
