"""Guarded services of the driver: real servers in threads of this process.

Each imports its own framework, for importing takes longer than most scenarios.
"""

import asyncio
import concurrent.futures
import json
import socket
import threading

import grpc
import grpc.aio

from rolegate import asgi, interceptors
from rolegate.v1 import registry_pb2, registry_pb2_grpc

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


class Count:
    """How many calls reached the handlers."""

    def __init__(self):
        self.lock = threading.Lock()
        self.handled = 0

    def one(self):
        with self.lock:
            self.handled += 1


def told(access):
    """What a handler got, as the driver's answers have it."""
    if access is None:
        return {"action": "", "resource": "", "decision_id": ""}
    return {
        "action": access.action,
        "resource": access.resource,
        "decision_id": access.decision.decision_id,
    }


# --- Applications ----------------------------------------------------------


def fastapi(count, **guard):
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.api_route("/{path:path}", methods=METHODS)
    async def anything(request: Request):
        count.one()
        return told(request.scope["rolegate"])

    app.add_middleware(asgi.RolegateMiddleware, **guard)
    # Now rather than when the server starts, so that errors are told here.
    app.middleware_stack = app.build_middleware_stack()
    return app


def starlette(count, **guard):
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Mount, Route

    async def anything(request):
        count.one()
        return JSONResponse(told(request.scope["rolegate"]))

    # Half of it behind a mount, which must not hide what the path was.
    app = Starlette(
        routes=[
            Mount(
                "/orders",
                routes=[Route("/{path:path}", anything, methods=METHODS)],
            ),
            Route("/{path:path}", anything, methods=METHODS),
        ]
    )
    app.add_middleware(asgi.RolegateMiddleware, **guard)
    # Now rather than when the server starts, so that errors are told here.
    app.middleware_stack = app.build_middleware_stack()
    return app


def plain(count, **guard):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        count.one()
        body = json.dumps(told(scope["rolegate"])).encode()
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": body})

    return asgi.RolegateMiddleware(app, **guard)


def address_of(listening):
    return f"127.0.0.1:{listening.getsockname()[1]}"


class Uvicorn:
    """A server of HTTP in a thread with an event loop of its own."""

    def __init__(self, app):
        import uvicorn

        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.address = address_of(self.listening)
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="on")
        )
        self.thread = threading.Thread(
            target=self.server.run, args=([self.listening],), daemon=True
        )
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("uvicorn did not start")
            self.thread.join(0.01)

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)
        self.listening.close()


class Hypercorn:
    """The same by another server."""

    def __init__(self, app):
        import hypercorn.config

        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        self.address = address_of(listening)
        self.ending = threading.Event()
        config = hypercorn.config.Config()
        config.bind = [f"fd://{listening.detach()}"]
        config.accesslog = config.errorlog = None
        self.thread = threading.Thread(
            target=self.run, args=(app, config), daemon=True
        )
        self.thread.start()

    def run(self, app, config):
        import hypercorn.asyncio

        async def ended():
            await asyncio.to_thread(self.ending.wait)

        asyncio.run(
            hypercorn.asyncio.serve(app, config, shutdown_trigger=ended)
        )

    def stop(self):
        self.ending.set()
        self.thread.join(10)


# --- gRPC ------------------------------------------------------------------


def summary(access):
    got = told(access)
    return registry_pb2.RoleSummary(
        arn=got["action"], role_name=got["resource"], role_id=got["decision_id"]
    )


def or_none(access):
    try:
        return access()
    except LookupError:
        return None


class Roles(registry_pb2_grpc.RegistryServiceServicer):
    """Plain functions, for both kinds of servers."""

    def __init__(self, count, access):
        self.count = count
        self.access = access

    def got(self):
        self.count.one()
        return or_none(self.access)

    def GetRole(self, request, context):
        return registry_pb2.GetRoleResponse(role=summary(self.got()))

    def ListRoles(self, request, context):
        return registry_pb2.ListRolesResponse(roles=[summary(self.got())])

    def GetStatus(self, request, context):
        return registry_pb2.GetStatusResponse(
            revision=told(self.got())["decision_id"]
        )

    def Watch(self, request, context):
        yield registry_pb2.WatchResponse(
            revision=told(self.got())["decision_id"]
        )


class AioRoles(registry_pb2_grpc.RegistryServiceServicer):
    """The same as coroutines."""

    def __init__(self, count, access):
        self.roles = Roles(count, access)

    async def GetRole(self, request, context):
        return self.roles.GetRole(request, context)

    async def ListRoles(self, request, context):
        return self.roles.ListRoles(request, context)

    async def GetStatus(self, request, context):
        return self.roles.GetStatus(request, context)

    async def Watch(self, request, context):
        for response in self.roles.Watch(request, context):
            yield response


class Grpc:
    """grpc.server with a pool of threads."""

    def __init__(self, count, **guard):
        self.pool = concurrent.futures.ThreadPoolExecutor(16)
        self.server = grpc.server(
            self.pool, interceptors=[interceptors.RolegateInterceptor(**guard)]
        )
        registry_pb2_grpc.add_RegistryServiceServicer_to_server(
            Roles(count, interceptors.access), self.server
        )
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"
        self.server.start()

    def stop(self):
        self.server.stop(1).wait()
        self.pool.shutdown()


class GrpcAio:
    """grpc.aio.server, with coroutines or plain functions as handlers."""

    def __init__(self, count, servicer, **guard):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(
            target=self.loop.run_forever, daemon=True
        )
        self.thread.start()
        self.address = self.run(
            self.start(
                interceptors.AioRolegateInterceptor(**guard),
                servicer(count, interceptors.aio_access),
            )
        )

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def start(self, interceptor, servicer):
        self.server = grpc.aio.server(
            concurrent.futures.ThreadPoolExecutor(64),
            interceptors=[interceptor],
        )
        registry_pb2_grpc.add_RegistryServiceServicer_to_server(
            servicer, self.server
        )
        port = self.server.add_insecure_port("127.0.0.1:0")
        await self.server.start()
        return f"127.0.0.1:{port}"

    def stop(self):
        self.run(self.server.stop(1))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


HTTP = {
    "fastapi": lambda count, **guard: Uvicorn(fastapi(count, **guard)),
    "starlette": lambda count, **guard: Uvicorn(starlette(count, **guard)),
    "asgi-hypercorn": lambda count, **guard: Hypercorn(plain(count, **guard)),
}
GRPC = {
    "grpc": Grpc,
    "grpc-aio": lambda count, **guard: GrpcAio(count, AioRoles, **guard),
    "grpc-aio-plain": lambda count, **guard: GrpcAio(count, Roles, **guard),
}


class Server:
    """A guarded service, until it is stopped."""

    def __init__(self, kind, framework, sync_client, aio_client, rules, header):
        self.count = Count()
        made = {"http": HTTP, "grpc": GRPC}[kind][framework]
        self.serving = made(
            self.count,
            rules=rules,
            header=header,
            client=sync_client if framework == "grpc" else aio_client,
        )
        self.address = self.serving.address

    def stop(self):
        self.serving.stop()
        return self.count.handled
