"""Probes of health and liveness, in a process of their own.

A library's threads and Python's lock would add their own waiting to what is
measured, so every probe is a thread with a socket, and the process asks for a
higher priority. Asks each target at fixed moments and prints a line once all
have answered; when a line comes, prints JSON, for each kind of target:
  KIND_ms (the slowest answer) and KIND_p99_ms; null if there is no such target
"""
import json
import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http2  # noqa: E402

EVERY = 0.1
TIMEOUT = 5.0
BLOCK = http2.header_block("/grpc.health.v1.Health/Check")
# HealthCheckResponse{status: SERVING}.
SERVING = http2.message(b"\x08\x01")


class Probe:
    """Asks one address for the health of one service."""

    def __init__(self, address, service):
        self.address = address
        self.body = http2.message(
            b"\n" + bytes([len(service)]) + service.encode() if service
            else b"")
        self.times = []
        self.connection = None
        self.first, self.stop = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        due = time.monotonic()
        while not self.stop.is_set():
            due += EVERY
            begin = time.monotonic()
            answered = self.ask(begin + TIMEOUT)
            self.times.append(time.monotonic() - begin if answered
                              else TIMEOUT)
            self.first.set()
            time.sleep(max(due - time.monotonic(), 0))

    def ask(self, end):
        """Whether the service is said to serve until then. A connection that
        is closed is opened anew, as clients do."""
        while time.monotonic() < end:
            try:
                if self.connection is None:
                    self.connection = http2.Connection(self.address)
                    if not self.address.startswith("unix:"):
                        self.connection.socket.setsockopt(
                            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.answer(self.connection, end):
                    return True
                self.connection.close()
            except OSError:
                time.sleep(0.01)
            self.connection = None
        return False

    def answer(self, one, end):
        stream = one.open(BLOCK, self.body)
        heard = b""
        while stream not in one.ended and not one.closed:
            one.socket.settimeout(max(end - time.monotonic(), 0.001))
            data = one.socket.recv(1 << 16)
            if not data:
                return False
            heard += data
            one._take(data)
        return stream in one.ended and SERVING in heard


def main():
    wanted = json.loads(sys.argv[1])
    try:
        os.nice(-10)  # who measures must not wait for a processor
    except OSError:
        pass
    probes = {kind: [Probe(address, service) for service in services]
              for kind, (address, services) in wanted.items() if address}
    everyone = [probe for each in probes.values() for probe in each]
    for probe in everyone:
        probe.first.wait(10)
        probe.times.clear()  # the first was for connecting
    print("ready", flush=True)
    sys.stdin.readline()
    for probe in everyone:
        probe.stop.set()
    for probe in everyone:
        probe.thread.join(TIMEOUT + 1)
    told = {}
    for kind in wanted:
        times = sorted(t for probe in probes.get(kind, ())
                       for t in probe.times)
        told[f"{kind}_ms"] = times[-1] * 1e3 if times else None
        told[f"{kind}_p99_ms"] = times[min(
            int(0.99 * len(times)), len(times) - 1)] * 1e3 if times else None
    print(json.dumps(told), flush=True)
    os._exit(0)


main()
