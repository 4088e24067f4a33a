// Data that is held against a network: what of it the network knows.
#pragma once

#include <optional>
#include <string>

#include "cli/command_line.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/known_part.h"
#include "slide/model_data.h"
#include "slide/options/network.h"

namespace slide::cli {

class KnownData {
 public:
  // Adds --unknown, which writes here.
  void AddTo(CommandLine& line);

  // The sizes of a network, and whether its samples are scaled to length 1.
  struct Network {
    uint32_t num_features;
    bool normalized;
    std::optional<uint32_t> num_labels = {};  // unset: labels are not looked at
  };

  // Leaves out features and labels of the data at `path` that the network does
  // not know; counts them. Throws: as Keep.
  KnownPart Take(const std::string& path, const Dataset& data,
                 const Network& network) const;
  // Says how many were left out; empty: none. part: with its counts.
  static std::string FormatLeftOut(const std::string& path,
                                   const KnownPart& part,
                                   const Network& network);

  // Leaves out features and labels of the data at `path` that the network does
  // not know, and says so by read.on_remark. Throws: DataError if they are to
  // be refused.
  Dataset Keep(const std::string& path, const Dataset& data,
               const Network& network, const ReadOptions& read) const;
  // Reads labelled samples for a network with this card, and keeps what it
  // knows. network: its sizes. Throws: as ReadToEvaluate and Keep; DataError
  // for documents with labels that the network does not know, if they are to be
  // refused.
  ModelData Read(const std::string& path, const ModelCard& card,
                 const NetworkOptions& network, const ReadOptions& read) const;

 private:
  std::string unknown_ = "ignore";
};

}  // namespace slide::cli
