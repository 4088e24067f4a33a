// The public functions of slide/synthetic.h: points made on several threads,
// into a data set's arrays or into text.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/cache_writer.h"
#include "data/normalize.h"
#include "data/point_parser.h"
#include "data/point_writer.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/synthetic.h"
#include "synth/synthetic.h"
#include "util/binary_io.h"
#include "util/thread_team.h"

namespace slide {
namespace {

using synth::PointGenerator;
using synth::SyntheticModel;

// Text that a thread makes before it is written: long enough for a write, short
// enough for a cache.
constexpr double kBlockBytes = 1 << 20;
constexpr double kBytesPerId = 12.0;
// Blocks for each thread that may wait for an earlier one: a thread that gets
// less of a core than the others does not hold them up.
constexpr size_t kWindowPerThread = 4;

uint64_t NumPoints(const SyntheticOptions& options, SyntheticPart part) {
  return part == SyntheticPart::kTrain ? options.num_points
                                       : options.num_test_points;
}

// The nearest floats to the decimal numbers, as both are exact; scaled to
// length 1 if that is wanted.
void SetValues(std::span<const uint32_t> thousandths, bool normalize,
               std::span<float> values) {
  std::ranges::transform(thousandths, values.begin(), [](uint32_t value) {
    return static_cast<float>(value) / 1000.0f;
  });
  if (normalize) data::Normalize(values);
}

void AppendPoint(const PointGenerator& point, bool normalize,
                 data::ParsedPoints& points) {
  const std::span<const uint32_t> ids = point.feature_ids();
  points.feature_ids.insert(points.feature_ids.end(), ids.begin(), ids.end());
  points.feature_ends.push_back(points.feature_ids.size());
  points.feature_values.resize(points.feature_ids.size());
  SetValues(point.thousandths(), normalize,
            std::span(points.feature_values).last(ids.size()));
  points.label_ids.insert(points.label_ids.end(), point.label_ids().begin(),
                          point.label_ids().end());
  points.label_ends.push_back(points.label_ids.size());
}

// Consecutive points, as text or as arrays.
struct Block {
  std::string text;
  data::ParsedPoints arrays;
  uint64_t num_points = 0;
  uint64_t num_nonzeros = 0;
  uint64_t num_label_marks = 0;

  // Keeps the memory.
  void Clear() noexcept {
    text.clear();
    arrays.Clear();
    num_points = num_nonzeros = num_label_marks = 0;
  }
};

// A file of points in one of the forms.
struct PointFile {
  // Appends the point to the block; any number of threads at once.
  std::function<void(const PointGenerator& point, Block& block)> add;
  std::function<void(const Block& block)> write;
};

// Writes blocks in the order of their numbers, in whatever order they come.
// Threads: any number at once, on blocks taken in the order of their numbers.
class OrderedWriter {
 public:
  // Keeps fewer than `window` blocks that wait for an earlier one.
  OrderedWriter(const PointFile& file, size_t window,
                const SyntheticProgress& progress)
      : file_(file), progress_(progress), waiting_(window) {}

  // Waits until there is room for block `number`; false if there is no use in
  // making it.
  bool WaitForRoom(uint64_t number) {
    std::unique_lock<std::mutex> lock(guard_);
    moved_.wait(lock, [&] {
      return ended_ || number - num_written_ < waiting_.size();
    });
    return !ended_;
  }

  // Takes the block and gives an empty one back. Requires: WaitForRoom(number)
  // was true. Throws: Error.
  void Put(uint64_t number, Block& block) {
    const std::lock_guard<std::mutex> lock(guard_);
    std::swap(Waiting(number), block);
    try {
      while (!ended_ && Waiting(num_written_).num_points > 0) WriteNext();
    } catch (...) {
      ended_ = true;
      moved_.notify_all();
      throw;
    }
    moved_.notify_all();
  }

  // Requires: no other thread is in a call.
  const SyntheticFile& result() const noexcept { return result_; }

 private:
  Block& Waiting(uint64_t number) { return waiting_[number % waiting_.size()]; }

  void WriteNext() {
    Block& block = Waiting(num_written_);
    file_.write(block);
    result_.num_points += block.num_points;
    result_.num_nonzeros += block.num_nonzeros;
    result_.num_label_marks += block.num_label_marks;
    block.Clear();
    ++num_written_;
    if (progress_ && !progress_(result_.num_points)) {
      result_.stopped = ended_ = true;
    }
  }

