#include "cli/train_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace slide::cli {
namespace {

double Mean(uint64_t sum, size_t count) {
  return count == 0 ? 0.0
                    : static_cast<double>(sum) / static_cast<double>(count);
}

// Steps and rebuilds of all phases, each as a share of training time.
std::string FormatPhases(const TrainReport& report) {
  const PhaseSeconds& phases = report.phases;
  const double total =
      phases.forward + phases.select + phases.backward + phases.rebuild;
  const auto percent = [&](double seconds) {
    return total > 0.0 ? 100.0 * seconds / total : 0.0;
  };
  return fmt::format(
      "forward {:.0f} %, select {:.0f} %, backward {:.0f} %, rebuild {:.0f} %",
      percent(phases.forward), percent(phases.select), percent(phases.backward),
      percent(phases.rebuild));
}

std::string FormatRebuilds(const TrainReport& report) {
  std::string text = FormatCount(report.num_rebuilds);
  if (report.phases.background > 0.0) {
    text += fmt::format("; {} of them beside the steps",
                        FormatSeconds(report.phases.background));
  }
  return text;
}

std::string FormatPrecisions(const char* name, const Metrics& metrics) {
  std::string row = fmt::format("{:<18}", name);
  for (const MetricsAtK& at : metrics.at) {
    row += fmt::format("{:>9.4f}", at.precision);
  }
  return row + "\n";
}

// The best epoch by the validation set, and whether its network is the one that
// was left.
std::string FormatBest(const TrainResult& result) {
  const TrainReport& report = result.report;
  std::string text =
      fmt::format("epoch {} of {}", report.best_epoch, report.epochs.size());
  if (report.stopped_early) {
    text += fmt::format("; training ended early, {} were asked for",
                        result.num_epochs);
  }
  if (report.stopped) {
    text += "; the network is as it was when it was stopped";
  }
  return text;
}

void AddIndex(const IndexReport& index, Json& json) {
  json["index_recall@10"] = index.recall_at_10;
  json["index_drift"] = index.drift;
  json["buckets"] = BucketsJson(index.buckets);
}

// The metrics of both sets, those of the validation set in an object.
void AddEvaluations(const EpochReport& epoch, Json& json) {
  if (epoch.test) AddMetrics(*epoch.test, json);
  if (!epoch.validation) return;
  Json validation;
  AddMetrics(*epoch.validation, validation);
  json["validation"] = validation;
}

// The trained network beside the popularity guess.
std::string FormatComparison(const Metrics& trained,
                             const Metrics& popularity) {
  std::string table = fmt::format("\n{:<18}", "");
  for (const MetricsAtK& at : trained.at) {
    table += fmt::format("{:>9}", fmt::format("P@{}", at.k));
  }
  return table + "\n" + FormatPrecisions("trained network", trained) +
         FormatPrecisions("popularity guess", popularity) + "\n";
}

}  // namespace

std::string FormatData(const std::string& name, const std::string& path,
                       const Dataset& data) {
  const std::string text = fmt::format(
      "{}: {} samples, {} features ({:.1f} a sample), {} labels ({:.1f} a "
      "sample)",
      path, FormatCount(uint64_t{data.size()}),
      FormatCount(uint64_t{data.num_features()}),
      Mean(data.num_nonzeros(), data.size()),
      FormatCount(uint64_t{data.num_labels()}),
      Mean(data.num_label_marks(), data.size()));
  return Row(name, text);
}

namespace {

// How training finds the neurons that it computes.
std::string FormatSelection(const NetworkOptions& network,
                            const TrainOptions& options) {
  if (options.update == UpdateMode::kSampled) {
    return fmt::format("{} negatives for batches of {}",
                       FormatCount(uint64_t{static_cast<uint32_t>(
                           options.sampling.random_negatives)}),
                       *options.batch_size);
  }
  if (options.update == UpdateMode::kDense) {
    return fmt::format("all labels computed, in batches of {}",
                       *options.batch_size);
  }
  const HashOptions& hash = network.hash;
  if (hash.kind == HashKind::kNone) return "no hash tables";
  return fmt::format("{} hash tables of {} {}", *hash.num_tables,
                     *hash.hashes_per_table,
                     hash.hashes_per_table == 1 ? "hash" : "hashes");
}

}  // namespace

