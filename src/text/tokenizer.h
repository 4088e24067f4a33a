// Tokenizer: the words of a text, as slide/vectorizer.h says what they are, and
// pairs of neighbours. Bytes from 0x80 on are looked at only as far as the
// separators among them ask for, so text that is not UTF-8 has words, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slide::text {

namespace internal {

// The character that each byte becomes in a word; 0: it separates words.
inline constexpr std::array<char, 256> kWordBytes = [] {
  std::array<char, 256> bytes = {};
  for (size_t c = 0; c < bytes.size(); ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool other = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper) bytes[c] = static_cast<char>(c + ('a' - 'A'));
    if (other || c >= 0x80) bytes[c] = static_cast<char>(c);
  }
  return bytes;
}();

// Length in bytes of the separator beyond ASCII that text[i] starts; 0: none.
inline size_t WideSeparator(std::string_view text, size_t i) noexcept {
  const auto byte = [&](size_t k) {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0;
  };
  const auto follows = [&](size_t k) { return (byte(k) & 0xc0) == 0x80; };
  switch (byte(0)) {
    case 0xc2:  // U+0080 .. U+00BF without the letters U+00AA, U+00B5, U+00BA
      return follows(1) && byte(1) != 0xaa && byte(1) != 0xb5 && byte(1) != 0xba
                 ? 2
                 : 0;
    case 0xe2:  // U+2000 .. U+207F
      return (byte(1) == 0x80 || byte(1) == 0x81) && follows(2) ? 3 : 0;
    case 0xe3:  // U+3000 .. U+303F
      return byte(1) == 0x80 && follows(2) ? 3 : 0;
    default:
      return 0;
  }
}

}  // namespace internal

// Threads: a tokenizer belongs to one at a time.
class Tokenizer {
 public:
  // Finds the words of `text`, which are then there until the next call.
  // Cost: one pass over text.
  void Split(std::string_view text) {
    words_.clear();
    if (buffer_.size() < text.size() + 1) buffer_.resize(text.size() + 1);
    char* const begin = buffer_.data();
    char* out = begin;
    char* word = out;
    const auto end_word = [&] {
      if (out == word) return;
      words_.push_back({static_cast<size_t>(word - begin),
                        static_cast<size_t>(out - begin)});
      *out++ = ' ';
      word = out;
    };
    for (size_t i = 0; i < text.size();) {
      const auto c = static_cast<unsigned char>(text[i]);
      const char letter = internal::kWordBytes[c];
      size_t skip = letter == 0 ? 1 : 0;
      if (c >= 0xc2 && c <= 0xe3) skip = internal::WideSeparator(text, i);
      if (skip > 0) {
        end_word();
        i += skip;
      } else {
        *out++ = letter;
        ++i;
      }
    }
    end_word();
  }

  size_t num_words() const noexcept { return words_.size(); }
  std::string_view word(size_t i) const noexcept {
    return Piece(words_[i].begin, words_[i].end);
  }
  // Word i, a space, and the next one. Requires: i + 1 < num_words().
  std::string_view bigram(size_t i) const noexcept {
    return Piece(words_[i].begin, words_[i + 1].end);
  }

 private:
  struct Word {
    size_t begin, end;  // in buffer_
  };

  std::string_view Piece(size_t begin, size_t end) const noexcept {
    return {buffer_.data() + begin, end - begin};
  }

  std::string buffer_;  // the words with a space behind each
  std::vector<Word> words_;
};

// Calls use(term) for all terms of a text: its words, then its pairs.
template <typename Use>
void ForEachTerm(std::string_view text, bool bigrams, Tokenizer& tokenizer,
                 Use&& use) {
  tokenizer.Split(text);
  for (size_t i = 0; i < tokenizer.num_words(); ++i) use(tokenizer.word(i));
  if (!bigrams) return;
  for (size_t i = 0; i + 1 < tokenizer.num_words(); ++i) {
    use(tokenizer.bigram(i));
  }
}

}  // namespace slide::text
