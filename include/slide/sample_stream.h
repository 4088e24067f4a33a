// SampleStream: samples to predict that come in one by one, as from a program
// that waits for the answer to a line before it writes the next.
//
//   slide::SampleStream stream(network.card());
//   while (std::optional<slide::Dataset> some = stream.Next())
//     for (size_t i = 0; i < some->size(); ++i)
//       Answer(network.Predict((*some)[i].features, 5));
#pragma once

#include <memory>
#include <optional>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/model_card.h"

namespace slide {

class SampleStream {
 public:
  // Whether the standard input is something that lines come from in time: a
  // pipe, a socket or a terminal, no file.
  static bool IsAtStandardInput() noexcept;

  // Reads the standard input as ReadByCard("-", card, read) does; labels are
  // not looked at. Waits for the first line. Throws: as ReadByCard.
  explicit SampleStream(const ModelCard& card, const ReadOptions& read = {});
  ~SampleStream();
  SampleStream(const SampleStream&) = delete;
  SampleStream& operator=(const SampleStream&) = delete;

  // Waits for a line and returns the samples of all that have come; unset: the
  // input has ended. LibSVM text whose first feature's number neither the card
  // nor the options tell, and the features of a set in two files, come as a
  // whole, when they have ended. Throws: as ReadByCard, with the number of the
  // line among all.
  std::optional<Dataset> Next();

 private:
  class Reader;

  std::unique_ptr<Reader> reader_;
};

}  // namespace slide
