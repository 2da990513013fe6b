"""What goes wrong, under AWS's names.

Every error of a call is a :class:`RolegateError`. Its ``name`` is AWS's name of
the error, ``AccessDenied`` for instance; for each name that the service uses
there is a class of that name, so that you can catch the one that you mean::

    try:
        session = client.assume_role(role_arn=..., role_session_name="shop")
    except rolegate.AccessDenied as error:
        log.warning("%s (record: %s)", error, error.encoded_message)
"""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2


class RolegateError(Exception):
    """A call that brought no answer.

    ``name``: AWS's name of the error; empty if the service did not speak.
    ``code``: the gRPC status code's name, ``PERMISSION_DENIED`` for instance.
    ``encoded_message``: the sealed record of a refusal, for
    ``decode_authorization_message``; empty if there is none.
    """

    def __init__(
        self, name: str, code: str, message: str, encoded_message: str = ""
    ) -> None:
        super().__init__(f"{name or code}: {message}")
        self.name = name
        self.code = code
        self.message = message
        self.encoded_message = encoded_message


class AccessDenied(RolegateError):
    """The role may not be assumed, or the caller may not administer."""


class ExpiredToken(RolegateError):
    """The session has ended, or was revoked."""


class InvalidClientTokenId(RolegateError):
    """The session token is none, or is not this service's."""


class MissingAuthenticationToken(RolegateError):
    """Nothing says who is calling."""


class ValidationError(RolegateError):
    """A field of the request does not fit; the message names it."""


class InvalidParameterValue(RolegateError):
    """A tag that is reserved, repeated or inherited."""


class MalformedPolicyDocument(RolegateError):
    """A session policy that does not load; the message names the place."""


class PackedPolicyTooLarge(RolegateError):
    """Session policies and tags do not fit into a token."""


class InvalidIdentityToken(RolegateError):
    """The identity provider's token or assertion does not hold."""


class ExpiredTokenException(RolegateError):
    """The identity provider's token or assertion has ended."""


class IDPRejectedClaim(RolegateError):
    """The identity provider says that its user did not log in."""


class IDPCommunicationError(RolegateError):
    """The identity provider's keys cannot be had at the moment."""


class RegistryNotLoaded(RolegateError):
    """The server holds no registry yet."""


class ServiceUnavailable(RolegateError):
    """The server stops."""


class NoSuchEntity(RolegateError):
    """The registry does not hold what was asked for."""


class NotImplementedByServer(RolegateError):
    """The server was not set up for this call (``NotImplemented``)."""


class Throttling(RolegateError):
    """Too many calls; those that came too early were tried again."""


class EvaluationBudgetExceeded(RolegateError):
    """The question costs more than one call may; ask less at once."""


class InvalidAuthorizationMessageException(RolegateError):
    """The record was not sealed by this service, or is too old."""


_CLASSES = {cls.__name__: cls for cls in RolegateError.__subclasses__()}
_CLASSES["NotImplemented"] = NotImplementedByServer


def error_of(
    name: str, code: str, message: str, encoded_message: str = ""
) -> RolegateError:
    """The error of the class that its name has."""
    return _CLASSES.get(name, RolegateError)(
        name, code, message, encoded_message
    )


def from_rpc(error: grpc.RpcError) -> RolegateError:
    """What a failed call of gRPC means."""
    call: Any = error  # an RpcError of a call is that call
    name, encoded = "", ""
    for key, value in call.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for info in _error_infos(value):
            name = info.reason
            encoded = info.metadata.get("encoded_message", "")
    return error_of(name, call.code().name, call.details() or "", encoded)


def _error_infos(value: bytes) -> list[error_details_pb2.ErrorInfo]:
    status = status_pb2.Status()
    try:
        status.ParseFromString(value)
    except DecodeError:  # not ours: what the trailer's message says must do
        return []
    infos = []
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            infos.append(info)
    return infos


def name_of(error: BaseException | None) -> str:
    """AWS's name of an error; gRPC's where there is none."""
    if isinstance(error, RolegateError):
        return error.name or error.code
    return type(error).__name__ if error is not None else ""
