// `slide convert`: a data set into a cache, which opens at once.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/same_file.h"
#include "cli/summary.h"
#include "slide/dataset_io.h"
#include "slide/output_file.h"

namespace slide::cli {

namespace {

class ConvertCommand final : public Command {
 public:
  ConvertCommand()
      : Command("convert", "Write data as a cache, which opens at once") {
    line_.AddArgument("IN", in_path_,
                      "XMC or LibSVM text, packed or not, or a cache; -: "
                      "text on standard input");
    line_.AddArgument("OUT", out_path_, "The cache");
    line_.AddSummarySwitches(quiet_, json_);
    line_.Add(Fields(read_));
  }

  ExitCode Run() override;

 private:
  ReadOptions read_;
  std::string in_path_, out_path_;
};

ExitCode ConvertCommand::Run() {
  RefuseSameFile(
      {{"IN", in_path_}, {"the labels of IN", LabelsFileOf(in_path_)}},
      {{"OUT", out_path_}});
  CheckWritable(out_path_);

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  read_.on_remark = display.Remarks();
  const auto start = Clock::now();
  const InterruptGuard guard;
  const auto show = [&](double fraction_read) {
    display.ShowStatus(fmt::format("converting {}  {:.0f} %", in_path_,
                                   100.0 * fraction_read));
    return !InterruptGuard::Interrupted();
  };
  const ConvertedCache result =
      ConvertToCache(in_path_, out_path_, read_, show);
  const double seconds = SecondsSince(start);
  display.Clear();
  // A signal that came too late to stop it is told all the same.
  if (InterruptGuard::Interrupted()) return InterruptGuard::Code();

  PutSummary(
      "convert",
      {{"path", out_path_},
       {"points", result.num_points},
       {"features", result.num_features},
       {"labels", result.num_labels},
       {"nonzeros", result.num_nonzeros},
       {"label_marks", result.num_label_marks},
       {"normalized", result.cache.normalized},
       {"bytes", result.cache.num_bytes},
       {"seconds", seconds},
       {"peak_rss_bytes", PeakMemoryBytes()}},
      fmt::format("{}: {} points, {} features, {} labels; {}, in {}\n",
                  out_path_, FormatCount(result.num_points),
                  FormatCount(uint64_t{result.num_features}),
                  FormatCount(uint64_t{result.num_labels}),
                  FormatBytes(result.cache.num_bytes), FormatSeconds(seconds)));
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> MakeConvert() {
  return std::make_unique<ConvertCommand>();
}

}  // namespace slide::cli
