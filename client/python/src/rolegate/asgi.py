"""Middleware for ASGI: FastAPI, Starlette, and whatever else speaks it.

    app = FastAPI()
    app.add_middleware(
        rolegate.asgi.RolegateMiddleware, client=client, rules=[
            {"method": "GET", "path": "/healthz", "public": True},
            {"method": "GET", "path": "/orders/{id}",
             "action": "orders:GetOrder",
             "resource": "arn:aws:orders:::order/{id}"}])

:mod:`rolegate.rules` says what rules are. What no rule matches is denied, and
so is everything while Rolegate cannot be asked. A websocket is asked about
once, before it is accepted, as the ``GET`` that its handshake is.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Callable, Union

from rolegate import aio, guard
from rolegate.decision import Context
from rolegate.rules import HttpRules, Rule

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
else:
    try:
        from starlette.requests import HTTPConnection
    except ImportError:  # other frameworks have the scope
        HTTPConnection = Any

_LOG = logging.getLogger("rolegate")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Who may ask about other sessions.
Asker = Union[aio.Client, aio.Session]

#: Where the scope has the :class:`rolegate.aio.Access`.
KEY = "rolegate"


class RolegateMiddleware:
    """Lets a request pass on Rolegate's word alone.

    ``client``: who asks, a :class:`rolegate.aio.Client` or a session of one; or
    a function that is awaited for it when the first request comes, because a
    session cannot be had before the event loop runs:
    ``rolegate.aio.from_environment``.

    ``rules``: the table. Raises ValueError if it is wrong.

    ``header``: the header that has the session token; without it
    ``Authorization: Bearer TOKEN``.

    ``context``: gives further condition keys for a request's scope. What
    callers wrote, headers for instance, does not belong there.
    """

    def __init__(
        self,
        app: App,
        client: Asker | Callable[[], Awaitable[Asker]],
        rules: Iterable[Rule],
        *,
        header: str | None = None,
        context: Callable[[Scope], Context] | None = None,
    ) -> None:
        self._app = app
        self._client = None if callable(client) else client
        self._connect = client if callable(client) else None
        self._connecting: asyncio.Lock | None = None
        self._rules = HttpRules(rules)
        self._source = guard.TokenSource.of(header)
        self._header = self._source.header.encode("ascii")
        self._context = context

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Asks, then calls the application or refuses."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        if kind not in ("http", "websocket"):
            raise RuntimeError(f"scopes of the type `{kind}` are not guarded")
        try:
            access = await self._ask(scope)
        except guard.Refusal as refusal:
            await _refuse(scope, send, refusal)
            return
        await self._app({**scope, KEY: access}, receive, send)

    async def _ask(self, scope: Scope) -> aio.Access | None:
        raw_path = scope.get("raw_path")
        if raw_path is None:
            _LOG.error(
                "every request is denied, for this server does not "
                "give `raw_path`, the path as it came"
            )
            raise guard.forbidden()
        method = "GET" if scope["type"] == "websocket" else scope["method"]
        question = self._rules.question(method, raw_path)
        if question is not None and question.public:
            return None
        token = self._source.token(
            [
                value.decode("latin-1")
                for name, value in scope["headers"]
                if name.lower() == self._header
            ]
        )
        if question is None:
            raise guard.no_rule(f"{method} {raw_path.decode('latin-1')}")
        context: Mapping[str, Any] = question.context
        try:
            client = self._client or await self._connected()
            session = client.for_token(token)
            if self._context is not None:
                context = {**self._context(scope), **context}
            decision = await session.authorize(
                question.action, question.resource, context
            )
        except Exception as error:  # whatever it is, nobody passes
            raise guard.refusal_of(error) from error
        if not decision.allowed:
            raise guard.denied(decision)
        return aio.Access(question.action, question.resource, decision, session)

    async def _connected(self) -> Asker:
        """Who asks, had once; what fails is tried again by the next request."""
        if self._connecting is None:  # made here, where the loop runs
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._client is None:
                assert self._connect is not None  # noqa: S101 - see __init__
                self._client = await self._connect()
            return self._client


async def _refuse(scope: Scope, send: Send, refusal: guard.Refusal) -> None:
    """Answers a request, or a websocket's handshake."""
    prefix = ""
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            # The server says 403 to what closes before it is accepted.
            await send({"type": "websocket.close", "code": 1008})
            return
        prefix = "websocket."
    body = json.dumps(refusal.body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    if refusal.challenge:
        headers.append((b"www-authenticate", refusal.challenge.encode()))
    await send(
        {
            "type": f"{prefix}http.response.start",
            "status": refusal.http,
            "headers": headers,
        }
    )
    if scope.get("method") == "HEAD":
        body = b""
    await send({"type": f"{prefix}http.response.body", "body": body})


def access(connection: HTTPConnection) -> aio.Access:
    """By what a request was let pass, for its handler.

    Takes a request or websocket of Starlette, and is a dependency of FastAPI::

        @app.get("/orders/{id}")
        async def order(id: str, access: Annotated[
                rolegate.aio.Access, Depends(rolegate.asgi.access)]):
            ...

    Raises LookupError for a public route, which was let pass by nothing.
    """
    found = connection.scope.get(KEY)
    if not isinstance(found, aio.Access):
        raise LookupError(
            "this route is public, or not behind RolegateMiddleware"
        )
    return found
