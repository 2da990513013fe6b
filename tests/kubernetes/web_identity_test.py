#!/usr/bin/python3
"""A pod's own service account assumes a role, and nobody else's does.

   web_identity_test.py BIN SOURCE
The provider entry and the trust policy are the rendered ones, in the real
server. The cluster is an issuer whose keys this test makes: it publishes them
as the API server does, and its tokens have the claims of a projected volume's.
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
import tokens

ISSUER = "https://kubernetes.default.svc.cluster.local"
FRONTEND = "system:serviceaccount:shop:frontend"
VOLUME = "rolegate-registry-web-identity"
FORMS = ("kustomize-production", "helm-production")
FAULTS = []


class Cluster:
    """The issuer, with the claims and the key set of a real API server."""

    def __init__(self, folder, kid):
        self.issuer = tokens.Issuer(os.path.join(folder, f"{kid}.pem"))
        self.kid = kid

    def jwks(self):
        (key,) = self.issuer.jwks()["keys"]
        return {"keys": [key | {"kid": self.kid}]}

    def token(self, **changes):
        now = int(time.time())
        claims = {"aud": ["rolegate"], "exp": now + 3600, "iat": now,
                  "iss": ISSUER, "jti": "5c3e6b1e-8f3c-4c1d-9d51-0a6b7f1e2d3c",
                  "nbf": now, "sub": FRONTEND} | changes
        _, _, namespace, account = claims["sub"].split(":")
        claims["kubernetes.io"] = {
            "namespace": namespace,
            "node": {"name": "node-1", "uid": "2ae3"},
            "pod": {"name": f"{account}-7d4b9", "uid": "91aa"},
            "serviceaccount": {"name": account, "uid": "3f9e"},
            "warnafter": now + 3000}
        message = ".".join(tokens.encode_json(part) for part in (
            {"alg": "RS256", "kid": self.kid}, claims))
        signature = tokens.openssl("dgst", "-sha256", "-sign",
                                   self.issuer.path, data=message.encode())
        return f"{message}.{tokens.encode(signature)}"


def rolegate(pod, *arguments, session=None, token_file=None):
    """The command line, as a container of the pod's client would call it."""
    environment = {"PATH": "/usr/bin:/bin", "ROLEGATE_SERVER": pod.address}
    if session:
        environment["ROLEGATE_SESSION_TOKEN"] = session
    if token_file:
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = token_file
    return subprocess.run(
        [f"{PROGRAMS}/rolegate", *arguments, "--output", "json", "--tls-ca",
         pod.path("/etc/rolegate/tls/ca.crt")], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def assume(pod, token, work):
    """The session, or the error's name."""
    path = os.path.join(work, "token")
    with open(path, "w", encoding="utf-8") as file:
        file.write(token)
    said = rolegate(pod, "assume-role-with-web-identity", "--role-arn",
                    "arn:aws:iam::123456789012:role/Frontend",
                    "--role-session-name", "frontend-7d4b9", token_file=path)
    if said.returncode == 0:
        return json.loads(said.stdout)["Credentials"]["SessionToken"], None
    return None, said.stderr.strip()


def decide(pod, session, resource):
    said = rolegate(pod, "authorize", "--action", "s3:GetObject", "--resource",
                    resource, session=session)
    return json.loads(said.stdout)["decision"]


def check(where, found, expected):
    if found != expected:
        FAULTS.append(f"{where}: {found}, expected {expected}")


def refusals(cluster, stranger):
    """Tokens that get nothing, and what the server then says."""
    now = int(time.time())
    yield "another service account", cluster.token(
        sub="system:serviceaccount:shop:backend"), "AccessDenied"
    yield "the same name in another namespace", cluster.token(
        sub="system:serviceaccount:staging:frontend"), "AccessDenied"
    yield "a name that begins alike", cluster.token(
        sub=FRONTEND + "-canary"), "AccessDenied"
    yield "a token for the API server", cluster.token(
        aud=["https://kubernetes.default.svc"]), "InvalidIdentityToken"
    yield "another issuer", cluster.token(
        iss="https://other.example"), "InvalidIdentityToken"
    yield "a token that has expired", cluster.token(
        iat=now - 7200, nbf=now - 7200, exp=now - 3600), "ExpiredTokenException"
    yield "another cluster's key under our key's name", stranger.token(
    ), "InvalidIdentityToken"


def replace_keys(objects, jwks):
    for each in objects:
        if each["metadata"]["name"].endswith("registry-web-identity"):
            each["data"]["cluster.jwks"] = json.dumps(jwks)
            return each["data"]
    raise RuntimeError("no ConfigMap holds the provider")


def run(form, work):
    objects = checks.read(os.path.join(HERE, f"rendered/{form}.yaml"))
    cluster = Cluster(work, "first")
    stranger = Cluster(work, "stranger")
    stranger.kid = "first"
    files = replace_keys(objects, cluster.jwks())
    (workload,) = checks.workloads(objects)
    given = {"rolegate-keys": pods.new_keys(PROGRAMS, f"{work}/keys", "1"),
             "rolegate-tls": pods.make_certificate(f"{work}/tls"),
             "mfa-seeds": {}, "archive": {}}
    pod = pods.Pod(objects, checks.pod_of(workload), f"{work}/pod", PROGRAMS,
                   given)
    try:
        pod.start()
        session, error = assume(pod, cluster.token(), work)
        check(f"{form}: the pod's own token", error, None)
        for resource, expected in (("arn:aws:s3:::carts/42", "ALLOW"),
                                   ("arn:aws:s3:::reports/1", "IMPLICIT_DENY")):
            check(f"{form}: {resource}", decide(pod, session, resource),
                  expected)
        for name, token, expected in refusals(cluster, stranger):
            _, error = assume(pod, token, work)
            check(f"{form}: {name}", expected in (error or ""), True)
        rotate(form, pod, cluster, files, work)
    finally:
        pod.stop()


def rotate(form, pod, cluster, files, work):
    """The cluster publishes a new key, and then signs with it."""
    second = Cluster(work, "second")
    _, error = assume(pod, second.token(), work)
    check(f"{form}: a key that is not published",
          "InvalidIdentityToken" in (error or ""), True)
    both = {"keys": cluster.jwks()["keys"] + second.jwks()["keys"]}
    pod.volumes[VOLUME].write(files | {"cluster.jwks": json.dumps(both)})
    deadline = time.monotonic() + 20
    while error and time.monotonic() < deadline:
        time.sleep(0.1)
        _, error = assume(pod, second.token(), work)
    check(f"{form}: a key that is published", error, None)
    _, error = assume(pod, cluster.token(), work)
    check(f"{form}: the key before it", error, None)


def caller_names():
    """The caller's variables are those that the clients read."""
    objects = checks.read(os.path.join(HERE, "rendered/kustomize-caller.yaml"))
    (workload,) = checks.workloads(objects)
    with open(os.path.join(SOURCE, "client/go/environment.go"),
              encoding="utf-8") as file:
        known = file.read()
    for each in checks.pod_of(workload)["containers"][0]["env"]:
        check(f"{each['name']} is read by clients", each["name"] in known, True)


def main():
    for form in FORMS:
        with tempfile.TemporaryDirectory(prefix="rolegate-web-") as work:
            run(form, work)
    caller_names()
    print("\n".join(FAULTS) or "a service account assumes its role alone, in "
          f"{len(FORMS)} forms")
    return 1 if FAULTS else 0


sys.exit(main())
