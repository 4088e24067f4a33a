// SparsePairs against counts of all pairs in a map.
#include "nn/sparse_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/sparse_part.h"
#include "slide/error.h"
#include "support/make_data.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::nn::sparse_pairs_test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using testing_support::AddSample;

using Ids = std::vector<uint32_t>;

// Features and labels from many samples to none, some samples without labels,
// and labels of one sample at the end.
Dataset SkewedData(uint32_t num_features, uint32_t num_labels,
                   size_t num_samples, uint64_t seed) {
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kTest);
  const auto draw = [&](uint32_t bound, size_t num) {
    std::set<uint32_t> ids;
    for (size_t i = 0; i < num; ++i) {
      const double u = static_cast<double>(rng.Uniform());
      ids.insert(static_cast<uint32_t>(u * u * u * bound));
    }
    return Ids(ids.begin(), ids.end());
  };
  CsrArrays arrays;
  arrays.num_features = num_features;
  arrays.num_labels = num_labels;
  for (size_t i = 0; i < num_samples; ++i) {
    const Ids ids = draw(num_features, rng.UniformInt(25));
    const Ids labels = draw(num_labels - 2, rng.UniformInt(5));
    AddSample(arrays, ids, std::vector<float>(ids.size(), 1.0f), labels);
  }
  for (const uint32_t label : {num_labels - 2, num_labels - 1}) {
    const Ids ids = draw(num_features, 20);
    AddSample(arrays, ids, std::vector<float>(ids.size(), 1.0f), {label});
  }
  return Dataset(std::move(arrays));
}

struct Counts {
  explicit Counts(const Dataset& data) : feature_samples(data.num_features()) {
    for (size_t i = 0; i < data.size(); ++i) {
      const Sample sample = data[i];
      if (!sample.labels.empty()) ++num_labelled;
      for (const uint32_t n : sample.labels) ++label_samples[n];
      for (const uint32_t f : sample.features.ids) {
        if (!sample.labels.empty()) ++feature_samples[f];
        for (const uint32_t n : sample.labels) ++both[{f, n}];
      }
    }
  }

  // The labels of each feature, ascending.
  std::vector<Ids> Labels(uint64_t min_samples,
                          uint64_t max_feature_samples) const {
    std::vector<Ids> labels(feature_samples.size());
    for (const auto& [pair, count] : both) {
      const auto [f, n] = pair;
      if (count >= std::min(min_samples, label_samples.at(n)) &&
          feature_samples[f] <= max_feature_samples) {
        labels[f].push_back(n);
      }
    }
    return labels;
  }

  double Entries(const std::vector<Ids>& labels) const {
    uint64_t entries = 0;
    for (size_t f = 0; f < labels.size(); ++f) {
      entries += labels[f].size() * feature_samples[f];
    }
    return static_cast<double>(entries) / static_cast<double>(num_labelled);
  }

  uint64_t num_labelled = 0;
  std::vector<uint64_t> feature_samples;
  std::map<uint32_t, uint64_t> label_samples;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> both;
};

uint64_t NumWordsOf(std::span<const Ids> labels, uint64_t num_labels) {
  uint64_t num = 0;
  for (const Ids& ids : labels) {
    if (ids.size() < 16 || ids.size() * 64 < num_labels) {
      num += 2 * ids.size();
    } else {
      num = (num + 15) / 16 * 16 + (num_labels + 511) / 512 * 17 + ids.size();
    }
  }
  return num;
}

uint64_t NumBytesOf(const std::vector<Ids>& labels, uint64_t num_labels) {
  return labels.size() * 16 + NumWordsOf(labels, num_labels) * 4 +
         num_labels * 4;
}

// Lists and words as they are filled in for a network.
struct Filled {
  Filled(const SparsePairs& pairs, uint64_t num_labels)
      : Filled(pairs, num_labels, pairs.MakeLists(num_labels)) {}
  Filled(const SparsePairs& pairs, uint64_t num_labels, SparsePairs::Lists made)
      : lists(std::move(made.lists)), words(made.num_words) {
    pairs.Fill(lists, {words, num_labels});
  }

  std::vector<kernels::PairList> lists;
  util::AlignedBuffer<uint32_t> words;
};

