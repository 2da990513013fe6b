#include "service/rpc/handlers.h"

namespace rolegate::service {

Outcome HandleGetSigningKeys(Call& call, const v1::GetSigningKeysRequest&,
                             v1::GetSigningKeysResponse* response) {
  response->set_jwks(call.core().keys->signing()->Jwks());
  return Outcome::Answered();
}

}  // namespace rolegate::service
