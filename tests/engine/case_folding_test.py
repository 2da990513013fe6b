"""Case folding is Unicode's, in the engine's table and in decisions.

    case_folding_test.py ROLEGATE SOURCE_DIR

Python has Unicode data of its own, of whichever version: once a character
folds, Unicode never changes what it folds to, so that what both versions know
must be the same.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata


def fold_of(point):
    """What a character folds to by Python's data, if to one other."""
    folded = chr(point).casefold()
    if len(folded) > 1:  # full folding; the simple one is the small letter
        folded = chr(point).lower()
    return ord(folded) if len(folded) == 1 and folded != chr(point) else None


def version(text):
    return tuple(map(int, text.split(".")))


def table(header):
    folds = {}
    for row in re.findall(r"\{0x(\w+), 0x(\w+), (\d+), (-?\d+)\}", header):
        first, last = int(row[0], 16), int(row[1], 16)
        for point in range(first, last + 1, int(row[2])):
            folds[point] = point + int(row[3])
    return folds


def cases(folds):
    """A Deny that holds for the other letter, and one that must not."""
    for point, folded in sorted(folds.items()):
        for operator, expect in (("StringEqualsIgnoreCase", "EXPLICIT_DENY"),
                                 ("StringNotEqualsIgnoreCase", "ALLOW")):
            for listed, value in ((point, folded), (folded, point)):
                yield {
                    "id": f"fold/{point:04x}/{operator}/{value:04x}",
                    "request": {
                        "principal": {
                            "AWS": "arn:aws:iam::123456789012:user/u"},
                        "action": "s3:GetObject",
                        "resource": "arn:aws:s3:::b/a",
                        "resource_account": "123456789012",
                        "context": {"app:k": f"a{chr(value)}"}},
                    "policies": {"identity": [{
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "*",
                             "Resource": "*"},
                            {"Effect": "Deny", "Action": "*", "Resource": "*",
                             "Condition": {operator: {
                                 "app:k": f"a{chr(listed)}"}}}]}]},
                    "expect": expect}


def main():
    rolegate, root = sys.argv[1:]
    header = (pathlib.Path(root) /
              "engine/text/case_folding_table.h").read_text()
    ours = version(re.search(r"Unicode ([\d.]+)", header)[1])
    pythons = version(unicodedata.unidata_version)
    folds = table(header)
    faults = []
    for point in range(0x110000):
        if 0xd800 <= point < 0xe000:
            continue
        known, expected = folds.get(point), fold_of(point)
        newer_here = expected is None and ours > pythons
        newer_there = known is None and pythons > ours
        if known != expected and not newer_here and not newer_there:
            faults.append(f"U+{point:04X} folds to {known}, not {expected}")
    if len(folds) < 1400:
        faults.append(f"the table has only {len(folds)} characters")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "fold.ndjson")
        path.write_text("".join(json.dumps(case) + "\n"
                                for case in cases(folds)), encoding="utf8")
        run = subprocess.run([rolegate, "test", path], capture_output=True,
                             text=True, check=False, timeout=120)
    agreed = f"{4 * len(folds)} of {4 * len(folds)} cases agree"
    if run.returncode != 0 or agreed not in run.stdout:
        faults.append(run.stdout[-2000:] + run.stderr[-2000:])
    print("\n".join(faults) or f"{len(folds)} characters, {agreed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
