"""Schemas and definitions of resources, from their projects' Go modules."""
import functools
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
CUSTOM = [
    ("github.com/cert-manager/cert-manager",
     ["deploy/crds/cert-manager.io_certificates.yaml"]),
    ("github.com/prometheus-operator/prometheus-operator",
     [f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
      for kind in ("servicemonitors", "prometheusrules")])]


@functools.cache
def folder_of(module):
    """Where a module that definitions-module/go.mod pins lies."""
    return json.loads(subprocess.run(
        ["go", "mod", "download", "-json", module],
        cwd=os.path.join(HERE, "definitions-module"), check=True,
        stdout=subprocess.PIPE).stdout)["Dir"]


def files():
    """The definitions of custom resources."""
    return [os.path.join(folder_of(module), file)
            for module, names in CUSTOM for file in names]
