// SimHash: an elementary hash is the sign of a random projection, so that two
// vectors at angle a agree on it with probability 1 - a / pi (Charikar,
// "Similarity estimation techniques from rounding algorithms", STOC 2002).
//
// Up to kMaxTransformedWidth the projections are rows of H D2 H D1, the
// Walsh-Hadamard matrix H between diagonals of random signs: d projections for
// 2 d log2(d) additions instead of d^2 (Ailon and Chazelle, "The fast
// Johnson-Lindenstrauss transform", 2009; the use for hashing: Andoni et al.,
// "Practical and optimal LSH for angular distance", 2015). Vectors are filled
// up with zeros to a power of two, which changes no angle, and to at least 128,
// below which a projection's distribution would be too far from a normal one.
//
// Wider vectors are sparse, and a transform would fill them: their projections
// are sums over the coordinates that are not 0, with normal coefficients that
// are made when they are needed, from a hash of coordinate and projection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/hash_family.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::hashing {

class SimHash final : public HashFamily {
 public:
  // For wider vectors K L projections of a hundred coordinates cost less than a
  // transform (bench/hashing_bench).
  static constexpr size_t kMaxTransformedWidth = 16'384;

  // rng: the stream of the hash functions. Hashing a vector costs
  // ceil(K L / d) transforms of d = padded width, 4 d log2(d) flops each; for
  // wide ones, K L multiply-adds for each coordinate that is not 0.
  SimHash(const HashShape& shape, util::Rng rng);

 private:
  void HashDense(std::span<const float> x, HashScratch& scratch,
                 std::span<uint16_t> addresses) const noexcept override;
  void HashSparse(SparseView x, HashScratch& scratch,
                  std::span<uint16_t> addresses) const noexcept override;

  // sums[i] += value * coefficient of projection i at the coordinate.
  void AddProjections(uint32_t coordinate, float value,
                      std::span<float> sums) const noexcept;
  // The addresses of a wide vector, which has values[i] at coordinate id_of(i).
  template <typename IdOf>
  void HashWide(std::span<const float> values, const IdOf& id_of,
                HashScratch& scratch,
                std::span<uint16_t> addresses) const noexcept;
  // The addresses from K L bits, the first ones those of table 0.
  void CutAddresses(const HashScratch& scratch,
                    std::span<uint16_t> addresses) const noexcept;

  bool is_wide() const noexcept { return width() > kMaxTransformedWidth; }

  // Transforms have these.
  size_t padded_width_ = 0;
  size_t num_transforms_ = 0;
  util::AlignedBuffer<float> signs_;  // [num_transforms, 2, padded_width]
  // Wide vectors have these.
  uint64_t seed_;
  const float* quantiles_ = nullptr;  // [256], of the normal distribution
};

}  // namespace slide::hashing
