// Growth of a network: more features and labels, in a core of its own that
// takes the old one's place.
#pragma once

#include <cstdint>
#include <memory>

#include "nn/network_core.h"
#include "util/thread_team.h"

namespace slide::nn {

// Returns a network of these options with all that `from` has: old rows are the
// same bit for bit, others are drawn as a network of that size draws them. New
// output neurons of a trained network begin with a bias well below those of the
// old ones. The card stays with the caller.
//
// with_state: what the optimizer keeps is taken over, too; otherwise it begins
// anew, under whichever optimizer. This is the one place where weights without
// a state get one.
//
// options: those of `from`, but for more features and labels and, without
// state, the optimizer. Throws: OutOfMemoryError. Memory: both networks.
std::unique_ptr<NetworkCore> GrownNetwork(const NetworkCore& from,
                                          NetworkOptions options,
                                          bool with_state,
                                          const util::ThreadTeam& team);

}  // namespace slide::nn
