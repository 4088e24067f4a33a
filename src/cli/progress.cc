#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/summary.h"

namespace slide::cli {
namespace {

// Between two lines when standard error is a file or a pipe, and between two
// looks of the bar.
constexpr auto kLineInterval = std::chrono::seconds(5);
constexpr auto kRedrawInterval = std::chrono::milliseconds(50);
// A bar shorter than this says less than its percentage; a longer one than
// kMaxBar says no more.
constexpr size_t kMinBar = 10, kMaxBar = 40;
// For a terminal that does not tell its width.
constexpr int kUsualWidth = 80;

double DoneShare(const Progress& progress) {
  if (progress.evaluated_share) return *progress.evaluated_share;
  if (progress.epoch_samples == 0) return 0.0;
  return std::min(1.0, static_cast<double>(progress.epoch_samples_done) /
                           static_cast<double>(progress.epoch_samples));
}

std::string FormatEpochPart(const Progress& progress) {
  return fmt::format("epoch {}/{}{}", progress.epoch, progress.num_epochs,
                     progress.evaluated_share ? " evaluating" : "");
}

std::string FormatPercent(const Progress& progress) {
  // Rounded down: 100 % is said when all samples are done, not before.
  return fmt::format("{:3} %", static_cast<int>(100.0 * DoneShare(progress)));
}

// Returns the fields that follow the percentage, the most wanted first.
std::vector<std::string> FormatFields(const Progress& progress) {
  return {
      fmt::format("loss {:.4g}", progress.loss),
      fmt::format("{} left", FormatClock(progress.seconds_left)),
      fmt::format("{} samples/s", FormatCount(progress.samples_per_second)),
      fmt::format("active {:.0f}", progress.active_mean),
      fmt::format("lr {:.3g}", progress.learning_rate),
  };
}

int TerminalWidth() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return kUsualWidth;
}

}  // namespace

std::string FormatProgress(const Progress& progress) {
  std::string line = FormatEpochPart(progress) + "  " + FormatPercent(progress);
  for (const std::string& field : FormatFields(progress))
    line += fmt::format("  {}", field);
  return line;
}

std::string FormatBar(const Progress& progress, int width) {
  const size_t room = static_cast<size_t>(std::max(width, 0));
  const std::string head = FormatEpochPart(progress) + " ";
  std::string tail = fmt::format(" {}", FormatPercent(progress));
  // The bar takes its smallest size first, then the fields as far as they go,
  // and the bar grows into what is left.
  const size_t frame = 2;  // the brackets
  for (const std::string& field : FormatFields(progress)) {
    const size_t with_field = tail.size() + 2 + field.size();
    if (head.size() + frame + kMinBar + with_field > room) break;
    tail += fmt::format("  {}", field);
  }
  const size_t others = head.size() + frame + tail.size();
  if (others + kMinBar > room) return (head + tail).substr(0, room);
  const size_t length = std::min(room - others, kMaxBar);
  const size_t filled =
      static_cast<size_t>(static_cast<double>(length) * DoneShare(progress));
  return head + "[" + std::string(filled, '#') +
         std::string(length - filled, '.') + "]" + tail;
}

ProgressDisplay::Mode ProgressDisplay::ModeFor(bool quiet) {
  if (quiet) return Mode::kOff;
  return isatty(STDERR_FILENO) == 1 ? Mode::kBar : Mode::kLines;
}

void ProgressDisplay::Update(const Progress& progress, std::string_view name) {
  const std::string front = name.empty() ? "" : fmt::format("{}  ", name);
  const auto now = std::chrono::steady_clock::now();
  const auto is_due = [&](auto interval) {
    if (last_shown_ && now - *last_shown_ < interval) return false;
    last_shown_ = now;
    return true;
  };
  if (mode_ == Mode::kBar && is_due(kRedrawInterval)) {
    // The last column stays free: writing into it makes some terminals wrap.
    const int width = TerminalWidth() - 1 - static_cast<int>(front.size());
    Draw(front + FormatBar(progress, width));
  } else if (mode_ == Mode::kLines && is_due(kLineInterval)) {
    Put(stderr, fmt::format("{}{}\n", front, FormatProgress(progress)));
  }
}

void ProgressDisplay::ShowStatus(const std::string& text) {
  if (mode_ != Mode::kBar) return;
  Draw(text.substr(0, static_cast<size_t>(TerminalWidth() - 1)));
}

void ProgressDisplay::Clear() {
  if (drawn_ == 0) return;
  // Blanks instead of an escape sequence: every terminal knows them.
  Put(stderr, fmt::format("\r{:{}}\r", "", drawn_));
  drawn_ = 0;
}

std::function<void(const std::string&)> ProgressDisplay::Remarks() {
  if (mode_ == Mode::kOff) return {};
  return [this](const std::string& text) {
    Clear();
    PutRemark(text);
  };
}

void ProgressDisplay::Draw(const std::string& line) {
  // One write for a line, padded over what was there: nothing flickers. The
  // cursor goes back to the start, where the next line covers what the terminal
  // itself shows of a Ctrl-C.
  Put(stderr, fmt::format("\r{:<{}}\r", line, std::max(drawn_, line.size())));
  drawn_ = line.size();
}

}  // namespace slide::cli
