#include "util/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "slide/error.h"

namespace slide::util::json_test {
namespace {

TEST(Json, WhatIsParsedIsDumpedAgain) {
  for (const char* text :
       {"null", "true", "false", "0", "-3", "18446744073709551615", "0.25",
        "1e-300", R"("")", R"("a \"b\" \\ c")", "[]", "{}",
        R"([1,[],{"a":null},"x"])",
        R"({"b":1,"a":{"c":[true,false]},"":"empty key"})"}) {
    EXPECT_EQ(Json::Parse(text).Dump(), text);
  }
  EXPECT_EQ(Json::Parse(" { \"a\" : [ 1 , 2 ] } ").Dump(), R"({"a":[1,2]})");
}

TEST(Json, TextIsEscapedAsAnotherParserReadsIt) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc3\xa9";
  const std::string dumped = Json::Text(all).Dump();
  EXPECT_EQ(nlohmann::json::parse(dumped).get<std::string>(), all);
  EXPECT_EQ(Json::Parse(dumped).text, all);
}

TEST(Json, ValuesAreFoundByTheirKeys) {
  Json object = Json::Object();
  object["a"] = Json::Number(7);
  object["b"]["c"] = Json::Bool(true);  // made on the way, as no object yet
  object["a"] = Json::Number(8);
  ASSERT_NE(object.Find("a"), nullptr);
  EXPECT_EQ(object.Find("a")->text, "8");
  EXPECT_EQ(object.Find("c"), nullptr);
  EXPECT_EQ(Json::List().Find("a"), nullptr);
  EXPECT_EQ(Json::Text("a").Find("a"), nullptr);
}

TEST(Json, TextThatIsNotJsonIsRefused) {
  for (const char* text : {"", "{", "[1,]", "nul", "{\"a\"}", "1 2", "'a'",
                           "\"\xff\"", "[1e999]"}) {
    EXPECT_THROW(Json::Parse(text), Error) << text;
  }
}

// The items of a list must not each have the key that came before.
TEST(Json, MemoryGoesWithTheText) {
  const std::string key(10'000, 'k');
  std::string list = "0";
  for (int i = 0; i < 1000; ++i) list += ",0";
  const Json object = Json::Parse("{\"" + key + "\":[" + list + "]}");
  for (const auto& [name, item] : object.Find(key)->items) {
    EXPECT_TRUE(name.empty());
  }
}

TEST(Json, BytesThatAreNoUtf8AreReplaced) {
  const std::string dumped = Json::Text("a\xff\xc3z\"").Dump();
  EXPECT_EQ(dumped, "\"a\xef\xbf\xbd\xef\xbf\xbdz\\\"\"");
  EXPECT_EQ(Json::Parse(dumped).text, "a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

TEST(Json, DeepNestingIsRefused) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(Json::Parse(nested(32)).Dump(), nested(32));
  EXPECT_THAT([&] { Json::Parse(nested(33)); },
              testing::ThrowsMessage<Error>("nested deeper than 32 times"));
  EXPECT_THROW(Json::Parse(std::string(1'000'000, '[')), Error);
}

}  // namespace
}  // namespace slide::util::json_test
