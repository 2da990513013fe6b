"""The stage of an attack: a server of its own, and those who watch it.

Every attack gets a `Lab`. It starts servers, callers and attackers, all of
them in processes that it ends by their ids, and keeps the machine from being
hurt: a server that grows beyond `MEMORY_LIMIT` is stopped.
"""
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import grpc

import http2

MEMORY_LIMIT = 4 << 30
ACCOUNT = "123456789012"
EC2 = {"Service": "ec2.amazonaws.com"}
HERE = os.path.dirname(os.path.abspath(__file__))

ADMINISTRATORS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ops"},
     "Action": "rolegate:*", "Resource": "*"}]}


# Documents of a registry.

def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="*", resource="*", condition=None, effect="Allow"):
    made = {"Effect": effect, "Action": action, "Resource": resource}
    if condition:
        made["Condition"] = condition
    return made


def trust(principal=None, **more):
    return policy({"Effect": "Allow", "Principal": principal or EC2,
                   "Action": "sts:AssumeRole", **more})


def role_arn(name, account=ACCOUNT):
    return f"arn:aws:iam::{account}:role/{name}"


def role(name, document, trust_policy=None, account=ACCOUNT, **more):
    return {"RoleName": name, "Arn": role_arn(name, account), "Path": "/",
            "RoleId": "AROA" + name.upper(),
            "AssumeRolePolicyDocument": trust_policy or trust(),
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document}],
            **more}


# The role of those who mean no harm, and what they ask.
POLITE = role("Polite", policy(allow("s3:GetObject",
                                     "arn:aws:s3:::polite-bucket/*")))
POLITE_ACTION = "s3:GetObject"
POLITE_RESOURCE = "arn:aws:s3:::polite-bucket/a.txt"


class Server:
    """rolegated, watched for its memory."""

    def __init__(self, lab, config, flags=(), ulimit_n=None, nobody=False,
                 wait=30):
        self.lab = lab
        self.killed_for_memory = False
        self.ready_file = lab.path("ready")
        self.log_file = lab.path(f"log-{time.monotonic_ns()}")
        if os.path.exists(self.ready_file):
            os.remove(self.ready_file)
        command = [os.path.join(lab.bin, "rolegated"), "--config",
                   lab.write("rolegated.yaml", config), "--ready-file",
                   self.ready_file, *flags]
        if ulimit_n:
            command = ["prlimit", f"--nofile={ulimit_n}:{ulimit_n}", *command]
        if nobody and os.getuid() == 0:  # whom files can be closed to
            os.chown(lab.dir, 65534, 65534)
            os.chmod(lab.dir, 0o755)
            command = ["setpriv", "--reuid", "65534", "--regid", "65534",
                       "--clear-groups", *command]
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log)
        self.pid = self.process.pid
        self.addresses, self.health = [], None
        end = time.monotonic() + wait
        while time.monotonic() < end and self.process.poll() is None:
            if os.path.exists(self.ready_file):
                with open(self.ready_file, encoding="utf-8") as file:
                    ready = json.load(file)
                self.addresses = ready["listeners"]
                self.health = ready.get("health_listen")
                break
            time.sleep(0.01)
        self.serving = bool(self.addresses)
        self.at_rest = self.resident()  # bytes in memory before any attack
        self._stop = threading.Event()
        self._peak = 0
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _status(self, key):
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
                for line in file:
                    if line.startswith(key + ":"):
                        return int(line.split()[1]) << 10
        except OSError:
            pass
        return 0

    def _watch(self):
        while not self._stop.is_set():
            self._peak = max(self._peak, self._status("VmHWM"))
            if self._status("VmRSS") > MEMORY_LIMIT:
                self.killed_for_memory = True
                self.process.kill()
                return
            time.sleep(0.02)

    @property
    def tcp(self):
        return next(a for a in self.addresses if not a.startswith("unix:"))

    @property
    def alive(self):
        return self.process.poll() is None

    def peak(self):
        """Bytes in memory at most so far."""
        self._peak = max(self._peak, self._status("VmHWM"))
        return self._peak

    def resident(self):
        return self._status("VmRSS")

    def cpu(self):
        """Seconds of processor time used so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, seconds):
        """The exit code; None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        self.peak()
        self._stop.set()
        if self.alive:
            self.process.terminate()
            if self.wait(1) is None:
                self.process.kill()
        self.process.wait()
        self._watcher.join()


