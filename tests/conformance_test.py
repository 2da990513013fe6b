"""Decision cases that were made elsewhere agree, but for those that are named.

    conformance_test.py ROLEGATE CASES_DIR DIFFERENCES

DIFFERENCES names each case whose expectation contradicts AWS, one a line, below
the reason.  A case that is named there and agrees fails the test, too.
"""

import pathlib
import re
import subprocess
import sys


def main():
    rolegate, directory, differences = sys.argv[1:]
    known = {line.strip() for line in pathlib.Path(differences).read_text()
             .splitlines() if line.strip() and not line.startswith("#")}
    run = subprocess.run([rolegate, "test", directory], capture_output=True,
                         text=True, check=False, timeout=300)
    total = re.search(r"^(\d+) of (\d+) cases agree$", run.stdout, re.M)
    if total is None:
        sys.exit(run.stdout + run.stderr)
    wrong = set(re.findall(r"^\S+ (\S+): expected ", run.stdout, re.M))
    for case in sorted(wrong - known):
        print(f"{case} disagrees")
    for case in sorted(known - wrong):
        print(f"{case} agrees, though {differences} names it")
    print(total[0])
    return 1 if wrong != known else 0


if __name__ == "__main__":
    sys.exit(main())
