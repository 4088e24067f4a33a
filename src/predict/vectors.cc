#include "slide/vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>

#include "data/dataset_paging.h"
#include "kernels/kernels.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "nn/npz.h"
#include "predict/check_samples.h"
#include "util/thread_team.h"

namespace slide {
namespace {

float Cosine(std::span<const float> a, std::span<const float> b) noexcept {
  const double norms = std::sqrt(double{kernels::Dot(a, a)}) *
                       std::sqrt(double{kernels::Dot(b, b)});
  return norms > 0.0 ? static_cast<float>(double{kernels::Dot(a, b)} / norms)
                     : 0.0f;
}

}  // namespace

std::vector<float> SampleVectors(const Network& network, const Dataset& data,
                                 size_t begin, size_t end, int num_threads) {
  predict::CheckSamples(network.options(), data, begin, end);
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  const size_t width = core.hidden_width();
  std::vector<float> vectors((end - begin) * width);
  const util::ThreadTeam team(num_threads);
  std::atomic<size_t> next = begin;
  team.Run([&](int, int) {
    nn::HiddenBuffers activations(core.options().hidden);
    constexpr size_t kBlock = 32;
    for (;;) {
      const size_t first = next.fetch_add(kBlock);
      if (first >= end) return;
      const size_t last = std::min(end, first + kBlock);
      for (size_t i = first; i < last; ++i) {
        core.ForwardHidden(data[i].features, activations);
        std::ranges::copy(
            activations.last(),
            vectors.begin() + static_cast<ptrdiff_t>((i - begin) * width));
      }
      data::DatasetPaging(data).Release(first, last);
    }
  });
  return vectors;
}

std::vector<float> LabelVector(const Network& network, uint32_t label) {
  predict::CheckLabel(network.options(), label);
  const nn::RowStore& rows =
      nn::NetworkAccess::Core(network).output().weights();
  std::vector<float> scratch(rows.width());
  const auto row = kernels::ReadWeights(rows.rows(), label, scratch);
  return {row.begin(), row.end()};
}

std::vector<NearLabel> NearestLabels(const Network& network, uint32_t label,
                                     size_t k) {
  const std::vector<float> own = LabelVector(network, label);
  const nn::RowStore& rows =
      nn::NetworkAccess::Core(network).output().weights();
  std::vector<float> scratch(rows.width());
  std::vector<NearLabel> near;
  for (uint32_t other = 0; other < network.options().num_labels; ++other) {
    if (other == label) continue;
    near.push_back({other, Cosine(own, kernels::ReadWeights(rows.rows(), other,
                                                            scratch))});
  }
  k = std::min(k, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<ptrdiff_t>(k),
                    near.end(), [](const NearLabel& a, const NearLabel& b) {
                      return a.cosine != b.cosine ? a.cosine > b.cosine
                                                  : a.label < b.label;
                    });
  near.resize(k);
  return near;
}

std::string NpyHead(uint64_t num_rows, uint64_t num_columns) {
  return nn::NpyHeader("<f4", fmt::format("({}, {})", num_rows, num_columns));
}

}  // namespace slide
