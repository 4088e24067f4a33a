// Corpus: documents as the numbers of their terms and labels, kept in memory
// while it is not yet known which terms are features. In pieces, so that no
// array is copied as it grows.
// Memory: 4 bytes for each term of a text and each label of a document, and 16
// bytes a document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace slide::text {

class Corpus {
 public:
  void Add(std::span<const uint32_t> terms, std::span<const uint32_t> labels) {
    if (pieces_.empty() ||
        pieces_.back().numbers.size() + terms.size() + labels.size() >
            kPieceSize) {
      pieces_.emplace_back().numbers.reserve(kPieceSize);
    }
    Piece& piece = pieces_.back();
    const auto append = [&](std::span<const uint32_t> numbers) {
      piece.numbers.insert(piece.numbers.end(), numbers.begin(), numbers.end());
      piece.ends.push_back(piece.numbers.size());
    };
    append(terms);
    append(labels);
    ++size_;
  }

  uint64_t size() const noexcept { return size_; }

  // Calls use(terms, labels) for the documents in their order.
  template <typename Use>
  void ForEach(Use&& use) const {
    for (const Piece& piece : pieces_) {
      const std::span<const uint32_t> numbers(piece.numbers);
      size_t begin = 0;
      for (size_t i = 0; i < piece.ends.size(); i += 2) {
        const size_t middle = piece.ends[i], end = piece.ends[i + 1];
        use(numbers.subspan(begin, middle - begin),
            numbers.subspan(middle, end - middle));
        begin = end;
      }
    }
  }

 private:
  static constexpr size_t kPieceSize = size_t{1} << 20;

  struct Piece {
    std::vector<uint32_t> numbers;  // of a document: its terms, then its labels
    std::vector<size_t> ends;       // [2 * documents], in numbers
  };

  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace slide::text
