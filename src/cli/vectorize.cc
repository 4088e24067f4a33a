// `slide vectorize`: text with labels into vectors, and the vocabulary that
// later texts are turned into vectors with.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "data/byte_source.h"
#include "data/point_writer.h"
#include "data/show.h"
#include "text/corpus.h"
#include "text/document_reader.h"
#include "text/string_table.h"
#include "text/vocabulary.h"

namespace slide::cli {
namespace {

using Clock = std::chrono::steady_clock;
using text::StringTable;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What was met and written, for the summary.
struct Counts {
  uint64_t documents = 0;
  uint64_t unlabelled = 0;    // documents without a label that is written
  uint64_t empty = 0;         // documents without a feature
  uint64_t left_out = 0;      // labels that the label file does not have
  uint64_t terms = 0;         // in all texts, repeats included
  uint64_t known_terms = 0;   // of these, those that are features
  uint64_t unique_terms = 0;  // different ones; when learning
  uint64_t nonzeros = 0;
  uint64_t label_marks = 0;
  uint64_t text_bytes = 0;
};

// The whole of what is written, before it is.
struct Vectorized {
  std::optional<text::Vocabulary> vocabulary;
  StringTable labels;
  std::vector<uint32_t> label_order;  // labels by their ids
  text::Corpus corpus;
  // What the corpus's numbers stand for; empty: for themselves.
  std::vector<uint32_t> feature_of_term;
  std::vector<uint32_t> id_of_label;
  Counts counts;
};

// Reads documents and hands each to use(document). False if a signal came.
template <typename Use>
bool ReadDocuments(const std::string& path, ProgressDisplay& display,
                   Counts& counts, Use&& use) {
  constexpr uint64_t kShowEvery = 1000;
  text::DocumentReader reader(path);
  text::Document document;
  while (reader.Next(document)) {
    use(document);
    if (++counts.documents % kShowEvery != 0) continue;
    if (InterruptGuard::Interrupted()) return false;
    display.ShowStatus(fmt::format("reading {}  {} documents", path,
                                   FormatCount(counts.documents)));
  }
  counts.text_bytes = reader.lines().num_bytes();
  return !InterruptGuard::Interrupted();
}

bool Learn(const std::string& path, const VectorizerOptions& options,
           ProgressDisplay& display, Vectorized& result) {
  text::TermCounter counter(options.bigrams);
  std::vector<uint32_t> label_counts;
  std::vector<uint32_t> terms, labels;
  const auto use = [&](const text::Document& document) {
    terms.clear();
    labels.clear();
    counter.Add(document.text, terms);
    for (const std::string_view label : document.labels) {
      labels.push_back(result.labels.Add(label));
      if (labels.back() == label_counts.size()) label_counts.push_back(0);
      ++label_counts[labels.back()];
    }
    result.counts.terms += terms.size();
    result.corpus.Add(terms, labels);
  };
  if (!ReadDocuments(path, display, result.counts, use)) return false;

  result.counts.unique_terms = counter.terms().size();
  result.vocabulary.emplace(counter, options, result.feature_of_term);
  std::vector<uint32_t> all(label_counts.size());
  std::iota(all.begin(), all.end(), 0u);
  result.label_order =
      text::SortByCount(result.labels, label_counts, std::move(all));
  result.id_of_label = text::Places(result.label_order, label_counts.size());
  return true;
}

// Requires: result.vocabulary and result.labels are read.
bool Apply(const std::string& path, ProgressDisplay& display,
           Vectorized& result) {
  text::Tokenizer tokenizer;
  std::vector<uint32_t> terms, labels;
  const auto use = [&](const text::Document& document) {
    terms.clear();
    labels.clear();
    result.counts.terms +=
        result.vocabulary->Find(document.text, tokenizer, terms);
    for (const std::string_view label : document.labels) {
      const uint32_t id = result.labels.Find(label);
      if (id != StringTable::kNone) {
        labels.push_back(id);
      } else {
        ++result.counts.left_out;
      }
    }
    result.corpus.Add(terms, labels);
  };
  return ReadDocuments(path, display, result.counts, use);
}

// The names of a label file.
StringTable ReadLabels(const std::string& path) {
  const std::vector<std::string> names = ReadLines(path);
  const std::string name_of_file = data::SourceName(path);
  StringTable labels;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    if (name.empty() || name.find_first_of("\t,") != std::string::npos) {
      throw DataError(name_of_file, i + 1,
                      fmt::format("met '{}'; allowed is the name of a label, "
                                  "without a comma or a tab",
                                  data::Show(name)));
    }
    if (labels.Add(name) != i) {
      throw DataError(name_of_file, i + 1,
                      fmt::format("the label '{}' is there already; allowed is "
                                  "each once",
                                  data::Show(name)));
    }
  }
  return labels;
}

// The numbers that a list stands for, without those that stand for nothing.
void Translate(std::span<const uint32_t> numbers,
               const std::vector<uint32_t>& meaning,
               std::vector<uint32_t>& ids) {
  ids.clear();
  for (const uint32_t number : numbers) {
    const uint32_t id = meaning.empty() ? number : meaning[number];
    if (id != StringTable::kNone) ids.push_back(id);
  }
}

// Writes all points. False if a signal came.
bool WritePoints(Vectorized& all, const std::string& path,
                 ProgressDisplay& display, OutputFile& output) {
  constexpr size_t kWriteBytes = size_t{1} << 20;
  std::string text = fmt::format("{} {} {}\n", all.corpus.size(),
                                 all.vocabulary->size(), all.labels.size());
  Counts& counts = all.counts;
  std::vector<uint32_t> features, labels;
  TextVector vector;
  uint64_t num_written = 0;
  bool interrupted = false;
  all.corpus.ForEach([&](std::span<const uint32_t> terms,
                         std::span<const uint32_t> label_numbers) {
    Translate(terms, all.feature_of_term, features);
    Translate(label_numbers, all.id_of_label, labels);
    std::sort(labels.begin(), labels.end());
    counts.known_terms += features.size();
    all.vocabulary->Weigh(features, vector);
    data::AppendPoint(labels, vector.view(), text);
    counts.nonzeros += vector.ids.size();
    counts.label_marks += labels.size();
    counts.empty += vector.ids.empty() ? 1 : 0;
    counts.unlabelled += labels.empty() ? 1 : 0;
    ++num_written;
    if (text.size() < kWriteBytes) return true;
    output.Write(text);
    text.clear();
    display.ShowStatus(fmt::format("writing {}  {} %", path,
                                   100 * num_written / all.corpus.size()));
    interrupted = InterruptGuard::Interrupted();
    return !interrupted;
  });
  if (interrupted) return false;
  output.Write(text);
  return !InterruptGuard::Interrupted();
}

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

std::string FormatSummary(const Vectorized& all, bool learned, double seconds) {
  const Counts& counts = all.counts;
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<10} {}\n", name, value);
  };
  add("documents",
      fmt::format("{}; {} without a known term, {} without a label",
                  FormatCount(counts.documents), FormatCount(counts.empty),
                  FormatCount(counts.unlabelled)));
  add("terms",
      fmt::format("{}{}; {:.1f} a document, {:.1f} % of what the texts hold",
                  FormatCount(uint64_t{all.vocabulary->size()}),
                  learned ? fmt::format(" of the {} met",
                                        FormatCount(counts.unique_terms))
                          : "",
                  Ratio(counts.nonzeros, counts.documents),
                  100.0 * Ratio(counts.known_terms, counts.terms)));
  add("labels",
      fmt::format("{}; {:.2f} a document{}",
                  FormatCount(uint64_t{all.labels.size()}),
                  Ratio(counts.label_marks, counts.documents),
                  learned ? ""
                          : fmt::format(", {} unknown ones left out",
                                        FormatCount(counts.left_out))));
  add("time",
      fmt::format("{}, {:.0f} MB/s", FormatSeconds(seconds),
                  static_cast<double>(counts.text_bytes) / 1e6 / seconds));
  return text;
}

