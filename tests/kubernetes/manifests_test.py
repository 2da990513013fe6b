#!/usr/bin/python3
"""The rendered manifests fit together, and the servers that they tell of start.

   manifests_test.py BIN SOURCE
`rendered` holds what the chart and the overlays render; `make test-kubernetes`
checks that it is so, and holds it against Kubernetes' schemas. Here each form
is checked for what no schema knows, and its server is started with its volumes.
Each check has a manifest that it must refuse.
"""
import copy
import json
import os
import sys
import tempfile
import time

sys.dont_write_bytecode = True
PROGRAMS, SOURCE = (os.path.abspath(each) for each in sys.argv[1:3])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import checks
import pods

FAULTS = []
ROLE = """{"RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "shop.example.com"}}]}}"""


def check(holds, what):
    if not holds:
        FAULTS.append(what)


def outside_registry(work):
    """What git-sync leaves in its volume, and a claim with the same files."""
    git = os.path.join(work, "git")
    tree = os.path.join(git, ".worktrees/4f1c")
    for folder in (tree, os.path.join(tree, "registry")):
        os.makedirs(folder)
        with open(os.path.join(folder, "role.json"), "w",
                  encoding="utf-8") as file:
            file.write(ROLE)
    # The folder `registry` of a repository holds everything, in one form; in
    # another the repository's root does, whose copy is an equal definition.
    os.symlink(".worktrees/4f1c", os.path.join(git, "current"))
    return {"rolegate-git": git, "rolegate-registry": tree}


def start(form, objects, work):
    """Whether the form's server serves, with its own settings and volumes."""
    for workload in checks.workloads(objects):
        if pods.server_of(checks.pod_of(workload)) is None:
            continue
        given = {
            "rolegate-keys": pods.new_keys(PROGRAMS, f"{work}/keys", "1"),
            "rolegate-tls": pods.make_certificate(f"{work}/tls"),
            "kube-root-ca.crt": pods.read_folder(f"{work}/tls", ["ca.crt"]),
            "main": {"role.json": ROLE}, "archive": {}, "mfa-seeds": {}}
        pod = pods.Pod(objects, checks.pod_of(workload), f"{work}/pod",
                       PROGRAMS, given, outside_registry(work))
        pod.config["limits"] = {}  # a stop waits for nobody here
        try:
            pod.start()
            check(pod.healthy("rolegate.liveness"), f"{form}: not alive")
        except RuntimeError as error:
            FAULTS.append(f"{form}: {error}")
        finally:
            check(pod.stop() == 0, f"{form}: the stop failed")
        return True
    return False


def one_at_a_time(objects, work):
    """On a node the second server does not start while the first one has the
    socket, and does when that is gone: why the DaemonSet has no surge."""
    keys = pods.new_keys(PROGRAMS, f"{work}/keys", "1")
    os.makedirs(f"{work}/run")
    (workload,) = checks.workloads(objects)
    first, second = (pods.Pod(
        objects, checks.pod_of(workload), f"{work}/pod-{i}", PROGRAMS,
        {"rolegate-keys": keys, "main": {"role.json": ROLE}},
        {"rolegate-socket": f"{work}/run"}) for i in range(2))
    for pod in (first, second):
        pod.listener["address"] = f"unix:{work}/run/rolegate.sock"
    try:
        first.start()
        second.start(wait=False)
        check(second.process.wait(20) != 0, "two servers share a socket")
        check("another server listens" in second.log(), second.log())
        first.stop()
        second.start()
    finally:
        first.stop()
        second.stop()


def next_commit(form, objects, work):
    """git-sync swaps its link: the next commit comes into force."""
    folders = outside_registry(work)
    git = folders["rolegate-git"]
    (workload,) = checks.workloads(objects)
    pod = pods.Pod(
        objects, checks.pod_of(workload), f"{work}/pod", PROGRAMS,
        {"rolegate-keys": pods.new_keys(PROGRAMS, f"{work}/keys", "1"),
         "rolegate-tls": pods.make_certificate(f"{work}/tls")}, folders)
    pod.config["limits"] = {}
    try:
        pod.start()
        seen = len(pod.log())
        tree = os.path.join(git, ".worktrees/9b2e/registry")
        os.makedirs(tree)
        with open(f"{tree}/role.json", "w", encoding="utf-8") as file:
            file.write(ROLE.replace("shop.example.com", "cart.example.com"))
        os.symlink(".worktrees/9b2e", f"{git}/next")
        os.rename(f"{git}/next", f"{git}/current")
        deadline = time.monotonic() + 20
        while ("registry loaded" not in pod.log()[seen:]
               and time.monotonic() < deadline):
            time.sleep(0.1)
        check("registry loaded" in pod.log()[seen:],
              f"{form}: the next commit is not noticed: {pod.log()}")
    finally:
        pod.stop()


