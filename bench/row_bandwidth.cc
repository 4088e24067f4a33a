#include "row_bandwidth.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>

#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::bench {
namespace {

constexpr size_t kBurst = 64;
constexpr size_t kLineBytes = 64;
constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

RowArray::RowArray(size_t row_bytes, size_t num_rows, Pages pages)
    : row_bytes_(row_bytes),
      num_rows_(num_rows),
      mapped_bytes_(row_bytes * num_rows + 2 * kHugePageBytes) {
  mapped_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped_ == MAP_FAILED) throw std::bad_alloc();
  madvise(mapped_, mapped_bytes_,
          pages == Pages::kHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  const auto start = reinterpret_cast<uintptr_t>(mapped_);
  words_ = reinterpret_cast<uint64_t*>((start + kHugePageBytes - 1) /
                                       kHugePageBytes * kHugePageBytes);
  std::fill_n(words_, row_bytes * num_rows / sizeof(uint64_t), 1u);
}

RowArray::~RowArray() { munmap(mapped_, mapped_bytes_); }

uint64_t RowArray::Visit(size_t num_visits, Access access,
                         uint64_t seed) const {
  const size_t row_words = row_bytes_ / sizeof(uint64_t);
  util::Rng rng(seed);
  uint64_t* rows[kBurst];
  uint64_t sum = 0;
  for (size_t visited = 0; visited < num_visits; visited += kBurst) {
    // Not a function of its own: gcc 12 takes one that does nothing but
    // prefetch for one without effect and drops the call.
    for (uint64_t*& row : rows) {
      row = words_ + rng.UniformInt(num_rows_) * row_words;
      for (size_t i = 0; i < row_bytes_; i += kLineBytes) {
        __builtin_prefetch(reinterpret_cast<const char*>(row) + i, 0, 2);
      }
    }
    for (uint64_t* row : rows) {
      if (access == Access::kRead) {
        for (size_t i = 0; i < row_words; ++i) sum ^= row[i];
      } else {
        for (size_t i = 0; i < row_words; ++i) row[i] += 1;
      }
    }
  }
  return sum;
}

double RowArray::Bandwidth(Access access, int num_threads) const {
  constexpr int kRuns = 5;
  constexpr size_t kVisits = size_t{1} << 18;
  const util::ThreadTeam team(num_threads);
  std::atomic<uint64_t> kept = 0;  // so that nothing read is left out
  double best = 0.0;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    team.Run([&](int thread, int) {
      kept += Visit(kVisits, access, static_cast<uint64_t>(run * 64 + thread));
    });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    const double visits =
        static_cast<double>(kVisits) * static_cast<double>(team.size());
    const double passes = access == Access::kRead ? 1.0 : 2.0;
    best = std::max(
        best, visits * passes * static_cast<double>(row_bytes_) / seconds);
  }
  return best;
}

}  // namespace slide::bench
