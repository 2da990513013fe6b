"""Holds docs/architecture.md, its two pages and CONTRIBUTING.md to the code.

Every file and folder that they name exists, the map has every room, and the
test programs that CONTRIBUTING.md builds are there.
"""
import os
import re
import sys

root = sys.argv[1]
faults = []
PAGES = ("architecture", "compiled-form", "generations")
text = {}
for page in PAGES:
    with open(f"{root}/docs/{page}.md", encoding="utf-8") as file:
        text[page] = file.read()
    for name in sorted(set(re.findall(
            r"`((?:engine|service|client|include|tests|proto|docs)/[\w./-]+)`",
            text[page]))):
        if not os.path.exists(f"{root}/{name}"):
            faults.append(f"docs/{page}.md: `{name}` does not exist")
for parent in ("engine", "service"):
    for room in sorted(os.listdir(f"{root}/{parent}")):
        folder = f"{root}/{parent}/{room}"
        if os.path.isdir(folder) and any(
                name.endswith(".h") for name in os.listdir(folder)):
            if f"| `{parent}/{room}` |" not in text["architecture"]:
                faults.append(f"docs/architecture.md: no row for "
                              f"`{parent}/{room}`")
with open(f"{root}/CONTRIBUTING.md", encoding="utf-8") as file:
    contributing = file.read()
with open(f"{root}/tests/CMakeLists.txt", encoding="utf-8") as file:
    programs = re.findall(r"rolegate_add_test\((\w+)", file.read())
for name in sorted(set(re.findall(r"[\s`/](\w+_test)[\s`]", contributing))):
    if name not in programs:
        faults.append(f"CONTRIBUTING.md: no test program `{name}`")
suites = {
    match
    for folder, _, files in os.walk(f"{root}/tests/lint") for name in files
    if name.endswith("_test.cc")
    for match in re.findall(
        r"^TEST(?:_F)?\((\w+),",
        open(os.path.join(folder, name), encoding="utf-8").read(), re.M)
}
for name in re.findall(r"--gtest_filter='(\w+)\*'", contributing):
    if name not in suites:
        faults.append(f"CONTRIBUTING.md: no tests `{name}` in tests/lint")
print("\n".join(faults) or "the map has every room, and all it names exists")
sys.exit(1 if faults else 0)
