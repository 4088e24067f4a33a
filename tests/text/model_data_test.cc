#include "slide/model_data.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "support/data_text.h"
#include "support/temp_folder.h"

namespace slide::model_data_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr char kText[] =
    "x,y\tA b\n"
    "z z,y\ta a C\r\n"
    "\tb. d, a, a\n";
constexpr char kFastText[] =
    "__label__x __label__y A b\n"
    "a __label__z a C __label__y\n"
    "b. d, a, a\n";

class ModelDataTest : public testing::Test {
 protected:
  ModelData Learn(const std::string& text) const {
    folder_.Write("text", text);
    return ReadToLearn(folder_.Path("text"), {}, {.min_count = 1});
  }
  ModelData Apply(const std::string& text, const ModelCard& card,
                  const ReadOptions& read = {}) const {
    folder_.Write("other", text);
    return ReadByCard(folder_.Path("other"), card, read);
  }
  // Writes the vectors of `text` as slide vectorize does.
  void Vectorize(const std::string& text) const {
    folder_.Write("text", text);
    Vectorizer::LearnFile({.text = folder_.Path("text"),
                           .data = folder_.Path("vectors"),
                           .vocabulary = folder_.Path("words"),
                           .labels = folder_.Path("labels")},
                          {.min_count = 1});
  }

  const testing_support::TempFolder folder_;
};

void ExpectSameBits(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.num_features(), b.num_features());
  EXPECT_EQ(a.num_labels(), b.num_labels());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(a[i].labels, b[i].labels)) << i;
    EXPECT_TRUE(std::ranges::equal(a[i].features.ids, b[i].features.ids)) << i;
    EXPECT_TRUE(std::ranges::equal(a[i].features.values, b[i].features.values,
                                   [](float x, float y) {
                                     return std::bit_cast<uint32_t>(x) ==
                                            std::bit_cast<uint32_t>(y);
                                   }))
        << i;
  }
}

TEST_F(ModelDataTest, DocumentsAreTheBitsOfTheirFileAndItsNames) {
  Vectorize(kText);
  ModelData from_file = ReadToLearn(folder_.Path("vectors"));
  EXPECT_FALSE(from_file.text);
  AddLabelNames(folder_.Path("labels"), 3, from_file.card);
  AddFeatureNames(folder_.Path("words"), 4, from_file.card);
  const ModelData direct = Learn(kText);
  ExpectSameBits(direct.data, from_file.data);
  EXPECT_EQ(direct.card, from_file.card);
  ASSERT_TRUE(direct.text);
  EXPECT_EQ(direct.text->num_documents, 3u);
  EXPECT_EQ(direct.text->num_unique_terms, 4u);
  EXPECT_EQ(direct.card.normalized, true);
  EXPECT_FALSE(direct.card.first_feature);
}

TEST_F(ModelDataTest, FastTextLinesAreTheSameDocuments) {
  const ModelData tabbed = Learn("x,y\tA b\nz,y\ta a C\n\tb. d, a, a\n");
  const ModelData fasttext = Learn(kFastText);
  ExpectSameBits(fasttext.data, tabbed.data);
  EXPECT_EQ(fasttext.card, tabbed.card);
}

TEST_F(ModelDataTest, ACardReadsOtherTextInBothForms) {
  const ModelCard card = Learn(kText).card;
  for (const char* text : {"y,new\tb zebra\n\tzebra\n",
                           "__label__y __label__new b zebra\nzebra\n"}) {
    const ModelData other = Apply(text, card);
    ASSERT_EQ(other.data.size(), 2u);
    EXPECT_EQ(other.data.num_features(), 4u);
    EXPECT_THAT(other.data[0].labels, ElementsAre(0));
    EXPECT_THAT(other.data[0].features.ids, ElementsAre(1));
    EXPECT_EQ(other.data[1].features.size(), 0u);
    EXPECT_EQ(other.text->num_unknown_labels, 1u);
  }
  // Without a mark and without a label, as one types it.
  EXPECT_THAT(Apply("b c\n", card).data[0].features.ids, ElementsAre(1, 2));
  EXPECT_THAT(Apply("see b:c\n", card).data[0].features.ids, ElementsAre(1, 2));
}

