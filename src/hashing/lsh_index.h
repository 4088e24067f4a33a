// LshIndex: hashes the rows of a matrix into L tables, again and again as the
// rows move. Readers use the tables of the last build; a build may fill a
// second set meanwhile and put it in the place of the first at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashing/lsh_tables.h"
#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::hashing {

// Threads: builds, Center and Drift one at a time; tables() by anyone at any
// time.
class LshIndex {
 public:
  // Empty tables over num_rows rows. seed: of what a limit leaves to chance.
  // Requires: what LshTables requires.
  LshIndex(std::unique_ptr<const HashFamily> family, const RowVectors& vectors,
           size_t num_rows, BucketLimit limit = {}, uint64_t seed = 0);

  // The tables of the last build that has ended.
  const LshTables& tables() const noexcept {
    return *current_.load(std::memory_order_acquire);
  }

  // Hashes the rows and fills the tables; the result does not depend on the
  // team. Throws: DataError naming the first row with a weight that is not a
  // finite number, and the tables are as they were; Error if memory runs out.
  // Requires: nobody queries; the rows have the width that `vectors` was made
  // for.
  // Memory: 2 bytes a row and table, from the first build on.
  void Build(kernels::ConstRowsView rows, const util::ThreadTeam& team);

  // From the next build on, queries are hashed less their mean, if the vectors
  // are centered; mean [weights of a row], finite.
  void Center(std::span<const float> mean) { vectors_.Center(mean); }

  // The vectors that rows and queries of the next build are hashed by.
  const RowVectors& vectors() const noexcept { return vectors_; }

  // Does what Build does while others query: fills other tables, and tables()
  // returns those from the moment they are done. The rows may be written to
  // meanwhile. Requires: nobody uses what tables() returned before the build
  // before this one ended. Memory: twice the tables, from the first call on.
  void BuildBeside(kernels::ConstRowsView rows, const util::ThreadTeam& team);

  // The addresses of the last build, [num_tables, num_rows]; empty before the
  // first one.
  std::span<const uint16_t> addresses() const noexcept { return addresses_; }
  // Builds so far, there as long as this object.
  const uint64_t& num_builds() const noexcept { return num_builds_; }
  // Makes the tables what they were after build number num_builds, whose
  // addresses these are, and this index what it was, if the vectors are as they
  // were then. Throws: Error naming an address that no table has, and nothing
  // has changed; Error if memory runs out. Requires: addresses of that shape;
  // num_builds >= 1; nobody queries.
  void Restore(util::AlignedBuffer<uint16_t> addresses, uint64_t num_builds,
               const util::ThreadTeam& team);

  // Returns how far the rows have moved since the last build: the share of
  // addresses that have changed, over kDriftRows rows drawn by the seed (all,
  // if there are fewer). 0 before the first build; 1 for a row that is not
  // finite.
  // Requires: the last build did not throw.
  double Drift(kernels::ConstRowsView rows) const;
  static constexpr size_t kDriftRows = 256;

 private:
  void Fill(LshTables& tables, kernels::ConstRowsView rows,
            const util::ThreadTeam& team);
  // Puts addresses_ into the tables; number: of the build, from 0.
  void FillByAddresses(LshTables& tables, uint64_t number,
                       const util::ThreadTeam& team);

  const std::shared_ptr<const HashFamily> family_;
  RowVectors vectors_;
  const size_t num_rows_;
  const BucketLimit limit_;
  const util::Rng rng_;
  uint64_t num_builds_ = 0;
  std::unique_ptr<LshTables> in_use_;
  std::unique_ptr<LshTables> spare_;       // null before the first BuildBeside
  std::atomic<const LshTables*> current_;  // in_use_, for readers
  // The addresses of the last build, [num_tables, num_rows].
  util::AlignedBuffer<uint16_t> addresses_;
  const std::vector<uint32_t> drift_rows_;
};

}  // namespace slide::hashing
