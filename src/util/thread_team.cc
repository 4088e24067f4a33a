#include "util/thread_team.h"

#include <fmt/format.h>
#include <sched.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "slide/error.h"

namespace slide::util {
namespace {

int NumCores() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    return CPU_COUNT(&allowed);
  }
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

// Threads that wait for a function, run it as the workers 1, 2, ... and say
// when the last one is done.
class ThreadTeam::Helpers {
 public:
  // num_workers: with the caller of Run.
  explicit Helpers(int num_workers) : num_workers_(num_workers) {
    threads_.reserve(static_cast<size_t>(num_workers - 1));
    try {
      for (int worker = 1; worker < num_workers; ++worker) {
        threads_.emplace_back([this, worker] { Serve(worker); });
      }
    } catch (const std::system_error& error) {
      Stop();
      throw Error(
          fmt::format("num_threads: got {}, of which the system started {} "
                      "({}), expected fewer threads or a higher limit",
                      num_workers, threads_.size() + 1, error.what()));
    } catch (...) {  // no memory
      Stop();
      throw;
    }
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;
  ~Helpers() { Stop(); }

  void Run(const std::function<void(int, int)>& f) {
    const std::lock_guard<std::mutex> one_at_a_time(run_guard_);
    first_ = nullptr;
    work_ = &f;
    running_.store(static_cast<int>(threads_.size()),
                   std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    Call(0);
    for (int left; (left = running_.load(std::memory_order_acquire)) != 0;) {
      running_.wait(left, std::memory_order_acquire);
    }
    if (first_) std::rethrow_exception(first_);
  }

 private:
  void Call(int worker) noexcept {
    try {
      (*work_)(worker, num_workers_);
    } catch (...) {  // kept and thrown on by Run
      const std::lock_guard<std::mutex> lock(guard_);
      if (!first_) first_ = std::current_exception();
    }
  }

  void Serve(int worker) noexcept {
    for (uint32_t done = 0;; ++done) {
      round_.wait(done, std::memory_order_acquire);
      if (work_ == nullptr) return;
      Call(worker);
      if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        running_.notify_one();
      }
    }
  }

  void Stop() noexcept {
    work_ = nullptr;
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  const int num_workers_;
  const std::function<void(int, int)>* work_ = nullptr;  // null: stop
  std::atomic<uint32_t> round_ = 0;  // grows by one with each function
  std::atomic<int> running_ = 0;     // helpers that are not done with it
  std::mutex run_guard_, guard_;
  std::exception_ptr first_;
  std::vector<std::thread> threads_;
};

int ThreadTeam::SizeOf(int num_threads) {
  if (num_threads < 0 || num_threads > kMaxThreads) {
    throw OptionsError(
        fmt::format("num_threads: got {}, expected 0 (one for each core) to {}",
                    num_threads, kMaxThreads));
  }
  return num_threads > 0 ? num_threads : std::clamp(NumCores(), 1, kMaxThreads);
}

ThreadTeam::ThreadTeam(int num_threads) : size_(SizeOf(num_threads)) {
  if (size_ > 1) helpers_ = std::make_unique<Helpers>(size_);
}

ThreadTeam::~ThreadTeam() = default;

void ThreadTeam::Run(
    const std::function<void(int worker, int num_workers)>& f) const {
  if (helpers_ == nullptr) {
    f(0, 1);
  } else {
    helpers_->Run(f);
  }
}

}  // namespace slide::util
