// `slide train`: reads the data, trains a network, evaluates it after every
// epoch, and saves it.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_keys.h"
#include "cli/model_saver.h"
#include "cli/network_memory.h"
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
// training, so a failure is kept.
class MetricsLog {
 public:
  // path: empty for none. Throws: Error when the file cannot be opened.
  explicit MetricsLog(const std::string& path) {
    if (!path.empty()) file_.emplace(path, OutputFile::Placement::kInPlace);
  }

  void Write(const Json& json) {
    if (!file_ || !failure_.empty()) return;
    try {
      file_->Write(JsonLine("metrics", json));
    } catch (const Error& error) {
      failure_ = error.what();
    }
  }

  // Says why a line could not be written; empty: all were.
  const std::string& failure() const noexcept { return failure_; }

 private:
  std::optional<OutputFile> file_;
  std::string failure_;
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
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(network_));
    line_.Add(Fields(train_));
    line_.Add(Fields(read_));
  }

  ExitCode Run() override;
  const char* MemoryAdvice() const noexcept override {
    return "a smaller --hidden, --precision bf16 or a smaller "
           "--shuffle-memory need less";
  }

 private:
  // Throws: OptionsError, ModelFileError or Error for options that contradict
  // each other, or an output that could not be written, before hours of
  // training depend on it.
  void CheckBeforeReading() const;
  // Throws: DataError.
  void Read(ProgressDisplay& display);
  void PrintHead() const;
  // Trains. Throws: as Trainer::Fit, after the epoch that was kept is saved.
  TrainReport Fit(Trainer& trainer, const Network& network,
                  ProgressDisplay& display, MetricsLog& log, ModelSaver& saver);
  // Whether the finished network guesses worse than the popularity guess.
  bool LearntNothing() const;
  // Prints a warning where, without test data, the loss says so.
  void WarnOfLoss() const;

  NetworkOptions network_;
  TrainOptions train_;
  ReadOptions read_;
  std::string train_path_, test_path_, model_path_, metrics_path_;
  bool quiet_ = false;
  bool json_ = false;

  Dataset train_data_;
  std::optional<Dataset> test_data_;
  TrainResult result_;
};

void TrainCommand::CheckBeforeReading() const {
  NetworkOptions network = network_;
  // The data will say; these allow the other options most.
  network.num_features = network.num_labels = ~uint32_t{0};
  network.Validate();
  RefuseSameFile({{"TRAIN", train_path_}, {"--test", test_path_}},
                 {{"--model", model_path_}, {"--metrics", metrics_path_}});
  if (model_path_ == "-" && (!quiet_ || json_)) {
    throw OptionsError(
        "--model: got '-', the standard output, to which the summary goes; "
        "expected --quiet with it, and no --json");
  }
  if (!metrics_path_.empty()) {
    CheckWritable(metrics_path_, 0, OutputFile::Placement::kInPlace);
  }
  ModelSaver(model_path_).CheckRoom(0);
}

void TrainCommand::Read(ProgressDisplay& display) {
  const Clock::time_point start = Clock::now();
  display.ShowStatus(fmt::format("reading {}", train_path_));
  train_data_ = ReadData(train_path_, read_);
  if (!test_path_.empty()) {
    display.ShowStatus(fmt::format("reading {}", test_path_));
    test_data_ = ReadData(test_path_, read_);
  }
  result_.load_seconds = SecondsSince(start);
  if (test_data_ && test_data_->size() == 0) {
    throw DataError(fmt::format(
        "{}: got no sample, expected one or more to test on", test_path_));
  }
  // Damage that an evaluation would find is better found before training.
  if (test_data_) test_data_->CheckAll();
  if (train_data_.num_features() == 0 || train_data_.num_labels() == 0) {
    throw DataError(fmt::format(
        "{}: got {} features and {} labels, expected one or more of each",
        train_path_, train_data_.num_features(), train_data_.num_labels()));
  }
}

void TrainCommand::PrintHead() const {
  Put(stdout, FormatData("train", train_path_, train_data_));
  if (test_data_) Put(stdout, FormatData("test", test_path_, *test_data_));
  Put(stdout, FormatNetwork(network_));
  Put(stdout, fmt::format("{:<10} {}\n", "threads", train_.num_threads));
  Put(stdout,
      FormatEpochHead(test_data_ ? train_.eval_ks : std::vector<int>{}));
}

