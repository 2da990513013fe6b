"""Holds docs/architecture.md and its two pages to the code.

Every file and folder that they name exists, and the map has every room.
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
print("\n".join(faults) or "the map has every room, and all it names exists")
sys.exit(1 if faults else 0)
