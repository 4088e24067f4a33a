#include "nn/sparse_part_io.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "slide/error.h"
#include "util/at_place.h"

namespace slide::nn {
namespace {

// The first section of a sparse part, by which a file is known to have one.
constexpr char kLists[] = "sparse.lists";
constexpr char kPairs[] = "sparse.pairs";
constexpr char kAccumulators[] = "sparse.accumulators";
constexpr char kWeight[] = "sparse.weight";

// Reads sections that are arrays of single items: views of the mapping, or
// copies, which are kept.
class ArrayReader {
 public:
  ArrayReader(const util::SectionFile& file, const util::MappedFile* mapping)
      : file_(file), mapping_(mapping) {}

  // num: the items that it must have, if that is known. verify: compare the
  // sum of a view too.
  template <typename T>
  std::span<const T> Read(std::string_view name, std::optional<uint64_t> num,
                          bool verify) {
    ++num_sections_;
    const auto& section = file_.FindItems<T>(name, num);
    if (mapping_ != nullptr) {
      if (verify) file_.Verify(section);
      return file_.View<T>(name, *mapping_);
    }
    util::AlignedBuffer<std::byte>& copy =
        copies_.emplace_back(section.num_bytes, "a sparse part");
    file_.Read(section, copy);
    return {reinterpret_cast<const T*>(copy.data()), section.shape.num_rows};
  }
  size_t num_sections() const noexcept { return num_sections_; }

 private:
  const util::SectionFile& file_;
  const util::MappedFile* mapping_;
  size_t num_sections_ = 0;
  std::vector<util::AlignedBuffer<std::byte>> copies_;
};

}  // namespace

void AddSparsePart(const NetworkCore& network, util::SectionWriter& writer) {
  if (network.sparse_part() == nullptr) return;
  const auto& [lists, words, accumulators, weight] =
      network.sparse_part()->arrays();
  writer.Add(kLists, lists);
  writer.Add(kPairs, words);
  if (!network.exported()) writer.Add(kAccumulators, accumulators);
  writer.Add(kWeight, weight);
}

size_t ReadSparsePart(const util::SectionFile& file,
                      const util::MappedFile* mapping, NetworkCore& network) {
  if (!file.Has(kLists)) return 0;
  const NetworkOptions& options = network.options();
  ArrayReader reader(file, mapping);
  SparsePart::Arrays arrays;
  arrays.lists = reader.Read<kernels::PairList>(kLists, options.num_features,
                                                /*verify=*/true);
  arrays.words = reader.Read<uint32_t>(kPairs, {}, /*verify=*/false);
  if (!network.exported()) {
    arrays.accumulators =
        reader.Read<float>(kAccumulators, options.num_labels, /*verify=*/false);
  }
  arrays.weight = reader.Read<float>(kWeight, 1, /*verify=*/true);
  util::AtPlace<Error>(file.path() + ": the sparse part", [&] {
    network.SetSparsePart(mapping == nullptr
                              ? SparsePart(arrays, options.num_labels)
                              : SparsePart::View(arrays, options.num_labels));
  });
  return reader.num_sections();
}

void CheckPairs(const util::SectionFile& file, const NetworkCore& network) {
  if (const SparsePart* sparse = network.sparse_part()) {
    util::AtPlace<Error>(file.path() + ": the sparse part",
                         [&] { sparse->CheckLists(); });
  }
}

}  // namespace slide::nn
