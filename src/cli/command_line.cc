#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "cli/config_file.h"
#include "slide/error.h"

namespace slide::cli {
namespace {

constexpr size_t kWidth = 80;
constexpr size_t kTextColumn = 30;

// "--flag FORM".
std::string Left(const OptionField& field) {
  const std::string form = ValueForm(field);
  return fmt::format("--{}{}{}", field.flag, form.empty() ? "" : " ", form);
}

// "flag=FORM", the values where these are words, the flag of a switch: how
// --hidden has it.
std::string HiddenWord(const OptionField& field) {
  if (field.type == OptionType::kWord) return field.values;
  const std::string form = ValueForm(field);
  return fmt::format("{}{}{}", field.flag, form.empty() ? "" : "=", form);
}

// "--flag VALUES" of the option that this one belongs to.
std::string Condition(const OptionField& field) {
  const OnlyWith& with = field.only_with;
  return fmt::format("--{}{}{}", with.flag, with.values.empty() ? "" : " ",
                     with.values);
}

// Whether the value it has when it is not given is worth a word.
bool HasDefault(const OptionField& field) {
  return field.type != OptionType::kSwitch && field.type != OptionType::kText &&
         field.type != OptionType::kMaybeText;
}

// Values that the form does not tell, the default, and the option it belongs
// to: "1 to 32; default auto; only with --hash wta".
std::string Facts(const OptionField& field) {
  std::string facts;
  const auto add = [&](const std::string& fact) {
    facts += fmt::format("{}{}", facts.empty() ? "" : "; ", fact);
  };
  if (field.type != OptionType::kWord && !field.values.empty()) {
    add(field.values);
  }
  if (HasDefault(field)) {
    add("default " + field.text());
  }
  if (!field.only_with.flag.empty()) {
    add("only with " + Condition(field));
  }
  return facts;
}

// The text broken into lines that start at kTextColumn; the first one goes
// behind `left`, or below it if that is too long.
std::string HelpRow(const std::string& left, std::string_view text) {
  std::string rows = "  " + left;
  size_t column = rows.size();
  const auto start_line = [&] {
    rows += fmt::format("\n{:{}}", "", kTextColumn);
    column = kTextColumn;
  };
  if (column + 2 > kTextColumn) start_line();
  rows.append(kTextColumn - std::min(column, kTextColumn), ' ');
  column = kTextColumn;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > kTextColumn && column + 1 + word.size() > kWidth) start_line();
    if (column > kTextColumn) rows += ' ', ++column;
    rows += word;
    column += word.size();
  }
  return rows + "\n";
}

// Letters to insert, delete or exchange to make b of a (Levenshtein).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t exchanged = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// The text in a cell of a Markdown table: bars escaped, and a link where it
// names a page of docs/.
std::string Cell(std::string_view text) {
  constexpr std::string_view kDocs = "docs/";
  std::string cell;
  while (!text.empty()) {
    if (text.starts_with(kDocs)) {
      text.remove_prefix(kDocs.size());
      const std::string_view page = text.substr(0, text.find(".md") + 3);
      text.remove_prefix(page.size());
      cell += fmt::format("[{}]({})", page, page);
      continue;
    }
    if (text.front() == '|') cell += '\\';
    cell += text.front();
    text.remove_prefix(1);
  }
  return cell;
}

// The word, which names a file. An unset variable of a script must not mean
// that the file is not wanted.
std::string CheckedName(std::string_view word) {
  if (word.empty()) throw OptionsError("got '', expected the name of a file");
  return std::string(word);
}

}  // namespace

CommandLine::CommandLine(std::string_view command, std::string_view purpose)
    : command_(command), purpose_(purpose) {}

void CommandLine::AddArgument(std::string_view name, std::string& value,
                              std::string_view sentence) {
  arguments_.push_back({name, sentence, true, [&value](std::string_view word) {
                          value = CheckedName(word);
                        }});
}

void CommandLine::AddArgument(std::string_view name,
                              std::optional<std::string>& value,
                              std::string_view sentence) {
  arguments_.push_back({name, sentence, false, [&value](std::string_view word) {
                          value = CheckedName(word);
                        }});
}