def set_at(path, value):
    def change(objects):
        kind, *steps = path
        at = next(each for each in objects if each["kind"] == kind)
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value
    return change


POD = ("Deployment", "spec", "template", "spec")
SERVER = (*POD, "containers", 0)
# What is changed in the chart's form `production`, and a part of what is said.
BROKEN = [
    (set_at(("Deployment", "spec", "template", "metadata", "labels"),
            {"a": "b"}),
     "does not select its own pods"),
    (set_at(("Service", "spec", "selector"), {"a": "b"}),
     "selects 0 workloads"),
    (set_at(("PodDisruptionBudget", "spec", "selector", "matchLabels"),
            {"a": "b"}),
     "selects 0 workloads"),
    (set_at((*POD, "topologySpreadConstraints", 0, "labelSelector",
             "matchLabels"), {"a": "b"}), "spreads other pods"),
    (set_at(("Service", "spec", "ports", 0, "targetPort"), "grcp"),
     "no port grcp"),
    (set_at(("NetworkPolicy", "spec", "ingress", 0, "ports", 0, "port"),
            "health"),
     "others reach the health port"),
    (set_at(("NetworkPolicy", "spec", "ingress", 0, "ports"), []),
     "a rule opens every port"),
    (set_at((*SERVER, "volumeMounts", 0, "name"), "conf"), "no volume conf"),
    (set_at((*SERVER, "volumeMounts", 0, "subPath"), "a"),
     "never sees an update"),
    (set_at((*POD, "initContainers"), [{
        "name": "a", "image": "a:1", "volumeMounts": [
            {"name": "rolegate-socket", "mountPath": "/run/rolegate"}]}]),
     "can put another socket there"),
    (set_at((*SERVER, "volumeMounts", 0, "mountPath"),
            "/etc/rolegate/registry"),
     "is mounted inside of"),
    (set_at((*POD, "volumes", 0, "configMap"), {"name": "other"}),
     "no ConfigMap other"),
    (set_at((*POD, "volumes", 1, "secret"), {"secretName": "rolegate-keys"}),
     "others can read Secret"),
    (set_at((*SERVER, "resources", "limits"), {}), "no limits of memory"),
    (set_at((*SERVER, "startupProbe", "grpc", "port"), 8470),
     "does not ask the health port"),
    (set_at((*SERVER, "livenessProbe", "grpc", "service"), ""),
     "liveness must not depend"),
    (set_at((*SERVER, "image"), "rolegate:latest"), "another one every day"),
    (set_at((*POD, "terminationGracePeriodSeconds"), 20), "a stop takes 30"),
    (set_at((*POD, "serviceAccountName"), "other"), "no ServiceAccount other"),
    (set_at((*POD, "automountServiceAccountToken"), True), "do not need"),
    (set_at((*POD, "enableServiceLinks"), True), "ROLEGATE_"),
    (set_at((*POD, "hostNetwork"), True), "shares hostNetwork"),
    (set_at((*POD, "securityContext", "runAsNonRoot"), False), "may be root"),
    (set_at((*POD, "securityContext", "runAsUser"), 0), "may be root"),
    (set_at((*POD, "securityContext", "seccompProfile"), {}), "seccomp"),
    (set_at((*POD, "volumes", 1), {"name": "rolegate-keys", "hostPath": {
        "path": "/"}}), "a volume of the node"),
    (set_at((*SERVER, "securityContext", "allowPrivilegeEscalation"), True),
     "may get privileges"),
    (set_at((*SERVER, "securityContext", "capabilities"), {}),
     "has capabilities"),
    (set_at((*SERVER, "securityContext", "readOnlyRootFilesystem"), False),
     "its root file system"),
    (set_at((*SERVER, "securityContext", "privileged"), True), "privileged"),
    (set_at((*SERVER, "ports", 0, "hostPort"), 8470), "a port of the node"),
    (set_at(("HorizontalPodAutoscaler", "spec", "scaleTargetRef", "name"), "x"),
     "scales nothing"),
    (set_at(("Deployment", "spec", "replicas"), 3), "sets the number, too"),
    (set_at(("PodDisruptionBudget", "spec", "maxUnavailable"), 3),
     "lets all replicas go"),
    (set_at(("Deployment", "spec", "strategy", "rollingUpdate"),
            {"maxUnavailable": 1}), "takes a replica away first"),
    (set_at(("ConfigMap", "data", "big"), "x" * (1 << 20)),
     "1 MiB is the most"),
    (set_at(("ConfigMap", "data", "key"), "-----BEGIN PRIVATE KEY-----"),
     "holds a secret"),
    (set_at((*POD, "initContainers"), [{
        "name": "a", "image": "a:1", "restartPolicy": "Alway"}]),
     "restartPolicy"),
]


