#!/usr/bin/python3
"""Renders every form of the chart and every Kustomize overlay.

   render.py TOOLS [--write]
Compares with what is committed in `rendered`, so that a review shows what a
change does to manifests; `--write` writes it there. TOOLS has helm and kubectl.
"""
import difflib
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
CHART = os.path.join(PROJECT, "deploy/helm/rolegate")
OVERLAYS = os.path.join(PROJECT, "deploy/kubernetes")
RENDERED = os.path.join(HERE, "rendered")


def run(*command):
    result = subprocess.run(command, text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{result.stderr}")
    return result.stdout


def overlays():
    """The overlays, and not the base and the components that they use."""
    return sorted(name for name in os.listdir(OVERLAYS)
                  if name not in ("base", "components"))


def cases():
    return sorted(name.removesuffix("-values.yaml")
                  for name in os.listdir(os.path.join(CHART, "ci")))


def values_of(case):
    return os.path.join(CHART, "ci", f"{case}-values.yaml")


def template(helm, chart, *more):
    return run(helm, "template", "rolegate", chart, "--namespace", "rolegate",
               "--kube-version", "1.37", *more)


def shop_chart(work):
    """The tests' chart with this one in it, as `helm dependency build` puts it
    there."""
    chart = os.path.join(work, "shop")
    shutil.copytree(os.path.join(HERE, "shop"), chart)
    shutil.copytree(CHART, os.path.join(chart, "charts/rolegate"))
    return chart


def render(tools):
    """NAME: text of every form."""
    helm = os.path.join(tools, "helm")
    texts = {f"helm-{case}": template(helm, CHART, "--values", values_of(case))
             for case in cases()}
    with tempfile.TemporaryDirectory() as work:
        texts["helm-shop"] = template(helm, shop_chart(work))
    for overlay in overlays():
        texts[f"kustomize-{overlay}"] = run(
            os.path.join(tools, "kubectl"), "kustomize",
            os.path.join(OVERLAYS, overlay))
    return texts


def main():
    texts = render(sys.argv[1])
    if "--write" in sys.argv:
        shutil.rmtree(RENDERED, ignore_errors=True)
        os.makedirs(RENDERED)
        for name, text in texts.items():
            with open(os.path.join(RENDERED, f"{name}.yaml"), "w",
                      encoding="utf-8") as file:
                file.write(text)
        return 0
    kept = {name.removesuffix(".yaml") for name in os.listdir(RENDERED)}
    differ = sorted(kept ^ set(texts))
    for name in sorted(kept & set(texts)):
        with open(os.path.join(RENDERED, f"{name}.yaml"),
                  encoding="utf-8") as file:
            old = file.read()
        if old != texts[name]:
            differ.append(name)
            sys.stdout.writelines(difflib.unified_diff(
                old.splitlines(True), texts[name].splitlines(True),
                f"rendered/{name}.yaml", "now", n=2))
    if differ:
        print("what is rendered differs from what is committed: "
              f"{', '.join(differ)}; look at it, then run "
              "`tests/kubernetes/render.py build/kubernetes/bin --write`")
        return 1
    print(f"{len(texts)} forms are rendered as committed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
