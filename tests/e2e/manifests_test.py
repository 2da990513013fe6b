"""The Kubernetes manifests hold what the documentation promises.

Renders them where kubectl or kustomize is at hand; checks them always. The
configurations in them are read by the real server.
   manifests_test.py BIN SOURCE
"""
import glob
import os
import shutil
import subprocess
import sys

import yaml

bin_dir, source = sys.argv[1:3]
root = os.path.join(source, "deploy/kubernetes")
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)


def load(path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def check_kustomization(folder):
    (kustomization,) = load(f"{folder}/kustomization.yaml")
    for resource in kustomization.get("resources", []):
        check(os.path.exists(os.path.join(root, folder, resource)),
              f"{folder}: {resource} is missing")
    names = set()
    for generator in kustomization.get("configMapGenerator", []):
        names.add(generator["name"])
        for entry in generator["files"]:
            path = os.path.join(root, folder, entry.split("=")[-1])
            check(os.path.exists(path), f"{folder}: {entry} is missing")
            check(os.path.getsize(path) < 1 << 20, f"{entry} is over 1 MiB")
    return names


def check_container(container, volumes, where):
    security = container["securityContext"]
    check(security["allowPrivilegeEscalation"] is False, f"{where}: escalation")
    check(security["readOnlyRootFilesystem"] is True, f"{where}: root writable")
    check(security["capabilities"]["drop"] == ["ALL"], f"{where}: capabilities")
    for mount in container.get("volumeMounts", []):
        check(mount["name"] in volumes, f"{where}: no volume {mount['name']}")
        if mount["name"] == "socket":
            check(mount.get("readOnly", False)
                  != container["name"].startswith("rolegate"),
                  f"{where}: rolegate alone writes into the socket's folder")
    if not container["name"].startswith("rolegate"):
        return
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        check(container[probe]["grpc"]["port"] == 8472, f"{where}: {probe}")
    check(container["livenessProbe"]["grpc"]["service"] == "rolegate.liveness",
          f"{where}: liveness must not depend on the registry")


def check_deployment(path, config_maps):
    for manifest in load(path):
        spec = manifest["spec"]
        pod = spec["template"]["spec"]
        check(spec["selector"]["matchLabels"]
              == spec["template"]["metadata"]["labels"], f"{path}: labels")
        check(pod["enableServiceLinks"] is False, f"{path}: service links")
        check(pod["securityContext"]["runAsNonRoot"] is True, f"{path}: root")
        check(pod["securityContext"]["seccompProfile"]["type"]
              == "RuntimeDefault", f"{path}: seccomp")
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        check("secret" in volumes["keys"], f"{path}: keys are no secret")
        for volume in volumes.values():
            if "configMap" in volume:
                check(volume["configMap"]["name"] in config_maps,
                      f"{path}: no ConfigMap {volume['configMap']['name']}")
        for container in pod.get("initContainers", []) + pod["containers"]:
            check_container(container, volumes, f"{path} {container['name']}")


def check_network_policy(folder, labels):
    (policy,) = load(f"{folder}/networkpolicy.yaml")
    (kustomization,) = load(f"{folder}/kustomization.yaml")
    check("networkpolicy.yaml" in kustomization["resources"],
          f"{folder}: the network policy is not applied")
    check(policy["spec"]["podSelector"]["matchLabels"] == labels,
          f"{folder}: the network policy is for other pods")
    check(policy["spec"]["policyTypes"] == ["Ingress"],
          f"{folder}: the network policy is not for what comes in")
    for rule in policy["spec"]["ingress"]:
        check(rule.get("ports"), f"{folder}: a rule opens every port")
        for port in rule.get("ports", []):
            check(port["port"] not in (8472, "health"),
                  f"{folder}: the health port is open to others")


base = check_kustomization("base")
for overlay, app in (("sidecar", "shop"), ("shared", "rolegate")):
    check_network_policy(overlay, {"app": app})
    check_deployment(f"{overlay}/deployment.yaml",
                     base | check_kustomization(overlay))
    for tool in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(tool[0]):
            result = subprocess.run(tool + [os.path.join(root, overlay)],
                                    capture_output=True, text=True, check=False)
            check(result.returncode == 0, f"{overlay}: {result.stderr}")
            break
    # The server's own check. What it says of certificates that are not here
    # is left out.
    said = subprocess.run(
        [f"{bin_dir}/rolegated", "--check-config", "--config",
         os.path.join(root, overlay, "rolegated.yaml")],
        capture_output=True, text=True, check=False).stdout
    for line in said.splitlines():
        check("configuration is good" in line or "/etc/rolegate/tls/" in line,
              f"{overlay}: {line}")
registry = subprocess.run(
    [f"{bin_dir}/rolegate", "check", os.path.join(root, "base/registry")],
    capture_output=True, text=True, check=False)
check(registry.returncode == 0, registry.stdout)
check(glob.glob(os.path.join(source, "deploy/image/Dockerfile")), "no image")
print("\n".join(faults) or "the manifests hold")
sys.exit(1 if faults else 0)
