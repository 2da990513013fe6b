"""A session whose calls are awaited."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from rolegate import errors
from rolegate.decision import Context, Decision, decision_of, decisions_of
from rolegate.requests import (
    Check,
    Identity,
    authorize_request,
    batch_of,
    caller_metadata,
)
from rolegate.session import RETRY_AFTER, Ask, Credentials, renewal_of
from rolegate.v1 import authorization_pb2, security_token_pb2

if TYPE_CHECKING:
    from rolegate.aio.client import Client

_LOG = logging.getLogger("rolegate")
_T = TypeVar("_T")


class Session:
    """A session and what it may do.

    A client's ``assume_role…`` and ``for_token`` make it. A session that was
    assumed belongs to the event loop that assumed it.
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
    _lock: asyncio.Lock
    _credentials: Credentials

    @classmethod
    async def _assumed(
        cls, client: Client, ask: Ask, renew_before: float | None
    ) -> Session:
        session = cls(client)
        session._ask = ask
        session._renew_before = renew_before
        session._lock = asyncio.Lock()
        session._keep(await client._assume(ask))
        return session

    @property
    def client(self) -> Client:
        """The connection that the session uses."""
        return self._client

    def for_token(self, session_token: str) -> Session:
        """The session that somebody brought; this session is who asks."""
        return Session(self._client, subject=session_token, caller=self)

    # --- Credentials ------------------------------------------------------

    async def credentials(self) -> Credentials:
        """The session's present credentials, renewed if that is due.

        One task renews while the others wait. A session that is still good
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
        async with self._lock:
            if time.time() < self._renew_at:
                return self._credentials
            try:
                self._keep(await self._client._assume(self._ask))
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
        self._credentials = credentials
        self._renew_at = renewal_of(credentials, self._renew_before)

    async def _metadata(self) -> Any:
        if self._ask is not None:
            return caller_metadata(
                None, (await self.credentials()).session_token
            )
        if self._caller is not None:
            return await self._caller._metadata()
        return self._client._own_metadata

    # --- Questions --------------------------------------------------------

    async def authorize(
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
            await self._client._call(
                self._client._connection().authorization.Authorize,
                authorize_request(
                    self._subject,
                    action,
                    resource,
                    context,
                    resource_account,
                    explain,
                ),
                await self._metadata(),
            )
        )

    async def authorize_many(
        self, checks: Sequence[Check], context: Context | None = None
    ) -> list[Decision]:
        """The answers to many checks on one revision, in their order.

        A check is ``(action, resource)``, ``(action, resource, context)`` or a
        mapping of those names. Refused whole if one is malformed.
        """
        response = await self._client._call(
            self._client._connection().authorization.BatchAuthorize,
            batch_of(self._subject, checks, context),
            await self._metadata(),
        )
        return decisions_of(response)

    async def authorize_stream(
        self,
        batches: Iterable[Sequence[Check]] | AsyncIterable[Sequence[Check]],
        context: Context | None = None,
    ) -> AsyncIterator[list[Decision]]:
        """The answers to batch after batch, over one call."""

        async def requests() -> AsyncIterator[
            authorization_pb2.AuthorizeStreamRequest
        ]:
            number = 0
            async for checks in _each(batches):
                yield authorization_pb2.AuthorizeStreamRequest(
                    correlation_id=number,
                    batch=batch_of(self._subject, checks, context),
                )
                number += 1

        stream = self._client._connection().authorization.AuthorizeStream(
            requests(), metadata=await self._metadata()
        )
        try:
            async for response in stream:
                if response.HasField("error"):
                    raise errors.error_of(
                        response.error.code, "", response.error.message
                    )
                yield decisions_of(response.batch)
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error
        finally:
            stream.cancel()

    async def is_allowed(
        self,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str = "",
    ) -> bool:
        """Whether the session may. Errors are denials, and are logged."""
        try:
            return (
                await self.authorize(
                    action, resource, context, resource_account=resource_account
                )
            ).allowed
        except (errors.RolegateError, OSError) as error:
            _LOG.warning(
                "%s on %s is denied, for the answer is not to be had: %s",
                action,
                resource,
                error,
            )
            return False

    async def get_caller_identity(self) -> Identity:
        """Who the session is: ``account``, ``arn``, ``user_id``."""
        response: Identity = await self._client._call(
            self._client._connection().sts.GetCallerIdentity,
            security_token_pb2.GetCallerIdentityRequest(),
            await self._metadata(),
        )
        return response


async def _each(batches: Iterable[_T] | AsyncIterable[_T]) -> AsyncIterator[_T]:
    if isinstance(batches, AsyncIterable):
        async for batch in batches:
            yield batch
    else:
        for batch in batches:
            yield batch


@dataclasses.dataclass(frozen=True)
class Access:
    """By what a call was let pass; middleware gives it to the handler.

    ``session`` is the caller's, to ask further questions about it.
    """

    action: str
    resource: str
    decision: Decision
    session: Session