OptionField& CommandLine::AddOwn(std::string_view flag, OptionType type,
                                 std::string_view sentence) {
  OptionField& field = fields_.emplace_back();
  field.name = field.flag = flag;
  field.type = type;
  field.group = "Files and output";
  field.is_common = true;
  field.sentence = sentence;
  return field;
}

OptionField& CommandLine::AddFile(std::string_view flag, std::string& path,
                                  std::string_view sentence, bool is_required) {
  OptionField& field = AddOwn(flag, OptionType::kText, sentence);
  field.text = [&path] { return path; };
  field.parse = [&path](std::string_view word) { path = CheckedName(word); };
  if (is_required) required_.push_back(flag);
  return field;
}

OptionField& CommandLine::AddMaybeFile(std::string_view flag,
                                       std::optional<std::string>& path,
                                       std::string_view sentence) {
  OptionField& field = AddOwn(flag, OptionType::kMaybeText, sentence);
  field.text = [&path] { return path.value_or(""); };
  field.parse = [&path](std::string_view word) { path = CheckedName(word); };
  maybe_files_.push_back({flag, path});
  return field;
}

OptionField& CommandLine::AddSwitch(std::string_view flag, bool& on,
                                    std::string_view sentence) {
  OptionField& field = AddOwn(flag, OptionType::kSwitch, sentence);
  field.text = [&on] { return on ? "true" : "false"; };
  field.parse = [&on](std::string_view word) { on = word == "true"; };
  return field;
}

void CommandLine::AddSummarySwitches(bool& quiet, bool& json) {
  AddSwitch("quiet", quiet,
            "Print nothing but errors, and what --json asks for");
  AddSwitch("json", json, "Print one JSON object instead of the summary");
}

void CommandLine::AddConfig() {
  AddFile("config", config_path_,
          "Options from a TOML file, flags without dashes as its keys; those "
          "of the command line go before");
}

OptionField& CommandLine::AddNumber(std::string_view flag, uint64_t& value,
                                    uint64_t low, std::string_view sentence) {
  OptionField& field = AddOwn(flag, OptionType::kWhole, sentence);
  field.values = fmt::format("{} or more", low);
  field.text = [&value] { return fmt::to_string(value); };
  field.parse = [&value, low](std::string_view word) {
    uint64_t number = 0;
    const char* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, number);
    if (error != std::errc() || rest != end || number < low) {
      throw OptionsError(fmt::format(
          "got '{}', expected a whole number, {} or more", word, low));
    }
    value = number;
  };
  return field;
}

OptionField& CommandLine::AddText(std::string_view flag, std::string& value,
                                  std::string_view form,
                                  std::string_view sentence) {
  OptionField& field = AddOwn(flag, OptionType::kWord, sentence);
  field.values = form;
  field.text = [&value] { return value; };
  field.parse = [&value](std::string_view word) { value = word; };
  return field;
}

OptionField& CommandLine::AddChoice(std::string_view flag,
                                    std::string_view words, std::string& value,
                                    std::string_view sentence) {
  OptionField& field = AddOwn(flag, OptionType::kWord, sentence);
  field.values = words;
  field.text = [&value] { return value; };
  field.parse = [&value, words](std::string_view word) {
    const std::string between = fmt::format("|{}|", words);
    if (word.empty() || word.find('|') != std::string_view::npos ||
        between.find(fmt::format("|{}|", word)) == std::string::npos) {
      throw OptionsError(fmt::format("got '{}', expected {}", word, words));
    }
    value = word;
  };
  return field;
}

void CommandLine::Add(std::vector<OptionField> fields) {
  for (OptionField& field : fields) {
    if (field.flag.empty()) continue;
    const auto same =
        std::ranges::find(fields_, field.flag, &OptionField::flag);
    if (same == fields_.end()) {
      fields_.push_back(std::move(field));
      continue;
    }
    same->parse = [first = same->parse,
                   second = field.parse](std::string_view word) {
      first(word);
      second(word);
    };
  }
}

const OptionField* CommandLine::Find(std::string_view flag) const noexcept {
  const auto field = std::ranges::find(fields_, flag, &OptionField::flag);
  return field == fields_.end() ? nullptr : &*field;
}

bool CommandLine::WasGiven(std::string_view flag) const noexcept {
  return std::ranges::find(given_, flag) != given_.end();
}

