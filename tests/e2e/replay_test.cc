// Real servers write audit logs, and replays of these must come to the same
// decisions: all of them under the same registry, and under another one exactly
// those of a server that has it.

#include "client/cli/replay.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/audit_stream.h"
#include "client/cli/replay_report.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/mfa/totp.h"
#include "tests/support/documents.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

constexpr int kRoles = 6;
constexpr int kUsers = 3;
constexpr char kIssuer[] = "https://oidc.example.com/cluster";

std::string UserArn(int i) {
  return absl::StrCat("arn:aws:iam::123456789012:user/u", i);
}
std::string NumberedRole(int i) { return RoleArn(absl::StrCat("R", i)); }

// Chooses from small pools, so that statements often match, nearly match, or
// exclude each other.
class Chooser {
 public:
  explicit Chooser(std::uint64_t seed) : random_(seed) {}

  std::size_t Below(std::size_t bound) { return random_() % bound; }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <std::size_t kSize>
  std::string Of(const char* const (&pool)[kSize]) {
    return pool[Below(kSize)];
  }

 private:
  std::mt19937_64 random_;
};

constexpr const char* kActions[] = {"s3:GetObject", "s3:PutObject",
                                    "s3:DeleteObject", "sqs:SendMessage"};
constexpr const char* kPatterns[] = {"s3:*", "s3:Get*", "s3:PutObject", "*",
                                     "sqs:*"};
constexpr const char* kResources[] = {
    "arn:aws:s3:::b/red/1",  "arn:aws:s3:::b/blue/1",
    "arn:aws:s3:::shared/x", "arn:aws:sqs:eu-west-1:210987654321:q",
    "arn:aws:s3:::b/tour/1", "arn:aws:sqs:eu-west-1:123456789012:q"};
constexpr const char* kResourcePatterns[] = {
    "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:PrincipalTag/Team}/*",
    "arn:aws:s3:::shared/*", "arn:aws:sqs:*"};
constexpr const char* kConditions[] = {
    R"("StringEquals": {"aws:PrincipalTag/Team": "red"})",
    R"("StringEquals": {"aws:PrincipalTag/Stage": "prod"})",
    R"("StringEquals": {"aws:SourceIdentity": "alice"})",
    R"("IpAddress": {"aws:SourceIp": "10.0.0.0/8"})",
    R"("StringLike": {"aws:userid": "*:tour*"})",
    R"("ForAllValues:StringEquals": {"shop:Colors": ["red", "blue"]})",
    R"("ForAnyValue:StringEquals": {"shop:Colors": "red"})",
    R"("Null": {"aws:PrincipalTag/Team": "true"})",
    R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/R1"})",
    R"("DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"})",
    R"("DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"})",
    R"("Bool": {"aws:SecureTransport": "true"})",
    R"("StringEquals": {"aws:ResourceAccount": "123456789012"})",
    R"("StringEquals": {"aws:ResourceTag/Stage": "prod"})",
    R"("StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"})",
    R"("Bool": {"aws:PrincipalIsAWSService": "true"})"};

// No statement denies what sessions are made by.
std::string Statement(Chooser& choose) {
  const bool denies = choose.OneIn(5);
  std::string action = choose.Of(kPatterns);
  if (denies && action == "*") action = "s3:*";
  return absl::StrCat(
      R"({"Effect": ")", denies ? "Deny" : "Allow", R"(", "Action": ")", action,
      R"(", "Resource": ")", choose.Of(kResourcePatterns), "\"",
      choose.OneIn(2)
          ? absl::StrCat(R"(, "Condition": {)", choose.Of(kConditions), "}")
          : "",
      "}");
}
std::string Document(Chooser& choose) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i <= choose.Below(3); ++i) {
    statements.push_back(Statement(choose));
  }
  return Policy(absl::StrJoin(statements, ","));
}

