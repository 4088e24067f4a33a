#include "data/packed_source.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

#include "slide/error.h"

#ifdef SLIDE_HAS_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif
#ifdef SLIDE_HAS_BZIP2
#include <bzlib.h>
#endif
#ifdef SLIDE_HAS_XZ
#include <lzma.h>
#endif

namespace slide::data {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
// Skippable frames, with which some writers begin, start with a byte from 0x50
// to 0x5f and these.
constexpr std::string_view kZstdSkippable = "\x2a\x4d\x18";
constexpr std::string_view kBzip2Magic = "BZh";
constexpr std::string_view kXzMagic{
    "\xfd"
    "7zXZ\0",
    6};
constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr std::string_view k7zMagic = "7z\xbc\xaf\x27\x1c";

// Compressed bytes fetched at a time: large against a system call's cost, small
// against the second-level cache.
constexpr size_t kPackedInputBytes = size_t{128} << 10;

// Takes off the fronts what a library of the zlib kind has used, which counts
// what it has left.
template <typename Number>
void Advance(Number left_in, Number left_out, std::span<const char>& in,
             std::span<char>& out) {
  in = in.last(left_in);
  out = out.last(left_out);
}

// Such libraries count in 32 bits.
template <typename Span>
Span Clamped(Span span) {
  constexpr size_t kMax = std::numeric_limits<unsigned>::max();
  return span.first(std::min(span.size(), kMax));
}

class GzipCodec final : public Codec {
 public:
  GzipCodec() {
    // 16 over the window's bits: gzip wrapping, nothing else.
    if (inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) throw std::bad_alloc();
  }
  ~GzipCodec() override { inflateEnd(&stream_); }

  std::string_view name() const noexcept override { return "gzip"; }
  bool may_start_with(char first) const noexcept override {
    return first == kGzipMagic[0];
  }
  void Start() override { inflateReset(&stream_); }
  bool Decode(std::span<const char>& in, std::span<char>& out) override {
    const std::span<char> room = Clamped(out);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(room.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    Advance<size_t>(stream_.avail_in,
                    out.size() - room.size() + stream_.avail_out, in, out);
    if (status == Z_STREAM_END) return true;
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_BUF_ERROR) {
      throw ReadError(stream_.msg != nullptr ? stream_.msg : "unknown form");
    }
    return false;
  }

 private:
  z_stream stream_{};
};

#ifdef SLIDE_HAS_ZSTD
class ZstdCodec final : public Codec {
 public:
  ZstdCodec() : stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

  std::string_view name() const noexcept override { return "zstd"; }
  bool may_start_with(char first) const noexcept override {
    return first == kZstdMagic[0] || (first & 0xf0) == 0x50;
  }
  void Start() override { ZSTD_initDStream(stream_.get()); }
  bool Decode(std::span<const char>& in, std::span<char>& out) override {
    ZSTD_inBuffer from = {in.data(), in.size(), 0};
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    const size_t status = ZSTD_decompressStream(stream_.get(), &to, &from);
    in = in.subspan(from.pos);
    out = out.subspan(to.pos);
    if (ZSTD_isError(status) == 0) return status == 0;
    if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation) {
      throw std::bad_alloc();
    }
    throw ReadError(ZSTD_getErrorName(status));
  }

 private:
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
};
#endif

#ifdef SLIDE_HAS_BZIP2
class Bzip2Codec final : public Codec {
 public:
  ~Bzip2Codec() override { BZ2_bzDecompressEnd(&stream_); }

  std::string_view name() const noexcept override { return "bzip2"; }
  bool may_start_with(char first) const noexcept override {
    return first == kBzip2Magic[0];
  }
  void Start() override {
    BZ2_bzDecompressEnd(&stream_);  // of the member before
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  bool Decode(std::span<const char>& in, std::span<char>& out) override {
    const std::span<char> room = Clamped(out);
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<unsigned>(room.size());
    const int status = BZ2_bzDecompress(&stream_);
    Advance<size_t>(stream_.avail_in,
                    out.size() - room.size() + stream_.avail_out, in, out);
    if (status == BZ_STREAM_END) return true;
    if (status == BZ_MEM_ERROR) throw std::bad_alloc();
    if (status != BZ_OK) {
      throw ReadError(status == BZ_DATA_ERROR_MAGIC ? "unknown form"
                                                    : "incorrect data");
    }
    return false;
  }

 private:
  bz_stream stream_{};
};
#endif

#ifdef SLIDE_HAS_XZ
class XzCodec final : public Codec {
 public:
  ~XzCodec() override { lzma_end(&stream_); }