  const PointFile& file_;
  const SyntheticProgress& progress_;
  std::mutex guard_;  // of all below, and of the file
  std::condition_variable moved_;
  std::vector<Block> waiting_;  // [window], by number; no points: not there yet
  uint64_t num_written_ = 0;
  bool ended_ = false;  // by a failure or by the callback
  SyntheticFile result_;
};

}  // namespace

Dataset MakeSynthetic(const SyntheticOptions& options, SyntheticPart part) {
  options.Validate();
  const util::ThreadTeam team(options.num_threads);
  const SyntheticModel model(options);
  const size_t num_points = NumPoints(options, part);

  CsrArrays arrays;
  arrays.num_features = options.num_features;
  arrays.num_labels = options.num_labels;
  // Lengths first: then every point has its place.
  arrays.feature_offsets.resize(num_points + 1);
  arrays.label_offsets.resize(num_points + 1);
  team.Split(num_points, [&](size_t begin, size_t end, int) {
    for (size_t i = begin; i < end; ++i) {
      util::Rng rng = model.Stream(part, i);
      const SyntheticModel::Lengths lengths = model.DrawLengths(rng);
      arrays.feature_offsets[i + 1] = lengths.num_features;
      arrays.label_offsets[i + 1] = lengths.num_labels;
    }
  });
  for (size_t i = 0; i < num_points; ++i) {
    arrays.feature_offsets[i + 1] += arrays.feature_offsets[i];
    arrays.label_offsets[i + 1] += arrays.label_offsets[i];
  }
  arrays.feature_ids.resize(arrays.feature_offsets.back());
  arrays.feature_values.resize(arrays.feature_offsets.back());
  arrays.label_ids.resize(arrays.label_offsets.back());
  team.Split(num_points, [&](size_t begin, size_t end, int) {
    PointGenerator point(model);
    for (size_t i = begin; i < end; ++i) {
      point.Make(part, i);
      std::ranges::copy(point.label_ids(),
                        arrays.label_ids.data() + arrays.label_offsets[i]);
      const uint64_t f = arrays.feature_offsets[i];
      std::ranges::copy(point.feature_ids(), arrays.feature_ids.data() + f);
      const std::span<float> values(arrays.feature_values.data() + f,
                                    point.feature_ids().size());
      SetValues(point.thousandths(), options.normalize, values);
    }
  });
  return Dataset(std::move(arrays));
}

namespace {

// Makes the points of a part and writes them; the file is complete unless the
// result is stopped.
SyntheticFile WritePoints(const SyntheticOptions& options, SyntheticPart part,
                          const PointFile& file,
                          const SyntheticProgress& progress) {
  const util::ThreadTeam team(options.num_threads);
  const SyntheticModel model(options);
  const uint64_t num_points = NumPoints(options, part);
  const auto block_points = static_cast<uint64_t>(std::max(
      kBlockBytes /
          (kBytesPerId * (options.nonzeros + options.labels_per_point)),
      1.0));

  OrderedWriter writer(
      file, kWindowPerThread * static_cast<size_t>(team.size()), progress);
  std::atomic<uint64_t> next_block = 0;
  const uint64_t num_blocks = (num_points + block_points - 1) / block_points;
  team.Run([&](int, int) {
    PointGenerator point(model);
    Block block;
    while (true) {
      const uint64_t number = next_block.fetch_add(1);
      if (number >= num_blocks || !writer.WaitForRoom(number)) return;
      const uint64_t begin = number * block_points;
      const uint64_t end = std::min(begin + block_points, num_points);
      for (uint64_t i = begin; i < end; ++i) {
        point.Make(part, i);
        file.add(point, block);
        block.num_nonzeros += point.feature_ids().size();
        block.num_label_marks += point.label_ids().size();
      }
      block.num_points = end - begin;
      writer.Put(number, block);
    }
  });
  return writer.result();
}

}  // namespace

SyntheticFile WriteSynthetic(const SyntheticOptions& options,
                             SyntheticPart part, const std::string& path,
                             const SyntheticProgress& progress) {
  options.Validate();
  OutputFile file(path);
  file.Write(fmt::format("{} {} {}\n", NumPoints(options, part),
                         options.num_features, options.num_labels));
  const auto add = [](const PointGenerator& point, Block& block) {
    data::AppendPoint(point.label_ids(), point.feature_ids(),
                      point.thousandths(), block.text);
  };
  SyntheticFile result = WritePoints(
      options, part, {add, [&](const Block& block) { file.Write(block.text); }},
      progress);
  if (!result.stopped) file.Commit();
  result.num_bytes = file.num_written();
  return result;
}

SyntheticFile WriteSyntheticCache(const SyntheticOptions& options,
                                  SyntheticPart part, const std::string& path,
                                  const SyntheticProgress& progress) {
  options.Validate();
  data::CacheWriter writer(path, options.normalize);
  const auto add = [&](const PointGenerator& point, Block& block) {
    AppendPoint(point, options.normalize, block.arrays);
  };
  SyntheticFile result = WritePoints(
      options, part,
      {add, [&](const Block& block) { writer.Append(block.arrays); }},
      progress);
  if (result.stopped) return result;
  result.num_bytes = writer
                         .Commit({.num_features = options.num_features,
                                  .num_labels = options.num_labels})
                         .cache.num_bytes;
  return result;
}

}  // namespace slide
