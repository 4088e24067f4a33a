#include "data/byte_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/packed_source.h"
#include "slide/error.h"

namespace slide::data {
namespace {

std::string ErrnoText(int code) {
  return std::generic_category().message(code);
}

std::FILE* Open(const std::string& path) {
  if (path != "-") return std::fopen(path.c_str(), "rb");
  const int copy = dup(STDIN_FILENO);
  return copy < 0 ? nullptr : fdopen(copy, "rb");
}

// Reads a file as it is; its first bytes may be looked at before.
class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(const std::string& path) : file_(Open(path)) {
    if (!file_) {
      throw DataError(fmt::format("{}: cannot open: {}", SourceName(path),
                                  ErrnoText(errno)));
    }
    if (path != "-") {
      std::error_code no_size;
      const uintmax_t size = std::filesystem::file_size(path, no_size);
      size_ = no_size ? 0 : size;
    }
    try {
      // Packed files are longer than their mark; a line of text may be shorter
      // and be all that comes for now.
      do {
        const size_t size = ReadSome(std::span(head_).subspan(head_size_));
        if (size == 0) break;
        head_size_ += size;
      } while (head_size_ < head_.size() &&
               head().find('\n') == std::string_view::npos);
    } catch (const ReadError& error) {
      throw DataError(fmt::format("{}: {}", SourceName(path), error.what()));
    }
  }

  // The first bytes, fewer of a shorter file. Requires: nothing was read yet.
  std::string_view head() const noexcept { return {head_.data(), head_size_}; }

  size_t Read(std::span<char> buffer) override {
    const size_t from_head =
        std::min(head_size_ - head_position_, buffer.size());
    std::copy_n(head_.begin() + head_position_, from_head, buffer.begin());
    head_position_ += from_head;
    const size_t size = from_head > 0 ? from_head : ReadSome(buffer);
    num_read_ += size;
    return size;
  }

  double fraction_read() const noexcept override {
    if (size_ == 0) return 0.5;
    return std::min(
        1.0, static_cast<double>(num_read_) / static_cast<double>(size_));
  }

 private:
  size_t ReadSome(std::span<char> buffer) {
    for (;;) {
      const ssize_t size =
          read(fileno(file_.get()), buffer.data(), buffer.size());
      if (size >= 0) return static_cast<size_t>(size);
      if (errno != EINTR) throw ReadError("cannot read: " + ErrnoText(errno));
    }
  }

  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, Close> file_;
  uintmax_t size_ = 0;  // 0: unknown
  uintmax_t num_read_ = 0;
  std::array<char, kMaxMagicBytes> head_{};
  size_t head_size_ = 0;
  size_t head_position_ = 0;
};

}  // namespace

size_t MemorySource::Read(std::span<char> buffer) {
  const size_t size = std::min(buffer.size(), bytes_.size() - num_read_);
  std::copy_n(bytes_.begin() + num_read_, size, buffer.begin());
  num_read_ += size;
  return size;
}

double MemorySource::fraction_read() const noexcept {
  return bytes_.empty() ? 1.0
                        : static_cast<double>(num_read_) /
                              static_cast<double>(bytes_.size());
}

std::string SourceName(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

std::unique_ptr<ByteSource> OpenByteSource(const std::string& path) {
  auto plain = std::make_unique<PlainSource>(path);
  std::unique_ptr<Codec> codec = CodecOf(plain->head(), SourceName(path));
  if (!codec) return plain;
  return std::make_unique<PackedSource>(std::move(plain), std::move(codec));
}

}  // namespace slide::data
