// Bytes a second that this machine moves for rows at random places, by the size
// of a row and of the array, reading or reading and writing, on pages of 4 KiB
// or 2 MiB, by one thread or two. Rows of 320 and 576 bytes are those of 128
// weights in bf16 and fp32 under row-adagrad, 1088 those of adagrad.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>

#include "row_bandwidth.h"

namespace slide::bench {
namespace {

// One array at a time: the last one made.
const RowArray& SharedArray(size_t row_bytes, size_t mega_bytes, Pages pages) {
  static std::tuple<size_t, size_t, Pages> made;
  static std::unique_ptr<RowArray> array;
  const std::tuple wanted(row_bytes, mega_bytes, pages);
  if (!array || made != wanted) {
    array.reset();
    array = std::make_unique<RowArray>(row_bytes,
                                       (mega_bytes << 20) / row_bytes, pages);
    made = wanted;
  }
  return *array;
}

template <Access kAccess>
void RandomRows(benchmark::State& state) {
  static const RowArray* array;
  if (state.thread_index() == 0) {
    array = &SharedArray(static_cast<size_t>(state.range(0)),
                         static_cast<size_t>(state.range(1)),
                         state.range(2) != 0 ? Pages::kHuge : Pages::kSmall);
  }
  constexpr size_t kVisits = 8192;
  auto seed = static_cast<uint64_t>(state.thread_index()) << 32;
  for (auto _ : state) {
    benchmark::DoNotOptimize(array->Visit(kVisits, kAccess, seed++));
  }
  const auto visits = state.iterations() * static_cast<int64_t>(kVisits);
  state.SetItemsProcessed(visits);
  state.SetBytesProcessed(visits * state.range(0) *
                          (kAccess == Access::kRead ? 1 : 2));
}

void Arrays(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"row_bytes", "MiB", "huge_pages"})->UseRealTime();
  for (const int row_bytes : {320, 576, 1088}) {
    for (const int mega_bytes : {8, 384, 2048}) {
      for (const int huge : {0, 1}) bench->Args({row_bytes, mega_bytes, huge});
    }
  }
  bench->Threads(1)->Threads(2);
}

BENCHMARK(RandomRows<Access::kRead>)->Apply(Arrays);
BENCHMARK(RandomRows<Access::kReadWrite>)->Apply(Arrays);

}  // namespace
}  // namespace slide::bench
