"""What all middleware does: takes the token, asks, and says what to answer."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Sequence

import grpc

from rolegate import errors
from rolegate.decision import Decision

_LOG = logging.getLogger("rolegate")

_BEARER = re.compile(r"bearer ([^ ].*)", re.IGNORECASE | re.DOTALL)
_VISIBLE = re.compile(r"[\x21-\x7e]*")
_MAX_TOKEN = 6 * 1024  # no token of Rolegate's is longer


class Refusal(Exception):
    """Why a call is not let pass, as its caller may know it."""

    def __init__(
        self,
        http: int,
        grpc_code: grpc.StatusCode,
        name: str,
        message: str,
        *,
        challenge: str = "",
        decision_id: str = "",
    ) -> None:
        super().__init__(message)
        self.http = http
        self.grpc = grpc_code
        self.challenge = challenge
        self.message = message
        self.body = {"error": name, "message": message}
        if decision_id:
            self.body["decision_id"] = decision_id


def no_token() -> Refusal:
    """The answer to a call that brings no session, or several."""
    return Refusal(
        401,
        grpc.StatusCode.UNAUTHENTICATED,
        "MissingAuthenticationToken",
        "the call brings no session, or more than one",
        challenge="Bearer",
    )


def invalid_token(name: str) -> Refusal:
    """The answer to a session that does not hold."""
    return Refusal(
        401,
        grpc.StatusCode.UNAUTHENTICATED,
        name,
        "the session does not hold",
        challenge='Bearer error="invalid_token"',
    )


def forbidden(
    message: str = "the call is not allowed", decision_id: str = ""
) -> Refusal:
    """The answer to a call that may not be made."""
    return Refusal(
        403,
        grpc.StatusCode.PERMISSION_DENIED,
        "AccessDenied",
        message,
        decision_id=decision_id,
    )


def no_rule(what: str) -> Refusal:
    """The answer to a call that the table does not have."""
    _LOG.info("%.200r is denied, for no rule matches it", what)
    return forbidden()


def denied(decision: Decision) -> Refusal:
    """A denial; the decision's reason stays with the operators."""
    return forbidden(
        f"the call is denied by decision {decision.decision_id}",
        decision.decision_id,
    )


@dataclasses.dataclass(frozen=True)
class TokenSource:
    """Where the caller's session token is found."""

    header: str  # in small letters
    bearer: bool

    @staticmethod
    def of(header: str | None) -> TokenSource:
        """The header named, or `authorization`."""
        if header is None:
            return TokenSource("authorization", True)
        return TokenSource(header.lower(), False)

    def token(self, values: Sequence[str]) -> str:
        """The one token of the header's values; raises Refusal."""
        if len(values) != 1:
            raise no_token()
        token = values[0]
        if self.bearer:
            match = _BEARER.fullmatch(token)
            token = match[1] if match is not None else ""
        if not token:
            raise no_token()
        if len(token) > _MAX_TOKEN or not _VISIBLE.fullmatch(token):
            raise invalid_token("InvalidClientTokenId")
        return token


def refusal_of(error: Exception) -> Refusal:
    """What the caller hears where Rolegate gave no decision."""
    if isinstance(error, (errors.ExpiredToken, errors.InvalidClientTokenId)):
        return invalid_token(error.name)
    if isinstance(error, errors.RolegateError) and (
        error.code == "INVALID_ARGUMENT"
    ):
        _LOG.warning(
            "a call is denied, for Rolegate finds the question malformed: %s",
            error,
        )
        return forbidden()
    _LOG.error(
        "a call is refused, for Rolegate cannot be asked: %s",
        error,
        exc_info=not isinstance(error, errors.RolegateError),
    )
    return Refusal(
        503,
        grpc.StatusCode.UNAVAILABLE,
        "ServiceUnavailable",
        "authorization is not available",
    )
