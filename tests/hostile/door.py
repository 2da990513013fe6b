"""Attacks on the door: connections and streams of callers without a name.

What needs memory at a listener of the API is the transport's, which gRPC 1.51
cannot bound: those rows are shown and do not fail a run. `health_listen` is
served by a transport of our own, and bounded; so are descriptors.
"""
import gzip
import re
import subprocess
import time

import http2
from attack import attack, flooded, judge, repeat, unbounded
from lab import allow, policy, role
from places import ATTACKER, AUTHORIZE, OTHER, STREAM, bearer
from registry import tally

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


def idle_frames():
    """(kind, a frame that asks for nothing after stream 1 has ended)."""
    yield "data of a stream that has ended", http2.frame(http2.DATA, 0, 1, b"x")
    yield "the same of nothing", http2.frame(http2.DATA, 0, 1)
    yield "the same of padding", http2.frame(http2.DATA, 8, 1, b"\x02xx")
    yield "windows of a stream that has ended", http2.frame(
        http2.WINDOW_UPDATE, 0, 1, b"\0\0\0\1")
    yield "pongs", http2.frame(http2.PING, http2.ACK, 0, b"hostile!")
    yield "settings", http2.frame(http2.SETTINGS, 0, 0)
    yield "alternative services", http2.frame(10, 0, 0, b"\0\1hx")
    yield "origins", http2.frame(12, 0, 0)
    yield "frames of no known type", http2.frame(0xfa, 0, 0)
    yield "the same on a stream", http2.frame(0xfa, 0, 1, b"hostile!")


@attack(3, "each kind of frame that asks for nothing", "every frame counts, "
        "also where nobody hears of it", quick=True, reported_as=unbounded(
            "gRPC skips such frames"))
def each_idle_frame(lab):
    """200,000 frames of a kind, as fast as the server reads them. Each kind
    must be sent away for it."""
    server = lab.server()
    tried = []
    for kind, frame in idle_frames():
        one = http2.Connection(server.tcp, ATTACKER)
        one.open(http2.header_block(NO_METHOD))
        for _ in range(50):
            one.read(0.05)
            if 1 in one.ended:
                break
        for _ in range(200):
            if not one.send(frame * 1_000):
                break
            one.read()
            if one.goaway is not None:
                break
        ended, one.closed = one.closed, False
        one.read(1)  # what the server said before it closed
        # nghttp2 says nothing about answers that too many frames ask for.
        away = ended if kind == "settings" else (
            one.goaway == http2.ENHANCE_YOUR_CALM)
        tried.append((kind, "" if away else f"GOAWAY {one.goaway}"))
        one.close()
    return tally(tried, server.peak())


@attack(3, "frames that ask for nothing", "who sends too many is sent away",
        reported_as=unbounded("gRPC skips such frames"))
def idle_frame_flood(lab):
    """All kinds of them on eight connections, again and again."""
    server = lab.server()
    frames = b"".join(frame for _, frame in idle_frames()) * 100

    def attacker(end):
        sent = sent_away = 0
        opened = [http2.Connection(server.tcp, ATTACKER) for _ in range(8)]
        for one in opened:
            one.patience = 0.2
            one.open(http2.header_block(NO_METHOD))
        while time.monotonic() < end:
            for i, one in enumerate(opened):
                if one.send(frames):
                    sent += 1_000
                    continue
                sent_away += 1
                one.close()
                opened[i] = http2.Connection(server.tcp, ATTACKER)
                opened[i].open(http2.header_block(NO_METHOD))
        for one in opened:
            one.close()
        return (f"{sent} frames, {sent_away} times sent away", sent_away > 8)

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


@attack(3, "as many idle connections as come in", "connections are capped, "
        "and take little memory", reported_as=unbounded(
            "a connection of gRPC takes what it likes"))
def idle_connections(lab):
    """Connections from many addresses that greet, and say nothing more."""
    server = lab.server([OTHER])

    def attacker(end):
        opened = []
        while time.monotonic() < end - 2 and len(opened) < 12_000:
            try:
                opened.append(http2.Connection(
                    server.tcp, f"127.0.2.{len(opened) % 200 + 1}", timeout=1))
                opened[-1].read(0)
            except OSError:
                break
        time.sleep(max(end - time.monotonic(), 0))
        for one in opened:
            one.close()
        return f"{len(opened)} connections"

    return flooded(lab, server, attacker, lab.seconds(12, 6), BOUND)


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


