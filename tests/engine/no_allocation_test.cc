// Deciding allocates nothing.

#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/decide.h"
#include "engine/policy.h"
#include "engine/request.h"
#include "gtest/gtest.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  if (counting.load()) ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
// std::stable_sort asks for memory in this way.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (counting.load()) ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace rolegate {
namespace {

TEST(Decide, AllocatesNothing) {
  std::string statements;
  for (int i = 0; i < 50; ++i) {
    statements += R"({"Effect": "Allow", "Action": ["s3:Get*", "ec2:*"],
      "Resource": "arn:aws:s3:::bucket-)" +
                  std::to_string(i) + R"(/${aws:username}/*",
      "Condition": {
        "StringLike": {"aws:PrincipalTag/team": ["r?d*", "${aws:username}x"]},
        "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]},
        "NumericLessThan": {"app:n": "10.50"},
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}},)";
  }
  statements += R"({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})";
  Diagnostics faults;
  const auto policy = Policy::CompileText(
      R"({"Version": "2012-10-17", "Statement": [)" + statements + "]}",
      PolicyKind::kIdentity, {"p", "", ""}, &faults);
  ASSERT_NE(policy, nullptr) << ToString(faults.at(0));

  const auto principal =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const ActionName action = *ActionName::Parse("S3:GetObject");
  const ResourceName resource =
      *ResourceName::Parse("arn:aws:s3:::bucket-49/alice/file");
  const absl::string_view tag_keys[] = {"a", "b"};
  RequestContext context;
  context.Set(ContextKey("aws:username"), "alice");
  context.Set(ContextKey("aws:PrincipalTag/team"), "red-team");
  context.Set(ContextKey("aws:SourceIp"), "10.1.2.3");
  context.Set(ContextKey("app:n"), "9.75");
  context.Set(ContextKey("aws:CurrentTime"), "2024-01-01T00:00:00Z");
  context.SetList(ContextKey("aws:TagKeys"), tag_keys);
  const Policy* const policies[] = {policy.get()};
  PolicySet set;
  set.identity = policies;
  set.boundary = {true, policies};
  set.session = {true, policies};
  Request request;
  request.principal = principal.view();
  request.action = &action;
  request.resource = &resource;
  request.resource_account = "123456789012";
  request.context = &context;

  counting = true;
  const Decision decision = Decide(request, set);
  counting = false;
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(allocations, 0);
}

}  // namespace
}  // namespace rolegate
