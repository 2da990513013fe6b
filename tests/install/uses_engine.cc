// Decides with nothing but the installed engine.
#include "engine/decide/decide.h"
#include "engine/program/policy.h"

int main() {
  rolegate::Diagnostics faults;
  const auto policy = rolegate::Policy::CompileText(
      R"({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})",
      rolegate::PolicyKind::kIdentity, {"p", "", ""}, &faults);
  const auto caller =
      rolegate::OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const auto action = rolegate::ActionName::Parse("s3:GetObject");
  const auto resource = rolegate::ResourceName::Parse("arn:aws:s3:::b/k");
  const rolegate::RequestContext context;
  rolegate::Request request;
  request.principal = caller->view();
  request.action = &*action;
  request.resource = &*resource;
  request.resource_account = "123456789012";
  request.context = &context;
  const rolegate::Policy* const policies[] = {policy.get()};
  rolegate::PolicySet set;
  set.identity = policies;
  return rolegate::Decide(request, set).allowed() ? 0 : 1;
}
