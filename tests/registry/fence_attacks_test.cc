// Whatever the author of one folder does, the others' changes, Denies and
// revocations are in force, or at least the revocations where a fault holds
// everything back, and nothing of his is in force outside of his fence.

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "engine/registry/fence.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/system_hooks.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::ScopedReadHook;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

constexpr char kA[] = "111111111111";  // the attacker's
constexpr char kB[] = "222222222222";
constexpr char kCentral[] = "999999999999";

std::string RoleOf(const std::string& account, const std::string& name,
                   const std::string& more = "") {
  return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":role/", name, R"(", "RoleId": "AROA)", account,
                      name, R"(", "AssumeRolePolicyDocument": )", Trust(kEc2),
                      more, "}");
}
std::string Tagged(const std::string& value) {
  return absl::StrCat(R"(, "Tags": [{"Key": "k", "Value": ")", value, R"("}])");
}
std::string ManagedOf(const std::string& arn, const std::string& name) {
  return absl::StrCat(R"({"PolicyName": ")", name, R"(", "Arn": ")", arn,
                      R"(", "PolicyDocument": )", Allow("*"), "}");
}
std::string PolicyArnOf(const std::string& account, const std::string& name) {
  return absl::StrCat("arn:aws:iam::", account, ":policy/", name);
}
std::string Attaching(const std::vector<std::string>& arns) {
  std::vector<std::string> all;
  for (const std::string& arn : arns) {
    all.push_back(
        absl::StrCat(R"({"PolicyName": "p", "PolicyArn": ")", arn, R"("})"));
  }
  return absl::StrCat(R"(, "AttachedManagedPolicies": [)",
                      absl::StrJoin(all, ","), "]");
}
std::string Inline(const std::vector<std::string>& documents) {
  std::vector<std::string> all;
  for (const std::string& document : documents) {
    all.push_back(absl::StrCat(R"({"PolicyName": "p)", all.size(),
                               R"(", "PolicyDocument": )", document, "}"));
  }
  return absl::StrCat(R"(, "RolePolicyList": [)", absl::StrJoin(all, ","), "]");
}
// About so many thousand steps.
std::string Costly(int thousands, const std::string& more = "") {
  std::vector<std::string> patterns;
  for (int i = 0; i < thousands / 11; ++i) {
    patterns.push_back(absl::StrCat("\"arn:aws:s3:::*x", i, "*\""));
  }
  return Policy(absl::StrCat(R"({"Effect": "Allow", )", more,
                             R"("Action": "s3:*", "Resource": [)",
                             absl::StrJoin(patterns, ","), "]}"));
}
std::string TagOf(const Role& role) {
  return role.tags().empty() ? "" : std::string(role.tags()[0].value);
}
std::string Revoke(const std::string& entry) {
  return absl::StrCat(R"({"RevokedSessions": [)", entry, "]}");
}
std::string RevokeRole(const std::string& arn) {
  return Revoke(absl::StrCat(R"({"RoleArn": ")", arn,
                             R"(", "IssuedBefore": "2099-01-01T00:00:00Z"})"));
}
std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// A registry with small limits: one role of the attacker's, one of a victim's,
// and central ones, of which one has a policy of the attacker's account.
class Stage {
 public:
  Stage() {
    dir.Write("central.json", RoleOf(kCentral, "Old", Tagged("old")));
    dir.Write("uses.json",
              RoleOf(kCentral, "Uses", Attaching({PolicyArnOf(kA, "Shared")})));
    dir.Write("costly.json",
              absl::StrCat(R"({"ResourceArn": "arn:aws:s3:::central",
                               "PolicyDocument": )",
                           Costly(3'000, R"("Principal": "*",)"), "}"));
    dir.Write("team-a/r.json", RoleOf(kA, "Own"));
    dir.Write("team-a/shared.json",
              ManagedOf(PolicyArnOf(kA, "Shared"), "Shared"));
    dir.Write("team-b/r.json", RoleOf(kB, "Old", Tagged("old")));
  }

  RegistryOptions Options(FenceFaults faults) const {
    RegistryOptions options;
    options.dir = dir.path();
    options.reload = ReloadMode::kManual;
    options.max_delay = absl::Milliseconds(60);
    options.fence_faults = faults;
    options.limits.max_files = 60;
    options.limits.max_file_bytes = 100'000;
    options.limits.max_total_bytes = 1'000'000;
    options.limits.max_policy_steps = 10'000'000;
    for (const auto& [path, account] :
         {std::pair{"team-a", kA}, std::pair{"team-b", kB}}) {
      Fence fence;
      fence.path = path;
      fence.accounts = {account};
      options.fences.push_back(fence);
    }
    // Where two teams write roles of one account.
    options.fences[0].accounts.push_back("333333333333");
    options.fences[1].accounts.push_back("333333333333");
    return options;
  }

  void Link(const std::string& target, const std::string& name) const {
    fs::create_directories(fs::path(dir.path(name)).parent_path());
    fs::create_symlink(target, dir.path(name));
  }
  void Many(int count, const std::string& text) const {
    for (int i = 0; i < count; ++i) {
      dir.Write(absl::StrCat("team-a/m", i, ".json"), text);
    }
  }

  TempDir dir;
};

struct Attack {
  const char* name;
  std::function<void(Stage&)> attack;
  bool is_fault = true;  // else it loads, and does no harm
  // What happens at each read of a file of this name in the attacker's folder.
  const char* read = "";
  std::function<void(Stage&)> meanwhile = {};
};

std::function<void(Stage&)> Writes(const std::string& text) {
  return [=](Stage& s) { s.dir.Write("team-a/x.json", text); };
}

std::vector<Attack> Attacks() {
  const std::string taken = RoleOf(kB, "Taken");
  std::vector<Attack> all = {
      {"no JSON", Writes("{")},
      {"an empty file", Writes("")},
      {"zeros", Writes(std::string(100, '\0'))},
      {"half a character", Writes("\"\xc3")},
      {"a byte order mark of another encoding", Writes("\xff\xfe{\0}\0")},
      {"nested too deep", Writes(Times(5000, "[") + Times(5000, "]"))},
      {"a member twice", Writes(R"({"RoleName": "a", "RoleName": "b"})")},
      {"another's role", Writes(taken)},
      {"another's role in a list",
       Writes(absl::StrCat("[", RoleOf(kA, "X"), ",", taken, "]"))},
      {"another's role in an export",
       Writes(absl::StrCat(R"({"RoleDetailList": [)", taken, "]}"))},
      {"another's role in lists of lists",
       Writes(absl::StrCat("[[[", taken, "]]]"))},
      {"the victim's role, word for word",
       [](Stage& s) {
         s.dir.Write("team-a/x.json", s.dir.Read("team-b/r.json"));
       }},
      {"a central role, word for word",
       [](Stage& s) {
         s.dir.Write("team-a/x.json", s.dir.Read("central.json"));
       }},
      {"another's user",
       Writes(R"({"UserName": "Taken", "UserId": "AIDAX", "UserPolicyList": [],
                  "Arn": "arn:aws:iam::222222222222:user/Taken"})")},
      {"another's group",
       Writes(R"({"GroupName": "g", "GroupId": "AGPAX", "GroupPolicyList": [],
                  "Arn": "arn:aws:iam::222222222222:group/g"})")},
      {"another's policy", Writes(ManagedOf(PolicyArnOf(kB, "P"), "P"))},
      {"a policy of AWS's",
       Writes(
           ManagedOf(PolicyArnOf("aws", "ReadOnlyAccess"), "ReadOnlyAccess"))},
      {"a service control policy",
       Writes(ManagedOf("arn:aws:organizations::aws:policy/"
                        "service_control_policy/p-FullAWSAccess",
                        "FullAWSAccess"))},
      {"everybody's buckets",
       Writes(absl::StrCat(R"({"ResourceArn": "arn:aws:s3:::*",
                               "PolicyDocument": )",
                           Policy(R"({"Effect": "Allow", "Principal": "*",
                                      "Action": "*", "Resource": "*"})"),
                           "}"))},
      {"an organization",
       Writes(R"({"Organization": {"Id": "o-abcdefghij", "ManagementAccount":
                  "111111111111", "Root": {"Id": "r-abcd", "Accounts":
                  ["222222222222"]}}})")},
      {"an identity provider", Writes(R"({"OpenIDConnectProvider": {"Arn":
                  "arn:aws:iam::111111111111:oidc-provider/idp.example",
                  "Url": "https://idp.example", "ClientIDList": ["x"],
                  "Jwks": {"keys": []}}})")},
      {"another's sessions", Writes(RevokeRole(RoleArn("Old", kB)))},
      {"sessions of a source identity",
       Writes(Revoke(R"({"SourceIdentity": "alice"})"))},
      {"one session", Writes(Revoke(R"({"AccessKeyId": "RGSAX"})"))},
      {"settings of another's role",
       Writes(absl::StrCat(R"({"RoleSettings": {"Arn": ")", RoleArn("Old", kB),
                           R"(", "MaxSessionDuration": 43200}})"))},
      {"the victim's unique id",
       [](Stage& s) {
         std::string twin = RoleOf(kA, "X");
         twin.replace(twin.find("AROA111111111111X"), 17,
                      "AROA222222222222Old");
         s.dir.Write("team-a/x.json", twin);
       }},
      {"a unique id with a colon",
       [](Stage& s) {
         std::string odd = RoleOf(kA, "X");
         odd.replace(odd.find("AROA111111111111X"), 17, "AROAX:session");
         s.dir.Write("team-a/x.json", odd);
       }},
      {"an attached policy of another's",
       Writes(RoleOf(kA, "X", Attaching({PolicyArnOf(kB, "P")})))},
      {"an attached policy that is nowhere",
       Writes(RoleOf(kA, "X", Attaching({PolicyArnOf(kA, "P")})))},
      {"the name of its own role in capitals", Writes(RoleOf(kA, "OWN"))},
      {"its own role twice",
       Writes(RoleOf(kA, "Own", R"(, "MaxSessionDuration": 7200)"))},
      {"a policy that a central role has is gone",
       [](Stage& s) { s.dir.Remove("team-a/shared.json"); }},
      {"a policy that a central role has is another's",
       [](Stage& s) {
         s.dir.Write("team-a/shared.json",
                     ManagedOf(PolicyArnOf(kB, "Shared"), "Shared"));
       }},
      {"the folder is gone, and the policy with it",
       [](Stage& s) { s.dir.Remove("team-a"); }},
      {"the folder by another name",
       [](Stage& s) {
         fs::rename(s.dir.path("team-a"), s.dir.path(".team-a"));
       }},
      {"the folder is a file",
       [](Stage& s) {
         s.dir.Remove("team-a");
         s.dir.Write("team-a", "{");
       }},
      {"more than one may cost",
       Writes(RoleOf(kA, "X", Inline({Costly(11'000)})))},
      {"small policies that cost too much with a larger central one",
       Writes(RoleOf(kA, "X",
                     Inline({Costly(1'900), Costly(1'910), Costly(1'920),
                             Costly(1'930)})))},
      {"a file over the limit", Writes(std::string(100'001, ' '))},
      {"a sparse file over the limit",
       [](Stage& s) {
         s.dir.Write("team-a/x.json", "");
         fs::resize_file(s.dir.path("team-a/x.json"), std::size_t{1} << 40);
       }},
      {"more files than the registry may have",
       [](Stage& s) { s.Many(61, "[]"); }},
      {"more bytes than the registry may have",
       [](Stage& s) { s.Many(12, "[" + std::string(90'000, ' ') + "]"); }},
      {"sparse files that are more together",
       [](Stage& s) {
         s.Many(12, "");
         for (int i = 0; i < 12; ++i) {
           fs::resize_file(s.dir.path(absl::StrCat("team-a/m", i, ".json")),
                           99'000);
         }
       }},
      {"more folders than the registry may have",
       [](Stage& s) {
         for (int i = 0; i < 61; ++i) {
           fs::create_directories(s.dir.path(absl::StrCat("team-a/f", i)));
         }
       }},
      {"more names in one folder than anybody lists",
       [](Stage& s) {
         for (int i = 0; i < 1200; ++i) {
           s.dir.Write(absl::StrCat("team-a/notes/", i, ".txt"), "");
         }
       }},
      {"folders nested too deep",
       [](Stage& s) {
         s.dir.Write(absl::StrCat("team-a/", Times(70, "d/"), "x.json"), "[]");
       }},
      {"faults without end", Writes("[" + Times(30'000, "{},") + "{}]")},
      {"a long name that faults repeat",
       Writes(RoleOf(kA, "X",
                     Attaching({PolicyArnOf(kA, std::string(50'000, 'p'))})))},
      {"a long name of another's",
       Writes(RoleOf(kB, std::string(40'000, 'r')))},
      {"roles that are none, without end",
       Writes(R"({"RoleDetailList": [)" + Times(30'000, "{},") + "{}]}")},
      {"a file that no fault names any more",
       [](Stage& s) {
         for (int i = 0; i < 1500; ++i)
           s.Link("none", absl::StrCat("team-a/", i, ".json"));
       }},
      {"a link out of the registry",
       [](Stage& s) { s.Link("/etc", "team-a/x.json"); }},
      {"a link to the machine's files",
       [](Stage& s) { s.Link("/proc/self/cwd", "team-a/x.json"); }},
      {"a link to nowhere", [](Stage& s) { s.Link("none", "team-a/x.json"); }},
      {"a link to itself", [](Stage& s) { s.Link("x.json", "team-a/x.json"); }},
      {"a link to the victim's file",
       [](Stage& s) { s.Link("../team-b/r.json", "team-a/x.json"); }},
      {"a link to the victim's folder",
       [](Stage& s) { s.Link("../team-b", "team-a/x"); }},
      {"a link to it by a hidden one",
       [](Stage& s) {
         s.Link("../team-b", "team-a/.x");
         s.Link(".x/r.json", "team-a/x.json");
       }},
      {"a link to the registry", [](Stage& s) { s.Link("..", "team-a/x"); }},
      {"a link to its own folder", [](Stage& s) { s.Link(".", "team-a/x"); }},
      {"links to links to folders",
       [](Stage& s) {
         s.dir.Write("team-a/.real/d/y.json", "[]");
         for (int i = 0; i < 1010; ++i) {
           s.Link(".real", absl::StrCat("team-a/l", i));
         }
       }},
      {"a link to a central file",
       [](Stage& s) { s.Link("../central.json", "team-a/x.json"); }},
      {"the folder is a link to the victim's",
       [](Stage& s) {
         s.dir.Remove("team-a");
         s.Link("team-b", "team-a");
       }},
      {"a hard link to the victim's file",
       [](Stage& s) {
         fs::create_hard_link(s.dir.path("team-b/r.json"),
                              s.dir.path("team-a/x.json"));
       }},
      {"a hard link to a central file",
       [](Stage& s) {
         fs::create_hard_link(s.dir.path("central.json"),
                              s.dir.path("team-a/x.json"));
       }},
      {"a `..data` link to the victim's folder",
       [](Stage& s) { s.Link("../team-b", "team-a/..data"); }},
      {"a `..data` link out of the registry",
       [](Stage& s) { s.Link("/etc", "team-a/..data"); }},
      {"a `..data` link to itself",
       [](Stage& s) { s.Link("..data", "team-a/..data"); }},
      {"a `..data` link to a link",
       [](Stage& s) {
         s.Link("../team-b", "team-a/..x");
         s.Link("..x", "team-a/..data");
       }},
      {"a `..data` folder",
       [](Stage& s) { s.dir.Write("team-a/..data/x.json", "[]"); }},
      {"plain files beside a volume",
       [](Stage& s) {
         s.dir.Write("team-a/..1/x.json", "[]");
         s.Link("..1", "team-a/..data");
         for (int i = 0; i < 110; ++i) {
           s.dir.Write(absl::StrCat("team-a/b", i, ".txt"), "");
         }
       }},
      {"another's role in a volume",
       [=](Stage& s) {
         s.dir.Write("team-a/v/..1/x.json", taken);
         s.Link("..1", "team-a/v/..data");
         s.Link("..data/x.json", "team-a/v/x.json");
       }},
      {"a FIFO",
       [](Stage& s) { mkfifo(s.dir.path("team-a/x.json").c_str(), 0600); }},
      {"a socket",
       [](Stage& s) {
         const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
         sockaddr_un address{};
         address.sun_family = AF_UNIX;
         const std::string path = s.dir.path("team-a/x.json");
         ASSERT_LT(path.size(), sizeof(address.sun_path));
         std::memcpy(address.sun_path, path.c_str(), path.size());
         ASSERT_EQ(
             bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
             0);
         close(fd);
       }},
      {"a name that is no UTF-8",
       [](Stage& s) { s.dir.Write("team-a/\xff.json", "[]"); }},
      {"a name with a line of its own",
       [](Stage& s) { s.dir.Write("team-a/x\nloads: 5.json", "[]"); }},
      {"folders of the victim's name",
       [=](Stage& s) { s.dir.Write("team-a/team-b/x.json", taken); }},
      {"folders of a like name in other characters",
       [=](Stage& s) { s.dir.Write("team-a/te\xd0\xb0m-b/x.json", taken); }},
      {"a folder that has a file's name",
       [=](Stage& s) { s.dir.Write("team-a/x.json/y.json", taken); }},
      {"another's role of an account that both may write",
       [](Stage& s) {
         s.dir.Write("team-a/x.json", s.dir.Read("team-b/shared.json"));
       }},
      {"a set of keys that nobody asks for", Writes(R"({"keys": []})")},
      // Those that are no fault of anybody's.
      {"nothing", [](Stage&) {}, false},
      {"its own role in a hidden folder",
       [=](Stage& s) { s.dir.Write("team-a/.x/x.json", taken); }, false},
      {"another's role in a file of another kind",
       [=](Stage& s) { s.dir.Write("team-a/x.txt", taken); }, false},
      {"a file that comes and goes", Writes(RoleOf(kA, "X")), false, "x.json",
       [](Stage& s) { s.dir.Remove("team-a/x.json"); }},
      // While it is read.
      {"a file that is written for ever", Writes("[]"), true, "x.json",
       [](Stage& s) {
         std::ofstream(s.dir.path("team-a/x.json"), std::ios::app) << " ";
       }},
      {"a file that another takes the place of for ever", Writes("[]"), true,
       "x.json",
       [](Stage& s) {
         s.dir.Write("team-a/.new", "[]");
         fs::rename(s.dir.path("team-a/.new"), s.dir.path("team-a/x.json"));
       }},
      {"a file that turns into a link to the victim's", Writes("[]"), true,
       "x.json",
       [](Stage& s) {
         s.dir.Remove("team-a/x.json");
         s.Link("../team-b/r.json", "team-a/x.json");
       }},
      {"a folder that turns into a link to the victim's",
       [](Stage& s) { s.dir.Write("team-a/sub/x.json", "[]"); }, true, "x.json",
       [](Stage& s) {
         s.dir.Remove("team-a/sub");
         s.Link("../team-b", "team-a/sub");
       }},
      {"files that come for ever", Writes("[]"), true, "x.json",
       [](Stage& s) {
         static int n = 0;
         s.dir.Remove(absl::StrCat("team-a/n", n, ".json"));
         s.dir.Write(absl::StrCat("team-a/n", ++n, ".json"), "[]");
         s.dir.Write("team-a/x.json", "[]");
       }},
      {"more restless folders than are named",
       [](Stage& s) {
         for (int i = 0; i < 55; ++i) {
           s.dir.Write(absl::StrCat("team-a/f", i, "/a.txt"), "");
         }
         s.dir.Write("team-a/x.json", "[]");
       },
       true, "x.json",
       [](Stage& s) {
         static int n = 0;
         ++n;
         for (int i = 0; i < 55; ++i) {
           s.dir.Write(absl::StrCat("team-a/f", i, "/", n, ".json"), "[]");
         }
         s.dir.Write("team-a/x.json", "[ ]");
       }},
      {"a volume that is swapped for ever",
       [](Stage& s) {
         s.dir.Remove("team-a/r.json");
         s.dir.Remove("team-a/shared.json");
         for (const char* version : {"..1", "..2"}) {
           s.dir.Write(absl::StrCat("team-a/", version, "/x.json"), "[]");
         }
         s.Link("..1", "team-a/..data");
       },
       true, "x.json",
       [](Stage& s) {
         static bool first = false;
         first = !first;
         s.Link(first ? "..2" : "..1", "team-a/..new");
         fs::rename(s.dir.path("team-a/..new"), s.dir.path("team-a/..data"));
       }},
  };
  return all;
}

class FenceAttacks : public ::testing::TestWithParam<FenceFaults> {};

TEST_P(FenceAttacks, HurtNobodyElse) {
  const bool hold_folder = GetParam() == FenceFaults::kHoldFolder;
  int tried = 0;
  for (const Attack& attack : Attacks()) {
    SCOPED_TRACE(attack.name);
    ++tried;
    Stage s;
    s.dir.Write("team-b/shared.json", RoleOf("333333333333", "Both"));
    Registry registry(s.Options(GetParam()));
    registry.Start();
    ASSERT_TRUE(registry.status().loaded)
        << ToString(registry.status().faults.front());

    attack.attack(s);
    s.dir.Write("team-b/r.json", RoleOf(kB, "Old", Tagged("new")));
    s.dir.Write("team-b/shared.json",
                RoleOf("333333333333", "Both", Tagged("new")));
    s.dir.Write("central.json", RoleOf(kCentral, "Old", Tagged("new")));
    s.dir.Write("revoked.json", Revoke(R"({"SourceIdentity": "mallory"})"));
    s.dir.Write("team-b/revoked.json", RevokeRole(RoleArn("Old", kB)));
    RegistryStatus status;
    {
      const std::string read = absl::StrCat("/", attack.read);
      const ScopedReadHook hook([&](const std::string& path) {
        if (attack.meanwhile && absl::StrContains(path, "/team-a/") &&
            absl::EndsWith(path, read)) {
          attack.meanwhile(s);
        }
        return 0;
      });
      status = registry.Reload();
    }
    const std::shared_ptr<const Snapshot> now = registry.snapshot();
    EXPECT_TRUE(now->revocations().HasSourceIdentity("mallory"));
    EXPECT_TRUE(now->revocations().HasRole(RoleArn("Old", kB), absl::Now()));
    EXPECT_EQ(now->revocations().size(), 2U) << "he revokes what is his alone";
    EXPECT_EQ(now->FindRole(RoleArn("Taken", kB)), nullptr);
    EXPECT_EQ(now->FindManagedPolicy(PolicyArnOf(kB, "P")), nullptr);
    EXPECT_EQ(status.faults.empty(), !attack.is_fault);
    EXPECT_LE(status.faults.size(), hold_folder ? 1000U : 10'001U);
    for (const Diagnostic& fault : status.faults) {
      ASSERT_LE(fault.path.size() + fault.message.size(), 4200U);
    }
    const std::string tag = attack.is_fault && !hold_folder ? "old" : "new";
    for (const auto& [role, account] :
         {std::pair{"Old", kB}, std::pair{"Old", kCentral}}) {
      const Role* const found = now->FindRole(RoleArn(role, account));
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(TagOf(*found), tag);
    }
    if (!attack.is_fault) continue;
    EXPECT_EQ(status.held_back, !hold_folder)
        << ToString(status.faults.front());
    std::vector<std::string> held;
    for (const HeldFolder& folder : status.held_folders) {
      held.push_back(folder.path);
      EXPECT_FALSE(folder.faults.empty());
    }
    EXPECT_EQ(absl::StrJoin(held, " "), hold_folder ? "team-a" : "");
    EXPECT_NE(now->FindRole(RoleArn("Own", kA)), nullptr)
        << "the last good files stay";
    EXPECT_NE(now->FindManagedPolicy(PolicyArnOf(kA, "Shared")), nullptr);

    // What he leaves alone is clean again.
    s.dir.Remove("team-a");
    s.dir.Write("team-a/r.json", RoleOf(kA, "Own"));
    s.dir.Write("team-a/shared.json",
                ManagedOf(PolicyArnOf(kA, "Shared"), "Shared"));
    status = registry.Reload();
    EXPECT_TRUE(status.faults.empty()) << ToString(status.faults.front());
    EXPECT_TRUE(status.held_folders.empty());
  }
  EXPECT_GE(tried, 80);
}

INSTANTIATE_TEST_SUITE_P(EitherWay, FenceAttacks,
                         ::testing::Values(FenceFaults::kHoldAll,
                                           FenceFaults::kHoldFolder));

}  // namespace
}  // namespace rolegate
