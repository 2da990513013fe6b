// Compiles and lints each family of hostile documents once, for
// validate_cost_test.py:
//   validate_cost BYTES compile|lint
// Prints the names of the families in the order of the calls that are counted.

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/lint/lint.h"
#include "tests/support/hostile_documents.h"

// What is counted, under a name without arguments.
extern "C" [[gnu::noinline]] std::size_t CountedValidation(
    const std::string* document, rolegate::PolicyKind kind, bool lint) {
  rolegate::Diagnostics found;
  rolegate::CompileOptions options;
  if (lint) options.inspector = rolegate::LintPolicy;
  rolegate::Policy::CompileText(*document, kind, {"policy", "", ""}, &found,
                                options);
  rolegate::Normalize(found);
  return found.size();
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto bytes = static_cast<std::size_t>(std::atoi(argv[1]));
  const bool lint = absl::string_view(argv[2]) == "lint";
  for (const auto& family : rolegate::testing::HostileFamilies()) {
    const std::string document = family.make(bytes);
    CountedValidation(&document, family.kind, lint);
    std::cout << document.size() << " " << family.name << "\n";
  }
  return 0;
}