std::string CommandLine::Nearest(std::string_view word) const {
  std::string nearest;
  size_t least = 1 + word.size() / 3;
  for (const OptionField& one : fields_) {
    const size_t distance = Distance(word, "--" + one.flag);
    if (distance > least) continue;
    least = distance;
    nearest = fmt::format("; did you mean --{}?", one.flag);
  }
  return nearest;
}

bool CommandLine::TakeAlone(const OptionField& field) {
  if (field.type == OptionType::kSwitch) {
    field.parse(field.text() == "true" ? "false" : "true");
    return true;
  }
  const auto maybe =
      std::ranges::find(maybe_files_, field.flag, &MaybeFile::flag);
  if (maybe == maybe_files_.end()) return false;
  maybe->path = "";
  return true;
}

void CommandLine::TakeConfig() {
  for (const ConfigEntry& entry : ReadConfig(config_path_)) {
    const OptionField* field = Find(entry.flag);
    if (field == nullptr || entry.flag == "config") {
      throw OptionsError(fmt::format(
          "{}: got '{}', which is no option of slide {} in a file{}",
          entry.place, entry.flag, command_,
          Nearest(fmt::format("--{}", entry.flag))));
    }
    const bool was_given = WasGiven(entry.flag);
    const bool is_switch = field->type == OptionType::kSwitch;
    const bool is_maybe = field->type == OptionType::kMaybeText;
    try {
      if (entry.is_boolean != is_switch && !(entry.is_boolean && is_maybe)) {
        throw OptionsError(
            fmt::format("got '{}', expected {}", entry.value,
                        is_switch ? "true or false" : ValueForm(*field)));
      }
      if (entry.is_boolean) {
        if (was_given || entry.value == "false") continue;
        TakeAlone(*field);
      } else if (!was_given) {
        field->parse(entry.value);
      } else if (field->type != OptionType::kText && !is_maybe) {
        const std::string stays = field->text();
        field->parse(entry.value);  // to see whether it is a value
        field->parse(stays);
      }
      if (!was_given) given_.push_back(entry.flag);
    } catch (const OptionsError& error) {
      throw OptionsError(
          fmt::format("{}: {}: {}", entry.place, entry.flag, error.what()));
    }
  }
}

std::vector<CommandLine::Setting> CommandLine::NotDefault() const {
  std::vector<Setting> settings;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const OptionField& field = fields_[i];
    std::string text = field.text();
    if (text == defaults_.at(i) || !HasMeaning(field, fields_)) continue;
    settings.push_back({field.flag, std::move(text), field.type});
  }
  return settings;
}

bool CommandLine::TakeOption(std::string_view word,
                             std::optional<std::string_view> next) {
  const size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const OptionField* field =
      Find(name.substr(std::min(name.size(), size_t{2})));
  if (!name.starts_with("--") || field == nullptr) {
    throw OptionsError(
        fmt::format("got '{}', which is no option of slide {}{} (see slide {} "
                    "--help-all)",
                    name, command_, Nearest(name), command_));
  }
  if (WasGiven(field->flag)) {
    throw OptionsError(fmt::format("{}: given more than once", name));
  }
  given_.push_back(field->flag);
  const bool has_value = equals != std::string_view::npos;
  if (field->type == OptionType::kSwitch) {
    if (has_value) throw OptionsError(fmt::format("{}: takes no value", name));
    return !TakeAlone(*field);
  }
  if (!has_value && (!next || next->starts_with("--"))) {
    if (TakeAlone(*field)) return false;
    throw OptionsError(fmt::format("{}: no value follows", name));
  }
  try {
    field->parse(has_value ? word.substr(equals + 1) : *next);
  } catch (const OptionsError& error) {
    throw OptionsError(fmt::format("{}: {}", name, error.what()));
  }
  return !has_value;
}

CommandLine::Asked CommandLine::Parse(std::span<const char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--help" || word == "-h") return Asked::kHelp;
    if (word == "--help-all") return Asked::kHelpAll;
  }
  for (const OptionField& field : fields_) defaults_.push_back(field.text());
  size_t num_arguments = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.starts_with('-') && word != "-") {
      const bool has_next = i + 1 < words.size();
      i += TakeOption(word, has_next
                                ? std::optional<std::string_view>(words[i + 1])
                                : std::nullopt);
    } else if (num_arguments < arguments_.size()) {
      const Argument& argument = arguments_[num_arguments++];
      try {
        argument.set(word);
      } catch (const OptionsError& error) {
        throw OptionsError(fmt::format("{}: {}", argument.name, error.what()));
      }
    } else {
      throw OptionsError(fmt::format("got '{}', expected {}", word, Usage()));
    }
  }
  if (!config_path_.empty()) TakeConfig();
  CheckComplete(num_arguments);
  return Asked::kRun;
}

