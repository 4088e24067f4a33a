#include "synth/synthetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "util/memory.h"

namespace slide::synth {
namespace {

using util::Mix64;
using util::Purpose;
using util::Rng;

// The numbers below were chosen so that at Amazon-670K's size most labels have
// few points, and a network learns much in an epoch but not all in three
// (docs/command_line.md has what was measured).
constexpr uint32_t kLabelsPerTopic = 100;
constexpr uint32_t kPoolSize = 200;
constexpr uint32_t kProfileSize = 24;
constexpr double kPoolShareOfProfile = 0.5;

constexpr double kShareWithSecondTopic = 0.3;  // of points
constexpr double kSecondTopicShare = 0.4;      // of such a point's labels
// Words by where they come from; the others come from profiles.
constexpr double kNoiseShare = 0.2;
constexpr double kTopicShare = 0.2;

// Spread of the logarithm of a point's number of labels and of features, and
// how far they go.
constexpr double kLabelSpread = 0.5;
constexpr double kFeatureSpread = 0.6;
constexpr double kMaxOverMean = 8.0;

// Draws in a row that hit what the point has already, after which the next are
// even ones: the rare is found then as well.
constexpr int kMaxRepeats = 8;
// Words drawn for a feature wanted, after which all are noise: a few labels do
// not fill a long text.
constexpr uint64_t kMaxWordsPerFeature = 3;

uint32_t MaxLength(double mean, uint32_t num_all) {
  return static_cast<uint32_t>(
      std::min<double>(num_all, std::ceil(kMaxOverMean * mean)));
}

// Streams that belong to no point are numbered under kModel, as points are
// under their part.
constexpr uint64_t kModel = 0;
enum ModelStream : uint64_t { kPools, kProfiles, kLabelIds, kFeatureIds };

Rng StreamOf(const Rng& rng, ModelStream stream) {
  return rng.Stream(Purpose::kSynthetic, kModel, stream);
}

std::vector<uint32_t> ShuffledIds(uint32_t n, Rng rng) {
  std::vector<uint32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0u);
  rng.Shuffle(std::span(ids));
  return ids;
}

// Throws: Error if there is too little memory for what is kept of each label
// and feature.
void RequireMemoryOf(const SyntheticOptions& options) {
  constexpr uint64_t kPerLabel = 4, kPerFeature = 12;
  util::RequireMemory(
      kPerLabel * options.num_labels + kPerFeature * options.num_features,
      fmt::format("{} labels and {} features of made-up data (num_labels, "
                  "num_features)",
                  options.num_labels, options.num_features));
}

double Uniform(Rng& rng) noexcept { return ToUnit(rng.Next()); }

}  // namespace

SyntheticModel::SyntheticModel(const SyntheticOptions& options)
    : rng_((RequireMemoryOf(options), options.seed)),
      pool_key_(StreamOf(rng_, kPools).Next()),
      profile_key_(StreamOf(rng_, kProfiles).Next()),
      num_labels_(options.num_labels),
      num_features_(options.num_features),
      num_topics_(std::max<uint32_t>(num_labels_ / kLabelsPerTopic, 1)),
      label_lengths_(options.labels_per_point, kLabelSpread,
                     MaxLength(options.labels_per_point, num_labels_)),
      feature_lengths_(options.nonzeros, kFeatureSpread,
                       MaxLength(options.nonzeros, num_features_)),
      topics_(num_topics_),
      labels_in_topic_((num_labels_ - 1) / num_topics_ + 1),
      pool_places_(kPoolSize),
      profile_places_(kProfileSize),
      topical_words_(num_features_),
      noise_words_(num_features_),
      label_ids_(ShuffledIds(num_labels_, StreamOf(rng_, kLabelIds))),
      words_(num_features_) {
  const std::vector<uint32_t> ids =
      ShuffledIds(num_features_, StreamOf(rng_, kFeatureIds));
  for (uint32_t rank = 0; rank < num_features_; ++rank) {
    const double df = options.nonzeros *
                      (kNoiseShare * noise_words_.Probability(rank) +
                       (1.0 - kNoiseShare) * topical_words_.Probability(rank));
    words_[rank] = {ids[rank], static_cast<float>(std::log1p(1.0 / df))};
  }
}

Rng SyntheticModel::Stream(SyntheticPart part, uint64_t index) const noexcept {
  const uint64_t part_number = part == SyntheticPart::kTrain ? 1 : 2;
  return rng_.Stream(Purpose::kSynthetic, part_number, index);
}

SyntheticModel::Lengths SyntheticModel::DrawLengths(Rng& rng) const noexcept {
  const uint32_t num_labels = label_lengths_.Draw(rng);
  return {num_labels, feature_lengths_.Draw(rng)};
}

