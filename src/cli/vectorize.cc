// `slide vectorize`: text with labels into vectors, and the vocabulary that
// later texts are turned into vectors with.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

std::string FormatSummary(const TextSummary& text, bool learned,
                          double seconds) {
  std::string lines;
  const auto add = [&](const char* name, const std::string& value) {
    lines += fmt::format("{:<10} {}\n", name, value);
  };
  add("documents",
      fmt::format("{}; {} without a known term, {} without a label",
                  FormatCount(text.num_documents), FormatCount(text.num_empty),
                  FormatCount(text.num_unlabelled)));
  add("terms",
      fmt::format("{}{}; {:.1f} a document, {:.1f} % of what the texts hold",
                  FormatCount(uint64_t{text.num_features}),
                  learned ? fmt::format(" of the {} met",
                                        FormatCount(text.num_unique_terms))
                          : "",
                  Ratio(text.num_nonzeros, text.num_documents),
                  100.0 * Ratio(text.num_known_terms, text.num_terms)));
  add("labels",
      fmt::format("{}; {:.2f} a document{}",
                  FormatCount(uint64_t{text.num_labels}),
                  Ratio(text.num_label_marks, text.num_documents),
                  learned ? ""
                          : fmt::format(", {} unknown ones left out",
                                        FormatCount(text.num_unknown_labels))));
  add("time",
      fmt::format("{}, {:.0f} MB/s", FormatSeconds(seconds),
                  static_cast<double>(text.text_bytes) / 1e6 / seconds));
  return lines;
}

Json SummaryJson(const TextSummary& text, bool learned, double seconds) {
  Json json = {{"documents", text.num_documents},
               {"features", text.num_features},
               {"labels", text.num_labels},
               {"nonzeros", text.num_nonzeros},
               {"label_marks", text.num_label_marks},
               {"empty_documents", text.num_empty},
               {"unlabelled_documents", text.num_unlabelled},
               {"terms", text.num_terms},
               {"known_terms", text.num_known_terms}};
  if (learned) {
    json["unique_terms"] = text.num_unique_terms;
  } else {
    json["left_out_labels"] = text.num_unknown_labels;
  }
  json["text_bytes"] = text.text_bytes;
  json["seconds"] = seconds;
  json["peak_rss_bytes"] = PeakMemoryBytes();
  return json;
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
  std::vector<NamedFile> outputs = {{"OUT", out_path_ == "-" ? "" : out_path_}};
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
  if (out_path_ != "-") CheckWritable(out_path_);

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  const InterruptGuard guard;
  const auto show = [&](const TextProgress& so_far) {
    if (so_far.num_written == 0) {
      display.ShowStatus(fmt::format("reading {}  {} documents", text_path_,
                                     FormatCount(so_far.num_documents)));
    } else {
      display.ShowStatus(
          fmt::format("writing {}  {} %", out_path_,
                      100 * so_far.num_written / so_far.num_documents));
    }
    return !InterruptGuard::Interrupted();
  };
  const TextFiles files = {.text = text_path_,
                           .data = out_path_,
                           .vocabulary = vocabulary_path_,
                           .labels = labels_path_};
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  TextSummary text;
  if (apply_) {
    const Vectorizer vectorizer = Vectorizer::Load(vocabulary_path_);
    CheckSameOptions(vectorizer.options());
    text = vectorizer.TransformFile(files, show);
  } else {
    text = Vectorizer::LearnFile(files, options_, show);
  }
  const double seconds =
      std::chrono::duration<double>(Clock::now() - start).count();
  display.Clear();
  if (text.stopped) return kInterrupted;
  if (out_path_ == "-") return kSuccess;
  if (json_) {
    Put(stdout, SummaryJson(text, !apply_, seconds).dump() + "\n");
  } else if (!quiet_) {
    Put(stdout, FormatSummary(text, !apply_, seconds));
  }
  return kSuccess;
}

}  // namespace slide::cli