class Caller:
    """A gRPC client that calls any method by name."""

    def __init__(self, lab, address, token=None, metadata=()):
        self.pb = lab.pb
        self.metadata = tuple(metadata) + (
            (("authorization", "Bearer " + token),) if token else ())
        self.channel = grpc.insecure_channel(address, [
            ("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0),
            ("grpc.max_receive_message_length", 64 << 20)])

    def method(self, name):
        service, method = name.split(".")
        request, response, kind = METHODS[name]
        make = getattr(self.channel, kind)
        return make(f"/rolegate.v1.{service}/{method}",
                    request_serializer=lambda m: m if isinstance(m, bytes)
                    else m.SerializeToString(),
                    response_deserializer=self.pb[response].FromString)

    def call(self, name, request=None, timeout=30, **fields):
        if request is None:
            request = self.pb[METHODS[name][0]](**fields)
        return self.method(name)(request, timeout=timeout,
                                 metadata=self.metadata)

    def start(self, name, request, timeout=60):
        return self.method(name).future(request, timeout=timeout,
                                        metadata=self.metadata)

    def code(self, name, request=None, timeout=30, **fields):
        """What came of it: `OK`, or the error's name."""
        try:
            self.call(name, request, timeout, **fields)
            return "OK"
        except grpc.RpcError as error:
            return error.code().name

    def close(self):
        self.channel.close()


_UNARY, _STREAM = "unary_unary", "stream_stream"
METHODS = {
    "AuthorizationService.Authorize":
        ("AuthorizeRequest", "AuthorizeResponse", _UNARY),
    "AuthorizationService.BatchAuthorize":
        ("BatchAuthorizeRequest", "BatchAuthorizeResponse", _UNARY),
    "AuthorizationService.AuthorizeStream":
        ("AuthorizeStreamRequest", "AuthorizeStreamResponse", _STREAM),
    "SecurityTokenService.AssumeRole":
        ("AssumeRoleRequest", "AssumeRoleResponse", _UNARY),
    "SecurityTokenService.AssumeRoleWithWebIdentity":
        ("AssumeRoleWithWebIdentityRequest",
         "AssumeRoleWithWebIdentityResponse", _UNARY),
    "SecurityTokenService.AssumeRoleWithSAML":
        ("AssumeRoleWithSAMLRequest", "AssumeRoleWithSAMLResponse", _UNARY),
    "SecurityTokenService.GetCallerIdentity":
        ("GetCallerIdentityRequest", "GetCallerIdentityResponse", _UNARY),
    "SecurityTokenService.DecodeAuthorizationMessage":
        ("DecodeAuthorizationMessageRequest",
         "DecodeAuthorizationMessageResponse", _UNARY),
    "PolicyService.Simulate":
        ("SimulateRequest", "SimulateResponse", _UNARY),
    "PolicyService.Validate":
        ("ValidateRequest", "ValidateResponse", _UNARY),
    "RegistryService.GetStatus":
        ("GetStatusRequest", "GetStatusResponse", _UNARY),
    "RegistryService.GetRole": ("GetRoleRequest", "GetRoleResponse", _UNARY),
    "RegistryService.ListRoles":
        ("ListRolesRequest", "ListRolesResponse", _UNARY),
    "RegistryService.Reload": ("ReloadRequest", "ReloadResponse", _UNARY),
    "RegistryService.Watch": ("WatchRequest", "WatchResponse", "unary_stream"),
}


def messages(directory):
    """The classes of all messages, generated from the protos."""
    protos = os.path.join(HERE, "../../proto")
    subprocess.run(
        ["protoc", "-I", protos, f"--python_out={directory}",
         *sorted(glob.glob(os.path.join(protos, "rolegate/v1/*.proto")))],
        check=True)
    sys.path.insert(0, directory)
    found = {}
    for name in ("authorization", "context", "policy", "registry",
                 "security_token"):
        module = __import__(f"rolegate.v1.{name}_pb2", fromlist=["x"])
        for kind, what in vars(module).items():
            if isinstance(what, type) and hasattr(what, "FromString"):
                found[kind] = what
    return found


class Watch:
    """Polite callers (polite.py) and probes (probes.py), each in a process of
    their own."""

    def __init__(self, lab, server, token, address=None, probe=True, **more):
        callers = {"address": address or server.tcp, "token": token,
                   "action": POLITE_ACTION, "resource": POLITE_RESOURCE,
                   **more}
        services = ("", "rolegate.liveness")
        probes = {"health": (server.health if probe else None, services),
                  "shared_health": (server.addresses[0] if probe else None,
                                    services)}
        self.processes = [
            subprocess.Popen([sys.executable, os.path.join(HERE, name),
                              json.dumps(wanted)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
            for name, wanted in (("polite.py", callers),
                                 ("probes.py", probes))]
        lab.processes.extend(self.processes)
        for process in self.processes:
            process.stdout.readline()  # the first were answered

    def stop(self):
        """What became of calls and probes."""
        told = {}
        for process in self.processes:
            process.stdin.write("stop\n")
            process.stdin.flush()
        for process in self.processes:
            try:
                told.update(json.loads(process.communicate(timeout=20)[0]))
            except subprocess.TimeoutExpired:
                process.kill()
                raise RuntimeError("those beside the attack never "
                                   "ended") from None
        return told


class Lab:
    """What one attack works with. A context manager."""

    def __init__(self, bin_dir, tools, pb, seed, quick):
        self.bin, self.tools, self.pb = bin_dir, tools, pb
        self.quick = quick
        self.random = random.Random(seed)
        self.processes, self.servers, self.callers = [], [], []

    def __enter__(self):
        # Short, for the paths of sockets have 108 bytes.
        self.dir = tempfile.mkdtemp(prefix="hostile-", dir="/tmp")
        return self

    def __exit__(self, *_):
        for caller in self.callers:
            caller.close()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def seconds(self, full, quick):
        return quick if self.quick else full

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, content):
        """Writes a file at once, as a careful author would; its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape")
        with open(path + "~", "wb") as file:
            file.write(content)
        os.rename(path + "~", path)
        return path

    def server(self, roles=(), more="", listeners=None, registry=None,
               polite=True, must_serve=True, **options):
        """A server with the polite role and these, on TCP and two sockets:
        `ec2`, where everybody is EC2, and `ops`, whose callers administer."""
        for each in (POLITE, *roles) if polite else roles:
            self.write(f"registry/{each['RoleName']}.json", each)
        self.write("admin.json", ADMINISTRATORS)
        if listeners is None:
            listeners = f"""
- {{address: '127.0.0.1:0', authenticators: [session-token]}}
- {{address: 'unix:{self.path("ec2")}', principal: 'service:ec2.amazonaws.com'}}
- {{address: 'unix:{self.path("ops")}', principal: 'service:ops'}}"""
        if registry is None:
            registry = f"{{dir: {self.path('registry')}}}"
        config = (f"registry: {registry}\nlisteners:{listeners}\n"
                  f"health_listen: '127.0.0.1:0'\n"
                  f"admin_policy: {self.path('admin.json')}\n{more}\n")
        made = Server(self, config, **options)
        self.servers.append(made)
        if must_serve and not made.serving:
            raise RuntimeError("the server did not start: "
                               + made.log().strip()[-180:])
        return made

    def caller(self, address, token=None, metadata=()):
        made = Caller(self, address, token, metadata)
        self.callers.append(made)
        return made

    def ec2(self):
        return self.caller(f"unix:{self.path('ec2')}")

    def ops(self):
        return self.caller(f"unix:{self.path('ops')}")

    def token(self, name="Polite", account=ACCOUNT, **fields):
        """The token of a new session."""
        if isinstance(fields.get("policy"), dict):
            fields["policy"] = json.dumps(fields["policy"],
                                          separators=(",", ":"),
                                          ensure_ascii=False)
        with_ec2 = self.ec2()
        try:
            return with_ec2.call("SecurityTokenService.AssumeRole",
                                 role_arn=role_arn(name, account),
                                 role_session_name="hostile",
                                 **fields).credentials.session_token
        finally:
            with_ec2.close()

    def watch(self, server, token=None, **more):
        return Watch(self, server, token or self.token(), **more)

    def context(self, **values):
        return {key.replace("__", ":"): self.pb["ContextValues"](values=each)
                for key, each in values.items()}

    def hammer(self, address, path, body=b"", seconds=1, token=None,
               metadata=(), wait=True, compressed=False, **options):
        """Streams at a rate that no library reaches (hammer.cc)."""
        more = (("authorization", "Bearer " + token),) if token else ()
        block = http2.header_block(path, (*metadata, *more))
        framed = http2.message(body, compressed=compressed)
        file = self.path(f"request-{time.monotonic_ns()}")
        with open(file, "wb") as out:
            for part in (block, framed):
                out.write(len(part).to_bytes(4, "big") + part)
        # An attacker has a machine of its own; here it has one processor of
        # the server's at most.
        processor = max(os.sched_getaffinity(0))
        process = subprocess.Popen(
            ["taskset", "-c", str(processor), "nice", "-n", "5",
             os.path.join(self.tools, "hammer"), address, file, str(seconds),
             *(f"{k}={v}" for k, v in options.items())],
            stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        if not wait:
            return process
        return json.loads(process.communicate()[0])

    def rolegate(self, *arguments, timeout=60):
        """The command line: exit code and what it printed."""
        done = subprocess.run([os.path.join(self.bin, "rolegate"), *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
