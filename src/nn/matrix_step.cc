#include "nn/matrix_step.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "kernels/kernels.h"
#include "kernels/products.h"
#include "slide/error.h"
#include "util/check.h"
#include "util/memory.h"

namespace slide::nn {
namespace {

// Floats of a block's weights: they, their gradient and a batch's values fit
// the second-level cache, and are enough for a product to pay.
constexpr size_t kBlockFloats = size_t{1} << 16;
// Sums of input gradients that threads make beside each other, at most.
constexpr size_t kMaxParts = 32;

constexpr const char* kPurpose =
    "the output of a batch (a smaller --batch-size makes it smaller)";

// Rows of values start at lines of the cache, and not all in the same set.
size_t StrideOf(size_t num_columns) {
  constexpr size_t kLine = util::kCacheLineBytes / sizeof(float);
  return (num_columns + kLine - 1) / kLine * kLine + kLine;
}

kernels::ConstMatrix Transposed(const kernels::ConstMatrix& m) {
  return {m.data, m.cols, m.rows, m.stride, !m.is_transposed};
}

kernels::ConstMatrix Const(const kernels::Matrix& m) {
  return {m.data, m.rows, m.cols, m.stride};
}

}  // namespace

MatrixStep::MatrixStep(const Step& step, const sampling::Selector& negatives,
                       size_t capacity, int num_threads)
    : step_(step),
      width_(step.network().hidden_width()),
      block_rows_(BlockRows(width_)),
      hidden_(step, capacity, num_threads),
      columns_(step.network().num_labels(), negatives),
      labels_(capacity),
      sample_weights_(capacity),
      inputs_(capacity * width_),
      input_gradients_(capacity * width_),
      threads_(static_cast<size_t>(num_threads)) {
  // Logits; and for two losses the scores of the pairs and their gradient.
  const size_t num_arrays = step.network().sparse_part() == nullptr ? 1 : 3;
  util::RequireMemory(util::Product(capacity * num_arrays * sizeof(float),
                                    negatives.MaxActive(0)),
                      kPurpose);
}

size_t MatrixStep::BlockRows(size_t width) noexcept {
  return std::max<size_t>(16, kBlockFloats / width);
}

void MatrixStep::Enter(size_t slot, const Sample& sample, util::Rng& rng,
                       Scratch& scratch) {
  SampleState& sample_state = state(slot);
  step_.Reserve({sample.labels.size(), sample.features.size(), 0},
                sample_state);
  step_.ForwardHidden(sample, rng, sample_state, scratch);
  sample_state.num_labels = sample.labels.size();
  labels_[slot] = sample.labels;
  sample_weights_[slot] = sample.weight;
  const util::VectorView x =
      sample_state.InputOf(step_.network().layers().size() - 1);
  std::ranges::copy(x.values(), inputs_.data() + slot * width_);
}

size_t MatrixStep::num_blocks() const noexcept {
  return (columns_.size() + block_rows_ - 1) / block_rows_;
}

MatrixStep::Block MatrixStep::BlockAt(size_t i) const noexcept {
  const size_t first = i * block_rows_;
  return {first, std::min(block_rows_, columns_.size() - first)};
}

void MatrixStep::ForEach(size_t num, const util::ThreadTeam& team,
                         const std::function<void(size_t, Thread&)>& f) {
  std::atomic<size_t> next = 0;
  team.Run([&](int w, int) {
    for (size_t i = next++; i < num; i = next++) {
      f(i, threads_[static_cast<size_t>(w)]);
    }
  });
}

kernels::ConstMatrix MatrixStep::WeightsOf(const Block& block,
                                           Thread& own) const {
  const kernels::ConstRowsView rows =
      std::as_const(step_.network()).output().weights().rows();
  if (columns_.is_all() && rows.format.precision == Precision::kFp32) {
    return {rows.weights<float>(block.first), block.size, width_,
            rows.format.stride / sizeof(float)};
  }
  const auto ids = columns_.ids().subspan(block.first, block.size);
  kernels::PrefetchRows(rows, ids);
  own.weights.resize(block_rows_ * width_);
  for (size_t j = 0; j < ids.size(); ++j) {
    const std::span<float> copy =
        std::span(own.weights).subspan(j * width_, width_);
    const auto weights = kernels::ReadWeights(rows, ids[j], copy);
    if (weights.data() != copy.data()) std::ranges::copy(weights, copy.begin());
  }
  return {own.weights.data(), block.size, width_, width_};
}

void MatrixStep::ComputeLogits(size_t num, util::Rng& rng,
                               const util::ThreadTeam& team) {
  SLIDE_DCHECK(num <= capacity());
  columns_.Draw(std::span(labels_).first(num), rng);
  stride_ = StrideOf(columns_.size());
  if (values_.size() < num * stride_) {
    values_ = util::AlignedBuffer<float>(capacity() * stride_, kPurpose);
  }
  const kernels::ConstRowsView rows =
      std::as_const(step_.network()).output().weights().rows();
  ForEach(num_blocks(), team, [&](size_t i, Thread& own) {
    const Block block = BlockAt(i);
    own.sums.resize(block_rows_);
    for (size_t j = 0; j < block.size; ++j) {
      own.sums[j] =
          rows.scalars(columns_.ids()[block.first + j])[kernels::kBias];
    }
    for (size_t slot = 0; slot < num; ++slot) {
      std::copy_n(own.sums.data(), block.size, &Row(slot)[block.first]);
    }
    kernels::Multiply(Inputs(num), Transposed(WeightsOf(block, own)), true,
                      ValuesOf(block, num), product_precision());
  });
}

StepResult MatrixStep::ComputeLoss(size_t slot, int worker) {
  BatchColumns::Scratch& scratch = threads_[static_cast<size_t>(worker)].loss;
  const std::span<const uint32_t> labels = labels_[slot];
  const std::span<float> values = Row(slot);
  const Loss loss = step_.options().loss;
  const LabelWeights weights = {step_.options().label_weights, labels,
                                sample_weights_[slot]};
  StepResult result;
  result.num_active = columns_.Start(labels, scratch);
  const SparsePart* sparse = step_.network().sparse_part();
  if (sparse == nullptr) {
    result.loss = columns_.ComputeLoss(loss, weights, values, scratch);
    return result;
  }
  SampleState& sample = state(slot);
  sample.sparse.Reserve(columns_.size(), sample.features.size(),
                        sparse->MaxHits(sample.features, columns_.size()));
  sparse->Score(sample.features, columns_.size(), columns_.active(),
                sample.sparse);
  const std::span<float> scores = sample.sparse.scores();
  SparsePart::Blend(values, scores);
  result.loss = 0.5 * (columns_.ComputeLoss(loss, weights, values, scratch) +
                       columns_.ComputeLoss(loss, weights, scores, scratch));
  std::ranges::copy(scores, sample.sparse.gradient().begin());
  return result;
}

void MatrixStep::Apply(float learning_rate, size_t num, uint64_t key,
                       const util::ThreadTeam& team) {
  const size_t output = step_.network().layers().size() - 1;
  if (step_.first_trained() < output) ComputeInputGradients(num, team);
  if (step_.first_trained() < output || step_.options().clip_norm > 0.0f) {
    ForEach(num, team, [&](size_t slot, Thread&) { Backpropagate(slot); });
  }
  if (!step_.IsFrozen(output)) {
    const kernels::RowStep step =
        step_.options().RowStepOf(output, learning_rate, 0);
    const util::Rng rng(key);
    ForEach(num_blocks(), team, [&](size_t i, Thread& own) {
      StepRows(BlockAt(i), num, step, rng, own);
    });
    if (step_.network().sparse_part() != nullptr) {
      StepPairs(step_.options().sparse_rate * learning_rate, num, team);
    }
  }
  hidden_.ApplyHidden(learning_rate, num, key, team);
}

void MatrixStep::ComputeInputGradients(size_t num,
                                       const util::ThreadTeam& team) {
  const size_t num_parts = std::min(kMaxParts, num_blocks());
  const size_t size = num * width_;
  if (parts_.size() < num_parts * size) {
    parts_ = util::AlignedBuffer<float>(num_parts * capacity() * width_);
  }
  ForEach(num_parts, team, [&](size_t part, Thread& own) {
    const kernels::Matrix sum = {parts_.data() + part * size, num, width_,
                                 width_};
    const size_t begin = num_blocks() * part / num_parts;
    const size_t end = num_blocks() * (part + 1) / num_parts;
    for (size_t i = begin; i < end; ++i) {
      const Block block = BlockAt(i);
      kernels::Multiply(Const(ValuesOf(block, num)), WeightsOf(block, own),
                        i > begin, sum, product_precision());
    }
  });
  const std::span<float> sum(input_gradients_.data(), size);
  std::copy_n(parts_.data(), size, sum.begin());
  for (size_t part = 1; part < num_parts; ++part) {
    kernels::Axpy(1.0f, {parts_.data() + part * size, size}, sum);
  }
}

void MatrixStep::Backpropagate(size_t slot) {
  SampleState& sample = state(slot);
  const std::span<float> values = Row(slot);
  const std::span<float> input_gradient(input_gradients_.data() + slot * width_,
                                        width_);
  const size_t output = step_.network().layers().size() - 1;
  const float clip_norm = step_.options().clip_norm;
  double square = 0.0;
  const auto pass = [&](size_t l, const util::VectorView& x,
                        const LayerDeltas& deltas,
                        std::span<float> x_gradient) {
    if (clip_norm > 0.0f && !step_.IsFrozen(l)) {
      square += Step::SquaredGradientNorm(
          x, l == output ? std::span<const float>(values) : deltas.deltas);
    }
    if (x_gradient.empty()) return;
    if (l == output) {
      std::ranges::copy(input_gradient, x_gradient.begin());
    } else {
      step_.network().layers()[l].Backward(x, deltas.neurons, deltas.deltas,
                                           x_gradient);
    }
  };
  step_.Backpropagate(sample, pass);
  if (clip_norm == 0.0f) return;
  const double norm = std::sqrt(square + step_.SquaredPairsNorm(sample));
  if (!(norm > double{clip_norm})) return;
  const auto scale = static_cast<float>(double{clip_norm} / norm);
  for (float& value : values) value *= scale;
  for (float& value : sample.sparse.gradient()) value *= scale;
  for (float& value : input_gradient) value *= scale;
  step_.Backpropagate(sample, pass);
}

void MatrixStep::StepRows(const Block& block, size_t num,
                          const kernels::RowStep& step, const util::Rng& rng,
                          Thread& own) {
  own.gradient.resize(block_rows_ * width_);
  kernels::Multiply(Transposed(Const(ValuesOf(block, num))), Inputs(num), false,
                    {own.gradient.data(), block.size, width_, width_},
                    product_precision());
  own.sums.assign(block_rows_, 0.0f);
  const std::span<float> bias = std::span(own.sums).first(block.size);
  for (size_t slot = 0; slot < num; ++slot) {
    kernels::Axpy(1.0f, Row(slot).subspan(block.first, block.size), bias);
  }
  Layer& layer = step_.network().output();
  const size_t number = step_.network().layers().size() - 1;
  const bool is_rounded =
      step_.network().options().precision == Precision::kBf16;
  kernels::RowStep row_step = step;
  for (size_t j = 0; j < block.size; ++j) {
    const uint32_t row = columns_.ids()[block.first + j];
    if (is_rounded) {
      row_step.rounding_key =
          rng.Stream(util::Purpose::kRounding, number, row).Next();
    }
    layer.StepRow(row, {}, std::span(own.gradient).subspan(j * width_, width_),
                  bias[j], row_step);
  }
}

// The accumulators of a label grow by the squares of all samples, as in
// BatchStep, before its pairs move by their sum.
void MatrixStep::StepPairs(float learning_rate, size_t num,
                           const util::ThreadTeam& team) {
  SparsePart& sparse = *step_.network().sparse_part();
  ForEach(num_blocks(), team, [&](size_t i, Thread& own) {
    const Block block = BlockAt(i);
    own.sums.assign(block_rows_, 0.0f);
    float* const sums = own.sums.data();
    for (size_t slot = 0; slot < num; ++slot) {
      SparseState& sample = state(slot).sparse;
      const float square = sample.squared_norm();
      const float* const g = sample.gradient().data() + block.first;
      for (size_t j = 0; j < block.size; ++j) sums[j] += g[j] * g[j] * square;
    }
    for (size_t j = 0; j < block.size; ++j) {
      const uint32_t label = columns_.ids()[block.first + j];
      sparse.Accumulate(label, 1.0f, sums[j]);
      sums[j] = sparse.StepOf(label, 1.0f, learning_rate);
    }
    for (size_t slot = 0; slot < num; ++slot) {
      float* const g = state(slot).sparse.gradient().data() + block.first;
      for (size_t j = 0; j < block.size; ++j) g[j] *= sums[j];
    }
  });
  team.Run([&](int worker, int num_workers) {
    for (size_t slot = 0; slot < num; ++slot) {
      SparseState& sample = state(slot).sparse;
      sparse.Move(sample, sample.gradient(), static_cast<uint32_t>(worker),
                  static_cast<uint32_t>(num_workers));
    }
  });
}

}  // namespace slide::nn
