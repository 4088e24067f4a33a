// `slide train`: reads the data, trains a network, evaluates it after every
// epoch, and saves it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/checkpoints.h"
#include "cli/commands.h"
#include "cli/folds.h"
#include "cli/interrupt.h"
#include "cli/machine_info.h"
#include "cli/metrics_log.h"
#include "cli/model_saver.h"
#include "cli/network_memory.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/same_file.h"
#include "cli/train_output.h"
#include "cli/train_start.h"
#include "cli/training_record.h"
#include "cli/training_sets.h"
#include "cli/training_weights.h"
#include "cli/update_choice.h"
#include "slide/cpu.h"
#include "slide/defaults.h"
#include "slide/network.h"
#include "slide/output_file.h"
#include "slide/trainer.h"

namespace slide::cli {
namespace {

class TrainCommand final : public Command {
 public:
  TrainCommand() : Command("train", "Train a network and evaluate it") {
    sets_.AddSets(line_);
    line_.AddFile("model", model_path_, "Save the trained network here");
    start_.AddTo(line_);
    weights_.AddTo(line_);
    sets_.AddNames(line_);
    line_.AddFile("metrics", metrics_path_,
                  "Write a JSON object a line after every epoch");
    line_.AddFile("report", report_path_,
                  "Write a page with charts of the training, a single HTML "
                  "file");
    checkpoints_.AddTo(line_);
    line_.AddConfig();
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(network_));
    line_.Add(Fields(train_));
    sets_.AddHeldOut(line_);
    folds_.AddTo(line_);
    sets_.AddReading(line_);
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
  void CheckBeforeReading();
  // Throws: DataError.
  void Read(ProgressDisplay& display);
  void PrintHead() const;
  // Trains. Throws: as Trainer::Fit, after the epoch that was kept is saved.
  TrainReport Fit(Trainer& trainer, Network& network, ProgressDisplay& display,
                  MetricsLog& log, ModelSaver& saver);
  // Says in the network's card how it was trained. epoch: as RecordOf.
  void Record(const EpochReport* epoch, Network& network) const;
  // The object of a report. result: of --json.
  Json ReportData(const Json& result);
  // Trains and evaluates a network for each fold.
  ExitCode RunFolds(ProgressDisplay& display);
  // Whether the finished network guesses worse than the popularity guess.
  bool LearntNothing() const;
  // Prints a warning where, without data to evaluate on, the loss says so.
  void WarnOfLoss() const;

  NetworkOptions network_;
  TrainOptions train_;
  Checkpoints checkpoints_;
  TrainStart start_;
  TrainingWeights weights_;
  Folds folds_;
  TrainingSets sets_;
  std::string model_path_, metrics_path_, report_path_;

