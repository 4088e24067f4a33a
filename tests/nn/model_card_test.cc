#include "nn/model_card.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "slide/network.h"
#include "support/container.h"
#include "support/temp_folder.h"

namespace slide::model_card_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing_support::Container;

// The card of a network with 3 features and 2 labels.
ModelCard MakeCard() {
  ModelCard card;
  card.normalized = true;
  card.first_feature = 1;
  card.first_label = 0;
  card.label_names = NameList::FromLines("one\ntwo \xc3\xbc\n");
  card.vocabulary = "a line about the whole\nx\ny\nz\n";
  card.fingerprints = {.vocabulary = ~uint64_t{0}, .labels = 7};
  card.training = TrainingRecord{
      .version = "0.1.0",
      .data = "a \"file\"",
      .num_samples = uint64_t{1} << 60,
      .epochs = 5,
      .loss = "softmax",
      .options = R"({"epochs":5,"rate":0.5,"list":[1,2]})",
      .evaluations = {{.set = "test",
                       .data = "test.txt",
                       .num_samples = 7,
                       .precision = {{1, 0.1}, {3, 1.0 / 3.0}},
                       .loss = 2.5},
                      {.set = "validation", .data = "", .precision = {}}}};
  card.earlier_trainings = {
      {.data = "first.txt", .num_samples = 3, .loss = "sigmoid"},
      {.data = "second.txt",
       .epochs = 2,
       .options = R"({"epochs":2})",
       .evaluations = {{.set = "test", .num_samples = 1, .loss = 0.5}}}};
  return card;
}

class ModelCardTest : public testing::Test {
 protected:
  ModelCardTest()
      : network_({.num_features = 3, .num_labels = 2, .hidden = {4}}, 1) {}

  ModelCard SaveAndLoad(const ModelCard& card) {
    network_.SetCard(card);
    network_.Save(path_);
    const ModelCard loaded = Network::Load(path_).card();
    EXPECT_EQ(Network::Open(path_).card(), loaded);
    return loaded;
  }
  // Loads the file after `lie` changed it; right sums.
  std::string ErrorAfter(const std::function<void(Container&)>& lie) {
    network_.SetCard(MakeCard());
    network_.Save(path_);
    Container parts = Container::Of(folder_.Read("model"));
    lie(parts);
    folder_.Write("model", parts.File());
    std::string message = "accepted";
    try {
      Network::Load(path_);
    } catch (const ModelFileError& error) {
      message = error.what();
    }
    try {
      Network::Open(path_);
      EXPECT_EQ(message, "accepted");
    } catch (const ModelFileError& error) {
      EXPECT_EQ(error.what(), message);
    }
    return message.substr(std::min(message.size(), path_.size()));
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("model");
  Network network_;
};

TEST_F(ModelCardTest, AllOfItComesBack) {
  EXPECT_EQ(SaveAndLoad(MakeCard()), MakeCard());
  ModelCard names;
  names.feature_names = NameList::FromLines("x\n\nz\n");
  EXPECT_EQ(SaveAndLoad(names), names);
  EXPECT_EQ(SaveAndLoad({}), ModelCard());
  ModelCard plain;
  plain.normalized = false;
  plain.training = TrainingRecord{};
  EXPECT_EQ(SaveAndLoad(plain), plain);
}

TEST_F(ModelCardTest, ALoadedNetworkKeepsItWhenItIsSavedAgain) {
  network_.SetCard(MakeCard());
  network_.Save(path_);
  const std::string bytes = folder_.Read("model");
  Network::Load(path_).Save(path_);
  EXPECT_EQ(folder_.Read("model"), bytes);
}

TEST_F(ModelCardTest, BytesThatAreNoUtf8AreReplaced) {
  ModelCard card;
  card.training = TrainingRecord{.data = "a\xff\xc3"};
  EXPECT_EQ(SaveAndLoad(card).training->data, "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_F(ModelCardTest, RefusesNamesOfAnotherNumber) {
  ModelCard card;
  card.label_names = NameList::FromLines("one\n");
  const auto set = [&] { network_.SetCard(card); };
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(
                       "the names of labels: got 1, expected none or one for "
                       "each of the 2 labels"));
  card = {};
  card.feature_names = NameList::FromLines("a\nb\nc\nd\n");
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(
                       "the names of features: got 4, expected none or one for "
                       "each of the 3 features"));
  card = {};
  card.vocabulary = "head\na\nb\n";
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(
                       "the vocabulary: got 3 line ends, expected 4, one more "
                       "than the network has features, the last one at its "
                       "end"));
  card.vocabulary = "head\na\nb\n\nc";
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(HasSubstr("the vocabulary")));
  card.vocabulary = "head\na\nb\nc\n";
  card.feature_names = NameList::FromLines("a\nb\nc\n");
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(
                       HasSubstr("got a vocabulary and names of features")));
  EXPECT_EQ(network_.card(), ModelCard());
}

