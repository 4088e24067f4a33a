#include "nn/sample_state.h"

#include <gtest/gtest.h>

#include <vector>

namespace slide::nn::sample_state_test {
namespace {

TEST(LayerState, OfADenseLayerHasNoIds) {
  LayerState layer(3, {});
  EXPECT_EQ(layer.size(), 3u);
  EXPECT_FALSE(layer.is_selected());
  EXPECT_TRUE(layer.ids().empty());
  EXPECT_TRUE(layer.factors().empty());
  layer.values()[2] = 5.0f;
  EXPECT_FALSE(layer.output().is_sparse());
  EXPECT_EQ(layer.output().values()[2], 5.0f);
  layer.gradient()[1] = 7.0f;
  EXPECT_TRUE(layer.deltas().neurons.empty());
  ASSERT_EQ(layer.deltas().deltas.size(), 3u);
  EXPECT_EQ(layer.deltas().deltas[1], 7.0f);
}

TEST(LayerState, OfASelectedLayerIsSparseAndAsLongAsItsSelection) {
  LayerState layer(5, {.ids = true, .corrections = true, .factors = true});
  layer.resize(2);
  layer.ids()[0] = 40;
  layer.ids()[1] = 7;
  EXPECT_EQ(layer.corrections().size(), 2u);
  EXPECT_EQ(layer.factors().size(), 2u);
  EXPECT_TRUE(layer.output().is_sparse());
  EXPECT_EQ(layer.output().values().size(), 2u);
  EXPECT_EQ(layer.output().ids()[1], 7u);
  EXPECT_EQ(layer.deltas().neurons.size(), 2u);
}

TEST(LayerState, ListOfDeltasIsApartFromTheGradient) {
  LayerState layer(5, {.deltas = true});
  layer.gradient()[0] = 9.0f;
  layer.AddDelta(3, 2.0f);
  layer.AddDelta(1, -4.0f);
  layer.ScaleDeltas(0.5f);
  const LayerDeltas deltas = layer.deltas();
  ASSERT_EQ(deltas.neurons.size(), 2u);
  EXPECT_EQ(deltas.neurons[0], 3u);
  EXPECT_EQ(deltas.deltas[0], 1.0f);
  EXPECT_EQ(deltas.deltas[1], -2.0f);
  layer.ClearDeltas();
  EXPECT_TRUE(layer.deltas().deltas.empty());
  EXPECT_EQ(layer.gradient()[0], 9.0f);
}

TEST(LayerState, ReserveMakesRoomAndNeverTakesIt) {
  LayerState layer(2, {.ids = true});
  layer.values()[1] = 3.0f;
  layer.Reserve(2);
  EXPECT_EQ(layer.values()[1], 3.0f);
  layer.Reserve(100);
  EXPECT_EQ(layer.size(), 100u);
  layer.ids()[99] = 1;
  layer.resize(1);
  layer.Reserve(50);
  EXPECT_EQ(layer.size(), 1u);
}

TEST(SampleState, LayersTakeInTheFeaturesAndThenEachOther) {
  const std::vector<uint32_t> ids = {4};
  const std::vector<float> values = {2.0f};
  SampleState state;
  state.features = {ids, values};
  state.layers.emplace_back(3, LayerState::Parts{});
  state.layers.emplace_back(5, LayerState::Parts{.ids = true});
  EXPECT_TRUE(state.InputOf(0).is_sparse());
  EXPECT_EQ(state.InputOf(0).ids()[0], 4u);
  EXPECT_FALSE(state.InputOf(1).is_sparse());
  EXPECT_EQ(state.InputOf(1).values().data(), state.layers[0].values().data());
  EXPECT_EQ(&state.output(), &state.layers[1]);
}

TEST(SampleState, ClearedGradientIsZeroAndNobodysForTheFeatures) {
  SampleState state;
  state.layers.emplace_back(3, LayerState::Parts{});
  state.layers.emplace_back(5, LayerState::Parts{});
  for (float& g : state.layers[0].gradient()) g = 1.0f;
  EXPECT_TRUE(state.ClearedGradient(0).empty());
  const std::span<float> gradient = state.ClearedGradient(1);
  ASSERT_EQ(gradient.size(), 3u);
  for (const float g : state.layers[0].gradient()) EXPECT_EQ(g, 0.0f);
}

}  // namespace
}  // namespace slide::nn::sample_state_test
