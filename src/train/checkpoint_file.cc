#include "train/checkpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/model_card.h"
#include "nn/network_io.h"
#include "nn/tables_io.h"
#include "options/fields.h"
#include "options/json.h"
#include "options/values.h"
#include "slide/error.h"
#include "train/data_fingerprint.h"
#include "train/setup.h"
#include "util/at_place.h"
#include "util/json_fields.h"

// The members of what a checkpoint holds as JSON; see util/json_fields.h.
namespace slide {

template <typename Fields>
void Describe(Fields& f, DataFingerprint& d) {
  f("samples", d.num_samples);
  f("features", d.num_features);
  f("labels", d.num_labels);
  f("feature_values", d.num_nonzeros);
  f("label_marks", d.num_label_marks);
  f("xxh64", d.checksum);
}

template <typename Fields>
void Describe(Fields& f, MetricsAtK& m) {
  f("k", m.k);
  f("precision", m.precision);
  f("ndcg", m.ndcg);
  f("recall", m.recall);
  f("psp", m.psp);
  f("psndcg", m.psndcg);
}

template <typename Fields>
void Describe(Fields& f, Metrics& m) {
  f("at", m.at);
  f("loss", m.loss);
  f("samples", m.num_samples);
}

template <typename Fields>
void Describe(Fields& f, BucketOccupancy& b) {
  f("buckets", b.num_buckets);
  f("bytes", b.num_bytes);
  f("largest", b.largest);
  f("empty_share", b.empty_share);
  f("left_out", b.num_left_out);
  f("by_size", b.by_size);
}

template <typename Fields>
void Describe(Fields& f, IndexReport& i) {
  f("recall_at_10", i.recall_at_10);
  f("drift", i.drift);
  f("buckets", i.buckets);
}

template <typename Fields>
void Describe(Fields& f, EpochReport& e) {
  f("epoch", e.epoch);
  f("train_loss", e.train_loss);
  f("train_seconds", e.train_seconds);
  f("test", e.test);
  f("validation", e.validation);
  f("is_best", e.is_best);
  f("active_p50", e.active_p50);
  f("active_p99", e.active_p99);
  f("index", e.index);
}

namespace train {

template <typename Fields>
void Describe(Fields& f, RebuildState& r) {
  f("next", r.next);
  f("next_check", r.next_check);
  f("check_interval", r.check_interval);
  f("rebuilds", r.num_rebuilds);
  f("ended", r.num_ended);
  f("pause_seconds", r.pause_seconds);
  f("background_seconds", r.background_seconds);
}

template <typename Fields>
void Describe(Fields& f, RunState& s) {
  f("epoch", s.epoch);
  f("place", s.place);
  f("steps", s.steps);
  f("out_of_time", s.is_out_of_time);
  f("seconds", s.seconds);
  f("rebuilds", s.rebuilds);
}

// num_with_active, which may be long, has a section of its own.
template <typename Fields>
void Describe(Fields& f, WorkerTotals& w) {
  f("epoch_loss", w.epoch_loss);
  f("first_loss", w.first_loss);
  f("first_samples", w.num_first);
  f("active", w.num_active);
  f("seconds", w.seconds);
}

template <typename Fields>
void Describe(Fields& f, ReportState& r) {
  f("step_seconds", r.step_seconds);
  f("earlier_seconds", r.earlier_seconds);
  f("eval_seconds", r.eval_seconds);
  f("checkpoint_seconds", r.checkpoint_seconds);
  f("checkpoints", r.num_checkpoints);
  f("epochs", r.epochs);
}

template <typename Fields>
void Describe(Fields& f, BestEpoch::State& b) {
  f("last", b.last);
  f("best", b.best);
  f("best_score", b.best_score);
}

template <typename Fields>
void Describe(Fields& f, RunNumbers& n) {
  f("state", n.state);
  f("epoch_samples", n.epoch_samples);
  f("apply_seconds", n.apply_seconds);
  f("workers", n.workers);
  f("report", n.report);
  f("best", n.best);
}

template <typename Fields>
void Describe(Fields& f, RunData& d) {
  f("train", d.train);
  f("validation", d.validation);
  f("test", d.test);
}

namespace {

using nn::AsModelFileError;

constexpr util::FileKind kCheckpointFile = {
    .magic = "slidechk",
    .version = 2,
    .name = "slide checkpoint",
    .if_other = "end the run with the slide that wrote it, or start it anew"};

constexpr char kRun[] = "run";
constexpr char kActive[] = "run.active";
constexpr char kBest[] = "run.best";

// Options of which no result depends on.
constexpr std::array<std::string_view, 2> kFreeOptions = {"num_threads",
                                                          "index_reports"};

// Throws: Error unless the numbers are those of some moment of such a run.
void CheckNumbers(const RunNumbers& n, const TrainOptions& options,
                  bool has_validation) {
  const int num_epochs = *options.epochs;
  const auto require = [](bool holds, std::string_view what) {
    if (!holds) {
      throw Error(
          fmt::format("got numbers that contradict each other ({}), "
                      "expected those of a run",
                      what));
    }
  };
  const RunState& s = n.state;
  const auto num_finished = static_cast<int>(
      std::min(n.report.epochs.size(), static_cast<size_t>(num_epochs)));
  require(1 <= s.epoch && s.epoch <= num_epochs, "epoch");
  require(n.report.epochs.size() == static_cast<size_t>(num_finished) &&
              s.epoch - num_finished <= 1 && num_finished <= s.epoch,
          "finished epochs");
  require(0 < n.epoch_samples && n.epoch_samples < uint64_t{1} << 40,
          "samples");
  require(s.place <= n.epoch_samples &&
              (num_finished < s.epoch || s.place == n.epoch_samples ||
               (s.is_out_of_time && s.place > 0)),
          "place");
  require(
      s.steps == static_cast<uint64_t>(s.epoch - 1) * n.epoch_samples + s.place,
      "steps");
  require(!s.is_out_of_time ||
              (options.time_limit.count() > 0.0 && num_finished == s.epoch),
          "time");
  require(s.seconds >= 0.0 && s.seconds <= options::kMaxSeconds, "seconds");
  require(s.rebuilds.has_begun() && s.rebuilds.check_interval > 0 &&
              s.rebuilds.next_check > 0,
          "rebuilds");
  for (int e = 0; e < num_finished; ++e) {
    const EpochReport& epoch = n.report.epochs[static_cast<size_t>(e)];
    require(
        epoch.epoch == e + 1 && epoch.validation.has_value() == has_validation,
        "reports");
  }
  require(n.workers.seconds.size() == nn::StepClock::kNumParts, "parts");
  require(!n.workers.num_with_active.empty(), "active neurons");
  const bool has_best = has_validation && num_finished > 0;
  require(n.best.last == (has_validation ? num_finished : 0) &&
              (has_best ? 1 : 0) <= n.best.best && n.best.best <= n.best.last,
          "best epoch");
}

}  // namespace

util::SectionWriter MakeCheckpointWriter(const CheckpointParts& parts) {
  util::SectionWriter writer(kCheckpointFile);
  nn::AddSections(parts.network, writer);
  nn::AddTables(parts.network, writer);
  options::ToJson(options::ConstFields(parts.options), "train", writer.info());
  writer.info()["data"] = util::SaveJson(parts.data);
  writer.info()["card"] = nn::ToJson(parts.network.card());
  writer.AddText(kRun, util::SaveJson(parts.numbers).Dump());
  writer.Add(kActive, std::span(parts.numbers.workers.num_with_active));
  if (parts.best != nullptr) writer.Add(kBest, parts.best->bytes());
  return writer;
}

CheckpointFile::CheckpointFile(const std::string& path)
    : file_(AsModelFileError(
          [&] { return util::SectionFile(path, kCheckpointFile); })) {
  AsModelFileError([&] {
    file_.Verify();
    network_ = nn::OptionsOf(file_);
    earlier_trainings_ = nn::ReadCard(file_).card.earlier_trainings;
    util::AtPlace<Error>(path, [&] {
      options::FromJson(file_.info(), "train", Fields(options_));
      options_.Validate();
      if (!options_.epochs) {
        throw Error("train: epochs: got null, expected a number");
      }
      util::JsonLoader(file_.info())("data", data_);
    });
    const std::vector<char> text = file_.ReadItems<char>(kRun);
    numbers_.workers.num_with_active = file_.ReadItems<uint64_t>(kActive);
    util::AtPlace<Error>(fmt::format("{}: section {}", path, kRun), [&] {
      util::LoadJson(util::Json::Parse({text.data(), text.size()}), numbers_);
      CheckNumbers(numbers_, options_, data_.validation.has_value());
    });
  });
}

void CheckpointFile::RequireSame(const NetworkOptions& network,
                                 const TrainOptions& options,
                                 const RunData& data) const {
  if (file_.library_version() != SLIDE_VERSION) {
    throw ModelFileError(fmt::format(
        "{}: got a checkpoint of slide {}, expected one of {}, whose runs have "
        "the same bits; {}",
        file_.path(), file_.library_version(), SLIDE_VERSION,
        kCheckpointFile.if_other));
  }
  train::RequireSame(data.train, data_.train, "training set", file_.path());
  const auto require = [&](const auto& got, const auto& expected,
                           std::string_view name) {
    const auto words = [](bool has) { return has ? "one" : "none"; };
    if (got.has_value() != expected.has_value()) {
      throw OptionsError(fmt::format(
          "{}: got {}, expected {} as the run of {} has", name,
          words(got.has_value()), words(expected.has_value()), file_.path()));
    }
    if (got) train::RequireSame(*got, *expected, name, file_.path());
  };
  require(data.validation, data_.validation, "validation set");
  require(data.test, data_.test, "test set");
  const auto all_fields = [](const NetworkOptions& n, const TrainOptions& t) {
    std::vector<OptionField> fields = options::ConstFields(n);
    for (OptionField& field : options::ConstFields(t)) {
      fields.push_back(std::move(field));
    }
    return fields;
  };
  const std::vector<OptionField> got = all_fields(network, options);
  const std::vector<OptionField> expected = all_fields(network_, options_);
  std::string differences;
  for (const size_t i : Differences(got, expected)) {
    if (std::ranges::find(kFreeOptions, got[i].name) != kFreeOptions.end() ||
        (!HasMeaning(got[i], got) && !HasMeaning(expected[i], expected))) {
      continue;
    }
    differences += fmt::format("{}{}: got {}, expected {}",
                               differences.empty() ? "" : "; ", got[i].name,
                               got[i].text(), expected[i].text());
  }
  if (differences.empty()) return;
  throw OptionsError(
      fmt::format("{} as the run of {} has", differences, file_.path()));
}

bool CheckpointFile::HasBest() const noexcept { return file_.Has(kBest); }

void CheckpointFile::Read(const util::ThreadTeam& team,
                          nn::NetworkCore& network) const {
  AsModelFileError([&] {
    size_t num_sections = nn::ReadSections(file_, network);
    // As TrainSetup has them built.
    const bool uses_hashing = UsesHashing(options_, network.options());
    num_sections +=
        nn::ReadTables(file_,
                       uses_hashing ? nn::NetworkCore::Tables::kAll
                                    : nn::NetworkCore::Tables::kOfHiddenLayers,
                       team, network);
    file_.RequireSections(num_sections + (HasBest() ? 3 : 2));
  });
}

void CheckpointFile::ReadBest(nn::NetworkCore& network,
                              nn::NetworkCopy& best) const {
  AsModelFileError([&] {
    const auto& section =
        file_.Find(kBest, {.num_rows = best.bytes().size(), .row_bytes = 1});
    file_.Read(section, best.bytes());
    best.Swap(network);
    const std::string place =
        fmt::format("{}: section {}", file_.path(), kBest);
    // The lists of a sparse part, before their weights are looked at.
    if (const auto* sparse = network.sparse_part()) {
      util::AtPlace<Error>(place, [&] { sparse->CheckLists(); });
    }
    nn::RequireFinite(network, place);
    best.Swap(network);
  });
}

}  // namespace train

bool IsCheckpointFile(const std::string& path) {
  return util::HasMagic(path, train::kCheckpointFile);
}

CheckpointInfo ReadCheckpointInfo(const std::string& path) {
  const train::CheckpointFile file(path);
  const train::RunNumbers& numbers = file.numbers();
  return {.num_bytes = file.num_bytes(),
          .network = file.network(),
          .train = file.options(),
          .train_set = file.data().train,
          .validation_set = file.data().validation,
          .test_set = file.data().test,
          .epoch = numbers.state.epoch,
          .epoch_samples_done = numbers.state.place,
          .epoch_samples = numbers.epoch_samples,
          .num_steps = numbers.state.steps,
          .train_seconds = numbers.report.step_seconds +
                           numbers.state.rebuilds.pause_seconds,
          .eval_seconds = numbers.report.eval_seconds,
          .epochs = numbers.report.epochs,
          .best_epoch = numbers.best.best,
          .earlier_trainings = file.earlier_trainings()};
}

}  // namespace slide
