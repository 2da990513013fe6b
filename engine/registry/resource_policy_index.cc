#include "engine/registry/resource_policy_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/decide/charged_context.h"
#include "engine/decide/request_context.h"
#include "engine/decide/template_match.h"
#include "engine/program/program_writer.h"
#include "engine/text/step_costs.h"

namespace rolegate {

void ResourcePolicyIndex::Add(absl::string_view pattern,
                              std::shared_ptr<const Policy> policy) {
  if (pattern.find_first_of("*?") == absl::string_view::npos) {
    exact_[std::string(pattern)].push_back(policy.get());
    sizes_.insert(pattern.size());
  } else {
    ProgramWriter writer;
    Wildcard wildcard;
    writer.AddStatement(StatementRecord(), "", /*service=*/0);
    writer.AddArn(pattern, {.wildcards = true});
    writer.AddArn(absl::StrCat(pattern, "/*"), {.wildcards = true});
    wildcard.program = std::move(writer).Finish();
    wildcard.policy = policy.get();
    wildcards_.push_back(std::make_shared<const Wildcard>(std::move(wildcard)));
  }
  owned_.push_back(std::move(policy));
}

void ResourcePolicyIndex::Find(absl::string_view resource, StepBudget* budget,
                               MatchingPolicies* policies) const {
  if (owned_.empty()) return;
  // Looks for the resource itself, then for every prefix of it that ends before
  // a slash.  Only prefixes of a size that a pattern has are hashed, or a
  // resource with many slashes would be hashed again and again.
  for (absl::string_view prefix = resource; !exact_.empty();) {
    budget->Spend(step_costs::kPlace * 4);
    if (sizes_.contains(prefix.size())) {
      budget->Spend(step_costs::kIndexNode * 4 +
                    step_costs::Bytes(prefix.size()));
      const auto found = exact_.find(prefix);
      if (found != exact_.end()) {
        policies->insert(policies->end(), found->second.begin(),
                         found->second.end());
      }
    }
    const std::size_t slash = prefix.rfind('/');
    if (slash == absl::string_view::npos) break;
    prefix = prefix.substr(0, slash);
  }
  static const RequestContext kNoContext;
  const ChargedContext no_context(kNoContext, budget);
  const ComparedText text = ComparedText::Of(resource, TextComparison::kArn);
  for (const auto& wildcard : wildcards_) {
    if (!budget->Spend(step_costs::kStatement)) return;
    for (const ResourceView pattern :
         wildcard->program->statements()[0].resources()) {
      if (MatchTemplate(pattern.arn(), text, no_context) ==
          TemplateMatch::kYes) {
        policies->push_back(wildcard->policy);
        break;
      }
    }
  }
}

}  // namespace rolegate
