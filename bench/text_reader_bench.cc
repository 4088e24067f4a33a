// ReadXmc over a file of a real problem's shape (40 features with six decimals
// and 5 labels a point), beside what bounds it from both sides: reading the
// bytes alone, and the line-by-line stream parser one writes first. Bytes are
// the file's; the time is the wall's, as threads share the work. Then the same
// data as a cache: opening it, and reading samples, which it checks each time,
// beside reading them from arrays that were checked once.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "util/rng.h"

namespace {

using slide::util::Rng;

// A text file in a temporary folder, for as long as the program runs.
class GeneratedFile {
 public:
  GeneratedFile()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("slide_text_reader_bench_{:x}.txt", UniqueNumber())) {
    std::ofstream out(path_, std::ios::binary);
    out << Text();
    if (!out.flush()) throw std::runtime_error("cannot write " + path());
  }
  GeneratedFile(const GeneratedFile&) = delete;
  GeneratedFile& operator=(const GeneratedFile&) = delete;
  ~GeneratedFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  std::string path() const { return path_.string(); }
  int64_t size() const {
    return static_cast<int64_t>(std::filesystem::file_size(path_));
  }

 private:
  static constexpr int kNumPoints = 40'000;
  static constexpr uint64_t kNumFeatures = 45'000, kNumLabels = 23'000;
  static constexpr uint64_t kFeaturesPerPoint = 40, kLabelsPerPoint = 5;

  // Two runs at the same time must not share a file.
  static uint64_t UniqueNumber() {
    return static_cast<uint64_t>(std::filesystem::file_time_type::clock::now()
                                     .time_since_epoch()
                                     .count());
  }

  // One id in each of `num` equal parts of [0, limit), so that they ascend.
  static void AppendIds(uint64_t num, uint64_t limit, Rng& rng, auto append) {
    for (uint64_t i = 0; i < num; ++i) {
      append(i, i * (limit / num) + rng.UniformInt(limit / num));
    }
  }

  static std::string Text() {
    Rng rng = Rng(1).Stream(slide::util::Purpose::kTest);
    std::string text =
        fmt::format("{} {} {}\n", kNumPoints, kNumFeatures, kNumLabels);
    for (int point = 0; point < kNumPoints; ++point) {
      AppendIds(kLabelsPerPoint, kNumLabels, rng, [&](uint64_t i, uint64_t id) {
        fmt::format_to(std::back_inserter(text), "{}{}", i > 0 ? "," : "", id);
      });
      AppendIds(kFeaturesPerPoint, kNumFeatures, rng,
                [&](uint64_t, uint64_t id) {
                  fmt::format_to(std::back_inserter(text), " {}:{:.6f}", id,
                                 rng.Uniform());
                });
      text += '\n';
    }
    return text;
  }

  std::filesystem::path path_;
};

const GeneratedFile& File() {
  static const GeneratedFile file;
  return file;
}

void BM_ReadXmc(benchmark::State& state) {
  const GeneratedFile& file = File();
  slide::ReadOptions options;
  options.num_threads = static_cast<int>(state.range(0));
  for (auto _ : state) {
    const slide::Dataset data = slide::ReadXmc(file.path(), options);
    benchmark::DoNotOptimize(data.num_nonzeros());
  }
  state.SetBytesProcessed(state.iterations() * file.size());
}
BENCHMARK(BM_ReadXmc)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// The floor: the bytes into memory, nothing parsed.
void BM_ReadBytes(benchmark::State& state) {
  const GeneratedFile& file = File();
  std::vector<char> buffer(size_t{4} << 20);
  for (auto _ : state) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(
        std::fopen(file.path().c_str(), "rb"), std::fclose);
    if (!in) return state.SkipWithError("cannot open the generated file");
    std::setvbuf(in.get(), nullptr, _IONBF, 0);
    while (std::fread(buffer.data(), 1, buffer.size(), in.get()) > 0) {
      benchmark::ClobberMemory();
    }
  }
  state.SetBytesProcessed(state.iterations() * file.size());
}
BENCHMARK(BM_ReadBytes)->UseRealTime()->Unit(benchmark::kMillisecond);

// The baseline: std::getline and std::istringstream, nothing checked.
void BM_ReadWithStreams(benchmark::State& state) {
  const GeneratedFile& file = File();
  for (auto _ : state) {
    std::ifstream in(file.path());
    std::string line;
    std::getline(in, line);
    std::vector<uint32_t> labels, ids;
    std::vector<float> values;
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      uint32_t id = 0;
      float value = 0.0f;
      char separator = ',';
      while (separator == ',' && fields >> id) {
        labels.push_back(id);
        separator = static_cast<char>(fields.get());
      }
      while (fields >> id >> separator >> value) {
        ids.push_back(id);
        values.push_back(value);
      }
    }
    benchmark::DoNotOptimize(values.data());
  }
  state.SetBytesProcessed(state.iterations() * file.size());
}
BENCHMARK(BM_ReadWithStreams)->UseRealTime()->Unit(benchmark::kMillisecond);

// Holds the same data as a cache, for as long as the program runs.
class GeneratedCache {
 public:
  GeneratedCache() : path_(File().path() + ".slided") {
    slide::WriteCache(slide::ReadXmc(File().path()), true, path_);
  }
  GeneratedCache(const GeneratedCache&) = delete;
  GeneratedCache& operator=(const GeneratedCache&) = delete;
  ~GeneratedCache() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string& CachePath() {
  static const GeneratedCache cache;
  return cache.path();
}

void BM_OpenCache(benchmark::State& state) {
  const std::string& path = CachePath();
  for (auto _ : state) {
    const slide::Dataset data = slide::ReadData(path);
    benchmark::DoNotOptimize(data.num_nonzeros());
  }
}
BENCHMARK(BM_OpenCache)->UseRealTime()->Unit(benchmark::kMicrosecond);

// Items are samples, visited in an order that no prefetcher guesses.
void ReadSamples(benchmark::State& state, const slide::Dataset& data) {
  Rng rng = Rng(2).Stream(slide::util::Purpose::kTest);
  uint64_t sum = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < data.size(); ++i) {
      const slide::Sample sample = data[rng.UniformInt(data.size())];
      // Reads the data as any user does, so that both pay for the memory.
      for (const uint32_t id : sample.features.ids) sum += id;
      for (const float value : sample.features.values) sum += value > 0.5f;
    }
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(data.size()));
}

void BM_SamplesOfACache(benchmark::State& state) {
  ReadSamples(state, slide::ReadData(CachePath()));
}
BENCHMARK(BM_SamplesOfACache)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_SamplesOfArrays(benchmark::State& state) {
  ReadSamples(state, slide::ReadXmc(File().path()));
}
BENCHMARK(BM_SamplesOfArrays)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