TEST_F(ModelDataTest, ACardReadsPointsToo) {
  const ModelCard card = Learn(kText).card;
  Vectorize(kText);
  ExpectSameBits(ReadByCard(folder_.Path("vectors"), card).data,
                 Learn(kText).data);
  EXPECT_FALSE(ReadByCard(folder_.Path("vectors"), card).text);
  EXPECT_EQ(Apply("0 0:1 3:2\n", card).data.num_features(), 4u);
}

TEST_F(ModelDataTest, VectorsOfAnotherVocabularyAreRefused) {
  const ModelCard card = Learn(kText).card;
  Vectorize("x,y\tA b\nz z,y\ta b b C\n\tb. d\n");
  EXPECT_THAT(
      [&] { ReadByCard(folder_.Path("vectors"), card); },
      ThrowsMessage<DataError>(HasSubstr("vectors: got the fingerprint ")));
  // The cache of the vectors carries it on.
  ConvertToCache(folder_.Path("vectors"), folder_.Path("cache"));
  EXPECT_THAT([&] { ReadByCard(folder_.Path("cache"), card); },
              ThrowsMessage<DataError>(HasSubstr(" of vocabulary, expected ")));
  // The same words and others labels.
  Vectorize("x,q\tA b\nz z,q\ta a C\n\tb. d, a, a\n");
  EXPECT_THAT([&] { ReadByCard(folder_.Path("vectors"), card); },
              ThrowsMessage<DataError>(HasSubstr(" of labels' names, ")));
  ModelCard carried;
  carried.fingerprints = card.fingerprints;  // without the names
  EXPECT_THROW(ReadByCard(folder_.Path("vectors"), carried), DataError);
  Vectorize(kText);
  EXPECT_EQ(ReadByCard(folder_.Path("vectors"), carried).data.size(), 3u);
}

TEST_F(ModelDataTest, DocumentsWantAVocabulary) {
  const ModelData points = Learn("1 0:1 3:2\n");
  EXPECT_THAT([&] { Apply(kText, points.card); },
              ThrowsMessage<DataError>(HasSubstr(
                  "got text (documents), expected points, because the network "
                  "has no vocabulary")));
  EXPECT_THAT([&] { VectorizerOf(points.card); },
              ThrowsMessage<OptionsError>(
                  HasSubstr("got a network without a vocabulary")));
}

TEST_F(ModelDataTest, TheCardSaysHowLibSvmTextCounts) {
  folder_.Write("train", "1 1:1 3:2\n2 1:1\n");
  const ModelData train = ReadToLearn(folder_.Path("train"),
                                      {.first_feature = 1, .first_label = 1});
  EXPECT_EQ(train.card.first_feature, 1u);
  EXPECT_EQ(train.card.first_label, 1u);
  const Dataset other = Apply("2 1:1 2:1\n", train.card).data;
  EXPECT_THAT(other[0].labels, ElementsAre(1));
  EXPECT_THAT(other[0].features.ids, ElementsAre(0, 1));
  // The caller goes first.
  EXPECT_THAT(
      Apply("2 1:1\n", train.card, {.first_feature = 0}).data[0].features.ids,
      ElementsAre(1));
  EXPECT_THROW(Apply("2 0:1\n", train.card), DataError);
  // A cache of the text knows it as well.
  ConvertToCache(folder_.Path("train"), folder_.Path("cache"),
                 {.first_feature = 1, .first_label = 1});
  EXPECT_EQ(ReadToLearn(folder_.Path("cache")).card, train.card);
  // One that counts otherwise would be another label each.
  ModelCard from_zero = train.card;
  from_zero.first_label = 0;
  EXPECT_THAT([&] { ReadByCard(folder_.Path("cache"), from_zero); },
              ThrowsMessage<DataError>(HasSubstr(
                  "got a cache whose labels count from 1, expected them from "
                  "0: convert its data again with --first-label 0")));
  EXPECT_THAT(
      [&] { ReadToLearn(folder_.Path("cache"), {.first_feature = 0}); },
      ThrowsMessage<DataError>(HasSubstr("whose features count from 1")));
}

