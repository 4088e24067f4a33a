// ModelSaver: sees to it that hours of training are not lost at their end, and
// that a network that learnt nothing takes no good one's place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "slide/network.h"
#include "slide/output_file.h"

namespace slide::cli {

class ModelSaver {
 public:
  // path: of the model; empty: none is wanted, and nothing below does anything.
  explicit ModelSaver(std::string path) : path_(std::move(path)) {}

  // Returns a line about a model that is there and whose place the new one will
  // take; empty: none is. Throws: OptionsError for a file that is none.
  // name: of the path, for messages.
  std::string CheckPlace(std::string_view name = "--model") const;

  // Throws: ModelFileError unless so many bytes can be written there.
  void CheckRoom(uint64_t num_bytes) const;

  // Keeps the network as it is after an epoch in a temporary file beside the
  // model, in place of the epoch before. A failure is left for Save to find.
  void KeepEpoch(const Network& network, int epoch);

  // Saves the network, or, where that fails, in the current folder. Returns the
  // path. Throws: ModelFileError, which names that other path.
  std::string Save(const Network& network);
  // Saves it without replacing a model: under a name of its own if there is
  // one. mark: what that has behind the model's name.
  std::string SaveBeside(const Network& network, const std::string& mark);
  // Saves the epoch that was kept last, in the same way. Returns the path;
  // empty if none was kept.
  std::string SaveKeptEpoch();

  int kept_epoch() const noexcept { return kept_epoch_; }

 private:
  std::string path_;
  std::unique_ptr<OutputFile> kept_;
  int kept_epoch_ = 0;  // 0: none
};

}  // namespace slide::cli
