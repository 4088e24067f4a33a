// A folder for the files of one test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "support/read_bytes.h"

namespace slide::testing_support {

// Is there as long as this object.
class TempFolder {
 public:
  TempFolder()
      : path_(testing::TempDir() + "slide_test_" + std::to_string(getpid()) +
              "/") {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // The path of the folder, with a slash, and of a file in it.
  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + name; }

  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  // All bytes of a file; none if it is missing.
  std::string Read(const std::string& name) const {
    return ReadBytes(Path(name));
  }
  // Returns the names of the files in the folder, in any order.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

 private:
  const std::string path_;
};

}  // namespace slide::testing_support
