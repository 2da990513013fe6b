"""FastAPI and Starlette with real servers: mounts, sub-routing, websockets."""

import asyncio
import http.client

import pytest
import websockets.asyncio.client
import websockets.exceptions
from fastapi import FastAPI, WebSocket
from serving import Hypercorn, Uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from rolegate.asgi import RolegateMiddleware, access

RULES = [
    {"method": "GET", "path": "/open", "public": True},
    {
        "method": "*",
        "path": "/files/{path...}",
        "action": "files:Read",
        "resource": "arn:aws:files:::{path}",
    },
    {
        "method": "GET",
        "path": "/socket/{room}",
        "action": "rooms:Enter",
        "resource": "arn:aws:rooms:::{room}",
    },
]
GOOD = {"Authorization": "Bearer good"}


def told(request):
    return PlainTextResponse(access(request).resource)


def mounted():
    """An application within another, whose paths are rewritten."""
    inner = Starlette(routes=[Route("/{path:path}", told)])
    return Starlette(routes=[Mount("/files", inner), Mount("/", inner)])


def sockets():
    app = FastAPI()

    @app.websocket("/socket/{room}")
    async def socket(websocket: WebSocket, room: str):
        await websocket.accept()
        await websocket.send_text(access(websocket).resource)
        await websocket.close()

    return app


@pytest.fixture(params=[Uvicorn, Hypercorn], ids=lambda each: each.__name__)
def serve(request, aio_client):
    started = []

    def start(app, **guard):
        app.add_middleware(
            RolegateMiddleware, client=aio_client, rules=RULES, **guard
        )
        started.append(request.param(app))
        return started[0].address

    yield start
    for each in started:
        each.stop()


def get(address, path, headers=GOOD):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_a_mount_does_not_hide_the_path(serve, service):
    address = serve(mounted())
    assert get(address, "/files/a%20b/c") == (200, "arn:aws:files:::a b/c")
    assert get(address, "/other/files/a")[0] == 403
    # What an inner router would read as another path reaches none.
    for path in ("/files/..%2fopen", "/files//a", "/open/../files/a"):
        assert get(address, path)[0] in (400, 403)
    assert len(service.requests) == 1


def test_the_middleware_behind_a_mount(aio_client):
    inner = mounted()
    inner.add_middleware(RolegateMiddleware, client=aio_client, rules=RULES)
    outer = Starlette(routes=[Mount("/files", inner)])
    server = Uvicorn(outer)
    try:
        assert get(server.address, "/files/a") == (200, "arn:aws:files:::a")
        assert get(server.address, "/files/a", {})[0] == 401
    finally:
        server.stop()


def test_a_public_route_has_no_access(serve):
    app = Starlette(
        routes=[
            Route(
                "/open", lambda r: PlainTextResponse(str(r.scope["rolegate"]))
            )
        ]
    )
    assert get(serve(app), "/open", {}) == (200, "None")


def connect(address, path, headers=GOOD):
    async def main():
        async with websockets.asyncio.client.connect(
            f"ws://{address}{path}", additional_headers=headers
        ) as socket:
            return await socket.recv()

    return asyncio.run(main())


def test_a_websocket(serve, service):
    address = serve(sockets())
    assert connect(address, "/socket/7") == "arn:aws:rooms:::7"
    for path, headers, statuses in [
        ("/socket/7", {}, (401, 403)),
        ("/socket/7", {"Authorization": "Bearer denied"}, (403,)),
        ("/socket/7", {"Authorization": "Bearer expired"}, (401, 403)),
        ("/socket/7", {"Authorization": "Bearer broken"}, (403, 503)),
        ("/socket/7/8", GOOD, (403,)),
    ]:
        with pytest.raises(websockets.exceptions.InvalidStatus) as found:
            connect(address, path, headers)
        assert found.value.response.status_code in statuses
    assert len(service.requests) == 4
