// Data sets in files: text of two forms, and the binary cache, a data set's
// arrays in a file as they are in memory, so that opening it is mapping it
// (docs/file_format.md has the layout). Which one a file is, is told by its
// content. And the names of what a data set has numbers for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/model_card.h"
#include "slide/options/name.h"

namespace slide {

// Forms of text; ReadData has what the first two look like, and
// slide/model_data.h the others, documents, which it reads too.
enum class TextFormat {
  kAuto,
  kXmc,
  kLibSvm,
  kDocuments,
  kFastText,
  kTwoFiles,
};

struct ReadOptions {
  // Scale every sample's features to Euclidean length 1; a sample without
  // features, or with zeros only, stays as it is. A cache must have been made
  // with the same choice.
  bool normalize = true;
  // Threads that parse; 0: one for each core.
  int num_threads = 0;

  // kAuto: told by the first line.
  TextFormat format = TextFormat::kAuto;
  // LibSVM text only: the number of the first feature, 0 or 1. Unset: 0 if any
  // feature has this number; text without one may be either and is refused.
  std::optional<uint32_t> first_feature = std::nullopt;
  // LibSVM text only: the number of the first label, 0 or 1. Labels numbered
  // from 1 may be read as if from 0: there is then a label 0 that no sample
  // has, and predictions have the file's own numbers. Unset: 0.
  std::optional<uint32_t> first_label = std::nullopt;

  // Numbers of features and labels that the data is to have: ids are below. A
  // set that has fewer has them all the same. Unset: those of the header, or of
  // LibSVM text what the largest ids ask for. A cache has them for good.
  std::optional<uint32_t> num_features = std::nullopt;
  std::optional<uint32_t> num_labels = std::nullopt;

  // Whether labels are wanted: otherwise those of a set in two files are not
  // read, and lines of LibSVM text may begin with a feature.
  bool with_labels = true;

  // Compare the sums of a cache before it is used; one pass over the file.
  // Otherwise samples are checked as they are read, and a changed bit may pass
  // for another number. Text is checked whole in any case.
  bool verify = false;

  // Called with a sentence about what was read in a way that a person may want
  // to know of, as "FILE: 12 samples have a qid column, which is skipped".
  std::function<void(const std::string&)> on_remark = {};

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Reads a data set: text of any form, plain or packed by gzip, zstd,
// bzip2 or xz, or a cache
// (below). Which one it is, is told by content, not by name.
// "-" is the standard input, which may be any of these but a cache.
//
// XMC text, of the Extreme Classification repository: a first line `points
// features labels`, behind which a '#' starts a comment, then for each point a
// line `l1,l2,... id:value id:value
// ...` with ids from 0. The label list may be empty (the line then starts with
// a space), and so may the features.
//
// LibSVM text: such lines without the first one; there are as many features
// and labels as the largest ids ask for. A '#' starts a comment; a line that
// starts with it is no point. A label may be 1.0, +1, or -1 (read as 0, beside
// +1 alone), and a '?' or nothing at all where there is none; a field qid:N
// behind the labels is skipped.
//
// Two files: a first line `rows columns`, then for each row `id:value ...`. The
// one of features, which is the one to name, has X_Xf in its name, and the one
// of labels, beside it, X_Y in the place of that.
//
// card: gets what the file tells for the card of a network that is trained on
// it: scaling, first numbers, fingerprints; the rest of it stays as it is.
// Throws: DataError "path:line: got ..., expected ..." for anything else;
// nothing is repaired or skipped.
// Memory: the arrays, and a block of text for each thread; of a cache, what is
// read of it, which the system may drop again.
Dataset ReadData(const std::string& path, const ReadOptions& options = {},
                 ModelCard* card = nullptr);

// The file of labels beside the features of a set in two files; empty: the file
// at `path` is no such, or is not there.
std::string LabelsFileOf(const std::string& path);

// Reads XMC text alone, whatever options.format says.
Dataset ReadXmc(const std::string& path, const ReadOptions& options = {});

// Facts in a cache's header that its Dataset does not tell.
struct CacheInfo {
  uint32_t version = 0;
  bool normalized = false;  // samples were scaled to length 1 beforehand
  uint64_t num_bytes = 0;   // of the file
  // Facts of the text that it was made from.
  std::optional<uint32_t> first_feature = std::nullopt;
  std::optional<uint32_t> first_label = std::nullopt;
  Fingerprints fingerprints = {};
};

// Writes a cache; a file at `path` is replaced once all is written.
// normalized: whether the samples were scaled to Euclidean length 1, which
// readers ask for (ReadOptions::normalize). facts: of which the cache keeps the
// first numbers and the fingerprints.
// Throws: Error when it cannot be written; DataError for a broken rule in a
// data set that is checked as it is read, or a length other than 1.
// Cost: three passes over the arrays.
CacheInfo WriteCache(const Dataset& data, bool normalized,
                     const std::string& path, const CacheInfo& facts = {});

// Describes the cache that ConvertToCache wrote.
struct ConvertedCache {
  CacheInfo cache = {};
  uint64_t num_points = 0;
  uint64_t num_nonzeros = 0;
  uint64_t num_label_marks = 0;
  uint32_t num_features = 0;
  uint32_t num_labels = 0;
  bool stopped = false;  // by the callback; nothing was written then
};

// Called now and then with the share of the file that was read, 0..1, as far as
// is known; false stops. What it throws reaches the caller.
using ConvertProgress = std::function<bool(double fraction_read)>;

// Writes a cache of the data at `path`, which is anything that ReadData reads.
// Text need not fit into memory, but the room on the disk must hold the cache
// twice until it is there.
// Throws: as ReadData and WriteCache.
// Memory: of text, a block of it and its points for each thread.
ConvertedCache ConvertToCache(const std::string& path,
                              const std::string& cache_path,
                              const ReadOptions& options = {},
                              const ConvertProgress& progress = {});

// Returns whether the file at `path` begins as a cache of any version. False
// for a file that is missing, or that cannot be read at will like a pipe.
bool IsCache(const std::string& path);

// Opens a cache without reading its arrays: the header is checked whole, the
// arrays must be as long as it says, and samples are checked as they are read
// (Dataset::ViewUnchecked). Memory is that of the file's pages in use, which
// the system drops when it needs the room. The file must not be changed or
// shortened in place while it is open.
// Throws: DataError. Cost: O(1), whatever the file's size.
Dataset OpenCache(const std::string& path, CacheInfo* info = nullptr);

// Reads the whole file and checks its sums and every rule of every sample.
// Throws: DataError naming the section or the sample that is damaged.
CacheInfo VerifyCache(const std::string& path);

// Reads a file that names things numbered from 0, a name a line: samples,
// labels, features. Packed or not; "-" is the standard input.
// num_things: how many there must be; things: what they are, for messages.
// Throws: DataError for another number of lines, or a name with a tab, which
// programs would read as its end.
std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const std::string& things);

// The same for features; the file may also be a vocabulary, whose terms are
// then the names (slide/vectorizer.h).
std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const std::string& things);

}  // namespace slide
