#include "train/rebuilder.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <system_error>
#include <utility>

#include "hashing/auto_settings.h"
#include "nn/center.h"
#include "slide/error.h"
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
  if (build_.valid() &&
      build_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    EndBackgroundBuild();
  }
  // Only one build runs at a time: one that is due waits for it.
  const bool is_due = step >= schedule_.next_event();
  is_overdue_ = is_due && build_.valid();
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
  try {
    build_ = std::async(std::launch::async, [this] {
      double seconds = 0.0;
      {
        const util::Stopwatch watch(seconds);
        network_.BuildTablesBeside(which_);
      }
      return seconds;
    });
  } catch (const std::system_error& error) {
    throw Error(fmt::format("a thread could not be started: {}", error.what()));
  }
}

void Rebuilder::EndBackgroundBuild() {
  state_.background_seconds += build_.get();
  ++state_.num_ended;
}

void Rebuilder::Finish() {
  if (!build_.valid()) return;
  const util::Stopwatch watch(state_.pause_seconds);
  EndBackgroundBuild();
}

}  // namespace slide::train
