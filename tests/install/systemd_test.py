"""The systemd unit serves two users.

Reads what was installed and does what systemd would: makes the folders, runs
ExecStartPre and ExecStart as a user of the server's own, below a folder that
stands for the root of the file system. As root it then connects as other users.
Without root it can be no other user; it reckons from owners and modes who may
connect, by a function that root's run holds against the real system.
   systemd_test.py PREFIX SOURCE
"""
import contextlib
import json
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

prefix, source = (os.path.abspath(path) for path in sys.argv[1:3])
ROOT = os.geteuid() == 0
# Of the server, of two users in the group, and of one who is not.
SERVER, CLIENTS, STRANGER = 61184, (61201, 61202), 61203
GROUP = 61190 if ROOT else os.getgid()
FOLDERS = {"RuntimeDirectory": "/run", "StateDirectory": "/var/lib",
           "LogsDirectory": "/var/log"}
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)


def read_unit(path):
    section, unit = "", {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith("#"):
                key, value = line.split("=", 1)
                unit.setdefault((section, key), []).append(value)
    return unit


class Machine:
    """A folder in the place of the root, with what the unit asks for."""

    def __init__(self, root, unit):
        self.root = root
        self.service = {key: values for (section, key), values in unit.items()
                        if section == "Service"}
        for kind, parent in FOLDERS.items():
            name = self.only(kind)
            path = f"{root}{parent}/{name}"
            os.makedirs(path)
            os.chmod(path, int(self.only(kind + "Mode"), 8))
            if ROOT:
                os.chown(path, SERVER, SERVER)
        shutil.copytree(f"{source}/deploy/demo/registry",
                        f"{root}/etc/rolegate/registry")
        with open(f"{prefix}/share/rolegate/rolegated.yaml",
                  encoding="utf-8") as file:
            text = self.map(file.read())
        self.group = self.only("SupplementaryGroups")
        check(f"group: {self.group}\n" in text, "the socket has another group")
        text = text.replace(f"group: {self.group}", f"group: {GROUP}")
        with open(f"{root}/etc/rolegate/rolegated.yaml", "w",
                  encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["chmod", "-R", "a+rX", f"{root}/etc"], check=True)

    def only(self, key):
        (value,) = self.service[key]
        return value

    def map(self, text):
        for folder in ("/run/", "/var/", "/etc/"):
            text = text.replace(f" {folder}", f" {self.root}{folder}")
            text = text.replace(f"unix:{folder}", f"unix:{self.root}{folder}")
        return text

    def start(self, command, **options):
        if ROOT:
            options.update(user=SERVER, group=SERVER, extra_groups=[GROUP])
        return subprocess.Popen(
            shlex.split(self.map(command)), umask=int(self.only("UMask"), 8),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            **options)

    @contextlib.contextmanager
    def running(self):
        for command in self.service["ExecStartPre"]:
            before = self.start(command)
            said = before.communicate(timeout=60)[0]
            check(before.returncode == 0, f"{command}: {said}")
        server = self.start(self.only("ExecStart"))
        deadline = time.monotonic() + 60
        while not os.path.exists(self.socket) and server.poll() is None \
                and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            yield server
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
            said = server.communicate(timeout=60)[0]
            check(server.returncode == 0,
                  f"the server ended with {server.returncode}:\n{said}")

    @property
    def socket(self):
        return f"{self.root}/run/rolegate/rolegate.sock"

    def ask(self, uid, groups, *words):
        options = {"user": uid, "group": uid, "extra_groups": groups} \
            if ROOT else {}
        return subprocess.run(
            [f"{prefix}/bin/rolegate", *words, "--server",
             f"unix:{self.socket}", "--timeout", "10"],
            capture_output=True, text=True, timeout=60, check=False,
            env={"HOME": "/nonexistent", "PATH": os.environ["PATH"]},
            **options)


def may_connect(path, uid, groups):
    """What the kernel asks: pass every folder, write the socket."""
    def may(entry, bit):
        status = os.stat(entry)
        if status.st_uid == uid:
            return bool(status.st_mode & (bit << 6))
        if status.st_gid in groups:
            return bool(status.st_mode & (bit << 3))
        return bool(status.st_mode & bit)
    folder = os.path.dirname(path)
    while True:
        if not may(folder, 1):
            return False
        if folder == "/":
            break
        folder = os.path.dirname(folder)
    return may(path, 2)


def check_files(unit):
    program = shlex.split(unit[("Service", "ExecStart")][0])[0]
    check(program == f"{prefix}/bin/rolegated", f"ExecStart runs {program}")
    check(os.access(program, os.X_OK), f"{program} cannot be run")
    group = unit[("Service", "SupplementaryGroups")][0]
    with open(f"{prefix}/lib/sysusers.d/rolegated.conf",
              encoding="utf-8") as file:
        made = [line.split()[:2] for line in file if not line.startswith("#")]
    check(["g", group] in made, f"sysusers.d does not make {group}")
    with open(f"{prefix}/share/rolegate/rolegated.logrotate",
              encoding="utf-8") as file:
        rotated = file.read()
    check("/var/log/rolegate/audit.ndjson {" in rotated
          and "--signal=HUP" in rotated and "rolegated.service" in rotated,
          "logrotate does not rotate the audit log")


def check_users(machine):
    status = os.stat(machine.socket)
    check(stat.S_IMODE(status.st_mode) == 0o660, f"mode {status.st_mode:o}")
    check(status.st_gid == GROUP, f"group {status.st_gid}")
    for uid in CLIENTS:
        check(may_connect(machine.socket, uid, [uid, GROUP]),
              f"{uid} of the group may not connect")
    check(not may_connect(machine.socket, STRANGER, [STRANGER]),
          "a user outside of the group may connect")
    for uid in CLIENTS:
        said = machine.ask(uid, [GROUP], "whoami", "--principal",
                           f"service:of-{uid}.example")
        check(said.returncode == 0 and f"of-{uid}.example" in said.stdout,
              f"{uid}: {said.stdout}{said.stderr}")
    if ROOT:
        said = machine.ask(STRANGER, [], "whoami", "--principal", "service:x")
        check(said.returncode == 1, f"a stranger connected: {said.stdout}")


def check_rotation(machine, server):
    log = f"{machine.root}/var/log/rolegate/audit.ndjson"
    os.rename(log, log + ".1")
    server.send_signal(signal.SIGHUP)
    for _ in range(100):
        said = machine.ask(CLIENTS[0], [GROUP], "authorize", "--principal",
                           "service:x", "--action", "s3:GetObject",
                           "--resource", "*")
        if os.path.exists(log) and os.path.getsize(log) > 0:
            break
    if not os.path.exists(log):
        faults.append(f"no new audit log: {said.stdout}{said.stderr}")
        return
    check(stat.S_IMODE(os.stat(log).st_mode) == 0o600, "the audit log is open")
    with open(log, encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def main():
    unit = read_unit(f"{prefix}/lib/systemd/system/rolegated.service")
    check_files(unit)
    if shutil.which("systemd-analyze"):
        said = subprocess.run(
            ["systemd-analyze", "verify", "--man=no",
             f"{prefix}/lib/systemd/system/rolegated.service"],
            capture_output=True, text=True, check=False, timeout=60)
        check("rolegated.service" not in said.stderr, said.stderr)
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        machine = Machine(root, unit)
        assume = ["assume-role", "--output", "json", "--role-arn",
                  "arn:aws:iam::123456789012:role/Reader",
                  "--role-session-name", "test", "--principal",
                  "service:ec2.amazonaws.com"]
        with machine.running() as server:
            check_users(machine)
            session = machine.ask(CLIENTS[0], [GROUP], *assume)
            check(session.returncode == 0, session.stderr)
            check_rotation(machine, server)
        keys = sorted(os.listdir(f"{root}/var/lib/rolegate/keys"))
        check(len(keys) == 2, f"keys: {keys}")
        if faults:
            sys.exit("\n".join(faults))
        token = json.loads(session.stdout)["Credentials"]["SessionToken"]
        with machine.running():
            said = machine.ask(CLIENTS[1], [GROUP], "whoami",
                               "--session-token", token)
            check(said.returncode == 0 and "assumed-role/Reader/test"
                  in said.stdout, f"after a restart: {said.stderr}")
        check(sorted(os.listdir(f"{root}/var/lib/rolegate/keys")) == keys,
              "a restart made other keys")
    print("\n".join(faults) or "the unit serves two users")
    sys.exit(1 if faults else 0)


main()