Json SummaryJson(const Vectorized& all, bool learned, double seconds) {
  const Counts& counts = all.counts;
  Json json = {{"documents", counts.documents},
               {"features", all.vocabulary->size()},
               {"labels", all.labels.size()},
               {"nonzeros", counts.nonzeros},
               {"label_marks", counts.label_marks},
               {"empty_documents", counts.empty},
               {"unlabelled_documents", counts.unlabelled},
               {"terms", counts.terms},
               {"known_terms", counts.known_terms}};
  if (learned) {
    json["unique_terms"] = counts.unique_terms;
  } else {
    json["left_out_labels"] = counts.left_out;
  }
  json["text_bytes"] = counts.text_bytes;
  json["seconds"] = seconds;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  return json;
}

// "-" as OutputFile has it.
std::string OutputPath(const std::string& path) {
  return path == "-" ? "" : path;
}

}  // namespace

VectorizeCommand::VectorizeCommand(CLI::App& parent)
    : Command(parent, "vectorize",
              "Turn text with labels into data to train and test on") {
  const auto check = [this] { options_.Validate(); };
  app_.add_option("TEXT", text_path_,
                  "A line 'label,...<TAB>text' for each document; plain, gzip "
                  "or\nzstd; -: standard input")
      ->required()
      ->type_name("");
  app_.add_option("OUT", out_path_,
                  "The data, XMC text; -: standard output, without a summary")
      ->required()
      ->type_name("");
  app_.add_option("--vocabulary", vocabulary_path_,
                  "File of the terms: written, or read with --apply")
      ->required()
      ->type_name("FILE");
  app_.add_option("--labels", labels_path_,
                  "File of the labels' names: written, or read with --apply")
      ->required()
      ->type_name("FILE");
  AddFlag(app_, "--apply", apply_,
          "Learn nothing: turn TEXT into vectors as the text was that\n"
          "--vocabulary and --labels were learned from");
  AddFlag(app_, "--replace", replace_,
          "Learn although --vocabulary or --labels are there already");
  AddOption(app_, "--min-count", options_.min_count, check,
            "Documents that a term must be in");
  AddOption(app_, "--max-features", options_.max_features, check,
            "Terms that are kept, those in most documents; 0: all");
  AddOption(app_, "--max-share", options_.max_share, check,
            "Leave out terms in more than this share of the documents");
  AddFlag(app_, "--bigrams", options_.bigrams,
          "Pairs of neighbouring words are terms too");
  AddFlag(app_, "--no-normalize", no_normalize_,
          "Do not scale vectors to Euclidean length 1");
  AddFlag(app_, "--quiet", quiet_, "Print nothing but errors (and --json)");
  AddFlag(app_, "--json", json_,
          "Print one JSON object instead of the summary");
}

