"""Attacks on the door: connections and streams of callers without a name.

What needs memory at a listener of the API is the transport's, which gRPC 1.51
cannot bound: those rows are shown and do not fail a run. `health_listen` is
served by a transport of our own, and bounded; so are descriptors.
"""
import time

import http2
from attack import attack, flooded, judge, repeat, unbounded
from lab import allow, policy, role
from places import ATTACKER, AUTHORIZE

MANY = 1_000_000
BOUND = 512 << 20   # bytes that a bounded transport would do with
HEALTH_WATCH = "/grpc.health.v1.Health/Watch"
HEALTH_CHECK = "/grpc.health.v1.Health/Check"
NO_METHOD = "/no/method"  # is answered without being read


def half_sent(lab, address_of, path):
    server = lab.server()
    body = http2.message(b"x" * ((1 << 20) - 70), claimed=(1 << 20) - 1)

    def attacker(end):
        opened = []
        for _ in range(8):
            one = http2.Connection(address_of(server), ATTACKER)
            one.patience = 0.5
            one.read(0.05)
            for _ in range(256):
                one.open(http2.header_block(path), body, end=False)
            opened.append(one)
        http2.read_all(opened, end - time.monotonic())
        for one in opened:
            one.close()

    return flooded(lab, server, attacker, lab.seconds(8, 5), BOUND)


@attack(3, "half-sent messages", "the memory of messages that are not whole",
        quick=True, reported_as=unbounded(
            "gRPC opens a window to the size that a message claims to have"))
def half_sent_messages(lab):
    """Eight connections send 256 messages each, all but the last bytes."""
    return half_sent(lab, lambda server: server.tcp, AUTHORIZE)


@attack(3, "half-sent messages to health_listen", "limits on every listener")
def half_sent_health(lab):
    """The same where only health is served."""
    return half_sent(lab, lambda server: server.health, HEALTH_CHECK)


def unread(lab, address_of, path, body=b"", **options):
    server = lab.server()

    def attacker(end):
        done = lab.hammer(address_of(server), path, body,
                          end - time.monotonic(), source=ATTACKER,
                          connections=8, **options)
        return f"{done['opened']} calls, {done['closed']} times sent away"

    return flooded(lab, server, attacker, lab.seconds(10, 5), BOUND)


@attack(3, "answers never read", "the memory of answers that wait",
        reported_as=unbounded(
            "gRPC keeps answers for as long as nobody reads them"))
def answers_never_read(lab):
    """Calls without end on connections from which nothing is read."""
    return unread(lab, lambda server: server.tcp, NO_METHOD, open=MANY, read=0,
                  bare=1)


@attack(3, "answers of health never read", "limits on every listener")
def health_never_read(lab):
    """The same where only health is served."""
    return unread(lab, lambda server: server.health, NO_METHOD, open=MANY,
                  read=0, bare=1)


@attack(3, "rapid reset", "CVE-2023-44487", reported_as=unbounded(
    "gRPC counts no resets, and no streams until its settings are known"))
def rapid_reset(lab):
    """Streams that are opened and reset in one breath."""
    return unread(lab, lambda server: server.tcp, AUTHORIZE, reset=1)


@attack(3, "rapid reset of health_listen", "limits on every listener")
def rapid_reset_health(lab):
    """The same where only health is served."""
    return unread(lab, lambda server: server.health, HEALTH_CHECK, reset=1)


@attack(3, "frames whose acknowledgements are never read", "CVE-2019-9512, "
        "CVE-2019-9515", reported_as=unbounded(
            "gRPC answers every frame of a flood"))
def acknowledgements(lab):
    """Settings and pings without end, and nothing is read."""
    server = lab.server()
    frames = (http2.frame(http2.SETTINGS, 0, 0) * 400
              + http2.frame(http2.PING, 0, 0, b"hostile!") * 2)

    def attacker(end):
        sent = 0
        opened = [http2.Connection(server.tcp, ATTACKER) for _ in range(8)]
        for one in opened:
            one.patience = 0.2
        while time.monotonic() < end:
            for i, one in enumerate(opened):
                if one.send(frames):
                    sent += 402
                else:
                    one.close()
                    opened[i] = http2.Connection(server.tcp, ATTACKER)
        for one in opened:
            one.close()
        return f"{sent} frames"

    return flooded(lab, server, attacker, lab.seconds(8, 4), BOUND)