// Holds that the lists are those of these labels, in their order, without
// weights, and returns how many are sparse and dense.
std::pair<size_t, size_t> ExpectLists(std::span<const kernels::PairList> lists,
                                      std::span<const uint32_t> words,
                                      const std::vector<Ids>& labels,
                                      uint64_t num_labels) {
  size_t num_sparse = 0, num_dense = 0;
  std::vector<uint32_t> rest(words.begin(), words.end());
  uint64_t end = 0;
  EXPECT_EQ(words.size(), NumWordsOf(labels, num_labels));
  EXPECT_EQ(lists.size(), labels.size());
  for (size_t f = 0; f < std::min(lists.size(), labels.size()); ++f) {
    SCOPED_TRACE("feature " + std::to_string(f));
    const kernels::PairList& list = lists[f];
    EXPECT_EQ(list.num, labels[f].size());
    EXPECT_GE(list.begin, end);
    end = list.begin + list.NumWords(num_labels);
    if (list.num != labels[f].size() || end > words.size()) {
      ADD_FAILURE() << "outside of the words";
      break;
    }
    uint32_t* ids = rest.data() + list.begin;
    if (list.is_dense == 0) {
      EXPECT_EQ(Ids(ids, ids + list.num), labels[f]);
      std::fill_n(ids, list.num, 0u);
      if (list.num > 0) ++num_sparse;
      continue;
    }
    ++num_dense;
    EXPECT_EQ(list.begin % 16, 0u);
    const size_t num_groups = (num_labels + 511) / 512;
    Ids bits(num_groups * 16), ranks(num_groups);
    for (const uint32_t n : labels[f]) {
      bits[n / 32] |= 1u << (n % 32);
      for (size_t g = n / 512 + 1; g < num_groups; ++g) ++ranks[g];
    }
    bits.insert(bits.end(), ranks.begin(), ranks.end());
    EXPECT_EQ(Ids(ids, ids + bits.size()), bits);
    std::fill_n(ids, bits.size(), 0u);
  }
  EXPECT_EQ(end, words.size());
  EXPECT_THAT(rest, Each(0u));
  return {num_sparse, num_dense};
}

void ExpectPlan(const SparsePartPlan& plan, const Dataset& data,
                const Counts& counts, const std::vector<Ids>& labels) {
  uint64_t num_pairs = 0, num_features = 0;
  for (const Ids& ids : labels) {
    num_pairs += ids.size();
    if (!ids.empty()) ++num_features;
  }
  EXPECT_EQ(plan.num_pairs, num_pairs);
  EXPECT_EQ(plan.num_features, num_features);
  EXPECT_DOUBLE_EQ(plan.entries, counts.Entries(labels));
  EXPECT_EQ(plan.num_bytes, NumBytesOf(labels, data.num_labels()));
}

void ExpectSamePlans(const SparsePartPlan& a, const SparsePartPlan& b) {
  EXPECT_EQ(a.is_wanted, b.is_wanted);
  EXPECT_EQ(a.min_samples, b.min_samples);
  EXPECT_EQ(a.max_feature_samples, b.max_feature_samples);
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.num_pairs, b.num_pairs);
  EXPECT_EQ(a.entries, b.entries);
  EXPECT_EQ(a.num_bytes, b.num_bytes);
}

SparsePartOptions AllPairs() {
  SparsePartOptions options;
  options.max_feature_share = 1.0;
  return options;
}

TEST(SparsePairs, HasThePairsOfEnoughSamples) {
  const Dataset data = SkewedData(120, 300, 600, 1);
  const Counts counts(data);
  const util::ThreadTeam team(2);
  for (const int min_samples : {1, 2, 3, 7, 1000}) {
    SCOPED_TRACE(min_samples);
    SparsePartOptions options = AllPairs();
    options.min_samples = min_samples;
    const SparsePairs pairs(data, options, team);
    EXPECT_EQ(pairs.plan().min_samples, min_samples);
    EXPECT_EQ(pairs.plan().max_feature_samples, counts.num_labelled);
    const std::vector<Ids> labels =
        counts.Labels(static_cast<uint64_t>(min_samples), counts.num_labelled);
    ExpectPlan(pairs.plan(), data, counts, labels);
    const Filled filled(pairs, data.num_labels());
    ExpectLists(filled.lists, filled.words, labels, data.num_labels());
  }
}

