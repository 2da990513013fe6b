"""The servers that scenarios talk to: real ones, in folders of their own."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import tokens

HERE = os.path.dirname(os.path.abspath(__file__))
ISSUER = "https://rolegate.conformance.example"
AUDIENCE = "conformance"

ADMINISTRATORS = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "ops.example"},
        "Action": "rolegate:*",
        "Resource": "*"}]}


def free_port(host):
    """A port that nobody has at the moment, for servers that come again."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Files:
    """What all servers of one run share: certificates, providers, keys."""

    def __init__(self, root, programs):
        self.root = root
        os.makedirs(root)
        tokens.make_certificates(root)
        self.cluster = tokens.Issuer(f"{root}/cluster.pem")
        subprocess.run([os.path.join(programs, "saml_response"), root],
                       check=True)

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


class Server:
    """One rolegated: a registry, keys, a configuration, and its process.

    It listens on a Unix socket whose callers may name services and users, on
    loopback for sessions, by TLS for sessions, and by mTLS for `shop`.
    """

    def __init__(self, name, files, programs, settings):
        self.name = name
        self.files = files
        self.programs = programs
        self.settings = settings
        self.folder = files.path(name)
        os.makedirs(self.path("keys"))
        os.makedirs(self.path("state"), mode=0o700)
        os.makedirs(self.path("seeds"), mode=0o700)
        self.process = None
        self.host = settings.get("host", "127.0.0.1")
        self.ports = [free_port(self.host) for _ in range(3)]
        if "port" in settings:  # that of another replica
            self.ports[0] = settings["port"]
        shared_keys = settings.get("keys_of")
        if shared_keys:
            shutil.rmtree(self.path("keys"))
            os.symlink(files.path(f"{shared_keys}/keys"), self.path("keys"))
        else:
            self.new_key("first")
        self.fill_registry()
        with open(self.path("administrators.json"), "w",
                  encoding="utf-8") as file:
            json.dump(ADMINISTRATORS, file)
        self.write_config()

    def path(self, name):
        return os.path.join(self.folder, name)

    def fill_registry(self):
        shutil.copytree(os.path.join(HERE, "registry"), self.path("registry"))
        providers = [
            {"OpenIDConnectProvider": {
                "Arn": "arn:aws:iam::123456789012:oidc-provider/"
                       "cluster.example",
                "Url": "https://cluster.example",
                "ClientIDList": ["rolegate"],
                "Jwks": self.files.cluster.jwks()}},
            # Nobody answers there, which is what one scenario is about.
            {"OpenIDConnectProvider": {
                "Arn": "arn:aws:iam::123456789012:oidc-provider/"
                       "silent.example",
                "Url": "https://silent.example",
                "ClientIDList": ["rolegate"]}},
            {"SAMLProvider": {
                "Arn": "arn:aws:iam::123456789012:saml-provider/Corp",
                "SAMLMetadataDocument": self.files.read("saml-metadata.xml")}},
            {"UserName": "alice",
             "Arn": "arn:aws:iam::123456789012:user/alice",
             "UserPolicyList": [{
                 "PolicyName": "own", "PolicyDocument": {
                     "Version": "2012-10-17", "Statement": [{
                         "Effect": "Allow", "Action": "sts:AssumeRole",
                         "Resource": "*"}]}}],
             "MFADevices": [{
                 "SerialNumber": "arn:aws:iam::123456789012:mfa/alice",
                 "SeedFile": "alice"}]}]
        with open(self.path("registry/providers.json"), "w",
                  encoding="utf-8") as file:
            json.dump(providers, file)
        descriptor = os.open(self.path("seeds/alice"),
                             os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, tokens.MFA_SEED.encode())
        os.close(descriptor)

    def write_config(self):
        tcp, tls, mtls = (f"{self.host}:{port}" for port in self.ports)
        config = {
            "registry": {"dir": self.path("registry")},
            "session": {"issuer": ISSUER, "audience": AUDIENCE,
                        "keys_dir": self.path("keys")},
            "admin_policy": self.path("administrators.json"),
            "audit": {"path": self.path("audit")},
            "state_dir": self.path("state"),
            "mfa": {"seed_dir": self.path("seeds")},
            "federation": {"oidc_hosts": ["silent.example"],
                           "saml_audience": "urn:example:rolegate",
                           "saml_recipient":
                               "https://rolegate.example.com/saml"},
            "listeners": [
                {"address": f"unix:{self.path('socket')}",
                 "principals": ["service:*",
                                "arn:aws:iam::123456789012:user/*"]},
                {"address": tcp, "authenticators": ["session-token"]},
                {"address": tls, "authenticators": ["session-token"],
                 "tls": {"cert": self.files.path("server.pem"),
                         "key": self.files.path("server.key")}},
                {"address": mtls, "authenticators": ["session-token", "mtls"],
                 "tls": {"cert": self.files.path("server.pem"),
                         "key": self.files.path("server.key"),
                         "client_ca": self.files.path("ca.pem")},
                 "mappings": [
                     {"spiffe_id": "spiffe://example.org/shop",
                      "principal": "service:shop.example"}]}]}
        for section, values in self.settings.get("config", {}).items():
            if isinstance(values, dict):
                config.setdefault(section, {}).update(values)
            else:
                config[section] = values
        with open(self.path("rolegated.yaml"), "w", encoding="utf-8") as file:
            json.dump(config, file)  # JSON is YAML

    def start(self):
        ready = self.path("ready")
        if os.path.exists(ready):
            os.remove(ready)
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.programs, "rolegated"), "--config",
                 self.path("rolegated.yaml"), "--ready-file", ready],
                stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(ready):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} did not start:\n"
                                   + self.read("log"))
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not ready")
            time.sleep(0.01)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def new_key(self, kid):
        """A signing key; the newest one signs."""
        subprocess.run(
            [os.path.join(self.programs, "rolegated"), "keys", "new",
             self.path("keys"), "--kid", kid], check=True,
            stdout=subprocess.DEVNULL)

    def audit(self):
        """The records so far, oldest first."""
        if not os.path.exists(self.path("audit")):
            return []
        with open(self.path("audit"), encoding="utf-8") as file:
            return [json.loads(line) for line in file
                    if line.endswith("\n")]

    def variables(self):
        """What scenarios may write as `${name}`."""
        tcp, tls, mtls = (f"{self.host}:{port}" for port in self.ports)
        return {
            f"{self.name}.unix": f"unix:{self.path('socket')}",
            f"{self.name}.tcp": tcp, f"{self.name}.tls": tls,
            f"{self.name}.mtls": mtls,
            f"{self.name}.port": str(self.ports[0])}


class Silence:
    """A port that takes connections and never says a word."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.taken = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.taken.append(self.socket.accept()[0])
            except OSError:
                return

    def address(self):
        return "127.0.0.1:%d" % self.socket.getsockname()[1]

    def close(self):
        self.socket.close()
        for connection in self.taken:
            connection.close()