BROKEN_ON_NODES = [
    (set_at(("DaemonSet", "spec", "updateStrategy", "rollingUpdate"),
            {"maxSurge": 1}), "two servers cannot share a socket"),
]


def refuse(objects, table):
    for change, expected in table:
        broken = copy.deepcopy(objects)
        change(broken)
        said = list(checks.faults_of(broken))
        check(any(expected in each for each in said),
              f"nobody says `{expected}` of a broken manifest: {said}")


def same_server(forms):
    """The chart and the overlays describe one and the same server."""
    for one, other in (("helm-shared", "kustomize-shared"),
                       ("helm-shop", "kustomize-sidecar")):
        (left,) = checks.workloads(forms[one])
        (right,) = checks.workloads(forms[other])
        left, right = (pods.server_of(checks.pod_of(each))
                       for each in (left, right))
        for key in sorted(set(left) | set(right)):
            found, expected = left.get(key), right.get(key)
            if isinstance(found, list):
                found, expected = (
                    sorted(json.dumps(item, sort_keys=True) for item in each)
                    for each in (found, expected or []))
            check(found == expected,
                  f"{one} and {other} differ in {key}: {found}, {expected}")


def settings_restart(forms):
    """Servers restart when their settings change, and for nothing else."""
    configs = {}
    for form, objects in forms.items():
        for workload in checks.workloads(objects):
            template = workload["spec"]["template"]["metadata"]
            digest = template.get("annotations", {}).get("checksum/config")
            if digest:
                configs.setdefault(digest, set()).add(json.dumps(
                    checks.config_of(workload, objects), sort_keys=True))
    check(len(configs) > 4, "too few forms have a digest of their settings")
    check(all(len(each) == 1 for each in configs.values()),
          "two configurations have one digest")
    check(len(set.union(*configs.values())) == len(configs),
          "one configuration has two digests")


def main():
    folder = os.path.join(HERE, "rendered")
    forms = {name.removesuffix(".yaml"): checks.read(os.path.join(folder, name))
             for name in sorted(os.listdir(folder))}
    started = 0
    for form, objects in forms.items():
        FAULTS.extend(f"{form}: {fault}" for fault in checks.faults_of(objects))
        FAULTS.extend(f"{form}: {fault}"
                      for fault in checks.registry_faults(objects, PROGRAMS))
        with tempfile.TemporaryDirectory(prefix="rolegate-pod-") as work:
            started += start(form, objects, work)
    refuse(forms["helm-production"], BROKEN)
    refuse(forms["helm-node"], BROKEN_ON_NODES)
    with tempfile.TemporaryDirectory(prefix="rolegate-pod-") as work:
        one_at_a_time(forms["helm-node"], work)
    for form in ("helm-git-sync", "kustomize-git-sync"):
        with tempfile.TemporaryDirectory(prefix="rolegate-pod-") as work:
            next_commit(form, forms[form], work)
    same_server(forms)
    settings_restart(forms)
    check(started >= 10, f"only {started} servers were started")
    broken = len(BROKEN) + len(BROKEN_ON_NODES)
    print("\n".join(FAULTS) or f"{len(forms)} forms hold, {started} servers "
          f"start from them, and {broken} broken ones are found")
    return 1 if FAULTS else 0


sys.exit(main())
