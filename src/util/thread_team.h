// ThreadTeam: runs one function on a fixed number of threads and waits. With
// the builds beside the steps (train/rebuilder.h) the only code in the library
// that starts threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>

namespace slide::util {

class ThreadTeam {
 public:
  // Starts the threads, all but the first, which is whoever calls Run.
  // num_threads: 0: one for each core this process may use.
  // Throws: OptionsError for a negative number or one above kMaxThreads; Error
  // when the system refuses a thread.
  explicit ThreadTeam(int num_threads);
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  static constexpr int kMaxThreads = 1024;
  // The number that `num_threads` stands for. Throws: OptionsError as above.
  static int SizeOf(int num_threads);

  int size() const noexcept { return size_; }

  // Calls f(worker, size()) once for every worker in [0, size()), worker 0 on
  // the calling thread, and returns when all are done. The first exception that
  // leaves an f is thrown to the caller after the others have finished.
  // Threads: any number; one after the other. f must not call it.
  void Run(const std::function<void(int worker, int num_workers)>& f) const;

  // Splits [0, n) into size() runs of nearly equal length and calls
  // f(begin, end, worker) for each that is not empty.
  template <typename F>
  void Split(size_t n, F&& f) const {
    Run([&](int worker, int num_workers) {
      const size_t w = static_cast<size_t>(worker);
      const size_t num = static_cast<size_t>(num_workers);
      const size_t begin = n / num * w + std::min(w, n % num);
      const size_t end = begin + n / num + (w < n % num ? 1 : 0);
      if (begin < end) f(begin, end, worker);
    });
  }

 private:
  class Helpers;

  int size_;
  std::unique_ptr<Helpers> helpers_;  // null: a team of one
};

}  // namespace slide::util
