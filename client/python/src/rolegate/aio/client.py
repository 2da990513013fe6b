"""The client for asyncio: a connection, and who calls over it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import weakref
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, Callable, TypeVar

import grpc
import grpc.aio

from rolegate import errors
from rolegate.aio.session import Session
from rolegate.client import CHANNEL_OPTIONS, channel_credentials
from rolegate.decision import Context, Decision
from rolegate.requests import Identity, caller_metadata
from rolegate.session import (
    Ask,
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    Credentials,
    given,
)
from rolegate.v1 import (
    authorization_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
    security_token_pb2,
    security_token_pb2_grpc,
)

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
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        transitive_tag_keys: Sequence[str] = (),
        external_id: str | None = None,
        serial_number: str | None = None,
        token_code: str | None = None,
        source_identity: str | None = None,
        context: Context | None = None,
        bind_to: str | None = None,
        renew_before: float | None = None,
    ) -> Session:
        """A session of the role; see :meth:`rolegate.Client.assume_role`."""
        return await Session._assumed(
            self,
            AssumeRole(
                role_arn,
                role_session_name,
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                    tags=tags,
                    transitive_tag_keys=transitive_tag_keys,
                    external_id=external_id,
                    serial_number=serial_number,
                    token_code=token_code,
                    source_identity=source_identity,
                    context=context,
                    bind_to=bind_to,
                ),
            ),
            renew_before,
        )

    async def assume_role_with_web_identity(
        self,
        role_arn: str,
        role_session_name: str,
        *,
        web_identity_token: str | None = None,
        web_identity_token_file: str | None = None,
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        renew_before: float | None = None,
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
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                ),
            ),
            renew_before,
        )

    async def assume_role_with_saml(
        self,
        role_arn: str,
        principal_arn: str,
        saml_assertion: str,
        *,
        duration_seconds: int | None = None,
        policy: str | None = None,
        policy_arns: Sequence[str] = (),
        renew_before: float | None = None,
    ) -> Session:
        """A session for the subject of a SAML response, in base64.

        See :meth:`rolegate.Client.assume_role_with_saml`.
        """
        return await Session._assumed(
            self,
            AssumeRoleWithSAML(
                role_arn,
                principal_arn,
                saml_assertion,
                given(
                    duration_seconds=duration_seconds,
                    policy=policy,
                    policy_arns=policy_arns,
                ),
            ),
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
