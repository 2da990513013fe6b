#!/usr/bin/python3
"""A rollout, rehearsed: three replicas as processes, under constant load.

   rollout_test.py BIN SOURCE
The replicas are those of the rendered overlay `production`, each with volumes
of its own that are swapped as the kubelet swaps them, each at its own moment. A
bare gRPC client asks all the time. Meanwhile the replicas are restarted one by
one, the keys are rotated, the registry is updated, a faulty registry comes and
a replica restarts beside it. Nothing may fail, and no answer may be wrong.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
PROGRAMS, SOURCE = (os.path.abspath(each) for each in sys.argv[1:3])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(SOURCE, "client/conformance")]
import checks
import pods
import stubs
import tokens

ISSUER = "https://kubernetes.default.svc.cluster.local"
ROLE = "arn:aws:iam::123456789012:role/Frontend"
SUBJECT = "system:serviceaccount:shop:frontend"
OPEN, SECRET, OTHER = ("arn:aws:s3:::carts/42", "arn:aws:s3:::carts/secret/7",
                       "arn:aws:s3:::reports/1")
STAGGER = 0.7  # the kubelets of three nodes look at different times
REPLICAS = 3


def log(text):
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", flush=True)


BEGAN = time.monotonic()


class Fleet:
    """The replicas, and what is mounted into them."""

    def __init__(self, work):
        self.work = work
        self.keys_folder = os.path.join(work, "keys")
        self.keys = pods.new_keys(PROGRAMS, self.keys_folder, "key-1")
        self.tls = pods.make_certificate(os.path.join(work, "tls"))
        self.cluster = tokens.Issuer(os.path.join(work, "cluster.pem"))
        objects = checks.read(os.path.join(
            HERE, "rendered/kustomize-production.yaml"))
        for each in objects:
            if each["metadata"]["name"] == "rolegate-registry-web-identity":
                each["data"]["cluster.jwks"] = json.dumps(self.cluster.jwks())
                self.files = each["data"]
        (workload,) = checks.workloads(objects)
        self.replicas = [
            pods.Pod(objects, checks.pod_of(workload),
                     os.path.join(work, f"replica-{i}"), PROGRAMS,
                     {"rolegate-keys": self.keys, "rolegate-tls": self.tls})
            for i in range(REPLICAS)]

    def mount(self, volume, files):
        """What happens after `kubectl apply`, on one node after the other."""
        for replica in self.replicas:
            replica.volumes[volume].write(files)
            time.sleep(STAGGER)

    def set_role(self, change):
        files = dict(self.files)
        role = json.loads(files["frontend.json"])
        change(role["RolePolicyList"][0]["PolicyDocument"]["Statement"])
        files["frontend.json"] = json.dumps(role)
        return files

    def logged(self, text, seconds=20, replicas=None):
        """Waits until each replica has logged a text after its last start."""
        deadline = time.monotonic() + seconds
        for replica in replicas or self.replicas:
            while text not in replica.log()[replica.seen:]:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{replica.root} does not log `{text}`:"
                                       + "\n" + replica.log()[-2000:])
                time.sleep(0.1)

    def mark(self):
        for replica in self.replicas:
            replica.seen = len(replica.log())

    def stop(self):
        for replica in self.replicas:
            replica.stop()


def revision_of(replica):
    """As its log tells when a generation comes into force."""
    loaded = [line for line in replica.log().splitlines()
              if 'revision="' in line and "registry loaded" in line]
    return loaded[-1].split('revision="')[1].split('"')[0]


def deny_secrets(statements):
    statements.append({"Effect": "Deny", "Action": "s3:*",
                       "Resource": "arn:aws:s3:::carts/secret/*"})


def restart_one_by_one(fleet):
    slowest = 0
    for replica in fleet.replicas:
        begin = time.monotonic()
        status = replica.stop(30)
        slowest = max(slowest, time.monotonic() - begin)
        if status != 0:
            raise RuntimeError(f"a stop ended with {status}")
        replica.start()
        time.sleep(1.5)  # the client finds it again
    return slowest


def answers_of_each(fleet):
    """Every replica takes its share: how many decisions each has logged."""
    shares = []
    for replica in fleet.replicas:
        with open(replica.path("/audit"), encoding="utf-8") as file:
            shares.append(sum('"s3:GetObject"' in line for line in file))
    return shares


def rotate_keys(fleet, load):
    """The steps of docs/operations.md. A Secret changes as a whole, so the new
    key and the file that keeps the old one signing come together."""
    fleet.mark()
    both = pods.new_keys(PROGRAMS, fleet.keys_folder, "key-2")
    fleet.mount("rolegate-keys", both | {
        "active": "key-1\n", "active-seal": "key-1\n"})
    fleet.logged("keys reloaded")
    fleet.mark()
    fleet.mount("rolegate-keys", both | {
        "active": "key-2\n", "active-seal": "key-2\n"})
    fleet.logged("keys reloaded")
    load.renew("key-2")
    fleet.mark()
    fleet.keys = {name: content for name, content in both.items()
                  if name.startswith("key-2")}
    fleet.mount("rolegate-keys", fleet.keys)
    fleet.logged("keys reloaded")


def rehearse(fleet, load, table, first):
    load.await_revision(first)
    log(f"{REPLICAS} replicas serve revision {first[:8]}")

    slowest = restart_one_by_one(fleet)
    load.await_revision(first)
    log(f"restarted one by one; the slowest stop took {slowest:.1f} s")

    rotate_keys(fleet, load)
    log("keys rotated; sessions of the old key are renewed, the key is gone")

    second = update(fleet, load, table, first)
    log(f"registry updated: revision {second[:8]}")

    faulty(fleet, load, second)
    return second


def update(fleet, load, table, first):
    """A Deny is added. Until every replica has it, both answers are right."""
    files = fleet.set_role(deny_secrets)
    denied = table | {SECRET: load_module().EXPLICIT_DENY}
    second = revision_offline(fleet, files)
    load.expect({first: table, second: denied})
    fleet.mark()
    fleet.mount("rolegate-registry-web-identity", files)
    fleet.logged("registry loaded")
    load.await_revision(second)
    load.expect({second: denied})  # from now on the old one is wrong
    fleet.files = files
    return second


def revision_offline(fleet, files):
    """What a clean directory with these files digests to, by the command line:
    the same on every replica."""
    folder = os.path.join(fleet.work, f"offline-{time.monotonic_ns()}")
    main = fleet.replicas[0].volumes["rolegate-registry-main"].path
    for name, content in (("main", pods.read_folder(main + "/..data")),
                          ("web-identity", files)):
        pods.Volume(os.path.join(folder, name), content)
    said = subprocess.run([f"{PROGRAMS}/rolegate", "check", folder], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return said.rsplit("revision ", 1)[1].strip()


def faulty(fleet, load, revision):
    """A broken file holds the generation back on every replica. One of them
    restarts beside it: it waits and is not ready, so a rollout would go no
    further, and the others serve."""
    fleet.mark()
    broken = fleet.files | {"frontend.json": fleet.files["frontend.json"][:-9]}
    fleet.mount("rolegate-registry-web-identity", broken)
    fleet.logged("registry fault")
    load.await_revision(revision)
    log("a faulty registry changes nothing on any replica")
    victim = fleet.replicas[1]
    if victim.stop(30) != 0:
        raise RuntimeError("a stop failed")
    victim.start(wait=False)
    fleet.logged("nothing is in force", replicas=[victim])
    if victim.healthy() or not victim.healthy("rolegate.liveness"):
        raise RuntimeError(
            "a replica without a registry must live and not be ready")
    load.await_revision(revision)
    log("a replica that restarts beside it is not ready, and alive")
    fleet.mount("rolegate-registry-web-identity", fleet.files)
    victim.await_health("SERVING")
    time.sleep(2)
    load.await_revision(revision)
    log("the registry is mended, and the replica ready by itself")


def load_module():
    import load
    return load


def quantile(times, part):
    return sorted(times)[int(part * (len(times) - 1))] * 1000


def main():
    with tempfile.TemporaryDirectory(prefix="rolegate-rollout-") as work:
        stubs.generate(os.path.join(work, "stubs"))
        module = load_module()
        fleet = Fleet(work)
        load = None
        try:
            for replica in fleet.replicas:
                replica.seen = 0
                replica.start()
            first = revision_of(fleet.replicas[0])
            table = {OPEN: module.ALLOW, SECRET: module.ALLOW,
                     OTHER: module.IMPLICIT_DENY}
            load = module.Load(
                [replica.address for replica in fleet.replicas],
                fleet.tls["ca.crt"], ROLE,
                fleet.cluster.token(ISSUER, SUBJECT, ["rolegate"], 3600),
                {first: table})
            load.start()
            last = rehearse(fleet, load, table, first)
            seconds = time.monotonic() - BEGAN
            load.end()
            revisions = {load.revision_at(replica.address)
                         for replica in fleet.replicas}
            shares = answers_of_each(fleet)
        finally:
            if load is not None:
                load.end()
            fleet.stop()
    print(f"{len(load.times)} calls ({load.sessions} sessions) in "
          f"{seconds:.0f} s, "
          f"p50 {quantile(load.times, .5):.1f} ms, "
          f"p99 {quantile(load.times, .99):.1f} ms, "
          f"slowest {quantile(load.times, 1):.0f} ms; "
          f"decided by each replica: {shares}")
    for kind, counter in (("failed", load.failed), ("wrong", load.wrong)):
        print(f"{sum(counter.values())} {kind}")
        for text, number in counter.most_common(10):
            print(f"    {number} x {text}")
    print(f"revision at the end: {', '.join(sorted(revisions))}")
    good = (not load.failed and not load.wrong and revisions == {last}
            and min(shares) > 0 and len(load.times) > 1000)
    print("the rollout held" if good else "THE ROLLOUT LOST SOMETHING")
    return 0 if good else 1


sys.exit(main())