TEST(SparsePairs, TwoSamplesAreEnoughByDefault) {
  const Dataset data = SkewedData(120, 300, 600, 2);
  const Counts counts(data);
  const SparsePartPlan plan = PlanSparsePart(data, {}, 2);
  EXPECT_EQ(plan.min_samples, 2);
  EXPECT_EQ(plan.max_feature_samples, counts.num_labelled);
  ExpectPlan(plan, data, counts, counts.Labels(2, counts.num_labelled));
}

TEST(SparsePairs, ListsAreSparseAndDenseByTheLabelsOfTheNetwork) {
  const Dataset data = SkewedData(120, 300, 2000, 3);
  const Counts counts(data);
  const util::ThreadTeam team(3);
  const SparsePairs pairs(data, AllPairs(), team);
  const std::vector<Ids> labels = counts.Labels(2, counts.num_labelled);
  size_t last_dense = labels.size();
  for (const uint64_t num_labels : {300u, 301u, 512u, 513u, 4000u, 9000u}) {
    SCOPED_TRACE(num_labels);
    const Filled filled(pairs, num_labels);
    const auto [num_sparse, num_dense] =
        ExpectLists(filled.lists, filled.words, labels, num_labels);
    EXPECT_GT(num_sparse, 0u);
    EXPECT_GT(num_dense, 0u);
    EXPECT_LE(num_dense, last_dense);
    last_dense = num_dense;
  }
}

TEST(SparsePairs, MoreFeaturesOfTheNetworkHaveEmptyLists) {
  const Dataset data = SkewedData(90, 200, 500, 4);
  const Counts counts(data);
  const util::ThreadTeam team(2);
  const SparsePairs pairs(data, AllPairs(), team);
  std::vector<Ids> labels = counts.Labels(2, counts.num_labelled);
  for (const uint32_t more : {0u, 7u}) {
    const SparsePart part(pairs, data.num_features() + more,
                          data.num_labels() + 100 * more);
    const SparsePart::Arrays arrays = part.arrays();
    ASSERT_EQ(arrays.lists.size(), labels.size() + more);
    const uint64_t num_labels = data.num_labels() + 100 * more;
    ExpectLists(arrays.lists.first(labels.size()), arrays.words, labels,
                num_labels);
    for (const kernels::PairList& list : arrays.lists.last(more)) {
      EXPECT_EQ(list.num, 0u);
      EXPECT_EQ(list.is_dense, 0u);
      EXPECT_LE(list.begin, arrays.words.size());
    }
  }
}

TEST(SparsePairs, FeaturesInMoreThanAShareOfTheSamplesHaveNone) {
  const Dataset data = SkewedData(120, 300, 600, 5);
  const Counts counts(data);
  const util::ThreadTeam team(2);
  for (const double share : {0.0, 0.01, 0.03, 0.1, 0.5}) {
    SCOPED_TRACE(share);
    SparsePartOptions options;
    options.max_feature_share = share;
    const SparsePairs pairs(data, options, team);
    const auto most = static_cast<uint64_t>(
        std::floor(share * static_cast<double>(counts.num_labelled)));
    EXPECT_EQ(pairs.plan().max_feature_samples, most);
    const std::vector<Ids> labels = counts.Labels(2, most);
    ExpectPlan(pairs.plan(), data, counts, labels);
    const Filled filled(pairs, data.num_labels());
    ExpectLists(filled.lists, filled.words, labels, data.num_labels());
  }
}

TEST(SparsePairs, AsManyFeaturesAsTheEntriesAllow) {
  const Dataset data = SkewedData(120, 300, 600, 6);
  const Counts counts(data);
  const util::ThreadTeam team(2);
  const double all = counts.Entries(counts.Labels(2, counts.num_labelled));
  ASSERT_GT(all, 100.0);
  size_t num_cut = 0;
  for (const double budget :
       {1.0, 2.0, 10.0, 0.1 * all, 0.5 * all, 0.99 * all, all + 1.0}) {
    SCOPED_TRACE(budget);
    SparsePartOptions options;
    options.max_entries = budget;
    const SparsePairs pairs(data, options, team);
    const SparsePartPlan& plan = pairs.plan();
    const std::vector<Ids> labels = counts.Labels(2, plan.max_feature_samples);
    ExpectPlan(plan, data, counts, labels);
    EXPECT_LE(plan.entries, budget);
    const Filled filled(pairs, data.num_labels());
    ExpectLists(filled.lists, filled.words, labels, data.num_labels());
    // The features of the next larger number of samples would be too many.
    const uint64_t next = plan.max_feature_samples + 1;
    if (budget > all) {
      EXPECT_EQ(plan.max_feature_samples, counts.num_labelled);
    } else {
      EXPECT_THAT(counts.feature_samples, Contains(next));
      EXPECT_GT(counts.Entries(counts.Labels(2, next)), budget);
      ++num_cut;
    }
  }
  EXPECT_EQ(num_cut, 6u);
}

