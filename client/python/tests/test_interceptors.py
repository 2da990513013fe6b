"""The interceptors before real servers of gRPC, of all four kinds of calls."""

import asyncio
import concurrent.futures
import threading
import time

import grpc
import grpc.aio
import pytest

import rolegate
import rolegate.aio
from rolegate.interceptors import (
    AioRolegateInterceptor,
    RolegateInterceptor,
    access,
    aio_access,
)
from rolegate.v1 import registry_pb2

REQUEST = registry_pb2.ListRolesRequest
ANSWER = registry_pb2.WatchResponse
KINDS = ["unary_unary", "unary_stream", "stream_unary", "stream_stream"]
RULES = [
    {"rpc": "/shop.Orders/Public", "public": True},
    {
        "rpc": "/shop.Orders/Field",
        "action": "orders:Get",
        "resource": "arn:aws:orders:::{path_prefix}",
    },
    {
        "rpc": "/shop.Orders/*",
        "action": "orders:Get",
        "resource": "arn:aws:orders:::any",
    },
]


class Orders:
    """Handlers that say by what they were let pass."""

    def __init__(self, access):
        self.access = access
        self.handled = 0
        self.lock = threading.Lock()

    def told(self):
        with self.lock:
            self.handled += 1
        try:
            found = self.access()
        except LookupError:
            return ANSWER(revision="public")
        return ANSWER(
            revision=f"{found.action} {found.resource} "
            f"{found.decision.decision_id}"
        )

    def unary_unary(self, request, context):
        return self.told()

    def unary_stream(self, request, context):
        yield self.told()
        yield self.told()

    def stream_unary(self, requests, context):
        list(requests)
        return self.told()

    def stream_stream(self, requests, context):
        for _ in requests:
            yield self.told()


class AioOrders(Orders):
    """The same as coroutines and asynchronous generators."""

    async def unary_unary(self, request, context):
        return self.told()

    async def unary_stream(self, request, context):
        yield self.told()
        yield self.told()

    async def stream_unary(self, requests, context):
        [each async for each in requests]
        return self.told()

    async def stream_stream(self, requests, context):
        async for _ in requests:
            yield self.told()


class WritingOrders(AioOrders):
    """Coroutines that write and read by their context."""

    async def unary_stream(self, request, context):
        await context.write(self.told())
        await context.write(self.told())

    async def stream_stream(self, requests, context):
        while await context.read() is not grpc.aio.EOF:
            await context.write(self.told())


class Handlers(grpc.GenericRpcHandler):
    """`/shop.Orders/NAME` by the kind that metadata names."""

    def __init__(self, orders):
        self.orders = orders

    def service(self, details):
        if details.method.endswith("/NoSuch"):
            return None
        kind = dict(details.invocation_metadata)["kind"]
        return getattr(grpc, f"{kind}_rpc_method_handler")(
            getattr(self.orders, kind),
            REQUEST.FromString,
            ANSWER.SerializeToString,
        )


class Plain:
    """A guarded server with threads."""

    def __init__(self, service, **guard):
        self.orders = Orders(access)
        self.client = rolegate.Client(service.address, timeout=1)
        self.pool = concurrent.futures.ThreadPoolExecutor(16)
        self.server = grpc.server(
            self.pool,
            handlers=[Handlers(self.orders)],
            interceptors=[RolegateInterceptor(self.client, RULES, **guard)],
        )
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def stop(self):
        self.server.stop(0).wait()
        self.pool.shutdown()
        self.client.close()


