#include "nn/step_options.h"

namespace slide::nn {

StepOptions::StepOptions(const TrainOptions& options,
                         const NetworkOptions& network,
                         std::span<const float> weights)
    : sparse_rate(
          static_cast<float>(options.sparse_part.learning_rate /
                             options.learning_rate.value_or(
                                 DefaultLearningRate(network.optimizer)))),
      loss(options.loss),
      freeze(options.freeze),
      gradient_floor(static_cast<float>(options.gradient_floor)),
      clip_norm(static_cast<float>(options.clip_norm)),
      input_dropout(static_cast<float>(options.input_dropout)),
      hidden_dropout(static_cast<float>(options.hidden_dropout)),
      query{.strategy = options.sampling.strategy,
            .min_hits = static_cast<uint32_t>(options.sampling.min_hits)},
      label_weights(weights) {
  row.momentum = static_cast<float>(options.momentum);
  row.beta1 = static_cast<float>(options.beta1);
  row.beta2 = static_cast<float>(options.beta2);
  row.weight_decay = static_cast<float>(options.weight_decay);
  row.bias_rate = static_cast<float>(options.bias_rate);
  row.rounding = options.rounding;
  for (const double rate : options.layer_rates.empty()
                               ? DefaultLayerRates(network)
                               : options.layer_rates) {
    layer_rates.push_back(static_cast<float>(rate));
  }
}

}  // namespace slide::nn
