// The n-th allocation fails, for n all over a run, at the library's entry
// points: an exception comes out, never the end of the process, and the next
// try succeeds.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/export.h"
#include "slide/hash_index.h"
#include "slide/metrics.h"
#include "slide/model_data.h"
#include "slide/network.h"
#include "slide/online_trainer.h"
#include "slide/synthetic.h"
#include "slide/trainer.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace {

// Allocations until the one that fails; negative: none does.
std::atomic<int64_t> until_failure = -1;
std::atomic<int64_t> num_allocations = 0;

bool FailsNow() {
  ++num_allocations;
  if (until_failure < 0) return false;
  return until_failure-- == 0;
}

void* Allocate(size_t size) {
  void* memory = FailsNow() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

// AlignedBuffer takes its memory here.
extern "C" void* aligned_alloc(size_t alignment, size_t size) {
  void* memory = nullptr;
  return FailsNow() || posix_memalign(&memory, alignment, size) != 0 ? nullptr
                                                                     : memory;
}

namespace slide::allocations_test {
namespace {

constexpr uint64_t kSeed = 5;

class AllocationsTest : public testing::Test {
 protected:
  NetworkOptions Net() const {
    NetworkOptions options;
    options.num_features = data_.num_features();
    options.num_labels = data_.num_labels();
    options.hidden = {8, 20};
    options.hidden[1].max_active = 6;
    return options;
  }

  // Runs f with a failure at places all over it, and then without.
  void Sample(const char* what, const std::function<void()>& f) {
    SCOPED_TRACE(what);
    f();  // statics of the library and of this test are made
    const int64_t before = num_allocations;
    f();
    const int64_t num = num_allocations - before;
    ASSERT_GT(num, 0);
    int num_failed = 0;
    constexpr int64_t kPlaces = 150;
    for (int64_t i = 0; i < std::min(num, kPlaces); ++i) {
      until_failure = num <= kPlaces ? i : i * num / kPlaces;
      try {
        f();
      } catch (const std::bad_alloc&) {
        ++num_failed;
      } catch (const Error&) {
        ++num_failed;
      }
      until_failure = -1;
    }
    // Threads take turns, so a place may be behind the end.
    EXPECT_GT(num_failed, 0);
    EXPECT_NO_THROW(f());
  }

  const Dataset data_ = testing_support::LearnableData(60, 30, 2, kSeed);
  const testing_support::TempFolder folder_;
};

TEST_F(AllocationsTest, Train) {
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched,
                                  UpdateMode::kDense, UpdateMode::kSampled}) {
    for (const RebuildMode rebuild :
         {RebuildMode::kPause, RebuildMode::kBackground}) {
      Sample("train", [&] {
        NetworkOptions net = Net();
        if (update == UpdateMode::kDense || update == UpdateMode::kSampled) {
          net.hidden.back().max_active = 0;  // not hashed
        }
        Network network(net, 3);
        TrainOptions options;
        options.epochs = 1;
        options.update = update;
        options.batch_size = 16;
        options.rebuild.mode = rebuild;
        options.rebuild.every = 20;
        options.sampling.max_neighbours = 3;
        options.num_threads = 3;
        Trainer(network, options).Fit(data_, &data_);
      });
    }
  }
}

// A checkpoint for which there is no memory is told, and costs nothing else.
TEST_F(AllocationsTest, TrainWithCheckpoints) {
  const std::string path = folder_.Path("run");
  const auto run = [&](bool resumes) {
    Network network(Net(), 1);
    TrainOptions options;
    options.epochs = 2;
    options.num_threads = 1;
    Trainer trainer(network, options);
    const CheckpointOptions checkpoints = {.path = path,
                                           .every = {.epochs = 1}};
    const EvaluationSets sets = {.validation = &data_};
    if (resumes) {
      trainer.Resume(path, data_, sets, {}, checkpoints);
    } else {
      trainer.Fit(data_, sets, {}, checkpoints);
    }
  };
  Sample("train with checkpoints", [&] { run(false); });
  Sample("resume", [&] { run(true); });
}

TEST_F(AllocationsTest, TrainOnline) {
  Sample("train online", [&] {
    Network network(Net(), 1);
    TrainOptions options;
    options.num_threads = 3;
    OnlineTrainer trainer(network, options, &data_);
    OnlineTrainer::Worker worker = trainer.MakeWorker();
    worker.Train(data_[0], 0.1, 0);
    const slide::Sample batch[] = {data_[1], data_[2]};
    trainer.TrainBatch(batch, 0.1, 1);
  });
}

TEST_F(AllocationsTest, SaveLoadAndPredict) {
  const Network network(Net(), 1);
  const std::string path = folder_.Path("model");
  Sample("save", [&] { network.Save(path); });
  Sample("load", [&] { Network::Load(path); });
  Sample("open", [&] { Network::Open(path); });
  Sample("export", [&] { Export(network, path); });
  Sample("archive", [&] { Export(network, path, {ExportFormat::kNpz}); });
  Sample("predict", [&] { network.Predict(data_, 0, data_.size(), 3, 3); });
  EvaluateOptions options;
  options.num_threads = 3;
  Sample("evaluate", [&] { Evaluate(network, data_, options); });
}

TEST_F(AllocationsTest, TextAndItsModel) {
  folder_.Write("text", "a,b\tone two three\nc\tone two four\n");
  const std::string text = folder_.Path("text"), path = folder_.Path("model");
  const ModelData train = ReadToLearn(text, {.num_threads = 3});
  Sample("learn", [&] { ReadToLearn(text, {.num_threads = 3}); });
  Sample("apply", [&] { ReadByCard(text, train.card, {.num_threads = 3}); });
  Network network({.num_features = train.data.num_features(),
                   .num_labels = train.data.num_labels()},
                  1);
  network.SetCard(train.card);
  Sample("save", [&] { network.Save(path); });
  Sample("load", [&] { Network::Load(path); });
  Sample("vectorizer", [&] { VectorizerOf(network.card()).Transform("two"); });
}

TEST_F(AllocationsTest, DataInAndOut) {
  const std::string text = folder_.Path("made.txt");
  const SyntheticOptions small = {.num_points = 50,
                                  .num_test_points = 0,
                                  .num_features = 100,
                                  .num_labels = 20,
                                  .num_threads = 3};
  Sample("synthetic",
         [&] { WriteSynthetic(small, SyntheticPart::kTrain, text, {}); });
  Sample("read", [&] { ReadData(text, {.num_threads = 3}); });
  const std::string cache = folder_.Path("cache");
  Sample("convert",
         [&] { ConvertToCache(text, cache, {.num_threads = 3}, {}); });
  Sample("verify", [&] { VerifyCache(cache); });
}

}  // namespace
}  // namespace slide::allocations_test
