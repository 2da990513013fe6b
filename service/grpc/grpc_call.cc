#include "service/grpc/grpc_call.h"

#include <grpc/grpc.h>
#include <grpcpp/security/auth_context.h>

namespace rolegate::service {
namespace {

constexpr char kCertificateProperty[] = "x509_pem_cert";
constexpr char kChainProperty[] = "x509_pem_cert_chain";

absl::string_view View(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

}  // namespace

MetadataValues GrpcCall::Metadata(absl::string_view key) const {
  const auto [first, last] = context_->client_metadata().equal_range(
      grpc::string_ref(key.data(), key.size()));
  MetadataValues values;
  for (auto it = first; it != last; ++it) {
    if (values.count++ == 0) values.first = View(it->second);
  }
  return values;
}

CertificateTexts GrpcCall::certificates() const {
  auth_ = context_->auth_context();
  const auto leaf = auth_->FindPropertyValues(kCertificateProperty);
  if (leaf.size() != 1) return {};
  CertificateTexts texts;
  texts.leaf = View(leaf[0]);
  const auto chain = auth_->FindPropertyValues(kChainProperty);
  if (chain.size() == 1) texts.chain = View(chain[0]);
  return texts;
}

std::function<void()> GrpcCall::Ending() const {
  grpc_call* const call = context_->c_call();
  grpc_call_ref(call);
  return [call] {
    grpc_call_cancel_with_status(call, GRPC_STATUS_CANCELLED,
                                 "the answer was not taken", nullptr);
    grpc_call_unref(call);
  };
}

grpc::Status GrpcCall::End(const RpcStatus& status) const {
  if (status.ok()) return grpc::Status::OK;
  // gRPC's own clients heed this.
  if (status.never_retry) {
    context_->AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code),
                      status.message, status.details);
}

}  // namespace rolegate::service
