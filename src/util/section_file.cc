#include "util/section_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "slide/error.h"
#include "util/aligned.h"
#include "util/check.h"
#include "util/checksum.h"
#include "util/header_object.h"

namespace slide::util {
namespace {

constexpr size_t kMagicBytes = 8;
constexpr uint64_t kSectionAlignment = 64;
// A header holds options and a line for each section; arrays are sections.
constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 24;
// No file is longer, and two such lengths together do not overflow.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 62;
// One read has this size: large enough for the disk, and small enough to be
// still in the cache when it is summed.
constexpr uint64_t kPieceBytes = uint64_t{1} << 18;

// A file starts with these bytes.
struct Preamble {
  std::array<char, kMagicBytes> magic = {};
  uint32_t version = 0;
  uint32_t header_bytes = 0;
  uint64_t checksum = 0;  // of what is before it, and of the header

  std::string_view Magic() const noexcept {
    return {magic.data(), magic.size()};
  }
  uint64_t ChecksumWith(std::string_view header) const noexcept {
    RunningChecksum sum;
    sum.Add(
        std::as_bytes(std::span(this, 1)).first(offsetof(Preamble, checksum)));
    sum.Add(std::as_bytes(std::span(header)));
    return sum.value();
  }
};
static_assert(sizeof(Preamble) == 24, "no padding between the fields");

constexpr uint64_t AlignUp(uint64_t offset) noexcept {
  return (offset + kSectionAlignment - 1) / kSectionAlignment *
         kSectionAlignment;
}

[[noreturn]] void Refuse(const InputFile& file, const std::string& what) {
  throw Error(file.path() + ": " + what);
}

// Reads as much of a preamble as there is.
Preamble ReadPreamble(const InputFile& file) {
  Preamble preamble;
  const auto bytes = std::as_writable_bytes(std::span(&preamble, 1));
  file.ReadAt(0, bytes.first(std::min<uint64_t>(bytes.size(), file.size())));
  return preamble;
}

// Returns ", which slide 0.1.0 wrote" of a file of any version; nothing, where
// it does not say so.
std::string WriterOf(const InputFile& file, const Preamble& preamble) {
  constexpr size_t kMaxVersion = 40;
  const auto is_of_version = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '-';
  };
  const uint64_t limit =
      std::min(kMaxHeaderBytes, file.size() - sizeof(preamble));
  if (preamble.header_bytes > limit) return {};
  std::string text(preamble.header_bytes, '\0');
  file.ReadAt(sizeof(preamble), std::as_writable_bytes(std::span(text)));
  if (preamble.ChecksumWith(text) != preamble.checksum) return {};
  try {
    const Json header = Json::Parse(text);
    const Json* version = header.Find("library_version");
    if (version == nullptr || version->kind != Json::Kind::kText ||
        version->text.size() > kMaxVersion ||
        !std::ranges::all_of(version->text, is_of_version)) {
      return {};
    }
    return fmt::format(", which slide {} wrote", version->text);
  } catch (const Error&) {
    return {};
  }
}

// Returns the header's text, after its sum was checked.
std::string ReadHeader(const InputFile& file, const FileKind& kind) {
  const Preamble preamble = ReadPreamble(file);
  if (file.size() < kMagicBytes) {
    Refuse(file, fmt::format("too short for a {}: got {} bytes", kind.name,
                             file.size()));
  }
  if (preamble.Magic() != kind.magic) {
    Refuse(file, fmt::format("not a {} (bad magic)", kind.name));
  }
  if (file.size() < sizeof(preamble)) {
    Refuse(file, fmt::format("cut off: got {} bytes, expected at least {}",
                             file.size(), sizeof(preamble)));
  }
  const uint32_t newest = std::max(kind.version, kind.newest);
  if (preamble.version < kind.version || preamble.version > newest) {
    Refuse(file,
           fmt::format(
               "got version {} of a {}{}, expected {}{}; {}", preamble.version,
               kind.name, WriterOf(file, preamble), kind.version,
               newest == kind.version ? "" : fmt::format(" to {}", newest),
               kind.if_other));
  }
  const uint64_t limit =
      std::min(kMaxHeaderBytes, file.size() - sizeof(preamble));
  if (preamble.header_bytes > limit) {
    Refuse(file, fmt::format("cut off or damaged: got a header of {} bytes, "
                             "expected at most {}",
                             preamble.header_bytes, limit));
  }
  std::string text(preamble.header_bytes, '\0');
  file.ReadAt(sizeof(preamble), std::as_writable_bytes(std::span(text)));
  const uint64_t checksum = preamble.ChecksumWith(text);
  if (checksum != preamble.checksum) {
    Refuse(file, fmt::format("the header is damaged: got checksum {:016x}, "
                             "expected {:016x}",
                             checksum, preamble.checksum));
  }
  return text;
}

std::string FormatShape(const SectionShape& shape) {
  return fmt::format("{} rows of {} numbers, {} bytes each", shape.num_rows,
                     shape.width, shape.row_bytes);
}

void WritePadding(OutputFile& file) {
  constexpr std::array<std::byte, kSectionAlignment> kZeros = {};
  const uint64_t position = file.num_written();
  file.Write(std::span(kZeros).first(AlignUp(position) - position));
}

}  // namespace

