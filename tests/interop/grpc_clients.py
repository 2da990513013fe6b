"""gRPC's own interop clients, of Go and Java, ask a TestService that our
transport serves.

What is left out asks for what the transport does not have or the service does
not do: compressed answers, whether a request came compressed, GET, requests of
more than 1 MiB, load reports (ORCA), the server's name, credentials of a cloud.
"""
import os
import queue
import threading

import servers

CASES = [
    "empty_unary", "large_unary", "client_streaming", "server_streaming",
    "ping_pong", "empty_stream", "timeout_on_sleeping_server",
    "cancel_after_begin", "cancel_after_first_response",
    "status_code_and_message", "special_status_message", "custom_metadata",
    "unimplemented_method", "unimplemented_service", "rpc_soak",
    "channel_soak"]
# Requests are compressed in these.  Of server_compressed_*, Java's client sees
# the messages alone, and takes them as they are.
COMPRESSED = [
    "client_compressed_unary_noprobe", "client_compressed_streaming_noprobe",
    "server_compressed_unary", "server_compressed_streaming"]

TIMEOUT = 60  # seconds, for one case
# A virtual machine that starts takes longer than the second that soak tests
# allow a call.
SOAK = "-soak_per_iteration_max_acceptable_latency_ms=10000"


def go(tools, certificates, address, tls, case):
    host, port = address.rsplit(":", 1)
    return [os.path.join(tools, "grpc-go-client"), "-server_host=" + host,
            "-server_port=" + port, "-test_case=" + case, SOAK,
            *(["-use_tls", "-use_test_ca",
               "-ca_file=" + certificates.path("ca.pem"),
               "-server_host_override=localhost"] if tls else [])]


def java(tools, certificates, address, tls, case):
    host, port = address.rsplit(":", 1)
    with open(os.path.join(tools, "java.classpath"), encoding="utf-8") as file:
        classpath = file.read().strip()
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
            "-Djavax.net.ssl.trustStore=" + certificates.path("trust.p12"),
            "-Djavax.net.ssl.trustStorePassword=interop", "-cp", classpath,
            "io.grpc.testing.integration.TestServiceClient",
            "--server_host=" + host, "--server_port=" + port,
            "--test_case=" + case, "-" + SOAK, f"--use_tls={str(tls).lower()}",
            *(["--server_host_override=localhost"] if tls else [])]


def ask(client, cases, setting, report):
    """All cases, plainly and by TLS, two at a time."""
    certificates = setting.certificates
    server = servers.Process(
        [setting.interop_server, certificates.path("server.pem"),
         certificates.path("server.key")], setting.folder,
        "interop_server_" + client.__name__)
    waiting = queue.SimpleQueue()
    for case in cases:
        for tls in (False, True):
            waiting.put((case, tls))
    found = {}

    def work():
        while True:
            try:
                case, tls = waiting.get_nowait()
            except queue.Empty:
                return
            said, code = servers.run(
                client(setting.tools, certificates, server.addresses[tls], tls,
                       case), timeout=TIMEOUT)
            found[case, tls] = "" if code == 0 else (
                f"it ended with {code}:\n{said[-2000:]}")

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    code = server.stop()
    for case in cases:
        for tls in (False, True):
            report.add(case, f"{client.__name__}{' TLS' if tls else ''}",
                       found.get((case, tls), "it was not asked"))
    if code != 0:
        report.add("the server stops", client.__name__, f"it ended with {code}")


def test_go(setting, report):
    ask(go, CASES, setting, report)


def test_java(setting, report):
    trust = setting.certificates.path("trust.p12")
    said, code = servers.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "ca", "-storetype",
         "PKCS12", "-storepass", "interop", "-keystore", trust, "-file",
         setting.certificates.path("ca.pem")])
    if code != 0:
        raise RuntimeError("keytool: " + said)
    ask(java, CASES + COMPRESSED, setting, report)