void CommandLine::CheckComplete(size_t num_arguments) const {
  if (num_arguments < arguments_.size() &&
      arguments_[num_arguments].is_required) {
    throw OptionsError(fmt::format("{} is missing: expected {}",
                                   arguments_[num_arguments].name, Usage()));
  }
  for (const std::string_view flag : required_) {
    if (!WasGiven(flag)) {
      throw OptionsError(
          fmt::format("--{} is missing: expected {}", flag, Usage()));
    }
  }
  for (const std::string& flag : given_) {
    const OptionField& field = *Find(flag);
    if (HasMeaning(field, fields_)) continue;
    throw OptionsError(
        fmt::format("--{}: does nothing without {}", flag, Condition(field)));
  }
}

std::vector<std::string_view> CommandLine::Groups() const {
  std::vector<std::string_view> groups;
  for (const OptionField& field : fields_) {
    if (std::ranges::find(groups, field.group) == groups.end()) {
      groups.push_back(field.group);
    }
  }
  return groups;
}

std::string CommandLine::Usage() const {
  std::string usage = fmt::format("slide {}", command_);
  for (const Argument& argument : arguments_) {
    usage += argument.is_required ? fmt::format(" {}", argument.name)
                                  : fmt::format(" [{}]", argument.name);
  }
  for (const std::string_view flag : required_) {
    usage += fmt::format(" --{} FILE", flag);
  }
  return usage + " [option...]";
}

std::string CommandLine::Help(bool all) const {
  std::string help = fmt::format("{}\n\n  {}\n\n", purpose_, Usage());
  for (const Argument& argument : arguments_) {
    help += HelpRow(std::string(argument.name), argument.sentence);
  }
  bool has_more = false;
  for (const std::string_view group : Groups()) {
    std::string rows;
    for (const OptionField& field : fields_) {
      if (field.group != group) continue;
      has_more |= !field.is_common;
      if (!all && !field.is_common) continue;
      const std::string facts = Facts(field);
      rows += HelpRow(
          Left(field),
          fmt::format("{}{}", field.sentence,
                      facts.empty() ? "" : fmt::format(" ({})", facts)));
    }
    if (!rows.empty()) help += fmt::format("\n{}:\n{}", group, rows);
  }
  if (has_more && !all) {
    help += fmt::format("\nslide {} --help-all lists all options.\n", command_);
  }
  return help;
}

std::string CommandLine::Page() const {
  std::string page =
      fmt::format("## {}\n\n{}.\n\n    {}\n\n", command_, purpose_, Usage());
  for (const Argument& argument : arguments_) {
    page += fmt::format("- `{}`: {}\n", argument.name, argument.sentence);
  }
  for (const std::string_view group : Groups()) {
    std::vector<OptionField> fields = fields_;
    std::erase_if(
        fields, [&](const OptionField& field) { return field.group != group; });
    page += fmt::format("\n**{}**\n\n{}", group, OptionTable(fields));
  }
  return page;
}

std::string OptionTable(std::span<const OptionField> fields, Written written) {
  const bool as_flags = written == Written::kAsFlags;
  std::string table =
      "| option | values | default | meaning |\n|---|---|---|---|\n";
  for (const OptionField& field : fields) {
    const std::string condition =
        as_flags ? Condition(field) : std::string(field.only_with.flag);
    table += fmt::format(
        "| `{}` | {} | {} | {}{}{} |\n",
        Cell(as_flags ? Left(field) : HiddenWord(field)),
        field.type == OptionType::kWord ? "" : field.values,
        HasDefault(field) ? field.text() : "", Cell(field.sentence),
        field.cost.empty() ? "" : fmt::format(". More: {}", field.cost),
        field.only_with.flag.empty()
            ? ""
            : Cell(fmt::format("; only with `{}`", condition)));
  }
  return table;
}

}  // namespace slide::cli
