"""`rolegate audit` and `rolegate replay` on logs, as tables of commands: what they
print, what they exit with, and a log that is followed while it is rotated.
   audit_test.py BIN SOURCE
"""
import json
import os
import select
import shutil
import signal
import subprocess
import time

import support

LOG = os.path.join(support.SOURCE, "deploy/demo/audit.log")
REGISTRY = os.path.join(support.SOURCE, "deploy/demo/registry")
DENIED = "01M8KMV7SXSBWK6WVG7WESFABC"  # a secret, in the demo's log


def write(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def commands(table, work, env):
    with open(LOG, encoding="utf-8") as file:
        lines = file.read().splitlines()
    cloudtrail = os.path.join(work, "cloudtrail.log")
    write(cloudtrail, '{"eventVersion": "1.11", "eventSource": '
                      '"sts.amazonaws.com"}\n')
    other = os.path.join(work, "other")
    shutil.copytree(REGISTRY, other)
    reader = os.path.join(other, "roles/reader.json")
    with open(reader, encoding="utf-8") as file:
        policy = file.read()
    write(reader, policy.replace("bucket/secret/*", "bucket/hidden/*"))
    broken = os.path.join(work, "broken.log")
    write(broken, lines[0] + "\n{\"kind\": \x1b[2J\n" + lines[1][:40])
    alone = os.path.join(work, "alone.log")
    write(alone, lines[5] + "\n")
    allowed = next(line for line in lines if '"kind":"authorize"' in line
                   and '"decision":"ALLOW"' in line)
    refused = os.path.join(work, "refused.log")
    write(refused, lines[9] + "\n")
    both = os.path.join(work, "both.log")
    write(both, lines[9] + "\n" + allowed + "\n")
    row = table.row
    row(f"audit tail -n 2 {LOG}", env, 0, "CrossAccountRole/reports",
        "IMPLICIT_DENY", absent=("tour", "\x1b"))
    row(["audit", "tail", "-n", "1", "-o", "json"], env, 0, lines[9],
        absent=(lines[8],), stdin="\n".join(lines))
    row(f"audit tail -n 3 --decision ALLOW {LOG}", env, 0, "s3:GetObject",
        absent=("Partner",))
    row(f"audit tail {work}/none.log", env, 2, "No such file or directory")
    row(f"audit tail {cloudtrail}", env, 2, "is CloudTrail's format")
    row(f"audit tail {broken}", env, 0, "ec2.amazonaws.com",
        "broken.log: the line at byte", "is cut off", absent=("\x1b",))
    row(f"audit grep --decision DENY --resource */secret/* {LOG}", env, 0,
        "`NeverSecrets` of", absent=("Partner",))
    row(f"audit grep --action s3:Delete* {LOG}", env, 1)
    with open("/dev/full", "w", encoding="utf-8") as full:
        lost = subprocess.run(
            [support.ROLEGATE, "audit", "grep", "-o", "json", LOG], env=env,
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
            check=False)
    table.check("audit grep, to a full disk",
                lost.returncode == 1 and "cannot be written" in lost.stderr,
                lost)
    row(f"audit grep --since tomorrow {LOG}", env, 2,
        "`--since`: `tomorrow` is no time: expected one as")
    row(f"audit grep --decision MAYBE {LOG}", env, 2, "MAYBE")
    row(f"audit grep --count --kind assume_role {LOG}", env, 0, "3 records",
        "partner.example.com  sts:AssumeRole")
    out, _ = row(f"audit grep --count -o json {LOG}", env, 0)
    table.check("--count", sum(group["count"] for group in json.loads(out)) == 10,
                out)
    row(f"audit grep {broken}", env, 0, "broken.log:2: column 10",
        "broken.log:3: is cut off", absent=("\x1b",))
    row(f"audit grep {cloudtrail}", env, 2, "is CloudTrail's format")
    explain = f"audit explain {DENIED} --registry"
    row(f"{explain} {REGISTRY} --log {LOG}", env, 0, "audit.log:6",
        "  identity: EXPLICIT_DENY",
        "  decided by identity roles/reader.json:33 `NeverSecrets`",
        "and so does this registry", "of the revision that decided")
    row(f"{explain} {other} --log {LOG}", env, 0, "and this registry ALLOW",
        "another revision decided: ")
    row(f"{explain} {REGISTRY} --log {alone}", env, 1,
        "not decided again: the `assume_role` record of the session is not in "
        "the log (RGSA")
    row(f"audit explain 01M --registry {REGISTRY} --log {LOG}", env, 1,
        "no record of the log has the decision_id `01M`")
    out, _ = row(f"{explain} {REGISTRY} --log {LOG} -o json", env, 0)
    simulated, _ = row(["simulate", "--registry", REGISTRY], env, 0,
                       stdin=json.dumps({"id": DENIED, "request": {
                           "principal": {"AWS": "arn:aws:sts::123456789012:"
                                                "assumed-role/Reader/tour"},
                           "action": "s3:GetObject", "resource":
                           "arn:aws:s3:::example-bucket/secret/a.txt"}}))
    table.check("explain says what simulate says",
                json.loads(simulated).items() <= json.loads(out).items(),
                out + simulated)
    replay = f"replay --log {LOG} --registry"
    row(f"{replay} {REGISTRY} --fail-on any", env, 0, "10 the same")
    row(f"{replay} {other} --fail-on widening", env, 4, "1 newly allowed")
    row(f"{replay} {other} --fail-on any --baseline {other}", env, 0,
        "the baseline decides so, too")
    row(f"{replay} {other} -o markdown", env, 0, "| newly allowed | 1 |")
    row(f"replay --log {broken} --registry {REGISTRY}", env, 0,
        "1 decided again", "2 lines not read", "broken.log:2: column 10")
    row(f"replay --log {alone} --registry {REGISTRY}", env, 0,
        "1 not decided: the `assume_role` record of the session is not in the "
        "log (first ")
    row(f"replay --log {refused} --registry {REGISTRY}", env, 0,
        "no decision of the log allows")
    row(f"replay --log {both} --registry {REGISTRY}", env, 0,
        "1 not decided", absent=("no decision of the log allows",))
    row(f"replay --log /dev/null --registry {REGISTRY}", env, 2,
        "the log holds no decision")
    row(f"replay --log {cloudtrail} --registry {REGISTRY}", env, 2,
        "cloudtrail.log:1: is CloudTrail's format")
    row(f"replay --log {LOG} --registry {work}/none", env, 2, "--registry")
    row("tail audit.log", env, 2, "did you mean `audit tail`?")


class Follower:
    """`rolegate audit tail -f`, of which lines are awaited."""

    def __init__(self, path, env):
        self._process = subprocess.Popen(
            [support.ROLEGATE, "audit", "tail", "-f", "-n", "1", path], env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        self._seen = b""

    def sees(self, word):
        until = time.monotonic() + 20
        while word.encode() not in self._seen:
            wait = until - time.monotonic()
            if wait <= 0 or not select.select([self._process.stdout], [], [],
                                              wait)[0]:
                return False
            read = os.read(self._process.stdout.fileno(), 65536)
            if not read:
                return False
            self._seen += read
        return True

    @property
    def seen(self):
        return self._seen.decode()

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)


def following(table, work, env):
    """A log that is written, renamed, begun anew and cut off."""
    path = os.path.join(work, "follow.log")

    def record(name):
        return json.dumps({"timestamp": "2026-11-02T10:00:00Z",
                           "kind": "authorize", "caller": name,
                           "decision": "ALLOW"}) + "\n"
    write(path, record("first") + record("second"))
    follower = Follower(path, env)
    table.check("tail -f begins at the end", follower.sees("second"),
                follower.seen)
    write(path, record("third"), "a")
    table.check("tail -f goes on", follower.sees("third"), follower.seen)
    os.rename(path, path + ".1")
    write(path + ".1", record("fourth"), "a")
    write(path, record("fifth"))
    table.check("tail -f follows a rotation",
                follower.sees("fourth") and follower.sees("fifth"),
                follower.seen)
    write(path, "")
    table.check("tail -f says that the log was cut off",
                follower.sees("was cut off"), follower.seen)
    write(path, record("sixth"), "a")
    table.check("tail -f goes on behind that", follower.sees("sixth"),
                follower.seen)
    follower.stop()
    table.check("tail -f shows each line once",
                "first" not in follower.seen
                and all(follower.seen.count(f"  {name}  ") == 1 for name in
                        ("second", "third", "fourth", "fifth", "sixth")),
                follower.seen)


with support.work_dir() as directory:
    rows = support.Table()
    commands(rows, directory, support.environment(directory))
    following(rows, directory, support.environment(directory))
rows.finish()
