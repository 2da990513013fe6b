"""Stands in for a cluster, for the commands of docs/kubernetes.md.

   stand_in.py PROGRAM ARGUMENT...
PROGRAM is kubectl or helm. What needs no cluster is done by the real programs
of `ROLEGATE_TEST_TOOLS`: they render, and make Secrets. What would go to an API
server is held against its schemas and kept in `ROLEGATE_TEST_STORE`. A command
that is not known here fails, and so does one on what is not there.
"""
import json
import os
import subprocess
import sys

import yaml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../client/conformance")]
import schemas
import tokens

TOOLS = os.environ["ROLEGATE_TEST_TOOLS"]
STORE = os.environ["ROLEGATE_TEST_STORE"]
ISSUER = "https://kubernetes.example:6443"
RAW = {"/.well-known/openid-configuration": lambda: json.dumps({
           "issuer": ISSUER, "jwks_uri": f"{ISSUER}/openid/v1/jwks"},
           separators=(",", ":")),
       "/openid/v1/jwks": lambda: json.dumps(issuer().jwks())}
CLUSTER_WIDE = ("Namespace", "ClusterRoleBinding")


def fail(text):
    sys.exit(f"stand-in: {text}")


def real(program, *arguments, data=None):
    said = subprocess.run([os.path.join(TOOLS, program), *arguments], text=True,
                          input=data, stdout=subprocess.PIPE, check=False)
    if said.returncode != 0:
        fail(f"{program} {' '.join(arguments)} failed")
    return said.stdout


class Keys(tokens.Issuer):
    """The cluster's key, which outlives a command."""

    def __init__(self, path):
        if os.path.exists(path):
            self.path = path
        else:
            super().__init__(path)


def issuer():
    return Keys(os.path.join(STORE, "cluster.pem"))


def load():
    path = os.path.join(STORE, "objects.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(objects):
    with open(os.path.join(STORE, "objects.json"), "w",
              encoding="utf-8") as file:
        json.dump(objects, file)


def key_of(each, namespace):
    inside = each["metadata"].get("namespace", namespace)
    where = "" if each["kind"] in CLUSTER_WIDE else inside
    return f"{where}/{each['kind']}/{each['metadata']['name']}"


def keep(text, namespace, dry=False, new=None):
    """`new`: whether they must be new, or must be there; None: either."""
    objects, known = load(), schemas.load()
    for each in filter(None, yaml.safe_load_all(text)):
        faults = schemas.faults_of(each, known)
        if faults:
            fail(f"{each['kind']}: {'; '.join(faults)}")
        key = key_of(each, namespace)
        where = key.split("/", maxsplit=1)[0]
        made = key_of(each, "").endswith(f"Namespace/{where}")
        if where and f"/Namespace/{where}" not in objects and not made:
            fail(f"there is no namespace {where}")
        if new is not None and new == (key in objects):
            fail(f"{key} is {'there already' if new else 'not there'}")
        objects[key] = each
    if not dry:
        save(objects)


def take(arguments, *names):
    """The value of an option, taken out of the arguments."""
    for name in names:
        if name in arguments:
            at = arguments.index(name)
            value = arguments[at + 1]
            del arguments[at:at + 2]
            return value
    return None


def kubectl(arguments):
    if arguments[:2] == ["get", "--raw"]:
        print(RAW[arguments[2]]())
    elif arguments[:1] == ["label"]:
        label(*arguments[1:])
    elif arguments[:2] == ["create", "token"]:
        create_token(arguments[2:])
    elif arguments[:1] == ["create"]:
        text = real("kubectl", *(each for each in arguments
                                 if not each.startswith("--dry-run")),
                    "--dry-run=client", "--output", "yaml")
        if "--dry-run=client" in arguments:
            print(text)
        else:
            keep(text, "default", new=True)
    elif arguments[:1] == ["apply"]:
        apply(arguments[1:])
    elif arguments == ["replace", "-f", "-"]:
        keep(sys.stdin.read(), "default", new=False)
    else:
        fail(f"kubectl {' '.join(arguments)} is not known")


def label(kind, name, label_and_value):
    objects = load()
    key = f"/{kind.capitalize()}/{name}"
    if key not in objects:
        fail(f"{key} is not there")
    label_name, value = label_and_value.split("=")
    objects[key]["metadata"].setdefault("labels", {})[label_name] = value
    save(objects)


def create_token(arguments):
    namespace = take(arguments, "--namespace")
    audience = take(arguments, "--audience")
    (account,) = arguments
    if f"{namespace}/ServiceAccount/{account}" not in load():
        fail(f"there is no service account {account} in {namespace}")
    print(issuer().token(ISSUER, f"system:serviceaccount:{namespace}:{account}",
                         [audience], 3600))


def apply(arguments):
    namespace = take(arguments, "--namespace") or "default"
    folder, file = take(arguments, "-k"), take(arguments, "-f")
    dry = "--dry-run=server" in arguments
    if folder:
        text = real("kubectl", "kustomize", folder)
    else:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    keep(text, namespace, dry)


def helm(arguments):
    if arguments[0] == "template":
        print(real("helm", *arguments))
        return
    path = os.path.join(STORE, "release.json")
    releases = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            releases = json.load(file)
    command, name, *others = arguments
    if (command == "install") == bool(releases):
        fail(f"helm {command}: {len(releases)} releases")
    if command == "install":
        releases.append(others)
    elif command == "upgrade":
        more = [each for each in others if each != "--reuse-values"]
        chart, *changes = more
        take(changes, "--namespace")
        releases.append(releases[-1] + changes)
    elif command == "rollback":
        releases.append(releases[int(others[0]) - 1])
    elif command == "uninstall":
        save({key: each for key, each in load().items() if each["metadata"].get(
            "labels", {}).get("app.kubernetes.io/managed-by") != "Helm"})
        os.remove(path)
        return
    else:
        fail(f"helm {command} is not known")
    namespace = take(list(releases[-1]), "--namespace")
    keep(real("helm", "template", name, *releases[-1]), namespace)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(releases, file)


{"kubectl": kubectl, "helm": helm}[sys.argv[1]](sys.argv[2:])