TEST_F(ModelCardTest, RefusesWhatCouldNotBeReadAgain) {
  ModelCard card;
  const auto set = [&] { network_.SetCard(card); };
  for (const char* options : {"x", "[1]", "{\"a\":"}) {
    card.training = TrainingRecord{.options = options};
    EXPECT_THAT(
        set, ThrowsMessage<OptionsError>(HasSubstr("expected a JSON object")));
  }
  card.training = TrainingRecord{.epochs = -1};
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(
                       "training.epochs: got -1, expected 0 or more"));
  card.training =
      TrainingRecord{.evaluations = {{.precision = {{.k = 0, .value = 1.0}}}}};
  EXPECT_THAT(set, ThrowsMessage<OptionsError>(HasSubstr("got a cut of 0")));
  // A metric that is no number is none.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  card.training = TrainingRecord{
      .evaluations = {{.precision = {{1, nan}, {3, 0.5}}, .loss = nan}}};
  const ModelCard loaded = SaveAndLoad(card);
  EXPECT_EQ(loaded.training->evaluations[0].precision.size(), 1u);
  EXPECT_FALSE(loaded.training->evaluations[0].loss);
}

TEST_F(ModelCardTest, CardsThatLieUnderARightSumAreRefused) {
  EXPECT_EQ(ErrorAfter([](Container&) {}), "");
  const auto error_of = [&](const std::function<void(json&)>& lie) {
    return ErrorAfter(
        [&](Container& parts) { lie(parts.header["info"]["card"]); });
  };
  EXPECT_EQ(error_of([](json& card) { card = 7; }),
            ": the header's 'card': got 7, expected an object");
  EXPECT_EQ(error_of([](json& card) { card["normalized"] = 1; }),
            ": the header's 'card.normalized': got 1, expected true or false");
  EXPECT_EQ(error_of([](json& card) { card["first_label"] = 2; }),
            ": the header's 'card.first_label': got 2, expected a whole number "
            "from 0 to 1");
  EXPECT_EQ(error_of([](json& card) { card["labels_xxh64"] = "7"; }),
            ": the header's 'card.labels_xxh64': got \"7\", expected 16 "
            "hexadecimal digits");
  EXPECT_EQ(error_of([](json& card) { card["training"]["epochs"] = -1; }),
            ": the header's 'card.training.epochs': got -1, expected a whole "
            "number from 0 to 2147483647");
  EXPECT_EQ(error_of([](json& card) { card["training"]["options"] = "x"; }),
            ": the header's 'card.training.options': got \"x\", expected an "
            "object");
  EXPECT_EQ(error_of([](json& card) { card["training"]["evaluations"] = 1; }),
            ": the header's 'card.training.evaluations': got 1, expected a "
            "list");
  const auto precision = [](json& card) -> json& {
    return card["training"]["evaluations"][0]["precision"];
  };
  EXPECT_EQ(error_of([&](json& card) { precision(card)["x"] = 1; }),
            ": the header's 'card.training.evaluations.precision.x': got 1, "
            "expected a cut of 1 or more as its key");
  EXPECT_EQ(error_of([&](json& card) { precision(card)["1"] = "x"; }),
            ": the header's 'card.training.evaluations.precision.1': got "
            "\"x\", expected a number");
}

// Files of later versions may say more.
TEST_F(ModelCardTest, KeysThatAreNotKnownAreNotLookedAt) {
  EXPECT_EQ(ErrorAfter([](Container& parts) {
              parts.header["info"]["card"]["later"] = 1;
              parts.header["info"]["card"]["training"]["later"] = "x";
            }),
            "");
}

TEST_F(ModelCardTest, SectionsThatLieUnderARightSumAreRefused) {
  EXPECT_EQ(ErrorAfter([](Container& parts) {
              parts.Put("labels.names", "one name..\n");
            }),
            ": the names of labels: got 1, expected none or one for each of "
            "the 2 labels");
  EXPECT_EQ(ErrorAfter([](Container& parts) {
              parts.Put("labels.names", "one\nt\two..\n");
            }),
            ": section labels.names: name 1: got a tab, expected any other "
            "text");
  EXPECT_EQ(ErrorAfter([](Container& parts) {
              parts.Put("vocabulary", "a line about the whole\nx\ny.z\n");
            }),
            ": the vocabulary: got 3 line ends, expected 4, one more than the "
            "network has features, the last one at its end");
  EXPECT_EQ(ErrorAfter([](Container& parts) {
              parts.Section("vocabulary")["width"] = 2;
            }),
            ": section vocabulary: got 29 rows of 2 numbers, 1 bytes each, "
            "expected 29 rows of 1 numbers, 1 bytes each");
}

// Every byte is under a sum or fixed.
TEST_F(ModelCardTest, AnyDamageAndAnyCutIsFound) {
  network_.SetCard(MakeCard());
  network_.Save(path_);
  const std::string bytes = folder_.Read("model");
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    folder_.Write("model", damaged);
    EXPECT_THROW(Network::Load(path_), ModelFileError) << i;
    folder_.Write("model", bytes.substr(0, i));
    EXPECT_THROW(Network::Load(path_), ModelFileError) << i;
  }
}

}  // namespace
}  // namespace slide::model_card_test
