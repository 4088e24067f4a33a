#include "train/rebuilder.h"

#include <limits>
#include <utility>

#include "hashing/auto_settings.h"
#include "nn/center.h"
#include "util/stopwatch.h"

namespace slide::train {
namespace {

RebuildOptions Settled(RebuildOptions options, size_t num_rows) {
  if (!options.every) options.every = hashing::AutoRebuildInterval(num_rows);
  return options;
}

}  // namespace

Rebuilder::Rebuilder(nn::NetworkCore& network, const RebuildOptions& options,
                     const util::ThreadTeam& team,
                     std::vector<SparseView> typical,
                     nn::NetworkCore::Tables which, RebuildState& state)
    : network_(network),
      team_(team),
      typical_(std::move(typical)),
      which_(which),
      num_rows_(network.NumHashableRows(which)),
      in_background_(options.mode == RebuildMode::kBackground),
      state_(state),
      goes_on_(state.has_begun()),
      schedule_(Settled(options, num_rows_), state) {
  if (!goes_on_) Build();
}

void Rebuilder::Build() {
  if (!has_tables()) return;
  const util::Stopwatch watch(state_.pause_seconds);
  CenterTables(network_, typical_);
  network_.BuildTables(team_, which_);
}

uint64_t Rebuilder::next_event() const noexcept {
  return has_tables() && !is_overdue_ ? schedule_.next_event()
                                      : std::numeric_limits<uint64_t>::max();
}

void Rebuilder::AtStep(uint64_t step) {
  if (!has_tables()) return;
  if (task_.is_started() && task_.is_done()) EndBackgroundBuild();
  // Only one build runs at a time: one that is due waits for it.
  const bool is_due = step >= schedule_.next_event();
  is_overdue_ = is_due && task_.is_started();
  if (!is_due || is_overdue_) return;
  const util::Stopwatch watch(state_.pause_seconds);
  if (step < schedule_.next() &&
      !schedule_.is_too_far(network_.TablesDrift(which_))) {
    schedule_.AdvanceCheck(step);
    return;
  }
  StartBuild(step);
}

void Rebuilder::StartBuild(uint64_t step) {
  schedule_.Advance(step);
  CenterTables(network_, typical_);
  if (!in_background_) {
    network_.BuildTables(team_, which_);
    ++state_.num_ended;
    return;
  }
  task_.Start([this] {
    task_seconds_ = 0.0;
    const util::Stopwatch watch(task_seconds_);
    network_.BuildTablesBeside(which_);
  });
}

void Rebuilder::EndBackgroundBuild() {
  task_.Wait();
  ++state_.num_ended;
  state_.background_seconds += task_seconds_;
}

void Rebuilder::Finish() {
  if (!task_.is_started()) return;
  const util::Stopwatch watch(state_.pause_seconds);
  EndBackgroundBuild();
}

}  // namespace slide::train
