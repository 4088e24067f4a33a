#include "cli/model_saver.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "slide/error.h"
#include "slide/export.h"

namespace slide::cli {
namespace {

namespace fs = std::filesystem;

// `path` and the mark, numbered if that is there already.
std::string FreeName(const std::string& path, const std::string& mark) {
  std::error_code ignored;
  std::string name = path + mark;
  for (int i = 2; fs::exists(name, ignored); ++i) {
    name = fmt::format("{}{}-{}", path, mark, i);
  }
  return name;
}

// Whether a file is there, whose place a new one takes.
bool TakesPlace(const std::string& path) {
  std::error_code ignored;
  return IsReplaced(path) && fs::exists(path, ignored);
}

// The network as a model has it, up to OutputFile::Commit. What an optimizer
// keeps for each weight is as large as the weights, or twice as large, and of
// no use but to train on: it is left to checkpoints. The little that
// row-adagrad keeps for a row stays.
std::unique_ptr<OutputFile> Write(const Network& network,
                                  const std::string& path) {
  auto file = std::make_unique<OutputFile>(path);
  const NetworkOptions& options = network.options();
  if (options.optimizer == Optimizer::kRowAdagrad) {
    network.Save(*file);
  } else {
    Exported(network, options.precision).Save(*file);
  }
  return file;
}

}  // namespace

std::string ModelSaver::CheckPlace(std::string_view name) const {
  if (path_.empty() || !TakesPlace(path_)) return "";
  std::error_code ignored;
  // As mktemp leaves them.
  if (fs::file_size(path_, ignored) == 0) return "";
  if (!IsModelFile(path_)) {
    throw OptionsError(fmt::format(
        "{}: got {}, which is there and no slide model, expected a model, "
        "whose place the new one takes, or a file that is not there",
        name, path_));
  }
  return fmt::format("slide: {}: the model that is there will be replaced\n",
                     path_);
}

void ModelSaver::CheckRoom(uint64_t num_bytes) const {
  if (path_.empty()) return;
  try {
    CheckWritable(path_, num_bytes);
  } catch (const Error& error) {  // as saving it would fail hours later
    throw ModelFileError(error.what());
  }
}

void ModelSaver::KeepEpoch(const Network& network, int epoch) {
  if (path_.empty() || !IsReplaced(path_)) return;
  try {
    kept_ = Write(network, path_);
    kept_epoch_ = epoch;
  } catch (const std::exception&) {
    // The earlier epoch stays kept; training goes on.
  }
}

std::string ModelSaver::Save(const Network& network) {
  if (path_.empty()) return path_;
  kept_.reset();  // gives its room on the disk back
  try {
    Write(network, path_)->Commit();
    return path_;
  } catch (const DivergedError&) {
    throw;
  } catch (const std::exception& failure) {
    const std::string other =
        FreeName("./" + fs::path(path_).filename().string(), ".saved");
    try {
      Write(network, other)->Commit();
    } catch (const std::exception& second) {
      throw ModelFileError(fmt::format("{}; {}: the network is lost",
                                       failure.what(), second.what()));
    }
    throw ModelFileError(
        fmt::format("{}; the network was saved as {}", failure.what(), other));
  }
}

std::string ModelSaver::SaveBeside(const Network& network,
                                   const std::string& mark) {
  if (!path_.empty() && TakesPlace(path_)) path_ = FreeName(path_, mark);
  return Save(network);
}

std::string ModelSaver::SaveKeptEpoch() {
  if (kept_ == nullptr) return "";
  std::string path = TakesPlace(path_)
                         ? FreeName(fs::canonical(path_).string(),
                                    fmt::format(".epoch{}", kept_epoch_))
                         : path_;
  if (path == path_) {
    kept_->Commit();
  } else {
    kept_->CommitAs(path);
  }
  return path;
}

}  // namespace slide::cli
