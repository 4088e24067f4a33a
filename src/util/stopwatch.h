// Stopwatch: adds the wall time of a scope to a sum.
#pragma once

#include <chrono>

namespace slide::util {

class Stopwatch {
 public:
  // seconds: must outlive it.
  explicit Stopwatch(double& seconds)
      : seconds_(seconds), start_(std::chrono::steady_clock::now()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    const std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start_;
    seconds_ += elapsed.count();
  }

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace slide::util