// Who may assume what stays the same whatever the seed, so that servers with
// different permissions issue the same sessions.
void WriteRegistry(const TempDir& dir, const std::string& folder,
                   std::uint64_t seed) {
  Chooser choose(seed);
  const std::string boundary = "arn:aws:iam::123456789012:policy/Edge";
  for (int i = 0; i < kRoles; ++i) {
    const std::string trust = Policy(absl::StrCat(
        R"({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com",
            "AWS": "arn:aws:iam::123456789012:root"}, "Action":
            ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])",
        i == 2 ? R"(, "Condition": {"StringEquals":
                   {"sts:ExternalId": "shop-42"}})"
               : "",
        "}"));
    dir.Write(
        absl::StrCat(folder, "/role", i, ".json"),
        Role(
            absl::StrCat("R", i), trust, Document(choose),
            absl::StrCat(
                i == 3 ? R"(, "Tags": [{"Key": "Team", "Value": "blue"}])" : "",
                i == 4 ? absl::StrCat(
                             R"(, "PermissionsBoundary":
                                    {"PermissionsBoundaryArn": ")",
                             boundary, "\"}")
                       : "")));
    dir.Write(absl::StrCat(folder, "/chain", i, ".json"),
              absl::StrCat(R"({"RoleName": "R)", i,
                           R"(", "PolicyName": "chain", "PolicyDocument": )",
                           Allow("sts:*"), "}"));
  }
  for (int i = 0; i < kUsers; ++i) {
    dir.Write(absl::StrCat(folder, "/user", i, ".json"),
              absl::StrCat(
                  R"({"UserName": "u)", i, R"(", "Path": "/", "UserId": "AIDA)",
                  i, R"(", "Arn": ")", UserArn(i), R"(", "UserPolicyList": [
                  {"PolicyName": "p", "PolicyDocument": )",
                  Document(choose), R"(}, {"PolicyName": "assume",
                  "PolicyDocument": )",
                  Allow("sts:*"),
                  R"(}], "Tags": [{"Key": "Team", "Value": "red"}]})"));
  }
  dir.Write(absl::StrCat(folder, "/edge.json"),
            absl::StrCat(R"({"PolicyName": "Edge", "Arn": ")", boundary,
                         R"(", "PolicyDocument": )",
                         Policy(absl::StrCat(
                             R"({"Effect": "Allow", "Action": "sts:*",
                                 "Resource": "*"},)",
                             Statement(choose))),
                         "}"));
  dir.Write(absl::StrCat(folder, "/bucket.json"),
            absl::StrCat(R"({"ResourceArn": "arn:aws:s3:::shared",
                "PolicyDocument": )",
                         Policy(absl::StrCat(
                             R"({"Effect": "Allow", "Principal": {"AWS": ")",
                             NumberedRole(static_cast<int>(choose.Below(3))),
                             R"("}, "Action": ")", choose.Of(kPatterns),
                             R"(", "Resource": "arn:aws:s3:::shared/*"})")),
                         "}"));
  dir.Write(absl::StrCat(folder, "/organization.json"),
            absl::StrCat(R"({"Organization": {"Id": "o-exampleorg",
                "ManagementAccount": "999988887777", "Root": {"Id": "r-root",
                "Accounts": [{"Id": "123456789012", "ServiceControlPolicies":
                [)",
                         Allow("*"), ",",
                         Policy(absl::StrReplaceAll(
                             Statement(choose),
                             {{R"("Allow")", R"("Deny")"},
                              {R"("Action": "*")", R"("Action": "s3:*")"}})),
                         "]}]}}}"));
}

// Everything that somebody may ask, by a seed.
class Traffic {
 public:
  Traffic(const ServerProcess& server, std::uint64_t seed)
      : server_(server), choose_(seed) {}

  void Run(int calls) {
    for (int i = 0; i < calls; ++i) {
      if (tokens_.empty() || choose_.OneIn(8)) {
        Assume();
      } else if (choose_.OneIn(4)) {
        Batch();
      } else {
        Authorize();
      }
    }
  }
  std::size_t sessions() const { return tokens_.size(); }

 private:
  using Context = google::protobuf::Map<std::string, v1::ContextValues>;

  // A service, a user or a session, which calls.
  Client Caller(bool may_be_service) {
    if (!tokens_.empty() && choose_.OneIn(2)) {
      return server_.Connect("", tokens_[choose_.Below(tokens_.size())]);
    }
    if (may_be_service && choose_.OneIn(3)) {
      return server_.Connect("service:ec2.amazonaws.com");
    }
    return server_.Connect(UserArn(static_cast<int>(choose_.Below(kUsers))));
  }

  void Assume() {
    v1::AssumeRoleRequest request;
    request.set_role_arn(NumberedRole(
        static_cast<int>(choose_.Below(kRoles + 1))));  // the last is unknown
    request.set_role_session_name(choose_.OneIn(2) ? "tour" : "other");
    if (choose_.OneIn(3)) request.set_external_id("shop-42");
    if (choose_.OneIn(3)) request.set_duration_seconds(900);
    if (choose_.OneIn(20)) request.set_duration_seconds(7200);  // too long
    if (choose_.OneIn(3)) request.set_source_identity("alice");
    if (choose_.OneIn(2)) {
      auto* const tag = request.add_tags();
      tag->set_key("Team");
      tag->set_value(choose_.OneIn(2) ? "red" : "blue");
      if (choose_.OneIn(2)) request.add_transitive_tag_keys("Team");
    }
    if (choose_.OneIn(3)) {
      auto* const tag = request.add_tags();
      tag->set_key("Stage");
      tag->set_value("prod");
    }
    if (choose_.OneIn(4)) request.set_policy(Document(choose_));
    if (choose_.OneIn(6)) {
      request.add_policy_arns("arn:aws:iam::123456789012:policy/Edge");
    }
    const auto response = Caller(true).AssumeRole(request);
    if (response.ok()) {
      tokens_.push_back(response->credentials().session_token());
    }
  }

  void Fill(Context* context) {
    const auto set = [&](const char* key, const char* value) {
      (*context)[key].add_values(value);
    };
    if (choose_.OneIn(2)) set("aws:SourceIp", "10.0.0.7");
    if (choose_.OneIn(3)) set("aws:SecureTransport", "true");
    if (choose_.OneIn(3)) set("aws:ResourceTag/Stage", "prod");
    if (choose_.OneIn(3)) (*context)["shop:Colors"];  // no values
    if (choose_.OneIn(3)) set("shop:Colors", "red");
    if (choose_.OneIn(4)) set("shop:Colors", "green");
  }
  template <typename Question>
  void Ask(Question* question) {
    question->set_action(choose_.Of(kActions));
    question->set_resource(choose_.Of(kResources));
    if (choose_.OneIn(5)) question->set_resource_account("210987654321");
    Fill(question->mutable_context());
  }
  // The caller itself, a session whose token is passed on, or somebody whom an
  // administrator names.
  template <typename Request>
  Client Whom(Request* request) {
    if (choose_.OneIn(3)) {
      request->set_session_token(tokens_[choose_.Below(tokens_.size())]);
      return server_.Connect("service:app.example.com");
    }
    if (choose_.OneIn(4)) {
      request->set_principal(
          choose_.OneIn(2)
              ? NumberedRole(static_cast<int>(choose_.Below(kRoles)))
              : UserArn(static_cast<int>(choose_.Below(kUsers))));
      return server_.Connect("service:ops");
    }
    return Caller(true);
  }

  void Authorize() {
    v1::AuthorizeRequest request;
    Ask(&request);
    const Client client = Whom(&request);
    const auto response = client.Authorize(request);
    EXPECT_TRUE(response.ok()) << response.status();
  }
  void Batch() {
    v1::BatchAuthorizeRequest request;
    if (choose_.OneIn(2)) Fill(request.mutable_context());
    for (std::size_t i = 0; i <= choose_.Below(4); ++i) {
      Ask(request.add_checks());
      if (choose_.OneIn(2)) request.mutable_checks(i)->clear_context();
    }
    const Client client = Whom(&request);
    const auto response = client.BatchAuthorize(request);
    EXPECT_TRUE(response.ok()) << response.status();
  }

  const ServerProcess& server_;
  Chooser choose_;
  std::vector<std::string> tokens_;
};

class ReplayEndToEnd : public ::testing::Test {
 protected:
  std::vector<std::string> Serving(const std::string& folder,
                                   const std::string& more =
                                       "listeners: [{address: '127.0.0.1:0'}]"
                                       "\n") const {
    dir_.Write("admin.json",
               R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                   "Principal": {"Service": "ops"}, "Action": "rolegate:*",
                   "Resource": "*"}]})");
    const std::string config =
        dir_.Write(absl::StrCat(folder, ".yaml"),
                   absl::StrCat("registry: {dir: ", dir_.path(folder),
                                "}\nadmin_policy: ", dir_.path("admin.json"),
                                "\naudit: {path: ", dir_.path(folder + ".log"),
                                "}\n", more));
    return {"--config", config};
  }

  static std::shared_ptr<const Snapshot> Read(const std::string& dir) {
    RegistryOptions options;
    options.dir = dir;
    options.reload = ReloadMode::kManual;
    Registry registry(options);
    registry.Start();
    EXPECT_NE(registry.snapshot(), nullptr);
    return registry.snapshot();
  }

  // Calls for each record, in order.
  void ForEach(const std::string& log,
               const std::function<void(cli::PlacedEntry)>& visit) const {
    cli::AuditStream stream(
        [](absl::string_view place, absl::string_view fault) {
          ADD_FAILURE() << place << ": " << fault;
        });
    ASSERT_TRUE(stream.Open({dir_.path(log)}).ok());
    cli::PlacedEntry placed;
    while (stream.Next(&placed)) visit(std::move(placed));
    EXPECT_TRUE(stream.status().ok());
  }

  std::unique_ptr<cli::Replay> Replayed(const std::string& log,
                                        const Snapshot& registry) const {
    auto replay =
        std::make_unique<cli::Replay>(registry, nullptr, AccessOptions());
    ForEach(log,
            [&](cli::PlacedEntry placed) { replay->Take(std::move(placed)); });
    return replay;
  }
  // The report if a record was not decided again, or not in the same way.
  void ExpectAllTheSame(const std::string& folder, std::uint64_t records) {
    const auto registry = Read(dir_.path(folder));
    ASSERT_NE(registry, nullptr);
    const auto replay = Replayed(folder + ".log", *registry);
    EXPECT_EQ(replay->totals().same, replay->totals().decided);
    EXPECT_EQ(replay->totals().not_decided(), 0u);
    EXPECT_GE(replay->totals().decided, records);
    if (replay->totals().same != replay->totals().decided ||
        replay->totals().not_decided() > 0) {
      ADD_FAILURE() << cli::ReplayText(*replay, {});
    }
  }

  TempDir dir_;
};

