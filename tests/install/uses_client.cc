// Asks a server that is not there: a denial.
#include "client/cpp/client.h"

int main() {
  rolegate::ClientOptions options;
  options.server = "127.0.0.1:1";
  options.deadline = absl::Milliseconds(100);
  const auto client = rolegate::Client::Connect(options);
  return client.ok() && !client->IsAllowed("s3:GetObject", "*") ? 0 : 1;
}