class Aio:
    """A guarded server with an event loop in a thread of its own."""

    orders_type = AioOrders

    def __init__(self, service, **guard):
        self.orders = self.orders_type(aio_access)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.client = rolegate.aio.Client(service.address, timeout=1)
        self.run(self.start(guard))

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    async def start(self, guard):
        self.server = grpc.aio.server(
            concurrent.futures.ThreadPoolExecutor(16),
            handlers=[Handlers(self.orders)],
            interceptors=[AioRolegateInterceptor(self.client, RULES, **guard)],
        )
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        await self.server.start()

    def stop(self):
        self.run(self.server.stop(0))
        self.run(self.client.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


class AioWriting(Aio):
    orders_type = WritingOrders


class AioPlain(Aio):
    orders_type = Orders


SERVERS = [Plain, Aio, AioWriting, AioPlain]


@pytest.fixture(params=SERVERS, ids=lambda each: each.__name__)
def server(request, service):
    found = request.param(service)
    yield found
    found.stop()


def call(server, kind, *, method="Get", token="good", message=None, **more):
    """The answers' revisions; raises what the call brings."""
    metadata = more.pop("metadata", [("authorization", f"Bearer {token}")])
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = getattr(channel, kind)(
            f"/shop.Orders/{method}",
            REQUEST.SerializeToString,
            ANSWER.FromString,
        )
        message = message or REQUEST(path_prefix="7")
        answer = stub(
            iter([message, message]) if kind.startswith("stream") else message,
            metadata=[("kind", kind), *metadata],
            timeout=10,
            **more,
        )
        if kind.endswith("unary"):
            return [answer.revision]
        return [each.revision for each in answer]


@pytest.mark.parametrize("kind", KINDS)
def test_allowed(server, service, kind):
    """A stream is asked about once, and its handler has the decision."""
    answers = call(server, kind)
    assert answers == ["orders:Get arn:aws:orders:::any decision-1"] * (
        1 if kind.endswith("unary") else 2
    )
    assert len(service.requests) == 1
    assert service.requests[0].session_token == "good"


@pytest.mark.parametrize("kind", KINDS)
def test_denied(server, kind):
    with pytest.raises(grpc.RpcError) as found:
        call(server, kind, token="denied")
    assert found.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert "decision-1" in found.value.details()
    assert "secret policy" not in found.value.details()
    assert server.orders.handled == 0


@pytest.mark.parametrize("kind", KINDS)
def test_public(server, service, kind):
    assert set(call(server, kind, method="Public", token="forged")) == {
        "public"
    }
    assert service.requests == []


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("expired", "UNAUTHENTICATED"),
        ("forged", "UNAUTHENTICATED"),
        ("malformed", "PERMISSION_DENIED"),
        ("busy", "UNAVAILABLE"),
        ("loading", "UNAVAILABLE"),
        ("stranger", "UNAVAILABLE"),
        ("nameless", "UNAVAILABLE"),
        ("broken", "UNAVAILABLE"),
        ("slow", "UNAVAILABLE"),
        ("x" * 6145, "UNAUTHENTICATED"),
        ("a b", "UNAUTHENTICATED"),
    ],
)
def test_refusals(server, token, code):
    with pytest.raises(grpc.RpcError) as found:
        call(server, "unary_unary", token=token)
    assert found.value.code().name == code
    assert token not in found.value.details()
    assert server.orders.handled == 0


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "Bearer good"), ("authorization", "Bearer good")],
        [("authorization", "good")],
        [("authorization", "Bearer")],
        [("authorization-bin", b"Bearer good")],
        [("x-session", "good")],
    ],
)
def test_no_token(server, service, metadata):
    with pytest.raises(grpc.RpcError) as found:
        call(server, "unary_unary", metadata=metadata)
    assert found.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert service.requests == []


def test_fields_of_the_message(server, service):
    answer = call(server, "unary_unary", method="Field")
    assert answer == ["orders:Get arn:aws:orders:::7 decision-1"]
    for kind, message in [
        ("unary_unary", REQUEST(page_size=7)),
        # A stream has no one message, so that nothing is let pass.
        ("stream_stream", REQUEST(path_prefix="7")),
    ]:
        with pytest.raises(grpc.RpcError) as found:
            call(server, kind, method="Field", message=message)
        assert found.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert len(service.requests) == 1


def test_a_method_that_is_not_there(server, service):
    with pytest.raises(grpc.RpcError) as found:
        call(server, "unary_unary", method="NoSuch")
    assert found.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert service.requests == []


def test_many_callers_get_each_their_own(server):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda number: call(
                    server,
                    "unary_stream" if number % 2 else "unary_unary",
                    method="Field",
                    message=REQUEST(path_prefix=f"n{number}"),
                ),
                range(50),
            )
        )
    for number, answer in enumerate(answers):
        assert {each.split()[1] for each in answer} == {
            f"arn:aws:orders:::n{number}"
        }


def test_rolegate_is_gone(server, service):
    service.server.stop(0).wait()
    with pytest.raises(grpc.RpcError) as found:
        call(server, "unary_unary")
    assert found.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.orders.handled == 0


def test_a_caller_who_goes_away(service):
    """A handler is not begun for a caller who has left while it was asked."""
    for kind in (Plain, Aio):
        server = kind(service)
        try:
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                future = channel.unary_unary(
                    "/shop.Orders/Get", REQUEST.SerializeToString
                ).future(
                    REQUEST(),
                    metadata=[
                        ("kind", "unary_unary"),
                        ("authorization", "Bearer good-but-late"),
                    ],
                )
                deadline = time.monotonic() + 5
                while not service.requests and time.monotonic() < deadline:
                    time.sleep(0.01)
                future.cancel()
            time.sleep(0.5)
            assert server.orders.handled == 0
        finally:
            server.stop()
            service.requests.clear()


@pytest.mark.parametrize("kind", [Plain, Aio])
def test_more_context(service, kind):
    messages = []

    def more(details, message):
        messages.append(message)
        return {
            "orders:Prefix": message.path_prefix,
            "orders:Method": details.method,
        }

    server = kind(service, header="X-Session", context=more)
    try:
        call(server, "unary_unary", metadata=[("x-session", "good")])
        context = service.requests[0].context
        assert context["orders:Prefix"].values == ["7"]
        assert context["orders:Method"].values == ["/shop.Orders/Get"]
        # A context function that fails lets nobody pass.
        with pytest.raises(grpc.RpcError) as found:
            call(server, "stream_unary", metadata=[("x-session", "good")])
        assert found.value.code() == grpc.StatusCode.UNAVAILABLE
        assert server.orders.handled == 1
        assert messages == [REQUEST(path_prefix="7"), None]
    finally:
        server.stop()


def test_nothing_stays_behind():
    with pytest.raises(LookupError, match="not behind RolegateInterceptor"):
        access()
    with pytest.raises(LookupError, match="not behind AioRolegateInterceptor"):
        aio_access()
