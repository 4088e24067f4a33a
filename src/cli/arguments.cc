#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>

namespace slide::cli {
namespace {

// from_chars on all of `text`, whatever the locale. allowed: what a value of
// this kind is, for the message.
template <typename T>
T ParseNumber(std::string_view text, std::string_view allowed) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) {
    throw OptionsError(
        fmt::format("met '{}', which is too large or too small", text));
  }
  if (error != std::errc() || rest != end) {
    throw OptionsError(fmt::format("met '{}'; allowed is {}", text, allowed));
  }
  return value;
}

// The items of `text` between commas, each as parse(item) gives it.
template <typename Parse>
auto ParseList(std::string_view text, Parse&& parse) {
  std::vector<decltype(parse(text))> items;
  while (true) {
    const size_t comma = text.find(',');
    items.push_back(parse(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

// Takes one word of a layer. Returns whether it is one. says_hash: set by words
// that only a hashed layer has.
bool ParseLayerWord(std::string_view word, HiddenLayer& layer,
                    bool& says_hash) {
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kLinear}) {
    if (word != Name(activation)) continue;
    layer.activation = activation;
    return true;
  }
  for (const HashKind kind : {HashKind::kSimHash, HashKind::kWta,
                              HashKind::kDwta, HashKind::kMinHash}) {
    if (word != Name(kind)) continue;
    layer.hash.kind = kind;
    says_hash = true;
    return true;
  }
  const size_t name_size = word.find('=') + 1;
  const std::string_view name = word.substr(0, name_size);
  const auto number = [&] {
    return ParseNumber<int>(word.substr(name_size),
                            fmt::format("a whole number behind {}", name));
  };
  if (name == "active=") {
    layer.max_active = number();
  } else if (name == "candidates=") {
    layer.hash.candidates = number();
    says_hash = true;
  } else if (name == "hashes=") {
    layer.hash.hashes_per_table = number();
    says_hash = true;
  } else if (name == "tables=") {
    layer.hash.num_tables = number();
    says_hash = true;
  } else {
    return false;
  }
  return true;
}

HiddenLayer ParseLayer(std::string_view text) {
  constexpr std::string_view kAllowed =
      "layers N[:relu|tanh|linear][:active=M][:candidates=C]"
      "[:simhash|wta|dwta|minhash][:hashes=K][:tables=L] with commas between "
      "them";
  size_t colon = text.find(':');
  const std::string_view whole = text;
  HiddenLayer layer(ParseNumber<int>(text.substr(0, colon), kAllowed));
  bool says_hash = false;
  while (colon != std::string_view::npos) {
    text.remove_prefix(colon + 1);
    colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    if (!ParseLayerWord(word, layer, says_hash)) {
      throw OptionsError(
          fmt::format("met '{}'; allowed is {}", word, kAllowed));
    }
  }
  if (says_hash && !layer.is_hashed()) {
    throw OptionsError(fmt::format(
        "met '{}', a dense layer with a hash; allowed is a hash where active=M "
        "says how many neurons it finds",
        whole));
  }
  return layer;
}

std::string FormatLayer(const HiddenLayer& layer) {
  std::string text = fmt::to_string(layer.neurons);
  if (layer.activation != Activation::kRelu) {
    text += fmt::format(":{}", Name(layer.activation));
  }
  if (layer.is_hashed()) {
    const auto add = [&text](const char* name, std::optional<int> value) {
      if (value) text += fmt::format(":{}={}", name, *value);
    };
    add("active", layer.max_active);
    add("candidates", layer.hash.candidates);
    text += fmt::format(":{}", Name(layer.hash.kind));
    add("hashes", layer.hash.hashes_per_table);
    add("tables", layer.hash.num_tables);
  }
  return text;
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (std::filesystem::exists(a, ignored) &&
      std::filesystem::exists(b, ignored)) {
    // Devices and pipes keep nothing that could be overwritten.
    return std::filesystem::is_regular_file(a, ignored) &&
           std::filesystem::equivalent(a, b, ignored);
  }
  return std::filesystem::weakly_canonical(a, ignored) ==
         std::filesystem::weakly_canonical(b, ignored);
}

}  // namespace

void ParseValue(const std::string& text, int& value) {
  value = ParseNumber<int>(text, "a whole number");
}

void ParseValue(const std::string& text, uint32_t& value) {
  value = ParseNumber<uint32_t>(text, "a whole number, 0 or more");
}

void ParseValue(const std::string& text, uint64_t& value) {
  value = ParseNumber<uint64_t>(text, "a whole number, 0 or more");
}

void ParseValue(const std::string& text, double& value) {
  const double number = ParseNumber<double>(text, "a number");
  if (!std::isfinite(number)) {
    throw OptionsError(fmt::format("met '{}'; allowed is a number", text));
  }
  value = number;
}

void ParseValue(const std::string& text, std::vector<int>& value) {
  value = ParseList(text, [](std::string_view item) {
    return ParseNumber<int>(item, "whole numbers with commas between them");
  });
}

void ParseValue(const std::string& text, std::vector<double>& value) {
  if (text == "auto") {
    value.clear();
    return;
  }
  value = ParseList(text, [](std::string_view item) {
    return ParseNumber<double>(item, "numbers with commas between them");
  });
}

void ParseValue(const std::string& text, std::vector<HiddenLayer>& value) {
  value = ParseList(text, ParseLayer);
}

std::string FormatValue(int value) { return fmt::to_string(value); }
std::string FormatValue(uint32_t value) { return fmt::to_string(value); }
std::string FormatValue(uint64_t value) { return fmt::to_string(value); }
std::string FormatValue(double value) { return fmt::format("{:g}", value); }

std::string FormatValue(const std::vector<int>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}

std::string FormatValue(const std::vector<double>& value) {
  return value.empty() ? "auto" : fmt::format("{:g}", fmt::join(value, ","));
}

std::string FormatValue(const std::vector<HiddenLayer>& value) {
  std::string text;
  for (const HiddenLayer& layer : value) {
    text += (text.empty() ? "" : ",") + FormatLayer(layer);
  }
  return text;
}

CLI::Option* AddFlag(CLI::App& command, const std::string& name, bool& field,
                     const std::string& help) {
  return command.add_flag(name, field, help)->disable_flag_override();
}

void AddReadOptions(CLI::App& command, ReadOptions& options,
                    bool& no_normalize) {
  AddOption(
      command, "--threads", options.num_threads, [&] { options.Validate(); },
      "Threads; 0: one for each core");
  AddFlag(command, "--no-normalize", no_normalize,
          "Take features as they are; otherwise each sample is\n"
          "scaled to Euclidean length 1");
  AddChoice<TextFormat>(command, "--format", options.format,
                        {{"auto", TextFormat::kAuto},
                         {"xmc", TextFormat::kXmc},
                         {"libsvm", TextFormat::kLibSvm}},
                        "What text is; auto: libsvm if its first line is no\n"
                        "header but has a colon or a '#' in front");
  const auto check = [&] { options.Validate(); };
  AddOption(command, "--first-feature", options.first_feature, check,
            "Of libsvm text: number of the first feature, 0 or 1;\n"
            "auto: 0 if a feature has it, else the text is refused");
  AddOption(command, "--first-label", options.first_label, check,
            "Of libsvm text: number of the first label, 0 or 1");
}

void RefuseSameFile(const std::vector<NamedFile>& inputs,
                    const std::vector<NamedFile>& outputs) {
  const NamedFile* stdin_user = nullptr;
  for (const NamedFile& input : inputs) {
    if (input.path != "-") continue;
    if (stdin_user != nullptr) {
      throw OptionsError(
          fmt::format("{}: met '-', the standard input, which {} reads already",
                      input.option, stdin_user->option));
    }
    stdin_user = &input;
  }
  std::vector<NamedFile> others = inputs;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    for (const NamedFile& other : others) {
      if (other.path.empty() || !IsSameFile(output.path, other.path)) continue;
      throw OptionsError(
          fmt::format("{} would overwrite {}: both are '{}'; allowed are "
                      "different files",
                      output.option, other.option, output.path));
    }
    others.push_back(output);
  }
}

}  // namespace slide::cli
