// Good and bad SAML assertions, each by the name of what is done to it.

#ifndef ROLEGATE_TESTS_SUPPORT_SAML_CASES_H_
#define ROLEGATE_TESTS_SUPPORT_SAML_CASES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/saml_idp.h"

namespace rolegate::testing {

struct SamlCase {
  std::string name;
  std::string base64;
  std::string code;     // empty: it is accepted
  std::string message;  // a part of it
};

// `attacker` is a provider that nobody trusts.
std::vector<SamlCase> SamlCases(const SamlIdp& idp, const SamlIdp& attacker,
                                absl::Time now);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SAML_CASES_H_
