#include "data/byte_source.h"

#include <fmt/format.h>
#include <unistd.h>
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
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#ifdef SLIDE_HAS_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "slide/error.h"

namespace slide::data {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
// Skippable frames, with which some writers begin, start with a byte from 0x50
// to 0x5f and these.
constexpr std::string_view kZstdSkippable = "\x2a\x4d\x18";
constexpr size_t kMaxMagicBytes = 4;
// Compressed bytes fetched at a time: large against a system call's cost, small
// against the second-level cache.
constexpr size_t kPackedInputBytes = size_t{128} << 10;

std::string ErrnoText(int code) {
  return std::generic_category().message(code);
}

std::FILE* Open(const std::string& path) {
  if (path != "-") return std::fopen(path.c_str(), "rb");
  const int copy = dup(STDIN_FILENO);
  return copy < 0 ? nullptr : fdopen(copy, "rb");
}

// An open file whose first bytes may be looked at before they are read.
class InputFile {
 public:
  explicit InputFile(const std::string& path) : file_(Open(path)) {
    if (!file_) {
      throw DataError(fmt::format("{}: cannot open: {}", SourceName(path),
                                  ErrnoText(errno)));
    }
    // Callers read in large pieces; stdio's own buffer would only add a copy.
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    if (path != "-") {
      std::error_code no_size;
      const uintmax_t size = std::filesystem::file_size(path, no_size);
      size_ = no_size ? 0 : size;
    }
    try {
      head_size_ = ReadFully(head_);
    } catch (const ReadError& error) {
      throw DataError(fmt::format("{}: {}", SourceName(path), error.what()));
    }
  }

  // The first bytes, fewer of a shorter file. Requires: nothing was read yet.
  std::string_view head() const noexcept { return {head_.data(), head_size_}; }

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
  std::array<char, kMaxMagicBytes> head_{};
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
      : file_(std::move(file)), input_(kPackedInputBytes) {
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
    if (*stream_.next_in != static_cast<Bytef>(kGzipMagic[0])) {
      throw ReadError(
          "bytes that are not gzip follow the gzip data, expected the end "
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

bool IsZstd(std::string_view head) noexcept {
  return head.starts_with(kZstdMagic) ||
         (head.size() == kMaxMagicBytes && (head[0] & 0xf0) == 0x50 &&
          head.substr(1) == kZstdSkippable);
}

#ifdef SLIDE_HAS_ZSTD
class ZstdSource final : public ByteSource {
 public:
  explicit ZstdSource(InputFile file)
      : file_(std::move(file)),
        input_(kPackedInputBytes),
        stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

  size_t Read(std::span<char> buffer) override {
    ZSTD_outBuffer out = {buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      if (!damage_.empty()) throw ReadError(damage_);
      // The decoder may hold back output that did not fit.
      if (in_.pos == in_.size && !holds_output_ && !FetchInput()) {
        if (!in_frame_) return 0;
        throw ReadError("the zstd data is cut off: the file ends inside it");
      }
      const size_t status = ZSTD_decompressStream(stream_.get(), &out, &in_);
      holds_output_ = out.pos == out.size;
      if (ZSTD_isError(status) == 0) {
        in_frame_ = status != 0;
      } else if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation) {
        throw std::bad_alloc();
      } else if (!in_frame_ &&
                 ZSTD_getErrorCode(status) == ZSTD_error_prefix_unknown) {
        damage_ =
            "bytes that are not zstd follow the zstd data, expected the end "
            "of the file and more zstd data";
      } else {
        damage_ = fmt::format("the zstd data is damaged: {}",
                              ZSTD_getErrorName(status));
      }
    }
    return out.pos;
  }

  double fraction_read() const noexcept override {
    return file_.fraction_read();
  }

 private:
  bool FetchInput() {
    in_ = {input_.data(), file_.Read(input_), 0};
    return in_.size > 0;
  }

  InputFile file_;
  std::vector<char> input_;
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  ZSTD_inBuffer in_ = {nullptr, 0, 0};
  bool holds_output_ = false;
  bool in_frame_ = false;
  std::string damage_;  // thrown once the bytes before it are delivered
};
#endif

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
  InputFile file(path);
  if (file.head().starts_with(kGzipMagic)) {
    return std::make_unique<GzipSource>(std::move(file));
  }
  if (IsZstd(file.head())) {
#ifdef SLIDE_HAS_ZSTD
    return std::make_unique<ZstdSource>(std::move(file));
#else
    throw DataError(fmt::format(
        "{}: is zstd data, which this build of slide cannot read, for it was "
        "made without libzstd, expected plain text or gzip",
        SourceName(path)));
#endif
  }
  return std::make_unique<PlainSource>(std::move(file));
}

}  // namespace slide::data
