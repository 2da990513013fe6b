"""grpcio without anything of ours: asks rolegated, and prints an answer a line.

  driver.py TARGET CA TOKEN [CERT KEY]
"""
import sys

import grpc
import health_pb2 as health
import health_pb2_grpc
from rolegate.v1 import authorization_pb2 as api
from rolegate.v1 import authorization_pb2_grpc
from rolegate.v1 import decision_pb2
from rolegate.v1 import registry_pb2
from rolegate.v1 import registry_pb2_grpc

REPORT = "arn:aws:s3:::reports/a"
SECRET = "arn:aws:s3:::reports/secret/a"

target, ca, token, *pair = sys.argv[1:]


def read(path):
    with open(path, "rb") as file:
        return file.read()


if ca == "-":
    channel = grpc.insecure_channel(target)
else:
    channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(
        read(ca), *[read(path) for path in reversed(pair)]))
authorization = authorization_pb2_grpc.AuthorizationServiceStub(channel)
registry = registry_pb2_grpc.RegistryServiceStub(channel)
server = health_pb2_grpc.HealthStub(channel)
caller = [("authorization", "Bearer " + token)]


def name(decision):
    return decision_pb2.Decision.Name(decision).removeprefix("DECISION_")


def authorize(resource=REPORT, action="s3:GetObject", **more):
    return name(authorization.Authorize(
        api.AuthorizeRequest(action=action, resource=resource), timeout=10,
        **{"metadata": caller, **more}).decision)


def batch():
    return api.BatchAuthorizeRequest(checks=[
        api.AuthorizationCheck(action="s3:GetObject", resource=resource)
        for resource in (REPORT, SECRET)])


def names(answer):
    return ",".join(name(result.decision) for result in answer.results)


def stream():
    answers = authorization.AuthorizeStream(
        (api.AuthorizeStreamRequest(correlation_id=each, batch=batch())
         for each in (7, 8)), timeout=10, metadata=caller)
    return " ".join(f"{each.correlation_id}:{names(each.batch)}"
                    for each in answers)


def give_up(call, show):
    """The first message, and what becomes of the call once it is cancelled."""
    first = show(next(call))
    call.cancel()
    try:
        next(call)
    except grpc.RpcError as error:
        return f"{first} {error.code().name}"
    return "goes on"


def watch(**more):
    return registry.Watch(registry_pb2.WatchRequest(), **more)


def revision(message):
    return "revision" if len(message.revision) >= 32 else "none"


def late():
    list(watch(timeout=0.3, metadata=caller))


def details():
    try:
        authorize(metadata=[])
    except grpc.RpcError as error:
        found = dict(error.trailing_metadata())["grpc-status-details-bin"]
        return f"{error.code().name} {b'rolegate.v1' in found}"
    return "no error"


def wrong_method():
    channel.unary_unary("/rolegate.v1.AuthorizationService/Nothing")(
        b"", timeout=10, metadata=caller)


def status(message):
    return health.HealthCheckResponse.ServingStatus.Name(message.status)


CASES = {
    "allow": authorize,
    "deny": lambda: authorize(SECRET),
    "batch": lambda: names(authorization.BatchAuthorize(
        batch(), timeout=10, metadata=caller)),
    "stream": stream,
    "watch": lambda: give_up(watch(timeout=10, metadata=caller), revision),
    "health": lambda: status(server.Check(health.HealthCheckRequest(),
                                          timeout=10)),
    "health watch": lambda: give_up(
        server.Watch(health.HealthCheckRequest(), timeout=10), status),
    "details": details,
    "deadline": late,
    "binary metadata": lambda: authorize(
        metadata=caller + [("x-trace-bin", bytes(range(256)))]),
    "gzip": lambda: authorize(REPORT + "a" * 1000,
                              compression=grpc.Compression.Gzip),
    "over the limit": lambda: authorize("a" * (2 << 20)),
    "wrong method": wrong_method,
}
if pair:
    CASES = {"mTLS": lambda: give_up(watch(timeout=10), revision)}

for case, ask in CASES.items():
    try:
        ANSWER = ask()
    except grpc.RpcError as wrong:
        ANSWER = wrong.code().name
    print(f"{case}\t{ANSWER}", flush=True)
