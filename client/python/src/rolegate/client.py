"""The client: a connection, and who calls over it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, TypeVar

import grpc

from rolegate import errors
from rolegate.decision import Context, Decision
from rolegate.requests import Identity, caller_metadata
from rolegate.session import (
    Ask,
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    Credentials,
    Session,
    given,
)
from rolegate.v1 import (
    authorization_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
    security_token_pb2,
    security_token_pb2_grpc,
)

_T = TypeVar("_T")

# Calls that found no server, and those that came too early, are tried again
# within their deadline; nothing else is.  The service tells gRPC not to try
# again what would fail again.
SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.2s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": [
                        "UNAVAILABLE",
                        "RESOURCE_EXHAUSTED",
                    ],
                },
            }
        ],
    }
)

CHANNEL_OPTIONS = [
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A server that comes back is found within the calls' deadlines.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A name that gets new addresses is looked up again soon.
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
]


def is_local(target: str) -> bool:
    """Whether the target is on this machine, where TLS is not needed."""
    host = target.split("///")[-1] if target.startswith("dns:") else target
    return target.startswith("unix:") or host.startswith(
        ("127.", "localhost:", "[::1]:")
    )


def read_file(path: str) -> bytes:
    """A file's content. Raises OSError, which names the file."""
    with open(path, "rb") as file:
        return file.read()


def channel_credentials(
    target: str,
    ca: str | None,
    cert: str | None,
    key: str | None,
    plaintext: bool | None,
) -> grpc.ChannelCredentials | None:
    """TLS by the files given, or none where it is not needed."""
    if plaintext is None:
        plaintext = is_local(target) and not (ca or cert)
    if plaintext:
        return None
    return grpc.ssl_channel_credentials(
        read_file(ca) if ca else None,
        read_file(key) if key else None,
        read_file(cert) if cert else None,
    )


