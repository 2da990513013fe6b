#include "bench/questions.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "bench/registry_generator.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate::bench {
namespace {

constexpr int kRolesPerExport = 10'000;
constexpr char kCallerAddress[] = "10.1.2.3";

RequestContext CallerContext() {
  RequestContext context;
  context.Set(ContextKey("aws:SourceIp"), kCallerAddress);
  return context;
}

// Zipf with exponent 1, by inverting its distribution's continuous cousin.
int DrawZipf(int count, std::mt19937_64* random) {
  const double u = std::uniform_real_distribution<double>(0, 1)(*random);
  const double rank = std::pow(static_cast<double>(count) + 1, u);
  return std::min(count, static_cast<int>(rank)) - 1;
}

}  // namespace

std::shared_ptr<const Snapshot> LoadTexts(std::vector<std::string> texts) {
  // What a policy may cost is a limit for authors; here it is what is measured.
  RegistryOptions options;
  options.limits.max_policy_steps = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::shared_ptr<const ParsedFile>> files;
  for (std::string& text : texts) {
    files.push_back(
        ParseRegistryFile(absl::StrCat("file-", files.size(), ".json"),
                          std::move(text), options));
  }
  Diagnostics faults;
  auto snapshot = BuildSnapshot(files, options, &faults);
  if (snapshot == nullptr) {
    std::cerr << "the benchmark's own registry has faults: "
              << ToString(faults.at(0)) << "\n";
    std::abort();
  }
  return snapshot;
}

std::shared_ptr<const Snapshot> LoadTypicalRoles(int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count;) {
    std::vector<std::string> roles;
    for (int j = 0; j < kRolesPerExport && i < count; ++j, ++i) {
      roles.push_back(TypicalRole(RoleName(i)));
    }
    texts.push_back(absl::StrCat("[", absl::StrJoin(roles, ","), "]"));
  }
  return LoadTexts(std::move(texts));
}

Question::Question(std::shared_ptr<const Snapshot> snapshot,
                   const std::string& role, const std::string& action,
                   std::string resource)
    : snapshot_(std::move(snapshot)),
      now_(absl::Now()),
      subject_(*SubjectByName(RoleArn(role), *snapshot_, now_)),
      resource_text_(std::move(resource)),
      action_(*ActionName::Parse(action)),
      resource_(*ResourceName::Parse(resource_text_)),
      context_(CallerContext()) {}

Crowd::Crowd(std::shared_ptr<const Snapshot> snapshot, int roles, bool zipf,
             int questions)
    : snapshot_(std::move(snapshot)),
      now_(absl::Now()),
      action_(*ActionName::Parse("s3:GetObject")),
      context_(CallerContext()) {
  std::mt19937_64 random(7);
  absl::flat_hash_map<int, const Member*> known;
  for (int i = 0; i < questions; ++i) {
    const int role =
        zipf ? DrawZipf(roles, &random)
             : std::uniform_int_distribution<int>(0, roles - 1)(random);
    const Member*& member = known[role];
    if (member == nullptr) {
      const std::string name = RoleName(role);
      auto made = std::make_unique<Member>(
          Member{*SubjectByName(RoleArn(name), *snapshot_, now_),
                 TypicalResource(name), *ResourceName::Parse("*")});
      made->resource = *ResourceName::Parse(made->resource_text);
      member = made.get();
      members_.push_back(std::move(made));
    }
    order_.push_back(member);
  }
}

bool Crowd::Ask(int i) const {
  const Member& member = *order_[static_cast<std::size_t>(i) % order_.size()];
  const Circumstances circumstances(*snapshot_, options_, member.subject,
                                    context_, now_);
  return Decide(rolegate::Question(circumstances, action_, member.resource, ""))
      .allowed();
}

}  // namespace rolegate::bench
