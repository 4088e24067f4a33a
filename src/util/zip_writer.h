// ZipWriter: an archive of files that are stored as they are, written front to
// back, into a pipe too. Libraries that write ZIP go back to fill in sums and
// sizes, or bring packers that nothing here needs; the form of stored files is
// a few fields. Sizes and places are always those of ZIP64 (PKWARE, "APPNOTE",
// 4.5.3), so that four gigabytes are no border.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "slide/output_file.h"

namespace slide::util {

class ZipWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;

  explicit ZipWriter(OutputFile& file) : file_(file) {}

  // Adds a file. give: hands its bytes to the sink in pieces; it is called
  // twice, to sum and to write them, and gives the same.
  // Throws: Error when it cannot be written, as Finish does.
  void Add(std::string name, const std::function<void(const Sink&)>& give);

  // Writes the table of files. Call it once, at the end.
  void Finish();

 private:
  struct Entry {
    std::string name;
    uint64_t offset = 0;
    uint64_t num_bytes = 0;
    uint32_t crc = 0;
  };

  OutputFile& file_;
  std::vector<Entry> entries_;
};

}  // namespace slide::util
