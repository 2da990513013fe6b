#!/usr/bin/python3
"""A real API server admits every rendered manifest, and refuses broken ones.

   cluster_test.py TOOLS BIN SOURCE
Unknown fields are refused, the definitions of cert-manager and of the
Prometheus operator are theirs, and the Pods that the workloads would make are
admitted by Pod Security's "restricted". Then a pod's own token, as the API
server issues it, assumes a role of the real Rolegate.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile
import time

import yaml

sys.dont_write_bytecode = True
TOOLS, PROGRAMS, SOURCE = (os.path.abspath(each) for each in sys.argv[1:4])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import checks
import cluster
import definitions
import pods

FAULTS = []
COUNTS = {"objects": 0, "pods": 0, "refused": 0}


def check(holds, what):
    if not holds:
        FAULTS.append(what)


def define(own):
    """Has a cluster know the custom resources."""
    for file in definitions.files():
        own.must("create", "-f", file)
    own.must("wait", "--for=condition=Established", "crd", "--all",
             "--timeout=60s")


def namespace(own, name, level):
    own.must("create", "-f", "-", data=yaml.safe_dump({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": name, "labels": {
                "pod-security.kubernetes.io/enforce": level,
                "pod-security.kubernetes.io/enforce-version": "latest"}}}))
    # What a controller makes in every namespace, and none runs here.
    own.must("create", "serviceaccount", "default", "--namespace", name)


def pod_object(workload):
    """The Pod that the workload's controller would make."""
    template = copy.deepcopy(workload["spec"]["template"])
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": template["metadata"] | {
                "name": f"{workload['metadata']['name']}-0"},
            "spec": template["spec"]}


def admit(own, form, objects, number):
    """Each form gets a namespace of its own, by the strictest level that the
    form claims to meet."""
    on_nodes = any(each["kind"] == "DaemonSet" for each in objects)
    name = f"form-{number}"
    namespace(own, name, "privileged" if on_nodes else "restricted")
    for each in objects:
        if each["kind"] == "Namespace":
            said = own.apply(yaml.safe_dump(each), "--dry-run=server")
        else:
            each = copy.deepcopy(each)
            if each["kind"] != "ClusterRoleBinding":
                each["metadata"]["namespace"] = name
            said = own.apply(yaml.safe_dump(each))
        COUNTS["objects"] += 1
        check(said.returncode == 0,
              f"{form}: {checks.name_of(each)}: {said.stderr.strip()}")
    for workload in checks.workloads(objects):
        pod = pod_object(workload)
        pod["metadata"]["namespace"] = name
        said = own.apply(yaml.safe_dump(pod), "--dry-run=server")
        COUNTS["pods"] += 1
        check(said.returncode == 0, f"{form}: {checks.name_of(workload)} makes "
              f"pods that are not admitted: {said.stderr.strip()}")
        if on_nodes:
            only_the_folder(own, form, pod)


def only_the_folder(own, form, pod):
    """On nodes nothing but the folder and what prepares it needs more than
    `restricted` grants."""
    pod = copy.deepcopy(pod)
    pod["metadata"]["namespace"] = "strict"
    said = own.apply(yaml.safe_dump(pod), "--dry-run=server")
    check("hostPath" in said.stderr, f"{form}: {said.stderr}")
    pod["spec"].pop("initContainers", None)
    for volume in pod["spec"]["volumes"]:
        if "hostPath" in volume:
            volume["emptyDir"] = {}
            del volume["hostPath"]
    said = own.apply(yaml.safe_dump(pod), "--dry-run=server")
    check(said.returncode == 0, f"{form}: without its folder: {said.stderr}")


def change(objects, kind, path, value):
    """A copy of the first object of a kind, with one thing wrong."""
    (found, *_) = [each for each in objects if each["kind"] == kind]
    found = copy.deepcopy(found)
    at = found
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return found