std::uint64_t Seed() {
  const char* const given = std::getenv("ROLEGATE_REPLAY_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10)
                          : std::random_device()();
}

TEST_F(ReplayEndToEnd, RandomCallsAreReplayedToWhatServersDecide) {
  const std::uint64_t seed = Seed();
  SCOPED_TRACE(absl::StrCat("ROLEGATE_REPLAY_SEED=", seed));
  RecordProperty("seed", absl::StrCat(seed));
  std::cout << "ROLEGATE_REPLAY_SEED=" << seed << "\n";
  constexpr int kCalls = 1000;
  WriteRegistry(dir_, "old", seed);
  WriteRegistry(dir_, "new", seed + 1);
  std::size_t sessions[2] = {0, 0};
  int at = 0;
  for (const char* folder : {"old", "new"}) {
    std::vector<std::string> arguments = Serving(folder);
    arguments.emplace_back("--dev");
    ServerProcess server(arguments);
    ASSERT_TRUE(server.serving()) << server.log();
    Traffic traffic(server, seed);
    traffic.Run(kCalls);
    sessions[at++] = traffic.sessions();
    EXPECT_EQ(server.Stop(), 0);
  }
  EXPECT_GT(sessions[0], 20u);
  ASSERT_EQ(sessions[0], sessions[1]);
  ExpectAllTheSame("old", kCalls);
  ExpectAllTheSame("new", kCalls);

  // What the server with the new registry decided is what the replay of the
  // old log says.
  std::vector<std::string> expected;
  ForEach("new.log", [&](cli::PlacedEntry placed) {
    if (placed.entry.kind == cli::EntryKind::kAdministration) return;
    expected.push_back(absl::StrCat(placed.entry.action, " ",
                                    VerdictName(*placed.entry.decision)));
  });
  const auto registry = Read(dir_.path("new"));
  ASSERT_NE(registry, nullptr);
  cli::AuditMemory memory;
  const AccessOptions options;
  cli::Reconstruction again(*registry, 0, options, &memory);
  std::vector<std::string> found;
  std::uint64_t flips = 0;
  ForEach("old.log", [&](cli::PlacedEntry placed) {
    const cli::AuditEntry& entry = placed.entry;
    if (entry.kind != cli::EntryKind::kAdministration) {
      const cli::Redecision now = again.Decide(entry);
      const Verdict verdict = now.is_settled ? *entry.decision : now.verdict;
      found.push_back(absl::StrCat(entry.action, " ", VerdictName(verdict)));
      if (verdict != *entry.decision) ++flips;
    }
    memory.Learn(std::move(placed.entry));
  });
  EXPECT_EQ(found, expected);
  EXPECT_GT(flips, 0u);
  EXPECT_EQ(Replayed("old.log", *registry)->totals().flipped(), flips);
}

// What tokens of an identity provider bring: a session's claims, tags and
// source identity, and a caller's tags.
TEST_F(ReplayEndToEnd, WhatAProviderSaidIsInTheLog) {
  IdentityIssuer issuer;
  issuer.AddKey("ec", "ES256");
  dir_.Write("old/keys.jwks", issuer.Jwks());
  dir_.Write("old/provider.json",
             R"({"OpenIDConnectProvider": {"Arn":
        "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/cluster",
        "Url": "https://oidc.example.com/cluster", "ClientIDList": ["rolegate"],
        "JwksFile": "keys.jwks"}})");
  const std::string trust = Policy(
      R"({"Effect": "Allow", "Principal": {"Federated":
          "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/cluster"},
          "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession",
                     "sts:SetSourceIdentity"],
          "Condition": {"StringEquals": {"oidc.example.com/cluster:sub":
              "system:serviceaccount:shop:frontend"}}})");
  const std::string permissions = Policy(
      R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition":
          {"StringEquals": {"oidc.example.com/cluster:sub":
               "system:serviceaccount:shop:frontend",
           "aws:PrincipalTag/Team": "red", "aws:SourceIdentity": "alice"}}})");
  dir_.Write("old/pod.json", Role("Pod", trust, permissions));
  dir_.Write("old/build.json", Role("Build", Policy(R"({"Effect": "Allow",
                  "Action": "sts:AssumeRole",
                  "Principal": {"Service": "ci.example"}, "Condition":
                  {"StringEquals": {"aws:PrincipalTag/Tier": "build"}}})"),
                                    Allow("s3:*")));
  ServerProcess server(
      Serving("old", absl::StrCat("listeners:\n  - address: 127.0.0.1:0\n"
                                  "    mappings:\n      - {issuer: '",
                                  kIssuer, "', audience: ci, jwks_file: ",
                                  dir_.path("old/keys.jwks"),
                                  ", claims: {sub: "
                                  "'system:serviceaccount:ci:builder'}, "
                                  "principal: 'service:ci.example', "
                                  "tags: {Tier: build}}\n")));
  ASSERT_TRUE(server.serving()) << server.log();
  const auto token = [&](const std::string& account,
                         const std::string& audience, const std::string& more) {
    return issuer.Token("ec", ServiceAccountClaims(kIssuer, audience, account,
                                                   absl::Now(), more));
  };
  v1::AuthorizeRequest ask;
  ask.set_action("s3:GetObject");
  ask.set_resource("arn:aws:s3:::b/k");
  for (const std::string account : {"shop:frontend", "shop:backend"}) {
    v1::AssumeRoleWithWebIdentityRequest request;
    request.set_role_arn(RoleArn("Pod"));
    request.set_role_session_name("pod");
    request.set_web_identity_token(
        token(account, "rolegate",
              R"(, "https://aws.amazon.com/tags": {"principal_tags":
                  {"Team": ["red"]}},
                  "https://aws.amazon.com/source_identity": "alice")"));
    const auto response = server.Connect("").AssumeRoleWithWebIdentity(request);
    EXPECT_EQ(response.ok(), account == "shop:frontend") << response.status();
    if (!response.ok()) continue;
    const auto answer =
        server.Connect("", response->credentials().session_token())
            .Authorize(ask);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->decision(), v1::DECISION_ALLOW) << answer->reason();
  }
  v1::AssumeRoleRequest build;
  build.set_role_arn(RoleArn("Build"));
  build.set_role_session_name("build");
  const auto built = server.Connect("")
                         .WithSession(token("ci:builder", "ci", ""))
                         .AssumeRole(build);
  EXPECT_TRUE(built.ok()) << built.status();
  EXPECT_EQ(server.Stop(), 0);
  ExpectAllTheSame("old", 4);

  // Each of these takes one of the claims away.
  const struct {
    const char* file;
    const char* word;
    const char* other;
    std::uint64_t denied;
  } changes[] = {{"pod", "\"red\"", "\"blue\"", 1},
                 {"pod", "\"alice\"", "\"mallory\"", 1},
                 {"pod", "shop:frontend", "shop:other", 2},
                 {"build", "\"build\"", "\"test\"", 1}};
  for (const auto& change : changes) {
    SCOPED_TRACE(change.other);
    std::filesystem::remove_all(dir_.path("new"));
    std::filesystem::copy(dir_.path("old"), dir_.path("new"));
    const std::string file = absl::StrCat("new/", change.file, ".json");
    dir_.Write(file, absl::StrReplaceAll(dir_.Read(file),
                                         {{change.word, change.other}}));
    const auto registry = Read(dir_.path("new"));
    ASSERT_NE(registry, nullptr);
    const auto replay = Replayed("old.log", *registry);
    EXPECT_EQ(replay->totals().newly_denied, change.denied);
    EXPECT_EQ(replay->totals().newly_allowed, 0u);
    EXPECT_EQ(replay->totals().not_decided(), 0u);
  }
}

