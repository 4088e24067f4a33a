// Rebuilder: keeps the hash tables of a training run up to date: builds them on
// schedule or when they have drifted, between the steps or beside them.
//
// A run calls AtStep at the steps that next_event() names, and at any
// others where no step runs. In the background a build is started there and
// puts its tables in place by itself; the next build, which overwrites the
// tables before those, is only started at such a place too, when no step can
// hold them any more.
#pragma once

#include <cstdint>
#include <future>
#include <vector>

#include "nn/network_core.h"
#include "slide/options/train.h"
#include "train/schedule.h"
#include "util/thread_team.h"

namespace slide::train {

class Rebuilder {
 public:
  // Builds the tables; training waits for it. typical: inputs such as those
  // that will be asked for, by which hashes are centered. which: the tables in
  // use; it does nothing if there are none. state: the schedule goes on from
  // there; if it has begun, the tables are there already, and nothing is built.
  // All arguments must outlive it. Throws: as NetworkCore::BuildTables.
  Rebuilder(nn::NetworkCore& network, const RebuildOptions& options,
            const util::ThreadTeam& team, std::vector<SparseView> typical,
            nn::NetworkCore::Tables which, RebuildState& state);

  // Builds the tables now; training waits for it. Requires: no step runs; no
  // build goes on. Throws: as NetworkCore::BuildTables.
  void Build();

  // The next step before which there is something to do; the largest number if
  // that depends on the build that is going on.
  uint64_t next_event() const noexcept;
  // Does what is due before that step. Requires: no step runs; steps ascend.
  // Throws: as NetworkCore::BuildTables.
  void AtStep(uint64_t step);
  // Waits for a build that is going on. Throws: as NetworkCore::BuildTables.
  void Finish();

  // Ended, after the first.
  uint64_t num_rebuilds() const noexcept { return state_.num_ended; }
  // Time that training waited for builds.
  double pause_seconds() const noexcept { return state_.pause_seconds; }
  // Time of the builds beside the steps.
  double background_seconds() const noexcept {
    return state_.background_seconds;
  }

 private:
  bool has_tables() const noexcept { return num_rows_ > 0; }
  void StartBuild(uint64_t step);
  void EndBackgroundBuild();

  nn::NetworkCore& network_;
  const util::ThreadTeam& team_;
  const std::vector<SparseView> typical_;
  const nn::NetworkCore::Tables which_;
  const size_t num_rows_;  // that are hashed
  const bool in_background_;
  RebuildState& state_;
  const bool goes_on_;  // it had begun
  RebuildSchedule schedule_;
  bool is_overdue_ = false;  // what it plans, while a build goes on
  // The build beside the steps, which takes these seconds; valid until it has
  // been waited for. Last, so that it ends before what it uses.
  std::future<double> build_;
};

}  // namespace slide::train
