"""Keeps calls in flight through a bare gRPC channel; see ../README.md."""
import collections
import itertools
import json
import queue
import sys
import threading

import grpc

from rolegate.v1 import (authorization_pb2, authorization_pb2_grpc,
                         decision_pb2)

DEADLINE = 30  # a call that takes longer hangs
OPEN = "arn:aws:s3:::reports/"
SECRET = "arn:aws:s3:::reports/secret/"

Sent = collections.namedtuple("Sent", "id name expected checks")


def resource(n, name):
    """One that may be read if `n` is even, and its decision."""
    if n % 2 == 0:
        return OPEN + name, decision_pb2.DECISION_ALLOW
    return SECRET + name, decision_pb2.DECISION_EXPLICIT_DENY


def told(error):
    return f"{error.code().name}: {error.details()}"


def wrong(answer, waiting):
    """What is wrong with an answer, or None."""
    if not waiting or waiting[0].id != answer.correlation_id:
        return "an answer out of order"
    if answer.HasField("error"):
        return f"refused: {answer.error.code}: {answer.error.message}"
    results = answer.batch.results
    if len(results) != waiting[0].checks:
        return f"{len(results)} results"
    if any(each.decision != waiting[0].expected for each in results):
        return "a wrong decision"
    return None


class Client:
    def __init__(self, order):
        self.order = order
        self.metadata = (("authorization", f"Bearer {order['token']}"),)
        self.stub = authorization_pb2_grpc.AuthorizationServiceStub(
            self.connect())
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.counts = {name: collections.Counter() for name in (
            "answered", "failures", "streamed", "ends", "faults")}
        self.unanswered = []

    def connect(self):
        targets = self.order["targets"]
        target = (targets[0] if targets[0].startswith("unix:")
                  else "ipv4:" + ",".join(targets))
        options = [("grpc.lb_policy_name", "round_robin")]
        tls = self.order.get("tls")
        if tls is None:
            return grpc.insecure_channel(target, options)
        read = {}
        for name in ("ca", "key", "cert"):
            with open(tls[name], "rb") as file:
                read[name] = file.read()
        options.append(("grpc.ssl_target_name_override", tls["name"]))
        return grpc.secure_channel(
            target, grpc.ssl_channel_credentials(*read.values()), options)

    def count(self, kind, name):
        with self.lock:
            self.counts[kind][name] += 1

    def call(self):
        for n in itertools.count():
            if self.ended.is_set():
                return
            name, expected = resource(n, "a")
            request = authorization_pb2.AuthorizeRequest(
                action="s3:GetObject", resource=name)
            try:
                answer = self.stub.Authorize(request, timeout=DEADLINE,
                                             metadata=self.metadata)
            except grpc.RpcError as error:
                self.count("failures", told(error))
                continue
            if answer.decision != expected:
                self.count("failures", "a wrong decision")
            else:
                self.count("answered", answer.registry_revision)

    def stream(self, worker):
        for round_ in itertools.count():
            if self.ended.is_set():
                return
            self.stream_once(f"stream-python-{worker}-{round_}",
                             endless=worker % 2 == 1)

    def stream_once(self, prefix, endless):
        """Sends messages, a window of them ahead of the answers, and ends after
        so many, or when the server ends it."""
        requests = queue.SimpleQueue()
        waiting = collections.deque()
        numbers = (itertools.count(1) if endless
                   else iter(range(1, self.order["messages"] + 1)))

        def send():
            n = None if self.ended.is_set() else next(numbers, None)
            if n is None:
                requests.put(None)
                return
            checks = self.order["large"] if n % 20 == 0 else 1
            name, expected = resource(n, f"{prefix}-{n}.")
            waiting.append(Sent(n, f"{prefix}-{n}.", expected, checks))
            check = authorization_pb2.AuthorizationCheck(
                action="s3:GetObject", resource=name)
            requests.put(authorization_pb2.AuthorizeStreamRequest(
                correlation_id=n,
                batch=authorization_pb2.BatchAuthorizeRequest(
                    checks=[check] * checks)))

        call = self.stub.AuthorizeStream(
            iter(requests.get, None), timeout=None if endless else DEADLINE,
            metadata=self.metadata)
        try:
            for _ in range(self.order["window"]):
                send()
            for answer in call:
                fault = wrong(answer, waiting)
                if fault is not None:
                    self.count("faults", fault)
                    call.cancel()
                    return
                waiting.popleft()
                self.count("streamed", answer.batch.registry_revision)
                send()
            self.end("OK", waiting)
        except grpc.RpcError as error:
            self.end(told(error), waiting)
        finally:
            requests.put(None)

    def end(self, name, waiting):
        with self.lock:
            self.counts["ends"][name] += 1
            if name == "OK" and waiting:
                self.counts["faults"]["answers are missing at the end"] += 1
            self.unanswered += [one.name for one in waiting]

    def report(self, last):
        with self.lock:
            print(json.dumps({**self.counts, "unanswered": self.unanswered,
                              "last": last}), flush=True)


def main():
    client = Client(json.loads(sys.argv[1]))
    workers = [threading.Thread(target=client.call)
               for _ in range(client.order["calls"])]
    workers += [threading.Thread(target=client.stream, args=(i,))
                for i in range(client.order["streams"])]
    for worker in workers:
        worker.start()
    for _ in sys.stdin:
        client.report(False)
    client.ended.set()
    for worker in workers:
        worker.join()
    client.report(True)


main()
