"""Calls what is to be awaited as if it were not."""

import asyncio
import inspect
import threading

import rolegate.aio

_LOOP = asyncio.new_event_loop()
threading.Thread(target=_LOOP.run_forever, daemon=True).start()


def _run(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, _LOOP).result()


class Waiting:
    """Something of rolegate.aio whose calls wait for their result."""

    def __init__(self, awaited):
        self._awaited = awaited

    def __getattr__(self, name):
        member = getattr(self._awaited, name)

        def call(*args, **fields):
            # Within the loop, as everything of asyncio must be.
            result = _run(_call(member, args, fields))
            if inspect.isasyncgen(result):
                return _Iterated(result)
            if type(result) in (rolegate.aio.Client, rolegate.aio.Session):
                return Waiting(result)
            return result

        return call


async def _call(member, args, fields):
    result = member(*args, **fields)
    return await result if inspect.isawaitable(result) else result


class _Iterated:
    """An asynchronous generator as an iterator."""

    def __init__(self, generator):
        self._generator = generator

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return _run(self._generator.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None
