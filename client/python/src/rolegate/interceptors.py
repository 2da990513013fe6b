"""Interceptors for gRPC servers.

    server = grpc.server(
        ThreadPoolExecutor(), interceptors=[
            rolegate.interceptors.RolegateInterceptor(client, [
                {"rpc": "/grpc.health.v1.Health/*", "public": True},
                {"rpc": "/shop.Orders/Get", "action": "orders:GetOrder",
                 "resource": "arn:aws:orders:::order/{order_id}"}])])

:mod:`rolegate.rules` says what rules are. What no rule matches is denied, and
so is everything while Rolegate cannot be asked. A stream is asked about once,
when it starts; a rule with placeholders denies where requests come as a stream,
for they name fields of one message.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Iterable,
    Iterator,
    Mapping,
)
from typing import TYPE_CHECKING, Any, Callable

import grpc
import grpc.aio

from rolegate import aio, guard
from rolegate.client import Client
from rolegate.decision import Context
from rolegate.rules import Question, RpcRules, Rule
from rolegate.session import Access, Session

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
else:  # generic in its stubs alone
    Handler = grpc.RpcMethodHandler

_ACCESS: contextvars.ContextVar[Any] = contextvars.ContextVar(
    "rolegate_access", default=None
)

#: Gives further condition keys, from the call and its request message (None if
#: requests come as a stream).
MoreContext = Callable[[grpc.HandlerCallDetails, Any], Context]


def access() -> Access:
    """By what the present call was let pass, for its handler.

    Belongs to the handler's own thread. Raises LookupError for a public
    method, which was let pass by nothing.
    """
    found = _ACCESS.get()
    if not isinstance(found, Access):
        raise LookupError(
            "this method is public, or not behind RolegateInterceptor"
        )
    return found


def aio_access() -> aio.Access:
    """The same behind :class:`AioRolegateInterceptor`, in a handler's task."""
    found = _ACCESS.get()
    if not isinstance(found, aio.Access):
        raise LookupError(
            "this method is public, or not behind AioRolegateInterceptor"
        )
    return found


class _Table:
    """What both interceptors do before they ask."""

    def __init__(
        self,
        rules: Iterable[Rule],
        header: str | None,
        context: MoreContext | None,
    ) -> None:
        self._rules = RpcRules(rules)
        self._source = guard.TokenSource.of(header)
        self._context = context

    def question(
        self, details: grpc.HandlerCallDetails, message: Any
    ) -> tuple[Question | None, str]:
        """What to ask about whom; no question for a public method."""
        question = self._rules.question(details.method, message)
        if question is not None and question.public:
            return None, ""
        token = self._source.token(
            [
                value if isinstance(value, str) else ""
                for key, value in details.invocation_metadata or ()
                if key == self._source.header
            ]
        )
        if question is None:
            raise guard.no_rule(details.method)
        return question, token

    def context(
        self, question: Question, details: grpc.HandlerCallDetails, message: Any
    ) -> Context:
        context: Mapping[str, Any] = question.context
        if self._context is not None:
            context = {**self._context(details, message), **context}
        return context


