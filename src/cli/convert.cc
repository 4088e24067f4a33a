// `slide convert`: a data set into a cache, which opens at once.
#include <fmt/format.h>

#include <chrono>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "slide/dataset_cache.h"
#include "slide/output_file.h"

namespace slide::cli {

ConvertCommand::ConvertCommand(CLI::App& parent)
    : Command(parent, "convert", "Write data as a cache, which opens at once") {
  app_.add_option("IN", in_path_,
                  "XMC or LibSVM text, plain, gzip or zstd, or a cache;\n"
                  "-: text on standard input")
      ->required()
      ->type_name("");
  app_.add_option("OUT", out_path_, "The cache")->required()->type_name("");
  AddFlag(app_, "--quiet", quiet_, "Print nothing but errors (and --json)");
  AddFlag(app_, "--json", json_,
          "Print one JSON object instead of the summary");
  AddReadOptions(app_, read_, no_normalize_);
}

ExitCode ConvertCommand::Run() {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  RefuseSameFile({{"IN", in_path_}}, {{"OUT", out_path_}});
  CheckReplaceable(out_path_);
  read_.normalize = !no_normalize_;

  ProgressDisplay display(ProgressDisplay::ModeFor(quiet_));
  const auto start = Clock::now();
  const InterruptGuard guard;
  const auto show = [&](double fraction_read) {
    display.ShowStatus(fmt::format("converting {}  {:.0f} %", in_path_,
                                   100.0 * fraction_read));
    return !InterruptGuard::Interrupted();
  };
  const ConvertedCache result =
      ConvertToCache(in_path_, out_path_, read_, show);
  const double seconds = Seconds(Clock::now() - start).count();
  display.Clear();
  if (result.stopped) return kInterrupted;

  if (json_) {
    Json json = {{"path", out_path_},
                 {"points", result.num_points},
                 {"features", result.num_features},
                 {"labels", result.num_labels},
                 {"nonzeros", result.num_nonzeros},
                 {"label_marks", result.num_label_marks},
                 {"normalized", result.cache.normalized},
                 {"bytes", result.cache.num_bytes},
                 {"seconds", seconds},
                 {"peak_rss_bytes", PeakMemoryBytes()}};
    Put(stdout, json.dump() + "\n");
  } else if (!quiet_) {
    Put(stdout,
        fmt::format("{}: {} points, {} features, {} labels; {}, in {}\n",
                    out_path_, FormatCount(result.num_points),
                    FormatCount(uint64_t{result.num_features}),
                    FormatCount(uint64_t{result.num_labels}),
                    FormatBytes(result.cache.num_bytes),
                    FormatSeconds(seconds)));
  }
  return kSuccess;
}

}  // namespace slide::cli