void VectorizeCommand::CheckFiles() const {
  const std::vector<NamedFile> learned = {{"--vocabulary", vocabulary_path_},
                                          {"--labels", labels_path_}};
  std::vector<NamedFile> inputs = {{"TEXT", text_path_}};
  std::vector<NamedFile> outputs = {{"OUT", OutputPath(out_path_)}};
  std::vector<NamedFile>& files = apply_ ? inputs : outputs;
  files.insert(files.end(), learned.begin(), learned.end());
  if (!apply_) {
    for (const NamedFile& file : learned) {
      if (file.path.empty() || file.path == "-") {
        throw OptionsError(fmt::format("{}: met '{}'; allowed is a file's name",
                                       file.option, file.path));
      }
    }
  }
  RefuseSameFile(inputs, outputs);
  if (json_ && out_path_ == "-") {
    throw OptionsError(
        "--json: does nothing when OUT is '-', the standard output");
  }
  if (apply_ && replace_) {
    throw OptionsError("--replace: does nothing with --apply");
  }
  if (apply_) return;
  for (const NamedFile& file : learned) {
    std::error_code ignored;
    if (!replace_ && std::filesystem::exists(file.path, ignored)) {
      throw OptionsError(fmt::format(
          "{}: '{}' is there already, and networks may depend on it; allowed "
          "are --apply, which uses it, and --replace, which learns it anew",
          file.option, file.path));
    }
    CheckReplaceable(file.path);
  }
}

void VectorizeCommand::CheckSameOptions(
    const VectorizerOptions& learned) const {
  const auto check = [&](const char* name, const auto& given,
                         const auto& stored) {
    if (app_.count(name) == 0 || given == stored) return;
    throw OptionsError(fmt::format(
        "{}: met {}, but {} was learned with {}; with --apply it is allowed to "
        "give none of these options",
        name, given, vocabulary_path_, stored));
  };
  check("--min-count", options_.min_count, learned.min_count);
  check("--max-features", options_.max_features, learned.max_features);
  check("--max-share", options_.max_share, learned.max_share);
  if (options_.bigrams && !learned.bigrams) {
    throw OptionsError(fmt::format(
        "--bigrams: {} was learned without; allowed is to leave it out",
        vocabulary_path_));
  }
  if (no_normalize_ && learned.normalize) {
    throw OptionsError(fmt::format(
        "--no-normalize: {} was learned without; allowed is to leave it out",
        vocabulary_path_));
  }
}

ExitCode VectorizeCommand::Run() {
  options_.normalize = !no_normalize_;
  options_.Validate();
  CheckFiles();
  const std::string out_path = OutputPath(out_path_);
  if (!out_path.empty()) CheckWritable(out_path);

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  const InterruptGuard guard;
  const auto start = Clock::now();
  Vectorized all;
  if (apply_) {
    all.vocabulary = text::Vocabulary::Read(vocabulary_path_);
    CheckSameOptions(all.vocabulary->options());
    all.labels = ReadLabels(labels_path_);
    if (!Apply(text_path_, display, all)) return kInterrupted;
  } else {
    if (!Learn(text_path_, options_, display, all)) return kInterrupted;
  }

  OutputFile output(out_path);
  if (!WritePoints(all, out_path_, display, output)) return kInterrupted;
  if (!apply_) {
    OutputFile vocabulary(vocabulary_path_), labels(labels_path_);
    vocabulary.Write(all.vocabulary->Format());
    std::string names;
    for (const uint32_t label : all.label_order) {
      names += all.labels[label];
      names += '\n';
    }
    labels.Write(names);
    vocabulary.Commit();
    labels.Commit();
  }
  output.Commit();
  const double seconds = SecondsSince(start);
  display.Clear();

  if (out_path.empty()) return kSuccess;
  if (json_) {
    Put(stdout, SummaryJson(all, !apply_, seconds).dump() + "\n");
  } else if (!quiet_) {
    Put(stdout, FormatSummary(all, !apply_, seconds));
  }
  return kSuccess;
}

}  // namespace slide::cli
