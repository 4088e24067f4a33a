// `slide convert`: a data set into a cache, which opens at once.
#include <fmt/format.h>

#include <chrono>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "slide/dataset_cache.h"

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
  display.ShowStatus(fmt::format("reading {}", in_path_));
  const Dataset data = ReadData(in_path_, read_);
  const auto read = Clock::now();
  display.ShowStatus(fmt::format("writing {}", out_path_));
  const CacheInfo cache = WriteCache(data, read_.normalize, out_path_);
  const double write_seconds = Seconds(Clock::now() - read).count();
  const double read_seconds = Seconds(read - start).count();
  display.Clear();

  if (json_) {
    Json json = {{"path", out_path_},
                 {"points", data.size()},
                 {"features", data.num_features()},
                 {"labels", data.num_labels()},
                 {"nonzeros", data.num_nonzeros()},
                 {"label_marks", data.num_label_marks()},
                 {"normalized", cache.normalized},
                 {"bytes", cache.num_bytes},
                 {"read_seconds", read_seconds},
                 {"write_seconds", write_seconds},
                 {"peak_rss_bytes", PeakMemoryBytes()}};
    Put(stdout, json.dump() + "\n");
  } else if (!quiet_) {
    Put(stdout,
        fmt::format("{}: {} points, {} features, {} labels; {}, read in {}, "
                    "written in {}\n",
                    out_path_, FormatCount(uint64_t{data.size()}),
                    FormatCount(uint64_t{data.num_features()}),
                    FormatCount(uint64_t{data.num_labels()}),
                    FormatBytes(cache.num_bytes), FormatSeconds(read_seconds),
                    FormatSeconds(write_seconds)));
  }
  return kSuccess;
}

}  // namespace slide::cli
