// The sparse part against a dense matrix of weights in double precision: its
// scores, its steps, alone and as a part of a whole step, and its arrays in a
// file.
#include "nn/sparse_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "nn/batch_step.h"
#include "nn/loss.h"
#include "slide/error.h"
#include "support/dense_net.h"
#include "support/error_of.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::nn::sparse_part_test {
namespace {

using testing_support::AllLabelsActive;
using testing_support::DenseNet;
using testing_support::MakeNet;
using testing_support::Stepper;

constexpr uint64_t kSeed = testing_support::kNetSeed;
constexpr uint32_t kFeatures = testing_support::kNetFeatures;
constexpr uint32_t kLabels = testing_support::kNetLabels;

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

Dataset MakeData() {
  return testing_support::RandomData(60, kFeatures, kLabels, 6, 3, kSeed);
}

SparsePart MakePart(const Dataset& data, int min_samples = 1) {
  SparsePartOptions options;
  options.mode = SparsePartMode::kOn;
  options.min_samples = min_samples;
  const util::ThreadTeam team(1);
  return SparsePart(SparsePairs(data, options, team), kFeatures, kLabels);
}

// Random weights for all pairs.
void Draw(SparsePart& part, util::Rng& rng) {
  const SparsePart::Arrays arrays = part.arrays();
  auto* words = const_cast<uint32_t*>(arrays.words.data());
  const kernels::Pairs pairs = {{words, arrays.words.size()},
                                arrays.accumulators.size()};
  for (const kernels::PairList& list : arrays.lists) {
    for (uint32_t i = 0; i < list.num; ++i) {
      pairs.weights(list)[i] = rng.Normal();
    }
  }
}

// The weights [labels, features], and 1 where there is a pair.
struct Dense {
  explicit Dense(const SparsePart& part)
      : weights(Matrix::Zero(kLabels, kFeatures)), pairs(weights) {
    for (uint32_t f = 0; f < kFeatures; ++f) {
      const kernels::PairList& list = part.ListOf(f);
      for (uint32_t n = 0; n < kLabels; ++n) {
        const auto place = kernels::FindPair(part.pairs(), list, n);
        if (!place) continue;
        pairs(n, f) = 1.0;
        weights(n, f) = double{part.pairs().weights(list)[*place]};
      }
    }
  }
  Matrix weights, pairs;
};

Vector FeaturesOf(SparseView x) {
  Vector dense = Vector::Zero(kFeatures);
  for (size_t i = 0; i < x.size(); ++i) dense[x.ids[i]] = double{x.values[i]};
  return dense;
}

TEST(SparsePart, HasThePairsOfTheData) {
  const Dataset data = MakeData();
  const SparsePart part = MakePart(data);
  Matrix expected = Matrix::Zero(kLabels, kFeatures);
  for (size_t i = 0; i < data.size(); ++i) {
    for (const uint32_t n : data[i].labels) {
      for (const uint32_t f : data[i].features.ids) expected(n, f) = 1.0;
    }
  }
  EXPECT_EQ(Dense(part).pairs, expected);
  EXPECT_EQ(part.info().num_pairs, static_cast<uint64_t>(expected.sum()));
  EXPECT_EQ(part.info().weight, 1.0f);
  EXPECT_FALSE(part.WhereNotFinite());
}

TEST(SparsePart, ScoresOfALabelAreThoseOfTheMatrix) {
  const Dataset data = MakeData();
  SparsePart part = MakePart(data, 2);
  util::Rng rng(kSeed);
  Draw(part, rng);
  const Dense dense(part);
  for (size_t i = 0; i < data.size(); ++i) {
    const Vector scores = dense.weights * FeaturesOf(data[i].features);
    for (uint32_t n = 0; n < kLabels; ++n) {
      EXPECT_NEAR(part.ScoreOf(data[i].features, n), scores[n], 1e-5);
    }
  }
}

// A network with a sparse part, and all that a step of it needs.
struct Net {
  explicit Net(Optimizer optimizer = Optimizer::kSgd, int min_samples = 1)
      : data(MakeData()), core(MakeNet({16}, optimizer)) {
    core.SetSparsePart(MakePart(data, min_samples));
    util::Rng rng(kSeed);
    Draw(*core.sparse_part(), rng);
  }
  Dataset data;
  NetworkCore core;
};

StepOptions Plain(Loss loss) {
  StepOptions options;
  options.loss = loss;
  options.sparse_rate = 0.5f;
  return options;
}

SamplingOptions SomeLabelsActive() {
  SamplingOptions options;
  options.max_hashed = 5;
  options.random_negatives = 6;
  return options;
}

// The logits of the active labels by the rows and by the pairs, in double
// precision; the two losses, and the gradients by both.
struct Reference {
  Reference(NetworkCore& core, const Sample& sample, Loss kind,
            SampleState& state) {
    DenseNet net(core);
    const Vector rows = net.Logits(sample);
    const Vector pairs =
        Dense(*core.sparse_part()).weights * FeaturesOf(sample.features);
    const auto ids = state.output().ids();
    std::vector<float> by_rows, by_pairs;
    for (const uint32_t n : ids) {
      by_rows.push_back(static_cast<float>(rows[n] + 0.5 * pairs[n]));
      by_pairs.push_back(static_cast<float>(0.7 * rows[n] + pairs[n]));
    }
    row_gradient.resize(ids.size());
    pair_gradient.resize(ids.size());
    const auto corrections = state.output().corrections();
    const double weight = double{sample.weight};
    loss = weight * 0.5 *
           (ComputeLoss(kind, by_rows, state.num_labels, corrections,
                        row_gradient) +
            ComputeLoss(kind, by_pairs, state.num_labels, corrections,
                        pair_gradient));
    for (float& g : row_gradient) g *= sample.weight;
    for (float& g : pair_gradient) g *= sample.weight;
  }
  std::vector<float> row_gradient, pair_gradient;
  double loss = 0.0;
};

class SparsePartStep : public testing::TestWithParam<Loss> {};
INSTANTIATE_TEST_SUITE_P(Losses, SparsePartStep,
                         testing::Values(Loss::kSoftmax, Loss::kDecoupled,
                                         Loss::kSigmoid));

TEST_P(SparsePartStep, EachPartHasALossOfItsOwn) {
  for (const bool all : {false, true}) {
    Net net;
    const SamplingOptions sampling =
        all ? AllLabelsActive() : SomeLabelsActive();
    const StepOptions options = Plain(GetParam());
    for (size_t i = 0; i < 5; ++i) {
      Stepper stepper(net.core, sampling, options);
      Sample sample = net.data[i];
      sample.weight = i % 2 == 0 ? 1.0f : 2.5f;
      const StepResult result = stepper.Forward(sample, util::Rng(kSeed + i));
      const Reference expected(net.core, sample, GetParam(), stepper.state());
      EXPECT_NEAR(result.loss, expected.loss, 1e-5 * (1.0 + expected.loss));
      SampleState& state = stepper.state();
      for (size_t j = 0; j < state.output().size(); ++j) {
        EXPECT_NEAR(state.output().gradient()[j], expected.row_gradient[j],
                    1e-5);
        EXPECT_NEAR(state.sparse.gradient()[j], expected.pair_gradient[j],
                    1e-5);
      }
    }
  }
}

// The gradient by a weight of a pair, which a step moves along, by central
// differences of the pairs' loss.
TEST_P(SparsePartStep, GradientsAreCentralDifferences) {
  Net net;
  const StepOptions options = Plain(GetParam());
  Stepper stepper(net.core, SomeLabelsActive(), options);
  const Sample sample = net.data[0];
  stepper.Forward(sample, util::Rng(kSeed));
  SampleState& state = stepper.state();
  const auto ids = state.output().ids();
  const Vector x = FeaturesOf(sample.features);
  DenseNet dense_net(net.core);
  const Vector rows = dense_net.Logits(sample);
  Dense dense(*net.core.sparse_part());
  const auto loss = [&] {
    const Vector pairs = dense.weights * x;
    // In double: the library's own is in float.
    std::vector<double> z;
    for (size_t j = 0; j < ids.size(); ++j) {
      z.push_back(0.7 * rows[ids[j]] + pairs[ids[j]]);
    }
    const auto c = state.output().corrections();
    const size_t num = state.num_labels;
    double sum = 0.0, total = 0.0;
    if (GetParam() == Loss::kSigmoid) {
      for (size_t j = 0; j < z.size(); ++j) {
        total += j < num ? std::log1p(std::exp(-z[j]))
                         : std::exp(double{c[j]}) * std::log1p(std::exp(z[j]));
      }
      return total;
    }
    const bool is_softmax = GetParam() == Loss::kSoftmax;
    for (size_t j = is_softmax ? 0 : num; j < z.size(); ++j) {
      sum += std::exp(z[j] + double{c[j]});
    }
    for (size_t j = 0; j < num; ++j) {
      total += is_softmax ? (std::log(sum) - z[j]) / static_cast<double>(num)
                          : (std::log(std::exp(z[j]) + sum) - z[j]) /
                                std::sqrt(static_cast<double>(num));
    }
    return total;
  };
  size_t num_checked = 0;
  for (size_t j = 0; j < ids.size(); ++j) {
    for (const uint32_t f : sample.features.ids) {
      if (dense.pairs(ids[j], f) == 0.0) continue;
      double& w = dense.weights(ids[j], f);
      const double old = w;
      constexpr double kStep = 1e-5;
      w = old + kStep;
      const double up = loss();
      w = old - kStep;
      const double down = loss();
      w = old;
      EXPECT_NEAR(double{state.sparse.gradient()[j]} * x[f],
                  (up - down) / (2.0 * kStep), 1e-5);
      ++num_checked;
    }
  }
  EXPECT_GT(num_checked, 10u);
}

// Adagrad, an accumulator a label that grows by the squares of the gradient by
// its score times the square of the features' length.
TEST_P(SparsePartStep, FollowsTheMatrixStepByStep) {
  Net net;
  StepOptions options = Plain(GetParam());
  Stepper stepper(net.core, SomeLabelsActive(), options);
  Dense dense(*net.core.sparse_part());
  Vector squares = Vector::Zero(kLabels);
  constexpr float kRate = 0.1f;
  for (uint64_t step = 0; step < 40; ++step) {
    const Sample sample = net.data[step % net.data.size()];
    const Vector x = FeaturesOf(sample.features);
    util::Rng rng(kSeed + step);
    stepper.Forward(sample, rng);
    const std::vector<float> gradient(stepper.state().sparse.gradient().begin(),
                                      stepper.state().sparse.gradient().end());
    stepper.step().Update(kRate, rng, stepper.state());
    const auto ids = stepper.state().output().ids();
    for (size_t j = 0; j < ids.size(); ++j) {
      const double g = double{gradient[j]};
      if (g == 0.0) continue;
      squares[ids[j]] += g * g * x.squaredNorm();
      dense.weights.row(ids[j]) -=
          0.05 * g / (std::sqrt(squares[ids[j]]) + 1e-8) *
          x.transpose().cwiseProduct(dense.pairs.row(ids[j]));
    }
  }
  const Dense moved(*net.core.sparse_part());
  EXPECT_LE((moved.weights - dense.weights).lpNorm<Eigen::Infinity>(), 1e-4);
  for (uint32_t n = 0; n < kLabels; ++n) {
    EXPECT_NEAR(net.core.sparse_part()->arrays().accumulators[n], squares[n],
                1e-4 * (1.0 + squares[n]));
  }
}

// Accumulators grow by the squares of all samples before the sum of their
// gradients moves the pairs.
TEST_P(SparsePartStep, BatchesFollowTheMatrix) {
  constexpr size_t kBatch = 8;
  Net net;
  const StepOptions options = Plain(GetParam());
  Stepper stepper(net.core, SomeLabelsActive(), options);
  const util::ThreadTeam team(2);
  BatchStep batch(stepper.step(), kBatch, team.size());
  Dense dense(*net.core.sparse_part());
  Vector squares = Vector::Zero(kLabels);
  for (size_t step = 0; step < 10; ++step) {
    Matrix gradient = Matrix::Zero(kLabels, kFeatures);
    for (size_t slot = 0; slot < kBatch; ++slot) {
      const Sample sample = net.data[(step * kBatch + slot) % net.data.size()];
      util::Rng rng(kSeed + step * kBatch + slot);
      batch.Record(slot, sample, rng, stepper.scratch());
      const Vector x = FeaturesOf(sample.features);
      SampleState& state = batch.state(slot);
      for (size_t j = 0; j < state.output().size(); ++j) {
        const uint32_t n = state.output().ids()[j];
        const double g = double{state.sparse.gradient()[j]};
        squares[n] += g * g * x.squaredNorm();
        gradient.row(n) += g * x.transpose().cwiseProduct(dense.pairs.row(n));
      }
    }
    batch.Apply(0.1f, kBatch, step, team);
    for (uint32_t n = 0; n < kLabels; ++n) {
      if (squares[n] == 0.0) continue;
      dense.weights.row(n) -= 0.05 / std::sqrt(squares[n]) * gradient.row(n);
    }
  }
  const Dense moved(*net.core.sparse_part());
  EXPECT_LE((moved.weights - dense.weights).lpNorm<Eigen::Infinity>(), 1e-4);
}

TEST(SparsePart, ItsGradientIsPartOfTheNormThatIsClipped) {
  const auto move = [](float clip_norm) {
    Net net;
    StepOptions options = Plain(Loss::kSoftmax);
    options.clip_norm = clip_norm;
    Stepper stepper(net.core, AllLabelsActive(), options);
    stepper.Forward(net.data[0], util::Rng(kSeed));
    double square = 0.0;
    for (const float g : stepper.state().sparse.gradient()) {
      square += double{g} * double{g};
    }
    return std::sqrt(square);
  };
  const double whole = move(1e9f);
  EXPECT_GT(whole, 0.0);
  EXPECT_LT(move(0.01f), 0.011);
  EXPECT_EQ(move(0.0f), whole);
}

TEST(SparsePart, GradientsBelowTheFloorAreRoundedForEachPart) {
  Net net;
  StepOptions options = Plain(Loss::kSoftmax);
  options.gradient_floor = 0.2f;
  Stepper stepper(net.core, AllLabelsActive(), options);
  stepper.Forward(net.data[0], util::Rng(kSeed));
  size_t num_zero = 0;
  for (const float g : stepper.state().sparse.gradient()) {
    if (g == 0.0f) {
      ++num_zero;
    } else {
      EXPECT_GE(std::abs(g), 0.2f);
    }
  }
  EXPECT_GT(num_zero, 5u);
}

// The arrays of a part, to be damaged.
struct Copies {
  explicit Copies(const SparsePart& part)
      : lists(part.arrays().lists.begin(), part.arrays().lists.end()),
        words(part.arrays().words.size()),
        accumulators(part.arrays().accumulators.begin(),
                     part.arrays().accumulators.end()) {
    std::ranges::copy(part.arrays().words, words.data());
  }
  SparsePart Make() const {
    return SparsePart({lists, words, accumulators, weight}, kLabels);
  }
  SparsePart View() const {
    return SparsePart::View({lists, words, {}, weight}, kLabels);
  }
  std::vector<kernels::PairList> lists;
  util::AlignedBuffer<uint32_t> words;
  std::vector<float> accumulators;
  std::vector<float> weight = {1.0f};
};

TEST(SparsePart, RefusesArraysThatBreakARule) {
  const SparsePart part = MakePart(MakeData());
  const Copies good(part);
  EXPECT_EQ(Dense(good.Make()).pairs, Dense(part).pairs);
  const auto feature_of = [&](uint32_t is_dense, uint32_t min_pairs) {
    for (size_t f = 0; f < kFeatures; ++f) {
      if (good.lists[f].is_dense == is_dense &&
          good.lists[f].num >= min_pairs) {
        return f;
      }
    }
    return size_t{kFeatures};
  };
  const size_t sparse = feature_of(0, 2);
  ASSERT_LT(sparse, kFeatures);
  const auto refuses = [&](auto&& damage, const std::string& message) {
    Copies copies(part);
    damage(copies);
    EXPECT_THAT(testing_support::ErrorOf([&] { copies.Make(); }),
                testing::HasSubstr(message));
  };
  refuses([&](Copies& c) { c.lists[sparse].begin = c.words.size(); },
          "inside of the");
  refuses([&](Copies& c) { c.lists[sparse].begin = ~uint64_t{0}; },
          "inside of the");
  refuses([&](Copies& c) { c.lists[sparse].num = ~uint32_t{0}; },
          "inside of the");
  refuses([&](Copies& c) { c.lists[sparse].is_dense = 2; }, "inside of the");
  refuses(
      [&](Copies& c) {
        uint32_t* ids = &c.words[c.lists[sparse].begin];
        std::swap(ids[0], ids[1]);
      },
      "do not ascend");
  refuses(
      [&](Copies& c) {
        c.words[c.lists[sparse].begin + c.lists[sparse].num - 1] = kLabels;
      },
      "labels below 30");
  // Steps write to lists, so none may lie in another one.
  size_t other = sparse + 1;
  while (other < kFeatures && good.lists[other].num == 0) ++other;
  ASSERT_LT(other, kFeatures);
  refuses([&](Copies& c) { c.lists[other].begin = c.lists[sparse].begin; },
          "behind the one before");
  const size_t dense = feature_of(1, 1);
  ASSERT_LT(dense, kFeatures);
  refuses(
      [&](Copies& c) { c.words[c.lists[dense].begin + kLabels / 32 + 1] = 1; },
      "labels");
}

// Whatever is in the words, all that prediction does stays inside of the arrays
// (the sanitizers look), and CheckLists says what is wrong.
TEST(SparsePart, AViewIsSafeWhateverItsWordsAre) {
  Copies copies(MakePart(MakeData()));
  const SparsePart view = copies.View();
  view.CheckLists();
  EXPECT_TRUE(view.arrays().accumulators.empty());
  util::Rng rng(kSeed);
  std::vector<uint32_t> features(kFeatures);
  std::iota(features.begin(), features.end(), 0u);
  const std::vector<float> values(kFeatures, 1.0f);
  for (int round = 0; round < 200; ++round) {
    for (size_t w = 0; w < copies.words.size(); ++w) {
      // Ids and ranks that are nearly right come as often as any bits.
      const auto bits = static_cast<uint32_t>(rng.Next());
      copies.words[w] = round % 2 == 0 ? bits : bits % (kLabels + 2);
    }
    EXPECT_THROW(view.CheckLists(), Error);
    std::vector<float> scores(kLabels);
    for (const kernels::PairList& list : view.arrays().lists) {
      EXPECT_LE(kernels::AddPairs(view.pairs(), list, 0, 1.0f, 0, scores),
                list.num);
    }
    for (uint32_t n = 0; n < kLabels; ++n) {
      (void)view.ScoreOf({features, values}, n);
    }
  }
}

TEST(SparsePart, AViewChecksWhereListsLie) {
  Copies copies(MakePart(MakeData()));
  copies.lists[0].begin = copies.words.size();
  EXPECT_THAT(testing_support::ErrorOf([&] { copies.View(); }),
              testing::HasSubstr("inside of the"));
}

TEST(SparsePart, AccumulatorsGoAndComeBackAsZeros) {
  SparsePart part = MakePart(MakeData());
  part.Accumulate(3, 2.0f, 1.0f);
  part.DropAccumulators();
  EXPECT_TRUE(part.arrays().accumulators.empty());
  EXPECT_EQ(part.pairs().num_ids, kLabels);
  part.CheckLists();
  part.MakeAccumulators();
  EXPECT_THAT(part.arrays().accumulators,
              testing::AllOf(testing::SizeIs(kLabels), testing::Each(0.0f)));
}

}  // namespace
}  // namespace slide::nn::sparse_part_test
