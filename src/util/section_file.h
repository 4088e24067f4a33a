// Models and caches are files of one form: a magic and a version, a JSON
// header, and named sections, each an array of rows. Every byte is under a sum
// or must be 0, and every length is checked against the file before memory is
// taken for it. docs/file_format.md has the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/binary_io.h"
#include "util/json.h"
#include "util/mapped_file.h"

namespace slide::util {

// Each kind of file has a magic and versions of its own.
struct FileKind {
  std::string_view magic;     // the first 8 bytes
  uint32_t version = 0;       // that is written
  std::string_view name;      // "slide model file", for messages
  std::string_view if_other;  // advice where a file has another version
  uint32_t newest = 0;        // that is read besides; 0: none
};

// Returns whether the file at `path` begins as one of this kind, of any
// version: not if it is missing, or cannot be read at will like a pipe.
bool HasMagic(const std::string& path, const FileKind& kind);

struct SectionShape {
  uint64_t num_rows = 0;
  uint64_t width = 1;      // numbers in a row
  uint64_t row_bytes = 0;  // from one row to the next

  friend bool operator==(const SectionShape&, const SectionShape&) = default;
};

// Gathers what a file will hold, then writes it.
class SectionWriter {
 public:
  explicit SectionWriter(const FileKind& kind);

  // Returns a JSON object of the caller's own in the header.
  Json& info() noexcept { return info_; }

  // Sections come in this order in the file. `bytes` must stay until Write.
  // Requires: num_rows * row_bytes bytes; a name of its own, in ASCII.
  void Add(std::string name, const SectionShape& shape,
           std::span<const std::byte> bytes);
  template <typename T>
  void Add(std::string name, std::span<const T> array) {
    Add(std::move(name), {.num_rows = array.size(), .row_bytes = sizeof(T)},
        std::as_bytes(array));
  }
  // Adds a text, which it keeps.
  void AddText(std::string name, std::string text);
  // Adds items of this size that were gathered on the disk.
  void Add(std::string name, size_t item_bytes,
           std::unique_ptr<SpoolFile> spool);

  // Bytes of all sections so far.
  uint64_t num_section_bytes() const noexcept;

  // Writes all of it, and returns its size. Call it once. Throws: Error.
  // Cost: two passes over sections in memory, one over spools, whose room on
  // the disk is given back one after the other.
  uint64_t Write(OutputFile& file);
  // The same to a file of its own, which takes the place of `path` then.
  uint64_t Write(const std::string& path);

 private:
  struct Section {
    std::string name;
    SectionShape shape;
    std::span<const std::byte> bytes;  // if there is no spool
    std::unique_ptr<SpoolFile> spool;
    std::unique_ptr<const std::string> text;  // that `bytes` views
  };

  FileKind kind_;
  Json info_ = Json::Object();
  std::vector<Section> sections_;
};

// A file whose header has been checked. Sections are checked when they are
// read, or all at once by Verify; Map shows them unchecked.
// Threads: any number at once.
class SectionFile {
 public:
  struct Section {
    std::string name;
    SectionShape shape;
    uint64_t padding = 0;    // zeros in front of it
    uint64_t offset = 0;     // a multiple of 64
    uint64_t num_bytes = 0;  // num_rows * row_bytes
    uint64_t checksum = 0;
  };

  // Throws: Error with the path, the value met and the one expected, as all
  // members do. Cost: O(header).
  SectionFile(const std::string& path, const FileKind& kind);

  const std::string& path() const noexcept { return file_.path(); }
  uint64_t num_bytes() const noexcept { return file_.size(); }

  // The slide that wrote it.
  const std::string& library_version() const noexcept {
    return library_version_;
  }
  // The object that the writer put into the header, and its fields.
  const Json& info() const noexcept { return info_; }
  uint64_t Number(const char* key, uint64_t max) const;
  bool Flag(const char* key) const;

  std::span<const Section> sections() const noexcept { return sections_; }
  bool Has(std::string_view name) const noexcept;
  const Section& Find(std::string_view name) const;
  // Does the same, and refuses a section of another shape.
  const Section& Find(std::string_view name, const SectionShape& shape) const;

  // Finds one that holds single items, `num` of them if that is known.
  template <typename T>
  const Section& FindItems(std::string_view name,
                           std::optional<uint64_t> num = {}) const {
    const Section& section = Find(name);
    RequireShape(section, {.num_rows = num.value_or(section.shape.num_rows),
                           .row_bytes = sizeof(T)});
    return section;
  }

  // Refuses a file that has more or fewer.
  void RequireSections(size_t num) const;

  // Fills `bytes` [section.num_bytes] and compares its sum.
  void Read(const Section& section, std::span<std::byte> bytes) const;

  // Reads the items of FindItems.
  template <typename T>
  std::vector<T> ReadItems(std::string_view name,
                           std::optional<uint64_t> num = {}) const {
    const Section& section = FindItems<T>(name, num);
    std::vector<T> items(section.shape.num_rows);
    Read(section, std::as_writable_bytes(std::span(items)));
    return items;
  }

  // Compares the sum of a section, and of all of them. Cost: one pass over it.
  void Verify(const Section& section) const;
  void Verify() const;

  std::shared_ptr<const MappedFile> Map() const;
  // Returns a section in what Map gave, unchecked.
  std::span<const std::byte> Bytes(const Section& section,
                                   const MappedFile& mapping) const noexcept {
    return mapping.bytes().subspan(section.offset, section.num_bytes);
  }
  // The same of one that FindItems finds.
  template <typename T>
  std::span<const T> View(std::string_view name,
                          const MappedFile& mapping) const {
    const Section& section = FindItems<T>(name);
    const auto* items =
        reinterpret_cast<const T*>(Bytes(section, mapping).data());
    return {items, section.shape.num_rows};
  }

 private:
  // Reads a section in pieces, each into what `room` gives for it, and checks
  // it.
  template <typename Room>
  void Check(const Section& section, Room&& room) const;
  void RequireShape(const Section& section, const SectionShape& shape) const;
  // Sets where sections lie and compares the file's length.
  void LayOut(uint64_t header_end);

  InputFile file_;
  std::string library_version_;
  Json info_;
  std::vector<Section> sections_;
};

}  // namespace slide::util