TEST_F(ModelDataTest, LabelsThatAreComparedMustBeKnown) {
  const ModelCard card = Learn(kText).card;
  const auto read = [&](const std::string& text) {
    folder_.Write("other", text);
    return ReadToEvaluate(folder_.Path("other"), card);
  };
  EXPECT_EQ(read("new\ta\nx\tb\n").data.size(), 2u);
  // Labels with spaces between them are words.
  EXPECT_THAT([&] { read("x y a b\n"); },
              ThrowsMessage<DataError>(
                  HasSubstr("got 1 lines of text without a label that the "
                            "network knows, expected ")));
}

TEST_F(ModelDataTest, TheCardSaysWhetherSamplesAreScaled) {
  folder_.Write("train", "1 2 2\n1 0:3 1:4\n");
  const ModelCard scaled = ReadToLearn(folder_.Path("train")).card;
  const ModelCard plain =
      ReadToLearn(folder_.Path("train"), {.normalize = false}).card;
  EXPECT_THAT(ReadByCard(folder_.Path("train"), scaled).data[0].features.values,
              ElementsAre(0.6f, 0.8f));
  EXPECT_THAT(ReadByCard(folder_.Path("train"), plain).data[0].features.values,
              ElementsAre(3.0f, 4.0f));
  EXPECT_THAT(
      [&] { ReadByCard(folder_.Path("train"), scaled, {.normalize = false}); },
      ThrowsMessage<OptionsError>(HasSubstr("normalize (--no-normalize)")));
  // A card that does not say leaves it to the caller.
  EXPECT_THAT(ReadByCard(folder_.Path("train"), {}, {.normalize = false})
                  .data[0]
                  .features.values,
              ElementsAre(3.0f, 4.0f));
}

TEST_F(ModelDataTest, VectorizerOfACardGivesTheSameFeatures) {
  const ModelData train = Learn(kText);
  const TextVector vector = VectorizerOf(train.card).Transform("a a C");
  const Sample sample = train.data[1];
  EXPECT_TRUE(std::ranges::equal(vector.ids, sample.features.ids));
  for (size_t i = 0; i < vector.values.size(); ++i) {
    EXPECT_NEAR(vector.values[i], sample.features.values[i], 1e-6f);
  }
  // Vectors that were not scaled by the vocabulary, but when they were read.
  folder_.Write("text", kText);
  const ModelData later = ReadToLearn(folder_.Path("text"), {},
                                      {.min_count = 1, .normalize = false});
  const TextVector scaled = VectorizerOf(later.card).Transform("a a C");
  for (size_t i = 0; i < scaled.values.size(); ++i) {
    EXPECT_NEAR(scaled.values[i], later.data[1].features.values[i], 1e-6f);
  }
}

TEST_F(ModelDataTest, AVocabularyThatIsNoneIsAFaultOfTheModel) {
  ModelCard card = Learn(kText).card;
  card.vocabulary.back() = 'x';
  EXPECT_THROW(VectorizerOf(card), ModelFileError);
  EXPECT_THROW(Apply(kText, card), ModelFileError);
}

TEST_F(ModelDataTest, OtherNamesThanTheCardHasAreRefused) {
  const ModelCard learned = Learn(kText).card;
  folder_.Write("names", "y\nx\nother\n");
  ModelCard card = learned;
  EXPECT_THAT([&] { AddLabelNames(folder_.Path("names"), 3, card); },
              ThrowsMessage<DataError>(HasSubstr(
                  "names:3: got 'other', expected 'z z', which the network "
                  "knows this label by")));
  card.label_names = {};  // its fingerprint is left
  EXPECT_THAT([&] { AddLabelNames(folder_.Path("names"), 3, card); },
              ThrowsMessage<DataError>(HasSubstr(" of labels' names, ")));
  EXPECT_THAT([&] { AddLabelNames(folder_.Path("names"), 4, card); },
              ThrowsMessage<DataError>(HasSubstr("got 3 lines, expected 4")));
  folder_.Write("names", "a\nb\nc\nd\n");
  AddFeatureNames(folder_.Path("names"), 4, card);
  EXPECT_EQ(card.vocabulary, learned.vocabulary);
  folder_.Write("names", "a\nb\nc\nx\n");
  EXPECT_THAT([&] { AddFeatureNames(folder_.Path("names"), 4, card); },
              ThrowsMessage<DataError>(HasSubstr("knows this feature by")));
}

