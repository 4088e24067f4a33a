// `slide train`: reads the data, trains a network, evaluates it after every
// epoch, and saves it.
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/train_output.h"
#include "slide/cpu.h"
#include "slide/network.h"
#include "slide/output_file.h"
#include "slide/trainer.h"

namespace slide::cli {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

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
    Put(file_.get(), json.dump() + "\n");
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

}  // namespace

TrainCommand::TrainCommand(CLI::App& parent)
    : Command(parent, "train", "Train a network and evaluate it") {
  // Known once the data is read; until then the other fields are checked beside
  // numbers that allow them most.
  network_.num_features = std::numeric_limits<uint32_t>::max();
  network_.num_labels = std::numeric_limits<uint32_t>::max();
  AddFiles();
  AddNetwork();
  AddTraining();
}

void TrainCommand::AddFiles() {
  app_.add_option("TRAIN", train_path_,
                  "Training set: XMC or LibSVM text, plain, gzip or zstd;\n"
                  "-: standard input")
      ->required()
      ->type_name("");
  app_.add_option("--test", test_path_, "Test set, evaluated after every epoch")
      ->type_name("FILE");
  app_.add_option("--model", model_path_, "Save the trained network here")
      ->type_name("FILE");
  app_.add_option("--metrics", metrics_path_,
                  "Write a JSON object a line after every epoch")
      ->type_name("FILE");
  AddFlag(app_, "--quiet", quiet_, "Print nothing but errors (and --json)");
  AddFlag(app_, "--json", json_,
          "Print one JSON object instead of the summary");
  AddReadOptions(app_, read_, no_normalize_);
}