class RolegateInterceptor(grpc.ServerInterceptor):
    """Lets a call pass on Rolegate's word alone. For :func:`grpc.server`.

    ``client``: who asks, a :class:`rolegate.Client`, or a session of one.

    ``rules``: the table. Raises ValueError if it is wrong.

    ``header``: the metadata that has the session token; without it
    ``authorization: Bearer TOKEN``.

    ``context``: gives further condition keys for a call. What callers wrote,
    metadata for instance, does not belong there.
    """

    def __init__(
        self,
        client: Client | Session,
        rules: Iterable[Rule],
        *,
        header: str | None = None,
        context: MoreContext | None = None,
    ) -> None:
        self._client = client
        self._table = _Table(rules, header, context)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Gives the server a handler that asks first."""

        # The question waits until a thread of the pool has the call: here it
        # would keep the server from taking other calls.
        def ask(message: Any) -> Access | None:
            return self._ask(handler_call_details, message)

        return _guarded(continuation(handler_call_details), ask)

    def _ask(
        self, details: grpc.HandlerCallDetails, message: Any
    ) -> Access | None:
        question, token = self._table.question(details, message)
        if question is None:
            return None
        session = self._client.for_token(token)
        try:
            decision = session.authorize(
                question.action,
                question.resource,
                self._table.context(question, details, message),
            )
        except Exception as error:  # whatever it is, nobody passes
            raise guard.refusal_of(error) from error
        if not decision.allowed:
            raise guard.denied(decision)
        return Access(question.action, question.resource, decision, session)


def _guarded(
    handler: Handler | None,
    ask: Callable[[Any], object],
) -> Handler | None:
    """A handler that asks first; None, which is no method, stays None."""
    if handler is None:
        return None
    behavior = _behavior(handler)
    streamed = handler.request_streaming

    def permit(
        request: Any, context: grpc.ServicerContext
    ) -> contextvars.Context:
        try:
            found = ask(None if streamed else request)
        except guard.Refusal as refusal:
            context.abort(refusal.grpc, refusal.message)
            raise  # which abort does already
        # What grpc.aio gives plain functions cannot say whether it is active.
        if not getattr(context, "is_active", lambda: True)():
            context.abort(
                grpc.StatusCode.CANCELLED,
                "the caller went away before the decision came",
            )
        variables = contextvars.copy_context()
        variables.run(_ACCESS.set, found)
        return variables

    def unary(request: Any, context: grpc.ServicerContext) -> Any:
        return permit(request, context).run(behavior, request, context)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        variables = permit(request, context)
        responses = variables.run(
            iter, variables.run(behavior, request, context)
        )
        while True:
            try:
                response = variables.run(next, responses)
            except StopIteration:
                return
            yield response

    return _like(handler, stream if handler.response_streaming else unary)


class AioRolegateInterceptor(grpc.aio.ServerInterceptor):
    """The same for :func:`grpc.aio.server`.

    ``client`` is a :class:`rolegate.aio.Client`, or a session of one. Handlers
    may be coroutines, asynchronous generators or plain functions.
    """

    def __init__(
        self,
        client: aio.Client | aio.Session,
        rules: Iterable[Rule],
        *,
        header: str | None = None,
        context: MoreContext | None = None,
    ) -> None:
        self._client = client
        self._table = _Table(rules, header, context)

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails],
            Awaitable[Handler | None],
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Gives the server a handler that asks first."""

        async def ask(message: Any) -> aio.Access | None:
            return await self._ask(handler_call_details, message)

        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        behavior = _behavior(handler)
        if not (
            inspect.iscoroutinefunction(behavior)
            or inspect.isasyncgenfunction(behavior)
        ):
            # The server runs it in a thread, which waits for the loop.
            loop = asyncio.get_running_loop()
            return _guarded(
                handler,
                lambda message: asyncio.run_coroutine_threadsafe(
                    ask(message), loop
                ).result(),
            )
        return _aio_guarded(handler, behavior, ask)

    async def _ask(
        self, details: grpc.HandlerCallDetails, message: Any
    ) -> aio.Access | None:
        question, token = self._table.question(details, message)
        if question is None:
            return None
        session = self._client.for_token(token)
        try:
            decision = await session.authorize(
                question.action,
                question.resource,
                self._table.context(question, details, message),
            )
        except Exception as error:  # whatever it is, nobody passes
            raise guard.refusal_of(error) from error
        if not decision.allowed:
            raise guard.denied(decision)
        return aio.Access(question.action, question.resource, decision, session)


def _aio_guarded(
    handler: Handler,
    behavior: Any,
    ask: Callable[[Any], Awaitable[aio.Access | None]],
) -> Handler:
    streamed = handler.request_streaming

    # Each call has a task of its own, so that what is set ends with it.
    async def permit(request: Any, context: Any) -> None:
        try:
            _ACCESS.set(await ask(None if streamed else request))
        except guard.Refusal as refusal:
            await context.abort(refusal.grpc, refusal.message)
            raise  # which abort does already

    async def coroutine(request: Any, context: Any) -> Any:
        await permit(request, context)
        return await behavior(request, context)

    async def generator(request: Any, context: Any) -> AsyncIterator[Any]:
        await permit(request, context)
        async for response in behavior(request, context):
            yield response

    return _like(
        handler,
        generator if inspect.isasyncgenfunction(behavior) else coroutine,
    )


def _behavior(handler: Handler) -> Any:
    """The function of a handler, which has one of these four."""
    return (
        handler.unary_unary
        or handler.unary_stream
        or handler.stream_unary
        or handler.stream_stream
    )


def _like(handler: Handler, behavior: Any) -> Handler:
    """A handler of the same kind with another function."""
    if handler.request_streaming:
        make = (
            grpc.stream_stream_rpc_method_handler
            if handler.response_streaming
            else grpc.stream_unary_rpc_method_handler
        )
    else:
        make = (
            grpc.unary_stream_rpc_method_handler
            if handler.response_streaming
            else grpc.unary_unary_rpc_method_handler
        )
    return make(
        behavior, handler.request_deserializer, handler.response_serializer
    )
