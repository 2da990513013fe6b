"""Counts the instructions of refusals: time must not tell which roles exist.

    refusal_cost_test.py REFUSAL_COST

An unknown role, a role that does not trust the caller and a request that was
refused before any policy was asked take the same work. Valgrind counts; without
it the test is skipped.
"""

import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
REFUSALS = 200
# Texts of other lengths leave this much: less than a microsecond.
MOST = 1.02


def instructions(program, kind):
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            ['valgrind', '--tool=callgrind',
             f'--callgrind-out-file={directory}/out',
             '--toggle-collect=rolegate::service::CountedRefusal*',
             program, kind, str(REFUSALS)],
            capture_output=True, text=True, check=False)
    collected = re.search(r'Collected : (\d+)', run.stderr)
    if run.returncode != 0 or collected is None:
        sys.exit(f'{kind}: no count\n{run.stderr}')
    return int(collected[1]) / REFUSALS


def main():
    if shutil.which('valgrind') is None:
        print('no valgrind: skipped')
        return SKIPPED
    counts = {kind: instructions(sys.argv[1], kind)
              for kind in ('unknown', 'trust', 'beforehand')}
    for kind, count in counts.items():
        print(f'{kind}: {count:.0f}')
    if max(counts.values()) > MOST * min(counts.values()):
        print(f'they differ by more than {MOST}')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
