#include "tests/support/hostile_documents.h"

#include "absl/strings/str_cat.h"
#include "tests/support/document_shapes.h"

namespace rolegate::testing {
namespace {

constexpr auto kIdentity = PolicyKind::kIdentity;
constexpr auto kResource = PolicyKind::kResource;
constexpr auto kTrust = PolicyKind::kTrust;

}  // namespace

const std::vector<HostileFamily>& HostileFamilies() {
  static const auto* const families = new std::vector<HostileFamily>{
      // Names that are nearly known.
      {"misspelled keys", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, "StringEquals", [](std::size_t i) {
           return absl::StrCat("\"aws:SourceIdentity", Letters(i), "\":\"v\"");
         });
       }},
      {"misspelled keys of many statements", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(
               R"({"Effect":"Allow","Action":"a:b","Resource":"*",)"
               R"("Condition":{"StringEquals":{"saml:edupersonOrgDM)",
               Letters(i), R"(":"v"}}})");
         });
       }},
      {"misspelled operators", kIdentity,
       [](std::size_t bytes) {
         return Conditions(bytes, "", "", [](std::size_t i) {
           return absl::StrCat("\"NumericGreaterThanE", Letters(i), "\":{}");
         });
       }},
      {"misspelled variables", kIdentity,
       [](std::size_t bytes) {
         return Resources(bytes, [](std::size_t i) {
           return absl::StrCat("\"arn:aws:s3:::${aws:PrincipalTogs", Letters(i),
                               "}\"");
         });
       }},
      {"misspelled variables of one text", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "${aws:usernam}"); }},
      {"misspelled services", kResource,
       [](std::size_t bytes) {
         return OneStatement(
             R"({"Effect":"Allow","Action":"s3:*","Resource":"*",)"
             R"("Principal":{"Service":[)",
             "]}}", bytes, [](std::size_t i) {
               return absl::StrCat("\"s", Number(i), ".amazonaws.co\"");
             });
       }},
      {"unknown elements", kIdentity,
       [](std::size_t bytes) {
         return OneStatement("{", "}", bytes, [](std::size_t i) {
           return absl::StrCat("\"", Letters(i), "\":1");
         });
       }},
      // Lists in which everything may cover everything.
      {"many statements", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return std::string(
               R"({"Effect":"Deny","Action":"a:b","Resource":"*"})");
         });
       }},
      {"statements of long conditions", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(
               R"({"Effect":"Allow","Action":"a:b","Resource":"*",)"
               R"("Condition":{"StringEquals":{"app:k":")",
               std::string(1800, 'x'), Number(i), R"("}}})");
         });
       }},
      {"statements of many values", kIdentity,
       [](std::size_t bytes) {
         std::string values;
         for (int i = 0; i < 200; ++i) absl::StrAppend(&values, "\"v\",");
         return Statements(bytes, [&](std::size_t i) {
           return absl::StrCat(
               R"({"Effect":"Allow","Action":"a:b","Resource":"*",)"
               R"("Condition":{"StringEquals":{"app:k":[)",
               values, Quoted(Number(i)), R"(]}}})");
         });
       }},
      {"statements of many principals", kResource,
       [](std::size_t bytes) {
         std::string principals;
         for (int i = 0; i < 100; ++i) {
           absl::StrAppend(&principals, "\"111122223333\",");
         }
         return Statements(bytes, [&](std::size_t i) {
           return absl::StrCat(
               R"({"Effect":"Allow","Action":"a:b","Resource":"*",)"
               R"("Principal":{"AWS":[)",
               principals, Quoted(absl::StrCat(100000000000 + i)), "]}}");
         });
       }},
      {"statements of many patterns", kIdentity,
       [](std::size_t bytes) {
         std::string actions;
         for (int i = 0; i < 60; ++i) {
           absl::StrAppend(&actions, "\"s3:Get", Letters(i), "\",");
         }
         return Statements(bytes, [&](std::size_t i) {
           return absl::StrCat(R"({"Effect":"Allow","Resource":"*","Action":[)",
                               actions, Quoted("s3:X" + Letters(i)), "]}");
         });
       }},
      {"many actions", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t i) {
           return absl::StrCat("\"s:", Letters(i), "\"");
         });
       }},
      {"the same action", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t) { return Quoted("s:a"); });
       }},
      {"many actions of everything", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t) { return Quoted("*"); });
       }},
      {"actions with wildcards", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t i) {
           return absl::StrCat("\"s3:*", Letters(i), "*\"");
         });
       }},
      {"actions with many wildcards", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t i) {
           return absl::StrCat("\"s3:", Repeat("*a", 500), Number(i), "\"");
         });
       }},
      {"short lists of actions", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return Fill(R"({"Effect":"Allow","Resource":"*","Action":[)", "]}",
                       2000, [](std::size_t i) {
                         return absl::StrCat("\"s:*", Letters(i), "\"");
                       });
         });
       }},
      {"resources with wildcards", kIdentity,
       [](std::size_t bytes) {
         return Resources(bytes, [](std::size_t i) {
           return absl::StrCat("\"arn:aws:s3:::*", Letters(i), "*\"");
         });
       }},
      {"resources with many wildcards", kIdentity,
       [](std::size_t bytes) {
         return Resources(bytes, [](std::size_t i) {
           return absl::StrCat("\"arn:aws:s3:::", Repeat("*a", 1000), Number(i),
                               "\"");
         });
       }},
      {"resources with wildcards in every part", kIdentity,
       [](std::size_t bytes) {
         return Resources(bytes, [](std::size_t i) {
           return absl::StrCat("\"arn:*:*a*:*a*:*a*:*", Letters(i), "*\"");
         });
       }},
      {"resources of buckets", kIdentity,
       [](std::size_t bytes) {
         return TwoLists(
             bytes, R"({"Effect":"Allow","Action":[)",
             [](std::size_t i) { return Quoted("s3:A" + Letters(i)); },
             R"(],"Resource":[)",
             [](std::size_t i) {
               return absl::StrCat("\"arn:aws:s3:::", Letters(i), "*\"");
             },
             "]}");
       }},
      {"actions of buckets on objects", kIdentity,
       [](std::size_t bytes) {
         return TwoLists(
             bytes, R"({"Effect":"Allow","Action":[)",
             [](std::size_t i) { return Quoted("s3:ListBucket" + Letters(i)); },
             R"(],"Resource":[)",
             [](std::size_t i) {
               return absl::StrCat("\"arn:aws:s3:::b/", Letters(i), "\"");
             },
             "]}");
       }},
      {"passing roles", kIdentity,
       [](std::size_t bytes) {
         return TwoLists(
             bytes, R"({"Effect":"Allow","Action":[)",
             [](std::size_t) { return Quoted("iam:PassRole"); },
             R"(],"Resource":[)",
             [](std::size_t i) {
               return absl::StrCat("\"arn:aws:iam::1:role/", Letters(i), "\"");
             },
             "]}");
       }},
      {"powerful actions under many conditions", kIdentity,
       [](std::size_t bytes) {
         return TwoLists(
             bytes, R"({"Effect":"Allow","Resource":"*","Action":[)",
             [](std::size_t) { return Quoted("iam:PutRolePolicy"); },
             R"(],"Condition":{"StringEquals":{)",
             [](std::size_t i) {
               return absl::StrCat("\"app:", Letters(i), "\":\"v\"");
             },
             "}}}");
       }},
      {"values with wildcards", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "StringLike", "app:k", [](std::size_t i) {
           return absl::StrCat("\"*", Letters(i), "*\"");
         });
       }},
      {"short lists of values", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return Fill(R"({"Effect":"Allow","Resource":"*","Action":"a:b",)"
                       R"("Condition":{"StringLike":{"app:k":[)",
                       "]}}}", 4000, [](std::size_t i) {
                         return absl::StrCat("\"*", Letters(i), "\"");
                       });
         });
       }},
      // Principals.
      {"accounts", kResource,
       [](std::size_t bytes) {
         return OneStatement(
             R"({"Effect":"Allow","Action":"s3:*","Resource":"*",)"
             R"("Principal":{"AWS":[)",
             "]}}", bytes, [](std::size_t i) {
               return absl::StrCat("\"", 100000000000 + i, "\"");
             });
       }},
      {"short lists of accounts", kResource,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return Fill(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",)"
                       R"("Principal":{"AWS":[)",
                       "]}}", 7000, [](std::size_t i) {
                         return absl::StrCat("\"", 100000000000 + i, "\"");
                       });
         });
       }},
      {"services under many conditions", kTrust,
       [](std::size_t bytes) {
         return TwoLists(
             bytes,
             R"({"Effect":"Allow","Action":"sts:AssumeRole","Principal":)"
             R"({"Service":[)",
             [](std::size_t i) {
               return absl::StrCat("\"s", Number(i), ".amazonaws.com\"");
             },
             R"(]},"Condition":{"StringEquals":{)",
             [](std::size_t i) {
               return absl::StrCat("\"app:", Letters(i), "\":\"v\"");
             },
             "}}}");
       }},
      {"providers and actions", kTrust,
       [](std::size_t bytes) {
         return TwoLists(
             bytes, R"({"Effect":"Allow","Principal":{"Federated":[)",
             [](std::size_t i) {
               return absl::StrCat("\"i", Number(i), ".example.com\"");
             },
             R"(]},"Action":[)",
             [](std::size_t) { return Quoted("sts:AssumeRoleWithSAML"); },
             "]}");
       }},
      {"providers under many conditions", kTrust,
       [](std::size_t bytes) {
         return TwoLists(
             bytes,
             R"({"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",)"
             R"("Principal":{"Federated":[)",
             [](std::size_t i) {
               return absl::StrCat("\"i", Number(i), ".example.com\"");
             },
             R"(]},"Condition":{"StringEquals":{)",
             [](std::size_t i) {
               return absl::StrCat("\"app:", Letters(i), "\":\"v\"");
             },
             "}}}");
       }},
      // Keys.
      {"many keys", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, "StringNotEquals", [](std::size_t i) {
           return absl::StrCat("\"a:", Letters(i), "\":\"v\"");
         });
       }},
      {"keys of one length", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, "StringNotEqualsIfExists", [](std::size_t i) {
           return absl::StrCat("\"aws:PrincipalTag/", std::string(20, 'a'),
                               1'000'000 + i, "\":\"v\"");
         });
       }},
      {"keys that are required elsewhere", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, "Null", [](std::size_t i) {
           return absl::StrCat("\"saml:", 1'000'000 + i, "\":\"true\"");
         });
       }},
      {"empty conditions", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return std::string(
               R"({"Effect":"Deny","Action":"a:b","Resource":"*",)"
               R"("Condition":{"Bool":{},"Null":{},"bool":{},"BOOL":{}}})");
         });
       }},
      // Values of each type, good and bad.
      {"numbers", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", "app:n", Number);
       }},
      {"long numbers", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", "app:n", [](std::size_t i) {
           return absl::StrCat("\"", std::string(500, '9'), ".",
                               std::string(500, '9'), i % 10, "1\"");
         });
       }},
      {"dates", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "DateEquals", "aws:CurrentTime",
                       [](std::size_t i) {
                         return absl::StrCat("\"", 1000 + i % 9000,
                                             "-02-28T23:59:59.123456789Z\"");
                       });
       }},
      {"years", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "DateEquals", "aws:CurrentTime",
                       [](std::size_t) { return Quoted("2020"); });
       }},
      {"addresses", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "IpAddress", "aws:SourceIp", [](std::size_t i) {
           return absl::StrCat("\"10.", i / 250 % 250, ".", i % 250, ".1/8\"");
         });
       }},
      {"long addresses", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "IpAddress", "aws:SourceIp", [](std::size_t i) {
           return absl::StrCat("\"2001:db8:1:2:3:4:", 1000 + i % 9000,
                               ":1/8\"");
         });
       }},
      {"bytes", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "BinaryEquals", "app:b", [](std::size_t i) {
           return absl::StrCat("\"", 1000 + i % 9000, "\"");
         });
       }},
      {"booleans", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "Bool", "app:b",
                       [](std::size_t) { return std::string("true"); });
       }},
      {"ARNs", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "ArnLike", "aws:PrincipalArn", [](std::size_t i) {
           return absl::StrCat("\"arn:aws:*:*:*:", Letters(i), "*\"");
         });
       }},
      {"accounts that are none", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "StringEquals", "aws:SourceAccount", Number);
       }},
      {"values that are no numbers", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", "app:n",
                       [](std::size_t i) { return Quoted(Letters(i)); });
       }},
      {"values that are null", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", "app:n",
                       [](std::size_t) { return std::string("null"); });
       }},
      // Faults and findings beside long names.
      {"nulls under a long key", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", std::string(bytes / 2, 'k'),
                       [](std::size_t) { return std::string("null"); });
       }},
      {"bad values under a long key", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "NumericEquals", std::string(bytes / 2, 'k'),
                       [](std::size_t) { return Quoted("x"); });
       }},
      {"values under a long key", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "StringEquals", std::string(bytes / 2, 'k'),
                       [](std::size_t i) { return Quoted(Letters(i)); });
       }},
      {"findings under a long key", kIdentity,
       [](std::size_t bytes) {
         return Values(bytes, "StringEquals",
                       "aws:PrincipalTag/" + std::string(bytes / 2, 'k'),
                       [](std::size_t) { return Quoted("*"); });
       }},
      {"keys under a long operator", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, std::string(bytes / 2, 'k'), [](std::size_t i) {
           return absl::StrCat("\"", Letters(i), "\":1");
         });
       }},
      {"repeated statement IDs", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return std::string(R"({"Sid":"a","Effect":"Deny","Action":"a:b"})");
         });
       }},
      {"long statement IDs", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(R"({"Sid":")", std::string(4000, 'a'),
                               Letters(i), R"( ","Effect":"Deny",)",
                               R"("Action":"a:b"})");
         });
       }},
      {"bad actions", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t) { return Quoted("a"); });
       }},
      {"bad resources", kIdentity,
       [](std::size_t bytes) {
         return Resources(bytes, [](std::size_t) { return Quoted("a"); });
       }},
      {"numbers for actions", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [](std::size_t) { return std::string("1"); });
       }},
      {"statements that are none", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) { return std::string("1"); });
       }},
      {"statements that are empty", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes,
                           [](std::size_t) { return std::string("{}"); });
       }},
      // Variables.
      {"variables that do not end", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "${"); }},
      {"variables that end at the end", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "${", "}"); }},
      {"many variables", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "${a:b}"); }},
      {"defaults that do not end", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "${a, 'b}"); }},
      {"dollars", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "$"); }},
      {"a pattern of wildcards", kIdentity,
       [](std::size_t bytes) { return OneResource(bytes, "*?"); }},
      // What the index is made of.
      {"indexed actions on four resources", kIdentity,
       [](std::size_t bytes) {
         return IndexedProduct(
             bytes, [](std::size_t i) { return Quoted("s:" + Letters(i)); },
             [](std::size_t i) { return Quoted("arn:a:b:c:d:" + Letters(i)); });
       }},
      {"the same indexed actions on long resources", kIdentity,
       [](std::size_t bytes) {
         return IndexedProduct(
             bytes, [](std::size_t i) { return Quoted("s:" + Letters(i)); },
             [](std::size_t i) {
               return absl::StrCat("\"arn:a:b:c:d:", std::string(235, 'x'), i,
                                   "\"");
             });
       }},
      {"indexed resources like stairs", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(R"({"Effect":"Allow","Action":"a:b",)",
                               R"("Resource":"arn:a:b:c:d:)",
                               std::string(i % 240, 'x'), i % 7, "*\"}");
         });
       }},
      {"indexed actions like stairs", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(R"({"Effect":"Allow","Resource":"*",)",
                               R"("Action":"a:)", std::string(i % 250, 'x'),
                               i % 7, "\"}");
         });
       }},
      {"indexed statements of long resources", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t i) {
           return absl::StrCat(R"({"Effect":"Allow","Action":"a:b",)",
                               R"("Resource":"arn:a:b:c:d:)",
                               std::string(240, 'x'), i, "\"}");
         });
       }},
      // JSON.
      {"deep arrays", kIdentity,
       [](std::size_t bytes) { return std::string(bytes, '['); }},
      {"deep objects", kIdentity,
       [](std::size_t bytes) { return Repeat("{\"a\":", bytes); }},
      {"fifteen deep, over and over", kIdentity,
       [](std::size_t bytes) {
         return Statements(bytes, [](std::size_t) {
           return std::string(13, '[') + std::string(13, ']');
         });
       }},
      {"a key that stands twice", kIdentity,
       [](std::size_t bytes) {
         return Fill("{", ",\"a\":1}", bytes, [](std::size_t i) {
           return absl::StrCat("\"", Letters(i), "\":1");
         });
       }},
      {"a long key that stands twice", kIdentity,
       [](std::size_t bytes) {
         const std::string key(bytes / 2 - 10, 'k');
         return absl::StrCat("{\"", key, "\":1,\"", key, "\":1}");
       }},
      {"keys with a common beginning", kIdentity,
       [](std::size_t bytes) {
         return Keys(bytes, "StringEquals", [](std::size_t i) {
           return absl::StrCat("\"app:", std::string(1000, 'k'), Letters(i),
                               "\":\"v\"");
         });
       }},
      {"a string", kIdentity,
       [](std::size_t bytes) { return Quoted(std::string(bytes - 2, 'x')); }},
      {"a string in a string", kIdentity,
       [](std::size_t bytes) {
         return absl::StrCat("\"", Repeat("\\\"", bytes - 2), "\"");
       }},
      {"escapes", kIdentity,
       [](std::size_t bytes) {
         return Actions(bytes, [&](std::size_t i) {
           return i > 0 ? std::string(bytes, ' ')
                        : absl::StrCat("\"a:", Repeat("\\u0061", bytes - 200),
                                       "\"");
         });
       }},
      {"lines", kIdentity,
       [](std::size_t bytes) { return std::string(bytes, '\n'); }},
      {"faults on lines of their own", kIdentity,
       [](std::size_t bytes) {
         return OneStatement("{", "}", bytes, [](std::size_t i) {
           return absl::StrCat("\n\"", Letters(i), "\":1");
         });
       }},
      {"percent-encoded", kIdentity,
       [](std::size_t bytes) {
         return PercentEncoded(Actions(bytes / 3, [](std::size_t i) {
           return absl::StrCat("\"s3:*", Letters(i), "*\"");
         }));
       }},
      {"percent signs", kIdentity,
       [](std::size_t bytes) { return std::string(bytes, '%'); }},
  };
  return *families;
}

}  // namespace rolegate::testing