TEST(SparsePairs, ABudgetThatIsKeptExactlyCutsNothing) {
  // Four samples, of which each has 2 features of 2 labels.
  CsrArrays arrays;
  arrays.num_features = 2;
  arrays.num_labels = 2;
  for (int i = 0; i < 4; ++i) {
    AddSample(arrays, {0, 1}, {1.0f, 1.0f}, {0, 1});
  }
  const Dataset data(std::move(arrays));
  SparsePartOptions options;
  options.max_entries = 4;
  SparsePartPlan plan = PlanSparsePart(data, options, 1);
  EXPECT_EQ(plan.num_pairs, 4u);
  EXPECT_EQ(plan.entries, 4.0);
  EXPECT_EQ(plan.max_feature_samples, 4u);
  options.max_entries = 3.99;
  plan = PlanSparsePart(data, options, 1);
  EXPECT_EQ(plan.num_pairs, 0u);
  EXPECT_EQ(plan.num_features, 0u);
  EXPECT_EQ(plan.entries, 0.0);
  EXPECT_EQ(plan.max_feature_samples, 3u);
}

TEST(SparsePairs, MemoryRaisesTheSamplesByDoubling) {
  const Dataset data = SkewedData(1000, 400, 3000, 7);
  std::map<int, SparsePartPlan> plans;
  SparsePartOptions options = {.max_feature_share = 1.0};
  for (const int min_samples : {2, 4, 8, 16}) {
    options.min_samples = min_samples;
    plans[min_samples] = PlanSparsePart(data, options, 2);
    EXPECT_TRUE(plans[min_samples].is_wanted);
  }
  options.min_samples.reset();
  for (const int min_samples : {4, 8, 16}) {
    SCOPED_TRACE(min_samples);
    const uint64_t num_bytes = plans[min_samples].num_bytes;
    ASSERT_LT(num_bytes, plans[min_samples / 2].num_bytes);
    for (const uint64_t most :
         {num_bytes, plans[min_samples / 2].num_bytes - 1}) {
      options.max_mebibytes = static_cast<double>(most) / 0x1p20;
      ExpectSamePlans(PlanSparsePart(data, options, 2), plans[min_samples]);
    }
    // The list of a raised number of samples is that of a given one.
    const util::ThreadTeam team(2);
    const SparsePairs raised(data, options, team);
    const Filled filled(raised, data.num_labels());
    const Counts counts(data);
    ExpectLists(
        filled.lists, filled.words,
        counts.Labels(static_cast<uint64_t>(min_samples), counts.num_labelled),
        data.num_labels());
  }
}

// Fewer pairs may bring back features that the entries had left out.
TEST(SparsePairs, RaisedSamplesAreCutAnew) {
  const Dataset data = SkewedData(1000, 400, 3000, 8);
  const Counts counts(data);
  SparsePartOptions options;
  options.max_entries = 40;
  options.min_samples = 4;
  const SparsePartPlan given = PlanSparsePart(data, options, 2);
  options.min_samples.reset();
  const SparsePartPlan open = PlanSparsePart(data, options, 2);
  EXPECT_EQ(open.min_samples, 2);
  EXPECT_GT(given.max_feature_samples, open.max_feature_samples);
  options.max_mebibytes = static_cast<double>(open.num_bytes - 1) / 0x1p20;
  const SparsePartPlan raised = PlanSparsePart(data, options, 2);
  ExpectPlan(raised, data, counts,
             counts.Labels(static_cast<uint64_t>(raised.min_samples),
                           raised.max_feature_samples));
  EXPECT_LE(raised.entries, 40.0);
  EXPECT_GT(raised.min_samples, 2);
  options.max_mebibytes = 1024;
  options.min_samples = raised.min_samples;
  ExpectSamePlans(PlanSparsePart(data, options, 2), raised);
}

