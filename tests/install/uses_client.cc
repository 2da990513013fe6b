// Asks a server that is not there: a denial, with its cause.
#include "rolegate/client.h"
#include "rolegate/session.h"

int main() {
  rolegate::ClientOptions options;
  options.server = "127.0.0.1:1";
  options.deadline = absl::Milliseconds(100);
  const auto client = rolegate::Client::Connect(options);
  if (!client.ok()) return 1;
  const rolegate::Session caller = rolegate::Session::OfCaller(*client);
  absl::Status cause;
  if (caller.IsAllowed("s3:GetObject", "*", {}, &cause) || cause.ok()) return 1;
  const auto session = rolegate::VerifySession("none", "{}", "us", "you");
  return rolegate::ErrorReason(session.status()) == "InvalidClientTokenId" ? 0
                                                                           : 1;
}
