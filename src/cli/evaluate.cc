// `slide evaluate`: the metrics of a saved network on a labelled data set.
#include <fmt/format.h>

#include <chrono>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/summary.h"
#include "slide/cpu.h"
#include "slide/network.h"

namespace slide::cli {

EvaluateCommand::EvaluateCommand(CLI::App& parent)
    : Command(parent, "evaluate", "Evaluate a saved network") {
  const auto check = [this] { evaluate_.Validate(); };
  app_.add_option("MODEL", model_path_, "Network that train saved")
      ->required()
      ->type_name("");
  app_.add_option("DATA", data_path_, "Data set with labels")
      ->required()
      ->type_name("");
  AddOption(app_, "--k", evaluate_.ks, check, "Cuts of the metrics: K[,K...]");
  app_.add_option("--propensities", propensities_path_,
                  "Training set whose label frequencies give the\n"
                  "propensities; without it no PSP and PSnDCG")
      ->type_name("TRAIN");
  AddOption(app_, "--samples", evaluate_.num_samples, check,
            "Samples looked at, drawn by --seed; 0: all");
  AddOption(app_, "--seed", evaluate_.seed, check, "Seed of that draw");
  AddFlag(app_, "--json", json_, "Print one JSON object instead of a table");
  AddReadOptions(app_, read_, no_normalize_);
}

ExitCode EvaluateCommand::Run() {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  RefuseSameFile({{"DATA", data_path_}, {"--propensities", propensities_path_}},
                 {});
  read_.normalize = !no_normalize_;
  evaluate_.num_threads = NumThreads(read_.num_threads);

  const auto start = Clock::now();
  const Network network = Network::Open(model_path_);
  const Dataset data = ReadData(data_path_, read_);
  if (!propensities_path_.empty()) {
    const Dataset train = ReadData(propensities_path_, read_);
    if (train.num_labels() != network.options().num_labels) {
      throw DataError(fmt::format(
          "{}: has {} labels; the network has {}, and the propensities must be "
          "of the same ones",
          propensities_path_, train.num_labels(),
          network.options().num_labels));
    }
    evaluate_.inverse_propensities = InversePropensities(train);
  }
  const auto loaded = Clock::now();
  const Metrics metrics = Evaluate(network, data, evaluate_);
  data.ThrowIfDamaged();
  const double load_seconds = Seconds(loaded - start).count();
  const double eval_seconds = Seconds(Clock::now() - loaded).count();

  if (json_) {
    Json json;
    AddMetrics(metrics, json);
    json["samples"] = metrics.num_samples;
    json["load_seconds"] = load_seconds;
    json["eval_seconds"] = eval_seconds;
    json["peak_rss_bytes"] = PeakMemoryBytes();
    json["threads"] = evaluate_.num_threads;
    json["seed"] = evaluate_.seed;
    Put(stdout, json.dump() + "\n");
    return kSuccess;
  }
  Put(stdout, FormatMetrics(metrics));
  if (metrics.loss)
    Put(stdout, fmt::format("{:<8}{:>9.4f}\n", "loss", *metrics.loss));
  Put(stdout,
      fmt::format("\n{} samples in {} after {} of reading\n",
                  FormatCount(metrics.num_samples), FormatSeconds(eval_seconds),
                  FormatSeconds(load_seconds)));
  return kSuccess;
}

}  // namespace slide::cli