  TrainResult result_;
  Json epochs_ = Json::array();  // of the report
  ProgressCurve curve_;
};

void TrainCommand::CheckBeforeReading() {
  NetworkOptions network = network_;
  // The data will say; these allow the other options most.
  network.num_features = network.num_labels = ~uint32_t{0};
  network.Validate();
  sets_.CheckValidation(line_, train_.patience);
  folds_.Check(line_);
  std::vector<NamedFile> inputs = sets_.Files();
  inputs.insert(inputs.end(), {{"--input-vectors", start_.vectors()},
                               {"--sample-weights", weights_.samples_file()},
                               {"--label-weights", weights_.labels_file()},
                               {"--config", line_.config_path()}});
  const std::vector<NamedFile> outputs = {
      {"--model", model_path_, true},
      {"--metrics", metrics_path_},
      {"--report", report_path_},
      {"--checkpoint", checkpoints_.options().path, true}};
  RefuseSameFile(inputs, outputs);
  // The model may take the place of the one that it goes on from.
  RefuseSameFile({{"--from", start_.from()}},
                 {outputs.begin() + 1, outputs.end()});
  if (!start_.from().empty() && !checkpoints_.resume_file().empty()) {
    throw OptionsError(fmt::format(
        "--from, --resume: got both ({}, {}), expected one of them; --resume "
        "without a file goes on with the run of --checkpoint, which began from "
        "the model",
        start_.from(), checkpoints_.resume_file()));
  }
  checkpoints_.RefuseSameFiles({outputs.begin(), outputs.end() - 1});
  if (model_path_ == "-" && (!quiet_ || json_)) {
    throw OptionsError(
        "--model: got '-', the standard output, to which the summary goes; "
        "expected --quiet with it, and no --json");
  }
  if (!metrics_path_.empty()) {
    CheckWritable(metrics_path_, 0, OutputFile::Placement::kInPlace);
  }
  CheckReport(report_path_, !quiet_ || json_);
  ModelSaver(model_path_).CheckRoom(0);
  const std::string replaced = ModelSaver(model_path_).CheckPlace();
  checkpoints_.Check();
  start_.Load(line_, {network_, train_, sets_.vectorizer()});
  if (checkpoints_.run() != nullptr) {
    start_.CheckResumed(checkpoints_.from(), *checkpoints_.run());
  }
  Put(stderr, replaced);
}

void TrainCommand::Read(ProgressDisplay& display) {
  const Clock::time_point start = Clock::now();
  sets_.ReadTrain({line_, start_}, display);
  weights_.ReadSamples(sets_.train().size());
  start_.Settle({sets_.path(), sets_.train(), sets_.card(), train_.freeze},
                network_);
  sets_.ReadEvaluated(start_, /*splits=*/!folds_.are_wanted(), display);
  result_.load_seconds = SecondsSince(start);
}

void TrainCommand::Record(const EpochReport* epoch, Network& network) const {
  ModelCard card = network.card();
  card.training =
      RecordOf({.train = sets_.path(),
                .test = sets_.test_path(),
                .validation = sets_.ValidationName(FileName(sets_.path()))},
               sets_.train(), train_, epoch);
  card.training->command = RepeatingCommand(line_, sets_.path());
  network.SetCard(std::move(card));
}

void TrainCommand::PrintHead() const {
  Put(stdout, sets_.FormatRows());
  Put(stdout, start_.FormatRows());
  Put(stdout, weights_.FormatRow());
  Put(stdout, FormatNetwork(network_, train_));
  Put(stdout, Row("threads", fmt::to_string(train_.num_threads)));
  Put(stdout, checkpoints_.FormatResumed());
  if (folds_.are_wanted()) return;
  Put(stdout, FormatEpochHead(train_.eval_ks,
                              {.test = sets_.test() != nullptr,
                               .validation = sets_.validation() != nullptr}));
  if (checkpoints_.run() == nullptr) return;
  for (const EpochReport& epoch : checkpoints_.run()->epochs) {
    Put(stdout, FormatEpoch(epoch));
  }
}

TrainReport TrainCommand::Fit(Trainer& trainer, Network& network,
                              ProgressDisplay& display, MetricsLog& log,
                              ModelSaver& saver) {
  const Clock::time_point start = Clock::now();
  double train_seconds = 0.0;
  int best_epoch = 0;
  if (const CheckpointInfo* run = checkpoints_.run()) {
    for (const EpochReport& epoch : run->epochs) {
      train_seconds += epoch.train_seconds;
      epochs_.push_back(EpochJson(epoch, train_seconds));
    }
    best_epoch = run->best_epoch;
  }
  const auto on_progress = [&](const Progress& progress) {
    if (sets_.test() != nullptr) sets_.test()->ThrowIfDamaged();
    display.Update(progress);
    curve_.Add(progress);
    if (progress.checkpoint != nullptr) {
      const std::string failure =
          Checkpoints::FormatFailure(*progress.checkpoint);
      if (!failure.empty()) display.Clear();
      Put(stderr, failure);
    }
    if (progress.finished_epoch != nullptr) {
      const EpochReport& epoch = *progress.finished_epoch;
      train_seconds += epoch.train_seconds;
      if (epoch.is_best) best_epoch = epoch.epoch;
      const Json line =
          EpochJson(progress, train_seconds, SecondsSince(start),
                    train_.num_threads, network_.seed, best_epoch);
      log.Write(line);
      epochs_.push_back(line);
      if (!quiet_ && !json_) {
        display.Clear();
        Put(stdout, FormatEpoch(epoch));
      }
      // The last one, or the best, is saved as the model.
      if (epoch.epoch < *train_.epochs &&
          (!epoch.validation || epoch.is_best)) {
        Record(&epoch, network);
        saver.KeepEpoch(network, epoch.epoch);
      }
    }
    return !InterruptGuard::Interrupted();
  };
  try {
    const EvaluationSets evaluated = {.test = sets_.test(),
                                      .validation = sets_.validation()};
    return checkpoints_.from().empty()
               ? trainer.Fit(sets_.train(), evaluated, on_progress,
                             checkpoints_.options())
               : trainer.Resume(checkpoints_.from(), sets_.train(), evaluated,
                                on_progress, checkpoints_.options());
  } catch (...) {  // thrown on, after the kept epoch is saved
    display.Clear();
    try {
      // Its curves show how it went wrong.
      WriteReport(report_path_, ReportData(Json::object()));
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
  const std::optional<Metrics>& shown = ShownMetrics(*LastingEpoch(report));
  return shown && shown->num_samples >= kMinSamples &&
         IsBelowGuess(*shown, *result_.popularity);
}

void TrainCommand::WarnOfLoss() const {
  const TrainReport& report = result_.report;
  if (sets_.shown() != nullptr || report.epochs.empty()) return;
  const double last = report.epochs.back().train_loss;
  if (last <= report.first_loss) return;
  Put(stderr,
      fmt::format("slide: warning: the training loss ended at {:.4g}, above "
                  "the {:.4g} that it began with; a lower learning rate may "
                  "help, and --test says more\n",
                  last, report.first_loss));
}

Json TrainCommand::ReportData(const Json& result) {
  return {{"kind", "training"},
          {"title", fmt::format("training on {}", FileName(sets_.path()))},
          {"command", RepeatingCommand(line_, sets_.path())},
          {"options",
           {{"network", Json::parse(ToJson(Fields(network_)))},
            {"train", Json::parse(ToJson(Fields(train_)))}}},
          {"machine", MachineJson()},
          {"result", result},
          {"epochs", epochs_},
          {"progress", curve_.ToJson()}};
}

ExitCode TrainCommand::RunFolds(ProgressDisplay& display) {
  const FoldTask task = {
      .data = sets_.train(),
      .train = train_,
      .validation = sets_.validation(),
      .held_out = sets_.held_out(),
      .make_network =
          [&] {
            return start_.Make(network_, sets_.card(), train_.num_threads);
          },
      .make_weights =
          [&](const Dataset& part, const std::vector<uint64_t>& samples) {
            return weights_.For(part, samples, network_.num_labels,
                                sets_.card());
          }};
  const bool prints = !quiet_ && !json_;
  display.Clear();
  if (prints) {
    Network first = task.make_network();
    // It settles what is left open.
    [[maybe_unused]] const Trainer trainer(first, train_);
    network_ = first.options();
    PrintHead();
    Put(stdout, Folds::FormatHead(train_.eval_ks));
  }
  const InterruptGuard guard;
  const bool is_done =
      folds_.Run(task, display, [&](int fold, const FoldResult& result) {
        if (prints) Put(stdout, Folds::FormatFold(fold, result));
      });
  display.Clear();
  Json json = folds_.ToJson();
  json["interrupted"] = !is_done;
  json["threads"] = train_.num_threads;
  json["seed"] = network_.seed;
  PutSummary("folds", json, folds_.FormatSummary());
  return is_done ? kSuccess : InterruptGuard::Code();
}

ExitCode TrainCommand::Run() {
  CheckBeforeReading();
  ChooseUpdate(line_, train_);
  train_.num_threads = NumThreads(train_.num_threads);
  train_.index_reports = !metrics_path_.empty() || !report_path_.empty();
  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  Read(display);
  network_ = SettledFor(sets_.train(), network_);
  train_ = SettledFor(sets_.train(), network_, train_);
  RequireBatches(line_, train_);
  RequireNetworkMemory(sets_.path(), sets_.train(), network_);
  if (folds_.are_wanted()) return RunFolds(display);
  ModelSaver saver(model_path_);
  // The header and the hash centers, besides the rows.
  constexpr uint64_t kOthers = uint64_t{64} << 10;
  const NetworkMemory memory = Network::MemoryOf(network_);
  saver.CheckRoom(memory.layers + kOthers +
                  sets_.card().label_names.lines().size() +
                  sets_.card().feature_names.lines().size() +
                  sets_.card().vocabulary.size());
  // The network, the best one, and two bytes for four of the tables'.
  checkpoints_.CheckRoom(memory.layers *
                             (sets_.validation() != nullptr ? 2 : 1) +
                         memory.tables / 2 + kOthers);
  LossWeights weights = weights_.For(sets_.train(), sets_.train_samples(),
                                     network_.num_labels, sets_.card());
  Network network =
      start_.Make(network_, std::move(sets_.card()), train_.num_threads);
  if (const CheckpointInfo* run = checkpoints_.run()) {
    // The model of --from may be the one that this run has left meanwhile.
    ModelCard card = network.card();
    card.earlier_trainings = run->earlier_trainings;
    network.SetCard(std::move(card));
  }
  Trainer trainer(network, train_, std::move(weights));
  network_ = network.options();  // settled
  if (sets_.shown() != nullptr) {
    EvaluateOptions options;
    options.ks = train_.eval_ks;
    options.num_samples = train_.eval_samples;
    options.seed = network_.seed;
    options.num_threads = train_.num_threads;
    result_.popularity =
        EvaluatePopularity(sets_.train(), *sets_.shown(), options);
  }
  display.Clear();
  if (!quiet_ && !json_) PrintHead();

  MetricsLog log(metrics_path_, checkpoints_.num_finished_epochs());
  const InterruptGuard guard;
  result_.num_epochs = *train_.epochs;
  result_.seed = train_.seed.value_or(network_.seed);
  result_.report = Fit(trainer, network, display, log, saver);

  result_.sparse_part = network.sparse_part();
  Record(LastingEpoch(result_.report), network);
  display.Clear();
  if (result_.report.stopped) {
    Put(stderr, checkpoints_.FormatStopped(result_.report, quiet_));
  }
  const bool learnt_nothing = LearntNothing();
  result_.model_path = learnt_nothing
                           ? saver.SaveBeside(network, ".below-guess")
                           : saver.Save(network);
  Json json = TrainJson(result_);
  start_.AddTo(json);
  PutSummary("train", json, FormatSummary(result_));
  WriteReport(report_path_, ReportData(json));
  if (learnt_nothing) {
    if (!log.failure().empty()) PutRemark(log.failure());
    throw Error(fmt::format(
        "P@{} on the {} set is {:.4f}, below the {:.4f} of the popularity "
        "guess: the network learnt nothing, and a lower learning rate may "
        "help{}{}",
        train_.eval_ks.front(), sets_.test() != nullptr ? "test" : "validation",
        ShownMetrics(*LastingEpoch(result_.report))->at.front().precision,
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
