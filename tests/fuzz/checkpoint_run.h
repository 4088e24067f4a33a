// The run that checkpoints of the fuzz target are of: as small as may be, with
// everything in it that a checkpoint can hold.
#pragma once

#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::data {

struct CheckpointRun {
  CheckpointRun() {
    network.num_features = data.num_features();
    network.num_labels = data.num_labels();
    network.hidden = {2, 5};
    network.hidden[1].max_active = 3;
    network.hidden[1].hash.num_tables = 1;
    network.hash.num_tables = 1;
    network.hash.table_bits = 2;
    train.epochs = 2;
    train.num_threads = 1;
    train.eval_ks = {1};
    train.sparse_part.mode = SparsePartMode::kOn;
  }

  Dataset data = testing_support::LearnableData(6, 3, 1, 1);
  NetworkOptions network;
  TrainOptions train;
};

}  // namespace slide::data
