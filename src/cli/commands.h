// The subcommands of `slide`: each adds its options to the command line when it
// is built, and runs on what was parsed into it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/options.h"
#include "slide/synthetic.h"
#include "slide/vectorizer.h"

namespace slide::cli {

// Exit codes of the process, listed for users in docs/command_line.md.
enum ExitCode : int {
  kSuccess = 0,
  kRunTimeFailure = 1,
  kUsageError = 2,
  kBadData = 3,
  kBadModelFile = 4,
  kInterrupted = 130,  // as a shell reports a command ended by SIGINT
};

// CLI11 keeps pointers into a command, so it stays where it was built.
class Command {
 public:
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Whether the command line named this command.
  bool chosen() const { return app_.parsed(); }

  // Throws: what the library throws; main() maps it to exit codes.
  virtual ExitCode Run() = 0;

 protected:
  Command(CLI::App& parent, const std::string& name, const std::string& help)
      : app_(*parent.add_subcommand(name, help)) {}

  CLI::App& app_;
};

class TrainCommand final : public Command {
 public:
  explicit TrainCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  void AddFiles();
  void AddNetwork();
  void AddTraining();
  // Throws: OptionsError for an option that would do nothing beside the others.
  void CheckOptionsGoTogether() const;
  // Throws: OptionsError, ModelFileError or Error for an output that could not
  // be written, before hours of training depend on it.
  void CheckOutputs() const;

  NetworkOptions network_;
  TrainOptions train_;
  ReadOptions read_;
  std::string train_path_, test_path_, model_path_, metrics_path_;
  bool no_normalize_ = false;
  bool quiet_ = false;
  bool json_ = false;
};

class EvaluateCommand final : public Command {
 public:
  explicit EvaluateCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  EvaluateOptions evaluate_;
  ReadOptions read_;
  std::string model_path_, data_path_, propensities_path_;
  bool no_normalize_ = false;
  bool json_ = false;
};

class PredictCommand final : public Command {
 public:
  explicit PredictCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  ReadOptions read_;
  std::string model_path_, data_path_, output_path_;
  std::string labels_path_, features_path_, names_path_;
  int top_k_ = 5;
  uint32_t show_features_ = 0;
  uint64_t limit_ = 0;
  bool no_normalize_ = false;
};

class InfoCommand final : public Command {
 public:
  explicit InfoCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  // Throws: OptionsError for a given option that is not among `allowed`, and
  // does nothing with what is described.
  void AllowOptions(const std::vector<std::string>& allowed,
                    const char* described) const;
  void DescribeMachine();
  void DescribeModel();
  void DescribeData();

  std::optional<std::string> path_;  // unset: about the machine
  ReadOptions read_;
  NetworkOptions network_;
  std::string data_path_, against_path_, labels_path_, features_path_;
  bool verify_ = false;
  bool no_normalize_ = false;
  bool json_ = false;
};

class ConvertCommand final : public Command {
 public:
  explicit ConvertCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  ReadOptions read_;
  std::string in_path_, out_path_;
  bool no_normalize_ = false;
  bool quiet_ = false;
  bool json_ = false;
};

class VectorizeCommand final : public Command {
 public:
  explicit VectorizeCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  // Throws: OptionsError, or Error for an output that could not be written.
  void CheckFiles() const;
  // Throws: OptionsError for an option that says otherwise than the vocabulary.
  void CheckSameOptions(const VectorizerOptions& learned) const;

  VectorizerOptions options_;
  std::string text_path_, out_path_, vocabulary_path_, labels_path_;
  bool apply_ = false;
  bool replace_ = false;
  bool no_normalize_ = false;
  bool quiet_ = false;
  bool json_ = false;
};

class SynthCommand final : public Command {
 public:
  explicit SynthCommand(CLI::App& parent);
  ExitCode Run() override;

 private:
  SyntheticOptions options_;
  std::string prefix_;
  bool as_cache_ = false;
  bool no_normalize_ = false;
  bool quiet_ = false;
  bool json_ = false;
};

}  // namespace slide::cli