  std::string_view name() const noexcept override { return "xz"; }
  bool may_be_padded() const noexcept override { return true; }
  bool may_start_with(char first) const noexcept override {
    return first == kXzMagic[0];
  }
  void Start() override {
    // xz -9 asks for 65 MiB; a file may not ask for everything there is.
    constexpr uint64_t kMaxMemory = uint64_t{1} << 30;
    if (lzma_stream_decoder(&stream_, kMaxMemory, 0) != LZMA_OK) {
      throw std::bad_alloc();
    }
  }
  bool Decode(std::span<const char>& in, std::span<char>& out) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
    Advance<size_t>(stream_.avail_in, stream_.avail_out, in, out);
    switch (status) {
      case LZMA_STREAM_END:
        return true;
      case LZMA_OK:
      case LZMA_BUF_ERROR:  // neither input nor output to go on with
        return false;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        throw ReadError("it asks for more than 1 GiB of memory");
      case LZMA_FORMAT_ERROR:
      case LZMA_OPTIONS_ERROR:
        throw ReadError("unknown form");
      default:
        throw ReadError("incorrect data");
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};
#endif

bool IsZstd(std::string_view head) noexcept {
  return head.starts_with(kZstdMagic) ||
         (head.size() >= kZstdMagic.size() && (head[0] & 0xf0) == 0x50 &&
          head.substr(1).starts_with(kZstdSkippable));
}

// A text may begin with BZh; behind that stand a digit and the mark of a block,
// or of the end.
bool IsBzip2(std::string_view head) noexcept {
  return head.size() >= 5 && head.starts_with(kBzip2Magic) && head[3] >= '1' &&
         head[3] <= '9' && (head[4] == '\x31' || head[4] == '\x17');
}

// Requires: no codec of this build reads such data.
[[noreturn, maybe_unused]] void RefuseForm(const std::string& name,
                                           std::string_view form,
                                           std::string_view library) {
  throw DataError(fmt::format(
      "{}: is {} data, which this build of slide cannot read, for it was made "
      "without {}, expected plain text or gzip",
      name, form, library));
}

}  // namespace

std::unique_ptr<Codec> CodecOf(std::string_view head, const std::string& name) {
  if (head.starts_with(kGzipMagic)) return std::make_unique<GzipCodec>();
  if (IsZstd(head)) {
#ifdef SLIDE_HAS_ZSTD
    return std::make_unique<ZstdCodec>();
#else
    RefuseForm(name, "zstd", "libzstd");
#endif
  }
  if (IsBzip2(head)) {
#ifdef SLIDE_HAS_BZIP2
    return std::make_unique<Bzip2Codec>();
#else
    RefuseForm(name, "bzip2", "libbz2");
#endif
  }
  if (head.starts_with(kXzMagic)) {
#ifdef SLIDE_HAS_XZ
    return std::make_unique<XzCodec>();
#else
    RefuseForm(name, "xz", "liblzma");
#endif
  }
  if (head.starts_with(kZipMagic) || head.starts_with(k7zMagic)) {
    throw DataError(fmt::format(
        "{}: is a {} archive, which may hold many files, expected one of them, "
        "unpacked, or packed alone by gzip, bzip2, xz or zstd",
        name, head.starts_with(kZipMagic) ? "zip" : "7z"));
  }
  return nullptr;
}

PackedSource::PackedSource(std::unique_ptr<ByteSource> file,
                           std::unique_ptr<Codec> codec)
    : file_(std::move(file)),
      codec_(std::move(codec)),
      input_(kPackedInputBytes) {}

bool PackedSource::FetchInput() {
  in_ = std::span<const char>(input_).first(file_->Read(input_));
  return !in_.empty();
}

size_t PackedSource::Read(std::span<char> buffer) {
  std::span<char> out = buffer;
  while (out.size() == buffer.size()) {
    if (!damage_.empty()) throw ReadError(damage_);
    if (in_.empty() && !holds_output_ && !FetchInput()) {
      if (!in_member_) return 0;
      throw ReadError(fmt::format(
          "the {} data is cut off: the file ends inside it", codec_->name()));
    }
    if (!in_member_) {
      if (codec_->may_be_padded()) {
        const auto end =
            std::ranges::find_if(in_, [](char c) { return c != 0; });
        in_ = in_.last(static_cast<size_t>(in_.end() - end));
        if (in_.empty()) continue;
      }
      if (!codec_->may_start_with(in_.front())) {
        throw ReadError(fmt::format(
            "bytes that are not {} follow the {} data, expected the end of the "
            "file and more {} data",
            codec_->name(), codec_->name(), codec_->name()));
      }
      codec_->Start();
      in_member_ = true;
    }
    try {
      in_member_ = !codec_->Decode(in_, out);
    } catch (const ReadError& error) {
      damage_ = fmt::format("the {} data is damaged: {}", codec_->name(),
                            error.what());
    }
    holds_output_ = out.empty() && in_member_;
  }
  return buffer.size() - out.size();
}

}  // namespace slide::data