@attack(3, "streams that had a large message",
        "a stream forgets the memory of a large message")
def streams_had_large(lab):
    """As many empty checks as a message may hold, once on each of 64 streams
    that stay open. Protobuf would keep what they took for the next message."""
    server = lab.server([OTHER])
    token = lab.token("Other")
    empty = lab.pb["AuthorizeStreamRequest"]()
    # `batch`, and in it `checks` again and again.
    batch = (empty.DESCRIPTOR.fields_by_name["batch"].number << 3 | 2,
             lab.pb["BatchAuthorizeRequest"].DESCRIPTOR
             .fields_by_name["checks"].number << 3 | 2)
    inner = bytes([batch[1], 0]) * 150_000
    length, rest = b"", len(inner)
    while rest >= 128:
        length, rest = length + bytes([rest % 128 | 128]), rest // 128
    body = http2.message(bytes([batch[0]]) + length + bytes([rest]) + inner)

    def attacker(end):
        opened = []
        for _ in range(4):
            one = http2.Connection(server.tcp, ATTACKER)
            for _ in range(16):
                one.open(http2.header_block(STREAM, bearer(token)), body,
                         end=False)
                http2.read_all([one], 0.05)
            opened.append(one)
        http2.read_all(opened, max(end - time.monotonic(), 1))
        answered = sum(one.messages for one in opened)
        for one in opened:
            one.close()
        return f"{answered} answers", answered >= 32

    return flooded(lab, server, attacker, lab.seconds(12, 8), BOUND)


@attack(3, "messages that grow a thousand times", "messages that are large or "
        "compressed take turns, by peers", reported_as=unbounded(
            "gRPC inflates a message before our code sees it"))
def compressed_messages(lab):
    """A mebibyte in a kilobyte, again and again."""
    server = lab.server([OTHER])
    token = lab.token("Other")
    body = gzip.compress(b"\x0a\xf0\xff\x3f" + b"a" * ((1 << 20) - 16))

    def attacker(end):
        done = lab.hammer(server.tcp, AUTHORIZE, body,
                          end - time.monotonic(), token, source=ATTACKER,
                          metadata=(("grpc-encoding", "gzip"),),
                          compressed=True, connections=8)
        return f"{done['ended']} of {done['opened']} calls ended"

    return flooded(lab, server, attacker, lab.seconds(8, 5), BOUND)


def certificate(lab):
    """The settings of TLS with a certificate made for this."""
    key, cert = lab.path("key.pem"), lab.path("cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj",
                    "/CN=localhost"], check=True, stderr=subprocess.DEVNULL)
    return f"tls: {{cert: {cert}, key: {key}}}"


@attack(3, "handshakes without end", "handshakes take turns, by peers",
        reported_as=unbounded("gRPC's threads do one after the other"))
def handshakes(lab):
    """New connections by TLS, as fast as four clients can make them."""
    tls = certificate(lab)
    server = lab.server([OTHER], listeners=f"""
- {{address: '127.0.0.1:0', authenticators: [session-token]}}
- {{address: '127.0.0.1:0', authenticators: [session-token], {tls}}}
- {{address: 'unix:{lab.path("ec2")}', principal: 'service:ec2.amazonaws.com'}}
- {{address: 'unix:{lab.path("ops")}', principal: 'service:ops'}}""")

    def attacker(end):
        seconds = max(int(end - time.monotonic()), 1)
        clients = [subprocess.Popen(
            ["nice", "-n", "5", "openssl", "s_time", "-connect",
             server.addresses[1], "-new", "-time", str(seconds)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for _ in range(4)]
        lab.processes.extend(clients)
        told = [one.communicate()[0] for one in clients]
        made = sum(int(each) for text in told
                   for each in re.findall(r"(\d+) connections in \d+ real",
                                          text))
        return f"{made} handshakes", made > 100

    return flooded(lab, server, attacker, lab.seconds(8, 5), BOUND)
