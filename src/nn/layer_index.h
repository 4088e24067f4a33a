// LayerIndex: the hash tables over the neurons of one layer: which vectors they
// hash, by which functions, made from the options of the layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "hashing/lsh_index.h"
#include "nn/layer.h"
#include "slide/options/hash.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::nn {

class LayerIndex {
 public:
  // options: settled. layer_number: of the layer in its network, from 0; seed:
  // the network's. Both name the hash functions.
  LayerIndex(const Layer& layer, const HashOptions& options,
             size_t layer_number, uint64_t seed);

  const HashOptions& options() const noexcept { return options_; }
  // Tells whether hashes are less the mean of the layer's input.
  bool is_centered() const noexcept { return vectors_.is_centered(); }

  // Hashes the layer's rows as they are now; the first call makes the tables.
  // Throws: DivergedError if a weight is not a finite number. Requires: nobody
  // trains.
  void Build(const Layer& layer, const util::ThreadTeam& team);
  // Does what Build does on the calling thread, while others train.
  // Requires: Build was called; no step that began before the end of the last
  // build still runs.
  void BuildBeside(const Layer& layer);

  // Makes the tables those of a build before; see LshIndex::Restore.
  void Restore(util::AlignedBuffer<uint16_t> addresses, uint64_t num_builds,
               const util::ThreadTeam& team);

  // From the next build on, takes the mean of the layer's inputs out of their
  // hashes, if they are centered. mean [num_inputs], finite.
  // Requires: no build is going on.
  void Center(std::span<const float> mean);
  // The mean that the next build takes out, [num_inputs], 0 before Center is
  // called; empty if hashes are not centered.
  std::span<const float> center() const noexcept { return vectors().center(); }

  // The share of the addresses that are out of date, by a sample; 0 before the
  // first build. Requires: no build is going on.
  double Drift(const Layer& layer) const;

  // Null before the first build. Threads: any, at any time after that.
  const hashing::LshIndex* lsh() const noexcept { return lsh_.get(); }

 private:
  const hashing::RowVectors& vectors() const noexcept {
    return lsh_ ? lsh_->vectors() : vectors_;
  }
  // Makes the index if there is none.
  void Make();

  HashOptions options_;
  size_t num_neurons_;
  hashing::RowVectors vectors_;  // those of lsh_, as long as it is null
  size_t layer_number_;
  uint64_t seed_;
  std::unique_ptr<hashing::LshIndex> lsh_;
};

}  // namespace slide::nn