TEST_F(ModelDataTest, NamesOfFeaturesAreLinesOrTerms) {
  ModelCard card;
  EXPECT_TRUE(FeatureNamesOf(card).empty());
  folder_.Write("names",
                "\xef\xbb\xbf"
                "a\nb\n");
  AddFeatureNames(folder_.Path("names"), 2, card);
  EXPECT_EQ(FeatureNamesOf(card).lines(), "a\nb\n");
  EXPECT_EQ(FeatureNamesOf(Learn(kText).card).lines(), "a\nb\nc\nd\n");
}

// --- to train on
// ---------------------------------------------------------------

// kText has the terms a, b, c, d and the labels y, x, z z.
constexpr char kMoreText[] =
    "y,new\tb e f\n"
    "new\te a\n"
    "other,x\te\n";

TEST_F(ModelDataTest, MoreTextAddsTermsAndLabelsBehindTheOldOnes) {
  const ModelCard old_card = Learn(kText).card;
  folder_.Write("more", kMoreText);
  const ModelData more = ReadToTrainOn(folder_.Path("more"), old_card);
  // All but f of the old options, which want one document.
  EXPECT_EQ(more.card.label_names,
            NameList::FromLines("y\nx\nz z\nnew\nother\n"));
  EXPECT_EQ(FeatureNamesOf(more.card),
            NameList::FromLines("a\nb\nc\nd\ne\nf\n"));
  EXPECT_EQ(more.data.num_features(), 6u);
  EXPECT_EQ(more.data.num_labels(), 5u);
  EXPECT_THAT(more.data[0].labels, ElementsAre(0, 3));
  EXPECT_THAT(more.data[0].features.ids, ElementsAre(1, 4, 5));
  EXPECT_THAT(more.data[2].labels, ElementsAre(1, 4));
  // Text of old words is what it was.
  const ModelData before = Apply(kText, old_card);
  const ModelData after = Apply(kText, more.card);
  for (size_t i = 0; i < before.data.size(); ++i) {
    EXPECT_EQ(before.data[i].features.size(), after.data[i].features.size());
    EXPECT_TRUE(std::ranges::equal(before.data[i].features.values,
                                   after.data[i].features.values));
  }
  // Options that are given select the new terms.
  const ModelData few =
      ReadToTrainOn(folder_.Path("more"), old_card, {}, {{.min_count = 2}});
  EXPECT_EQ(FeatureNamesOf(few.card), NameList::FromLines("a\nb\nc\nd\ne\n"));
}

TEST_F(ModelDataTest, TheCardOfMoreTextReadsItInTheSameWay) {
  const ModelCard old_card = Learn(kText).card;
  folder_.Write("more", kMoreText);
  const ModelData more = ReadToTrainOn(folder_.Path("more"), old_card);
  ExpectSameBits(ReadByCard(folder_.Path("more"), more.card).data, more.data);
  const ModelData again = ReadToTrainOn(folder_.Path("more"), more.card);
  EXPECT_EQ(again.card, more.card);
  ExpectSameBits(again.data, more.data);
}

TEST_F(ModelDataTest, WhatWasTrainedBeforeStaysInTheCard) {
  ModelCard card = Learn(kText).card;
  card.training = TrainingRecord{.data = "second"};
  card.earlier_trainings = {{.data = "first"}};
  folder_.Write("more", kMoreText);
  const ModelCard grown = ReadToTrainOn(folder_.Path("more"), card).card;
  EXPECT_EQ(grown.training, card.training);
  EXPECT_EQ(grown.earlier_trainings, card.earlier_trainings);
  EXPECT_EQ(grown.normalized, card.normalized);
}

