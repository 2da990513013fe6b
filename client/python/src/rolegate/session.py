"""A role's session, which renews itself before it ends."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Union,
)

import grpc

from rolegate import errors
from rolegate.decision import (
    Context,
    Decision,
    decision_of,
    decisions_of,
    fill_context,
)
from rolegate.requests import (
    Check,
    Identity,
    authorize_request,
    batch_of,
    caller_metadata,
)
from rolegate.v1 import authorization_pb2, security_token_pb2

if TYPE_CHECKING:
    from rolegate.client import Client

_LOG = logging.getLogger("rolegate")

# A session is renewed once this part of its life has passed.
_RENEW_AT = 0.8

# How long after a renewal that failed the next one is tried.
RETRY_AFTER = 1.0


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What the service gave. ``session_token`` is a secret."""

    arn: str
    access_key_id: str
    session_token: str = dataclasses.field(repr=False)
    expires_at: float  # seconds since the epoch

    @staticmethod
    def of(response: Any) -> Credentials:
        """The credentials of a response of any of the three ways."""
        return Credentials(
            response.assumed_role_user.arn,
            response.credentials.access_key_id,
            response.credentials.session_token,
            response.credentials.expiration.ToNanoseconds() / 1e9,
        )


@dataclasses.dataclass(frozen=True)
class AssumeRole:
    """How a session is had, and had again."""

    role_arn: str
    role_session_name: str
    fields: Mapping[str, Any] = dataclasses.field(repr=False)

    def request(self) -> security_token_pb2.AssumeRoleRequest:
        """The request; each renewal makes it anew."""
        fields = dict(self.fields)
        tags = fields.pop("tags", {})
        context = fields.pop("context", None)
        request = security_token_pb2.AssumeRoleRequest(
            role_arn=self.role_arn,
            role_session_name=self.role_session_name,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
            **fields,
        )
        fill_context(context, request.context)
        return request


@dataclasses.dataclass(frozen=True)
class AssumeRoleWithWebIdentity:
    """The same by an identity provider's token."""

    role_arn: str
    role_session_name: str
    token: str | None = dataclasses.field(repr=False)
    token_file: str | None
    fields: Mapping[str, Any] = dataclasses.field(repr=False)

    def request(self) -> security_token_pb2.AssumeRoleWithWebIdentityRequest:
        """The request; each renewal makes it anew."""
        token = self.token
        if self.token_file is not None:
            with open(self.token_file, encoding="utf-8") as file:
                token = file.read().strip()
        return security_token_pb2.AssumeRoleWithWebIdentityRequest(
            role_arn=self.role_arn,
            role_session_name=self.role_session_name,
            web_identity_token=token,
            **self.fields,
        )


@dataclasses.dataclass(frozen=True)
class AssumeRoleWithSAML:
    """The same by a SAML response."""

    role_arn: str
    principal_arn: str
    assertion: str = dataclasses.field(repr=False)
    fields: Mapping[str, Any] = dataclasses.field(repr=False)

    def request(self) -> security_token_pb2.AssumeRoleWithSAMLRequest:
        """The request; each renewal makes it anew."""
        return security_token_pb2.AssumeRoleWithSAMLRequest(
            role_arn=self.role_arn,
            principal_arn=self.principal_arn,
            saml_assertion=self.assertion,
            **self.fields,
        )


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


Ask = Union[AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML]


def renewal_of(credentials: Credentials, renew_before: float | None) -> float:
    """When these credentials, which came just now, are to be renewed."""
    if renew_before is not None:
        return credentials.expires_at - renew_before
    now = time.time()
    return now + (credentials.expires_at - now) * _RENEW_AT


