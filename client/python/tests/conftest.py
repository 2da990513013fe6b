"""A Rolegate of the tests' own, which answers by the token that is brought."""

import concurrent.futures
import threading

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

import rolegate
import rolegate.aio
from rolegate.v1 import (
    authorization_pb2,
    authorization_pb2_grpc,
    decision_pb2,
    security_token_pb2,
    security_token_pb2_grpc,
)

#: Tokens that bring an error: its name and its code.
ERRORS = {
    "expired": ("ExpiredToken", grpc.StatusCode.UNAUTHENTICATED),
    "forged": ("InvalidClientTokenId", grpc.StatusCode.UNAUTHENTICATED),
    "malformed": ("ValidationError", grpc.StatusCode.INVALID_ARGUMENT),
    "busy": ("EvaluationBudgetExceeded", grpc.StatusCode.RESOURCE_EXHAUSTED),
    "loading": ("RegistryNotLoaded", grpc.StatusCode.FAILED_PRECONDITION),
    "stranger": ("AccessDenied", grpc.StatusCode.PERMISSION_DENIED),
    "nameless": ("MissingAuthenticationToken", grpc.StatusCode.UNAUTHENTICATED),
    "broken": ("", grpc.StatusCode.INTERNAL),
}


def fail(context, name, code):
    """Ends a call as Rolegate does, with the error's name in the details."""
    status = status_pb2.Status(code=code.value[0], message="told by the test")
    if name:
        detail = any_pb2.Any()
        detail.Pack(error_details_pb2.ErrorInfo(reason=name))
        status.details.append(detail)
    context.set_trailing_metadata(
        (("grpc-status-details-bin", status.SerializeToString()),)
    )
    context.abort(code, "told by the test")


class Authorization(authorization_pb2_grpc.AuthorizationServiceServicer):
    def __init__(self):
        self.requests = []
        self.metadata = []
        self.lock = threading.Lock()

    def Authorize(self, request, context):
        with self.lock:
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
        token = request.session_token
        if token in ERRORS:
            fail(context, *ERRORS[token])
        if token == "good-but-late":
            threading.Event().wait(0.3)
        if token == "slow":
            threading.Event().wait(2)
        allowed = token != "denied"
        return authorization_pb2.AuthorizeResponse(
            decision=decision_pb2.DECISION_ALLOW
            if allowed
            else decision_pb2.DECISION_EXPLICIT_DENY,
            decision_id=f"decision-{len(self.requests)}",
            reason="a secret policy denies" if not allowed else "allowed",
        )


class SecurityTokens(security_token_pb2_grpc.SecurityTokenServiceServicer):
    """Gives sessions that live for as long as the test says."""

    def __init__(self):
        self.assumed = 0
        self.lives = 3600.0
        self.fails = False
        self.lock = threading.Lock()

    def AssumeRole(self, request, context):
        import time

        with self.lock:
            self.assumed += 1
            number = self.assumed
        if self.fails:
            fail(context, "AccessDenied", grpc.StatusCode.PERMISSION_DENIED)
        threading.Event().wait(0.05)
        response = security_token_pb2.AssumeRoleResponse()
        response.assumed_role_user.arn = "arn:aws:sts::1:assumed-role/R/s"
        response.credentials.session_token = f"token-{number}"
        response.credentials.expiration.FromNanoseconds(
            int((time.time() + self.lives) * 1e9)
        )
        return response


class Rolegate:
    """What stands in for the service."""

    def __init__(self):
        self.authorization = Authorization()
        self.tokens = SecurityTokens()
        self.server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(64),
            options=[("grpc.so_reuseport", 0)],
        )
        authorization_pb2_grpc.add_AuthorizationServiceServicer_to_server(
            self.authorization, self.server
        )
        security_token_pb2_grpc.add_SecurityTokenServiceServicer_to_server(
            self.tokens, self.server
        )
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"
        self.server.start()

    @property
    def requests(self):
        return self.authorization.requests


@pytest.fixture
def service():
    found = Rolegate()
    yield found
    found.server.stop(0).wait()


@pytest.fixture
def client(service):
    with rolegate.Client(
        service.address, principal="service:backend", timeout=1
    ) as found:
        yield found


@pytest.fixture
def aio_client(service):
    return rolegate.aio.Client(
        service.address, principal="service:backend", timeout=1
    )
