// Older versions of a file that is replaced again and again: PATH is the
// newest, PATH.1 the one before it, PATH.2 the one before that.
#pragma once

#include <string>

namespace slide::util {

// The name of the version `age` before the newest, which is PATH itself.
std::string OlderName(const std::string& path, int age);

// Makes a second name for the file at `path`, PATH.1, before another takes its
// place by a rename, and moves those behind it on by one; `keep` files stay,
// the newest among them, and no other name is touched. PATH is there all the
// time, unless its file system has no hard links: then it is away until the
// rename. Call it again if the rename fails: nothing happens twice. Throws:
// Error with the path and the system's reason.
void KeepOlder(const std::string& path, int keep);

}  // namespace slide::util
