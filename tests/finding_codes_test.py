"""The codes of faults and findings beside those that docs/findings.md explains.

   finding_codes_test.py SOURCE
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(sys.argv[1])

# Where the codes stand: as constants, or as rows of the linter's table.
CONSTANTS = ("engine/registry/fault_codes.h", "engine/text/diagnostic.h",
             "engine/policy/document_faults.h")
TABLE = "engine/lint/findings.cc"


def emitted():
    codes = set()
    for name in CONSTANTS:
        text = (SOURCE / name).read_text("utf-8")
        found = re.findall(r'string_view k\w+\s*=\s*"([A-Z]\w+)"', text)
        assert found, f"{name} has no codes"
        codes.update(found)
    rows = re.findall(r'\{k\w+,\s*"([A-Z]\w+)",',
                      (SOURCE / TABLE).read_text("utf-8"))
    assert len(rows) > 50, f"{TABLE} has {len(rows)} rows only"
    return codes | set(rows)


def documented():
    page = (SOURCE / "docs/findings.md").read_text("utf-8")
    codes = set()
    for first in re.findall(r"^\| (`[^|]*) \|", page, re.M):
        codes.update(re.findall(r"`(\w+)`", first))
    return codes


lacking = emitted() - documented()
unknown = documented() - emitted()
for code in sorted(lacking):
    print(f"docs/findings.md does not explain `{code}`")
for code in sorted(unknown):
    print(f"docs/findings.md explains `{code}`, which nothing emits")
sys.exit(1 if lacking or unknown else 0)
