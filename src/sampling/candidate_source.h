// CandidateSource: where the output neurons come from that a training step
// computes beside the sample's labels: hash tables, labels of neighbours,
// random negatives. A new one is a file of its own, a Make function in
// sources.h, and a line in sources.cc that gives it its budget.
#pragma once

#include <cstddef>
#include <memory>

#include "sampling/selection.h"
#include "slide/sparse.h"
#include "util/rng.h"
#include "util/vector_view.h"

namespace slide::sampling {

// The sample that neurons are looked for.
struct Query {
  SparseView features;      // as in the data set
  util::VectorView hidden;  // what the output layer takes in
};

// Immutable. Threads: any number may call one at once, each with a scratch of
// its own.
class CandidateSource {
 public:
  // The memory one thread reads a source with.
  class Scratch {
   public:
    virtual ~Scratch() = default;
  };

  virtual ~CandidateSource() = default;

  virtual std::unique_ptr<Scratch> MakeScratch() const = 0;

  // Begins what waits for memory, as long before Add as there is other work.
  virtual void Start(util::Rng& /*rng*/, Scratch& /*scratch*/) const noexcept {}

  // Adds up to `budget` neurons that are not selected yet. rng: the sample's
  // own stream. Requires: Start for this sample; room for `budget`, which is no
  // more than the budget that the selector was given for this source.
  virtual void Add(const Query& query, size_t budget, util::Rng& rng,
                   Scratch& scratch, Selection& selection) const noexcept = 0;
};

}  // namespace slide::sampling