uint32_t SyntheticModel::PoolWord(uint32_t topic,
                                  uint32_t place) const noexcept {
  const uint64_t number = uint64_t{topic} * kPoolSize + place + 1;
  return topical_words_(ToUnit(Mix64(pool_key_ + number * util::kGoldenGamma)));
}

uint32_t SyntheticModel::ProfileWord(uint32_t label,
                                     uint32_t place) const noexcept {
  const uint64_t number = uint64_t{label} * kProfileSize + place + 1;
  const double u = ToUnit(Mix64(profile_key_ + number * util::kGoldenGamma));
  if (u < kPoolShareOfProfile) {
    return PoolWord(TopicOf(label), pool_places_(u / kPoolShareOfProfile));
  }
  return topical_words_((u - kPoolShareOfProfile) /
                        (1.0 - kPoolShareOfProfile));
}

PointGenerator::PointGenerator(const SyntheticModel& model)
    : model_(model),
      labels_(model.label_lengths_.max()),
      words_(model.feature_lengths_.max()) {}

void PointGenerator::Make(SyntheticPart part, uint64_t index) {
  Rng rng = model_.Stream(part, index);
  const SyntheticModel::Lengths lengths = model_.DrawLengths(rng);
  DrawLabels(rng, lengths.num_labels);
  DrawWords(rng, lengths.num_features);
  SetFeatures();
}

void PointGenerator::DrawLabels(Rng& rng, uint32_t num_labels) {
  const uint32_t first = model_.topics_(Uniform(rng));
  const bool has_second = Uniform(rng) < kShareWithSecondTopic;
  const uint32_t second = has_second ? model_.topics_(Uniform(rng)) : first;
  labels_.Clear();
  for (int num_repeats = 0; labels_.size() < num_labels;) {
    uint64_t label = 0;
    if (num_repeats < kMaxRepeats) {
      const uint32_t topic = Uniform(rng) < kSecondTopicShare ? second : first;
      const uint64_t rank = model_.labels_in_topic_(Uniform(rng));
      label = topic + rank * model_.num_topics_;
    } else {
      label = rng.UniformInt(model_.num_labels_);
    }
    // The last topics may have one label less than the distribution.
    const bool is_new =
        label < model_.num_labels_ && labels_.Add(static_cast<uint32_t>(label));
    num_repeats = is_new ? 0 : num_repeats + 1;
  }
  label_ids_.clear();
  for (const Tally::Entry& label : labels_.entries()) {
    label_ids_.push_back(model_.label_ids_[label.key]);
  }
  std::sort(label_ids_.begin(), label_ids_.end());
}

void PointGenerator::DrawWords(Rng& rng, uint32_t num_words) {
  const uint64_t max_drawn = kMaxWordsPerFeature * num_words;
  words_.Clear();
  int num_repeats = 0;
  for (uint64_t i = 0; words_.size() < num_words; ++i) {
    uint32_t word = 0;
    const double source = Uniform(rng);
    if (i >= max_drawn && num_repeats >= kMaxRepeats) {
      word = static_cast<uint32_t>(rng.UniformInt(model_.num_features_));
    } else if (i >= max_drawn || source < kNoiseShare) {
      word = model_.noise_words_(Uniform(rng));
    } else {
      const uint32_t label =
          labels_.entries()[rng.UniformInt(labels_.size())].key;
      word =
          source < kNoiseShare + kTopicShare
              ? model_.PoolWord(model_.TopicOf(label),
                                model_.pool_places_(Uniform(rng)))
              : model_.ProfileWord(label, model_.profile_places_(Uniform(rng)));
    }
    num_repeats = words_.Add(word) ? 0 : num_repeats + 1;
  }
}

void PointGenerator::SetFeatures() {
  pairs_.clear();
  for (const Tally::Entry& entry : words_.entries()) {
    const SyntheticModel::Word& word = model_.words_[entry.key];
    const float tf = 1.0f + std::log(static_cast<float>(entry.count));
    const long value = std::max(std::lround(1000.0f * tf * word.idf), 1L);
    pairs_.push_back(uint64_t{word.id} << 32 | static_cast<uint64_t>(value));
  }
  std::sort(pairs_.begin(), pairs_.end());
  feature_ids_.clear();
  thousandths_.clear();
  for (const uint64_t pair : pairs_) {
    feature_ids_.push_back(static_cast<uint32_t>(pair >> 32));
    thousandths_.push_back(static_cast<uint32_t>(pair));
  }
}

}  // namespace slide::synth
