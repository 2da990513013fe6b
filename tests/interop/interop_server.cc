// Serves gRPC's TestService through rolegated's own transport, plainly and by
// TLS, for gRPC's own interop clients.
//
//   interop_server CERT KEY --ready-file FILE
//
// Ends at SIGTERM.

#include <pthread.h>
#include <signal.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "service/base/log.h"
#include "service/config/config.h"
#include "service/config/listen_address.h"
#include "service/http2/http2_transport.h"
#include "service/http2/tls_context.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listen_socket.h"
#include "service/rpc/transport.h"
#include "tests/interop/test_service.h"

namespace rolegate::interop {
namespace {

using service::Transport;

constexpr std::size_t kMaxConnections = 1000;
constexpr absl::Duration kGrace = absl::Seconds(5);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::StatusOr<service::ListenSocket> OpenSocket() {
  const auto address = service::ListenAddress::Parse("127.0.0.1:0");
  if (!address.ok()) return address.status();
  return service::ListenSocket::Open(*address, absl::Seconds(20));
}

absl::Status Serve(const std::string& cert, const std::string& key,
                   const std::string& ready_file) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  service::Logger log({});
  service::http2::TlsContext tls;
  const absl::Status set = tls.Set({ReadFile(cert), ReadFile(key), ""});
  if (!set.ok()) return set;
  const service::TrustedGateways gateways({});
  service::DoorMetrics door;
  service::http2::SharedParts shared{service::ServiceLimits()};
  service::ConnectionTable connections(kMaxConnections,
                                       service::SystemSockets());
  std::vector<std::unique_ptr<Transport>> transports;
  std::vector<int> accepting;  // the acceptor's numbers
  std::vector<std::string> addresses;
  service::ConnectionAcceptor acceptor(&log);
  for (const auto* each :
       {static_cast<service::http2::TlsContext*>(nullptr), &tls}) {
    transports.push_back(service::http2::MakeHttp2Transport(
        {MakeTestService(), each, &gateways, &door, "127.0.0.1:0", &log,
         &shared}));
    absl::StatusOr<service::ListenSocket> socket = OpenSocket();
    if (!socket.ok()) return socket.status();
    addresses.push_back(absl::StrCat("\"", socket->address(), "\""));
    accepting.push_back(acceptor.Start(
        *std::move(socket), &connections,
        [transport = transports.back().get()](int listener, int fd) {
          transport->Serve(listener, fd);
        }));
  }
  const std::string unfinished = ready_file + ".new";
  std::ofstream(unfinished)
      << "{\"listeners\": [" << absl::StrJoin(addresses, ", ") << "]}\n";
  if (std::rename(unfinished.c_str(), ready_file.c_str()) != 0) {
    return absl::NotFoundError(absl::StrCat("cannot write `", ready_file, "`"));
  }
  int signal = 0;
  sigwait(&signals, &signal);
  for (const int listening : accepting) acceptor.Stop(listening);
  for (const auto& transport : transports) transport->Shutdown(kGrace);
  return absl::OkStatus();
}

}  // namespace
}  // namespace rolegate::interop

int main(int argc, char** argv) {
  if (argc != 5 || std::string(argv[3]) != "--ready-file") {
    std::cerr << "usage: interop_server CERT KEY --ready-file FILE\n";
    return 2;
  }
  const absl::Status status =
      rolegate::interop::Serve(argv[1], argv[2], argv[4]);
  if (!status.ok()) std::cerr << "interop_server: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
