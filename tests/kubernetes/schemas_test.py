#!/usr/bin/python3
"""Every rendered manifest keeps to Kubernetes' own schemas.

   schemas_test.py
"""
import copy
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import checks
import schemas

FAULTS = []


def set_at(objects, path, value):
    """One object, with one thing wrong."""
    kind, *steps = path
    found = copy.deepcopy(next(each for each in objects
                               if each["kind"] == kind))
    at = found
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = value
    return found


POD = ("Deployment", "spec", "template", "spec")
BROKEN = [
    ((*POD, "containers", 0, "readinesProbe"), {}, "readinesProbe"),
    (("Deployment", "spec", "replicas"), "three", "three"),
    ((*POD, "volumes", 0, "configmap"), {}, "configmap"),
    ((*POD, "containers", 0, "volumeMounts", 0), {"mountPath": "/a"},
     "'name' is a required property"),
    ((*POD, "containers", 0, "startupProbe", "grpc", "port"), "health",
     "health"),
    ((*POD, "topologySpreadConstraints", 0, "maxSkew"), "1", "'1'"),
    (("Deployment", "apiVersion"), "apps/v1beta1", "there is no Deployment"),
    (("Service", "spec", "ports", 0, "protcol"), "TCP", "protcol"),
    (("PodDisruptionBudget", "spec", "maxUnavailble"), 1, "maxUnavailble"),
    (("HorizontalPodAutoscaler", "spec", "scaleTargetRef"), {"kind": "A"},
     "'name' is a required property"),
    (("NetworkPolicy", "spec", "ingress", 0, "form"), [], "form"),
    (("Certificate", "spec", "issuerRef", "nam"), "x", "nam"),
    (("Certificate", "spec", "privateKey", "algorithm"), "RSB", "RSB"),
    (("PrometheusRule", "spec", "groups", 0, "rules", 0, "exprr"), "1",
     "exprr"),
]


def main():
    known = schemas.load()
    folder, objects = os.path.join(HERE, "rendered"), 0
    for name in sorted(os.listdir(folder)):
        for each in checks.read(os.path.join(folder, name)):
            objects += 1
            FAULTS.extend(f"{name}: {checks.name_of(each)}: {fault}"
                          for fault in schemas.faults_of(each, known))
    production = checks.read(os.path.join(folder, "helm-production.yaml"))
    for path, value, expected in BROKEN:
        said = schemas.faults_of(set_at(production, path, value), known)
        if not any(expected in each for each in said):
            FAULTS.append(f"{path[0]} with {path[-1]}={value} is taken: {said}")
    print("\n".join(FAULTS) or f"{objects} objects keep to {len(known)} "
          f"schemas, which refuse {len(BROKEN)} broken ones")
    return 1 if FAULTS else 0


sys.exit(main())
