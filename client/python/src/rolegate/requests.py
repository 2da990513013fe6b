"""What the clients send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rolegate.decision import Context, fill_context
from rolegate.v1 import authorization_pb2, security_token_pb2

#: Who is calling: ``account``, ``arn``, ``user_id``.
Identity = security_token_pb2.GetCallerIdentityResponse

Metadata = tuple[tuple[str, str], ...]


def caller_metadata(
    principal: str | None, session_token: str | None
) -> Metadata:
    """What says who is calling, where the connection alone does not."""
    if session_token:
        return (("authorization", "Bearer " + session_token),)
    if principal:
        return (("rolegate-principal", principal),)
    return ()


def authorize_request(
    subject: str | None,
    action: str,
    resource: str,
    context: Context | None,
    resource_account: str,
    explain: bool,
) -> authorization_pb2.AuthorizeRequest:
    """One question; about the caller if there is no ``subject``."""
    request = authorization_pb2.AuthorizeRequest(
        action=action, resource=resource
    )
    if resource_account:
        request.resource_account = resource_account
    if explain:
        request.explain = True
    if subject is not None:
        request.session_token = subject
    if context:
        fill_context(context, request.context)
    return request


def batch_of(
    subject: str | None, checks: Sequence[Any], context: Context | None
) -> authorization_pb2.BatchAuthorizeRequest:
    """A request of checks, as ``Session.authorize_many`` takes them."""
    request = authorization_pb2.BatchAuthorizeRequest()
    if subject is not None:
        request.session_token = subject
    fill_context(context, request.context)
    for check in checks:
        if isinstance(check, Mapping):
            check = (check["action"], check["resource"], check.get("context"))
        added = request.checks.add(action=check[0], resource=check[1])
        if len(check) > 2:
            fill_context(check[2], added.context)
    return request
