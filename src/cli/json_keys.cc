#include "cli/json_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/summary.h"

namespace slide::cli {
namespace {

// An entry of the table: a key, with the same type and meaning in several
// places.
struct KeyEntry {
  // "train|train:validation.": the object and, behind a colon, the keys around
  // it there.
  std::string_view places;
  std::string_view path;
  std::string_view type;
  std::string_view meaning;
};

// The places of metrics: of all, of those without propensities, and of those
// that are known of a guess.
constexpr std::string_view kMetricPlaces =
    "train|metrics|evaluate|train:validation.|metrics:validation.|"
    "compare:methods[].|compare:methods[].curve[].";
constexpr std::string_view kLossPlaces =
    "train|metrics|evaluate|train:validation.|metrics:validation.|"
    "folds:folds[].|compare:methods[].|compare:methods[].curve[].";
constexpr std::string_view kGuessPlaces =
    "train|metrics|evaluate|train:validation.|metrics:validation.|"
    "train:popularity.|folds:folds[].|compare:methods[].|"
    "compare:methods[].curve[].";
constexpr std::string_view kSetPlaces = "evaluate:micro_|evaluate:macro_";
constexpr std::string_view kCalibrationPlaces =
    "calibrate|info MODEL:calibration.";
constexpr std::string_view kDataPlaces =
    "info CHECKPOINT:train_set.|info CHECKPOINT:validation_set.|"
    "info CHECKPOINT:test_set.";
constexpr std::string_view kRecordPlaces =
    "info MODEL:card.training.|info MODEL:card.earlier_trainings[].";
constexpr std::string_view kEvaluationPlaces =
    "info MODEL:card.training.evaluations[].|"
    "info MODEL:card.earlier_trainings[].evaluations[].";
constexpr std::string_view kPhasePlaces =
    "train:phases.|compare:methods[].phases.";
constexpr std::string_view kPointPlaces =
    "info DATA:nonzeros_per_point.|info DATA:labels_per_point.";
constexpr std::string_view kFrequentPlaces =
    "info DATA:frequent_labels[].|info DATA:frequent_features[].";

constexpr KeyEntry kEntries[] = {
    {kGuessPlaces, "p@K", "number",
     "precision at each K of --k: hits among the first K labels, over K"},
    {kGuessPlaces, "ndcg@K", "number",
     "hits among the first K discounted by rank, over the ideal"},
    {kGuessPlaces, "recall@K", "number",
     "hits among the first K, over the sample's number of labels"},
    {kMetricPlaces, "psp@K", "number",
     "propensity-scored precision; of evaluate with --propensities alone"},
    {kMetricPlaces, "psndcg@K", "number",
     "propensity-scored nDCG; of evaluate with --propensities alone"},
    {kLossPlaces, "loss", "number",
     "softmax cross-entropy over all labels, mean over samples"},
    {"train|metrics", "best_epoch", "count",
     "with a validation set: the epoch with the largest mean of p@K on it so "
     "far; the metrics of train are its own, unless it was interrupted"},
    {"train", "stopped_early", "true or false",
     "with a validation set: whether --patience ended training"},
    {"train|metrics|folds:folds[].", "train_loss", "number",
     "training loss, mean over the epoch's samples as they were met"},
    {"train|metrics|info CHECKPOINT|compare:methods[].", "epochs", "count",
     "epochs finished"},
    {"train", "out_of_time", "true or false",
     "whether --time-limit ended training"},
    {"train|compare", "interrupted", "true or false",
     "whether a signal stopped training early"},
    {"train|metrics|folds:folds[].|compare:methods[].", "train_seconds",
     "number", "training steps and rebuilds, without reading and evaluating"},
    {"metrics", "seconds", "number",
     "since training began, evaluations included"},
    {kCalibrationPlaces, "form", "text", "softmax, logistic or odds"},
    {kCalibrationPlaces, "temperature", "number", "that logits are divided by"},
    {kCalibrationPlaces, "offset", "number", "added to them then"},
    {kCalibrationPlaces, "samples", "count", "that it was fitted to"},
    {kCalibrationPlaces, "threshold", "number",
     "from this probability on a label is meant; left out if none was fitted"},
    {kCalibrationPlaces, "label_thresholds", "count",
     "labels' own thresholds; 0: there are none"},
    {"calibrate", "path", "text", "the network"},
    {"calibrate", "own_thresholds", "count",
     "labels whose threshold was fitted to them alone"},
    {"calibrate", "micro_f1", "number",
     "with the one threshold, on these samples"},
    {"calibrate:before.|calibrate:after.", "loss", "number",
     "negative log likelihood of a sample, uncalibrated and calibrated"},
    {"calibrate:before.|calibrate:after.", "error", "number",
     "expected calibration error, uncalibrated and calibrated"},
    {kSetPlaces, "precision@K", "number",
     "micro and macro precision of the first K labels; with --threshold, K is "
     "threshold for the labels that reach it"},
    {kSetPlaces, "recall@K", "number", "micro and macro recall of them"},
    {kSetPlaces, "f1@K", "number", "micro and macro F1 of them"},
    {"evaluate", "coverage@K", "number",
     "share of all labels that are ever among them"},
    {"evaluate", "accuracy", "number",
     "where each sample has one label: share whose best label is right"},
    {"evaluate", "calibration_error", "number",
     "with --reliability: expected calibration error"},
    {"evaluate", "samples", "count", "samples evaluated"},
    {"evaluate", "left_out_labels", "count",
     "of documents: labels that the network does not have"},
    {"train|evaluate", "load_seconds", "number", "reading the files"},
    {"train|evaluate", "eval_seconds", "number", "evaluating"},
    {"train|metrics|compare:methods[].", "samples_per_second", "number",
     "over train_seconds"},
    {"train|metrics|compare:methods[].", "active_mean", "number",
     "active output neurons a sample"},
    {"train|metrics", "active_p50", "count",
     "active output neurons that half of the samples do not exceed"},
    {"train|metrics", "active_p99", "count",
     "the same for 99 % of the samples"},
    {"train|metrics|compare:methods[].", "index_recall@10", "number",
     "share of the ten highest logits that the hash tables return"},
    {"train|metrics", "index_drift", "number",
     "share of the neurons' bucket addresses that have changed since the last "
     "build of the tables"},
    {"folds", "folds[].best_epoch", "count",
     "with a validation set: the epoch that was left, whose losses and metrics "
     "these are"},
    {"folds", "folds[].samples", "count", "trained on"},
    {"folds", "folds[].test_samples", "count", "evaluated on"},
    {"folds", "mean.KEY", "number",
     "mean over the folds of each number above that is no count"},
    {"folds", "deviation.KEY", "number",
     "its standard deviation, that of a single fold (n - 1)"},
    {"folds", "fold_seed", "count", "--fold-seed"},
    {"folds", "interrupted", "true or false",
     "whether a signal ended it; folds has those that were finished"},
    {"folds", "threads", "count", "as used"},
    {"folds", "seed", "count", "--seed, of each network"},
    {"predict", "sample", "text", "with --names: its name"},
    {"predict", "labels[].label", "text or count",
     "the best labels, the best first: its name, or its number where the model "
     "has no names"},
    {"predict", "labels[].probability", "number",
     "by the calibration of the network; without one a softmax over all labels "
     "or, under the sigmoid loss, the label's own"},
    {"predict", "unknown", "true or false",
     "true: the network knows no feature of the sample, and its labels tell "
     "nothing of it; left out otherwise"},
    {"predict", "labels[].logit", "number", "the output neuron's value"},
    {"predict:labels[].reasons[].|predict:features[].", "feature",
     "text or count",
     "with --explain and --show-features: a feature, by name or number"},
    {"predict", "labels[].reasons[].change", "number",
     "the label's logit minus that of the sample without the feature"},
    {"predict", "labels[].reasons[].pair", "number",
     "the term of the logit that the sparse part has for the feature and the "
     "label, weight times value"},
    {"predict", "features[].value", "number", "the feature's value"},
    {"near", "label", "text", "that of --near"},
    {"near", "near[].label", "text",
     "the labels with the nearest vectors, the nearest first: name or number"},
    {"near", "near[].cosine", "number", "of both labels' vectors"},
    {"info MODEL|info CHECKPOINT", "file_bytes", "count", "size of the file"},
    {"info CHECKPOINT", "train_options", "options",
     "those of the training, by the names of the members of TrainOptions"},
    {"info CHECKPOINT", "epoch", "count",
     "that it was written in, or at the end of"},
    {"info CHECKPOINT", "epoch_samples_done", "count",
     "samples of that epoch that are done"},
    {"info CHECKPOINT", "epoch_samples", "count", "samples of an epoch"},
    {"info CHECKPOINT", "steps", "count",
     "samples of the whole run that are done"},
    {"info CHECKPOINT", "best_epoch", "count",
     "with a validation set: the best so far"},
    {"info CHECKPOINT", "train_seconds", "number", "training so far"},
    {"info CHECKPOINT", "eval_seconds", "number", "evaluating so far"},
    {kDataPlaces, "samples", "count",
     "the sets, by which they are known again: samples"},
    {kDataPlaces, "features", "count", "features"},
    {kDataPlaces, "labels", "count", "labels"},
    {kDataPlaces, "nonzeros", "count", "features of all samples together"},
    {kDataPlaces, "label_marks", "count", "labels of all samples together"},
    {kDataPlaces, "xxh64", "text",
     "a sum of all the set's arrays and, of the training set, of the weights "
     "that it is trained with, in 16 hexadecimal digits"},
    {"info MODEL|info CHECKPOINT", "options", "options",
     "the network's, by the names of the members of NetworkOptions"},
    {"info MODEL", "exported", "text",
     "of an exported network: how its weights are stored"},
    {"info MODEL", "card.normalized", "true or false",
     "whether samples are scaled to length 1"},
    {"info MODEL", "card.first_feature", "count",
     "number of the first feature in the LibSVM text of the training set"},
    {"info MODEL", "card.first_label", "count",
     "number of the first label there"},
    {"info MODEL", "card.label_names", "count", "names of labels in the file"},
    {"info MODEL", "card.feature_names", "count",
     "names of features, or terms of a vocabulary"},
    {"info MODEL", "card.vocabulary.documents", "count",
     "documents that the vocabulary was learned from"},
    {"info MODEL", "card.vocabulary.options", "options",
     "how it was learned, by the names of the members of VectorizerOptions"},
    {"info MODEL", "card.vocabulary_xxh64", "text",
     "fingerprint of the vocabulary, 16 hexadecimal digits"},
    {"info MODEL", "card.labels_xxh64", "text",
     "fingerprint of the labels' names"},
    {kRecordPlaces, "version", "text",
     "of the library that trained it; of a network that was trained on, the "
     "trainings before are earlier_trainings"},
    {kRecordPlaces, "data", "text", "file name of the training set"},
    {kRecordPlaces, "samples", "count", "samples in it"},
    {kRecordPlaces, "epochs", "count", "epochs that the network has seen"},
    {kRecordPlaces, "loss", "text", "the loss it was trained by"},
    {kRecordPlaces, "options", "options",
     "of training, by the names of the members of TrainOptions"},
    {kRecordPlaces, "command", "text",
     "a command of a shell that repeats the training"},
    {kEvaluationPlaces, "set", "text", "test or validation"},
    {kEvaluationPlaces, "data", "text", "file name of the set"},
    {kEvaluationPlaces, "samples", "count", "samples evaluated"},
    {kEvaluationPlaces, "p@K", "number",
     "precision at each K, after the last epoch or the best one"},
    {kEvaluationPlaces, "loss", "number",
     "softmax cross-entropy over all labels"},
    {"info MODEL", "parameters", "count", "weights and biases"},
    {"info MODEL", "memory_bytes", "count",
     "memory of all layers, with the optimizer's state"},
    {"train|metrics|info MODEL", "buckets.num_buckets", "count",
     "buckets of the output layer's hash tables"},
    {"train|metrics|info MODEL", "buckets.num_bytes", "count",
     "memory of the tables"},
    {"train|metrics|info MODEL", "buckets.largest", "count",
     "neurons in the fullest bucket"},
    {"train|metrics|info MODEL", "buckets.empty_share", "number",
     "share of the buckets that are empty"},
    {"train|metrics|info MODEL", "buckets.num_left_out", "count",
     "neurons that full buckets left out, summed over the tables"},
    {"train|metrics|info MODEL", "buckets.by_size", "list of counts",
     "buckets that are empty, then those of 1, 2-3, 4-7, ... neurons"},
    {"train|info MODEL|info DATA", "sparse_part.pairs", "count",
     "pairs of a feature and a label in the sparse part of the output"},
    {"train|info MODEL|info DATA", "sparse_part.features", "count",
     "features that have pairs"},
    {"train|info MODEL|info DATA", "sparse_part.bytes", "count",
     "memory of the pairs"},
    {"train|info MODEL", "sparse_part.weight", "number",
     "what the sum of a label's pairs is multiplied by in its logit"},
    {"info DATA", "sparse_part.wanted", "true or false",
     "whether training makes it"},
    {"info DATA", "sparse_part.entries", "number",
     "pairs of a sample's features, mean"},
    {"info DATA", "sparse_part.min_samples", "count",
     "samples that have both for a feature and a label to be a pair"},
    {"info DATA", "sparse_part.max_feature_samples", "count",
     "features of more samples have no pairs"},
    {"metrics", "learning_rate", "number", "at the end of the epoch"},
    {"train", "samples", "count", "training samples in an epoch"},
    {"train", "unlabelled", "count",
     "training samples left out because they have no label"},
    {"train", "from", "text", "with --from: the model it began from"},
    {"train", "new_features", "count", "that this model did not have"},
    {"train", "new_labels", "count", "the same of labels"},
    {"train", "input_vectors", "count",
     "features that have a vector in the file of --input-vectors"},
    {"train", "rebuilds", "count", "builds of the tables after the first"},
    {"train", "checkpoints", "count",
     "written, those before a --resume included"},
    {"info MODEL", "index.STRATEGY.samples", "count",
     "with --data: samples looked at; for vanilla and top-k"},
    {"info MODEL", "index.STRATEGY.recall@10", "number",
     "share of the ten best labels that the tables return"},
    {"info MODEL", "index.STRATEGY.found_mean", "number",
     "neurons that a sample takes from the tables"},
    {"info MODEL", "index.STRATEGY.found_p50", "count",
     "neurons that half of the samples do not exceed"},
    {"info MODEL", "index.STRATEGY.found_p99", "count",
     "the same for 99 % of the samples"},
    {"info MODEL", "layers[].name", "text", "input, hidden1, ..., output"},
    {"info MODEL", "layers[].rows", "count",
     "one for each input of a dense layer with a sparse input, one for each "
     "neuron of the others"},
    {"info MODEL", "layers[].width", "count", "weights in a row"},
    {"info MODEL", "layers[].parameters", "count", "weights and biases"},
    {"info MODEL", "layers[].memory_bytes", "count",
     "with the optimizer's state"},
    {"info DATA", "cache.version", "count", "of a cache: its format"},
    {"info DATA", "cache.bytes", "count", "size of the file"},
    {"info DATA", "cache.normalized", "true or false",
     "whether samples were scaled to length 1"},
    {"info DATA", "cache.verified", "true or false",
     "whether --verify looked at the sums"},
    {"convert", "path", "text", "the cache"},
    {"export", "path", "text", "the exported network"},
    {"export", "format", "text", "model or npz"},
    {"export", "weights", "text", "how they are stored"},
    {"export", "bytes", "count", "size of the file"},
    {"vectorize", "documents", "count", "documents of the text"},
    {"info DATA|convert", "points", "count", "samples"},
    {"info DATA|convert|vectorize", "features", "count", "features"},
    {"info DATA|convert|vectorize", "labels", "count", "labels"},
    {"convert|vectorize", "nonzeros", "count",
     "features of all samples together"},
    {"convert|vectorize", "label_marks", "count",
     "labels of all samples together"},
    {kPointPlaces, "sum", "count",
     "features, and labels, of all samples together"},
    {kPointPlaces, "mean", "number", "features, and labels, of a sample"},
    {kPointPlaces, "p50", "count", "that half of the samples do not exceed"},
    {kPointPlaces, "p99", "count", "the same for 99 % of the samples"},
    {kPointPlaces, "max", "count", "the same for all of them"},
    {kPointPlaces, "zero", "count",
     "samples without features, and without labels"},
    {"info DATA", "label_counts.max", "count",
     "samples of the most frequent label"},
    {"info DATA", "label_counts.by_size", "list of counts",
     "labels of no sample, then those of 1, 2-3, 4-7, ... samples"},
    {kFrequentPlaces, "id", "count",
     "number of a label, or a feature; the ten of most samples"},
    {kFrequentPlaces, "name", "text", "with --labels, or --features: its name"},
    {kFrequentPlaces, "points", "count", "samples that have it"},
    {"info DATA", "duplicates.points", "count",
     "with --against: samples of that file"},
    {"info DATA", "duplicates.same_features", "count",
     "those with the features (ids and scaled values) of a sample of DATA"},
    {"info DATA", "duplicates.same_labels", "count",
     "those of them with its labels, too"},
    {"info DATA", "training_bytes.data", "count",
     "memory that training takes for the data; mapped, if it is a cache"},
    {"info DATA", "training_bytes.layers", "count",
     "for the layers, with the optimizer's state"},
    {"info DATA", "training_bytes.tables", "count",
     "for the hash tables; twice that with --rebuild background"},
    {"info DATA", "training_bytes.sparse_part", "count",
     "for the sparse part, if training makes it"},
    {"convert", "normalized", "true or false",
     "whether samples were scaled to length 1"},
    {"convert", "bytes", "count", "size of the cache"},
    {"vectorize", "empty_documents", "count", "documents without a known term"},
    {"vectorize", "unlabelled_documents", "count",
     "documents without a label that was written"},
    {"vectorize", "terms", "count",
     "words (and pairs) that the texts hold, repeats included"},
    {"vectorize", "known_terms", "count", "those of them that are features"},
    {"vectorize", "unique_terms", "count", "without --apply: different ones"},
    {"vectorize", "left_out_labels", "count",
     "with --apply: labels that the label file does not have, repeats "
     "included"},
    {"vectorize", "text_bytes", "count", "the text, unpacked"},
    {"synth", "files[].path", "text", "a file; training data first"},
    {"synth", "files[].points", "count", "samples in it"},
    {"synth", "files[].bytes", "count", "its size"},
    {"synth", "files[].nonzeros_mean", "number", "features of a sample"},
    {"synth", "files[].labels_mean", "number", "labels of a sample"},
    {"synth", "files[].seconds", "number", "making and writing it"},
    {"calibrate", "seconds", "number", "calibrating"},
    {"convert|vectorize|synth", "seconds", "number",
     "reading, making and writing everything"},
    {"train|metrics|evaluate|calibrate|export|convert|vectorize|synth",
     "peak_rss_bytes", "count", "largest resident memory so far"},
    {"train|metrics|compare|evaluate|calibrate|synth", "threads", "count",
     "as used"},
    {"train|metrics|compare|evaluate|calibrate|synth", "seed", "count",
     "as used"},
    {"train", "phases.load", "number", "seconds of reading the files"},
    {kPhasePlaces, "forward", "number",
     "seconds of hidden layers, logits, loss"},
    {kPhasePlaces, "select", "number",
     "seconds of hashing the input, reading the tables, random draws"},
    {kPhasePlaces, "backward", "number",
     "seconds of gradients and the update of all rows"},
    {kPhasePlaces, "rebuild", "number",
     "seconds of hashing neurons and building tables"},
    {"train", "phases.background", "number",
     "seconds of rebuilds beside the steps"},
    {"train", "phases.evaluate", "number", "seconds of evaluating"},
    {"train", "phases.checkpoint", "number", "seconds of writing checkpoints"},
    {"info|compare", "version", "text", "of the library"},
    {"info|compare", "cpu", "text", "its name, where the system tells it"},
    {"info|compare", "simd_target", "text",
     "instruction set in use, by Highway's names: AVX3 is AVX-512, SCALAR "
     "none, relaxed a build for race checking"},
    {"info|compare", "simd_targets", "list of texts",
     "all that build and machine have, best first"},
    {"info|compare", "products", "text",
     "whose products of matrices dense training takes: Eigen or oneDNN"},
    {"info|compare", "hardware_threads", "count",
     "threads that this process may use, for which --threads 0 stands"},
    {"info|compare", "huge_pages", "text",
     "whether Linux backs large arrays with 2 MiB pages: always, madvise "
     "(where asked for, as the library does), never, unknown"},
    {"compare", "methods[].name", "text", "the method, as given"},
    {"compare", "methods[].failure", "text",
     "why it could not be trained to the end"},
    {"compare", "methods[].update", "text",
     "how weights moved: hogwild, batched, dense, sampled"},
    {"compare", "methods[].learning_rate", "number", "as used"},
    {"compare", "methods[].batch_size", "count",
     "as used, of a method that has batches"},
    {"compare", "methods[].seconds_an_epoch", "number",
     "training time of an epoch"},
    {"compare", "methods[].time_ratio", "number",
     "training time a sample, over that of the first method"},
    {"compare", "methods[].memory_bytes", "count",
     "resident memory that came with its network and its first epoch"},
    {"compare", "methods[].seconds_to[].precision", "number",
     "a precision at the first K"},
    {"compare", "methods[].seconds_to[].seconds", "number",
     "training time until the first look at or above it; null: there was none"},
    {"compare", "methods[].curve[].epochs", "number",
     "at a look at the test set: epochs trained"},
    {"compare", "methods[].curve[].train_seconds", "number", "training time"},
    {"compare", "methods[].curve[].train_loss", "number",
     "training loss of the epoch so far"},
    {"compare", "methods[].curve[].learning_rate", "number",
     "of the next sample"},
    {"compare", "methods[].curve[].active_mean", "number",
     "active output neurons a sample, so far"},
    {"compare", "methods[].tries[].learning_rate", "number",
     "of the search (--search): a learning rate that was tried"},
    {"compare", "methods[].tries[].batch_size", "count",
     "with this batch size; 0: the method has no batches"},
    {"compare", "methods[].tries[].mean_precision", "number",
     "mean of p@K on the samples held out; 0: it failed"},
    {"compare", "methods[].tries[].train_seconds", "number",
     "training time of the try"},
    {"compare", "command", "text",
     "that repeats the comparison, files without their folders"},
};

// The objects and what prints them, in the order of the page.
constexpr std::pair<std::string_view, std::string_view> kObjects[] = {
    {"train", "`slide train --json`: the whole run"},
    {"metrics", "`slide train --metrics FILE`: a line after every epoch"},
    {"compare",
     "`slide compare --json`: metrics after the last epoch, in `curve` at a "
     "look"},
    {"evaluate", "`slide evaluate --json`"},
    {"folds",
     "`slide train --folds K --json`: cross validation, metrics of each "
     "fold"},
    {"predict", "`slide predict --json`: each sample, a line each"},
    {"calibrate", "`slide calibrate --json`"},
    {"export", "`slide export --json`"},
    {"convert", "`slide convert --json`"},
    {"vectorize", "`slide vectorize --json`"},
    {"synth", "`slide synth --json`"},
    {"info", "`slide info --json`: this machine and build"},
    {"info MODEL", "`slide info MODEL --json`: a saved network"},
    {"near", "`slide info MODEL --near LABEL --json`: labels near a label"},
    {"info CHECKPOINT", "`slide info CHECKPOINT --json`: a run to go on with"},
    {"info DATA", "`slide info DATA --json`: text or a cache"}};

// Calls f(object, keys around it) for each place of the entry.
template <typename F>
void ForEachPlace(const KeyEntry& entry, F&& f) {
  for (std::string_view rest = entry.places; !rest.empty();) {
    const std::string_view place = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(place.size() + 1, rest.size()));
    const size_t colon = std::min(place.find(':'), place.size());
    f(place.substr(0, colon), place.substr(std::min(colon + 1, place.size())));
  }
}

// Whether `path` is what `pattern` says, capitals standing for anything but a
// dot.
bool Matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    if (std::isupper(static_cast<unsigned char>(pattern[0])) == 0) {
      if (pattern[0] != path[0]) return false;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(std::min(pattern.find('.'), pattern.size()));
    path.remove_prefix(std::min(path.find('.'), path.size()));
  }
  return pattern.empty() && path.empty();
}

}  // namespace

