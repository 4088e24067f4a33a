// How training shows on standard error: one line redrawn in place on a
// terminal, otherwise a line every few seconds.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "slide/trainer.h"

namespace slide::cli {

// One line without its end, e.g.
// "epoch 2/5  43 %  loss 3.214  5,018 samples/s  0:12 left  active 301  lr
// 0.02".
std::string FormatProgress(const Progress& progress);

// The same with a bar, of at most `width` characters: what matters least goes
// first when there is no room.
std::string FormatBar(const Progress& progress, int width);

class ProgressDisplay {
 public:
  enum class Mode { kOff, kLines, kBar };

  // kBar when standard error is a terminal, kLines when not, kOff when quiet.
  static Mode ModeFor(bool quiet);

  explicit ProgressDisplay(Mode mode) : mode_(mode) {}
  ~ProgressDisplay() { Clear(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // name: in front of the line, of one of several trainings.
  void Update(const Progress& progress, std::string_view name = {});

  // Shows a text in the bar's place until the next call; terminals only.
  void ShowStatus(const std::string& text);

  // Takes the bar off the screen and puts the cursor where it began. Called
  // before anything else is printed: standard output is often the same
  // terminal.
  void Clear();

  // A ReadOptions::on_remark that prints where no bar is; none when quiet.
  // Holds a reference to this.
  std::function<void(const std::string&)> Remarks();

 private:
  void Draw(const std::string& line);

  Mode mode_;
  size_t drawn_ = 0;  // characters of the bar on the screen
  std::optional<std::chrono::steady_clock::time_point> last_shown_;
};

}  // namespace slide::cli