TEST_F(ModelDataTest, TextIsTrainedOnWithTheTermsOfTheNetwork) {
  const ModelCard card = Learn(kText).card;
  folder_.Write("more", kMoreText);
  EXPECT_THAT(
      [&] {
        ReadToTrainOn(folder_.Path("more"), card, {}, {{.bigrams = true}});
      },
      ThrowsMessage<OptionsError>(HasSubstr("got true, expected false")));
  ModelCard nameless = card;
  nameless.label_names = {};
  EXPECT_THAT([&] { ReadToTrainOn(folder_.Path("more"), nameless); },
              ThrowsMessage<DataError>(HasSubstr("expected it trained with")));
  EXPECT_THAT([&] { ReadToTrainOn(folder_.Path("more"), {}); },
              ThrowsMessage<DataError>(HasSubstr("no vocabulary")));
}

TEST_F(ModelDataTest, ANameOfTwoLabelsIsOfNeither) {
  ModelCard card = Learn(kText).card;
  card.label_names = NameList::FromLines("y\nx\ny\n");
  folder_.Write("more", kMoreText);
  const ModelData more = ReadToTrainOn(folder_.Path("more"), card);
  EXPECT_THAT(more.data[0].labels, ElementsAre(3));  // new
  EXPECT_EQ(more.card.label_names.size(), 5u);
  EXPECT_EQ(more.text->num_unknown_labels, 1u);
}

TEST_F(ModelDataTest, PointsAreTrainedOnAsTheCardSays) {
  ModelCard card;
  card.normalized = false;
  card.first_feature = 1;
  card.first_label = 0;
  card.label_names = NameList::FromLines("a\nb\n");
  folder_.Write("points", "0,2 1:3 5:4\n");
  const ModelData more = ReadToTrainOn(folder_.Path("points"), card);
  EXPECT_THAT(more.data[0].features.ids, ElementsAre(0, 4));
  EXPECT_THAT(more.data[0].features.values, ElementsAre(3.0f, 4.0f));
  EXPECT_EQ(more.data.num_labels(), 3u);
  EXPECT_EQ(more.card, card);

  card.fingerprints.vocabulary = 7;
  folder_.Write("vectors", "1 5 3 # vocabulary=0000000000000008\n0 0:1\n");
  EXPECT_THAT([&] { ReadToTrainOn(folder_.Path("vectors"), card); },
              ThrowsMessage<DataError>(HasSubstr("got the fingerprint")));
}

TEST_F(ModelDataTest, MoreNamesBeginWithTheOldOnes) {
  folder_.Write("names", "a\nb\n");
  ModelCard card;
  AddLabelNames(folder_.Path("names"), 2, card);
  folder_.Write("more", "a\nb\nc\n");
  folder_.Write("others", "a\nx\nc\n");
  const std::optional<uint64_t> sum = card.fingerprints.labels;
  EXPECT_THAT(
      [&] { AddLabelNames(folder_.Path("others"), 3, card, 2); },
      ThrowsMessage<DataError>(HasSubstr("others:2: got 'x', expected 'b'")));
  AddLabelNames(folder_.Path("more"), 3, card, 2);
  EXPECT_EQ(card.label_names.size(), 3u);
  EXPECT_NE(card.fingerprints.labels, sum);

  // Where the names are not known, their fingerprint is.
  ModelCard nameless;
  nameless.fingerprints.labels = sum;
  ModelCard other = nameless;
  EXPECT_THAT([&] { AddLabelNames(folder_.Path("others"), 3, other, 2); },
              ThrowsMessage<DataError>(HasSubstr("got the fingerprint")));
  AddLabelNames(folder_.Path("more"), 3, nameless, 2);
  EXPECT_EQ(nameless.fingerprints, card.fingerprints);

  ModelCard features;
  AddFeatureNames(folder_.Path("names"), 2, features);
  EXPECT_THAT([&] { AddFeatureNames(folder_.Path("others"), 3, features); },
              ThrowsMessage<DataError>(HasSubstr("others:2: got 'x'")));
  AddFeatureNames(folder_.Path("more"), 3, features);
  EXPECT_EQ(features.feature_names.size(), 3u);
}

}  // namespace
}  // namespace slide::model_data_test
