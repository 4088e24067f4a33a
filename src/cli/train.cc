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
#include "cli/json_keys.h"
#include "cli/known_data.h"
#include "cli/machine_info.h"
#include "cli/metrics_log.h"
#include "cli/model_saver.h"
#include "cli/network_memory.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/same_file.h"
#include "cli/text_summary.h"
#include "cli/train_output.h"
#include "cli/train_start.h"
#include "cli/training_record.h"
#include "cli/training_weights.h"
#include "cli/update_choice.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/defaults.h"
#include "slide/held_out.h"
#include "slide/model_data.h"
#include "slide/network.h"
#include "slide/output_file.h"
#include "slide/trainer.h"

namespace slide::cli {
namespace {

class TrainCommand final : public Command {
 public:
  TrainCommand() : Command("train", "Train a network and evaluate it") {
    line_.AddArgument(
        "TRAIN", train_path_,
        "Training set: XMC or LibSVM text, documents (lines "
        "'label,...<TAB>text' or '__label__a text'), the features "
        "of a set in two files, packed or not, or a cache; -: "
        "standard input");
    line_.AddFile("test", test_path_, "Test set, evaluated after every epoch");
    line_.AddFile("validation", validation_path_,
                  "Validation set, evaluated after every epoch: the network of "
                  "the epoch with the best mean P@k on it is what is left");
    line_.AddFile("model", model_path_, "Save the trained network here");
    start_.AddTo(line_);
    weights_.AddTo(line_);
    line_.AddFile("labels", labels_path_,
                  "Names of the labels, a line each, packed or not: kept in "
                  "the model; documents have their own");
    line_.AddFile("features", features_path_,
                  "Names of the features, or the vocabulary of vectorize: kept "
                  "in the model; documents have their own");
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
    line_.Add(Fields(held_out_));
    folds_.AddTo(line_);
    line_.Add(Fields(read_));
    known_.AddTo(line_);
    for (OptionField& field : Fields(vectorizer_)) {
      field.group = "Features of documents";
      line_.Add({field});
    }
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
  // Throws: OptionsError for options of a validation set that contradict each
  // other.
  void CheckValidation() const;
  // Throws: DataError.
  void Read(ProgressDisplay& display);
  // Puts names into the card. Throws: DataError; OptionsError for options that
  // do nothing with data of this form.
  void Name(const std::optional<TextSummary>& text);
  // Reads a set that is evaluated. purpose: what a sample is for.
  Dataset ReadEvaluated(const std::string& path, const char* purpose,
                        ProgressDisplay& display);
  // The set that metrics are shown of; null: none.
  const Dataset* shown_data() const noexcept;
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
  HeldOutOptions held_out_;
  ReadOptions read_;
  KnownData known_;
  Checkpoints checkpoints_;
  TrainStart start_;
  TrainingWeights weights_;
  Folds folds_;
  VectorizerOptions vectorizer_;
  std::string train_path_, test_path_, validation_path_;
  std::string labels_path_, features_path_;
  std::string model_path_, metrics_path_, report_path_;
  bool quiet_ = false;
  bool json_ = false;

  Dataset train_data_;
  std::vector<uint64_t> train_samples_;  // without the held-out part
  ModelCard card_;
  std::string text_rows_;  // about documents
  std::optional<Dataset> test_data_, validation_data_;
  TrainResult result_;
  Json epochs_ = Json::array();  // of the report
  ProgressCurve curve_;
};

void TrainCommand::CheckBeforeReading() {
  NetworkOptions network = network_;
  // The data will say; these allow the other options most.
  network.num_features = network.num_labels = ~uint32_t{0};
  network.Validate();
  CheckValidation();
  folds_.Check(line_);
  RefuseSameFile(
      {{"TRAIN", train_path_},
       {"--test", test_path_},
       {"--validation", validation_path_},
       {"--labels", labels_path_},
       {"--features", features_path_},
       {"--input-vectors", start_.vectors()},
       {"--sample-weights", weights_.samples_file()},
       {"--label-weights", weights_.labels_file()},
       {"--config", line_.config_path()},
       {"the labels of TRAIN", LabelsFileOf(train_path_)},
       {"the labels of --test", LabelsFileOf(test_path_)},
       {"the labels of --validation", LabelsFileOf(validation_path_)}},
      {{"--model", model_path_, true},
       {"--metrics", metrics_path_},
       {"--report", report_path_},
       {"--checkpoint", checkpoints_.options().path, true}});
  // The model may take the place of the one that it goes on from.
  RefuseSameFile({{"--from", start_.from()}},
                 {{"--metrics", metrics_path_},
                  {"--report", report_path_},
                  {"--checkpoint", checkpoints_.options().path, true}});
  if (!start_.from().empty() && !checkpoints_.resume_file().empty()) {
    throw OptionsError(fmt::format(
        "--from, --resume: got both ({}, {}), expected one of them; --resume "
        "without a file goes on with the run of --checkpoint, which began from "
        "the model",
        start_.from(), checkpoints_.resume_file()));
  }
  checkpoints_.RefuseSameFiles({{"--model", model_path_, true},
                                {"--metrics", metrics_path_},
                                {"--report", report_path_}});
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
  start_.Load(line_, {network_, train_, vectorizer_});
  if (checkpoints_.run() != nullptr) {
    start_.CheckResumed(checkpoints_.from(), *checkpoints_.run());
  }
  Put(stderr, replaced);
}

void TrainCommand::CheckValidation() const {
  const bool holds_out = held_out_.share > 0.0;
  if (!validation_path_.empty() && holds_out) {
    throw OptionsError(
        fmt::format("--validation, --validation-share: got both ({}, {}), "
                    "expected one of them",
                    validation_path_, held_out_.share));
  }
  if (line_.WasGiven("patience") && validation_path_.empty() && !holds_out) {
    throw OptionsError(
        fmt::format("--patience: got {} without a validation set, expected "
                    "--validation FILE or --validation-share X with it",
                    train_.patience));
  }
}

Dataset TrainCommand::ReadEvaluated(const std::string& path,
                                    const char* purpose,
                                    ProgressDisplay& display) {
  display.ShowStatus(fmt::format("reading {}", path));
  auto [data, card, text] = ReadToEvaluate(path, card_, read_);
  if (text) known_.Check(path, *text);
  if (text && text->num_unknown_labels > 0) {
    text_rows_ += fmt::format("{:<10} {} labels in {} that {} does not have\n",
                              "left out", FormatCount(text->num_unknown_labels),
                              path, train_path_);
  }
  if (data.size() == 0) {
    throw DataError(fmt::format("{}: got no sample, expected one or more to {}",
                                path, purpose));
  }
  // Damage that an evaluation would find is better found before training.
  data.CheckAll();
  return known_.Keep(path, data,
                     {.num_features = std::max(train_data_.num_features(),
                                               start_.num_known_features()),
                      .normalized = card_.normalized.value_or(read_.normalize),
                      .num_labels = std::max(train_data_.num_labels(),
                                             start_.num_known_labels())},
                     read_);
}

const Dataset* TrainCommand::shown_data() const noexcept {
  if (test_data_) return &*test_data_;
  return validation_data_ ? &*validation_data_ : nullptr;
}

void TrainCommand::Read(ProgressDisplay& display) {
  if (!quiet_) {
    read_.on_remark = [&display](const std::string& text) {
      display.Clear();
      PutRemark(text);
    };
  }
  const Clock::time_point start = Clock::now();
  display.ShowStatus(fmt::format("reading {}", train_path_));
  ModelData train = start_.Read(train_path_, read_, vectorizer_);
  train_data_ = std::move(train.data);
  card_ = std::move(train.card);
  Name(train.text);
  weights_.ReadSamples(train_data_.size());
  start_.Settle({train_path_, train_data_, card_, train_.freeze}, network_);
  if (!test_path_.empty()) {
    test_data_ = ReadEvaluated(test_path_, "test on", display);
  }
  if (!validation_path_.empty()) {
    validation_data_ =
        ReadEvaluated(validation_path_, "choose the best epoch on", display);
  }
  if (held_out_.share > 0.0 && !folds_.are_wanted()) {
    HeldOutSplit split = SplitHeldOut(train_data_, held_out_);
    train_samples_ = std::move(split.train_samples);
    train_data_ = std::move(split.train);
    validation_data_ = std::move(split.held_out);
  }
  result_.load_seconds = SecondsSince(start);
  if (train_data_.num_features() == 0 || train_data_.num_labels() == 0) {
    const bool is_text = !card_.vocabulary.empty();
    throw DataError(fmt::format(
        "{}: got {}{} features and {} labels, expected one or more of each{}",
        train_path_, is_text ? "text with " : "", train_data_.num_features(),
        train_data_.num_labels(),
        is_text ? fmt::format("; no word counts that is in fewer than {} "
                              "documents (--min-count)",
                              vectorizer_.min_count)
                : ""));
  }
}

void TrainCommand::Name(const std::optional<TextSummary>& text) {
  const auto refuse = [&](std::string_view flag, const char* data) {
    if (!line_.WasGiven(flag)) return;
    throw OptionsError(fmt::format("--{}: does nothing with {}, which {}", flag,
                                   train_path_, data));
  };
  if (text) {
    refuse("labels", "holds documents: their labels are names");
    refuse("features", "holds documents, whose terms are learned");
    text_rows_ = FormatText(*text, /*learned=*/start_.from().empty());
    return;
  }
  for (const OptionField& field : Fields(vectorizer_)) {
    if (field.flag != "no-normalize") refuse(field.flag, "holds no documents");
  }
  if (!labels_path_.empty()) {
    AddLabelNames(labels_path_,
                  std::max(train_data_.num_labels(), network_.num_labels),
                  card_, network_.num_labels);
  }
  if (!features_path_.empty()) {
    AddFeatureNames(features_path_,
                    std::max(train_data_.num_features(), network_.num_features),
                    card_);
  }
}

void TrainCommand::Record(const EpochReport* epoch, Network& network) const {
  ModelCard card = network.card();
  card.training =
      RecordOf({.train = train_path_,
                .test = test_path_,
                .validation = validation_path_.empty()
                                  ? fmt::format("{} of {}", held_out_.share,
                                                FileName(train_path_))
                                  : validation_path_},
               train_data_, train_, epoch);
  card.training->command = RepeatingCommand(line_, train_path_);
  network.SetCard(std::move(card));
}

void TrainCommand::PrintHead() const {
  Put(stdout, FormatData("train", train_path_, train_data_));
  if (test_data_) Put(stdout, FormatData("test", test_path_, *test_data_));
  if (validation_data_) {
    const std::string from =
        validation_path_.empty()
            ? fmt::format("{} of {}", held_out_.share, train_path_)
            : validation_path_;
    Put(stdout, FormatData("validation", from, *validation_data_));
  }
  Put(stdout, text_rows_);
  Put(stdout, start_.FormatRows());
  Put(stdout, weights_.FormatRow());
  Put(stdout, FormatNetwork(network_, train_));
  Put(stdout, fmt::format("{:<10} {}\n", "threads", train_.num_threads));
  Put(stdout, checkpoints_.FormatResumed());
  if (folds_.are_wanted()) return;
  Put(stdout, FormatEpochHead(train_.eval_ks,
                              {.test = test_data_.has_value(),
                               .validation = validation_data_.has_value()}));
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
    if (test_data_) test_data_->ThrowIfDamaged();
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
    const EvaluationSets sets = {
        .test = test_data_ ? &*test_data_ : nullptr,
        .validation = validation_data_ ? &*validation_data_ : nullptr};
    return checkpoints_.from().empty()
               ? trainer.Fit(train_data_, sets, on_progress,
                             checkpoints_.options())
               : trainer.Resume(checkpoints_.from(), train_data_, sets,
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
  if (shown_data() != nullptr || report.epochs.empty()) return;
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
          {"title", fmt::format("training on {}", FileName(train_path_))},
          {"command", RepeatingCommand(line_, train_path_)},
          {"options",
           {{"network", Json::parse(ToJson(Fields(network_)))},
            {"train", Json::parse(ToJson(Fields(train_)))}}},
          {"machine", MachineJson(ReadMachineInfo())},
          {"result", result},
          {"epochs", epochs_},
          {"progress", curve_.ToJson()}};
}

ExitCode TrainCommand::RunFolds(ProgressDisplay& display) {
  const FoldTask task = {
      .data = train_data_,
      .train = train_,
      .validation = validation_data_ ? &*validation_data_ : nullptr,
      .held_out = held_out_,
      .make_network =
          [&] { return start_.Make(network_, card_, train_.num_threads); },
      .make_weights =
          [&](const Dataset& part, const std::vector<uint64_t>& samples) {
            return weights_.For(part, samples, network_.num_labels, card_);
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
  if (json_) {
    Json json = folds_.ToJson();
    json["interrupted"] = !is_done;
    json["threads"] = train_.num_threads;
    json["seed"] = network_.seed;
    PutJson(stdout, "folds", json);
  } else if (prints) {
    Put(stdout, folds_.FormatSummary());
  }
  return is_done ? kSuccess : InterruptGuard::Code();
}

ExitCode TrainCommand::Run() {
  CheckBeforeReading();
  ChooseUpdate(line_, train_);
  train_.num_threads = NumThreads(train_.num_threads);
  train_.index_reports = !metrics_path_.empty() || !report_path_.empty();
  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  Read(display);
  network_ = SettledFor(train_data_, network_);
  train_ = SettledFor(train_data_, network_, train_);
  RequireBatches(line_, train_);
  RequireNetworkMemory(train_path_, train_data_, network_);
  if (folds_.are_wanted()) return RunFolds(display);
  ModelSaver saver(model_path_);
  // The header and the hash centers, besides the rows.
  constexpr uint64_t kOthers = uint64_t{64} << 10;
  const NetworkMemory memory = Network::MemoryOf(network_);
  saver.CheckRoom(memory.layers + kOthers + card_.label_names.lines().size() +
                  card_.feature_names.lines().size() + card_.vocabulary.size());
  // The network, the best one, and two bytes for four of the tables'.
  checkpoints_.CheckRoom(memory.layers * (validation_data_ ? 2 : 1) +
                         memory.tables / 2 + kOthers);
  LossWeights weights =
      weights_.For(train_data_, train_samples_, network_.num_labels, card_);
  Network network = start_.Make(network_, std::move(card_), train_.num_threads);
  if (const CheckpointInfo* run = checkpoints_.run()) {
    // The model of --from may be the one that this run has left meanwhile.
    ModelCard card = network.card();
    card.earlier_trainings = run->earlier_trainings;
    network.SetCard(std::move(card));
  }
  Trainer trainer(network, train_, std::move(weights));
  network_ = network.options();  // settled
  if (shown_data() != nullptr) {
    EvaluateOptions options;
    options.ks = train_.eval_ks;
    options.num_samples = train_.eval_samples;
    options.seed = network_.seed;
    options.num_threads = train_.num_threads;
    result_.popularity =
        EvaluatePopularity(train_data_, *shown_data(), options);
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
  if (json_) {
    PutJson(stdout, "train", json);
  } else if (!quiet_) {
    Put(stdout, FormatSummary(result_));
  }
  WriteReport(report_path_, ReportData(json));
  if (learnt_nothing) {
    if (!log.failure().empty()) {
      Put(stderr, fmt::format("slide: {}\n", log.failure()));
    }
    throw Error(fmt::format(
        "P@{} on the {} set is {:.4f}, below the {:.4f} of the popularity "
        "guess: the network learnt nothing, and a lower learning rate may "
        "help{}{}",
        train_.eval_ks.front(), test_data_ ? "test" : "validation",
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
