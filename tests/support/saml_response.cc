// Stands in for a SAML identity provider:
//   saml_response DIR
// writes DIR/saml-metadata.xml, and DIR/saml-response, which opens the role
// Federated for five minutes.

#include <fstream>
#include <iostream>
#include <string>

#include "absl/time/clock.h"
#include "tests/support/saml_idp.h"

namespace {

bool Write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (out) return true;
  std::cerr << "saml_response: cannot write " << path << "\n";
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: saml_response DIR\n";
    return 2;
  }
  const std::string folder = argv[1];
  const rolegate::testing::SamlIdp provider;
  const rolegate::testing::AssertionFields fields(absl::Now());
  return Write(folder + "/saml-metadata.xml", provider.Metadata()) &&
                 Write(folder + "/saml-response", provider.Respond(fields))
             ? 0
             : 1;
}
