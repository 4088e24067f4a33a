#include "data/byte_source.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "slide/error.h"

namespace slide::data {
namespace {

constexpr unsigned char kGzipMagic[2] = {0x1f, 0x8b};
// Compressed bytes fetched at a time: large against a system call's cost, small
// against the second-level cache.
constexpr size_t kGzipInputBytes = size_t{128} << 10;

std::string ErrnoText(int code) {
  return std::generic_category().message(code);
}

// An open file whose first bytes may be looked at before they are read.
class InputFile {
 public:
  explicit InputFile(const std::string& path)
      : file_(std::fopen(path.c_str(), "rb")) {
    if (!file_) {
      throw DataError(
          fmt::format("{}: cannot open: {}", path, ErrnoText(errno)));
    }
    // Callers read in large pieces; stdio's own buffer would only add a copy.
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    std::error_code no_size;
    const uintmax_t size = std::filesystem::file_size(path, no_size);
    size_ = no_size ? 0 : size;
    try {
      head_size_ = ReadFully(head_);
    } catch (const ReadError& error) {
      throw DataError(fmt::format("{}: {}", path, error.what()));
    }
  }

  bool StartsWithGzipMagic() const noexcept {
    return head_size_ == sizeof(kGzipMagic) &&
           std::memcmp(head_.data(), kGzipMagic, sizeof(kGzipMagic)) == 0;
  }

  size_t Read(std::span<char> buffer) {
    const size_t from_head =
        std::min(head_size_ - head_position_, buffer.size());
    std::copy_n(head_.begin() + head_position_, from_head, buffer.begin());
    head_position_ += from_head;
    const size_t size = from_head > 0 ? from_head : ReadFully(buffer);
    num_read_ += size;
    return size;
  }

  double fraction_read() const noexcept {
    if (size_ == 0) return 0.5;
    return std::min(
        1.0, static_cast<double>(num_read_) / static_cast<double>(size_));
  }

 private:
  size_t ReadFully(std::span<char> buffer) {
    errno = 0;
    const size_t size =
        std::fread(buffer.data(), 1, buffer.size(), file_.get());
    if (size == 0 && std::ferror(file_.get()) != 0) {
      throw ReadError("cannot read: " + ErrnoText(errno));
    }
    return size;
  }

  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, Close> file_;
  uintmax_t size_ = 0;  // 0: unknown
  uintmax_t num_read_ = 0;
  std::array<char, sizeof(kGzipMagic)> head_{};
  size_t head_size_ = 0;
  size_t head_position_ = 0;
};

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(InputFile file) : file_(std::move(file)) {}

  size_t Read(std::span<char> buffer) override { return file_.Read(buffer); }

  double fraction_read() const noexcept override {
    return file_.fraction_read();
  }

 private:
  InputFile file_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(InputFile file)
      : file_(std::move(file)), input_(kGzipInputBytes) {
    // 16 over the window's bits: gzip wrapping, nothing else.
    const int status = inflateInit2(&stream_, MAX_WBITS + 16);
    if (status != Z_OK) throw std::bad_alloc();
  }

  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

  size_t Read(std::span<char> buffer) override {
    const uInt wanted = static_cast<uInt>(
        std::min<size_t>(buffer.size(), std::numeric_limits<uInt>::max()));
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = wanted;
    while (stream_.avail_out == wanted) {
      if (!damage_.empty()) throw ReadError(damage_);
      if (stream_.avail_in == 0 && !FetchInput()) {
        if (!in_member_) return 0;
        throw ReadError("the gzip data is cut off: the file ends inside it");
      }
      if (!in_member_) StartMember();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK) {
        damage_ =
            fmt::format("the gzip data is damaged: {}",
                        stream_.msg != nullptr ? stream_.msg : "unknown form");
      }
    }
    return wanted - stream_.avail_out;
  }

  double fraction_read() const noexcept override {
    return file_.fraction_read();
  }

 private:
  bool FetchInput() {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(file_.Read(input_));
    return stream_.avail_in > 0;
  }

  void StartMember() {
    if (*stream_.next_in != kGzipMagic[0]) {
      throw ReadError(
          "bytes that are not gzip follow the gzip data; allowed are the end "
          "of the file and more gzip data");
    }
    inflateReset(&stream_);
    in_member_ = true;
  }

  InputFile file_;
  std::vector<char> input_;
  z_stream stream_{};
  bool in_member_ = false;  // between a member's header and its checksum
  std::string damage_;      // thrown once the bytes before it are delivered
};

}  // namespace

std::unique_ptr<ByteSource> OpenByteSource(const std::string& path) {
  InputFile file(path);
  if (file.StartsWithGzipMagic()) {
    return std::make_unique<GzipSource>(std::move(file));
  }
  return std::make_unique<PlainSource>(std::move(file));
}

}  // namespace slide::data