bool HasMagic(const std::string& path, const FileKind& kind) {
  try {
    return ReadPreamble(InputFile(path)).Magic() == kind.magic;
  } catch (const Error&) {
    return false;
  }
}

SectionWriter::SectionWriter(const FileKind& kind) : kind_(kind) {
  SLIDE_DCHECK(kind.magic.size() == kMagicBytes);
}

void SectionWriter::Add(std::string name, const SectionShape& shape,
                        std::span<const std::byte> bytes) {
  SLIDE_DCHECK(bytes.size() == shape.num_rows * shape.row_bytes);
  sections_.push_back({std::move(name), shape, bytes, nullptr, nullptr});
}

void SectionWriter::AddText(std::string name, std::string text) {
  auto kept = std::make_unique<const std::string>(std::move(text));
  Add(std::move(name), {.num_rows = kept->size(), .row_bytes = 1},
      std::as_bytes(std::span(*kept)));
  sections_.back().text = std::move(kept);
}

void SectionWriter::Add(std::string name, size_t item_bytes,
                        std::unique_ptr<SpoolFile> spool) {
  const SectionShape shape = {.num_rows = spool->num_bytes() / item_bytes,
                              .row_bytes = item_bytes};
  SLIDE_DCHECK(spool->num_bytes() == shape.num_rows * shape.row_bytes);
  sections_.push_back({std::move(name), shape, {}, std::move(spool), nullptr});
}

uint64_t SectionWriter::num_section_bytes() const noexcept {
  uint64_t num = 0;
  for (const Section& section : sections_) {
    num += section.shape.num_rows * section.shape.row_bytes;
  }
  return num;
}

uint64_t SectionWriter::Write(const std::string& path) {
  OutputFile file(path);
  const uint64_t num_bytes = Write(file);
  file.Commit();
  return num_bytes;
}

uint64_t SectionWriter::Write(OutputFile& file) {
  Json header = Json::Object();
  header["library_version"] = Json::Text(SLIDE_VERSION);
  header["info"] = std::move(info_);
  Json& list = header["sections"] = Json::List();
  for (const Section& section : sections_) {
    const uint64_t checksum =
        section.spool ? section.spool->checksum() : Checksum(section.bytes);
    Json& entry = list.items.emplace_back("", Json::Object()).second;
    entry["name"] = Json::Text(section.name);
    entry["rows"] = Json::Number(section.shape.num_rows);
    entry["width"] = Json::Number(section.shape.width);
    entry["row_bytes"] = Json::Number(section.shape.row_bytes);
    entry["xxh64"] = Json::Text(ChecksumDigits(checksum));
  }
  std::string text = header.Dump();
  text.resize(AlignUp(sizeof(Preamble) + text.size()) - sizeof(Preamble), ' ');
  if (text.size() > kMaxHeaderBytes) {
    throw Error(
        fmt::format("{}: cannot be written: got a header of {} bytes, expected "
                    "at most {}",
                    file.name(), text.size(), kMaxHeaderBytes));
  }
  Preamble preamble = {.version = kind_.version,
                       .header_bytes = static_cast<uint32_t>(text.size())};
  std::ranges::copy(kind_.magic, preamble.magic.begin());
  preamble.checksum = preamble.ChecksumWith(text);
  file.Write(std::as_bytes(std::span(&preamble, 1)));
  file.Write(std::as_bytes(std::span(text)));
  for (Section& section : sections_) {
    WritePadding(file);
    if (section.spool) {
      section.spool->CopyTo(file);
      section.spool.reset();  // gives its room on the disk back
    } else {
      file.Write(section.bytes);
    }
  }
  return file.num_written();
}

