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

  // Walks over the documents in their order. The corpus must outlive it and
  // stay as it is.
  class Cursor {
   public:
    explicit Cursor(const Corpus& corpus) : corpus_(corpus) {}

    // Sets terms and labels to those of the next document. False at the end.
    bool Next(std::span<const uint32_t>& terms,
              std::span<const uint32_t>& labels) noexcept {
      if (piece_ < corpus_.pieces_.size() &&
          i_ == corpus_.pieces_[piece_].ends.size()) {
        ++piece_;
        i_ = begin_ = 0;
      }
      if (piece_ == corpus_.pieces_.size()) return false;
      const Piece& piece = corpus_.pieces_[piece_];
      const std::span<const uint32_t> numbers(piece.numbers);
      const size_t middle = piece.ends[i_], end = piece.ends[i_ + 1];
      terms = numbers.subspan(begin_, middle - begin_);
      labels = numbers.subspan(middle, end - middle);
      begin_ = end;
      i_ += 2;
      return true;
    }

   private:
    const Corpus& corpus_;
    size_t piece_ = 0;
    size_t i_ = 0;      // in its ends
    size_t begin_ = 0;  // in its numbers
  };

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
