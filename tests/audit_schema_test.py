"""docs/audit-log.md names every member that the audit log writes, and no other.
   audit_schema_test.py SOURCE
"""
import re
import sys

source = sys.argv[1]
written = set()
for name in ("audit_record.cc", "audit_line.cc", "audit_log.cc"):
    with open(f"{source}/service/audit/{name}", encoding="utf-8") as file:
        written |= set(re.findall(
            r'\b(?:Text|Word|Arn|Int|Uint|Double|Json|Time|Timestamp|Object|'
            r'Context|AppendSession)\(\s*"(\w+)"',
            file.read()))
with open(f"{source}/docs/audit-log.md", encoding="utf-8") as file:
    page = file.read()
rows = re.findall(r"^\| (`[^|]+) \|[^|]*\| (.*) \|$",
                  page.split("## Members")[1].split("##")[0], re.MULTILINE)
members = {name for cell, _ in rows for name in re.findall(r"`(\w+)`", cell)}
parts = {name for _, text in rows
         for name in re.findall(r"`([a-z][a-z_]+)`", text)}
faults = [f"`{name}` is written and not documented"
          for name in sorted(written - members - parts)]
faults += [f"`{name}` is documented and not written"
           for name in sorted(members - written)]
if len(written) < 30:
    faults.append(f"only {len(written)} members were found in the source")
kinds = set(re.findall(r"^\| `(\w+)` \|",
                       page.split("## Kinds")[1].split("##")[0], re.MULTILINE)) - {"kind"}
with open(f"{source}/service/audit/audit_record.cc", encoding="utf-8") as file:
    named = set(re.findall(r'return "(\w+)";', file.read())) | {"audit_loss"}
if kinds != named:
    faults.append(f"kinds: {sorted(kinds)} are documented, {sorted(named)} "
                  "are written")
print("\n".join(faults) or f"{len(written)} members are documented")
sys.exit(1 if faults else 0)
