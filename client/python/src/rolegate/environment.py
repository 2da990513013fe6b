"""A client and its session as the environment describes them."""

from __future__ import annotations

import dataclasses
import os
import socket
import time

from rolegate.client import Client
from rolegate.session import Session


def from_environment(*, timeout: float = 5.0) -> Session:
    """The session that the environment describes; all that a pod needs.

    ``ROLEGATE_SERVER``: the target. ``ROLEGATE_TLS_CA``, ``ROLEGATE_TLS_CERT``
    and ``ROLEGATE_TLS_KEY``: files in PEM.

    Then the first of these that is there: ``ROLEGATE_SESSION_TOKEN``, a session
    that stands ready; ``ROLEGATE_ROLE_ARN`` with
    ``ROLEGATE_WEB_IDENTITY_TOKEN_FILE``, by that token, which is read again at
    each renewal; ``ROLEGATE_ROLE_ARN`` alone, by who the connection is.
    Without any of them the connection says who is calling.

    Raises ValueError if ``ROLEGATE_SERVER`` is not set.
    """
    found = described()
    client = Client(
        found.target,
        ca=found.ca,
        cert=found.cert,
        key=found.key,
        session_token=found.session_token,
        timeout=timeout,
    )
    if found.role_arn is None:
        return Session(client)
    try:
        if found.token_file is not None:
            return client.assume_role_with_web_identity(
                found.role_arn,
                found.role_session_name,
                web_identity_token_file=found.token_file,
            )
        return client.assume_role(found.role_arn, found.role_session_name)
    except BaseException:
        client.close()  # nobody else can
        raise


@dataclasses.dataclass(frozen=True)
class Described:
    """What the environment says; without ``role_arn`` no role is assumed."""

    target: str
    ca: str | None
    cert: str | None
    key: str | None
    session_token: str | None = dataclasses.field(repr=False)
    role_arn: str | None
    role_session_name: str
    token_file: str | None


def described() -> Described:
    """Reads the environment. Raises ValueError if it names no server."""
    target = _variable("ROLEGATE_SERVER")
    if target is None:
        raise ValueError(
            "ROLEGATE_SERVER is not set; it names the server, "
            "`HOST:PORT` or `unix:/path`"
        )
    token = _variable("ROLEGATE_SESSION_TOKEN")
    return Described(
        target,
        _variable("ROLEGATE_TLS_CA"),
        _variable("ROLEGATE_TLS_CERT"),
        _variable("ROLEGATE_TLS_KEY"),
        token,
        None if token else _variable("ROLEGATE_ROLE_ARN"),
        _variable("ROLEGATE_ROLE_SESSION_NAME") or default_session_name(),
        _variable("ROLEGATE_WEB_IDENTITY_TOKEN_FILE"),
    )


def _variable(name: str) -> str | None:
    return os.environ.get(name) or None


def default_session_name() -> str:
    """A session's name where none is given: the host's, or the time."""
    host = "".join(
        c
        for c in socket.gethostname()
        if c.isascii() and (c.isalnum() or c in "_=,.@-")
    )[:64]
    return host if len(host) >= 2 else f"rolegate-{int(time.time())}"
