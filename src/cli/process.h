// The process that the command runs in, as it must be before anything else.
#pragma once

namespace slide::cli {

// Makes of faults that would end the process without a word errors that can be
// reported:
//   a closed pipe, a file beyond its limit (ulimit -f): errors of the write
//   a closed standard stream: opened so that its use is an error, and no file
//     that is opened later gets its number
//   a mapped file that another program cuts off: one line that names it
void PrepareProcess();

}  // namespace slide::cli
