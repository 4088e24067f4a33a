// `slide train`: reads the data, trains a network, evaluates it after every
// epoch, and saves it.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_keys.h"
#include "cli/progress.h"
#include "cli/same_file.h"
#include "cli/train_output.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/network.h"
#include "slide/output_file.h"
#include "slide/trainer.h"

namespace slide::cli {
namespace {

// The file of --metrics: a line an epoch. A full disk must not cost hours of
// training, so a failure is kept until Close().
class MetricsLog {
 public:
  // path: empty for none. Throws: Error when the file cannot be opened.
  explicit MetricsLog(const std::string& path)
      : path_(path), file_(nullptr, std::fclose) {
    if (path.empty()) return;
    file_.reset(std::fopen(path.c_str(), "w"));
    if (!file_) throw Error(path + ": cannot be opened for writing");
  }

  void Write(const Json& json) {
    if (!file_) return;
    PutJson(file_.get(), "metrics", json);
  }

  // Throws: Error when a line could not be written.
  void Close() {
    if (!file_) return;
    const bool failed = std::ferror(file_.get()) != 0;
    if (std::fclose(file_.release()) != 0 || failed) {
      throw Error(path_ + ": the metrics could not be written");
    }
  }

 private:
  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

class TrainCommand final : public Command {
 public:
  TrainCommand() : Command("train", "Train a network and evaluate it") {
    line_.AddArgument("TRAIN", train_path_,
                      "Training set: XMC or LibSVM text, plain, gzip or zstd, "
                      "or a cache; -: standard input");
    line_.AddFile("test", test_path_, "Test set, evaluated after every epoch");
    line_.AddFile("model", model_path_, "Save the trained network here");
    line_.AddFile("metrics", metrics_path_,
                  "Write a JSON object a line after every epoch");
    line_.AddSwitch("quiet", quiet_,
                    "Print nothing but errors, and what --json asks for");
    line_.AddSwitch("json", json_,
                    "Print one JSON object instead of the summary");
    line_.Add(Fields(network_));
    line_.Add(Fields(train_));
    line_.Add(Fields(read_));
  }

  ExitCode Run() override;

 private:
  // Throws: OptionsError, ModelFileError or Error for options that contradict
  // each other, or an output that could not be written, before hours of
  // training depend on it.
  void CheckBeforeReading() const;

  NetworkOptions network_;
  TrainOptions train_;
  ReadOptions read_;
  std::string train_path_, test_path_, model_path_, metrics_path_;
  bool quiet_ = false;
  bool json_ = false;
};

void TrainCommand::CheckBeforeReading() const {
  NetworkOptions network = network_;
  // The data will say; these allow the other options most.
  network.num_features = network.num_labels = ~uint32_t{0};
  network.Validate();
  RefuseSameFile({{"TRAIN", train_path_}, {"--test", test_path_}},
                 {{"--model", model_path_}, {"--metrics", metrics_path_}});
  if (!metrics_path_.empty()) CheckWritable(metrics_path_);
  if (!model_path_.empty()) {
    try {
      CheckReplaceable(model_path_);
    } catch (const Error& error) {  // as saving it would fail hours later
      throw ModelFileError(error.what());
    }
  }
}

ExitCode TrainCommand::Run() {
  CheckBeforeReading();
  train_.num_threads = NumThreads(train_.num_threads);
  const bool print = !quiet_ && !json_;
  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  TrainResult result;
  result.num_epochs = train_.epochs;
  result.seed = network_.seed;

  Clock::time_point start = Clock::now();
  display.ShowStatus(fmt::format("reading {}", train_path_));
  const Dataset train = ReadData(train_path_, read_);
  std::optional<Dataset> test;
  if (!test_path_.empty()) {
    display.ShowStatus(fmt::format("reading {}", test_path_));
    test = ReadData(test_path_, read_);
  }
  result.load_seconds = SecondsSince(start);

  if (train.num_features() == 0 || train.num_labels() == 0) {
    throw DataError(fmt::format(
        "{}: got {} features and {} labels, expected one or more of each",
        train_path_, train.num_features(), train.num_labels()));
  }
  network_.num_features = train.num_features();
  network_.num_labels = train.num_labels();
  train_.index_reports = !metrics_path_.empty();
  Network network(network_, train_.num_threads);
  Trainer trainer(network, train_);
  if (test) {
    EvaluateOptions options;
    options.ks = train_.eval_ks;
    options.num_samples = train_.eval_samples;
    options.seed = network_.seed;
    options.num_threads = train_.num_threads;
    result.popularity = EvaluatePopularity(train, *test, options);
  }

  display.Clear();
  if (print) {
    Put(stdout, FormatData("train", train_path_, train));
    if (test) Put(stdout, FormatData("test", test_path_, *test));
    Put(stdout, FormatNetwork(network.options()));
    Put(stdout, fmt::format("{:<10} {}\n", "threads", train_.num_threads));
    Put(stdout, FormatEpochHead(test ? train_.eval_ks : std::vector<int>{}));
  }

  MetricsLog log(metrics_path_);
  const InterruptGuard guard;
  start = Clock::now();
  double train_seconds = 0.0;
  const auto on_progress = [&](const Progress& progress) {
    if (test) test->ThrowIfDamaged();
    display.Update(progress);
    if (progress.finished_epoch != nullptr) {
      const EpochReport& epoch = *progress.finished_epoch;
      train_seconds += epoch.train_seconds;
      log.Write(EpochJson(progress, train_seconds, SecondsSince(start),
                          train_.num_threads, network_.seed));
      if (print) {
        display.Clear();
        Put(stdout, FormatEpoch(epoch));
      }
    }
    return !InterruptGuard::Interrupted();
  };
  result.report = trainer.Fit(train, test ? &*test : nullptr, on_progress);

  display.Clear();
  if (!model_path_.empty()) {
    network.Save(model_path_);
    result.model_path = model_path_;
  }
  if (json_) {
    PutJson(stdout, "train", TrainJson(result));
  } else if (print) {
    Put(stdout, FormatSummary(result));
  }
  log.Close();
  return result.report.stopped ? kInterrupted : kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeTrain() {
  return std::make_unique<TrainCommand>();
}

}  // namespace slide::cli