std::string ErrorOf(const Dataset& data, const SparsePartOptions& options) {
  try {
    PlanSparsePart(data, options, 2);
  } catch (const OptionsError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SparsePairs, RefusesMemoryThatIsTooSmall) {
  const Dataset data = SkewedData(1000, 400, 3000, 9);
  SparsePartOptions options;
  // The lists alone take 16000 bytes.
  options.max_mebibytes = 0.015;
  options.mode = SparsePartMode::kOn;
  EXPECT_THAT(ErrorOf(data, options),
              HasSubstr("sparse_part.max_mebibytes: got 0.015, expected 1 or "
                        "more for "));
  options.mode = SparsePartMode::kAuto;
  const SparsePartPlan plan = PlanSparsePart(data, options, 2);
  EXPECT_FALSE(plan.is_wanted);
  EXPECT_EQ(plan.min_samples, 64);
  options.mode = SparsePartMode::kOff;
  EXPECT_FALSE(PlanSparsePart(data, options, 2).is_wanted);
}

TEST(SparsePairs, MemoryDoesNotRaiseSamplesThatAreGiven) {
  const Dataset data = SkewedData(1000, 400, 3000, 9);
  SparsePartOptions options;
  options.min_samples = 3;
  const SparsePartPlan plan = PlanSparsePart(data, options, 2);
  EXPECT_TRUE(plan.is_wanted);
  options.max_mebibytes = static_cast<double>(plan.num_bytes) / 0x1p20;
  ExpectSamePlans(PlanSparsePart(data, options, 2), plan);
  options.max_mebibytes = static_cast<double>(plan.num_bytes - 1) / 0x1p20;
  const SparsePartPlan refused = PlanSparsePart(data, options, 2);
  EXPECT_FALSE(refused.is_wanted);
  EXPECT_EQ(refused.min_samples, 3);
  options.mode = SparsePartMode::kOn;
  EXPECT_THAT(ErrorOf(data, options), HasSubstr("sparse_part.max_mebibytes"));
}

TEST(SparsePairs, RefusesOptionsOutOfRange) {
  const Dataset data = SkewedData(100, 40, 30, 10);
  SparsePartOptions options;
  options.min_samples = 0;
  EXPECT_THAT(ErrorOf(data, options), HasSubstr("min_samples"));
}

TEST(SparsePairs, AnyNumberOfThreadsGivesTheSame) {
  for (const uint32_t num_labels : {3u, 31u, 33u, 100u, 1300u}) {
    const Dataset data = SkewedData(200, num_labels, 1500, num_labels);
    SparsePartOptions options;
    options.max_entries = 60;
    const util::ThreadTeam one(1);
    const SparsePairs expected(data, options, one);
    const Filled words(expected, num_labels + 5);
    for (const int num_threads : {1, 2, 3, 7}) {
      SCOPED_TRACE(std::to_string(num_threads) + " threads, " +
                   std::to_string(num_labels) + " labels");
      const util::ThreadTeam team(num_threads);
      const SparsePairs pairs(data, options, team);
      ExpectSamePlans(pairs.plan(), expected.plan());
      const Filled filled(pairs, num_labels + 5);
      ASSERT_EQ(filled.lists.size(), words.lists.size());
      for (size_t f = 0; f < filled.lists.size(); ++f) {
        EXPECT_EQ(filled.lists[f].begin, words.lists[f].begin) << f;
        EXPECT_EQ(filled.lists[f].num, words.lists[f].num) << f;
        EXPECT_EQ(filled.lists[f].is_dense, words.lists[f].is_dense) << f;
      }
      EXPECT_EQ(
          Ids(filled.words.data(), filled.words.data() + filled.words.size()),
          Ids(words.words.data(), words.words.data() + words.words.size()));
    }
  }
}

// Feature 0 with label 0 in two of three samples, feature 1 in the third;
// label 1 has a sample of its own; feature 2 is in two samples without labels
// and in that one.
Dataset SmallData(bool has_unlabelled) {
  CsrArrays arrays;
  arrays.num_features = 4;
  arrays.num_labels = 3;
  AddSample(arrays, {0}, {1.0f}, {0});
  AddSample(arrays, {0}, {1.0f}, {0});
  AddSample(arrays, {1}, {1.0f}, {0});
  AddSample(arrays, {0, 2}, {1.0f, 1.0f}, {1});
  if (has_unlabelled) {
    for (int i = 0; i < 6; ++i) AddSample(arrays, {2, 3}, {1.0f, 1.0f}, {});
  }
  return Dataset(std::move(arrays));
}

TEST(SparsePairs, ALabelOfOneSampleKeepsItsFeatures) {
  const Dataset data = SmallData(false);
  const util::ThreadTeam team(2);
  const SparsePairs pairs(data, {}, team);
  EXPECT_EQ(pairs.plan().num_pairs, 3u);
  EXPECT_EQ(pairs.plan().num_features, 2u);
  // 3 samples with 2 pairs, 1 with 1.
  EXPECT_EQ(pairs.plan().entries, 7.0 / 4.0);
  const Filled filled(pairs, 3);
  ExpectLists(filled.lists, filled.words, {{0, 1}, {}, {1}, {}}, 3);
}

TEST(SparsePairs, SamplesWithoutLabelsDoNotCount) {
  const util::ThreadTeam team(2);
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    SCOPED_TRACE(share);
    SparsePartOptions options;
    options.max_feature_share = share;
    const Dataset labelled = SmallData(false);
    const Dataset data = SmallData(true);
    const SparsePairs pairs(data, options, team);
    ExpectSamePlans(pairs.plan(), PlanSparsePart(labelled, options, 2));
    EXPECT_EQ(pairs.plan().max_feature_samples,
              static_cast<uint64_t>(share * 4));
    const Filled filled(pairs, 3);
    std::vector<Ids> expected(4);
    if (share >= 0.75) expected[0] = {0, 1};
    if (share >= 0.25) expected[2] = {1};
    ExpectLists(filled.lists, filled.words, expected, 3);
  }
}

