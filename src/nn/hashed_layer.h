// Everything that is particular to hashed hidden layers: their neurons are
// found through tables, and of those found the largest are active.
//
// In training the layer's tables bring candidates, which are computed; in
// inference all neurons are. In both the max_active largest stay and all others
// are 0, so that training and inference see the same network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/id_set.h"
#include "hashing/table_reader.h"
#include "nn/layer_index.h"
#include "nn/sample_state.h"
#include "slide/options/network.h"
#include "slide/sparse.h"
#include "util/rng.h"
#include "util/vector_view.h"

namespace slide::nn {

// The layer with everything set that was left open.
HiddenLayer SettledHashedLayer(HiddenLayer layer);

// The memory one thread looks for candidates with. Requires: the tables are
// built.
struct HashedScratch {
  HashedScratch(const HiddenLayer& layer, const LayerIndex& index,
                hashing::QueryOptions how);

  hashing::TableReader reader;
  hashing::IdSet found;
};

// Makes state.ids() the candidates of the layer for its input x.
void SelectCandidates(const HiddenLayer& layer, const LayerIndex& index,
                      const util::VectorView& x, util::Rng& rng,
                      HashedScratch& scratch, LayerState& state) noexcept;

// Leaves as many candidates active as there may be, those with the largest
// values; of those equal at the edge, none.
void KeepLargest(size_t max_active, LayerState& state) noexcept;
// Leaves out the active neurons with the value 0, which have no gradient
// either.
void LeaveOutZeros(LayerState& state) noexcept;

// Inference: sets all to 0 but the max_active largest; of those equal at the
// edge, none stays. scratch: as long as the activations.
void KeepLargest(size_t max_active, std::span<float> activations,
                 std::span<float> scratch) noexcept;
// The values that are not 0, in ids and values; both as long as `dense`.
SparseView Gather(std::span<const float> dense, std::span<uint32_t> ids,
                  std::span<float> values) noexcept;

// The largest value that does not stay where `num` do: those <= it are left
// out. NaN ranks first and stays, so that whoever looks at the result sees it.
// Requires: num < values.size() <= scratch.size().
float EdgeOfLargest(std::span<const float> values, size_t num,
                    std::span<float> scratch) noexcept;

}  // namespace slide::nn
