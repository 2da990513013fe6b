// Any bytes as a SAML response: refused in words of ours, or one of those that
// the provider signed; never a crash.  The provider's key is not in the
// project, so that nothing but the corpus is signed.

#include <cstdint>
#include <cstdlib>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "service/saml/assertion.h"
#include "service/saml/identity.h"
#include "service/saml/metadata.h"

namespace {

constexpr char kCertificate[] =
    "MIIClTCCAX2gAwIBAgIBATANBgkqhkiG9w0BAQsFADAOMQwwCgYDVQQDDANpZHAwHhcNMj"
    "YxMTIzMDYyNDM1WhcNMjYxMTI0MDYyNDM1WjAOMQwwCgYDVQQDDANpZHAwggEiMA0GCSqG"
    "SIb3DQEBAQUAA4IBDwAwggEKAoIBAQDMlbjsZZOlaXz6mw4ImjNjRT1009NeYf6TdwR9t4"
    "TwAR9uV+n0KRFVAaJgKph9h0p2zNP4eg8oNqrB3Qo295TzgH01y+RRw+f2P4dhkM8QhZo2"
    "Bkea83kxB/rquZkkufbpvRdarLw/+gtKA77yFzicqqfp1FeAQ1e0o2havg7ghoVwIsZ1n4"
    "tJLQhntIoKKkRHurAMcwvsY9DBW2d3WF/f/8AC+MzXePo6+8Dv1RQfx1newsUxCEv82YJC"
    "T7SfjJm++sgPa97RmbvjkBf6gZgMQopH1yHHCg1BsSq645ppwpN65mZvduYMj6Mt9dRncf"
    "lv2tsp5wpf1uP2/PFxcaT/AgMBAAEwDQYJKoZIhvcNAQELBQADggEBAA3ilQDLCu6hZVXU"
    "im7EwedOPKGhEWATdJz9FddoBUB/mjbCRNVnXNNOrjLV8muZCYd4J42G/sZz84kOmqGUy2"
    "7589z76eb/JwP7ku8ifAJhkb1XczxCdn67akGBNDmtaQocUdRhxqx619P76JFXzx4dBO/P"
    "DmryuJ+2wUj/kRrvlK2p3nM2d5WWSmD8oxJrMc4PMZnzPjY+Hvmimx9xWdcSgyMJLp04NV"
    "Bk1RHA4SV1eSw3NUqW2IHE88r4WJci9uIO2ESx3vkhM6zYL90NBY2O4XuvYZbx/EFp5fiz"
    "5lrnsKM/tYD4c6eqmtO16UjVqcv1tB5W2Y6EiEBNcyhLDxI=";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using rolegate::service::SamlAssertion;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto* const provider = [] {
    auto* const metadata = new rolegate::SamlMetadata;
    metadata->entity_id = "https://idp.example.com/saml";
    metadata->certificates.emplace_back();
    if (!absl::Base64Unescape(kCertificate, &metadata->certificates[0])) {
      std::abort();
    }
    return metadata;
  }();
  static_cast<void>(rolegate::service::ReadSamlMetadata(text));
  const auto result = rolegate::service::VerifySamlAssertion(
      absl::Base64Escape(text), *provider,
      {"urn:example:rolegate", "https://rolegate.example.com/saml"},
      absl::FromUnixSeconds(1'780'000'000));
  if (!result.ok()) {
    if (result.error().message.empty()) std::abort();
    return 0;
  }
  const auto& assertion = *result;
  if (assertion.subject != "jo@example.com") std::abort();
  static_cast<void>(rolegate::service::ReadSamlIdentity(
      assertion, "arn:aws:iam::123456789012:saml-provider/Corp"));
  return 0;
}
