// The learning rates that are taken where the options leave them open.
#include <cmath>
#include <cstddef>

#include "options/words.h"
#include "slide/options/train.h"

namespace slide {
namespace {

// Returns the rate for rows with `width` weights that a step moves. An adaptive
// step moves each of them by about as much, so that what it does to a sum over
// inputs of a given length grows with the root of their number.
double RateOfWidth(int width) {
  constexpr double kUsualWidth = 128.0;
  return std::sqrt(kUsualWidth / width);
}

}  // namespace

double DefaultLearningRate(Optimizer optimizer) noexcept {
  const auto place = static_cast<size_t>(optimizer);
  return place < options::kLearningRates.size() ? options::kLearningRates[place]
                                                : 0.0;
}

std::vector<double> DefaultLayerRates(const NetworkOptions& network) {
  const std::vector<HiddenLayer>& hidden = network.hidden;
  std::vector<double> rates(hidden.size() + 1, 1.0);
  if (network.optimizer == Optimizer::kSgd) return rates;
  for (size_t l = 0; l < rates.size(); ++l) {
    const bool is_dense = l < hidden.size() && !hidden[l].is_hashed();
    const bool has_sparse_input = l == 0 || hidden[l - 1].is_hashed();
    if (is_dense && has_sparse_input) {  // a row holds an input's weights
      rates[l] = RateOfWidth(hidden[l].neurons);
    } else if (l > 0) {
      const HiddenLayer& input = hidden[l - 1];
      rates[l] =
          RateOfWidth(input.is_hashed() ? input.max_active : input.neurons);
    } else if (network.optimizer == Optimizer::kRowAdagrad) {
      rates[l] = 8.0;
    }
  }
  return rates;
}

}  // namespace slide
