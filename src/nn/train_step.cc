#include "nn/train_step.h"

namespace slide::nn {

StepResult TrainSample(NetworkCore& network, const sampling::Selector& selector,
                       const StepOptions& options, float learning_rate,
                       const Sample& sample, SparseView next, util::Rng& rng,
                       Workspace& ws) noexcept {
  const StepResult result =
      Forward(network, selector, options, sample, next, rng, ws);
  // What will be written, all at once: rows that another core has written since
  // are taken from its cache side by side.
  network.output().FetchToWrite(ws.InputOf(ws.hidden.size()),
                                ws.moved_neurons());
  network.layers().front().FetchToWrite(ws.InputOf(0), {});
  const bool is_rounded = network.options().precision == Precision::kBf16;
  Backpropagate(
      network, options, ws,
      [&](size_t l, const Input& x, std::span<const uint32_t> neurons,
          std::span<const float> deltas, std::span<float> x_gradient) {
        // Drawn only where it is used.
        const uint64_t key = is_rounded ? rng.Next() : 0;
        network.layers()[l].BackwardUpdate(
            x, neurons, deltas, options.RowStepOf(l, learning_rate, key),
            x_gradient);
      });
  ws.clock.Mark(StepClock::kBackward);
  return result;
}

}  // namespace slide::nn