def refuse(own, objects):
    """The server finds what these tests rely on it to find."""
    pod = ["spec", "template", "spec"]
    server = pod + ["containers", 0]
    for kind, path, value, word in (
            ("Deployment", server + ["readinesProbe"], {}, "readinesProbe"),
            ("Deployment", ["spec", "replicas"], "three", "replicas"),
            ("Deployment", pod + ["volumes", 0, "configmap"], {}, "configmap"),
            ("Deployment", server + ["volumeMounts", 0, "name"], "none",
             "volumeMounts"),
            ("Deployment", ["spec", "selector", "matchLabels"], {"a": "b"},
             "selector"),
            ("Service", ["spec", "ports", 0, "protcol"], "TCP", "protcol"),
            ("PodDisruptionBudget", ["spec", "maxUnavailble"], 1,
             "maxUnavailble"),
            ("HorizontalPodAutoscaler", ["spec", "maxReplicas"], 0,
             "maxReplicas"),
            ("NetworkPolicy", ["spec", "ingress", 0, "form"], [], "form"),
            ("Certificate", ["spec", "issuerRef", "nam"], "x", "nam"),
            ("Certificate", ["spec", "privateKey", "algorithm"], "RSB",
             "algorithm"),
            ("PrometheusRule", ["spec", "groups", 0, "rules", 0, "exprr"], "1",
             "exprr")):
        broken = change(objects, kind, path, value)
        broken["metadata"] |= {"namespace": "strict", "name": "broken"}
        said = own.apply(yaml.safe_dump(broken), "--dry-run=server")
        COUNTS["refused"] += 1
        check(said.returncode != 0 and word in said.stderr,
              f"{kind} with {path[-1]}={value} is admitted: {said.stderr}")
    (workload, *_) = checks.workloads(objects)
    for field, value in (("hostNetwork", True),
                         ("securityContext", {"runAsUser": 0})):
        pod = pod_object(workload)
        pod["metadata"]["namespace"] = "strict"
        pod["spec"][field] = value
        said = own.apply(yaml.safe_dump(pod), "--dry-run=server")
        COUNTS["refused"] += 1
        check("violates PodSecurity" in said.stderr,
              f"a pod with {field} is admitted: {said.stderr}")
    pod = pod_object(workload)
    pod["metadata"]["namespace"] = "strict"
    del pod["spec"]["containers"][0]["securityContext"]["capabilities"]
    said = own.apply(yaml.safe_dump(pod), "--dry-run=server")
    COUNTS["refused"] += 1
    check("violates PodSecurity" in said.stderr, "capabilities are admitted")


def rendered():
    """NAME: objects of every form."""
    folder = os.path.join(HERE, "rendered")
    return {name.removesuffix(".yaml"): checks.read(os.path.join(folder, name))
            for name in sorted(os.listdir(folder))}


def token_of(own, account):
    """A token as the kubelet asks for it, by a TokenRequest."""
    return own.must("create", "token", account, "--namespace", "shop",
                    "--audience", "rolegate", "--duration", "1h").strip()


