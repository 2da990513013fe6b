"""What the tests of the command line share: a server on the demo's registry, and
tables of commands with their exit code and their words."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

BIN, SOURCE = (os.path.abspath(argument) for argument in sys.argv[1:3])
ROLEGATE = os.path.join(BIN, "rolegate")
READER = "arn:aws:iam::123456789012:role/Reader"


class Server:
    """A rolegated on a port that the system picks."""

    def __init__(self, work, *flags, config=None, name="server"):
        ready = os.path.join(work, f"{name}.ready")
        self.log = os.path.join(work, f"{name}.log")
        command = [os.path.join(BIN, "rolegated"), "--ready-file", ready]
        if config is not None:
            file = os.path.join(work, f"{name}.yaml")
            with open(file, "w", encoding="utf-8") as out:
                json.dump(config, out)  # JSON is YAML
            command += ["--config", file]
        with open(self.log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(command + list(flags), stderr=log)
        until = time.monotonic() + 20
        while not os.path.exists(ready):
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                with open(self.log, encoding="utf-8") as log:
                    sys.exit(f"the server does not start\n{log.read()}")
            time.sleep(0.02)
        with open(ready, encoding="utf-8") as file:
            addresses = json.load(file)
        os.remove(ready)
        self.address = addresses["listeners"][0]
        self.addresses = addresses
        self.port = self.address.rsplit(":", 1)[-1]

    def stop(self):
        self._process.terminate()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def demo_server(work, *flags, **settings):
    """A server whose callers may say who they are."""
    registry = os.path.join(work, "registry")
    if not os.path.exists(registry):
        shutil.copytree(f"{SOURCE}/deploy/demo/registry", registry)
    return Server(work, "--registry", registry, "--listen", "127.0.0.1:0",
                  "--dev", *flags, **settings)


def environment(work, **more):
    """Nothing of the machine that the test runs on, but its programs."""
    return {"HOME": work, "PATH": f"{BIN}:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            **more}


def run(command, env, cwd=None, stdin=""):
    """Exit code, and what standard output and error have, in that order."""
    done = subprocess.run(command, env=env, cwd=cwd, input=stdin, text=True,
                          check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Table:
    """Collects what differs from what rows expect."""

    def __init__(self):
        self._faults = []
        self._rows = 0

    def row(self, command, env, exit_code, *words, absent=(), cwd=None,
            stdin=""):
        """Runs `rolegate` with the words `command`, and returns what it
        printed."""
        if isinstance(command, str):
            command = command.split()
        found, out, err = run([ROLEGATE, *command], env, cwd, stdin)
        self.check(command, found == exit_code
                   and all(word in out + err for word in words)
                   and not any(word in out + err for word in absent),
                   f"expected exit {exit_code} and {list(words)}"
                   + (f" without {list(absent)}" if absent else "")
                   + f", found {found}\n{out}{err}")
        return out, err

    def check(self, name, holds, otherwise):
        self._rows += 1
        if not holds:
            shown = name if isinstance(name, str) else " ".join(name)
            self._faults.append(f"$ {shown}\n{otherwise}")

    def finish(self):
        if self._rows == 0:
            self._faults.append("the table is empty")
        print("\n".join(self._faults) or f"{self._rows} rows hold")
        sys.exit(1 if self._faults else 0)


def work_dir():
    return tempfile.TemporaryDirectory(prefix="rolegate-cli-")