TEST(SparsePairs, DataWithoutPairsHasNone) {
  CsrArrays unlabelled;
  unlabelled.num_features = 2000;
  unlabelled.num_labels = 40;
  AddSample(unlabelled, {7}, {1.0f}, {});
  CsrArrays empty = unlabelled;
  empty.num_features = empty.num_labels = 0;
  empty.feature_offsets = empty.label_offsets = {0};
  empty.feature_ids.clear();
  empty.feature_values.clear();
  const util::ThreadTeam team(3);
  for (const CsrArrays& arrays : {unlabelled, empty}) {
    const Dataset data(arrays);
    SparsePartOptions options;
    const SparsePairs pairs(data, options, team);
    EXPECT_FALSE(pairs.plan().is_wanted);
    EXPECT_EQ(pairs.plan().num_pairs, 0u);
    EXPECT_EQ(pairs.plan().num_features, 0u);
    EXPECT_EQ(pairs.plan().entries, 0.0);
    const Filled filled(pairs, data.num_labels());
    ExpectLists(filled.lists, filled.words,
                std::vector<Ids>(data.num_features()), data.num_labels());
    options.mode = SparsePartMode::kOn;
    EXPECT_TRUE(PlanSparsePart(data, options, 2).is_wanted);
  }
}

TEST(PlanSparsePart, AutoWantsItForThousandFeatures) {
  for (const uint32_t num_features : {999u, 1000u, 1001u}) {
    SCOPED_TRACE(num_features);
    const Dataset data = SkewedData(num_features, 50, 200, 11);
    SparsePartOptions options;
    EXPECT_EQ(PlanSparsePart(data, options, 2).is_wanted, num_features >= 1000);
    options.mode = SparsePartMode::kOn;
    const SparsePartPlan on = PlanSparsePart(data, options, 2);
    EXPECT_TRUE(on.is_wanted);
    EXPECT_GT(on.num_pairs, 0u);
    options.mode = SparsePartMode::kOff;
    EXPECT_FALSE(PlanSparsePart(data, options, 2).is_wanted);
  }
}

}  // namespace
}  // namespace slide::nn::sparse_pairs_test
