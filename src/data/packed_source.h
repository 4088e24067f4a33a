// PackedSource: the bytes that a packed file unpacks to. A codec knows one form
// of packing, of which a file may hold several members, one behind the other.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/byte_source.h"

namespace slide::data {

// Unpacks the members of a file, one after the other.
class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;

  // As messages have it: "gzip".
  virtual std::string_view name() const noexcept = 0;
  // Whether a member may start with this byte.
  virtual bool may_start_with(char first) const noexcept = 0;
  // Whether zeros may follow a member.
  virtual bool may_be_padded() const noexcept { return false; }
  // A member starts.
  virtual void Start() = 0;
  // Unpacks from the front of `in` to the front of `out`, and takes off both
  // what was used. Returns whether the member has ended. Throws: ReadError with
  // the codec's reason for bytes that are damaged; std::bad_alloc.
  virtual bool Decode(std::span<const char>& in, std::span<char>& out) = 0;
};

class PackedSource final : public ByteSource {
 public:
  PackedSource(std::unique_ptr<ByteSource> file, std::unique_ptr<Codec> codec);

  size_t Read(std::span<char> buffer) override;
  double fraction_read() const noexcept override {
    return file_->fraction_read();
  }

 private:
  bool FetchInput();

  std::unique_ptr<ByteSource> file_;
  std::unique_ptr<Codec> codec_;
  std::vector<char> input_;
  std::span<const char> in_;   // of input_: what is not decoded yet
  bool holds_output_ = false;  // the codec may have more without input
  bool in_member_ = false;
  std::string damage_;  // thrown once the bytes before it are delivered
};

// The codec of a file that begins so; null: it is not packed. Throws: DataError
// for a form that this build cannot read, and for an archive. name: of the
// file, for messages.
std::unique_ptr<Codec> CodecOf(std::string_view head, const std::string& name);

// Bytes of a head that CodecOf looks at.
inline constexpr size_t kMaxMagicBytes = 6;

}  // namespace slide::data