class Session:
    """A session and what it may do. Thread-safe.

    A client's ``assume_role…`` and ``for_token`` make it.
    """

    def __init__(
        self,
        client: Client,
        *,
        subject: str | None = None,
        caller: Session | None = None,
    ) -> None:
        self._client = client
        self._subject = subject  # whom is asked about, if not the caller
        self._caller = caller  # who asks, if not the client's own caller
        self._ask: Ask | None = None

    # What a session has that was assumed here.
    _renew_before: float | None
    _renew_at: float
    _lock: threading.Lock
    _credentials: Credentials

    @classmethod
    def _assumed(
        cls, client: Client, ask: Ask, renew_before: float | None
    ) -> Session:
        session = cls(client)
        session._ask = ask
        session._renew_before = renew_before
        session._lock = threading.Lock()
        session._keep(client._assume(ask))
        return session

    @property
    def client(self) -> Client:
        """The connection that the session uses."""
        return self._client

    def for_token(self, session_token: str) -> Session:
        """The session that somebody brought; this session is who asks."""
        return Session(self._client, subject=session_token, caller=self)

    # --- Credentials ------------------------------------------------------

    @property
    def credentials(self) -> Credentials:
        """The session's present credentials, renewed if that is due.

        One caller renews while the others wait. A session that is still good
        stays when it cannot be renewed; then the next try comes a second
        later.
        """
        if self._ask is None:
            raise ValueError(
                "this session was not assumed here; it has no "
                "credentials of its own"
            )
        if time.time() < self._renew_at:
            return self._credentials
        with self._lock:
            if time.time() < self._renew_at:
                return self._credentials
            try:
                self._keep(self._client._assume(self._ask))
            except (errors.RolegateError, OSError) as error:
                if time.time() >= self._credentials.expires_at:
                    raise
                _LOG.warning(
                    "a session of %s is not renewed: %s",
                    self._credentials.arn,
                    error,
                )
                self._renew_at = time.time() + RETRY_AFTER
            return self._credentials

    def _keep(self, credentials: Credentials) -> None:
        # The credentials first: who sees the new time uses them unlocked.
        self._credentials = credentials
        self._renew_at = renewal_of(credentials, self._renew_before)

    def _metadata(self) -> Any:
        if self._ask is not None:
            return caller_metadata(None, self.credentials.session_token)
        if self._caller is not None:
            return self._caller._metadata()
        return self._client._own_metadata

    # --- Questions --------------------------------------------------------

    def authorize(
        self,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str = "",
        explain: bool = False,
    ) -> Decision:
        """Whether the session may do ``action`` on ``resource``.

        A denial is an answer and no error. ``context`` has the condition keys
        that you vouch for. ``explain`` needs rolegate:Explain.

        Raises :class:`~rolegate.RolegateError` where there is no answer.
        """
        return decision_of(
            self._client._call(
                self._client._authorization.Authorize,
                authorize_request(
                    self._subject,
                    action,
                    resource,
                    context,
                    resource_account,
                    explain,
                ),
                self._metadata(),
            )
        )

    def authorize_many(
        self, checks: Sequence[Check], context: Context | None = None
    ) -> list[Decision]:
        """The answers to many checks on one revision, in their order.

        A check is ``(action, resource)``, ``(action, resource, context)`` or a
        mapping of those names. Refused whole if one is malformed.
        """
        response = self._client._call(
            self._client._authorization.BatchAuthorize,
            batch_of(self._subject, checks, context),
            self._metadata(),
        )
        return decisions_of(response)

    def authorize_stream(
        self, batches: Iterable[Sequence[Check]], context: Context | None = None
    ) -> Iterator[list[Decision]]:
        """The answers to batch after batch, over one call."""
        requests = (
            authorization_pb2.AuthorizeStreamRequest(
                correlation_id=number,
                batch=batch_of(self._subject, checks, context),
            )
            for number, checks in enumerate(batches)
        )
        stream = self._client._authorization.AuthorizeStream(
            requests, metadata=self._metadata()
        )
        try:
            for response in stream:
                if response.HasField("error"):
                    raise errors.error_of(
                        response.error.code, "", response.error.message
                    )
                yield decisions_of(response.batch)
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error
        finally:
            stream.cancel()

    def is_allowed(
        self,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str = "",
    ) -> bool:
        """Whether the session may. Errors are denials, and are logged."""
        try:
            return self.authorize(
                action, resource, context, resource_account=resource_account
            ).allowed
        except (errors.RolegateError, OSError) as error:
            _LOG.warning(
                "%s on %s is denied, for the answer is not to be had: %s",
                action,
                resource,
                error,
            )
            return False

    def get_caller_identity(self) -> Identity:
        """Who the session is: ``account``, ``arn``, ``user_id``."""
        response: Identity = self._client._call(
            self._client._sts.GetCallerIdentity,
            security_token_pb2.GetCallerIdentityRequest(),
            self._metadata(),
        )
        return response


@dataclasses.dataclass(frozen=True)
class Access:
    """By what a call was let pass; middleware gives it to the handler.

    ``session`` is the caller's, to ask further questions about it.
    """

    action: str
    resource: str
    decision: Decision
    session: Session