class Client:
    """A connection to a server, and who calls over it. Thread-safe.

    ``target``: ``HOST:PORT``, ``dns:///NAME:PORT`` (calls are spread over all
    its addresses) or ``unix:/path``. Anything but a Unix socket and loopback is
    spoken to by TLS, unless ``plaintext`` says otherwise.

    ``ca``, ``cert``, ``key``: files in PEM; without ``ca`` the system's roots
    hold, ``cert`` and ``key`` are for mTLS.

    ``principal``: a user's ARN or ``service:NAME``, where the listener lets
    callers say who they are. ``session_token`` takes its place: a session, or
    a token of an issuer that the listener maps.

    ``timeout``: the deadline of every call, in seconds, tries included.
    """

    def __init__(
        self,
        target: str,
        *,
        ca: str | None = None,
        cert: str | None = None,
        key: str | None = None,
        plaintext: bool | None = None,
        principal: str | None = None,
        session_token: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        credentials = channel_credentials(target, ca, cert, key, plaintext)
        self._channel = (
            grpc.insecure_channel(target, CHANNEL_OPTIONS)
            if credentials is None
            else grpc.secure_channel(target, credentials, CHANNEL_OPTIONS)
        )
        self._own_metadata = caller_metadata(principal, session_token)
        self._timeout = timeout
        self._sts = security_token_pb2_grpc.SecurityTokenServiceStub(
            self._channel
        )
        self._authorization = authorization_pb2_grpc.AuthorizationServiceStub(
            self._channel
        )
        self._registry = registry_pb2_grpc.RegistryServiceStub(self._channel)

    def close(self) -> None:
        """Closes the connection; sessions of it are of no more use."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    # --- Sessions ---------------------------------------------------------

    def assume_role(
        self,
        role_arn: str,
        role_session_name: str,
        *,
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        transitive_tag_keys: Sequence[str] = (),
        external_id: str | None = None,
        serial_number: str | None = None,
        token_code: str | None = None,
        source_identity: str | None = None,
        context: Context | None = None,
        bind_to: str | None = None,
        renew_before: float | None = None,
    ) -> Session:
        """A session of the role, which renews itself before it ends.

        What may be given beside the role and a name are the parameters of
        AWS's AssumeRole, under their names: ``duration_seconds``; ``policy`` (a
        document in JSON) and ``policy_arns``, which narrow the session;
        ``tags`` and ``transitive_tag_keys``; ``external_id``;
        ``serial_number`` and ``token_code`` of the caller's MFA device;
        ``source_identity``. ``context`` has the condition keys that the
        service vouches for, and ``bind_to`` (``"BIND_TO_SPIFFE"``,
        ``"BIND_TO_CERTIFICATE"``) binds the session to the caller's
        certificate.

        ``renew_before``: so many seconds before its end the session is
        renewed; by default when a fifth of its life is left.

        Raises :class:`~rolegate.AccessDenied` if the role is not to be had.
        """
        return Session._assumed(
            self,
            AssumeRole(
                role_arn,
                role_session_name,
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                    tags=tags,
                    transitive_tag_keys=transitive_tag_keys,
                    external_id=external_id,
                    serial_number=serial_number,
                    token_code=token_code,
                    source_identity=source_identity,
                    context=context,
                    bind_to=bind_to,
                ),
            ),
            renew_before,
        )

    def assume_role_with_web_identity(
        self,
        role_arn: str,
        role_session_name: str,
        *,
        web_identity_token: str | None = None,
        web_identity_token_file: str | None = None,
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        renew_before: float | None = None,
    ) -> Session:
        """A session for the holder of an identity provider's token.

        A token file is read again at each renewal, as Kubernetes writes it
        anew. Needs no other caller.
        """
        return Session._assumed(
            self,
            AssumeRoleWithWebIdentity(
                role_arn,
                role_session_name,
                web_identity_token,
                web_identity_token_file,
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                ),
            ),
            renew_before,
        )

    def assume_role_with_saml(
        self,
        role_arn: str,
        principal_arn: str,
        saml_assertion: str,
        *,
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        renew_before: float | None = None,
    ) -> Session:
        """A session for the subject of a SAML response, in base64.

        A response is good for minutes, so that such a session is used until it
        ends rather than renewed.
        """
        return Session._assumed(
            self,
            AssumeRoleWithSAML(
                role_arn,
                principal_arn,
                saml_assertion,
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                ),
            ),
            renew_before,
        )

    def for_token(self, session_token: str) -> Session:
        """The session that somebody brought, to ask about what they may do.

        This client stays the caller; the session is what is asked about.
        """
        return Session(self, subject=session_token)

    # --- Questions of the client's own caller ------------------------------

    def authorize(
        self,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str = "",
        explain: bool = False,
    ) -> Decision:
        """Whether the client's own caller may; see Session.authorize."""
        return Session(self).authorize(
            action,
            resource,
            context,
            resource_account=resource_account,
            explain=explain,
        )

    def get_caller_identity(self) -> Identity:
        """Who is calling: ``account``, ``arn``, ``user_id``."""
        return Session(self).get_caller_identity()

    def get_signing_keys(self) -> str:
        """The service's public keys, a JSON Web Key Set."""
        response: security_token_pb2.GetSigningKeysResponse = self._call(
            self._sts.GetSigningKeys,
            security_token_pb2.GetSigningKeysRequest(),
            self._own_metadata,
        )
        return response.jwks

    def decode_authorization_message(
        self, encoded_message: str
    ) -> dict[str, Any]:
        """The record of a refusal. For administrators."""
        response = self._call(
            self._sts.DecodeAuthorizationMessage,
            security_token_pb2.DecodeAuthorizationMessageRequest(
                encoded_message=encoded_message
            ),
            self._own_metadata,
        )
        record: dict[str, Any] = json.loads(response.decoded_message)
        return record

    def watch(self) -> Iterator[str]:
        """The revisions of the registry, the present one first.

        Ends with an error when the server stops or the call breaks: watch
        again then.
        """
        stream = self._registry.Watch(
            registry_pb2.WatchRequest(), metadata=self._own_metadata
        )
        try:
            for response in stream:
                yield response.revision
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error
        finally:
            stream.cancel()

    # --- What sessions use -------------------------------------------------

    def _call(
        self, method: Callable[..., _T], request: Any, metadata: Any
    ) -> _T:
        try:
            return method(request, timeout=self._timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error

    def _assume(self, ask: Ask) -> Credentials:
        if isinstance(ask, AssumeRole):
            response: Any = self._call(
                self._sts.AssumeRole, ask.request(), self._own_metadata
            )
        elif isinstance(ask, AssumeRoleWithWebIdentity):
            response = self._call(
                self._sts.AssumeRoleWithWebIdentity, ask.request(), ()
            )
        else:
            response = self._call(
                self._sts.AssumeRoleWithSAML, ask.request(), ()
            )
        return Credentials.of(response)
