"""docs/troubleshooting.md has a section for each error of the API, under the code
that the API gives it, and for no other.
   troubleshooting_test.py SOURCE
"""
import os
import re
import sys

source = sys.argv[1]
with open(os.path.join(source, "engine/sts/error_code.h"),
          encoding="utf-8") as file:
    errors = dict(re.findall(
        r'\{ErrorCode::k\w+,\s*"(\w+)",\s*absl::StatusCode::k(\w+)\}',
        file.read()))
errors = {name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", code).upper()
          for name, code in errors.items()}
with open(os.path.join(source, "docs/troubleshooting.md"),
          encoding="utf-8") as file:
    sections = dict(re.findall(r"^### (\w+)\n\n([A-Z_]+)\. ", file.read(),
                               re.MULTILINE))
faults = [f"{name}: the API says {errors.get(name)}, the page "
          f"{sections.get(name)}" for name in sorted({*errors, *sections})
          if errors.get(name) != sections.get(name)]
if len(errors) < 20:
    faults.append(f"only {len(errors)} errors were found")
print("\n".join(faults) or f"{len(errors)} errors have their section")
sys.exit(1 if faults else 0)
