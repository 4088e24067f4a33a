// Winner-take-all: an elementary hash is the place of the largest of B random
// coordinates, so that vectors agree which rank their coordinates alike, on
// whatever scale (Yagnik, Strelow, Ross and Lin, "The power of comparative
// reasoning", ICCV 2011). B is 8, or in narrow vectors the largest power of two
// within their width; of equal coordinates the first one wins.
//
// In sparse vectors most winners would be zeros. The densified form lets only
// coordinates take part that are not 0; a bin without any borrows its code
// from another one (Chen and Shrivastava, "Densified winner take all (DWTA)
// hashing for sparse datasets", UAI 2018; the donors: densify.h). If no bin has
// any, which is possible while the bins do not hold all coordinates, every
// address is 0.
//
// The bins are cut from random permutations of the coordinates, floor(width/B)
// from each, as many permutations as K L bins need. In vectors wider than
// B K L coordinates most would be in no bin, and a sparse one would have no
// winners to speak of: there the densified form deals out one permutation to
// all bins, and a place counts as its remainder by B.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/densify.h"
#include "hashing/hash_family.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::hashing {

class WinnerTakeAll final : public HashFamily {
 public:
  // rng: the stream of the hash functions. A dense vector costs B K L steps, or
  // at most a few for each place that a coordinate of a sparse one has in bins,
  // B K L / width on average, and K L. Requires: shape.width >= 2.
  WinnerTakeAll(const HashShape& shape, bool densified, util::Rng rng);

  // Bins are numbered as codes are: from t K to t K + K - 1 for table t.
  size_t num_bins() const noexcept { return num_codes(); }
  size_t bin_size() const noexcept { return bin_size_; }  // B in the papers
  // A bin has B places, or more where all coordinates are dealt out.
  size_t num_places() const noexcept { return bins_.size() / num_bins(); }
  // kNoCoordinate: this bin has one place less than others.
  uint32_t coordinate(size_t bin, size_t place) const noexcept {
    return bins_[place * num_bins() + bin];
  }
  static constexpr uint32_t kNoCoordinate = ~uint32_t{0};
  const DonorSearch& donors() const noexcept { return donors_; }

 private:
  void HashDense(std::span<const float> x, HashScratch& scratch,
                 std::span<uint16_t> addresses) const noexcept override;
  void HashSparse(SparseView x, HashScratch& scratch,
                  std::span<uint16_t> addresses) const noexcept override;

  void CutBins(util::Rng& rng);
  void DealOutBins(util::Rng& rng);
  void IndexPlaces();
  // Calls f(bin, place) wherever a coordinate takes part.
  template <typename F>
  void ForEachPlace(uint32_t coordinate, const F& f) const noexcept;
  // winners [num_bins] among the coordinates that are not 0, kNoWinner where a
  // bin has none, and their values in largest [num_bins]. The vector has
  // values[i] at coordinate id_of(i).
  template <typename IdOf>
  void FindWinners(std::span<const float> values, const IdOf& id_of,
                   std::span<float> largest,
                   std::span<uint32_t> winners) const noexcept;
  // Lets the absent coordinates of x take part, which are 0.
  void LetZerosWin(SparseView x, std::span<const float> largest,
                   std::span<uint32_t> present,
                   std::span<uint32_t> winners) const noexcept;
  // Makes the addresses from the winners, which lie first among scratch's
  // words.
  void HashWinners(HashScratch& scratch,
                   std::span<uint16_t> addresses) const noexcept;

  size_t bin_size_;
  bool densified_;
  bool deals_out_all_;
  int place_bits_;                      // bits of a place
  util::AlignedBuffer<uint32_t> bins_;  // [num_places, num_bins] coordinates
  // The places where coordinate i takes part: bin 2^place_bits + place, from
  // starts_[i] to starts_[i + 1] of places_.
  util::AlignedBuffer<uint32_t> starts_;
  util::AlignedBuffer<uint32_t> places_;
  DonorSearch donors_;
};

}  // namespace slide::hashing
