"""Measures the server from outside: calls, start, changes, memory."""
import json
import os
import socket
import ssl
import statistics
import subprocess
import time

# Whoever calls over the Unix socket is EC2, which may assume the roles.
CONFIG = """registry: {{dir: {registry}, allow_empty: true}}
listeners:
- {{address: '127.0.0.1:0', authenticators: [session-token]}}
- {{address: 'unix:{out}/rolegated.sock', principal: 'service:ec2.amazonaws.com'}}
- address: '127.0.0.1:0'
  authenticators: [session-token]
  tls: {{cert: {out}/tls/server.pem, key: {out}/tls/server.key, client_ca: {out}/tls/ca.pem}}
admin_policy: {out}/administrators.json
limits: {{max_assume_roles_per_second: 0}}
transport: {transport}
"""
ADMINISTRATORS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "rolegate:Explain",
                   "Principal": {"Service": "ec2.amazonaws.com"},
                   "Resource": "*"}]}


def certificates(out):
    """An authority, and certificates of a server and of a client of it."""
    folder = os.path.join(out, "tls")
    if os.path.exists(folder):
        return
    os.makedirs(folder)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder,
                       stderr=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "30", "-subj", "/CN=bench authority")
    for name, alternative in (("server", "DNS:localhost"),
                              ("client", "DNS:client")):
        openssl("req", "-x509", *key, "-keyout", f"{name}.key", "-out",
                f"{name}.pem", "-days", "30", "-subj", f"/CN={name}",
                "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
                f"subjectAltName={alternative}", "-addext",
                "basicConstraints=critical,CA:FALSE")


