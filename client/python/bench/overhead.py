"""What the client costs over the bare stub; client/conformance/README.md.

run TARGET TOKEN SECONDS
"""

import asyncio
import concurrent.futures
import json
import statistics
import sys
import time

import grpc
import grpc.aio

import rolegate
import rolegate.aio
from rolegate.v1 import authorization_pb2, authorization_pb2_grpc

ACTION, RESOURCE = "s3:GetObject", "arn:aws:s3:::example-bucket/a"
ROUNDS = 7


def p50_us(times):
    return statistics.median(times) * 1e6


def rounds(measure, asks):
    """Both ways in turns; `measure` gives the calls' times and their span."""
    found = {"stub": [], "client": []}
    for ask in asks.values():
        measure(ask, 0.1)
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            times, span = measure(ask, SECONDS)
            found[name].append((p50_us(times), len(times) / span))
    return {
        f"{name}_{figure}": round(
            statistics.median(each[i] for each in rows), 1
        )
        for name, rows in found.items()
        for i, figure in enumerate(("p50_us", "calls_per_s"))
    }


def request():
    return authorization_pb2.AuthorizeRequest(action=ACTION, resource=RESOURCE)


# --- Threads ---------------------------------------------------------------


def plain():
    metadata = (("authorization", f"Bearer {TOKEN}"),)
    channel = grpc.insecure_channel(TARGET)
    stub = authorization_pb2_grpc.AuthorizationServiceStub(channel)
    client = rolegate.Client(TARGET, session_token=TOKEN)
    session = rolegate.Session(client)

    def by_stub():
        response = stub.Authorize(request(), timeout=5, metadata=metadata)
        return response.decision

    def by_client():
        return session.authorize(ACTION, RESOURCE).allowed

    asks = {"stub": by_stub, "client": by_client}

    def one(ask, seconds):
        times = []
        begin = now = time.perf_counter()
        while now - begin < seconds:
            before = now
            ask()
            now = time.perf_counter()
            times.append(now - before)
        return times, now - begin

    def many(ask, seconds):
        begin = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            threads = [pool.submit(one, ask, seconds) for _ in range(64)]
            times = [each for thread in threads for each in thread.result()[0]]
        return times, time.perf_counter() - begin

    return {"1": rounds(one, asks), "64": rounds(many, asks)}


# --- asyncio ---------------------------------------------------------------


def awaited():
    loop = asyncio.new_event_loop()
    metadata = (("authorization", f"Bearer {TOKEN}"),)

    async def connect():
        channel = grpc.aio.insecure_channel(TARGET)
        stub = authorization_pb2_grpc.AuthorizationServiceStub(channel)
        client = rolegate.aio.Client(TARGET, session_token=TOKEN)
        return stub, rolegate.aio.Session(client)

    stub, session = loop.run_until_complete(connect())

    async def by_stub():
        response = await stub.Authorize(request(), timeout=5, metadata=metadata)
        return response.decision

    async def by_client():
        return (await session.authorize(ACTION, RESOURCE)).allowed

    async def one(ask, seconds):
        times = []
        begin = now = time.perf_counter()
        while now - begin < seconds:
            before = now
            await ask()
            now = time.perf_counter()
            times.append(now - before)
        return times

    def measure(in_flight):
        async def run(ask, seconds):
            begin = time.perf_counter()
            found = await asyncio.gather(
                *(one(ask, seconds) for _ in range(in_flight))
            )
            span = time.perf_counter() - begin
            return [each for times in found for each in times], span

        return lambda ask, seconds: loop.run_until_complete(run(ask, seconds))

    asks = {"stub": by_stub, "client": by_client}
    return {"1": rounds(measure(1), asks), "64": rounds(measure(64), asks)}


AIO = sys.argv[1:2] == ["--aio"]
TARGET, TOKEN = sys.argv[2 if AIO else 1 :][:2]
SECONDS = float(sys.argv[-1])
figures = awaited() if AIO else plain()
print(json.dumps({"client": "python-aio" if AIO else "python", **figures}))
