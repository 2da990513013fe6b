"""What the clients send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

from rolegate.decision import Context, fill_context
from rolegate.v1 import authorization_pb2, security_token_pb2

#: Who is calling: ``account``, ``arn``, ``user_id``.
Identity = security_token_pb2.GetCallerIdentityResponse

#: One of many questions: ``(action, resource)``, ``(action, resource,
#: context)``, or a mapping with these names.
Check = Union[tuple[str, str], tuple[str, str, Context], Mapping[str, Any]]

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
    subject: str | None, checks: Sequence[Check], context: Context | None
) -> authorization_pb2.BatchAuthorizeRequest:
    """A request of checks, as ``Session.authorize_many`` takes them."""
    request = authorization_pb2.BatchAuthorizeRequest()
    if subject is not None:
        request.session_token = subject
    fill_context(context, request.context)
    for check in checks:
        action, resource, about = _parts(check)
        added = request.checks.add(action=action, resource=resource)
        fill_context(about, added.context)
    return request


def _parts(check: Check) -> tuple[str, str, Context | None]:
    if isinstance(check, Mapping):
        return check["action"], check["resource"], check.get("context")
    return check[0], check[1], check[2] if len(check) > 2 else None
