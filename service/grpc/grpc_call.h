// A call of gRPC as the rest of the service sees it.

#ifndef ROLEGATE_SERVICE_GRPC_GRPC_CALL_H_
#define ROLEGATE_SERVICE_GRPC_GRPC_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>

#include "service/identity/incoming_call.h"
#include "service/rpc/status.h"

namespace rolegate::service {

// The context outlives it.
class GrpcCall final : public IncomingCall {
 public:
  explicit GrpcCall(grpc::CallbackServerContext* context) : context_(context) {}

  MetadataValues Metadata(absl::string_view key) const override;
  CertificateTexts certificates() const override;
  std::string peer() const override { return context_->peer(); }
  bool cancelled() const override { return context_->IsCancelled(); }
  absl::Time deadline() const override {
    return absl::FromChrono(context_->deadline());
  }

  // What ends the call from any thread, also once it is over.
  std::function<void()> Ending() const;

  // The status in gRPC's words.  Adds the trailers that it needs.
  grpc::Status End(const RpcStatus& status) const;

 private:
  grpc::CallbackServerContext* const context_;
  // Keeps the texts of the certificates.
  mutable std::shared_ptr<const grpc::AuthContext> auth_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_GRPC_GRPC_CALL_H_