void TrainCommand::AddNetwork() {
  const auto check = [this] { network_.Validate(); };
  AddOption(app_, "--hidden", network_.hidden, check,
            "Hidden layers: N[,N...], each with words behind it:\n"
            "N:tanh or N:linear instead of ReLU, N:active=M for a\n"
            "hashed layer of which M neurons are active in a sample,\n"
            "and of such a one how many its tables find and its hash:\n"
            "N:active=M:candidates=C:dwta:hashes=K:tables=L");
  AddOption(app_, "--init-scale", network_.init_scale, check,
            "Size of the first random weights");
  AddChoice<Precision>(app_, "--precision", network_.precision,
                       {{"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}},
                       "Weights in 32 bits, or in 16: half the memory");
  AddChoice<Optimizer>(app_, "--optimizer", network_.optimizer,
                       {{"row-adagrad", Optimizer::kRowAdagrad},
                        {"adam", Optimizer::kAdam},
                        {"adagrad", Optimizer::kAdagrad},
                        {"sgd", Optimizer::kSgd}},
                       "How weights move along their gradient");
  AddChoice<HashKind>(app_, "--hash", network_.hash.kind,
                      {{"simhash", HashKind::kSimHash},
                       {"wta", HashKind::kWta},
                       {"dwta", HashKind::kDwta},
                       {"minhash", HashKind::kMinHash},
                       {"none", HashKind::kNone}},
                      "What the tables hash by; none: no tables");
  AddOption(app_, "--hashes-per-table", network_.hash.hashes_per_table, check,
            "Hashes joined into one bucket address (K); auto: so that\n"
            "a sample's buckets hold about --max-hashed neurons");
  AddOption(app_, "--tables", network_.hash.num_tables, check,
            "Hash tables (L); auto: a quarter of --max-hashed, 10..100");
  AddOption(app_, "--table-bits", network_.hash.table_bits, check,
            "Bits of a bucket address at most");
  AddOption(app_, "--bucket-capacity", network_.hash.bucket_capacity, check,
            "Neurons a bucket keeps; 0: all");
  AddChoice<BucketPolicy>(
      app_, "--bucket-policy", network_.hash.bucket_policy,
      {{"fifo", BucketPolicy::kFifo}, {"reservoir", BucketPolicy::kReservoir}},
      "Which: the last that came, or any");
  AddChoice<bool>(app_, "--hash-center", network_.hash.centered,
                  {{"mean", true}, {"none", false}},
                  "What is taken from a sample's activations before they are\n"
                  "hashed: their mean, or nothing");
}

void TrainCommand::AddTraining() {
  const auto check = [this] { train_.Validate(); };
  AddOption(app_, "--epochs", train_.epochs, check,
            "Passes over the training set");
  AddOption(app_, "--seed", network_.seed, check,
            "Seed of weights, hashes, order and random neurons");
  AddChoice<Loss>(app_, "--loss", train_.loss,
                  {{"softmax", Loss::kSoftmax},
                   {"decoupled", Loss::kDecoupled},
                   {"sigmoid", Loss::kSigmoid}},
                  "Loss: cross-entropy over all labels of a sample\n"
                  "together, each label against the negatives, or each\n"
                  "neuron a yes or no of its own");
  AddChoice<std::optional<BiasInit>>(
      app_, "--bias-init", train_.bias_init,
      {{"auto", std::nullopt},
       {"zero", BiasInit::kZero},
       {"log-prior", BiasInit::kLogPrior}},
      "Biases of the output at the start: 0, or the log odds of\n"
      "the labels in the training set; auto: these for sigmoid");
  AddOption(app_, "--learning-rate", train_.learning_rate, check,
            "Step of the optimizer at the start; auto: by optimizer");
  AddChoice<Schedule>(app_, "--schedule", train_.schedule,
                      {{"constant", Schedule::kConstant},
                       {"linear", Schedule::kLinear},
                       {"cosine", Schedule::kCosine}},
                      "How the learning rate falls");
  AddOption(app_, "--warmup", train_.warmup_share, check,
            "Share of the training over which it rises from 0 first");
  AddOption(app_, "--final-rate-share", train_.final_rate_share, check,
            "Share of the learning rate left at the end");
  AddOption(app_, "--layer-rates", train_.layer_rates, check,
            "Learning rates of the layers from the input to the output,\n"
            "as multiples of --learning-rate: X[,X...]; auto: by width,\n"
            "1 at 128");
  AddOption(app_, "--bias-rate", train_.bias_rate, check,
            "Learning rate of biases, as a multiple of their layer's");
  AddOption(app_, "--weight-decay", train_.weight_decay, check,
            "Times the learning rate: share of each touched weight that\n"
            "a step takes");
  AddOption(app_, "--clip-norm", train_.clip_norm, check,
            "Norm that a sample's gradient is scaled down to; 0: none");
  AddOption(app_, "--input-dropout", train_.input_dropout, check,
            "Share of a sample's features that a step leaves out");
  AddOption(app_, "--hidden-dropout", train_.hidden_dropout, check,
            "Share of the hidden activations that a step leaves out");
  AddChoice<UpdateMode>(
      app_, "--update", train_.update,
      {{"hogwild", UpdateMode::kHogwild}, {"batched", UpdateMode::kBatched}},
      "When weights move: with every sample, without locks,\n"
      "or with every batch, the same for any number of threads");
  AddOption(app_, "--batch-size", train_.batch_size, check,
            "Samples in a batch of batched updates");
  AddOption(app_, "--momentum", train_.momentum, check,
            "Of sgd: share of the velocity that is kept");
  AddOption(app_, "--beta1", train_.beta1, check,
            "Of adam: share of the first moment that is kept");
  AddOption(app_, "--beta2", train_.beta2, check,
            "Of adam: share of the second moment that is kept");
  AddChoice<Rounding>(
      app_, "--rounding", train_.rounding,
      {{"stochastic", Rounding::kStochastic}, {"nearest", Rounding::kNearest}},
      "Of bf16 weights");
  AddChoice<SamplingStrategy>(app_, "--sampling", train_.sampling.strategy,
                              {{"vanilla", SamplingStrategy::kVanilla},
                               {"top-k", SamplingStrategy::kTopK},
                               {"threshold", SamplingStrategy::kThreshold}},
                              "Neurons taken from the tables: the first met, "
                              "those in most\nof the sample's buckets, or any "
                              "in --min-hits of them");
  AddOption(app_, "--min-hits", train_.sampling.min_hits, check,
            "Of threshold sampling");
  AddOption(app_, "--max-hashed", train_.sampling.max_hashed, check,
            "Neurons taken from the tables at most, a sample");
  AddOption(app_, "--neighbours", train_.sampling.max_neighbours, check,
            "Labels drawn from samples that share features, a sample");
  AddOption(app_, "--random-negatives", train_.sampling.random_negatives, check,
            "Random negatives: neurons drawn at random, a sample");
  AddOption(app_, "--frequency-share", train_.sampling.frequency_share, check,
            "How they are drawn: 0 evenly, 1 by label frequency");
  AddOption(app_, "--gradient-floor", train_.gradient_floor, check,
            "Gradients of output neurons below this are rounded at random\n"
            "to 0 or to it, their mean kept");
  AddChoice<Correction>(
      app_, "--correction", train_.sampling.correction,
      {{"logq", Correction::kLogQ}, {"none", Correction::kNone}},
      "logq: random negatives stand for all neurons that were\n"
      "not selected (logQ correction); none: for themselves");
  AddChoice<RebuildMode>(app_, "--rebuild", train_.rebuild.mode,
                         {{"pause", RebuildMode::kPause},
                          {"background", RebuildMode::kBackground}},
                         "Whether training waits while tables are built, or\n"
                         "a thread of its own builds them");
  AddOption(app_, "--rebuild-every", train_.rebuild.every, check,
            "Samples between the first two builds of the tables;\n"
            "auto: by the number of labels");
  AddOption(app_, "--rebuild-decay", train_.rebuild.decay, check,
            "Growth of that interval; 0: even intervals");
  AddOption(app_, "--drift-limit", train_.rebuild.drift_limit, check,
            "Share of addresses out of date that brings a rebuild\n"
            "before its time; 1: none does");
  AddOption(app_, "--shuffle-memory", train_.shuffle_mebibytes, check,
            "MiB of a cache in memory at a time, shuffled in parts that\n"
            "fit; 0: all of it");
  AddOption(app_, "--eval-samples", train_.eval_samples, check,
            "Test samples looked at in an evaluation; 0: all");
  AddOption(app_, "--k", train_.eval_ks, check,
            "Cuts of the metrics: K[,K...]");
}

void TrainCommand::CheckOptionsGoTogether() const {
  network_.Validate();
  struct Rule {
    const char* option;
    bool has_meaning;
    const char* with;
  };
  const bool is_adam = network_.optimizer == Optimizer::kAdam;
  for (const Rule& rule :
       {Rule{"--min-hits",
             train_.sampling.strategy == SamplingStrategy::kThreshold,
             "--sampling threshold"},
        Rule{"--bucket-policy", network_.hash.bucket_capacity > 0,
             "--bucket-capacity"},
        Rule{"--batch-size", train_.update == UpdateMode::kBatched,
             "--update batched"},
        Rule{"--final-rate-share", train_.schedule != Schedule::kConstant,
             "--schedule linear or cosine"},
        Rule{"--momentum", network_.optimizer == Optimizer::kSgd,
             "--optimizer sgd"},
        Rule{"--beta1", is_adam, "--optimizer adam"},
        Rule{"--beta2", is_adam, "--optimizer adam"},
        Rule{"--rounding", network_.precision == Precision::kBf16,
             "--precision bf16"}}) {
    if (app_.count(rule.option) == 0 || rule.has_meaning) continue;
    throw OptionsError(
        fmt::format("{}: allowed with {}", rule.option, rule.with));
  }
}

void TrainCommand::CheckOutputs() const {
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
  CheckOptionsGoTogether();
  CheckOutputs();
  read_.normalize = !no_normalize_;
  train_.num_threads = NumThreads(read_.num_threads);
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
        "{}: has {} features and {} labels; allowed is one or more of each",
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
    Put(stdout, TrainJson(result).dump() + "\n");
  } else if (print) {
    Put(stdout, FormatSummary(result));
  }
  log.Close();
  return result.report.stopped ? kInterrupted : kSuccess;
}

}  // namespace slide::cli
