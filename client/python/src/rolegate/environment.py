"""A client and its session as the environment describes them."""
from __future__ import annotations

import os
import socket
import time
from typing import Optional

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
    target = os.environ.get("ROLEGATE_SERVER")
    if not target:
        raise ValueError("ROLEGATE_SERVER is not set; it names the server, "
                         "`HOST:PORT` or `unix:/path`")
    token = _variable("ROLEGATE_SESSION_TOKEN")
    client = Client(
        target, ca=_variable("ROLEGATE_TLS_CA"),
        cert=_variable("ROLEGATE_TLS_CERT"), key=_variable("ROLEGATE_TLS_KEY"),
        session_token=token, timeout=timeout)
    role_arn = _variable("ROLEGATE_ROLE_ARN")
    if token or not role_arn:
        return Session.of_caller(client)
    name = _variable("ROLEGATE_ROLE_SESSION_NAME") or default_session_name()
    token_file = _variable("ROLEGATE_WEB_IDENTITY_TOKEN_FILE")
    if token_file:
        return client.assume_role_with_web_identity(
            role_arn, name, web_identity_token_file=token_file)
    return client.assume_role(role_arn, name)


def _variable(name: str) -> Optional[str]:
    return os.environ.get(name) or None


def default_session_name() -> str:
    """A session's name where none is given: the host's, or the time."""
    host = "".join(c for c in socket.gethostname()
                   if c.isascii() and (c.isalnum() or c in "_=,.@-"))[:64]
    return host if len(host) >= 2 else f"rolegate-{int(time.time())}"
