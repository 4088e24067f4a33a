// `slide compare`: trains the same network by several methods, an epoch of each
// in turn, and tells how accurate and how fast each is.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/compare_output.h"
#include "cli/interrupt.h"
#include "cli/known_data.h"
#include "cli/machine_info.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/same_file.h"
#include "cli/train_output.h"
#include "cli/training_record.h"
#include "slide/comparison.h"
#include "slide/cpu.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/model_data.h"
#include "slide/option_fields.h"

namespace slide::cli {
namespace {

// The methods as a sentence of --help.
const std::string& MethodsSentence() {
  static const std::string sentence = [] {
    std::string text =
        "Methods with commas between them, each a name and maybe options of "
        "its own as NAME/FLAG=VALUE/...: ";
    for (const KnownMethod& method : KnownMethods()) {
      text += fmt::format("{}{}: {}", text.ends_with(": ") ? "" : "; ",
                          method.name, method.sentence);
    }
    return text;
  }();
  return sentence;
}

class CompareCommand final : public Command {
 public:
  CompareCommand()
      : Command("compare", "Train by several methods and compare them") {
    line_.AddArgument("TRAIN", train_path_, "Training set, as for train");
    line_.AddFile("test", test_path_,
                  "Test set, which all methods are evaluated on", true);
    line_.AddText("methods", methods_, "NAME[,NAME...]", MethodsSentence());
    line_.AddFile("report", report_path_,
                  "Write a page with charts, a single HTML file");
    line_.AddConfig();
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(comparison_));
    line_.Add(Fields(network_));
    std::vector<OptionField> train = Fields(train_);
    std::erase_if(train, [](const OptionField& field) {
      return field.name == "time_limit" || field.name == "patience" ||
             field.name == "freeze";
    });
    line_.Add(std::move(train));
    line_.Add(Fields(read_));
    known_.AddTo(line_);
  }

  ExitCode Run() override;
  const char* MemoryAdvice() const noexcept override {
    return "fewer --methods or a smaller --hidden need less";
  }

 private:
  std::vector<Method> Methods() const;
  void Read(ProgressDisplay& display);
  // The object of a report.
  Json ReportData(const Json& comparison,
                  std::span<const MethodReport> methods);
  std::vector<MethodReport> Compare(std::span<const Method> methods,
                                    ProgressDisplay& display) const;

  std::string train_path_, test_path_, report_path_;
  std::string methods_ = "slide,net,sampled-uniform,linear";
  ComparisonOptions comparison_;
  NetworkOptions network_;
  TrainOptions train_;
  ReadOptions read_;
  KnownData known_;

  Dataset train_data_, test_data_;
};

std::vector<Method> CompareCommand::Methods() const {
  std::vector<Method> methods;
  for (size_t begin = 0, end = 0; end != methods_.npos; begin = end + 1) {
    end = methods_.find(',', begin);
    methods.push_back(
        ParseMethod(methods_.substr(begin, end - begin), network_, train_));
  }
  return methods;
}

void CompareCommand::Read(ProgressDisplay& display) {
  read_.on_remark = display.Remarks();
  display.ShowStatus(fmt::format("reading {}", train_path_));
  ModelData train = ReadToLearn(train_path_, read_);
  train_data_ = std::move(train.data);
  display.ShowStatus(fmt::format("reading {}", test_path_));
  test_data_ = known_
                   .Read(test_path_, train.card,
                         {.num_features = train_data_.num_features(),
                          .num_labels = train_data_.num_labels()},
                         read_)
                   .data;
}

std::vector<MethodReport> CompareCommand::Compare(
    std::span<const Method> methods, ProgressDisplay& display) const {
  const size_t width = NameWidth(methods);
  if (!quiet_ && !json_) {
    Put(stdout, FormatData("train", train_path_, train_data_));
    Put(stdout, FormatData("test", test_path_, test_data_));
    Put(stdout, FormatCompareHead(width, train_.eval_ks));
  }
  return CompareMethods(
      methods, train_data_, test_data_, comparison_,
      [&](size_t m, const Progress& progress, const CurvePoint* point) {
        display.Update(progress, methods[m].name);
        if (point != nullptr && !quiet_ && !json_) {
          display.Clear();
          Put(stdout, FormatCompareRow(methods[m].name, width, *point));
        }
        return !InterruptGuard::Interrupted();
      });
}

Json CompareCommand::ReportData(const Json& comparison,
                                std::span<const MethodReport> methods) {
  Json data = comparison;
  data["kind"] = "comparison";
  data["machine"] = MachineJson();
  data["title"] = fmt::format("methods compared on {}", FileName(train_path_));
  data["options"] = Json::object();
  for (MethodReport method : methods) {
    data["options"][method.name] = {
        {"network", Json::parse(ToJson(Fields(method.network)))},
        {"train", Json::parse(ToJson(Fields(method.train)))}};
  }
  return data;
}

ExitCode CompareCommand::Run() {
  RefuseSameFile({{"TRAIN", train_path_}, {"--test", test_path_}},
                 {{"--report", report_path_}});
  train_.num_threads = NumThreads(train_.num_threads);
  const std::vector<Method> methods = Methods();
  CheckReport(report_path_, !quiet_ || json_);
  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  Read(display);
  display.Clear();

  const InterruptGuard guard;
  const std::vector<MethodReport> reports = Compare(methods, display);
  display.Clear();
  const std::vector<double> targets = TargetsOf(comparison_, reports);
  Json json = ComparisonJson(reports, targets);
  json["interrupted"] = InterruptGuard::Interrupted();
  json["threads"] = train_.num_threads;
  json["seed"] = train_.seed.value_or(network_.seed);
  json["command"] = RepeatingCommand(line_, train_path_);
  json.update(MachineJson());
  PutSummary("compare", json, FormatComparison(reports, targets));
  WriteReport(report_path_, ReportData(json, reports));
  for (const MethodReport& report : reports) {
    if (report.failure.empty()) continue;
    Put(stderr, fmt::format("slide: warning: method {}: {}\n", report.name,
                            report.failure));
  }
  if (InterruptGuard::Interrupted()) {
    if (!quiet_) {
      Put(stderr,
          "slide: interrupted: the methods are compared as far as they came\n");
    }
    return InterruptGuard::Code();
  }
  if (std::ranges::all_of(reports, [](const MethodReport& report) {
        return !report.failure.empty();
      })) {
    throw Error("no method was trained to the end");
  }
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeCompare() {
  return std::make_unique<CompareCommand>();
}

}  // namespace slide::cli
