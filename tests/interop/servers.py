"""Servers of one run: certificates, a network in between, and rolegated."""
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))


def run(command, timeout=60, **more):
    """What a program printed, errors included, and its exit code."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout,
                              check=False, **more)
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        return said + f"\n(still running after {timeout} s)", -1
    return done.stdout.decode(errors="replace"), done.returncode


class Certificates:
    """An authority, a server's certificate for `localhost`, and a client's."""

    def __init__(self, folder):
        self.folder = folder
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-subj", "/CN=interop authority",
                      "-keyout", self.path("ca.key"), "-out",
                      self.path("ca.pem"))
        self._issue("server", "DNS:localhost,IP:127.0.0.1")
        self._issue("client", "URI:spiffe://example.org/shop")

    def path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *arguments):
        said, code = run(["openssl", *arguments])
        if code != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {said}")

    def _issue(self, name, names):
        with open(self.path(name + ".ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=critical,{names}\n"
                       "basicConstraints=critical,CA:FALSE\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/",
                      "-keyout", self.path(name + ".key"), "-out",
                      self.path(name + ".csr"))
        self._openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA",
                      self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                      "-CAcreateserial", "-days", "2", "-extfile",
                      self.path(name + ".ext"), "-out",
                      self.path(name + ".pem"))


class Process:
    """A server's process, which writes its addresses to a file once it is
    ready."""

    def __init__(self, command, folder, name):
        ready = os.path.join(folder, name + ".ready")
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(
                [*command, "--ready-file", ready], stderr=log, stdout=log,
                stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                with open(self.log, encoding="utf-8") as log:
                    raise RuntimeError(f"{name} did not start:\n{log.read()}")
            time.sleep(0.01)
        with open(ready, encoding="utf-8") as file:
            self.addresses = json.load(file)["listeners"]

    def stop(self):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


class Rolegated(Process):
    """rolegated by `transport: http2`: on a Unix socket whose callers say who
    they are, on TCP and by TLS for sessions, and by mTLS for `shop`."""

    def __init__(self, programs, certificates):
        folder = certificates.folder
        self.programs = programs
        self.socket = "unix:" + os.path.join(folder, "socket")
        tls = {"cert": certificates.path("server.pem"),
               "key": certificates.path("server.key")}
        config = {
            "transport": "http2",
            "registry": {"dir": os.path.join(PROJECT,
                                             "client/conformance/registry")},
            "listeners": [
                {"address": self.socket, "principals": ["service:*"]},
                {"address": "127.0.0.1:0",
                 "authenticators": ["session-token"]},
                {"address": "127.0.0.1:0",
                 "authenticators": ["session-token"], "tls": tls},
                {"address": "127.0.0.1:0",
                 "authenticators": ["session-token", "mtls"],
                 "tls": {**tls, "client_ca": certificates.path("ca.pem")},
                 "mappings": [{"spiffe_id": "spiffe://example.org/shop",
                               "principal": "service:shop.example"}]}]}
        path = os.path.join(folder, "rolegated.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)  # JSON is YAML
        super().__init__([os.path.join(programs, "rolegated"), "--config",
                          path], folder, "rolegated")
        _, self.tcp, self.tls, self.mtls = self.addresses

    def session(self):
        """A session of the role `Reader`."""
        said, code = run(
            [os.path.join(self.programs, "rolegate"), "assume-role",
             "--server", self.socket, "--principal", "service:shop.example",
             "--output", "json", "--role-arn",
             "arn:aws:iam::123456789012:role/Reader",
             "--role-session-name", "interop"])
        if code != 0:
            raise RuntimeError("no session: " + said)
        return json.loads(said)["Credentials"]["SessionToken"]


class SlowNetwork:
    """Carries connections to `address`, by TLS if there is an authority.

    What a client sends within a moment arrives together, in one TLS record.
    """

    MOMENT = 0.05  # seconds

    def __init__(self, address, authority=None):
        host, port = address.rsplit(":", 1)
        self._target = (host, int(port))
        self._tls = None
        if authority is not None:
            self._tls = ssl.create_default_context(cafile=authority)
            self._tls.set_alpn_protocols(["h2"])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self):
        while True:
            try:
                client = self._listening.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,),
                             daemon=True).start()

    def _carry(self, client):
        try:
            server = socket.create_connection(self._target, timeout=5)
            if self._tls is not None:
                server = self._tls.wrap_socket(server,
                                               server_hostname="localhost")
            self._exchange(client, server)
            server.close()
        except OSError:
            pass
        client.close()

    def _exchange(self, client, server):
        """One thread for both ways, for TLS takes no two."""
        due = None  # when the client's bytes go on
        while True:
            wait = 5 if due is None else max(0, due - time.monotonic())
            watched = [server] if due is not None else [client, server]
            ready = select.select(watched, [], [], wait)[0]
            if not ready and due is None:
                return  # nothing for five seconds
            if server in ready:
                while True:
                    from_server = server.recv(1 << 16)
                    client.sendall(from_server)
                    if self._tls is None or not server.pending():
                        break
                if not from_server:
                    return
            if due is not None and time.monotonic() >= due:
                due = None
                from_client = client.recv(1 << 20)
                if not from_client:
                    return
                server.sendall(from_client)
            elif client in ready:
                due = time.monotonic() + self.MOMENT
