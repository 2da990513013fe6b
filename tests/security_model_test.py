"""Every threat of docs/security-model.md names tests that exist.

    security_model_test.py SOURCE_DIR
"""

import json
import pathlib
import re
import sys

from case_files import cases


def known_tests(root):
    for path in (root / "tests").glob("**/*.cc"):
        for suite, name in re.findall(
                r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", path.read_text()):
            yield f"{suite}.{name}"
    for _, case in cases(root / "tests/cases"):
        yield case["id"]

    # Scenarios and cases that the clients of all languages are held to.
    clients = root / "client/conformance"
    for path in clients.glob("*.yaml"):
        yield from re.findall(r"^- name: (\S+)", path.read_text(), re.M)
    middleware = json.loads((clients / "middleware.json").read_text())
    for kind in ("http", "rpc", "wrong_tables"):
        for case in middleware[kind]:
            yield f"{kind}: {case['name']}"

    # What the chart's unit tests and the tests of its manifests hold.
    for path in (root / "deploy/helm").glob("**/*_test.yaml"):
        for name in re.findall(r"- it: (.*)", path.read_text()):
            yield f"chart: {name}"
    # What the console's tests look at in a browser.
    for path in (root / "tests/console").glob("*_test.py"):
        for name in re.findall(r"def test_(\w+)\(", path.read_text()):
            yield f"console: {name.replace('_', ' ')}"
    kubernetes = root / "tests/kubernetes"
    for name in re.findall(r'yield "([^"]+)", \w+\.token',
                           (kubernetes / "web_identity_test.py").read_text()):
        yield f"service account: {name}"
    for name in re.findall(r'^ +(?:\(.*, *)?"([\w ,`]+)"\),$',
                           (kubernetes / "manifests_test.py").read_text(), re.M):
        yield f"manifest: {name}"


def threats(text):
    """The cells of each row under "Threats"."""
    section = text.split("\n## Threats\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|") and cells[0] not in ("threat", "---"):
            yield cells


def main():
    root = pathlib.Path(sys.argv[1])
    known = set(known_tests(root))
    faults = []
    rows = list(threats((root / "docs/security-model.md").read_text()))
    for cells in rows:
        if len(cells) != 3 or not all(cells):
            faults.append(f"expected a threat, an answer and tests: {cells}")
            continue
        tests = re.findall(r"`([^`]+)`", cells[2])
        if not tests:
            faults.append(f"no test: {cells[0]}")
        faults += [
            f"no test {test}: {cells[0]}" for test in tests
            if test not in known
        ]
    if not rows:
        faults.append("no threats found")
    print("\n".join(faults) or f"{len(rows)} threats")
    return 1 if faults else 0


sys.exit(main())