def values_for(own, keys):
    """What the reader of docs/kubernetes.md would set, for this cluster."""
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::carts/*"}]}
    web = {"enabled": True, "account": "123456789012", "issuer": own.issuer,
           "roles": [{"roleName": "Frontend", "namespace": "shop",
                      "serviceAccount": "frontend",
                      "policies": {"carts": policy}}]}
    if keys == "discovery":
        web["discovery"] = {"enabled": True, "allowAnonymous": True,
                            "hosts": [f"localhost:{own.port}"]}
    else:
        web["jwks"] = own.must("get", "--raw", "/openid/v1/jwks")
    return {"webIdentity": web}


def web_identity(own, keys, work):
    """The chart, installed by Helm into this cluster; its server, with the
    ConfigMaps that are now in the cluster; and tokens of the cluster."""
    name = f"web-{keys}"
    namespace(own, name, "restricted")
    os.makedirs(work)
    values = os.path.join(work, "values.yaml")
    with open(values, "w", encoding="utf-8") as file:
        yaml.safe_dump(values_for(own, keys), file)
    said = subprocess.run(
        [os.path.join(TOOLS, "helm"), "install", "rolegate",
         os.path.join(SOURCE, "deploy/helm/rolegate"), "--namespace", name,
         "--values", values], env=own.environment(),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False)
    check(said.returncode == 0, f"helm install: {said.stdout}")
    objects = json.loads(own.must(
        "get", "configmaps,deployments", "--namespace", name, "--output",
        "json"))["items"]
    if len(checks.workloads(objects)) != 1:
        return
    (workload,) = checks.workloads(objects)
    given = {"rolegate-keys": pods.new_keys(PROGRAMS, f"{work}/keys", "1"),
             "rolegate-tls": pods.make_certificate(f"{work}/tls"),
             # Kubernetes keeps this one in every namespace.
             "kube-root-ca.crt": pods.read_folder(own.path("tls"), ["ca.crt"])}
    pod = pods.Pod(objects, checks.pod_of(workload), f"{work}/pod", PROGRAMS,
                   given)
    try:
        pod.start()
        for account, expected in (("frontend", 0), ("backend", 1)):
            said = assume(pod, token_of(own, account), keys == "discovery")
            check((said.returncode == 0) == (expected == 0),
                  f"{keys}: {account}: {said.stdout}{said.stderr}{pod.log()}")
            if expected == 0 and said.returncode == 0:
                decide(pod, json.loads(said.stdout), keys)
            elif expected:
                check("AccessDenied" in said.stderr, f"{keys}: {said.stderr}")
        other = own.must("create", "token", "frontend", "--namespace", "shop")
        said = assume(pod, other.strip(), False)
        check("InvalidIdentityToken" in said.stderr,
              f"{keys}: a token for the API server: {said.stdout}{said.stderr}")
    finally:
        pod.stop()


def rolegate(pod, *arguments, **variables):
    variables |= {"PATH": "/usr/bin:/bin", "ROLEGATE_SERVER": pod.address}
    return subprocess.run(
        [f"{PROGRAMS}/rolegate", *arguments, "--output", "json", "--tls-ca",
         pod.path("/etc/rolegate/tls/ca.crt")], text=True, check=False,
        env=variables,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def assume(pod, token, retry):
    path = pod.path("/token")
    with open(path, "w", encoding="utf-8") as file:
        file.write(token)
    deadline = time.monotonic() + 30
    while True:
        said = rolegate(pod, "assume-role-with-web-identity", "--role-arn",
                        "arn:aws:iam::123456789012:role/Frontend",
                        "--role-session-name", "frontend",
                        AWS_WEB_IDENTITY_TOKEN_FILE=path)
        # The provider's keys may still be on their way.
        if not (retry and "IDPCommunicationError" in said.stderr
                and time.monotonic() < deadline):
            return said
        time.sleep(1)


def decide(pod, answer, keys):
    session = answer["Credentials"]["SessionToken"]
    for resource, expected in (("arn:aws:s3:::carts/42", "ALLOW"),
                               ("arn:aws:s3:::reports/1", "IMPLICIT_DENY")):
        said = rolegate(pod, "authorize", "--action", "s3:GetObject",
                        "--resource", resource, ROLEGATE_SESSION_TOKEN=session)
        check(json.loads(said.stdout)["decision"] == expected,
              f"{keys}: {resource}: {said.stdout}")


def main():
    with tempfile.TemporaryDirectory(prefix="rolegate-cluster-") as work:
        own = cluster.Cluster(TOOLS, os.path.join(work, "cluster"))
        try:
            own.start()
            define(own)
            namespace(own, "strict", "restricted")
            own.must("create", "serviceaccount", "rolegate", "--namespace",
                     "strict")
            forms = rendered()
            for number, (form, objects) in enumerate(forms.items()):
                admit(own, form, objects, number)
            refuse(own, forms["helm-production"])
            namespace(own, "shop", "restricted")
            for account in ("frontend", "backend"):
                own.must("create", "serviceaccount", account, "--namespace",
                         "shop")
            for keys in ("jwks", "discovery"):
                web_identity(own, keys, os.path.join(work, keys))
            version = own.must("version", "--output", "json")
        finally:
            own.stop()
    server = json.loads(version)["serverVersion"]["gitVersion"]
    print("\n".join(FAULTS))
    print(f"Kubernetes {server} admits {COUNTS['objects']} objects and "
          f"{COUNTS['pods']} pods of {len(forms)} forms, and refuses "
          f"{COUNTS['refused']} broken ones; "
          f"{len(FAULTS)} faults")
    return 1 if FAULTS else 0


sys.exit(main())
