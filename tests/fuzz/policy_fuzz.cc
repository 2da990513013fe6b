// Any bytes as a policy document of every kind: refused with a place, or
// compiled and linted, within a budget of steps and with findings that anybody
// can hold; never a crash.

#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "engine/lint/lint.h"
#include "engine/policy/document_faults.h"
#include "engine/program/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using rolegate::PolicyKind;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (PolicyKind kind :
       {PolicyKind::kIdentity, PolicyKind::kSession, PolicyKind::kResource,
        PolicyKind::kTrust, PolicyKind::kScp, PolicyKind::kRcp}) {
    rolegate::Diagnostics faults;
    rolegate::StepBudget steps(rolegate::StepBudget::kUnlimited);
    rolegate::CompileOptions options;
    options.inspector = rolegate::LintPolicy;
    options.steps = &steps;
    const auto policy = rolegate::Policy::CompileText(
        text, kind, {"fuzz", "", ""}, &faults, options);
    if (steps.spent() >
        rolegate::kCompileStepsPerByte * size + rolegate::kMaxPolicyLintSteps) {
      std::abort();
    }
    if (faults.size() > rolegate::kSeverities *
                            (rolegate::DocumentFaults::kMaxOfSeverity + 1)) {
      std::abort();
    }
    // Either it loads, or the reader is told why not.
    if ((policy == nullptr) != rolegate::HasErrors(faults)) std::abort();
  }
  return 0;
}
