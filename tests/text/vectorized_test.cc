#include "text/vectorized.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "util/checksum.h"

namespace slide::text::vectorized_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::string_view kText =
    "x,y\tA b\n"
    "z z,y\ta a C\n"
    "\tb. d\n";

Vectorized Learn(std::string_view text, const TextCallback& progress = {}) {
  DocumentReader reader(std::make_unique<data::MemorySource>(text), "FILE");
  return LearnDocuments(reader, {.min_count = 1}, progress);
}

std::string ReadAll(Vectorized& documents, size_t piece) {
  VectorSource source(documents);
  std::string all;
  std::vector<char> buffer(piece);
  while (const size_t size = source.Read(buffer)) {
    all.append(buffer.data(), size);
  }
  EXPECT_EQ(source.num_documents(), documents.corpus.size());
  EXPECT_EQ(source.fraction_read(), 1.0);
  return all;
}

std::string SumOf(std::string_view text) {
  return util::ChecksumDigits(util::Checksum(std::as_bytes(std::span(text))));
}

// The values are explained in text_files_test.
TEST(Vectorized, IsXmcTextWithTheFingerprintsOfItsNames) {
  for (const size_t piece : {1, 7, 100'000}) {
    Vectorized documents = Learn(kText);
    EXPECT_EQ(documents.label_names.lines(), "y\nx\nz z\n");
    EXPECT_EQ(ReadAll(documents, piece),
              "3 4 3 # vocabulary=" + SumOf(documents.vocabulary->Format()) +
                  " labels=" + SumOf("y\nx\nz z\n") +
                  "\n0,1 0:0.707107 1:0.707107\n"
                  "0,2 0:0.646129 2:0.763228\n"
                  " 1:0.447214 3:0.894427\n");
    EXPECT_EQ(documents.summary.num_nonzeros, 6u);
    EXPECT_EQ(documents.summary.num_label_marks, 4u);
    EXPECT_EQ(documents.summary.num_unlabelled, 1u);
    EXPECT_EQ(documents.summary.num_empty, 0u);
  }
}

TEST(Vectorized, WhatIsNotKnownIsLeftOut) {
  const Vectorized learned = Learn(kText);
  DocumentReader reader(
      std::make_unique<data::MemorySource>("y,new\tb zebra\n\tzebra\n"),
      "FILE");
  Vectorized documents =
      FindDocuments(reader, learned.vocabulary, learned.label_names, {});
  EXPECT_THAT(ReadAll(documents, 100), testing::EndsWith("\n0 1:1\n \n"));
  EXPECT_EQ(documents.summary.num_unknown_labels, 1u);
  EXPECT_EQ(documents.summary.num_empty, 1u);
  EXPECT_EQ(documents.summary.num_known_terms, 1u);
  EXPECT_EQ(documents.summary.num_terms, 3u);
}

TEST(Vectorized, ANameOfSeveralLabelsIsThatOfNone) {
  const Vectorized learned = Learn(kText);
  DocumentReader reader(std::make_unique<data::MemorySource>("a,b\tb\n"),
                        "FILE");
  Vectorized documents = FindDocuments(reader, learned.vocabulary,
                                       NameList::FromLines("a\nb\na\n"), {});
  EXPECT_THAT(ReadAll(documents, 100), testing::EndsWith("\n1 1:1\n"));
  EXPECT_EQ(documents.summary.num_unknown_labels, 1u);
}

TEST(Vectorized, TheCallbackStopsIt) {
  EXPECT_THROW(Learn(kText, [](const TextProgress&) { return false; }),
               StoppedError);
}

}  // namespace
}  // namespace slide::text::vectorized_test
