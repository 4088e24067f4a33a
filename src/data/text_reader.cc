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
#include "data/cache_format.h"
#include "data/peeked_source.h"
#include "data/point_parser.h"
#include "data/text_form.h"
#include "slide/dataset_io.h"
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

// Makes a data set's arrays of the points.
class ArraysSink final : public PointSink {
 public:
  void Append(const ParsedPoints& points, double fraction_read) override {
    AppendOffsets(arrays_.feature_offsets, points.feature_ends, fraction_read);
    data::Append(arrays_.feature_ids, points.feature_ids, fraction_read);
    data::Append(arrays_.feature_values, points.feature_values, fraction_read);
    AppendOffsets(arrays_.label_offsets, points.label_ends, fraction_read);
    data::Append(arrays_.label_ids, points.label_ids, fraction_read);
  }

  CsrArrays Take(const TextFacts& facts) {
    arrays_.num_features = facts.num_features;
    arrays_.num_labels = facts.num_labels;
    return std::move(arrays_);
  }

 private:
  CsrArrays arrays_;
};

class TextReader {
 public:
  TextReader(std::unique_ptr<ByteSource> source, const std::string& name,
             const ReadOptions& options, PointSink& sink, size_t block_bytes,
             uint64_t first_line)
      : name_(name),
        options_(options),
        sink_(sink),
        team_(options.num_threads),
        source_(std::move(source)),
        reader_(*source_, block_bytes),
        blocks_(static_cast<size_t>(team_.size())),
        points_(blocks_.size()),
        num_lines_(first_line - 1) {}

  TextFacts Read() {
    size_t num_filled = FillBlocks();
    if (num_filled > 0) Start(blocks_[0]);
    for (; num_filled > 0; num_filled = FillBlocks()) {
      team_.Run([&](int worker, int) {
        const size_t w = static_cast<size_t>(worker);
        if (w >= num_filled) return;
        ParseLines(blocks_[w].text(), rules_, points_[w]);
      });
      for (size_t i = 0; i < num_filled; ++i) AppendPoints(points_[i]);
    }
    if (reader_.failure()) Refuse(num_lines_ + 1, *reader_.failure());
    CheckComplete();
    return facts_;
  }

 private:
  size_t FillBlocks() {
    size_t n = 0;
    while (n < blocks_.size() && reader_.Fill(blocks_[n])) ++n;
    return n;
  }

  // Tells the format by the first line, and takes the header if there is one.
  void Start(TextBlock& block) {
    std::string_view rest = block.text();
    const std::string_view line = TakeLine(rest);
    started_ = true;
    if (line.starts_with(kCacheFile.magic)) {
      throw DataError(fmt::format(
          "{}: is a cache where only text can be read, expected the cache as "
          "a file of its own, not packed",
          name_));
    }
    const TextFormat format = TellFormat(options_.format, line);
    if (IsOfDocuments(format)) {
      Refuse(1, fmt::format("got text ({}), expected points: vectorize makes "
                            "such of it, and train, evaluate and predict take "
                            "it as it is",
                            Name(format)));
    }
    is_libsvm_ = format == TextFormat::kLibSvm;
    facts_.is_matrix = format == TextFormat::kTwoFiles;
    if (is_libsvm_) {
      facts_.first_feature = options_.first_feature.value_or(0);
      facts_.first_label = options_.first_label.value_or(0);
      rules_ = LineRules::LibSvm(*facts_.first_feature, *facts_.first_label,
                                 options_.normalize);
      rules_.may_lack_labels = !options_.with_labels;
      StateEnd(options_.num_features, facts_.first_feature, rules_.end_feature);
      StateEnd(options_.num_labels, facts_.first_label, rules_.end_label);
      return;
    }
    try {
      header_ =
          facts_.is_matrix ? ParseMatrixHeader(line) : ParseXmcHeader(line);
    } catch (const ReadError& error) {
      Refuse(1, error.what());
    }
    rules_ = facts_.is_matrix
                 ? LineRules::Matrix(header_.num_features, options_.normalize)
                 : LineRules::Xmc(header_, options_.normalize);
    block.RemovePrefix(block.text().size() - rest.size());
    ++num_lines_;
    facts_.num_features =
        Stated(options_.num_features, header_.num_features, "features");
    facts_.num_labels =
        Stated(options_.num_labels, header_.num_labels, "labels");
    facts_.fingerprints = header_.fingerprints;
  }

