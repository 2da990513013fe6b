"""A Kubernetes API server of our own: the real one, on an etcd of its own.

It has no nodes, so nothing runs in it; it admits or refuses what it is given,
and issues tokens of service accounts.
"""
import os
import signal
import subprocess
import time

import pods

TOKENS = """admin-token,admin,1,system:masters
"""


class Cluster:
    """Starts in `folder` with the programs of TOOLS; `stop` ends both."""

    def __init__(self, tools, folder):
        self.tools = tools
        self.folder = folder
        self.processes = []
        self.port = pods.free_port()
        self.issuer = f"https://localhost:{self.port}"
        os.makedirs(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, seconds=180):
        pods.make_certificate(
            self.path("tls"), "DNS:localhost,IP:127.0.0.1,DNS:kubernetes")
        subprocess.run(["openssl", "genrsa", "-out", self.path("sa.key"),
                        "2048"], check=True, stderr=subprocess.DEVNULL)
        with open(self.path("tokens.csv"), "w", encoding="utf-8") as file:
            file.write(TOKENS)
        etcd, peers = pods.free_port(), pods.free_port()
        self.run("etcd", "--data-dir", self.path("etcd"),
                 "--listen-client-urls", f"http://127.0.0.1:{etcd}",
                 "--advertise-client-urls", f"http://127.0.0.1:{etcd}",
                 "--listen-peer-urls", f"http://127.0.0.1:{peers}",
                 "--initial-advertise-peer-urls", f"http://127.0.0.1:{peers}",
                 "--initial-cluster", f"default=http://127.0.0.1:{peers}",
                 "--unsafe-no-fsync")
        self.run("kube-apiserver",
                 f"--etcd-servers=http://127.0.0.1:{etcd}",
                 "--bind-address=127.0.0.1", f"--secure-port={self.port}",
                 "--advertise-address=127.0.0.1",
                 f"--external-hostname=localhost:{self.port}",
                 f"--tls-cert-file={self.path('tls/tls.crt')}",
                 f"--tls-private-key-file={self.path('tls/tls.key')}",
                 f"--token-auth-file={self.path('tokens.csv')}",
                 "--authorization-mode=RBAC", "--anonymous-auth=true",
                 "--service-cluster-ip-range=10.96.0.0/16",
                 f"--service-account-issuer={self.issuer}",
                 f"--service-account-jwks-uri={self.issuer}/openid/v1/jwks",
                 f"--service-account-key-file={self.path('sa.key')}",
                 f"--service-account-signing-key-file={self.path('sa.key')}",
                 f"--api-audiences={self.issuer}",
                 "--enable-admission-plugins=NodeRestriction,PodSecurity",
                 "--endpoint-reconciler-type=none",
                 f"--cert-dir={self.path('certs')}")
        with open(self.path("kubeconfig"), "w", encoding="utf-8") as file:
            file.write(f"""apiVersion: v1
kind: Config
clusters:
  - name: own
    cluster:
      server: {self.issuer}
      certificate-authority: {self.path('tls/ca.crt')}
users:
  - name: admin
    user: {{token: admin-token}}
contexts:
  - name: own
    context: {{cluster: own, user: admin}}
current-context: own
""")
        deadline = time.monotonic() + seconds
        while self.kubectl("get", "--raw", "/readyz").returncode != 0:
            for name, process in self.processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended:\n{self.log(name)}")
            if time.monotonic() > deadline:
                raise RuntimeError("the API server is not ready:\n"
                                   + self.log("kube-apiserver"))
            time.sleep(0.5)

    def run(self, name, *arguments):
        with open(self.path(f"{name}.log"), "wb") as log:
            self.processes.append((name, subprocess.Popen(
                [os.path.join(self.tools, name), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)))

    def log(self, name):
        with open(self.path(f"{name}.log"), encoding="utf-8",
                  errors="replace") as file:
            return file.read()[-3000:]

    def environment(self):
        """For programs that ask the cluster."""
        return {"PATH": f"{self.tools}:/usr/bin:/bin", "HOME": self.folder,
                "KUBECONFIG": self.path("kubeconfig")}

    def kubectl(self, *arguments, data=None):
        return subprocess.run(
            [os.path.join(self.tools, "kubectl"), *arguments], text=True,
            input=data, env=self.environment(), timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def must(self, *arguments, data=None):
        said = self.kubectl(*arguments, data=data)
        if said.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(arguments)}:\n{said.stderr}")
        return said.stdout

    def apply(self, text, *more):
        """Unknown fields are refused, and so is what the server warns of."""
        return self.kubectl("apply", "--validate=strict",
                            "--warnings-as-errors", *more, "-f", "-", data=text)

    def stop(self):
        for _, process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
