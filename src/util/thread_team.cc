#include "util/thread_team.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>

#include "slide/error.h"

namespace slide::util {

ThreadTeam::ThreadTeam(int num_threads)
    : size_(num_threads == 0 ? std::min(omp_get_num_procs(), kMaxThreads)
                             : num_threads) {
  if (size_ < 1 || size_ > kMaxThreads) {
    throw OptionsError("num_threads: got " + std::to_string(num_threads) +
                       ", expected 0 (one for each core) to " +
                       std::to_string(kMaxThreads));
  }
}

void ThreadTeam::Run(
    const std::function<void(int worker, int num_workers)>& f) const {
  if (size_ == 1) {
    f(0, 1);
    return;
  }
  std::exception_ptr first;
  std::mutex guard;
  // The runtime may start fewer threads than asked for (a limit of the system),
  // so workers are numbers handed round, not threads.
#pragma omp parallel for schedule(static, 1) num_threads(size_)
  for (int worker = 0; worker < size_; ++worker) {
    try {
      f(worker, size_);
    } catch (...) {  // kept and thrown on: none may leave the parallel region
      const std::lock_guard<std::mutex> lock(guard);
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace slide::util