  static void StateEnd(std::optional<uint32_t> stated,
                       std::optional<uint32_t> first, uint64_t& end) {
    if (stated) end = uint64_t{*stated} + first.value_or(0);
  }

  // The number that the options state, or that of the header.
  uint32_t Stated(std::optional<uint32_t> stated, uint32_t in_header,
                  std::string_view what) const {
    if (!stated) return in_header;
    if (*stated < in_header) {
      Refuse(1, fmt::format("the header says {} {}, expected at most the {} "
                            "that were asked for",
                            in_header, what, *stated));
    }
    return *stated;
  }

  void AppendPoints(const ParsedPoints& points) {
    // A line too many is refused as such, whatever it holds.
    const uint64_t num_new = points.size() + (points.error ? 1 : 0);
    if (!is_libsvm_ && num_new > header_.num_points - num_points_) {
      Refuse(num_lines_ + (header_.num_points - num_points_) + 1,
             fmt::format("a line after the last of the {} points that the "
                         "header announces; the file must end there",
                         header_.num_points));
    }
    if (points.error) Refuse(num_lines_ + points.num_lines + 1, *points.error);
    if (is_libsvm_) {
      facts_.num_features = std::max(facts_.num_features, points.end_feature);
      facts_.num_labels = std::max(facts_.num_labels, points.end_label);
      has_feature_0_ |= points.has_feature_0;
      has_label_0_ |= points.has_label_0;
      num_minus_1_ += points.num_minus_1;
      num_qids_ += points.num_qids;
    }
    sink_.Append(points, source_->fraction_read());
    num_points_ += points.size();
    num_lines_ += points.num_lines;
  }

  void CheckComplete() {
    if (!started_) {
      Refuse(1, options_.format == TextFormat::kLibSvm
                    ? "the file is empty, expected a line for each point"
                    : "the file is empty, expected a header 'points features "
                      "labels' and a line for each point");
    }
    if (is_libsvm_) {
      CheckNumbering();
      CheckClasses();
      facts_.num_features = options_.num_features.value_or(facts_.num_features);
      facts_.num_labels = options_.num_labels.value_or(facts_.num_labels);
      if (num_qids_ > 0) {
        Remark("a qid column, which is skipped: samples are learned one by one",
               num_qids_);
      }
      return;
    }
    if (num_points_ < header_.num_points) {
      Refuse(num_lines_ + 1,
             fmt::format("the file ends after {} of the {} points that the "
                         "header announces",
                         num_points_, header_.num_points));
    }
  }

  // Numbering from 1 taken for numbering from 0 would give every feature
  // another one's place, and nobody would notice.
  void CheckNumbering() const {
    if (options_.first_feature || has_feature_0_ || facts_.num_features == 0) {
      return;
    }
    throw DataError(fmt::format(
        "{}: LibSVM text (the first line is no header) without a feature 0: "
        "features may be numbered from 0 or from 1, expected text with a "
        "feature 0, or to say which (--first-feature)",
        name_));
  }

  // The classes -1 and +1 are read as 0 and 1.
  void CheckClasses() const {
    if (num_minus_1_ == 0) return;
    if (has_label_0_ || facts_.num_labels > 2) {
      throw DataError(fmt::format(
          "{}: got the label -1 beside {}, expected the classes -1 and +1 "
          "alone, or numbers from 0 on",
          name_, has_label_0_ ? "0" : "others than +1"));
    }
    Remark("the class -1, which is read as label 0, and +1 as label 1",
           num_minus_1_);
  }

  void Remark(std::string_view what, uint64_t num_samples) const {
    if (!options_.on_remark) return;
    options_.on_remark(
        fmt::format("{}: {} samples have {}", name_, num_samples, what));
  }

  [[noreturn]] void Refuse(uint64_t line, const std::string& what) const {
    throw DataError(name_, line, what);
  }

