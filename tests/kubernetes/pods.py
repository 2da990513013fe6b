"""Runs the server of a rendered pod as a process of this machine.

Volumes are laid out in a folder as the kubelet lays them out, the configuration
gets that folder's paths and free ports, and everything else is as rendered.
"""
import copy
import json
import os
import re
import signal
import socket
import subprocess
import time

import yaml

LOOPBACK = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def containers(pod):
    return pod.get("initContainers", []) + pod["containers"]


def server_of(pod):
    """The container that is Rolegate, None if there is none."""
    for container in containers(pod):
        if container["name"] == "rolegate":
            return container
    return None


class Volume:
    """A ConfigMap or Secret as the kubelet's AtomicWriter keeps it."""

    def __init__(self, path, files, mode=0o644):
        self.path = path
        self.mode = mode
        self.generation = 0
        os.makedirs(path)
        self.write(files)

    def write(self, files):
        self.generation += 1
        name = f"..2026_11_{self.generation:06}"
        folder = os.path.join(self.path, name)
        os.makedirs(folder)
        for file, content in files.items():
            if isinstance(content, str):
                content = content.encode()
            descriptor = os.open(os.path.join(folder, file),
                                 os.O_WRONLY | os.O_CREAT, self.mode)
            os.write(descriptor, content)
            os.close(descriptor)
        data = os.path.join(self.path, "..data")
        old = os.readlink(data) if os.path.lexists(data) else None
        os.symlink(name, data + "_tmp")
        os.rename(data + "_tmp", data)
        for file in files:
            if not os.path.lexists(os.path.join(self.path, file)):
                os.symlink(f"..data/{file}", os.path.join(self.path, file))
        for file in os.listdir(self.path):
            if not file.startswith("..") and file not in files:
                os.remove(os.path.join(self.path, file))
        if old is not None:
            for file in os.listdir(os.path.join(self.path, old)):
                os.remove(os.path.join(self.path, old, file))
            os.rmdir(os.path.join(self.path, old))


class Pod:
    """One replica. `given` holds, by name, the Secrets and ConfigMaps that are
    not among the rendered objects; a volume of any other kind is the folder
    that `folders` has for its name, or an empty one."""

    def __init__(self, objects, pod, root, programs, given, folders=None):
        self.root = root
        self.programs = programs
        self.container = server_of(pod)
        self.volumes = {}
        self.process = None
        os.makedirs(root)
        maps = {each["metadata"]["name"]: each.get("data", {})
                for each in objects if each["kind"] == "ConfigMap"}
        mounts = {mount["name"]: mount["mountPath"]
                  for mount in self.container["volumeMounts"]}
        for volume in pod["volumes"]:
            name = volume["name"]
            if name not in mounts:
                continue
            path = self.path(mounts[name])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if "configMap" in volume:
                source = volume["configMap"]["name"]
                files = maps[source] if source in maps else given[source]
            elif "secret" in volume:
                files = given[volume["secret"]["secretName"]]
            elif folders and name in folders:
                os.symlink(folders[name], path)
                continue
            else:
                os.makedirs(path, mode=0o700)
                continue
            mode = volume.get("secret", {}).get("defaultMode", 0o644)
            self.volumes[name] = Volume(path, files, mode)
        self.rewrite_config()

    def path(self, inside):
        """Where a path of the container lies on this machine."""
        return self.root + inside

    def rewrite_config(self):
        path = self.path("/etc/rolegate/config")
        with open(f"{path}/rolegated.yaml", encoding="utf-8") as file:
            self.config = yaml.safe_load(file)
        self.rendered = copy.deepcopy(self.config)
        text = re.sub(r"(/etc/rolegate|/run/rolegate|/var/lib/rolegate)",
                      lambda found: self.path(found.group(1)),
                      json.dumps(self.config))
        self.config = json.loads(text)
        self.health = f"{LOOPBACK}:{free_port()}"
        self.config["health_listen"] = self.health
        if "operations_listen" in self.config:
            self.config["operations_listen"] = f"{LOOPBACK}:{free_port()}"
        self.listener = self.config["listeners"][0]
        if not self.listener["address"].startswith("unix:"):
            self.listener["address"] = f"{LOOPBACK}:{free_port()}"
        self.address = self.listener["address"]
        self.limits_for_tests()

    def limits_for_tests(self):
        """Servers on one machine stop without waiting for a load balancer."""
        self.config["audit"] = {"path": self.path("/audit")}
        self.config.setdefault("log", {})["format"] = "text"

    def environment(self):
        """The container's own variables, with this machine's paths."""
        return {each["name"]: each["value"].replace("/etc/rolegate",
                                                    self.path("/etc/rolegate"))
                for each in self.container.get("env", [])}

    def start(self, wait=True):
        with open(self.path("/rolegated.yaml"), "w", encoding="utf-8") as file:
            yaml.safe_dump(self.config, file)
        with open(self.path("/log"), "ab") as log:
            self.process = subprocess.Popen(
                [f"{self.programs}/rolegated", "--config",
                 self.path("/rolegated.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/bin:/bin"} | self.environment())
        if wait:
            self.await_health("SERVING")

    def healthy(self, service=""):
        command = [f"{self.programs}/rolegated", "healthcheck", "--server",
                   self.health]
        if service:
            command += ["--service", service]
        return subprocess.run(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def await_health(self, _, seconds=30):
        """What the startup probe waits for."""
        deadline = time.monotonic() + seconds
        while not self.healthy():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.root} ended:\n{self.log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.root} is not ready:\n{self.log()}")
            time.sleep(0.1)

    def log(self):
        with open(self.path("/log"), encoding="utf-8") as file:
            return file.read()

    def stop(self, seconds=40):
        """SIGTERM, as the kubelet sends it; the exit status."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed"


CERTIFICATES = """set -e
cd "$1"
key="ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 -newkey $key -keyout ca.key -out ca.crt -days 2 -subj /CN=ca
openssl req -newkey $key -keyout tls.key -out tls.csr -subj /CN=rolegate
printf 'subjectAltName=%s' "$2" >tls.ext
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial \\
  -days 2 -extfile tls.ext -out tls.crt
"""


def make_certificate(folder, names="DNS:localhost,IP:127.0.0.1"):
    """A Secret as cert-manager writes it."""
    os.makedirs(folder)
    subprocess.run(["sh", "-s", folder, names], input=CERTIFICATES.encode(),
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return read_folder(folder, ("tls.crt", "tls.key", "ca.crt"))


def new_keys(programs, folder, kid):
    """The files of the Secret with the keys, with one more pair."""
    os.makedirs(folder, exist_ok=True)
    for more in ([], ["--sealing"]):
        subprocess.run([f"{programs}/rolegated", "keys", "new", folder,
                        "--kid", kid, *more], check=True,
                       stdout=subprocess.DEVNULL)
    return read_folder(folder)


def read_folder(folder, names=None):
    files = {}
    for name in names or sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    return files
