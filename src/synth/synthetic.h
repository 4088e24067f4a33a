// SyntheticModel and PointGenerator: points that look like extreme
// classification data and can be learned from.
//
// - Labels lie in topics of about 100. A point has one topic or two and takes
//   its labels from there. Topics are drawn by a power law, and so are the
//   labels within a topic: a few labels get many points, most get few.
// - Features are words, ranked from common to rare. A topic has a pool of
//   words. A label has a profile of words that mark it, half of them out of its
//   topic's pool, the others out of all. A point is a text about its labels:
//   each word in it is one of a label's profile, or one of a label's topic, or
//   any (noise).
// - The value of a feature is tf-idf, (1 + ln tf) ln(1 + 1 / df): tf counts how
//   often the word was drawn, df is the share of points expected to have it.
//   Values are whole thousandths, which text of three decimals holds exactly.
//
// A topic or a label takes no memory but its id: pools and profiles are hashes
// of (seed, topic or label, position). A point is drawn from a stream of its
// own, keyed by (seed, part, index), so that any thread can make it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "slide/synthetic.h"
#include "synth/distributions.h"
#include "synth/tally.h"
#include "util/rng.h"

namespace slide::synth {

// The distributions that all points of a seed share. Immutable.
class SyntheticModel {
 public:
  // Requires: valid options. Cost: O(features + labels).
  explicit SyntheticModel(const SyntheticOptions& options);

  // The random numbers of a point; its lengths are drawn first.
  util::Rng Stream(SyntheticPart part, uint64_t index) const noexcept;
  struct Lengths {
    uint32_t num_labels;
    uint32_t num_features;
  };
  Lengths DrawLengths(util::Rng& rng) const noexcept;

 private:
  friend class PointGenerator;

  struct Word {
    uint32_t id;
    float idf;
  };

  // Labels go by a number here that tells their topic, words by their rank; ids
  // are given to them at random, so that an id says nothing.
  uint32_t TopicOf(uint32_t label) const noexcept {
    return label % num_topics_;
  }
  // The word at a place of a topic's pool, of a label's profile.
  uint32_t PoolWord(uint32_t topic, uint32_t place) const noexcept;
  uint32_t ProfileWord(uint32_t label, uint32_t place) const noexcept;

  util::Rng rng_;
  uint64_t pool_key_, profile_key_;
  uint32_t num_labels_, num_features_, num_topics_;
  LengthDistribution label_lengths_, feature_lengths_;
  PowerLaw<2> topics_;
  PowerLaw<4> labels_in_topic_;
  PowerLaw<2> pool_places_, profile_places_;
  PowerLaw<3> topical_words_;  // that pools and profiles are made of
  PowerLaw<4> noise_words_;
  std::vector<uint32_t> label_ids_;  // [labels]
  std::vector<Word> words_;          // [features]
};

// Makes one point after the other.
// Threads: a generator each, on one model.
class PointGenerator {
 public:
  // The model must outlive the generator.
  explicit PointGenerator(const SyntheticModel& model);

  // Makes point `index` of a part; what follows is about the last one made.
  void Make(SyntheticPart part, uint64_t index);

  std::span<const uint32_t> label_ids() const noexcept { return label_ids_; }
  std::span<const uint32_t> feature_ids() const noexcept {
    return feature_ids_;
  }
  // The values of the features, each 1 or more.
  std::span<const uint32_t> thousandths() const noexcept {
    return thousandths_;
  }

 private:
  void DrawLabels(util::Rng& rng, uint32_t num_labels);
  void DrawWords(util::Rng& rng, uint32_t num_words);
  void SetFeatures();

  const SyntheticModel& model_;
  Tally labels_, words_;
  std::vector<uint32_t> label_ids_;
  std::vector<uint64_t> pairs_;  // id and thousandths in one number, to sort
  std::vector<uint32_t> feature_ids_, thousandths_;
};

}  // namespace slide::synth
