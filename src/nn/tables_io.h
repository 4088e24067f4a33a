// The hash tables of a network in a file: the addresses of all rows as they
// were at the last build, and how many builds there were. Files of sections
// have them for training that goes on with the very tables it was cut with.
#pragma once

#include <cstddef>

#include "nn/network_core.h"
#include "util/section_file.h"
#include "util/thread_team.h"

namespace slide::nn {

// Adds those of the layers whose tables are built. Requires: the network stays,
// and no table is built, until the writer has written.
void AddTables(const NetworkCore& network, util::SectionWriter& writer);

// Makes these tables of a network whose centers are those of the file already.
// Returns the number of sections. Throws: Error with the path and the part that
// is wrong or missing. Memory: that of the tables, after their shape was
// checked.
size_t ReadTables(const util::SectionFile& file, NetworkCore::Tables which,
                  const util::ThreadTeam& team, NetworkCore& network);

}  // namespace slide::nn
