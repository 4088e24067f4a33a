#include "data/text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/block_reader.h"
#include "data/byte_source.h"
#include "data/point_parser.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide::data {
namespace {

// Makes room for num_new more elements and, as a growing vector is copied, for
// what the rest of the file will probably bring as well. Eightfold at most, for
// the first lines need not be typical; room that stays empty is never touched
// and so takes no memory.
template <typename T>
void MakeRoom(std::vector<T>& v, size_t num_new, double fraction_read) {
  constexpr double kMargin = 1.125, kMaxGrowth = 8.0;
  const size_t needed = v.size() + num_new;
  if (needed <= v.capacity()) return;
  const double growth =
      std::min(kMargin / std::max(fraction_read, 1.0 / kMaxGrowth), kMaxGrowth);
  v.reserve(static_cast<size_t>(static_cast<double>(needed) * growth) + 1);
}

template <typename T>
void Append(std::vector<T>& to, const std::vector<T>& from,
            double fraction_read) {
  MakeRoom(to, from.size(), fraction_read);
  to.insert(to.end(), from.begin(), from.end());
}

void AppendOffsets(std::vector<uint64_t>& offsets,
                   const std::vector<uint64_t>& ends, double fraction_read) {
  MakeRoom(offsets, ends.size(), fraction_read);
  const uint64_t base = offsets.back();
  for (const uint64_t end : ends) offsets.push_back(base + end);
}

class XmcReader {
 public:
  XmcReader(const std::string& path, const ReadOptions& options,
            size_t block_bytes)
      : path_(path),
        normalize_(options.normalize),
        team_(options.num_threads),
        source_(OpenByteSource(path)),
        reader_(*source_, block_bytes),
        blocks_(static_cast<size_t>(team_.size())),
        points_(blocks_.size()) {}

  CsrArrays Read() {
    size_t num_filled = FillBlocks();
    if (num_filled > 0) TakeHeader(blocks_[0]);
    for (; num_filled > 0; num_filled = FillBlocks()) {
      team_.Run([&](int worker, int) {
        const size_t w = static_cast<size_t>(worker);
        if (w >= num_filled) return;
        ParseXmcLines(blocks_[w].text(), header_, normalize_, points_[w]);
      });
      for (size_t i = 0; i < num_filled; ++i) AppendPoints(points_[i]);
    }
    if (reader_.failure()) Refuse(num_points_, *reader_.failure());
    CheckComplete();
    return std::move(arrays_);
  }

 private:
  size_t FillBlocks() {
    size_t n = 0;
    while (n < blocks_.size() && reader_.Fill(blocks_[n])) ++n;
    return n;
  }

  void TakeHeader(TextBlock& block) {
    std::string_view rest = block.text();
    try {
      header_ = ParseXmcHeader(TakeLine(rest));
    } catch (const LineError& error) {
      throw DataError(path_, 1, error.what());
    }
    has_header_ = true;
    block.RemovePrefix(block.text().size() - rest.size());
    arrays_.num_features = header_.num_features;
    arrays_.num_labels = header_.num_labels;
  }

  void AppendPoints(const ParsedPoints& points) {
    // A line too many is refused as such, whatever it holds.
    const uint64_t num_lines = points.size() + (points.error ? 1 : 0);
    if (num_lines > header_.num_points - num_points_) {
      Refuse(header_.num_points,
             fmt::format("a line after the last of the {} points that the "
                         "header announces; the file must end there",
                         header_.num_points));
    }
    if (points.error) Refuse(num_points_ + points.size(), *points.error);
    const double fraction_read = source_->fraction_read();
    AppendOffsets(arrays_.feature_offsets, points.feature_ends, fraction_read);
    Append(arrays_.feature_ids, points.feature_ids, fraction_read);
    Append(arrays_.feature_values, points.feature_values, fraction_read);
    AppendOffsets(arrays_.label_offsets, points.label_ends, fraction_read);
    Append(arrays_.label_ids, points.label_ids, fraction_read);
    num_points_ += points.size();
  }

  void CheckComplete() const {
    if (!has_header_) {
      throw DataError(path_, 1,
                      "the file is empty; allowed is a header 'points features "
                      "labels' and a line for each point");
    }
    if (num_points_ < header_.num_points) {
      Refuse(num_points_,
             fmt::format("the file ends after {} of the {} points that the "
                         "header announces",
                         num_points_, header_.num_points));
    }
  }

  // Point i stands in line i + 2, behind the header.
  [[noreturn]] void Refuse(uint64_t point, const std::string& what) const {
    throw DataError(path_, has_header_ ? point + 2 : 1, what);
  }

  const std::string& path_;
  const bool normalize_;
  const util::ThreadTeam team_;
  const std::unique_ptr<ByteSource> source_;
  BlockReader reader_;
  std::vector<TextBlock> blocks_;     // [threads]
  std::vector<ParsedPoints> points_;  // [threads]
  XmcHeader header_;
  bool has_header_ = false;
  uint64_t num_points_ = 0;  // in arrays_
  CsrArrays arrays_;
};

}  // namespace

CsrArrays ReadXmcArrays(const std::string& path, const ReadOptions& options,
                        size_t block_bytes) {
  options.Validate();
  return XmcReader(path, options, block_bytes).Read();
}

}  // namespace slide::data

namespace slide {

Dataset ReadXmc(const std::string& path, const ReadOptions& options) {
  return Dataset(data::ReadXmcArrays(path, options));
}

}  // namespace slide