@attack(3, "80,000 watchers of health", "limits on every listener")
def health_watchers(lab):
    """Health.Watch as often as the health listener takes it."""
    server = lab.server()
    count = lab.seconds(80_000, 20_000)

    def attacker(end):
        block = http2.header_block(HEALTH_WATCH)
        body = http2.message(b"")
        opened = []
        while len(opened) * 2_000 < count and time.monotonic() < end:
            one = http2.Connection(server.health, ATTACKER)
            for _ in range(2_000):
                one.open(block, body)
            http2.read_all([one], 0.1)
            opened.append(one)
        http2.read_all(opened, max(end - time.monotonic(), 0))
        started = sum(one.messages for one in opened)
        for one in opened:
            one.close()
        return f"{started} watched"

    return flooded(lab, server, attacker, lab.seconds(15, 6), BOUND)


@attack(3, "all descriptors spent once", "connections are capped below "
        "RLIMIT_NOFILE; liveness proves that listeners accept", quick=True)
def descriptors(lab):
    """1,100 idle connections for four seconds, under `ulimit -n 1024`. The
    listener must accept again afterwards, or liveness must say that it does
    not."""
    server = lab.server([role("Other", policy(allow()))], ulimit_n=1024)
    watching = lab.watch(server)
    sockets = []
    for _ in range(1_100):
        try:
            sockets.append(http2.connect(server.tcp, ATTACKER, 2))
        except OSError:
            break
    time.sleep(4)
    for one in sockets:
        one.close()
    time.sleep(1.5)
    watched = watching.stop()
    back = http2.answers(server.tcp)
    health_back = http2.answers(server.health)
    return judge(server, watched, [
        f"{len(sockets)} connections",
        "" if back else "the listener never accepts again",
        "" if health_back else "health_listen never accepts again"],
                 back and health_back, flooded=True)


@attack(3, "all descriptors spent by health's callers", "caps hold on every "
        "listener, health's too")
def health_descriptors(lab):
    """The same at health_listen, from many addresses, while new callers of
    the API connect."""
    server = lab.server([role("Other", policy(allow()))], ulimit_n=1024)
    token = lab.token("Other")
    watching = lab.watch(server, probe=False)
    sockets = []
    for i in range(1_100):
        try:
            sockets.append(http2.connect(
                server.health, f"127.0.1.{i % 200 + 1}", 2))
        except OSError:
            break
    asked, good = 20, 0
    for _ in range(asked):
        caller = lab.caller(server.tcp, token)
        good += caller.code("AuthorizationService.Authorize", timeout=1,
                            action="a:B", resource="*") == "OK"
        caller.close()
    for one in sockets:
        one.close()
    time.sleep(1)
    watched = watching.stop()
    return judge(server, watched, [
        f"{good} of {asked} new callers were answered"],
                 good >= 0.95 * asked and http2.answers(server.tcp))


@attack(3, "half a million empty checks in a message",
        "messages are measured before they are unpacked",
        reported_as=unbounded(
            "gRPC unpacks a message before our code sees it"))
def empty_checks(lab):
    """A message of 1 MiB may say 524,288 times that there is another check,
    entry or value, and each takes a hundred times as much when unpacked, which
    gRPC does before anybody is asked who is calling."""
    server = lab.server()
    caller = lab.caller(server.tcp)
    size = (1 << 20) - 64
    bodies = [
        ("AuthorizationService.BatchAuthorize", b"\x22\x00" * (size // 2)),
        ("AuthorizationService.BatchAuthorize", b"\x1a\x00" * (size // 2)),
        # Distinct keys of a map.
        ("AuthorizationService.Authorize", b"".join(
            b"\x32\x06\x0a\x04" + i.to_bytes(4, "big").hex().encode()[-4:]
            for i in range(65_536))),
        ("PolicyService.Simulate", b"\x12\x00" * (size // 2)),
        ("PolicyService.Validate", b"\x5a\x00" * (size // 2)),  # unknown
        ("SecurityTokenService.AssumeRole", b"\x32\x00" * (size // 2))]
    actions = [lambda m=m, b=b: caller.start(m, b).exception(10)
               for m, b in bodies for _ in range(3)]
    return flooded(lab, server, lambda end: f"{repeat(end, *actions)} messages",
                  lab.seconds(8, 4), memory=1 << 30)
