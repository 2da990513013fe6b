"""What no schema of Kubernetes knows: whether manifests fit together.

Each check yields sentences about what does not hold.
"""
import json
import os
import re
import subprocess
import tempfile

import yaml

import pods

CONFIG_MAP_BYTES = 1 << 20
WORKLOADS = ("Deployment", "DaemonSet")
# What the users of the manifests bring themselves.
BROUGHT = {
    "Secret": {"rolegate-keys", "rolegate-tls", "git-ssh", "mfa-seeds"},
    "ConfigMap": {"main", "archive", "kube-root-ca.crt", "internal-ca"}}


def name_of(each):
    return f"{each['kind']}/{each['metadata']['name']}"


def workloads(objects):
    return [each for each in objects if each["kind"] in WORKLOADS]


def pod_of(workload):
    return workload["spec"]["template"]["spec"]


def selects(selector, labels):
    return bool(selector) and selector.items() <= labels.items()


def selected(objects, selector):
    return [each for each in workloads(objects) if selects(
        selector, each["spec"]["template"]["metadata"]["labels"])]


def ports_of(pod):
    """NAME: NUMBER of every container's ports."""
    return {port["name"]: port["containerPort"]
            for container in pods.containers(pod)
            for port in container.get("ports", [])}


def check_names(objects):
    seen = set()
    for each in objects:
        key = (name_of(each), each["metadata"].get("namespace"))
        if key in seen:
            yield f"{name_of(each)} is given twice"
        seen.add(key)


def check_selectors(objects):
    for each in workloads(objects):
        if not selects(each["spec"]["selector"]["matchLabels"],
                       each["spec"]["template"]["metadata"]["labels"]):
            yield f"{name_of(each)} does not select its own pods"
        for spread in pod_of(each).get("topologySpreadConstraints", []):
            selector = spread["labelSelector"]["matchLabels"]
            if selected(objects, selector) != [each]:
                yield f"{name_of(each)} spreads other pods than its own"
    for each in objects:
        spec = each.get("spec", {})
        if each["kind"] == "Service":
            selector = spec["selector"]
        elif each["kind"] == "PodDisruptionBudget":
            selector = spec["selector"]["matchLabels"]
        elif each["kind"] == "NetworkPolicy":
            selector = spec["podSelector"]["matchLabels"]
        elif each["kind"] == "ServiceMonitor":
            labels = [one["metadata"]["labels"] for one in objects
                      if one["kind"] == "Service"]
            if not any(selects(spec["selector"]["matchLabels"], one)
                       for one in labels):
                yield f"{name_of(each)} selects no Service"
            continue
        else:
            continue
        number = len(selected(objects, selector))
        if number != 1:
            yield f"{name_of(each)} selects {number} workloads"


def check_ports(objects):
    for each in objects:
        if each["kind"] == "Service":
            for pod in map(pod_of, selected(objects, each["spec"]["selector"])):
                for port in each["spec"]["ports"]:
                    if port["targetPort"] not in ports_of(pod):
                        yield f"{name_of(each)}: no port {port['targetPort']}"
        if each["kind"] == "NetworkPolicy":
            selector = each["spec"]["podSelector"]["matchLabels"]
            for pod in map(pod_of, selected(objects, selector)):
                yield from check_policy_ports(each, ports_of(pod))
        if each["kind"] == "ServiceMonitor":
            named = {port["name"] for one in objects if one["kind"] == "Service"
                     for port in one["spec"]["ports"]}
            for endpoint in each["spec"]["endpoints"]:
                if endpoint["port"] not in named:
                    yield f"{name_of(each)}: no port {endpoint['port']}"


def check_policy_ports(policy, ports):
    if "Ingress" not in policy["spec"]["policyTypes"]:
        yield f"{name_of(policy)} says nothing of what comes in"
    for rule in policy["spec"].get("ingress") or []:
        if not rule.get("ports"):
            yield f"{name_of(policy)}: a rule opens every port"
        for port in rule.get("ports", []):
            number = ports.get(port["port"], port["port"])
            if number not in ports.values():
                yield f"{name_of(policy)}: no port {port['port']}"
            if number == ports.get("health"):
                yield f"{name_of(policy)}: others reach the health port"


def check_pods(objects):
    for each in workloads(objects):
        where, pod = name_of(each), pod_of(each)
        yield from check_volumes(where, pod, objects)
        for container in pods.containers(pod):
            yield from check_container(f"{where} {container['name']}",
                                       container, each)
        for container in pod.get("initContainers", []):
            # The schema takes any text here, and kubelets before 1.29 none.
            if container.get("restartPolicy", "Always") != "Always":
                yield f"{where} {container['name']}: restartPolicy"
            if "restartPolicy" in container and "startupProbe" not in container:
                yield f"{where} {container['name']}: others do not wait for it"
        if pod.get("enableServiceLinks") is not False:
            yield f"{where}: Kubernetes sets ROLEGATE_… variables"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{where}: pods get a token that they do not need"
        account = pod.get("serviceAccountName")
        if account and f"ServiceAccount/{account}" not in map(name_of, objects):
            yield f"{where}: no ServiceAccount {account}"