SectionFile::SectionFile(const std::string& path, const FileKind& kind)
    : file_(path) {
  const std::string text = ReadHeader(file_, kind);
  Json header;
  try {
    header = Json::Parse(text);
  } catch (const Error& error) {
    Refuse(file_, fmt::format("the header is damaged: {}", error.what()));
  }
  const HeaderObject object(path, "", header);
  object.Require({"info", "sections", "library_version"});
  info_ = *header.Find("info");
  const Json& list = *header.Find("sections");
  if (!list.is_list()) object.Refuse("sections", list, "a list");
  for (const auto& [key, entry] : list.items) {
    const HeaderObject section(path, "", entry);
    section.Require({"name", "rows", "width", "row_bytes", "xxh64"});
    sections_.push_back({.name = section.Text("name"),
                         .shape = {.num_rows = *section.Whole("rows"),
                                   .width = *section.Whole("width"),
                                   .row_bytes = *section.Whole("row_bytes")},
                         .checksum = *section.Sum("xxh64")});
  }
  library_version_ = object.Text("library_version");
  LayOut(sizeof(Preamble) + text.size());
}

void SectionFile::LayOut(uint64_t header_end) {
  uint64_t end = header_end;
  for (Section& section : sections_) {
    section.offset = AlignUp(end);
    section.padding = section.offset - end;
    section.num_bytes =
        std::min(Product(section.shape.num_rows, section.shape.row_bytes),
                 kMaxFileBytes);
    end = std::min(section.offset + section.num_bytes, kMaxFileBytes);
  }
  if (file_.size() != end) {
    Refuse(file_, fmt::format("{}: got {} bytes, expected {}",
                              file_.size() < end ? "cut off"
                                                 : "continues behind its end",
                              file_.size(), end));
  }
}

uint64_t SectionFile::Number(const char* key, uint64_t max) const {
  const HeaderObject info(path(), "", info_);
  info.Require({key});
  return *info.Whole(key, max);
}

bool SectionFile::Flag(const char* key) const {
  const HeaderObject info(path(), "", info_);
  info.Require({key});
  return *info.Flag(key);
}

bool SectionFile::Has(std::string_view name) const noexcept {
  return std::ranges::find(sections_, name, &Section::name) != sections_.end();
}

const SectionFile::Section& SectionFile::Find(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &Section::name);
  if (found == sections_.end()) {
    Refuse(file_, fmt::format("section {} is missing", name));
  }
  return *found;
}

const SectionFile::Section& SectionFile::Find(std::string_view name,
                                              const SectionShape& shape) const {
  const Section& section = Find(name);
  RequireShape(section, shape);
  return section;
}

void SectionFile::RequireSections(size_t num) const {
  if (sections_.size() == num) return;
  Refuse(file_,
         fmt::format("got {} sections, expected {}", sections_.size(), num));
}

void SectionFile::RequireShape(const Section& section,
                               const SectionShape& shape) const {
  if (section.shape == shape) return;
  Refuse(file_, fmt::format("section {}: got {}, expected {}", section.name,
                            FormatShape(section.shape), FormatShape(shape)));
}

template <typename Room>
void SectionFile::Check(const Section& section, Room&& room) const {
  std::array<std::byte, kSectionAlignment> buffer;
  const std::span padding = std::span(buffer).first(section.padding);
  file_.ReadAt(section.offset - section.padding, padding);
  if (!std::ranges::all_of(padding,
                           [](std::byte b) { return b == std::byte{0}; })) {
    Refuse(file_, fmt::format("the file is damaged in front of section {}: "
                              "got other bytes, expected zeros",
                              section.name));
  }
  RunningChecksum sum;
  for (uint64_t at = 0; at < section.num_bytes; at += kPieceBytes) {
    const std::span<std::byte> piece =
        room(at, std::min(kPieceBytes, section.num_bytes - at));
    file_.ReadAt(section.offset + at, piece);
    sum.Add(piece);
  }
  if (sum.value() == section.checksum) return;
  Refuse(file_,
         fmt::format("section {} is damaged: got checksum {:016x}, expected "
                     "{:016x}",
                     section.name, sum.value(), section.checksum));
}

void SectionFile::Read(const Section& section,
                       std::span<std::byte> bytes) const {
  SLIDE_DCHECK(bytes.size() == section.num_bytes);
  Check(section,
        [&](uint64_t at, uint64_t size) { return bytes.subspan(at, size); });
}

void SectionFile::Verify(const Section& section) const {
  std::vector<std::byte> piece(std::min(kPieceBytes, section.num_bytes));
  Check(section,
        [&](uint64_t, uint64_t size) { return std::span(piece).first(size); });
}

void SectionFile::Verify() const {
  for (const Section& section : sections_) Verify(section);
}

std::shared_ptr<const MappedFile> SectionFile::Map() const {
  return std::make_shared<const MappedFile>(file_);
}

}  // namespace slide::util
