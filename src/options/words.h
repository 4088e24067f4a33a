// The words for the values of each enumeration: Name() returns them, and
// command lines, JSON and model files have them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "slide/dataset_io.h"
#include "slide/options.h"
#include "slide/probability.h"

namespace slide::options {

// In the order of the enumerators, with '|' between them.
template <typename Enum>
inline constexpr std::string_view kWords = {};

template <>
inline constexpr std::string_view kWords<Precision> = "fp32|bf16|int8";
template <>
inline constexpr std::string_view kWords<Optimizer> =
    "row-adagrad|adam|adagrad|sgd";
// The learning rate that suits each of them, in their order.
inline constexpr std::array kLearningRates = {0.12, 0.01, 0.1, 0.03};
template <>
inline constexpr std::string_view kWords<Rounding> = "stochastic|nearest";
template <>
inline constexpr std::string_view kWords<HashKind> =
    "simhash|wta|dwta|minhash|none|auto";
template <>
inline constexpr std::string_view kWords<BucketPolicy> = "fifo|reservoir";
template <>
inline constexpr std::string_view kWords<SamplingStrategy> =
    "vanilla|top-k|threshold";
template <>
inline constexpr std::string_view kWords<Activation> = "relu|tanh|linear";
template <>
inline constexpr std::string_view kWords<Loss> = "softmax|decoupled|sigmoid";
template <>
inline constexpr std::string_view kWords<Correction> = "logq|none";
template <>
inline constexpr std::string_view kWords<NegativeDistribution> =
    "mixed|log-uniform";
template <>
inline constexpr std::string_view kWords<SparsePartMode> = "auto|on|off";
template <>
inline constexpr std::string_view kWords<RebuildMode> = "pause|background";
template <>
inline constexpr std::string_view kWords<Schedule> = "constant|linear|cosine";
template <>
inline constexpr std::string_view kWords<UpdateMode> =
    "hogwild|batched|dense|sampled";
template <>
inline constexpr std::string_view kWords<Freeze> = "none|input|output";
template <>
inline constexpr std::string_view kWords<BiasInit> = "zero|log-prior";
template <>
inline constexpr std::string_view kWords<TextFormat> =
    "auto|xmc|libsvm|documents|fasttext|two-files";
template <>
inline constexpr std::string_view kWords<ExportFormat> = "model|npz";
template <>
inline constexpr std::string_view kWords<ProbabilityForm> =
    "softmax|logistic|odds";
template <>
inline constexpr std::string_view kWords<ThresholdKind> = "none|one|label";
template <>
inline constexpr std::string_view kWords<bool> = "false|true";

// Word i of `words`; empty: there are fewer.
constexpr std::string_view WordAt(std::string_view words, size_t i) noexcept {
  for (; i > 0; --i) {
    const size_t bar = words.find('|');
    if (bar == std::string_view::npos) return {};
    words.remove_prefix(bar + 1);
  }
  return words.substr(0, words.find('|'));
}

static_assert(!WordAt(kWords<Optimizer>, kLearningRates.size() - 1).empty() &&
                  WordAt(kWords<Optimizer>, kLearningRates.size()).empty(),
              "every optimizer has its rate");

// The place of `word` in `words`.
constexpr std::optional<size_t> PlaceOf(std::string_view word,
                                        std::string_view words) noexcept {
  for (size_t i = 0; !WordAt(words, i).empty(); ++i) {
    if (WordAt(words, i) == word) return i;
  }
  return std::nullopt;
}

}  // namespace slide::options