def check_volumes(where, pod, objects):
    volumes = [volume["name"] for volume in pod["volumes"]]
    known = {name_of(each) for each in objects}
    for name in {name for name in volumes if volumes.count(name) > 1}:
        yield f"{where}: volume {name} is given twice"
    mounted = {mount["name"] for container in pods.containers(pod)
               for mount in container.get("volumeMounts", [])}
    for name in mounted - set(volumes):
        yield f"{where}: no volume {name}"
    for name in set(volumes) - mounted:
        yield f"{where}: nobody mounts volume {name}"
    for volume in pod["volumes"]:
        for kind, key, field in (("ConfigMap", "configMap", "name"),
                                 ("Secret", "secret", "secretName")):
            name = volume.get(key, {}).get(field)
            if name and not (name in BROUGHT[kind]
                             or f"{kind}/{name}" in known):
                yield f"{where}: no {kind} {name}"
        if "secret" in volume and volume["secret"].get("defaultMode") != 0o440:
            yield f"{where}: others can read Secret {volume['secret']}"
        if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
            yield f"{where}: volume {volume['name']} may fill the node"
    for container in pods.containers(pod):
        mounts = container.get("volumeMounts", [])
        paths = [mount["mountPath"] for mount in mounts]
        for path in paths:
            if any(other.startswith(path + "/") for other in paths):
                yield f"{where}: a volume is mounted inside of {path}"
        if len(paths) != len(set(paths)):
            yield f"{where}: two volumes are mounted at one path"
        for mount in mounts:
            if "subPath" in mount:
                yield f"{where}: {mount['mountPath']} never sees an update"
            if mount["name"] == "rolegate-socket" and not mount.get(
                    "readOnly") and container["name"] not in ("rolegate",
                                                              "prepare-folder"):
                yield (f"{where} {container['name']} can put another socket "
                       "there")


def check_container(where, container, workload):
    resources = container.get("resources", {})
    for key, of in (("requests", ("cpu", "memory")), ("limits", ("memory",))):
        for resource in of:
            if resource not in resources.get(key, {}):
                yield f"{where}: no {key} of {resource}"
    ports = {port["name"]: port["containerPort"]
             for port in container.get("ports", [])}
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container.get(kind, {})
        port = probe.get("grpc", probe.get("httpGet", {})).get("port")
        if port is not None and port not in (*ports, *ports.values()):
            yield f"{where}: {kind} asks port {port}, which it does not have"
    if ":latest" in container["image"] or not re.search(r"[:@]",
                                                        container["image"]):
        yield f"{where}: {container['image']} is another one every day"
    if container["name"] == "rolegate":
        if set(container) & {"livenessProbe"} and container["livenessProbe"][
                "grpc"].get("service") != "rolegate.liveness":
            yield f"{where}: liveness must not depend on the registry"
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            if container.get(kind, {}).get("grpc", {}).get(
                    "port") != ports.get("health"):
                yield f"{where}: {kind} does not ask the health port"


def check_security(objects):
    """Pod Security's level `restricted`, and a read-only root file system. The
    form for nodes has a folder of the node, and a container that gives it to
    the server."""
    for each in workloads(objects):
        where, pod = name_of(each), pod_of(each)
        on_node = each["kind"] == "DaemonSet"
        security = pod.get("securityContext", {})
        if security.get("runAsNonRoot") is not True or not security.get(
                "runAsUser"):
            yield f"{where}: may be root"
        if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{where}: no seccomp profile"
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.get(key):
                yield f"{where}: shares {key}"
        for volume in pod["volumes"]:
            if "hostPath" in volume and not (
                    on_node and volume["name"] == "rolegate-socket"):
                yield f"{where}: {volume['name']} is a volume of the node"
        for container in pods.containers(pod):
            if not (on_node and container["name"] == "prepare-folder"):
                yield from restricted(f"{where} {container['name']}", container)


def restricted(where, container):
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield f"{where}: may get privileges"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{where}: has capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield f"{where}: may write into its root file system"
    for key in set(security) - {"allowPrivilegeEscalation", "capabilities",
                                "readOnlyRootFilesystem"}:
        yield f"{where}: sets {key}"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{where}: takes a port of the node"


def seconds(text):
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(float(number) * units[unit]
               for number, unit in re.findall(r"([\d.]+)(ms|s|m|h)", str(text)))