  const std::string& name_;
  const ReadOptions& options_;
  PointSink& sink_;
  const util::ThreadTeam team_;
  const std::unique_ptr<ByteSource> source_;
  BlockReader reader_;
  std::vector<TextBlock> blocks_;     // [threads]
  std::vector<ParsedPoints> points_;  // [threads]
  bool started_ = false;              // the first line was seen
  bool is_libsvm_ = false;
  XmcHeader header_;  // unless it is LibSVM text
  LineRules rules_;
  // In the sink, the header included, and before the text.
  uint64_t num_lines_;
  uint64_t num_points_ = 0;  // in the sink
  bool has_feature_0_ = false;
  bool has_label_0_ = false;
  uint64_t num_minus_1_ = 0;
  uint64_t num_qids_ = 0;
  TextFacts facts_;
};

// Puts the labels of a set in two files to its features.
void AddLabels(const std::string& path, const ReadOptions& options,
               CsrArrays& arrays) {
  const std::string labels_path = LabelsBeside(path);
  if (labels_path.empty()) {
    throw DataError(fmt::format(
        "{}: is a matrix (its header has two numbers), of a set in two files, "
        "expected the one of features, with X_Xf in its name, beside that of "
        "labels, with X_Y there: trn_X_Xf.txt and trn_X_Y.txt",
        path));
  }
  ReadOptions as_matrix = options;
  as_matrix.format = TextFormat::kTwoFiles;
  as_matrix.normalize = false;
  as_matrix.num_features = options.num_labels;
  as_matrix.num_labels.reset();
  ArraysSink sink;
  const TextFacts found =
      ParseText(OpenPeeked(labels_path), labels_path, as_matrix, sink);
  CsrArrays labels = sink.Take(found);
  const size_t num_points = arrays.feature_offsets.size() - 1;
  const size_t num_rows = labels.feature_offsets.size() - 1;
  if (num_rows != num_points) {
    throw DataError(fmt::format("{}: got {} rows, expected the {} of {}",
                                labels_path, num_rows, num_points, path));
  }
  arrays.num_labels = found.num_features;
  arrays.label_offsets = std::move(labels.feature_offsets);
  arrays.label_ids = std::move(labels.feature_ids);
}

}  // namespace

TextFacts ParseText(std::unique_ptr<ByteSource> source, const std::string& name,
                    const ReadOptions& options, PointSink& sink,
                    size_t block_bytes, uint64_t first_line) {
  return TextReader(std::move(source), name, options, sink, block_bytes,
                    first_line)
      .Read();
}

CsrArrays ReadText(std::unique_ptr<ByteSource> source, const std::string& name,
                   const ReadOptions& options, size_t block_bytes,
                   TextFacts* facts, uint64_t first_line) {
  ArraysSink sink;
  const TextFacts found = ParseText(std::move(source), name, options, sink,
                                    block_bytes, first_line);
  CsrArrays arrays = sink.Take(found);
  if (found.is_matrix && options.with_labels) {
    AddLabels(name, options, arrays);
  }
  if (facts != nullptr) *facts = found;
  return arrays;
}

Dataset ReadPoints(std::unique_ptr<ByteSource> source, const std::string& name,
                   const ReadOptions& options, ModelCard* card,
                   uint64_t first_line) {
  TextFacts facts;
  CsrArrays arrays = ReadText(std::move(source), name, options, kBlockBytes,
                              &facts, first_line);
  if (card != nullptr) {
    card->normalized = options.normalize;
    card->first_feature = facts.first_feature;
    card->first_label = facts.first_label;
    card->fingerprints = facts.fingerprints;
  }
  return Dataset(std::move(arrays));
}

std::string LabelsBeside(const std::string& path) {
  constexpr std::string_view kFeatures = "X_Xf", kLabels = "X_Y";
  const size_t name = path.rfind('/') + 1;  // npos + 1 is 0
  const size_t at = path.find(kFeatures, name);
  if (at == std::string::npos) return "";
  return std::string(path).replace(at, kFeatures.size(), kLabels);
}

}  // namespace slide::data
