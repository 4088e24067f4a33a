// The public readers: which form a file has, and who reads that.
#include "data/text_reader.h"
#include "slide/dataset.h"

namespace slide {

Dataset ReadData(const std::string& path, const ReadOptions& options) {
  return Dataset(data::ReadTextFile(path, options));
}

Dataset ReadXmc(const std::string& path, const ReadOptions& options) {
  ReadOptions xmc = options;
  xmc.format = TextFormat::kXmc;
  return Dataset(data::ReadTextFile(path, xmc));
}

}  // namespace slide