std::string FormatNetwork(const NetworkOptions& options,
                          const TrainOptions& train) {
  std::string text = FormatCount(uint64_t{options.num_features});
  uint64_t inputs = options.num_features, parameters = 0;
  const auto add_layer = [&](uint64_t neurons) {
    text += " -> " + FormatCount(neurons);
    parameters += (inputs + 1) * neurons;  // 1: the biases
    inputs = neurons;
  };
  for (const HiddenLayer& layer : options.hidden) {
    add_layer(static_cast<uint64_t>(layer.neurons));
    if (layer.is_hashed()) {
      text += fmt::format(" ({} active)", layer.max_active);
    }
  }
  add_layer(options.num_labels);
  text += fmt::format(", {} parameters; {}", FormatCount(parameters),
                      FormatSelection(options, train));
  return Row("network", text);
}

std::string FormatEpochHead(std::span<const int> ks, EvaluatedSets sets) {
  std::string head = fmt::format("\n{:>5}{:>12}", "epoch", "train loss");
  if (sets.test || sets.validation) {
    head += fmt::format("{:>11}", sets.test ? "test loss" : "valid loss");
    for (const int k : ks) head += fmt::format("{:>9}", fmt::format("P@{}", k));
  }
  if (sets.test && sets.validation) head += fmt::format("{:>11}", "valid mean");
  return head + fmt::format("{:>10}\n", "seconds");
}

std::string FormatEpoch(const EpochReport& epoch) {
  std::string row =
      fmt::format("{:>5}{:>12.4f}", epoch.epoch, epoch.train_loss);
  if (const std::optional<Metrics>& shown = ShownMetrics(epoch)) {
    row += fmt::format("{:>11.4f}", shown->loss.value_or(0.0));
    for (const MetricsAtK& at : shown->at) {
      row += fmt::format("{:>9.4f}", at.precision);
    }
  }
  if (epoch.test && epoch.validation) {
    row += fmt::format("{:>11.4f}", MeanPrecision(*epoch.validation));
  }
  return row + fmt::format("{:>10.2f}\n", epoch.train_seconds);
}

const EpochReport* LastingEpoch(const TrainReport& report) {
  if (report.epochs.empty()) return nullptr;
  if (report.best_epoch == 0 || report.stopped) return &report.epochs.back();
  return &report.epochs[static_cast<size_t>(report.best_epoch) - 1];
}

const std::optional<Metrics>& ShownMetrics(const EpochReport& epoch) {
  return epoch.test ? epoch.test : epoch.validation;
}

std::string FormatSummary(const TrainResult& result) {
  const TrainReport& report = result.report;
  std::string text = "\n";
  const EpochReport* lasting = LastingEpoch(report);
  if (lasting != nullptr && ShownMetrics(*lasting) && result.popularity) {
    text = FormatComparison(*ShownMetrics(*lasting), *result.popularity);
  }
  if (report.stopped) {
    text +=
        Row("stopped", fmt::format("by a signal, with {} of {} epochs finished",
                                   report.epochs.size(), result.num_epochs));
  }
  if (report.is_out_of_time) {
    text +=
        Row("time is up", fmt::format("in epoch {} of {}", report.epochs.size(),
                                      result.num_epochs));
  }
  if (report.best_epoch != 0) text += Row("best", FormatBest(result));
  text += Row("training", fmt::format("{}, {} samples/s",
                                      FormatSeconds(report.train_seconds),
                                      FormatCount(report.samples_per_second)));
  text +=
      Row("active",
          fmt::format("{:.1f} neurons a sample; half have at most {}, 99 % {}",
                      report.active_mean, FormatCount(report.active_p50),
                      FormatCount(report.active_p99)));
  text += Row("time", FormatPhases(report));
  text += Row("besides", fmt::format("reading {}, evaluating {}",
                                     FormatSeconds(result.load_seconds),
                                     FormatSeconds(report.eval_seconds)));
  if (report.index.buckets.num_buckets > 0) {
    text += Row(
        "index",
        fmt::format("recall@10 {:.4f}, {:.1f} % of the addresses out of date",
                    report.index.recall_at_10, 100.0 * report.index.drift));
    text += Row("rebuilds", FormatRebuilds(report));
    text += Row("buckets", FormatBuckets(report.index.buckets));
  }
  if (result.sparse_part) {
    text += Row("pairs", FormatSparsePart(*result.sparse_part));
  }
  if (report.checkpoint) {
    text += Row("checkpoint",
                fmt::format("{}; {} written in {}", report.checkpoint->path,
                            FormatCount(report.num_checkpoints),
                            FormatSeconds(report.phases.checkpoint)));
  }
  text += Row("memory", FormatBytes(PeakMemoryBytes()) + " at the peak");
  if (report.num_unlabelled > 0) {
    text += Row("left out", fmt::format("{} training samples without labels",
                                        FormatCount(report.num_unlabelled)));
  }
  if (!result.model_path.empty()) text += Row("model", result.model_path);
  return text;
}

