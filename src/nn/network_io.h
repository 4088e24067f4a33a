// Model files: docs/file_format.md has the layout.
#pragma once

#include <memory>
#include <string>

#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/output_file.h"
#include "util/section_file.h"

namespace slide::nn {

// Calls f; what is wrong with a file is wrong with a model.
template <typename F>
auto AsModelFileError(F&& f) {
  try {
    return f();
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    throw ModelFileError(error.what());
  }
}

// Throws: Error, with a place in front, that names the first number that is not
// finite.
void RequireFinite(const NetworkCore& network, const std::string& place);
// Throws: DivergedError, for a network that is to be written, that names the
// first number that is not finite.
void RequireFiniteToSave(const NetworkCore& network);

// Writes the network; Commit stays with the caller.
// Throws: ModelFileError; DivergedError for a number that is not finite.
void SaveNetwork(const NetworkCore& network, OutputFile& output);
// The same to a file of its own, which takes the place of `path` then.
void SaveNetwork(const NetworkCore& network, const std::string& path);

// Throws: ModelFileError naming the part that is missing, damaged or foreign,
// or holds a number that is not finite.
std::unique_ptr<NetworkCore> LoadNetwork(const std::string& path);

// The same without a copy of weights and names, which view the file, mapped.
// Rows and pairs are not looked at unless verify is set.
std::unique_ptr<NetworkCore> OpenNetwork(const std::string& path, bool verify);

// For files that hold a network among other things. What is thrown is an Error
// with the file's path and the part that is wrong.
//
// Adds options, rows, biases, centers and the sparse part. Requires: the
// network stays until the writer has written.
void AddSections(const NetworkCore& network, util::SectionWriter& writer);
// Returns the options among those.
NetworkOptions OptionsOf(const util::SectionFile& file);
// Reads the rest into a network of these options, in the place of what it holds
// and of its tables, which are not built then. Returns the number of sections.
size_t ReadSections(const util::SectionFile& file, NetworkCore& network);

}  // namespace slide::nn
