// VectorView: a vector that is dense or sparse: what a layer takes in, and what
// hash tables are asked for.
#pragma once

#include <cstdint>
#include <span>

#include "slide/sparse.h"

namespace slide::util {

// Owns nothing. Sparse: the ids may be in any order.
class VectorView {
 public:
  VectorView() = default;
  explicit VectorView(std::span<const float> dense) noexcept : values_(dense) {}
  explicit VectorView(SparseView sparse) noexcept
      : ids_(sparse.ids), values_(sparse.values), is_sparse_(true) {}

  bool is_sparse() const noexcept { return is_sparse_; }
  std::span<const uint32_t> ids() const noexcept { return ids_; }  // if sparse
  std::span<const float> values() const noexcept { return values_; }
  SparseView sparse() const noexcept { return {ids_, values_}; }

 private:
  std::span<const uint32_t> ids_;
  std::span<const float> values_;
  bool is_sparse_ = false;
};

}  // namespace slide::util
