#!/usr/bin/python3
"""Runs the commands of docs/kubernetes.md, as a reader does in a clone.

   docs_test.py TOOLS BIN SOURCE
Blocks of `sh` run in one shell, from top to bottom. `stand_in.py` takes the
place of the cluster. Those of `shell` are asked of the server that the commands
before them installed, started from what is then in the cluster. `console` needs
nodes, and is known here.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOOLS, PROGRAMS, SOURCE = (os.path.abspath(each) for each in sys.argv[1:4])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import checks
import pods

NEEDS_NODES = {
    "kubectl rollout status --namespace rolegate deployment/rolegate"}


def blocks():
    with open(os.path.join(SOURCE, "docs/kubernetes.md"),
              encoding="utf-8") as file:
        return re.findall(r"^```(\w+)\n(.*?)^```", file.read(), re.S | re.M)


class Reader:
    """Somebody in a clone: what one block exports, the next one has."""

    def __init__(self, work):
        self.clone = os.path.join(work, "clone")
        self.store = os.path.join(work, "store")
        self.state = os.path.join(work, "state")
        programs = os.path.join(work, "bin")
        for folder in (self.store, programs):
            os.makedirs(folder)
        shutil.copytree(os.path.join(SOURCE, "deploy"),
                        os.path.join(self.clone, "deploy"))
        for name in ("kubectl", "helm"):
            path = os.path.join(programs, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexec /usr/bin/python3 "
                           f"{HERE}/stand_in.py {name} \"$@\"\n")
            os.chmod(path, 0o755)
        self.environment = {
            "PATH": f"{programs}:{PROGRAMS}:/usr/bin:/bin:"
                    + os.path.dirname(shutil.which("go")),
            "HOME": os.environ["HOME"], "ROLEGATE_TEST_TOOLS": TOOLS,
            "ROLEGATE_TEST_STORE": self.store}

    def run(self, commands, **variables):
        script = (f"set -eu\n[ ! -e {self.state} ] || . {self.state}\n"
                  f"{commands}\n"
                  f"export -p | grep -v ROLEGATE_ >{self.state}\n"
                  f"declare -f >>{self.state}\n")
        return subprocess.run(["bash", "-c", script], cwd=self.clone, text=True,
                              env=self.environment | variables, check=False,
                              timeout=180, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)

    def objects(self, namespace):
        with open(f"{self.store}/objects.json", encoding="utf-8") as file:
            return [each for key, each in json.load(file).items()
                    if key.startswith(f"{namespace}/")]


def ask_server(reader, commands, work):
    """The answer for the account that the page names, and for another."""
    objects = reader.objects("rolegate")
    keys = next(each["data"] for each in objects if each["kind"] == "Secret")
    if len(checks.workloads(objects)) != 1:
        return "not one server is installed"
    (workload,) = checks.workloads(objects)
    pod = pods.Pod(objects, checks.pod_of(workload), f"{work}/pod", PROGRAMS, {
        "rolegate-keys": {name: base64.b64decode(text)
                          for name, text in keys.items()},
        "rolegate-tls": pods.make_certificate(f"{work}/tls")})
    try:
        pod.start()
        shutil.copy(f"{work}/tls/ca.crt", f"{reader.clone}/ca.crt")
        said = reader.run(commands, ROLEGATE_SERVER=pod.address)
        if not said.stdout.startswith("ALLOW\n"):
            return said.stdout + pod.log()
        said = reader.run(
            "kubectl create serviceaccount backend --namespace shop\n"
            "kubectl create token backend --namespace shop --audience rolegate "
            f"> token\n{commands}", ROLEGATE_SERVER=pod.address)
        return None if "AccessDenied" in said.stdout else said.stdout
    finally:
        pod.stop()


def main():
    faults, ran = [], 0
    with tempfile.TemporaryDirectory(prefix="rolegate-docs-") as work:
        reader = Reader(work)
        for kind, commands in blocks():
            fault = None
            if kind == "sh":
                said = reader.run(commands)
                fault = said.stdout if said.returncode else None
            elif kind == "shell":
                fault = ask_server(reader, commands, work)
            elif kind == "console":
                known = commands.strip() in NEEDS_NODES
                fault = None if known else "nobody knows whether this runs"
            else:
                continue
            ran += 1
            if fault:
                faults.append(f"{commands}\n{fault}")
    if ran < 12:
        faults.append(f"only {ran} blocks were found")
    print("\n".join(faults) or f"{ran} blocks of docs/kubernetes.md run as "
          "written")
    return 1 if faults else 0


sys.exit(main())
