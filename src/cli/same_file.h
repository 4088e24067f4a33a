// Whether files that a command is given get in each other's way.
#pragma once

#include <string>
#include <vector>

namespace slide::cli {

// A file an option names; an empty path stands for one not given.
struct NamedFile {
  std::string option;
  std::string path;
  bool is_model = false;  // of an output: it may take a network's place
};

// Throws: OptionsError when an output is the same file as an input or another
// output: writing it would destroy what the user means to keep; also when two
// inputs are the standard input, "-", and when an output that is no network
// would take the place of one.
void RefuseSameFile(const std::vector<NamedFile>& inputs,
                    const std::vector<NamedFile>& outputs);

}  // namespace slide::cli
