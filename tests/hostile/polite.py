"""Those who mean no harm, while somebody else does.

Asks one small question again and again, at fixed moments whether or not the
last was answered. Prints a line once it was answered for the first time; when a
line comes, prints JSON:
  calls, answered (rightly and in time), silence_s (the longest time without an
  answer), p50_ms, p99_ms, errors ({name: count})
"""
import collections
import json
import os
import sys
import threading
import time

import grpc

sys.path.insert(0, os.environ["HOSTILE_PROTOS"])
from rolegate.v1 import authorization_pb2  # noqa: E402

IN_TIME = 1.0      # seconds a caller waits
EVERY = 0.02       # seconds between two questions
LAST_ANSWERS = 1.0


class Asker:
    """Asks one thing at fixed moments and keeps what became of it."""

    def __init__(self, ask, is_right, every):
        self.ask, self.is_right, self.every = ask, is_right, every
        self.lock = threading.Lock()
        self.times = []   # (when asked, seconds until the answer)
        self.errors = collections.Counter()
        self.asked = 0
        self.stop = threading.Event()
        self.first = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        due = time.monotonic()
        while not self.stop.is_set():
            due += self.every
            begin = time.monotonic()
            self.asked += 1
            future = self.ask()
            future.add_done_callback(
                lambda done, begin=begin: self.done(done, begin))
            time.sleep(max(due - time.monotonic(), 0))

    def done(self, future, begin):
        took = time.monotonic() - begin
        error = future.exception() if not future.cancelled() else "cancelled"
        with self.lock:
            if error is None and self.is_right(future.result()):
                self.times.append((begin, took))
            elif error is None:
                self.errors["WRONG_ANSWER"] += 1
            elif isinstance(error, grpc.RpcError):
                self.errors[error.code().name] += 1
            else:
                self.errors[str(error)] += 1
        self.first.set()

    def latencies(self):
        with self.lock:
            return sorted(took for _, took in self.times)

    def silence(self, begin, end):
        """The longest time without an answer."""
        with self.lock:
            ends = sorted(when + took for when, took in self.times)
        marks = [begin, *ends, end]
        return max(b - a for a, b in zip(marks, marks[1:]))


def percentile(sorted_values, share):
    if not sorted_values:
        return float("inf")
    return sorted_values[min(int(share * len(sorted_values)),
                             len(sorted_values) - 1)]


def channel(address):
    return grpc.insecure_channel(address, [
        ("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 300)])


def main():
    wanted = json.loads(sys.argv[1])
    try:
        os.nice(-10)  # who measures must not wait for a core
    except OSError:
        pass
    request = authorization_pb2.AuthorizeRequest(
        action=wanted["action"], resource=wanted["resource"])
    authorize = channel(wanted["address"]).unary_unary(
        "/rolegate.v1.AuthorizationService/Authorize",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=authorization_pb2.AuthorizeResponse.FromString)
    metadata = wanted.get("metadata", [])
    if wanted["token"]:
        metadata = [("authorization", "Bearer " + wanted["token"])]
    allow = authorization_pb2.AuthorizeResponse.DESCRIPTOR.fields_by_name[
        "decision"].enum_type.values_by_name["DECISION_ALLOW"].number
    callers = Asker(lambda: authorize.future(request, timeout=IN_TIME,
                                             metadata=metadata),
                    lambda answer: answer.decision == allow, EVERY)
    callers.first.wait(10)
    with callers.lock:  # what the first calls took was for connecting
        callers.times.clear()
        callers.errors.clear()
        callers.asked = 0
    begin = time.monotonic()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic()
    callers.stop.set()
    time.sleep(LAST_ANSWERS)
    latencies = callers.latencies()
    print(json.dumps({
        "calls": callers.asked, "answered": min(len(latencies), callers.asked),
        "silence_s": callers.silence(begin, end),
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
        "errors": dict(callers.errors)}), flush=True)
    os._exit(0)  # calls that are never answered keep nobody


main()