Json TrainJson(const TrainResult& result) {
  const TrainReport& report = result.report;
  Json json;
  if (const EpochReport* lasting = LastingEpoch(report)) {
    AddEvaluations(*lasting, json);
    json["train_loss"] = lasting->train_loss;
  }
  if (report.best_epoch != 0) {
    json["best_epoch"] = report.best_epoch;
    json["stopped_early"] = report.stopped_early;
  }
  json["epochs"] = report.epochs.size();
  json["out_of_time"] = report.is_out_of_time;
  json["interrupted"] = report.stopped;
  json["train_seconds"] = report.train_seconds;
  json["load_seconds"] = result.load_seconds;
  json["eval_seconds"] = report.eval_seconds;
  json["samples_per_second"] = report.samples_per_second;
  json["active_mean"] = report.active_mean;
  json["active_p50"] = report.active_p50;
  json["active_p99"] = report.active_p99;
  AddIndex(report.index, json);
  json["samples"] = report.num_samples;
  json["unlabelled"] = report.num_unlabelled;
  json["rebuilds"] = report.num_rebuilds;
  json["checkpoints"] = report.num_checkpoints;
  if (result.sparse_part) {
    json["sparse_part"] = SparsePartJson(*result.sparse_part);
  }
  json["peak_rss_bytes"] = PeakMemoryBytes();
  json["threads"] = report.num_threads;
  json["seed"] = result.seed;
  json["phases"] = {{"load", result.load_seconds},
                    {"forward", report.phases.forward},
                    {"select", report.phases.select},
                    {"backward", report.phases.backward},
                    {"rebuild", report.phases.rebuild},
                    {"background", report.phases.background},
                    {"evaluate", report.phases.evaluate},
                    {"checkpoint", report.phases.checkpoint}};
  if (result.popularity) {
    Json popularity;
    AddMetrics(*result.popularity, popularity);
    json["popularity"] = popularity;
  }
  return json;
}

Json EpochJson(const EpochReport& epoch, double train_seconds) {
  Json json;
  AddEvaluations(epoch, json);
  json["train_loss"] = epoch.train_loss;
  json["epochs"] = epoch.epoch;
  json["train_seconds"] = train_seconds;
  json["active_p50"] = epoch.active_p50;
  json["active_p99"] = epoch.active_p99;
  if (epoch.index) AddIndex(*epoch.index, json);
  return json;
}

Json EpochJson(const Progress& progress, double train_seconds, double seconds,
               int num_threads, uint64_t seed, int best_epoch) {
  Json json = EpochJson(*progress.finished_epoch, train_seconds);
  if (best_epoch != 0) json["best_epoch"] = best_epoch;
  json["seconds"] = seconds;
  json["samples_per_second"] = progress.samples_per_second;
  json["active_mean"] = progress.active_mean;
  json["learning_rate"] = progress.learning_rate;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  json["threads"] = num_threads;
  json["seed"] = seed;
  return json;
}

}  // namespace slide::cli
