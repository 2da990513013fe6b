"""Every case that a person wrote is a page that a person can read.

Its file is called after its id, its members stand in one order and each on a
line of its own, and its description is one sentence that no other case has.
Its rule is one that names it in docs/semantics.md.

    case_files_test.py SOURCE_DIR
"""

import pathlib
import re
import sys

from case_files import cases
from semantics_test import rules_of_tests

ORDER = ["id", "description", "rule", "source", "request", "policies",
         "expect"]
REQUIRED = {"id", "description", "request", "expect"}


def faults_of(path, case, rules):
    """What is wrong with one case; `path` is relative and has no suffix."""
    identifier = case.get("id")
    if identifier != path:
        yield f"its id `{identifier}` is not its path"
    if list(case) != [member for member in ORDER if member in case]:
        yield f"its members {list(case)} are not in the order {ORDER}"
    for member in sorted(REQUIRED - set(case)):
        yield f"it has no {member}"
    if not re.fullmatch(r"\S[^\n]*[^\s.]\.", case.get("description", "")):
        yield "its description is not a sentence with a full stop"
    named = rules.get(path, [None])
    if case.get("rule") not in named:
        yield (f"its rule is {case.get('rule')}, and docs/semantics.md names "
               f"it for {named}")


def main():
    root = pathlib.Path(sys.argv[1])
    directory = root / "tests/cases"
    rules = rules_of_tests((root / "docs/semantics.md").read_text())
    faults = []
    described = {}
    for file, case in cases(directory):
        path = str(file.relative_to(directory).with_suffix(""))
        if file.suffix == ".ndjson":
            if path != "tables":
                faults.append(f"{file}: a case a file, but for the tables")
            continue
        faults += [f"{file}: {fault}" for fault in faults_of(path, case, rules)]
        lines = file.read_text(encoding="utf-8").splitlines()
        if [f'  "{member}": ' for member in case] != [
                line[:len(member) + 6] for member in case for line in lines
                if line.startswith(f'  "{member}": ')]:
            faults.append(f"{file}: each member begins a line, two spaces in")
        sentence = case.get("description")
        other = described.setdefault(sentence, file)
        if other != file:
            faults.append(f"{file}: its description is that of {other}")
    if not described:
        faults.append("no cases found")
    print("\n".join(faults) or f"{len(described)} cases")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
