#include "slide/sample_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"
#include "data/peeked_source.h"
#include "data/point_parser.h"
#include "data/text_form.h"
#include "data/text_reader.h"
#include "slide/error.h"
#include "text/document_reader.h"
#include "text/known_text.h"
#include "text/vectorized.h"

namespace slide {
namespace {

// Whether there is something to read, or the end, at once.
bool IsReady() noexcept {
  pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return poll(&input, 1, 0) == 1;
}

// The bytes of a source up to those that are not there yet.
class Arriving {
 public:
  explicit Arriving(std::unique_ptr<data::ByteSource> source)
      : source_(std::move(source)) {}

  // Waits for the end of a line, or with `whole` for that of the input; takes
  // on what has come besides, but no more than a block. Returns whole lines;
  // empty at the end. Throws: data::ReadError.
  std::string TakeLines(bool whole) {
    while (!ended_ && (whole || pending_.find('\n') == std::string::npos ||
                       (pending_.size() < data::kBlockBytes && IsReady()))) {
      const size_t size = pending_.size();
      pending_.resize(size + kPiece);
      const size_t num_read = source_->Read(std::span(pending_).subspan(size));
      pending_.resize(size + num_read);
      ended_ = num_read == 0;
    }
    const size_t end = ended_ ? pending_.size() : pending_.rfind('\n') + 1;
    std::string lines = pending_.substr(0, end);
    pending_.erase(0, end);
    return lines;
  }

 private:
  static constexpr size_t kPiece = size_t{1} << 16;

  std::unique_ptr<data::ByteSource> source_;
  std::string pending_;
  bool ended_ = false;
};

uint64_t CountLines(std::string_view text) {
  const auto ends =
      static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return ends + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

}  // namespace

class SampleStream::Reader {
 public:
  Reader(const ModelCard& card, const ReadOptions& read)
      : name_(data::SourceName("-")),
        options_(text::OptionsByCard(card, read)),
        card_(card) {
    read.Validate();
    options_.with_labels = false;
    auto source = data::OpenPeeked("-");
    options_.format = data::TellFormat(options_.format, source->first_line(),
                                       !card.vocabulary.empty());
    if (data::IsOfDocuments(options_.format)) {
      text::RequireVocabulary(name_, options_.format, card);
      vocabulary_ =
          std::make_shared<const text::Vocabulary>(text::VocabularyOf(card));
    }
    is_whole_ =
        options_.format == TextFormat::kTwoFiles ||
        (options_.format == TextFormat::kLibSvm && !options_.first_feature);
    arriving_ = std::make_unique<Arriving>(std::move(source));
  }

  std::optional<Dataset> Next() {
    std::string lines;
    try {
      lines = arriving_->TakeLines(is_whole_);
    } catch (const data::ReadError& error) {
      throw DataError(name_, num_lines_ + 1, error.what());
    }
    if (lines.empty() && num_lines_ > 0) {
      RequireAllPoints();
      return {};
    }
    const uint64_t first_line = num_lines_ + 1;
    num_lines_ += CountLines(lines);
    if (vocabulary_ != nullptr) return Documents(lines, first_line);
    if (options_.format == TextFormat::kXmc) return Xmc(lines, first_line);
    return Points(lines, first_line);
  }

 private:
  Dataset Documents(const std::string& lines, uint64_t first_line) const {
    text::DocumentReader reader(std::make_unique<data::MemorySource>(lines),
                                name_, options_.format, first_line);
    text::Vectorized documents =
        text::FindDocuments(reader, vocabulary_, {}, {});
    return text::DataOf(documents, name_, options_).data;
  }

  // A piece of XMC text has a header of its own, that of the text but for the
  // number of points.
  Dataset Xmc(std::string_view lines, uint64_t first_line) {
    if (first_line == 1) {
      ReadHeader(data::TakeLine(lines));
      ++first_line;
    }
    const uint64_t num_points = CountLines(lines);
    if (num_points > num_points_left_) {
      throw DataError(
          name_, first_line + num_points_left_,
          fmt::format("a line after the last of the {} points that the header "
                      "announces; the input must end there",
                      header_.num_points));
    }
    num_points_left_ -= num_points;
    return Points(fmt::format("{} {} {}\n{}", num_points, header_.num_features,
                              header_.num_labels, lines),
                  first_line - 1);
  }

  void ReadHeader(std::string_view line) {
    try {
      header_ = data::ParseXmcHeader(line);
    } catch (const data::ReadError& error) {
      throw DataError(name_, 1, error.what());
    }
    text::RequireSame(name_, header_.fingerprints, card_.fingerprints);
    num_points_left_ = header_.num_points;
  }

  Dataset Points(const std::string& lines, uint64_t first_line) {
    Dataset data = data::ReadPoints(std::make_unique<data::MemorySource>(lines),
                                    name_, options_, nullptr, first_line);
    options_.on_remark = {};  // what it says of one piece holds for all
    return data;
  }

  void RequireAllPoints() const {
    if (num_points_left_ == 0) return;
    throw DataError(
        name_, num_lines_ + 1,
        fmt::format("the input ends after {} of the {} points that the header "
                    "announces",
                    header_.num_points - num_points_left_, header_.num_points));
  }

  const std::string name_;
  ReadOptions options_;
  const ModelCard& card_;
  std::shared_ptr<const text::Vocabulary> vocabulary_;  // of documents
  bool is_whole_ = false;  // all lines are needed to read the first
  std::unique_ptr<Arriving> arriving_;
  uint64_t num_lines_ = 0;  // so far
  data::XmcHeader header_;
  uint64_t num_points_left_ = 0;
};

bool SampleStream::IsAtStandardInput() noexcept {
  struct stat status = {};
  return fstat(STDIN_FILENO, &status) == 0 && !S_ISREG(status.st_mode);
}

SampleStream::SampleStream(const ModelCard& card, const ReadOptions& read)
    : reader_(std::make_unique<Reader>(card, read)) {}

SampleStream::~SampleStream() = default;

std::optional<Dataset> SampleStream::Next() { return reader_->Next(); }

}  // namespace slide
