#include "data_program.h"

#include <cstdio>
#include <exception>
#include <utility>

namespace slide::bench {
namespace {

// Whether argv is TRAIN TEST and known options, each with a value.
bool Parse(int argc, char** argv, ProgramOptions& options) {
  if (argc < 3) return false;
  for (int i = 3; i < argc; i += 2) {
    const auto option = options.find(argv[i]);
    if (option == options.end() || i + 1 == argc) return false;
    option->second = argv[i + 1];
  }
  return true;
}

}  // namespace

Loss LossOption(const ProgramOptions& options) {
  const std::string& name = options.at("--loss");
  if (name == "decoupled") return Loss::kDecoupled;
  if (name == "softmax") return Loss::kSoftmax;
  throw OptionsError("--loss is '" + name + "', expected decoupled or softmax");
}

int RunOnData(
    int argc, char** argv, const std::string& program, ProgramOptions defaults,
    const std::function<void(const Dataset& train, const Dataset& test,
                             const ProgramOptions&)>& run) {
  ProgramOptions options = std::move(defaults);
  if (!Parse(argc, argv, options)) {
    std::fprintf(stderr, "usage: %s TRAIN TEST", program.c_str());
    for (const auto& [name, value] : options) {
      std::fprintf(stderr, " [%s %s]", name.c_str(), value.c_str());
    }
    std::fprintf(stderr, "\n");
    return 2;
  }
  try {
    run(ReadXmc(argv[1]), ReadXmc(argv[2]), options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
    return 1;
  }
}

}  // namespace slide::bench
