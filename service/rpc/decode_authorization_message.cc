#include <utility>

#include "absl/strings/str_cat.h"
#include "service/rpc/handlers.h"
#include "service/sessions/encoded_message.h"

namespace rolegate::service {

Outcome HandleDecodeAuthorizationMessage(
    Call& call, const v1::DecodeAuthorizationMessageRequest& request,
    v1::DecodeAuthorizationMessageResponse* response) {
  const std::size_t size = request.encoded_message().size();
  if (size == 0 || size > kMaxEncodedMessage) {
    return InvalidField("encoded_message",
                        absl::StrCat("expected 1 to ", kMaxEncodedMessage,
                                     " characters, found ", size));
  }
  Result<std::string> opened =
      OpenRefusal(request.encoded_message(), *call.core().keys->sealing(),
                  call.core().sessions.parties().issuer, call.now());
  if (!opened.ok()) return std::move(opened).error();
  response->set_decoded_message(*std::move(opened));
  return Outcome::Answered();
}

}  // namespace rolegate::service