def on_core(core):
    """What keeps a process on one core; None: it may run anywhere."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


class Server:
    """rolegated, in a process of its own."""

    def __init__(self, build, out, registry, more="", transport="http2",
                 core=None):
        out = os.path.join(out, transport)
        os.makedirs(out, exist_ok=True)
        certificates(out)
        self.tls_files = os.path.join(out, "tls")
        config = os.path.join(out, "rolegated.yaml")
        ready = os.path.join(out, "ready")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(registry=registry, out=out,
                                     transport=transport) + more)
        with open(os.path.join(out, "administrators.json"), "w",
                  encoding="utf-8") as file:
            json.dump(ADMINISTRATORS, file)
        if os.path.exists(ready):
            os.remove(ready)
        self.build = build
        begin = time.monotonic()
        with open(os.path.join(out, "rolegated.log"), "wb") as log:
            self.process = subprocess.Popen(
                [os.path.join(build, "bin", "rolegated"), "--config", config,
                 "--ready-file", ready], stderr=log,
                preexec_fn=on_core(core))
        while not os.path.exists(ready):
            if self.process.poll() is not None:
                with open(log.name, encoding="utf-8") as file:
                    raise RuntimeError(file.read())
            time.sleep(0.0005)
        self.start_ms = (time.monotonic() - begin) * 1e3
        with open(ready, encoding="utf-8") as file:
            self.tcp, self.unix, self.tls = json.load(file)["listeners"]
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def token(self, role):
        """The token of a session of the role."""
        answer = subprocess.run(
            [os.path.join(self.build, "bin", "rolegate"), "assume-role",
             "--server", self.unix, "--output", "json", "--role-session-name",
             "bench", "--role-arn", f"arn:aws:iam::123456789012:role/{role}"],
            check=True, stdout=subprocess.PIPE).stdout
        return json.loads(answer)["Credentials"]["SessionToken"]

    def resident(self):
        """Bytes in memory."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class EmptyServer:
    """Handlers that do nothing, with the same messages and settings."""

    def __init__(self, build, out, responses, tls):
        self.process = subprocess.Popen(
            [os.path.join(build, "bench", "empty_server"), responses,
             tls, "127.0.0.1:0",
             f"unix:{out}/empty.sock", "tls:127.0.0.1:0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tcp = self.process.stdout.readline().strip()
        self.unix = self.process.stdout.readline().strip()
        self.tls = self.process.stdout.readline().strip()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class Load:
    """The load generator, with sessions of one server."""

    def __init__(self, build, server, quick, sessions=1, stride=1, role="Role",
                 tls=None, core=None, token_anew=False):
        self.build, self.core = build, core
        self.program = [os.path.join(build, "bench", "bench_load"),
                        f"--sessions_from={server.unix}",
                        f"--sessions={sessions}", f"--stride={stride}",
                        f"--role={role}"]
        if tls:
            self.program.append(f"--tls={tls}")
        if token_anew:
            self.program.append("--token_anew")
        self.seconds = 0.2 if quick else 0.6

    def capture(self, address, method, path):
        """Writes one response to a file."""
        subprocess.run(self.of(method) + [f"--address={address}",
                                          f"--capture={path}"], check=True)

    def of(self, method):
        # Only EC2 itself assumes roles.
        alone = ["--sessions_from="] if method == "assume-role" else []
        return self.program + [f"--method={method}"] + alone

    def call(self, address, method="authorize", in_flight=16, pid=0, rate=0,
             seconds=None):
        command = self.of(method) + [
            f"--address={address}", f"--in_flight={in_flight}",
            f"--rate={rate}", f"--pid={pid}", "--warm_up=0.1",
            f"--seconds={seconds or self.seconds}"]
        for _ in range(3):
            answer = json.loads(subprocess.run(
                command, check=True, stdout=subprocess.PIPE,
                preexec_fn=on_core(self.core)).stdout)
            if answer["failed"]:
                raise RuntimeError(f"{method} at {address}: {answer}")
            if answer["calls"]:
                return answer
            # Something else had the machine all the time.
        raise RuntimeError(f"{method} at {address}: no answer")


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def ratio(ours, theirs, key):
    """The median of the pairs' ratios."""
    return statistics.median(a[key] / max(b[key], 1e-9)
                             for a, b in zip(ours, theirs))


def in_turns(load, method, ours, theirs, in_flight, pairs):
    """Calls to two (address, pid): one, the other, the other, one, …"""
    a, b = [], []
    for i in range(pairs):
        for rows, (address, pid) in (((a, ours), (b, theirs)) if i % 2 == 0
                                     else ((b, theirs), (a, ours))):
            rows.append(load.call(address, method, in_flight, pid))
    return a, b


def p99_apart(ours, theirs):
    """How much later ours is, where two runs of theirs are 1 apart."""
    own = max((abs(x["p99_us"] - y["p99_us"])
               for x, y in zip(theirs, theirs[1:])), default=1)
    later = median(ours, "p99_us") - median(theirs, "p99_us")
    return max(later, 0) / max(own, 1e-3)


def authorize(load, kind, ours, theirs, figures, quick):
    """Authorize beside a handler that does nothing, call by call."""
    curve = []
    for in_flight in (1, 16) if quick else (1, 16, 64, 256):
        a, b = in_turns(load, "authorize", ours, theirs, in_flight,
                        1 if quick else 9)
        key = f"{kind}_{in_flight}"
        # The generator needs a core, too: what it could send at most, and what
        # it was answered.
        ceiling = 1e6 / max(median(a, "own_cpu_us"), 1e-3)
        figures[f"ceiling_{key}"] = ceiling
        free = ceiling >= 2 * median(a, "rate")
        figures[f"rate_{key}" if free else f"rate_capped_{key}"] = ratio(
            a, b, "rate")
        figures[f"cpu_{key}"] = ratio(a, b, "cpu_us")
        figures[f"p99_{key}"] = p99_apart(a, b)
        curve.append([in_flight, median(a, "rate"), median(b, "rate")])
        if in_flight == 1:
            figures[f"p50_{kind}_1"] = ratio(a, b, "p50_us")
            figures[f"authorize_{kind}_p50_us"] = median(a, "p50_us")
            figures[f"empty_{kind}_p50_us"] = median(b, "p50_us")
        if in_flight == 16:
            figures[f"authorize_{kind}_cpu_us"] = median(a, "cpu_us")
    figures[f"{kind}_curve"] = curve


def token_anew(load, servers, figures, quick):
    """Authorize beside an empty handler, of callers that send a token whole
    with each call."""
    for kind, (ours, theirs) in servers:
        a, b = in_turns(load, "authorize", ours, theirs, 64,
                        1 if quick else 9)
        figures[f"cpu_anew_{kind}_64"] = ratio(a, b, "cpu_us")


def batches(load, ours, theirs, figures, quick):
    """A hundred checks a message."""
    for method in ("batch", "batch-contexts", "stream", "stream-contexts"):
        a, b = in_turns(load, method, ours, theirs, 4, 1 if quick else 7)
        figures[f"{method}_ratio"] = ratio(a, b, "rate")
        figures[f"{method}_checks_per_s"] = median(a, "rate") * 100


def calls(build, out, registry, figures, quick):
    """The server beside handlers that do nothing."""
    responses = os.path.join(out, "responses")
    os.makedirs(responses, exist_ok=True)
    with Server(build, out, registry) as server:
        load = Load(build, server, quick)
        for method in ("authorize", "batch", "stream", "assume-role"):
            load.capture(server.unix, method, f"{responses}/{method}")
        with EmptyServer(build, out, responses, server.tls_files) as empty:
            tcp = (server.tcp, server.pid), (empty.tcp, empty.pid)
            unix = (server.unix, server.pid), (empty.unix, empty.pid)
            authorize(load, "tcp", *tcp, figures, quick)
            authorize(load, "unix", *unix, figures, quick)
            authorize(Load(build, server, quick, tls=server.tls_files),
                      "mtls", (server.tls, server.pid), (empty.tls, empty.pid),
                      figures, quick)
            token_anew(Load(build, server, quick, token_anew=True),
                       (("tcp", tcp), ("unix", unix)), figures, quick)
            batches(load, *tcp, figures, quick)
            with Server(build, out, registry, transport="grpc") as by_grpc:
                through_grpc(load, server, by_grpc, empty, figures, quick)
        # EC2 explains what a session asked; no session does so itself.
        for method, address in (("denied", server.tcp),
                                ("explain", server.unix)):
            row = load.call(address, method, 1)
            figures[f"{method}_p50_us"] = row["p50_us"]


def through_grpc(load, server, by_grpc, empty, figures, quick):
    """The same server behind gRPC's library, and what a session costs."""
    a, b = in_turns(load, "assume-role", (server.unix, server.pid),
                    (by_grpc.unix, by_grpc.pid), 1, 1 if quick else 7)
    figures["assume_role_p50_us"] = median(a, "p50_us")
    figures["assume_role_cpu_us"] = median(a, "cpu_us")
    figures["assume_role_cpu_ratio"] = ratio(a, b, "cpu_us")
    own = Load(load.build, by_grpc, quick)
    a, b = in_turns(own, "authorize", (by_grpc.tcp, by_grpc.pid),
                    (empty.tcp, empty.pid), 16, 1 if quick else 9)
    figures["grpc_rate_16"] = ratio(a, b, "rate")
    figures["grpc_cpu_16"] = ratio(a, b, "cpu_us")


def audited(build, out, registry, figures, quick):
    """What the audit log costs a decision."""
    log = os.path.join(out, "audit.log")
    with Server(build, os.path.join(out, "plain"), registry) as plain, \
            Server(build, os.path.join(out, "audited"), registry,
                   f"audit: {{path: {log}}}\n") as server:
        a, b = Load(build, server, quick), Load(build, plain, quick)
        pairs = [(a.call(server.tcp, pid=server.pid)["cpu_us"],
                  b.call(plain.tcp, pid=plain.pid)["cpu_us"])
                 for _ in range(1 if quick else 7)]
    os.remove(log)
    figures["audited_cpu_ratio"] = statistics.median(
        x / max(y, 1e-9) for x, y in pairs)


def idle_connections(build, out, registry, figures, quick):
    """What a connection takes on which nothing is asked."""
    count = 20 if quick else 1_000
    greeting = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    with Server(build, out, registry) as server:
        tls = ssl.create_default_context(
            cafile=os.path.join(server.tls_files, "ca.pem"))
        tls.load_cert_chain(os.path.join(server.tls_files, "client.pem"),
                            os.path.join(server.tls_files, "client.key"))
        tls.set_alpn_protocols(["h2"])
        for kind, address, wrap in (
                ("plain", server.tcp, lambda one: one),
                ("tls", server.tls, lambda one: tls.wrap_socket(
                    one, server_hostname="localhost"))):
            host, port = address.rsplit(":", 1)
            before, opened = server.resident(), []
            for _ in range(count):
                one = wrap(socket.create_connection((host, int(port))))
                one.sendall(greeting)
                one.recv(9)  # the server's own settings
                opened.append(one)
            time.sleep(0.2)
            figures[f"idle_connection_{kind}_kib"] = (
                server.resident() - before) / 1024 / count
            for one in opened:
                one.close()


def overload(build, out, registry, figures, quick):
    """What comes through when twice as much is asked as can be answered, the
    server and the generator on a core each."""
    first, last = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    with Server(build, out, registry, core=first) as server:
        load = Load(build, server, quick, core=last)
        shares = []
        for _ in range(1 if quick else 5):
            top = load.call(server.tcp, in_flight=256)["rate"]
            flood = load.call(server.tcp, in_flight=4096, rate=2 * top,
                              seconds=0.3 if quick else 2)
            shares.append(flood["rate"] / top)
    figures["overload_goodput"] = statistics.median(shares)


def by_rate(load, server, figures, key, quick):
    """Percentiles against the rate, open loop, up to the server's maximum."""
    tops = [load.call(server.tcp, in_flight=64, pid=server.pid)
            for _ in range(1 if quick else 5)]
    top = median(tops, "rate")
    figures[f"{key}_per_cpu_s"] = 1e6 / max(median(tops, "cpu_us"), 1e-3)
    curve = []
    for share in (0.7,) if quick else (0.1, 0.3, 0.5, 0.7, 0.85):
        runs = [load.call(server.tcp, in_flight=512, rate=share * top,
                          seconds=0.3 if quick else 1)
                for _ in range(1 if quick else 3)]
        curve.append([share * top, median(runs, "p50_us") / 1e3,
                      median(runs, "p99_us") / 1e3])
        if share == 0.7:
            figures[f"{key}_p99_ms"] = median(runs, "p99_us") / 1e3
    figures[f"{key}_rate_curve"] = curve
    figures[f"{key}_mib"] = server.resident() / 2**20


def sizes(build, out, make, figures, quick):
    """What Cerbos publishes too: at 800 and at 40,000 policies."""
    for policies in (800,) if quick else (800, 40_000):
        registry, _ = make(f"typical-{policies}", "typical", policies)
        with Server(build, out, registry) as server:
            load = Load(build, server, quick, 64, policies // 64)
            by_rate(load, server, figures, f"at_{policies}", quick)


def beside_flood(build, out, registry, figures, quick):
    """A polite caller beside one that asks at twice the server's capacity."""
    seconds = 0.3 if quick else 4
    with Server(build, out, registry) as server:
        load = Load(build, server, quick)
        top = load.call(server.tcp, in_flight=256)["rate"]
        # Calls that are refused or late are what is to be seen here.
        with subprocess.Popen(
                load.of("authorize") + [
                    f"--address={server.tcp}", "--in_flight=4096",
                    f"--rate={2 * top}", f"--seconds={seconds + 1}"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True) as flood:
            time.sleep(0.4)
            polite = json.loads(subprocess.run(
                load.of("authorize") + [
                    f"--address={server.tcp}", "--in_flight=64", "--rate=100",
                    f"--seconds={seconds}"],
                check=True, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL).stdout)
            flooded = json.loads(flood.stdout.read())
    figures["polite_answered"] = 1 - polite["failed"] / max(polite["calls"], 1)
    figures["polite_p99_ms"] = polite["p99_us"] / 1e3
    figures["flood_goodput"] = ((flooded["calls"] - flooded["failed"]) /
                                (seconds + 1) / top)


def idle(build, out, make, figures, quick):
    """A server with 1,000 roles that nobody calls."""
    registry, _ = make("thousand", "files", 100 if quick else 1_000)
    with Server(build, out, registry) as server:
        figures["idle_mib"] = server.resident() / 2**20


def start(build, out, demo, figures, quick):
    """How soon the demo's registry is served."""
    times = []
    for _ in range(2 if quick else 11):
        with Server(build, out, demo) as server:
            times.append(server.start_ms)
    figures["start_ms"] = statistics.median(times)


def reload(build, out, registry, figures, quick):
    """One file changes among many, while others ask."""
    changing = os.path.join(registry, "changing.json")
    make_one(build, out, changing, "Changing")
    make_one(build, out, os.path.join(registry, "steady.json"), "Steady0")
    rate = 200 if quick else 2_000
    took, quiet, busy = [], [], []
    with Server(build, out, registry) as server:
        token = server.token("Changing")
        load = Load(build, server, quick, role="Steady")
        for _ in range(1 if quick else 5):
            quiet.append(load.call(server.tcp, in_flight=512, rate=rate,
                                   seconds=0.5 if quick else 1))
            # As many changes as the run has time for, or a few more.
            with subprocess.Popen(
                    [os.path.join(build, "bench", "bench_change"), server.tcp,
                     token, changing, "Changing", "5" if quick else "10"],
                    stdout=subprocess.PIPE, text=True) as change:
                busy.append(load.call(server.tcp, in_flight=512, rate=rate,
                                      seconds=0.5 if quick else 1))
                took += [float(line) for line in change.stdout]
            if change.returncode != 0:
                raise RuntimeError("an edit was never followed")
    figures["change_ms"] = statistics.median(took) - 100
    figures["reload_p99_ratio"] = ratio(busy, quiet, "p99_us")
    figures["reload_p99_ms"] = median(busy, "p99_us") / 1e3


def make_one(build, out, path, role):
    """A typical role by itself, in a file."""
    folder = os.path.join(out, "one")
    subprocess.run([os.path.join(build, "bench", "generate_registry"), folder,
                    "typical", "1"], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "export-0.json"), encoding="utf-8") as one:
        text = json.dumps(json.load(one)["RoleDetailList"][0])
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("Role0", role))
