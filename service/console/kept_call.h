// What a request over HTTP brings that says who calls, kept for the time after
// its handler has returned.

#ifndef ROLEGATE_SERVICE_CONSOLE_KEPT_CALL_H_
#define ROLEGATE_SERVICE_CONSOLE_KEPT_CALL_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service {

// A copy of what identifies a caller.  Thread-safe.
class KeptCall final : public IncomingCall {
 public:
  // `deadline`: until when somebody waits for the answer.
  KeptCall(const IncomingCall& call, absl::Time deadline);

  MetadataValues Metadata(absl::string_view key) const override;
  CertificateTexts certificates() const override { return {leaf_, chain_}; }
  std::string peer() const override { return peer_; }
  bool cancelled() const override { return false; }
  absl::Time deadline() const override { return deadline_; }

 private:
  struct Values {
    int count = 0;
    std::string first;
  };

  std::map<std::string, Values, std::less<>> metadata_;
  std::string leaf_;
  std::string chain_;
  const std::string peer_;
  const absl::Time deadline_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_KEPT_CALL_H_
