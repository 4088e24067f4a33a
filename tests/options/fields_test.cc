// Every option struct's table, and what is made of tables.
#include "options/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "slide/comparison.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/hash_index.h"
#include "slide/held_out.h"
#include "slide/index_quality.h"
#include "slide/metrics.h"
#include "slide/options.h"
#include "slide/synthetic.h"
#include "slide/vectorizer.h"

namespace slide::options::fields_test {
namespace {

// Becomes anything; only for counting what a struct is made of.
struct Anything {
  template <typename T>
  operator T() const {  // NOLINT: implicit
    throw 0;
  }
};

template <typename Struct, typename... Members>
constexpr size_t NumMembers() {
  if constexpr (requires { Struct{Members{}..., Anything{}}; }) {
    return NumMembers<Struct, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

// Members that are data rather than options.
template <typename Struct>
constexpr size_t kNumOthers = 0;
template <>
constexpr size_t kNumOthers<EvaluateOptions> =
    3;  // inverse_propensities, with_sets, threshold
template <>
constexpr size_t kNumOthers<HashIndexOptions> = 1;  // query_mean
template <>
constexpr size_t kNumOthers<CheckpointOptions> = 1;  // path
template <>
constexpr size_t kNumOthers<ReadOptions> = 1;  // on_remark

template <typename Struct>
class TableTest : public testing::Test {};

using Structs =
    testing::Types<HashOptions, NetworkOptions, SamplingOptions,
                   SparsePartOptions, RebuildOptions, TrainOptions,
                   EvaluateOptions, IndexOptions, ReadOptions, SyntheticOptions,
                   VectorizerOptions, HashIndexOptions, SearchOptions,
                   HeldOutOptions, CheckpointOptions, ExportOptions,
                   ComparisonOptions, CalibrateOptions, Threshold>;
TYPED_TEST_SUITE(TableTest, Structs);

TYPED_TEST(TableTest, EveryMemberHasItsEntry) {
  TypeParam options;
  std::set<std::string> members;
  for (const OptionField& field : Fields(options)) {
    members.insert(field.name.substr(0, field.name.find('.')));
  }
  EXPECT_EQ(members.size() + kNumOthers<TypeParam>, NumMembers<TypeParam>());
}

TYPED_TEST(TableTest, NamesAndFlagsAreUniqueAndSentencesAreThere) {
  TypeParam options;
  std::set<std::string> names, flags;
  for (const OptionField& field : Fields(options)) {
    SCOPED_TRACE(field.name);
    EXPECT_TRUE(names.insert(field.name).second);
    if (!field.flag.empty()) {
      EXPECT_TRUE(flags.insert(field.flag).second);
    }
    EXPECT_FALSE(field.sentence.empty());
    EXPECT_FALSE(field.sentence.ends_with('.'));
    EXPECT_FALSE(field.cost.ends_with('.'));
  }
}

TYPED_TEST(TableTest, WhatIsWrittenIsReadBack) {
  TypeParam options;
  for (const OptionField& field : Fields(options)) {
    SCOPED_TRACE(field.name);
    const std::string text = field.text();
    if (field.name == "num_features" || field.name == "num_labels") {
      if (text == "0") continue;  // a network's, which have no default
    }
    EXPECT_NO_THROW(field.check());
    field.parse(text);
    EXPECT_EQ(field.text(), text);
    if (!field.may_be_auto) continue;
    field.parse("auto");
    EXPECT_EQ(field.text(), "auto");
  }
}

TYPED_TEST(TableTest, EveryWordIsTaken) {
  TypeParam options;
  for (const OptionField& field : Fields(options)) {
    if (field.type != OptionType::kWord) continue;
    for (size_t i = 0; !WordAt(field.values, i).empty(); ++i) {
      field.parse(WordAt(field.values, i));
      EXPECT_EQ(field.text(), WordAt(field.values, i));
    }
    EXPECT_THROW(field.parse("others"), OptionsError) << field.name;
  }
}

TYPED_TEST(TableTest, RefusedValuesChangeNothing) {
  TypeParam options;
  for (const OptionField& field : Fields(options)) {
    SCOPED_TRACE(field.name);
    const std::string before = field.text();
    EXPECT_THROW(field.parse(""), OptionsError);
    EXPECT_THROW(field.parse("x"), OptionsError);
    EXPECT_EQ(field.text(), before);
  }
}

TYPED_TEST(TableTest, ConditionsNameOptionsAndTheirWords) {
  NetworkOptions network;
  TrainOptions train;
  TypeParam options;
  std::vector<OptionField> all = Fields(options);
  for (auto& fields : {Fields(network), Fields(train)}) {
    all.insert(all.end(), fields.begin(), fields.end());
  }
  for (const OptionField& field : Fields(options)) {
    const OnlyWith& with = field.only_with;
    if (with.flag.empty()) continue;
    // The form in which the command writes made-up data is its own option.
    if (with.flag == "format" && with.values == "cache") continue;
    // The files are the command's own.
    if (with.flag == "checkpoint") continue;
    const auto other = std::ranges::find(all, with.flag, &OptionField::flag);
    ASSERT_NE(other, all.end()) << field.name << ": --" << with.flag;
    for (size_t i = 0; !WordAt(with.values, i).empty(); ++i) {
      const std::string_view word = WordAt(with.values, i);
      EXPECT_TRUE(PlaceOf(word, other->values).has_value() ||
                  (word == "auto" && other->may_be_auto));
    }
  }
}

TEST(FieldList, NestedNamesStandBehindTheirStructs) {
  TrainOptions options;
  std::vector<std::string> names;
  for (const OptionField& field : Fields(options)) names.push_back(field.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"epochs", "sampling.max_hashed",
                                            "rebuild.drift_limit"}));
}

TEST(FieldList, FlagsAreTheNamesWithDashesUnlessTheTableSaysOtherwise) {
  TrainOptions options;
  std::map<std::string, std::string> flags;
  for (const OptionField& field : Fields(options)) {
    flags[field.name] = field.flag;
  }
  EXPECT_EQ(flags["learning_rate"], "learning-rate");
  EXPECT_EQ(flags["num_threads"], "threads");
  EXPECT_EQ(flags["seed"], "");
}

TEST(FieldList, ParsingWritesTheMember) {
  TrainOptions options;
  for (const OptionField& field : Fields(options)) {
    if (field.name == "sampling.max_hashed") field.parse("17");
    if (field.name == "learning_rate") field.parse("0.5");
    if (field.name == "loss") field.parse("sigmoid");
    if (field.name == "layer_rates") field.parse("1,0.25");
    if (field.name == "index_reports") field.parse("true");
  }
  EXPECT_EQ(options.sampling.max_hashed, 17);
  EXPECT_EQ(options.learning_rate, 0.5);
  EXPECT_EQ(options.loss, Loss::kSigmoid);
  EXPECT_THAT(options.layer_rates, testing::ElementsAre(1.0, 0.25));
  EXPECT_TRUE(options.index_reports);
}

TEST(CheckRanges, NamesTheFieldTheValueAndWhatIsExpected) {
  TrainOptions options;
  options.sampling.max_hashed = -1;
  try {
    CheckRanges(Fields(options));
    ADD_FAILURE();
  } catch (const OptionsError& error) {
    EXPECT_STREQ(error.what(),
                 "sampling.max_hashed: got -1, expected 0 to "
                 "100000000");
  }
}

TEST(Differences, ArePlacesOfOtherValues) {
  TrainOptions one, other;
  other.seed = 7;
  other.sampling.max_hashed = one.sampling.max_hashed + 1;
  const std::vector<OptionField> fields = Fields(one);
  std::vector<std::string> names;
  for (const size_t place : Differences(fields, Fields(other))) {
    names.push_back(fields[place].name);
  }
  EXPECT_THAT(names, testing::ElementsAre("seed", "sampling.max_hashed"));
  EXPECT_THAT(Differences(fields, Fields(one)), testing::IsEmpty());
}

TEST(HasMeaning, AsksTheOtherOptionForOneOfItsValues) {
  NetworkOptions network;
  TrainOptions train;
  std::vector<OptionField> fields = Fields(network);
  for (OptionField& field : Fields(train)) fields.push_back(std::move(field));
  const auto has_meaning = [&](std::string_view name) {
    return HasMeaning(*std::ranges::find(fields, name, &OptionField::name),
                      fields);
  };
  EXPECT_TRUE(has_meaning("epochs"));
  EXPECT_FALSE(has_meaning("momentum"));
  network.optimizer = Optimizer::kSgd;
  EXPECT_TRUE(has_meaning("momentum"));
  EXPECT_TRUE(has_meaning("final_rate_share"));
  train.schedule = Schedule::kConstant;
  EXPECT_FALSE(has_meaning("final_rate_share"));
  EXPECT_FALSE(has_meaning("hash.bucket_policy"));
  network.hash.bucket_capacity = 3;
  EXPECT_TRUE(has_meaning("hash.bucket_policy"));
}

TEST(HasMeaning, AnOptionThatIsEmptyIsNotSet) {
  std::string path;
  OptionField file;
  file.flag = "file";
  file.text = [&path] { return path; };
  OptionField keep;
  keep.only_with = {"file"};
  EXPECT_FALSE(HasMeaning(keep, {&file, 1}));
  path = "somewhere";
  EXPECT_TRUE(HasMeaning(keep, {&file, 1}));
}

TEST(ValueForm, TellsTypesApart) {
  NetworkOptions network;
  TrainOptions train;
  std::vector<OptionField> fields = Fields(network);
  for (OptionField& field : Fields(train)) fields.push_back(std::move(field));
  const auto form = [&](std::string_view name) {
    return ValueForm(*std::ranges::find(fields, name, &OptionField::name));
  };
  EXPECT_EQ(form("epochs"), "N");
  EXPECT_EQ(form("bias_rate"), "X");
  EXPECT_EQ(form("precision"), "fp32|bf16");
  EXPECT_EQ(form("bias_init"), "auto|zero|log-prior");
  EXPECT_EQ(form("eval_ks"), "N[,N...]");
  EXPECT_EQ(form("hash.centered"), "");
  CheckpointOptions checkpoint;
  EXPECT_EQ(ValueForm(Fields(checkpoint).front()), "TIME|EPOCHS");
  OptionField file;
  EXPECT_EQ(ValueForm(file), "FILE");
  file.type = OptionType::kMaybeText;
  EXPECT_EQ(ValueForm(file), "[FILE]");
}

}  // namespace
}  // namespace slide::options::fields_test
