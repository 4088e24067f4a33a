// `slide vectorize`: text with labels into vectors, and the vocabulary that
// later texts are turned into vectors with.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "cli/text_summary.h"
#include "slide/output_file.h"
#include "slide/vectorizer.h"

namespace slide::cli {
namespace {

std::string FormatSummary(const TextSummary& text, bool learned,
                          double seconds) {
  return fmt::format("{}{:<10} {}, {:.0f} MB/s\n", FormatText(text, learned),
                     "time", FormatSeconds(seconds),
                     static_cast<double>(text.text_bytes) / 1e6 / seconds);
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

class VectorizeCommand final : public Command {
 public:
  VectorizeCommand()
      : Command("vectorize",
                "Turn text with labels into data to train and test on") {
    line_.AddArgument("TEXT", text_path_,
                      "A line 'label,...<TAB>text' or '__label__a __label__b "
                      "text' for each document; packed or not; -: "
                      "standard input");
    line_.AddArgument("OUT", out_path_,
                      "The data, XMC text; -: standard output, without a "
                      "summary");
    line_.AddFile("vocabulary", vocabulary_path_,
                  "File of the terms: written, or read with --apply",
                  /*is_required=*/true);
    line_.AddFile("labels", labels_path_,
                  "File of the labels' names: written, or read with --apply",
                  /*is_required=*/true);
    line_.AddSwitch("apply", apply_,
                    "Learn nothing: turn TEXT into vectors as the text was "
                    "that --vocabulary and --labels were learned from");
    line_.AddSwitch(
        "replace", replace_,
        "Learn although --vocabulary or --labels are there already");
    line_.AddChoice("format", "auto|documents|fasttext", format_,
                    "Form of TEXT; auto: fasttext if its first line starts "
                    "with __label__");
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(options_));
  }

  ExitCode Run() override;
  const char* MemoryAdvice() const noexcept override {
    return "fewer documents at a time need less";
  }

 private:
  // Throws: OptionsError, or Error for an output that could not be written.
  void CheckFiles() const;
  TextFormat Format() const;
  // Throws: OptionsError for an option that says otherwise than the vocabulary.
  void CheckSameOptions(VectorizerOptions learned);

  VectorizerOptions options_;
  std::string text_path_, out_path_, vocabulary_path_, labels_path_;
  std::string format_ = "auto";
  bool apply_ = false;
  bool replace_ = false;
};

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
        throw OptionsError(fmt::format("{}: got '{}', expected a file's name",
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
          "{}: '{}' is there already, and networks may depend on it; expected "
          "--apply, which uses it, or --replace, which learns it anew",
          file.option, file.path));
    }
    CheckWritable(file.path);
  }
}

void VectorizeCommand::CheckSameOptions(VectorizerOptions learned) {
  const std::vector<OptionField> mine = Fields(options_);
  const std::vector<OptionField> theirs = Fields(learned);
  for (size_t i = 0; i < mine.size(); ++i) {
    if (!line_.WasGiven(mine[i].flag) || mine[i].text() == theirs[i].text()) {
      continue;
    }
    throw OptionsError(fmt::format(
        "--{}: got {}, expected {}, by which {} was learned; with --apply it "
        "may be left out",
        mine[i].flag, mine[i].text(), theirs[i].text(), vocabulary_path_));
  }
}

TextFormat VectorizeCommand::Format() const {
  if (format_ == "documents") return TextFormat::kDocuments;
  return format_ == "fasttext" ? TextFormat::kFastText : TextFormat::kAuto;
}

ExitCode VectorizeCommand::Run() {
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
                           .labels = labels_path_,
                           .format = Format()};
  const auto start = Clock::now();
  TextSummary text;
  if (apply_) {
    const Vectorizer vectorizer = Vectorizer::Load(vocabulary_path_);
    CheckSameOptions(vectorizer.options());
    text = vectorizer.TransformFile(files, show);
  } else {
    text = Vectorizer::LearnFile(files, options_, show);
  }
  const double seconds = SecondsSince(start);
  display.Clear();
  if (text.stopped) return InterruptGuard::Code();
  if (out_path_ == "-") return kSuccess;
  PutSummary("vectorize", SummaryJson(text, !apply_, seconds),
             FormatSummary(text, !apply_, seconds));
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeVectorize() {
  return std::make_unique<VectorizeCommand>();
}

}  // namespace slide::cli