const std::vector<JsonKey>& JsonKeys() {
  static const std::vector<JsonKey> keys = [] {
    std::vector<JsonKey> all;
    for (const KeyEntry& entry : kEntries) {
      ForEachPlace(
          entry, [&](std::string_view object, std::string_view around) {
            all.push_back({object, fmt::format("{}{}", around, entry.path),
                           entry.type, entry.meaning});
          });
    }
    return all;
  }();
  return keys;
}

const JsonKey* FindJsonKey(std::string_view object, std::string_view path) {
  const std::vector<JsonKey>& keys = JsonKeys();
  const auto key = std::ranges::find_if(keys, [&](const JsonKey& one) {
    return one.object == object && Matches(one.path, path);
  });
  return key == keys.end() ? nullptr : &*key;
}

std::string JsonLine(std::string_view object, const Json& json) {
  ForEachKey(object, json, [&](const std::string& path) {
    if (FindJsonKey(object, path) == nullptr) {
      throw std::logic_error(fmt::format(
          "the JSON key '{}' of {} is not documented", path, object));
    }
  });
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void PutJson(std::FILE* stream, std::string_view object, const Json& json) {
  Put(stream, JsonLine(object, json));
}

std::string JsonPage() {
  std::string page =
      "# JSON\n\n"
      "The commands print one object on a line. Metrics are fractions of 1, "
      "and of the test set (evaluate: DATA); in `validation` they are of the "
      "validation set, in "
      "`popularity` of guessing the most frequent labels (on the test set or, "
      "without one, the validation set). What does not exist is left out: "
      "without `--test` there are no metrics of a test set. `a.b` is the key "
      "`b` in the object `a`, `a[].b` that in each object of a list, and "
      "capitals stand for a number or a word.\n\n"
      "`slide help --json-page` prints this page from the keys that the "
      "program has.\n";
  for (const auto& [object, title] : kObjects) {
    page += fmt::format("\n## {}\n\n| key | type | meaning |\n|---|---|---|\n",
                        title);
    for (const KeyEntry& entry : kEntries) {
      std::string paths;
      ForEachPlace(entry, [&, wanted = object](std::string_view one,
                                               std::string_view around) {
        if (one != wanted) return;
        paths += fmt::format("{}`{}{}`", paths.empty() ? "" : ", ", around,
                             entry.path);
      });
      if (paths.empty()) continue;
      page +=
          fmt::format("| {} | {} | {} |\n", paths, entry.type, entry.meaning);
    }
  }
  return page;
}

}  // namespace slide::cli
