#include "data/dataset_paging.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace slide::data {
namespace {

// Gives advice about the pages that `items` lie in, and with MADV_DONTNEED
// about those around them too: Linux maps from 64 KiB to 2 MiB, aligned so,
// when one page is used, and all of them would stay. A page that is dropped too
// early is only mapped once more.
template <typename T>
void AdvisePages(std::span<const std::byte> mapping, std::span<const T> items,
                 int advice) noexcept {
  if (items.empty()) return;
  static const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  constexpr size_t kMappedAtOnce = size_t{2} << 20;
  const size_t unit = advice == MADV_DONTNEED ? kMappedAtOnce : page;
  const auto* bytes = reinterpret_cast<const std::byte*>(items.data());
  const auto first = static_cast<size_t>(bytes - mapping.data());
  const size_t begin = first / unit * unit;
  // Never beyond the file, where memory of others lies.
  const size_t end = std::min(
      (first + items.size_bytes() + unit - 1) / unit * unit, mapping.size());
  madvise(const_cast<std::byte*>(mapping.data()) + begin, end - begin, advice);
}

// The ids of the samples [begin, end); none where the offsets are damaged.
template <typename T>
std::span<const T> Items(std::span<const uint64_t> offsets,
                         std::span<const T> items, size_t begin,
                         size_t end) noexcept {
  const uint64_t first = offsets[begin], last = offsets[end];
  if (first > last || last > items.size()) return {};
  return items.subspan(first, last - first);
}

}  // namespace

Dataset DatasetPaging::View(const CsrView& arrays,
                            std::shared_ptr<const void> owner,
                            const std::string& name, bool has_unit_lengths,
                            std::span<const std::byte> mapping) {
  Dataset data =
      Dataset::ViewUnchecked(arrays, std::move(owner), name, has_unit_lengths);
  data.mapping_ = mapping;
  return data;
}

void DatasetPaging::Prefetch(size_t begin, size_t end) const noexcept {
  Advise(begin, end, MADV_WILLNEED);
}

void DatasetPaging::Release(size_t begin, size_t end) const noexcept {
  Advise(begin, end, MADV_DONTNEED);
}

void DatasetPaging::ReadAhead(bool on) const noexcept {
  if (!is_mapped()) return;
  const std::span<const std::byte> mapping = data_.mapping_;
  madvise(const_cast<std::byte*>(mapping.data()), mapping.size(),
          on ? MADV_NORMAL : MADV_RANDOM);
}

void DatasetPaging::Advise(size_t begin, size_t end,
                           int advice) const noexcept {
  if (!is_mapped()) return;
  const CsrView a = data_.arrays();
  const auto advise = [&](const auto& items) {
    AdvisePages(data_.mapping_, items, advice);
  };
  advise(Items(a.feature_offsets, a.feature_ids, begin, end));
  advise(Items(a.feature_offsets, a.feature_values, begin, end));
  advise(Items(a.label_offsets, a.label_ids, begin, end));
  advise(a.feature_offsets.subspan(begin, end - begin));
  advise(a.label_offsets.subspan(begin, end - begin));
}

}  // namespace slide::data
