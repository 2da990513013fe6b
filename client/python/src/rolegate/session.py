"""A role's session, which renews itself before it ends."""
from __future__ import annotations

import dataclasses
import logging
import threading
import time
from typing import (TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Optional,
                    Sequence)

from rolegate import errors
from rolegate.decision import Context, Decision
from rolegate.v1 import security_token_pb2

if TYPE_CHECKING:
    from rolegate.client import Client

_LOG = logging.getLogger("rolegate")

# By default a session is renewed when a fifth of its life is left.
_RENEW_AT = 0.8

# How long after a renewal that failed the next one is tried.
_RETRY_AFTER = 1.0


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What the service gave. ``session_token`` is a secret."""
    arn: str
    access_key_id: str
    session_token: str = dataclasses.field(repr=False)
    expires_at: float  # seconds since the epoch

    @staticmethod
    def of(response: Any) -> "Credentials":
        return Credentials(
            response.assumed_role_user.arn,
            response.credentials.access_key_id,
            response.credentials.session_token,
            response.credentials.expiration.ToNanoseconds() / 1e9)


@dataclasses.dataclass(frozen=True)
class AssumeRole:
    """How a session is had, and had again."""
    role_arn: str
    role_session_name: str
    fields: Mapping[str, Any]

    def request(self) -> security_token_pb2.AssumeRoleRequest:
        fields = dict(self.fields)
        tags = fields.pop("tags", None) or {}
        return security_token_pb2.AssumeRoleRequest(
            role_arn=self.role_arn, role_session_name=self.role_session_name,
            tags=[{"key": key, "value": value}
                  for key, value in tags.items()], **fields)


@dataclasses.dataclass(frozen=True)
class AssumeRoleWithWebIdentity:
    """The same by an identity provider's token."""
    role_arn: str
    role_session_name: str
    token: Optional[str] = dataclasses.field(repr=False)
    token_file: Optional[str]
    fields: Mapping[str, Any]

    def request(self) -> security_token_pb2.AssumeRoleWithWebIdentityRequest:
        token = self.token
        if self.token_file is not None:
            with open(self.token_file, encoding="utf-8") as file:
                token = file.read().strip()
        return security_token_pb2.AssumeRoleWithWebIdentityRequest(
            role_arn=self.role_arn, role_session_name=self.role_session_name,
            web_identity_token=token, **self.fields)


@dataclasses.dataclass(frozen=True)
class AssumeRoleWithSAML:
    """The same by a SAML response."""
    role_arn: str
    principal_arn: str
    assertion: str = dataclasses.field(repr=False)
    fields: Mapping[str, Any]

    def request(self) -> security_token_pb2.AssumeRoleWithSAMLRequest:
        return security_token_pb2.AssumeRoleWithSAMLRequest(
            role_arn=self.role_arn, principal_arn=self.principal_arn,
            saml_assertion=self.assertion, **self.fields)


class Session:
    """A session and what it may do. Thread-safe.

    Made by a client's ``assume_role…`` and ``for_token``.
    """

    def __init__(self, client: "Client", ask: Any,
                 renew_before: Optional[float]) -> None:
        self._client = client
        self._ask = ask
        self._renew_before = renew_before
        self._subject: Optional[str] = None
        self._lock = threading.Lock()
        self._credentials = client._assume(ask)
        self._plan_renewal()

    @classmethod
    def brought(cls, client: "Client", token: str) -> "Session":
        """What ``Client.for_token`` makes."""
        session = cls.__new__(cls)
        session._client = client
        session._subject = token
        return session

    @classmethod
    def of_caller(cls, client: "Client") -> "Session":
        """The client's own caller, who has a session or needs none."""
        session = cls.__new__(cls)
        session._client = client
        session._subject = None
        session._ask = None
        return session

    # --- Credentials ------------------------------------------------------

    @property
    def credentials(self) -> Credentials:
        """The session's present credentials, renewed if that is due.

        One caller renews while the others wait. A session that is still good
        stays when it cannot be renewed; then the next try comes a second
        later.
        """
        if self._subject is not None or self._ask is None:
            raise ValueError("this session was brought by somebody; it has no "
                             "credentials of its own")
        with self._lock:
            if time.time() < self._renew_at:
                return self._credentials
            try:
                self._credentials = self._client._assume(self._ask)
            except (errors.RolegateError, OSError) as error:
                if time.time() >= self._credentials.expires_at:
                    raise
                _LOG.warning("a session of %s is not renewed: %s",
                             self._credentials.arn, error)
                self._renew_at = time.time() + _RETRY_AFTER
            else:
                self._plan_renewal()
            return self._credentials

    def _plan_renewal(self) -> None:
        now = time.time()
        left = self._credentials.expires_at - now
        self._renew_at = (self._credentials.expires_at - self._renew_before
                          if self._renew_before is not None
                          else now + left * _RENEW_AT)

    def _metadata(self) -> Any:
        if self._subject is not None or self._ask is None:
            return self._client._metadata()
        return self._client._metadata(self.credentials.session_token)

    # --- Questions --------------------------------------------------------

    def authorize(self, action: str, resource: str,
                  context: Optional[Context] = None, *,
                  resource_account: str = "",
                  explain: bool = False) -> Decision:
        """Whether the session may do ``action`` on ``resource``.

        A denial is an answer and no error. ``context`` has the condition keys
        that you vouch for. ``explain`` needs rolegate:Explain.

        Raises :class:`~rolegate.RolegateError` where there is no answer.
        """
        return self._client._authorize(self._metadata(), self._subject, action,
                                       resource, context, resource_account,
                                       explain)

    def authorize_many(self, checks: Sequence[Any],
                       context: Optional[Context] = None) -> list[Decision]:
        """The answers to many checks on one revision, in their order.

        A check is ``(action, resource)``, ``(action, resource, context)`` or a
        mapping of those names. Refused whole if one is malformed.
        """
        return self._client._authorize_many(self._metadata(), self._subject,
                                            checks, context)

    def authorize_stream(
            self, batches: Iterable[Sequence[Any]],
            context: Optional[Context] = None) -> Iterator[list[Decision]]:
        """The answers to batch after batch, over one call."""
        return self._client._authorize_stream(self._metadata(), self._subject,
                                              batches, context)

    def is_allowed(self, action: str, resource: str,
                   context: Optional[Context] = None, *,
                   resource_account: str = "") -> bool:
        """Whether the session may. Errors are denials, and are logged."""
        try:
            return self.authorize(action, resource, context,
                                  resource_account=resource_account).allowed
        except (errors.RolegateError, OSError) as error:
            _LOG.warning("%s on %s is denied, for the answer is not to be "
                         "had: %s", action, resource, error)
            return False

    def get_caller_identity(
            self) -> security_token_pb2.GetCallerIdentityResponse:
        """Who the session is: ``account``, ``arn``, ``user_id``."""
        return self._client._call(
            self._client._sts.GetCallerIdentity,
            security_token_pb2.GetCallerIdentityRequest(), self._metadata())
