// The table of members beside AWS's API models: tests/registry/aws_shapes.py
// extracts these, and ROLEGATE_AWS_SHAPES may name a newer extract.

#include "engine/registry/known_members.h"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/json/json_document.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"

namespace rolegate {
namespace {

std::unique_ptr<JsonDocument> ReadJson(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  JsonParseError error;
  std::unique_ptr<JsonDocument> json =
      JsonDocument::Parse(text.str(), JsonLimits(), &error);
  EXPECT_NE(json, nullptr) << path << ": " << error.message;
  return json;
}

// The schema for editors completes and marks what the loader knows.
TEST(KnownMembers, AreThoseOfTheSchema) {
  const auto schema =
      ReadJson(testing::SourcePath("/deploy/schema/registry.schema.json"));
  ASSERT_NE(schema, nullptr);
  for (const KnownMembers* const known : AllKnownMembers()) {
    SCOPED_TRACE(absl::StrCat(known->name));
    const JsonNode* const definition =
        schema->root().Find("definitions")->Find(known->name);
    ASSERT_NE(definition, nullptr);
    std::set<std::string> of_schema;
    for (const JsonMember& member : definition->Find("properties")->members()) {
      EXPECT_TRUE(known->Has(member.key)) << member.key;
      of_schema.emplace(member.key);
    }
    for (const auto& list : {known->aws, known->ours}) {
      for (absl::string_view member : list) {
        EXPECT_EQ(of_schema.count(std::string(member)), 1u) << member;
      }
    }
  }
}

TEST(KnownMembers, AreThoseOfAwsModels) {
  const char* const newer = std::getenv("ROLEGATE_AWS_SHAPES");
  const auto shapes =
      ReadJson(newer != nullptr
                   ? newer
                   : testing::SourcePath("/tests/registry/aws_shapes.json"));
  ASSERT_NE(shapes, nullptr);
  std::size_t compared = 0;
  for (const KnownMembers* const known : AllKnownMembers()) {
    SCOPED_TRACE(absl::StrCat(known->name));
    EXPECT_EQ(known->aws.empty(), known->shapes.empty());
    std::set<std::string> of_aws;
    for (absl::string_view shape :
         absl::StrSplit(known->shapes, ' ', absl::SkipEmpty())) {
      const JsonNode* const members = shapes->root().Find(shape);
      ASSERT_NE(members, nullptr) << "the extract lacks " << shape;
      for (const JsonNode& member : members->elements()) {
        of_aws.emplace(member.text());
      }
      ++compared;
    }
    EXPECT_EQ(std::set<std::string>(known->aws.begin(), known->aws.end()),
              of_aws);
    for (absl::string_view ours : known->ours) {
      EXPECT_EQ(of_aws.count(std::string(ours)), 0u)
          << ours << " is AWS's by now, too: see that it means the same";
    }
  }
  EXPECT_GT(compared, 20u);
}

}  // namespace
}  // namespace rolegate
