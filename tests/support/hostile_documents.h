// Policy documents that are written to cost whoever reads them as much as they
// can.

#ifndef ROLEGATE_TESTS_SUPPORT_HOSTILE_DOCUMENTS_H_
#define ROLEGATE_TESTS_SUPPORT_HOSTILE_DOCUMENTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "engine/policy/policy_kind.h"

namespace rolegate::testing {

// A way of being hostile: documents of it have any size.
struct HostileFamily {
  const char* name;
  PolicyKind kind;
  // Returns a document of about, and never more than, so many bytes.
  std::string (*make)(std::size_t bytes);
};

const std::vector<HostileFamily>& HostileFamilies();

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_HOSTILE_DOCUMENTS_H_