// A second factor is a condition key of the request, and a wrong code stays
// wrong.
TEST_F(ReplayEndToEnd, ASecondFactorIsInTheLog) {
  const std::string alice = "arn:aws:iam::123456789012:user/alice";
  const std::string trust = Policy(
      absl::StrCat(R"({"Effect": "Allow", "Principal": {"AWS": ")", alice,
                   R"("}, "Action": "sts:AssumeRole",
          "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})"));
  dir_.Write("old/vault.json", Role("Vault", trust, Allow("*")));
  dir_.Write("old/alice.json", absl::StrCat(R"({"UserName": "alice", "Arn": ")",
                                            alice, R"(", "MFADevices":
      [{"SerialNumber": "arn:aws:iam::123456789012:mfa/alice",
        "SeedFile": "alice"}]})"));
  chmod(dir_.Write("seeds/alice", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").c_str(),
        0600);
  std::filesystem::create_directory(dir_.path("state"));
  std::vector<std::string> arguments = Serving(
      "old", absl::StrCat("state_dir: ", dir_.path("state"),
                          "\nmfa: {seed_dir: ", dir_.path("seeds"),
                          "}\nlisteners: [{address: '127.0.0.1:0'}]\n"));
  arguments.emplace_back("--dev");
  ServerProcess server(arguments);
  ASSERT_TRUE(server.serving()) << server.log();
  const auto assume = [&](const std::string& code) {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Vault"));
    request.set_role_session_name("alice");
    if (!code.empty()) {
      request.set_serial_number("arn:aws:iam::123456789012:mfa/alice");
      request.set_token_code(code);
    }
    return server.Connect(alice).AssumeRole(request).ok();
  };
  EXPECT_FALSE(assume(""));
  EXPECT_FALSE(assume("000000"));
  EXPECT_TRUE(assume(service::TotpCode("12345678901234567890",
                                       service::TotpStepAt(absl::Now()))));
  EXPECT_EQ(server.Stop(), 0);
  ExpectAllTheSame("old", 3);

  // Without the condition the call without a code is allowed, and that with a
  // wrong one is not.
  dir_.Write("new/vault.json",
             Role("Vault", Trust(absl::StrCat(R"({"AWS": ")", alice, "\"}")),
                  Allow("*")));
  dir_.Write("new/alice.json", dir_.Read("old/alice.json"));
  const auto registry = Read(dir_.path("new"));
  ASSERT_NE(registry, nullptr);
  EXPECT_EQ(Replayed("old.log", *registry)->totals().newly_allowed, 1u);
}

}  // namespace
}  // namespace rolegate::testing
