#include "hashing/hash_family.h"

#include <xxhash.h>

#include <algorithm>
#include <iterator>

#include "hashing/minhash.h"
#include "hashing/simhash.h"
#include "hashing/winner_take_all.h"
#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

template <class Family, auto... kArguments>
std::unique_ptr<const HashFamily> Make(const HashShape& shape, util::Rng rng) {
  return std::make_unique<Family>(shape, kArguments..., rng);
}

struct Entry {
  HashKind kind;
  int code_bits;  // of an elementary hash, for wide vectors
  std::unique_ptr<const HashFamily> (*make)(const HashShape&, util::Rng);
};

constexpr Entry kFamilies[] = {
    {HashKind::kSimHash, 1, Make<SimHash>},
    {HashKind::kWta, 3, Make<WinnerTakeAll, false>},
    {HashKind::kDwta, 3, Make<WinnerTakeAll, true>},
    {HashKind::kMinHash, 32, Make<MinHash>},
    {HashKind::kNone, 1, nullptr},
    {HashKind::kAuto, 3, Make<WinnerTakeAll, false>},
};

const Entry& EntryOf(HashKind kind) noexcept {
  const Entry* const entry =
      std::find_if(std::begin(kFamilies), std::end(kFamilies),
                   [kind](const Entry& e) { return e.kind == kind; });
  SLIDE_DCHECK(entry != std::end(kFamilies));
  return *entry;
}

}  // namespace

HashFamily::HashFamily(const HashShape& shape, int code_bits, size_t num_floats,
                       size_t num_words)
    : shape_(shape),
      code_bits_(code_bits),
      address_bits_(
          std::min(shape.table_bits, shape.hashes_per_table * code_bits)),
      packs_exactly_(shape.hashes_per_table * code_bits <= shape.table_bits),
      num_floats_(num_floats),
      num_words_(num_words) {
  SLIDE_DCHECK(shape.width >= 1 && shape.num_tables >= 1);
  SLIDE_DCHECK(1 <= shape.hashes_per_table &&
               shape.hashes_per_table <= kMaxHashesPerTable);
  SLIDE_DCHECK(1 <= shape.table_bits && shape.table_bits <= kMaxAddressBits);
  SLIDE_DCHECK(1 <= code_bits && code_bits <= 32);
}

bool HashFamily::Hash(const util::VectorView& x, HashScratch& scratch,
                      std::span<uint16_t> addresses) const noexcept {
  SLIDE_DCHECK(x.is_sparse() ? x.ids().empty() || x.ids().back() < width()
                             : x.values().size() == width());
  SLIDE_DCHECK(addresses.size() == static_cast<size_t>(num_tables()));
  const kernels::Content content = kernels::ContentOf(x.values());
  if (content != kernels::Content::kNumbers) {
    std::fill(addresses.begin(), addresses.end(), uint16_t{0});
  } else if (x.is_sparse()) {
    HashSparse(x.sparse(), scratch, addresses);
  } else {
    HashDense(x.values(), scratch, addresses);
  }
  return content != kernels::Content::kNotFinite;
}

void HashFamily::PackCodes(std::span<const uint32_t> codes,
                           std::span<uint16_t> addresses) const noexcept {
  const size_t k = static_cast<size_t>(shape_.hashes_per_table);
  SLIDE_DCHECK(codes.size() == num_codes());
  if (packs_exactly_) {
    for (size_t t = 0; t < addresses.size(); ++t) {
      uint32_t address = 0;
      for (size_t j = 0; j < k; ++j) {
        address |= codes[t * k + j] << (j * static_cast<size_t>(code_bits_));
      }
      addresses[t] = static_cast<uint16_t>(address);
    }
    return;
  }
  const uint64_t mask = (uint64_t{1} << address_bits_) - 1;
  for (size_t t = 0; t < addresses.size(); ++t) {
    const uint64_t mixed = XXH3_64bits(&codes[t * k], k * sizeof(uint32_t));
    addresses[t] = static_cast<uint16_t>(mixed & mask);
  }
}

uint16_t HashFamily::MixedAddress(uint64_t packed_codes) const noexcept {
  const uint64_t mask = (uint64_t{1} << address_bits_) - 1;
  return static_cast<uint16_t>(XXH3_64bits(&packed_codes, sizeof packed_codes) &
                               mask);
}

std::unique_ptr<const HashFamily> MakeHashFamily(const HashOptions& options,
                                                 size_t width, util::Rng rng) {
  return MakeHashFamily(options.kind,
                        {.width = width,
                         .hashes_per_table = *options.hashes_per_table,
                         .num_tables = *options.num_tables,
                         .table_bits = *options.table_bits},
                        rng);
}

std::unique_ptr<const HashFamily> MakeHashFamily(HashKind kind,
                                                 const HashShape& shape,
                                                 util::Rng rng) {
  SLIDE_DCHECK(kind != HashKind::kNone);
  return EntryOf(kind).make(shape, rng);
}

int CodeBits(HashKind kind) noexcept { return EntryOf(kind).code_bits; }

}  // namespace slide::hashing
