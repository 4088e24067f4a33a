// Measures the memory bandwidth of this machine for rows at random places, the
// bound that a training step is compared with.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slide::bench {

enum class Pages { kSmall, kHuge };  // 4 KiB; 2 MiB where granted
enum class Access { kRead, kReadWrite };

// An array of rows, each of whole cache lines, behind each other.
class RowArray {
 public:
  // All pages are touched. row_bytes: a multiple of 64.
  RowArray(size_t row_bytes, size_t num_rows, Pages pages);
  ~RowArray();
  RowArray(const RowArray&) = delete;
  RowArray& operator=(const RowArray&) = delete;

  size_t row_bytes() const noexcept { return row_bytes_; }

  // Visits num_visits rows drawn evenly: reads each whole, or adds 1 to each of
  // its words. Rows are fetched into the second-level cache in bursts of 64
  // before they are used, which was the fastest of the ways tried. Returns
  // something made of what was read. Threads: any number (words may be lost).
  uint64_t Visit(size_t num_visits, Access access, uint64_t seed) const;

  // The best of a few runs of `num_threads` at once, in bytes moved a second:
  // read, and written if they are.
  double Bandwidth(Access access, int num_threads) const;

 private:
  size_t row_bytes_;
  size_t num_rows_;
  size_t mapped_bytes_;
  void* mapped_;
  uint64_t* words_;
};

}  // namespace slide::bench
