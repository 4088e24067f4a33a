// Data that is held against a network: what of it the network knows.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"

namespace slide::cli {

class KnownData {
 public:
  // Adds --unknown, which writes here.
  void AddTo(CommandLine& line);

  // The sizes of a network, and whether its samples are scaled to length 1.
  struct Network {
    uint32_t num_features;
    uint32_t num_labels;
    bool normalized;
  };

  // Leaves out features and labels of the data at `path` that the network does
  // not know, and says so by read.on_remark. Throws: DataError if they are to
  // be refused.
  Dataset Keep(const std::string& path, const Dataset& data,
               const Network& network, const ReadOptions& read) const;

 private:
  std::string unknown_ = "ignore";
};

}  // namespace slide::cli
