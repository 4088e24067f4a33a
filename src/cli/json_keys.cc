#include "cli/json_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/summary.h"

namespace slide::cli {
namespace {

constexpr auto kKeys = std::to_array<JsonKey>({
    {"train|metrics|evaluate", "p@K", "number",
     "precision at each K of --k: hits among the first K labels, over K"},
    {"train|metrics|evaluate", "ndcg@K", "number",
     "hits among the first K discounted by rank, over the ideal"},
    {"train|metrics|evaluate", "recall@K", "number",
     "hits among the first K, over the sample's number of labels"},
    {"train|metrics|evaluate", "psp@K", "number",
     "propensity-scored precision; in evaluate with --propensities"},
    {"train|metrics|evaluate", "psndcg@K", "number",
     "propensity-scored nDCG; in evaluate with --propensities"},
    {"train|metrics|evaluate", "loss", "number",
     "softmax cross-entropy over all labels, mean over test samples"},
    {"train|metrics", "validation.p@K", "number",
     "the same metrics of the validation set, with --validation or "
     "--validation-share"},
    {"train|metrics", "validation.ndcg@K", "number", "nDCG there"},
    {"train|metrics", "validation.recall@K", "number", "recall there"},
    {"train|metrics", "validation.psp@K", "number",
     "propensity-scored precision there"},
    {"train|metrics", "validation.psndcg@K", "number",
     "propensity-scored nDCG there"},
    {"train|metrics", "validation.loss", "number", "loss there"},
    {"train|metrics", "best_epoch", "count",
     "with a validation set: the epoch with the largest mean of p@K on it so "
     "far; the metrics of train are its own, unless it was interrupted"},
    {"train", "stopped_early", "true or false",
     "with a validation set: whether --patience ended training"},
    {"train|metrics", "train_loss", "number",
     "training loss, mean over the epoch's samples as they were met"},
    {"train|metrics", "epochs", "count", "epochs finished"},
    {"train", "out_of_time", "true or false",
     "whether --time-limit ended training"},
    {"train|compare", "interrupted", "true or false",
     "whether a signal stopped training early"},
    {"train|metrics", "train_seconds", "number",
     "training steps and rebuilds, without reading and evaluating"},
    {"metrics", "seconds", "number",
     "since training began, evaluations included"},
    {"evaluate", "samples", "count", "samples evaluated"},
    {"evaluate", "left_out_labels", "count",
     "of documents: labels that the network does not have"},
    {"train|evaluate", "load_seconds", "number", "reading the files"},
    {"train|evaluate", "eval_seconds", "number", "evaluating"},
    {"train|metrics", "samples_per_second", "number", "over train_seconds"},
    {"train|metrics", "active_mean", "number",
     "active output neurons a sample"},
    {"train|metrics", "active_p50", "count",
     "active output neurons that half of the samples do not exceed"},
    {"train|metrics", "active_p99", "count",
     "the same for 99 % of the samples"},
    {"train|metrics", "index_recall@10", "number",
     "share of the ten highest logits that the hash tables return"},
    {"train|metrics", "index_drift", "number",
     "share of the neurons' bucket addresses that have changed since the last "
     "build of the tables"},
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
    {"info CHECKPOINT", "epochs", "count", "finished ones"},
    {"info CHECKPOINT", "best_epoch", "count",
     "with a validation set: the best so far"},
    {"info CHECKPOINT", "train_seconds", "number", "training so far"},
    {"info CHECKPOINT", "eval_seconds", "number", "evaluating so far"},
    {"info CHECKPOINT", "train_set.samples", "count",
     "the training set, by which it is known again: samples"},
    {"info CHECKPOINT", "train_set.features", "count", "features"},
    {"info CHECKPOINT", "train_set.labels", "count", "labels"},
    {"info CHECKPOINT", "train_set.nonzeros", "count",
     "features of all samples together"},
    {"info CHECKPOINT", "train_set.label_marks", "count",
     "labels of all samples together"},
    {"info CHECKPOINT", "train_set.xxh64", "text",
     "a sum of all its arrays, in 16 hexadecimal digits"},
    {"info CHECKPOINT", "validation_set.samples", "count",
     "the same of a validation set"},
    {"info CHECKPOINT", "validation_set.features", "count", "features there"},
    {"info CHECKPOINT", "validation_set.labels", "count", "labels there"},
    {"info CHECKPOINT", "validation_set.nonzeros", "count",
     "features of all its samples"},
    {"info CHECKPOINT", "validation_set.label_marks", "count",
     "labels of all its samples"},
    {"info CHECKPOINT", "validation_set.xxh64", "text", "its sum"},
    {"info CHECKPOINT", "test_set.samples", "count", "the same of a test set"},
    {"info CHECKPOINT", "test_set.features", "count", "features there"},
    {"info CHECKPOINT", "test_set.labels", "count", "labels there"},
    {"info CHECKPOINT", "test_set.nonzeros", "count",
     "features of all its samples"},
    {"info CHECKPOINT", "test_set.label_marks", "count",
     "labels of all its samples"},
    {"info CHECKPOINT", "test_set.xxh64", "text", "its sum"},
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
    {"info MODEL", "card.training.version", "text",
     "of the library that trained it"},
    {"info MODEL", "card.training.data", "text",
     "file name of the training set"},
    {"info MODEL", "card.training.samples", "count", "samples in it"},
    {"info MODEL", "card.training.epochs", "count",
     "epochs that the network has seen"},
    {"info MODEL", "card.training.loss", "text", "the loss it was trained by"},
    {"info MODEL", "card.training.options", "options",
     "of training, by the names of the members of TrainOptions"},
    {"info MODEL", "card.training.command", "text",
     "a command of a shell that repeats the training"},
    {"info MODEL", "card.training.evaluations[].set", "text",
     "test or validation"},
    {"info MODEL", "card.training.evaluations[].data", "text",
     "file name of the set"},
    {"info MODEL", "card.training.evaluations[].samples", "count",
     "samples evaluated"},
    {"info MODEL", "card.training.evaluations[].p@K", "number",
     "precision at each K, after the last epoch or the best one"},
    {"info MODEL", "card.training.evaluations[].loss", "number",
     "softmax cross-entropy over all labels"},
    {"info MODEL", "card.earlier_trainings[].version", "text",
     "of a network that was trained on: the trainings before, as in "
     "card.training; version of the library"},
    {"info MODEL", "card.earlier_trainings[].data", "text", "training set"},
    {"info MODEL", "card.earlier_trainings[].samples", "count", "its samples"},
    {"info MODEL", "card.earlier_trainings[].epochs", "count", "its epochs"},
    {"info MODEL", "card.earlier_trainings[].loss", "text", "its loss"},
    {"info MODEL", "card.earlier_trainings[].options", "options",
     "its options"},
    {"info MODEL", "card.earlier_trainings[].command", "text", "its command"},
    {"info MODEL", "card.earlier_trainings[].evaluations[].set", "text",
     "what was evaluated after it"},
    {"info MODEL", "card.earlier_trainings[].evaluations[].data", "text",
     "file name"},
    {"info MODEL", "card.earlier_trainings[].evaluations[].samples", "count",
     "samples"},
    {"info MODEL", "card.earlier_trainings[].evaluations[].p@K", "number",
     "precision"},
    {"info MODEL", "card.earlier_trainings[].evaluations[].loss", "number",
     "loss"},
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
    {"info DATA", "nonzeros_per_point.sum", "count",
     "features of all samples together"},
    {"info DATA", "nonzeros_per_point.mean", "number", "features of a sample"},
    {"info DATA", "nonzeros_per_point.p50", "count",
     "features that half of the samples do not exceed"},
    {"info DATA", "nonzeros_per_point.p99", "count",
     "the same for 99 % of the samples"},
    {"info DATA", "nonzeros_per_point.max", "count",
     "the same for all of them"},
    {"info DATA", "nonzeros_per_point.zero", "count",
     "samples without features"},
    {"info DATA", "labels_per_point.sum", "count",
     "labels of all samples together"},
    {"info DATA", "labels_per_point.mean", "number", "labels of a sample"},
    {"info DATA", "labels_per_point.p50", "count",
     "labels that half of the samples do not exceed"},
    {"info DATA", "labels_per_point.p99", "count",
     "the same for 99 % of the samples"},
    {"info DATA", "labels_per_point.max", "count", "the same for all of them"},
    {"info DATA", "labels_per_point.zero", "count", "samples without labels"},
    {"info DATA", "label_counts.max", "count",
     "samples of the most frequent label"},
    {"info DATA", "label_counts.by_size", "list of counts",
     "labels of no sample, then those of 1, 2-3, 4-7, ... samples"},
    {"info DATA", "frequent_labels[].id", "count",
     "number of a label; the ten of most samples"},
    {"info DATA", "frequent_labels[].name", "text", "with --labels: its name"},
    {"info DATA", "frequent_labels[].points", "count", "samples that have it"},
    {"info DATA", "frequent_features[].id", "count",
     "number of a feature; the ten of most samples"},
    {"info DATA", "frequent_features[].name", "text",
     "with --features: its name"},
    {"info DATA", "frequent_features[].points", "count",
     "samples that have it"},
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
    {"convert|vectorize|synth", "seconds", "number",
     "reading, making and writing everything"},
    {"train|metrics|evaluate|export|convert|vectorize|synth", "peak_rss_bytes",
     "count", "largest resident memory so far"},
    {"train|metrics|compare|evaluate|synth", "threads", "count", "as used"},
    {"train|metrics|compare|evaluate|synth", "seed", "count", "as used"},
    {"train", "phases.load", "number", "seconds of reading the files"},
    {"train", "phases.forward", "number",
     "seconds of hidden layers, logits, loss"},
    {"train", "phases.select", "number",
     "seconds of hashing the input, reading the tables, random draws"},
    {"train", "phases.backward", "number",
     "seconds of gradients and the update of all rows"},
    {"train", "phases.rebuild", "number",
     "seconds of hashing neurons and building tables"},
    {"train", "phases.background", "number",
     "seconds of rebuilds beside the steps"},
    {"train", "phases.evaluate", "number", "seconds of evaluating"},
    {"train", "phases.checkpoint", "number", "seconds of writing checkpoints"},
    {"train", "popularity.p@K", "number",
     "precision of guessing the most frequent labels, on the test set or, "
     "without one, the validation set"},
    {"train", "popularity.ndcg@K", "number", "nDCG of that guess"},
    {"train", "popularity.recall@K", "number", "recall of that guess"},
    {"info|compare", "version", "text", "of the library"},
    {"info|compare", "cpu", "text", "its name, where the system tells it"},
    {"info|compare", "simd_target", "text",
     "instruction set in use, by Highway's names: AVX3 is AVX-512, SCALAR "
     "none, relaxed a build for race checking"},
    {"info|compare", "simd_targets", "list of texts",
     "all that build and machine have, best first"},
    {"info|compare", "hardware_threads", "count",
     "threads that this process may use, for which --threads 0 stands"},
    {"info|compare", "huge_pages", "text",
     "whether Linux backs large arrays with 2 MiB pages: always, madvise "
     "(where asked for, as the library does), never, unknown"},
    {"compare", "methods[].name", "text", "the method, as given"},
    {"compare", "methods[].failure", "text",
     "why it could not be trained to the end"},
    {"compare", "methods[].learning_rate", "number", "as used"},
    {"compare", "methods[].batch_size", "count",
     "as used, of a method that has batches"},
    {"compare", "methods[].epochs", "count", "epochs finished"},
    {"compare", "methods[].train_seconds", "number",
     "training steps and rebuilds"},
    {"compare", "methods[].seconds_an_epoch", "number",
     "the same, of an epoch"},
    {"compare", "methods[].samples_per_second", "number", "over train_seconds"},
    {"compare", "methods[].time_ratio", "number",
     "training time a sample, over that of the first method"},
    {"compare", "methods[].active_mean", "number",
     "active output neurons a sample"},
    {"compare", "methods[].memory_bytes", "count",
     "resident memory that came with its network and its first epoch"},
    {"compare", "methods[].p@K", "number",
     "precision at each K of --k of the test set, after the last epoch"},
    {"compare", "methods[].ndcg@K", "number",
     "nDCG of the test set, after the last epoch"},
    {"compare", "methods[].recall@K", "number",
     "recall of the test set, after the last epoch"},
    {"compare", "methods[].psp@K", "number",
     "propensity-scored precision of the test set, after the last epoch"},
    {"compare", "methods[].psndcg@K", "number",
     "propensity-scored nDCG of the test set, after the last epoch"},
    {"compare", "methods[].loss", "number",
     "softmax cross-entropy over all labels, after the last epoch"},
    {"compare", "methods[].curve[].p@K", "number",
     "precision at each K of --k of the test set, at that look"},
    {"compare", "methods[].curve[].ndcg@K", "number",
     "nDCG of the test set, at that look"},
    {"compare", "methods[].curve[].recall@K", "number",
     "recall of the test set, at that look"},
    {"compare", "methods[].curve[].psp@K", "number",
     "propensity-scored precision of the test set, at that look"},
    {"compare", "methods[].curve[].psndcg@K", "number",
     "propensity-scored nDCG of the test set, at that look"},
    {"compare", "methods[].curve[].loss", "number",
     "softmax cross-entropy over all labels, at that look"},
    {"compare", "methods[].seconds_to[].precision", "number",
     "a precision at the first K"},
    {"compare", "methods[].seconds_to[].seconds", "number",
     "training time until the first look at or above it; null: there was none"},
    {"compare", "methods[].curve[].epochs", "number",
     "at a look at the test set: epochs trained"},
    {"compare", "methods[].curve[].train_seconds", "number", "training time"},
    {"compare", "methods[].curve[].train_loss", "number",
     "training loss of the epoch so far"},
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
});

// The objects and what prints them, in the order of the page.
constexpr std::pair<std::string_view, std::string_view> kObjects[] = {
    {"train", "`slide train --json`: the whole run"},
    {"metrics", "`slide train --metrics FILE`: a line after every epoch"},
    {"compare", "`slide compare --json`"},
    {"evaluate", "`slide evaluate --json`"},
    {"export", "`slide export --json`"},
    {"convert", "`slide convert --json`"},
    {"vectorize", "`slide vectorize --json`"},
    {"synth", "`slide synth --json`"},
    {"info", "`slide info --json`: this machine and build"},
    {"info MODEL", "`slide info MODEL --json`: a saved network"},
    {"info CHECKPOINT", "`slide info CHECKPOINT --json`: a run to go on with"},
    {"info DATA", "`slide info DATA --json`: text or a cache"}};

bool HasObject(const JsonKey& key, std::string_view object) {
  return fmt::format("|{}|", key.objects).find(fmt::format("|{}|", object)) !=
         std::string::npos;
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

std::span<const JsonKey> JsonKeys() { return kKeys; }

const JsonKey* FindJsonKey(std::string_view object, std::string_view path) {
  const auto key = std::ranges::find_if(kKeys, [&](const JsonKey& one) {
    return HasObject(one, object) && Matches(one.path, path);
  });
  return key == kKeys.end() ? nullptr : &*key;
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
      "The commands print one object on a line. Metrics are "
      "fractions of 1. What "
      "does not exist is left out: without `--test` there are "
      "no metrics of a test set. `a.b` "
      "is the key `b` in the object `a`, `a[].b` that in each "
      "object of a list, "
      "and capitals stand for a number or a word.\n\n"
      "`slide help --json-page` prints this page from the keys "
      "that the program "
      "has.\n";
  for (const auto& [object, title] : kObjects) {
    page += fmt::format("\n## {}\n\n| key | type | meaning |\n|---|---|---|\n",
                        title);
    for (const JsonKey& key : kKeys) {
      if (!HasObject(key, object)) continue;
      page +=
          fmt::format("| `{}` | {} | {} |\n", key.path, key.type, key.meaning);
    }
  }
  return page;
}

}  // namespace slide::cli