def config_of(workload, objects):
    """rolegated.yaml of a workload's server, None if it has none."""
    if pods.server_of(pod_of(workload)) is None:
        return None
    config = None
    for volume in pod_of(workload)["volumes"]:
        if volume["name"] == "rolegate-config":
            for each in objects:
                if name_of(each) == f"ConfigMap/{volume['configMap']['name']}":
                    config = yaml.safe_load(each["data"]["rolegated.yaml"])
    for variable in pods.server_of(pod_of(workload)).get("env", []):
        if variable["name"] == "ROLEGATE_REGISTRY_DIR":  # beats the file
            config["registry"]["dir"] = variable["value"]
    return config


def check_configuration(objects):
    """The settings against the pod that they are for."""
    for each in workloads(objects):
        config = config_of(each, objects)
        if config is None:
            continue
        where, pod = name_of(each), pod_of(each)
        ports = ports_of(pod)
        if config["health_listen"] != f"0.0.0.0:{ports['health']}":
            yield f"{where}: the health port is not health_listen"
        for listener in config["listeners"]:
            address = listener["address"]
            if not address.startswith("unix:") and int(
                    address.split(":")[-1]) != ports.get("grpc"):
                yield f"{where}: nobody listens on the port grpc"
        limits = config.get("limits", {})
        stop = (seconds(limits.get("drain_delay", "0s"))
                + seconds(limits.get("drain_timeout", "10s"))
                + seconds(config["audit"].get("flush_timeout", "5s")) + 5)
        # Kubernetes grants 30 s unless the pod says otherwise.
        if pod.get("terminationGracePeriodSeconds", 30) < stop:
            yield f"{where}: a stop takes {stop} s, and the pod grants less"
        mounts = [mount["mountPath"] for mount in
                  pods.server_of(pod)["volumeMounts"]]
        for path in re.findall(r'"(/[^"]+)"', json.dumps(config)):
            if not any(path == mount or path.startswith(mount + "/")
                       or mount.startswith(path + "/") for mount in mounts):
                yield f"{where}: no volume holds {path}"


def check_scaling(objects):
    for each in objects:
        spec = each.get("spec", {})
        if each["kind"] == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            found = [one for one in workloads(objects) if name_of(one)
                     == f"{target['kind']}/{target['name']}"]
            if len(found) != 1:
                yield f"{name_of(each)} scales nothing"
            elif "replicas" in found[0]["spec"]:
                yield f"{name_of(each)}: the Deployment sets the number, too"
            if spec["minReplicas"] > spec["maxReplicas"]:
                yield f"{name_of(each)}: minReplicas is more than maxReplicas"
        if each["kind"] == "PodDisruptionBudget":
            for one in selected(objects, spec["selector"]["matchLabels"]):
                if spec["maxUnavailable"] >= one["spec"].get("replicas", 3):
                    yield f"{name_of(each)} lets all replicas go at once"
        if each["kind"] == "DaemonSet" and spec.get(
                "updateStrategy", {}).get("rollingUpdate", {}).get("maxSurge"):
            yield f"{name_of(each)}: two servers cannot share a socket"
        if each["kind"] == "Deployment" and any(
                container["name"] == "rolegate"
                for container in pod_of(each)["containers"]):
            rolling = spec.get("strategy", {}).get("rollingUpdate", {})
            if rolling.get("maxUnavailable") != 0:
                yield f"{name_of(each)}: a rollout takes a replica away first"


def check_sizes(objects):
    for each in objects:
        if each["kind"] == "ConfigMap":
            size = sum(len(key) + len(value.encode())
                       for key, value in each.get("data", {}).items())
            if size > CONFIG_MAP_BYTES:
                yield f"{name_of(each)} has {size} bytes, and 1 MiB is the most"


def check_secrets(objects):
    """Nothing secret is rendered."""
    for each in objects:
        if each["kind"] == "Secret" or "PRIVATE KEY" in json.dumps(each):
            yield f"{name_of(each)} holds a secret"


CHECKS = [check_names, check_selectors, check_ports, check_pods,
          check_security, check_configuration, check_scaling, check_sizes,
          check_secrets]


def faults_of(objects):
    for check in CHECKS:
        yield from check(objects)


def registry_faults(objects, programs):
    """What `rolegate check` says of the rendered parts of the registry."""
    with tempfile.TemporaryDirectory() as work:
        for each in objects:
            folder = re.search(r"-registry-([-a-z0-9]+)$",
                               each["metadata"]["name"])
            if each["kind"] != "ConfigMap" or not folder:
                continue
            os.makedirs(os.path.join(work, folder.group(1)))
            for name, text in each["data"].items():
                with open(os.path.join(work, folder.group(1), name), "w",
                          encoding="utf-8") as file:
                    file.write(text)
        if os.listdir(work):
            said = subprocess.run(
                [f"{programs}/rolegate", "check", work], text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if said.returncode != 0:
                yield f"the registry has faults:\n{said.stdout}"


def read(path):
    with open(path, encoding="utf-8") as file:
        return [each for each in yaml.safe_load_all(file) if each]
