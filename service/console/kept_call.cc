#include "service/console/kept_call.h"

namespace rolegate::service {

KeptCall::KeptCall(const IncomingCall& call, absl::Time deadline)
    : peer_(call.peer()), deadline_(deadline) {
  for (const char* key :
       {"authorization", "rolegate-principal", "traceparent"}) {
    const MetadataValues values = call.Metadata(key);
    if (values.count > 0) {
      metadata_[key] = {values.count, std::string(values.first)};
    }
  }
  const CertificateTexts certificates = call.certificates();
  leaf_ = std::string(certificates.leaf);
  chain_ = std::string(certificates.chain);
}

MetadataValues KeptCall::Metadata(absl::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return {};
  return {found->second.count, found->second.first};
}

}  // namespace rolegate::service
