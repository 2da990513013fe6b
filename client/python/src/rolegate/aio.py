"""The same for asyncio: a client and sessions whose calls are awaited.

import rolegate.aio

async with rolegate.aio.Client("127.0.0.1:8470", principal=...) as client:
session = await client.assume_role(ROLE, "shop")
if await session.is_allowed("s3:GetObject", "arn:aws:s3:::reports/1"):
...
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import time
import weakref
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Iterable,
    Sequence,
)
from typing import (
    Any,
    Callable,
    TypeVar,
)

import grpc
import grpc.aio

from rolegate import errors
from rolegate.client import CHANNEL_OPTIONS, channel_credentials
from rolegate.decision import Context, Decision, decision_of, decisions_of
from rolegate.environment import described
from rolegate.requests import (
    Identity,
    authorize_request,
    batch_of,
    caller_metadata,
)
from rolegate.session import (
    RETRY_AFTER,
    Ask,
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    Credentials,
    renewal_of,
)
from rolegate.v1 import (
    authorization_pb2,
    authorization_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
    security_token_pb2,
    security_token_pb2_grpc,
)

_LOG = logging.getLogger("rolegate")
_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True)
class _Connection:
    """A channel of one event loop, and the stubs on it."""

    channel: grpc.aio.Channel
    sts: Any
    authorization: Any
    registry: Any


class Client:
    """A connection to a server, and who calls over it.

    The parameters are those of :class:`rolegate.Client`. It may be made before
    the event loop runs, as modules of ASGI applications do, and be used by
    several loops; each gets a connection of its own.
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
        self._target = target
        self._credentials = channel_credentials(
            target, ca, cert, key, plaintext
        )
        self._own_metadata = caller_metadata(principal, session_token)
        self._timeout = timeout
        self._connections: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, _Connection
        ] = weakref.WeakKeyDictionary()

    async def close(self) -> None:
        """Closes this loop's connection; sessions of it are of no more use."""
        connection = self._connections.pop(asyncio.get_running_loop(), None)
        if connection is not None:
            await connection.channel.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    # --- Sessions ---------------------------------------------------------

    async def assume_role(
        self,
        role_arn: str,
        role_session_name: str,
        *,
        renew_before: float | None = None,
        **fields: Any,
    ) -> Session:
        """A session of the role; see :meth:`rolegate.Client.assume_role`."""
        return await Session._assumed(
            self, AssumeRole(role_arn, role_session_name, fields), renew_before
        )

    async def assume_role_with_web_identity(
        self,
        role_arn: str,
        role_session_name: str,
        *,
        web_identity_token: str | None = None,
        web_identity_token_file: str | None = None,
        renew_before: float | None = None,
        **fields: Any,
    ) -> Session:
        """A session for the holder of an identity provider's token.

        See :meth:`rolegate.Client.assume_role_with_web_identity`.
        """
        return await Session._assumed(
            self,
            AssumeRoleWithWebIdentity(
                role_arn,
                role_session_name,
                web_identity_token,
                web_identity_token_file,
                fields,
            ),
            renew_before,
        )

    async def assume_role_with_saml(
        self,
        role_arn: str,
        principal_arn: str,
        saml_assertion: str,
        *,
        renew_before: float | None = None,
        **fields: Any,
    ) -> Session:
        """A session for the subject of a SAML response, in base64.

        See :meth:`rolegate.Client.assume_role_with_saml`.
        """
        return await Session._assumed(
            self,
            AssumeRoleWithSAML(role_arn, principal_arn, saml_assertion, fields),
            renew_before,
        )

    def for_token(self, session_token: str) -> Session:
        """The session that somebody brought, to ask about what they may do.

        This client stays the caller; the session is what is asked about.
        """
        return Session(self, subject=session_token)

    # --- Questions of the client's own caller ------------------------------

    async def authorize(
        self,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str = "",
        explain: bool = False,
    ) -> Decision:
        """Whether the client's own caller may; see Session.authorize."""
        return await Session(self).authorize(
            action,
            resource,
            context,
            resource_account=resource_account,
            explain=explain,
        )

    async def get_caller_identity(self) -> Identity:
        """Who is calling: ``account``, ``arn``, ``user_id``."""
        return await Session(self).get_caller_identity()

    async def get_signing_keys(self) -> str:
        """The service's public keys, a JSON Web Key Set."""
        response: security_token_pb2.GetSigningKeysResponse = await self._call(
            self._connection().sts.GetSigningKeys,
            security_token_pb2.GetSigningKeysRequest(),
            self._own_metadata,
        )
        return response.jwks

    async def decode_authorization_message(
        self, encoded_message: str
    ) -> dict[str, Any]:
        """The record of a refusal. For administrators."""
        response = await self._call(
            self._connection().sts.DecodeAuthorizationMessage,
            security_token_pb2.DecodeAuthorizationMessageRequest(
                encoded_message=encoded_message
            ),
            self._own_metadata,
        )
        record: dict[str, Any] = json.loads(response.decoded_message)
        return record

    async def watch(self) -> AsyncIterator[str]:
        """The revisions of the registry, the present one first.

        Ends with an error when the server stops or the call breaks: watch
        again then.
        """
        stream = self._connection().registry.Watch(
            registry_pb2.WatchRequest(), metadata=self._own_metadata
        )
        try:
            async for response in stream:
                yield response.revision
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error
        finally:
            stream.cancel()

    # --- What sessions use -------------------------------------------------

    def _connection(self) -> _Connection:
        loop = asyncio.get_running_loop()
        connection = self._connections.get(loop)
        if connection is None:
            channel = (
                grpc.aio.insecure_channel(self._target, CHANNEL_OPTIONS)
                if self._credentials is None
                else grpc.aio.secure_channel(
                    self._target, self._credentials, CHANNEL_OPTIONS
                )
            )
            connection = self._connections[loop] = _Connection(
                channel,
                security_token_pb2_grpc.SecurityTokenServiceStub(channel),
                authorization_pb2_grpc.AuthorizationServiceStub(channel),
                registry_pb2_grpc.RegistryServiceStub(channel),
            )
        return connection

    async def _call(
        self, method: Callable[..., Awaitable[_T]], request: Any, metadata: Any
    ) -> _T:
        try:
            return await method(
                request, timeout=self._timeout, metadata=metadata
            )
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from error

    async def _assume(self, ask: Ask) -> Credentials:
        sts = self._connection().sts
        if isinstance(ask, AssumeRole):
            response: Any = await self._call(
                sts.AssumeRole, ask.request(), self._own_metadata
            )
        elif isinstance(ask, AssumeRoleWithWebIdentity):
            # The file is short and local; reading it is no work for a thread.
            response = await self._call(
                sts.AssumeRoleWithWebIdentity, ask.request(), ()
            )
        else:
            response = await self._call(
                sts.AssumeRoleWithSAML, ask.request(), ()
            )
        return Credentials.of(response)


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
        self, checks: Sequence[Any], context: Context | None = None
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
        batches: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]],
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


async def from_environment(*, timeout: float = 5.0) -> Session:
    """The session that the environment describes; all that a pod needs.

    See :func:`rolegate.from_environment`.
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
            return await client.assume_role_with_web_identity(
                found.role_arn,
                found.role_session_name,
                web_identity_token_file=found.token_file,
            )
        return await client.assume_role(found.role_arn, found.role_session_name)
    except BaseException:
        await client.close()  # nobody else can
        raise
