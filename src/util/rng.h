// Rng: all randomness of the library. One seed gives any number of streams,
// each named by a purpose and two indices (an epoch and a sample, a layer and a
// row), so that what is drawn does not depend on which thread draws it or when.
//
// The generator is xoshiro256++ (Blackman and Vigna, "Scrambled linear
// pseudorandom number generators", 2021), its state filled by splitmix64. The
// distributions are ours, so that they do not vary with the standard library.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "util/check.h"

namespace slide::util {

// The purpose that a stream is drawn for; two purposes never share draws.
enum class Purpose : uint64_t {
  kWeights = 1,
  kHashFunctions,
  kShuffle,
  kSample,
  kEvalSample,
  kRecallSample,
  kBuckets,
  kDrift,
  kTest,
  kSynthetic,
  kRounding,
  kHeldOut,
  kBatchNegatives,
};

// Added to itself and mixed, it runs through all numbers of 64 bits.
inline constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15u;

// The finaliser of splitmix64: a bijection that spreads every input bit.
constexpr uint64_t Mix64(uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class Rng {
 public:
  explicit Rng(uint64_t seed) noexcept : key_(seed) {
    uint64_t x = seed;
    for (uint64_t& word : state_) word = Mix64(x += kGoldenGamma);
  }

  // A generator of its own for (purpose, a, b), a function of this one's seed
  // and of them alone, however much was drawn already.
  Rng Stream(Purpose purpose, uint64_t a = 0, uint64_t b = 0) const noexcept {
    uint64_t key = key_;
    for (const uint64_t part : {static_cast<uint64_t>(purpose), a, b}) {
      key = Mix64(key + kGoldenGamma) ^ Mix64(part + 0x632be59bd9b4e019u);
    }
    return Rng(Mix64(key));
  }

  uint64_t Next() noexcept {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Even over [0, n). Requires: n >= 1.
  // Source: Lemire, "Fast random integer generation in an interval", 2019.
  uint64_t UniformInt(uint64_t n) noexcept {
    SLIDE_DCHECK(n >= 1);
    __extension__ using Wide = unsigned __int128;
    Wide product = Wide{Next()} * n;
    if (static_cast<uint64_t>(product) < n) {
      const uint64_t threshold = (0 - n) % n;
      while (static_cast<uint64_t>(product) < threshold) {
        product = Wide{Next()} * n;
      }
    }
    return static_cast<uint64_t>(product >> 64);
  }

  // Even over [0, n), and independently of that over [0, 1), from one number:
  // for n below 2^32 each of the n is as likely as the others up to 2^-32.
  struct Split {
    uint64_t whole;
    float rest;
  };
  Split UniformSplit(uint64_t n) noexcept {
    SLIDE_DCHECK(1 <= n && n <= uint64_t{1} << 32);
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{Next()} * n;
    return {
        static_cast<uint64_t>(product >> 64),
        static_cast<float>(static_cast<uint64_t>(product) >> 40) * 0x1p-24f};
  }

  // Puts the items into a random order, each as likely as the others (Fisher
  // and Yates).
  template <typename T>
  void Shuffle(std::span<T> items) noexcept {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[UniformInt(i)]);
    }
  }

  // Even over [0, 1), in steps of 2^-24.
  float Uniform() noexcept {
    return static_cast<float>(Next() >> 40) * 0x1p-24f;
  }

  // Normal with mean 0 and variance 1 (Marsaglia's polar method).
  float Normal() noexcept {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    float u = 0.0f, v = 0.0f, s = 0.0f;
    do {
      u = 2.0f * Uniform() - 1.0f;
      v = 2.0f * Uniform() - 1.0f;
      s = u * u + v * v;
    } while (s >= 1.0f || s == 0.0f);
    const float scale = std::sqrt(-2.0f * std::log(s) / s);
    spare_ = v * scale;
    has_spare_ = true;
    return u * scale;
  }

 private:
  uint64_t key_;
  uint64_t state_[4];
  float spare_ = 0.0f;
  bool has_spare_ = false;
};

}  // namespace slide::util
