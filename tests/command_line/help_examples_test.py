"""Every help has examples, and each of them runs: it is no wrong use, and fails only
where the row below says that it needs what this machine has not.
   help_examples_test.py BIN SOURCE
"""
import gzip
import os
import re
import shutil
import tempfile

import support

COMMANDS = ["help", "version", "completion", "assume-role",
            "assume-role-with-web-identity", "assume-role-with-saml",
            "authorize", "whoami", "decode-authorization-message", "registry",
            "registry status", "registry roles", "registry role",
            "registry reload", "check", "simulate", "test", "replay",
            "audit", "audit tail", "audit grep", "audit explain"]
# Part of an example, and what is said where it cannot be done here.
REFUSED = {
    "--server localhost": "nobody listens there",
    "AQly…": "shortened form of the encoded message",
    "/var/run/secrets/rolegate/token": "cannot read",
    "role/Partner": "AccessDenied",
    "response.b64": "federation.saml_audience",
    "--fail-on warning": "SkippedFile",  # the cases beside the roles
    # The rotated log has the same records once more.
    "--log audit.log.1.gz": "20 decided again: 20 the same",
}


def examples(text):
    """The commands of a help, without `eval "$(...)"` around them."""
    found = re.search(r"^Examples?:\n((?:  .*\n?)+)", text, re.MULTILINE)
    if not found:
        return []
    commands = re.sub(r"\\\n\s*", "", found.group(1)).strip().split("\n")
    return [re.sub(r'^eval "\$\((.*)\)"$', r"\1", each.strip())
            for each in commands]


def furnish(work):
    """The files that examples name."""
    registry = os.path.join(support.SOURCE, "deploy/demo/registry/roles")
    for folder in ("deploy/demo/registry/roles", "roles"):
        shutil.copytree(registry, os.path.join(work, folder))
    os.makedirs(os.path.join(work, "policies"))
    # These stand by themselves, without a registry.
    shutil.copytree(os.path.join(support.SOURCE, "tests/cases"),
                    os.path.join(work, "tests/cases"))
    cases = os.path.join(support.SOURCE, "deploy/demo/tests/roles.ndjson")
    first = sorted(os.listdir(registry))[0]
    shutil.copy(os.path.join(registry, first),
                os.path.join(work, "policies", "p.json"))
    shutil.copy(os.path.join(registry, "reader.json"),
                os.path.join(work, "roles", "reader.json"))
    log = os.path.join(support.SOURCE, "deploy/demo/audit.log")
    shutil.copy(log, os.path.join(work, "audit.log"))
    with open(log, "rb") as file, gzip.open(
            os.path.join(work, "audit.log.1.gz"), "wb") as packed:
        packed.write(file.read())
    for path in ("roles/cases.ndjson", "cases.ndjson"):
        shutil.copy(cases, os.path.join(work, path))
    for path, text in (
            ("narrow.json", '{"Version": "2012-10-17", "Statement": []}'),
            ("response.b64", "PHg+"),
            ("rolegated.yaml", "registry: {dir: roles}\n")):
        with open(os.path.join(work, path), "w", encoding="utf-8") as file:
            file.write(text)


def main():
    faults, count = [], 0
    with tempfile.TemporaryDirectory() as work:
        furnish(work)
        with support.demo_server(work) as server:
            env = support.environment(work, ROLEGATE_SERVER=server.address,
                                      HOSTNAME="pod-1")
            for command in COMMANDS:
                _, text, _ = support.run(
                    [support.ROLEGATE, *command.split(), "--help"], env)
                found = examples(text)
                if not found and command != "version":
                    faults.append(f"{command}: the help has no example")
                for example in found:
                    count += 1
                    code, out, error = support.run(["bash", "-c", example],
                                                   env, cwd=work)
                    wanted = [words for part, words in REFUSED.items()
                              if part in example]
                    good = (wanted[0] in error + out if wanted
                            else code in (0, 3))
                    if not good:
                        faults.append(f"$ {example}\n{code}: {error}{out}")
    print("\n".join(faults) or f"{count} examples run")
    return 1 if faults or count < 20 else 0


raise SystemExit(main())