TrainReport TrainCommand::Fit(Trainer& trainer, const Network& network,
                              ProgressDisplay& display, MetricsLog& log,
                              ModelSaver& saver) {
  const Clock::time_point start = Clock::now();
  double train_seconds = 0.0;
  const auto on_progress = [&](const Progress& progress) {
    if (test_data_) test_data_->ThrowIfDamaged();
    display.Update(progress);
    if (progress.finished_epoch != nullptr) {
      const EpochReport& epoch = *progress.finished_epoch;
      train_seconds += epoch.train_seconds;
      log.Write(EpochJson(progress, train_seconds, SecondsSince(start),
                          train_.num_threads, network_.seed));
      if (!quiet_ && !json_) {
        display.Clear();
        Put(stdout, FormatEpoch(epoch));
      }
      // The last one is saved as the model.
      if (epoch.epoch < train_.epochs) saver.KeepEpoch(network, epoch.epoch);
    }
    return !InterruptGuard::Interrupted();
  };
  try {
    return trainer.Fit(train_data_, test_data_ ? &*test_data_ : nullptr,
                       on_progress);
  } catch (...) {  // thrown on, after the kept epoch is saved
    display.Clear();
    try {
      const std::string kept = saver.SaveKeptEpoch();
      if (!kept.empty()) {
        Put(stderr,
            fmt::format("slide: the network as it was after epoch {} is saved "
                        "as {}\n",
                        saver.kept_epoch(), kept));
      }
    } catch (const std::exception& second) {
      Put(stderr, fmt::format("slide: {}: epoch {} is lost\n", second.what(),
                              saver.kept_epoch()));
    }
    throw;
  }
}

bool TrainCommand::LearntNothing() const {
  // Fewer samples say too little of a share of about a tenth.
  constexpr uint64_t kMinSamples = 1000;
  const TrainReport& report = result_.report;
  if (report.stopped || report.epochs.empty() || !result_.popularity) {
    return false;
  }
  const std::optional<Metrics>& test = report.epochs.back().test;
  return test && test->num_samples >= kMinSamples &&
         IsBelowGuess(*test, *result_.popularity);
}

void TrainCommand::WarnOfLoss() const {
  const TrainReport& report = result_.report;
  if (test_data_ || report.epochs.empty()) return;
  const double last = report.epochs.back().train_loss;
  if (last <= report.first_loss) return;
  Put(stderr,
      fmt::format("slide: warning: the training loss ended at {:.4g}, above "
                  "the {:.4g} that it began with; a lower learning rate may "
                  "help, and --test says more\n",
                  last, report.first_loss));
}

ExitCode TrainCommand::Run() {
  CheckBeforeReading();
  train_.num_threads = NumThreads(train_.num_threads);
  train_.index_reports = !metrics_path_.empty();
  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  Read(display);
  network_.num_features = train_data_.num_features();
  network_.num_labels = train_data_.num_labels();
  RequireNetworkMemory(train_path_, train_data_, network_);
  ModelSaver saver(model_path_);
  // The header and the hash centers, besides the rows.
  constexpr uint64_t kOthers = uint64_t{64} << 10;
  saver.CheckRoom(Network::MemoryOf(network_).layers + kOthers);
  Network network(network_, train_.num_threads);
  Trainer trainer(network, train_);
  network_ = network.options();  // settled
  if (test_data_) {
    EvaluateOptions options;
    options.ks = train_.eval_ks;
    options.num_samples = train_.eval_samples;
    options.seed = network_.seed;
    options.num_threads = train_.num_threads;
    result_.popularity = EvaluatePopularity(train_data_, *test_data_, options);
  }
  display.Clear();
  if (!quiet_ && !json_) PrintHead();

  MetricsLog log(metrics_path_);
  const InterruptGuard guard;
  result_.num_epochs = train_.epochs;
  result_.seed = network_.seed;
  result_.report = Fit(trainer, network, display, log, saver);

  result_.sparse_part = network.sparse_part();
  display.Clear();
  const bool learnt_nothing = LearntNothing();
  result_.model_path = learnt_nothing
                           ? saver.SaveBeside(network, ".below-guess")
                           : saver.Save(network);
  if (json_) {
    PutJson(stdout, "train", TrainJson(result_));
  } else if (!quiet_) {
    Put(stdout, FormatSummary(result_));
  }
  if (learnt_nothing) {
    if (!log.failure().empty()) {
      Put(stderr, fmt::format("slide: {}\n", log.failure()));
    }
    throw Error(fmt::format(
        "P@{} on the test set is {:.4f}, below the {:.4f} of the popularity "
        "guess: the network learnt nothing, and a lower learning rate may "
        "help{}{}",
        train_.eval_ks.front(),
        result_.report.epochs.back().test->at.front().precision,
        result_.popularity->at.front().precision,
        model_path_.empty() ? "" : "; it is saved as ", result_.model_path));
  }
  WarnOfLoss();
  if (!log.failure().empty()) throw Error(log.failure());
  return result_.report.stopped ? InterruptGuard::Code() : kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeTrain() {
  return std::make_unique<TrainCommand>();
}

}  // namespace slide::cli
