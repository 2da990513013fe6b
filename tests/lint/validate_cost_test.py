"""Counts the instructions of validating hostile documents.

    validate_cost_test.py VALIDATE_COST

No busy machine changes them.  Valgrind counts; without it the test is skipped.
A document of twice the size may cost little more than twice as much, and no
document more than its bytes and the linter's budget allow.
"""

import glob
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
BYTES = 1 << 16

# A document of twice the size: sorting takes a little more than twice as long.
MAX_GROWTH = 2.4

# Instructions of one document, with slack for other compilers: what compiling
# takes for each byte, and what the linter may spend besides.
MAX_PER_BYTE = 400
MAX_LINT = 60_000_000


def instructions(program, size, what):
    """Maps each family to the bytes of its document and its instructions."""
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            ['valgrind', '--tool=callgrind',
             f'--callgrind-out-file={directory}/out',
             '--toggle-collect=CountedValidation',
             '--dump-after=CountedValidation',
             program, str(size), what],
            capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(run.stderr)
        dumps = sorted(glob.glob(f'{directory}/out.*'),
                       key=lambda name: int(name.rsplit('.', 1)[1]))
        counts = []
        for dump in dumps:
            with open(dump, encoding='utf-8') as text:
                counts.append(int(re.search(r'^(?:summary|totals): (\d+)',
                                            text.read(), re.M)[1]))
    families = [line.split(' ', 1) for line in run.stdout.splitlines()]
    if len(counts) < len(families) or not families:
        sys.exit(f'{len(counts)} counts of {len(families)} families')
    return {name: (int(bytes_), count)
            for (bytes_, name), count in zip(families, counts)}


def main():
    if shutil.which('valgrind') is None:
        print('no valgrind: skipped')
        return SKIPPED
    program = sys.argv[1]
    small = instructions(program, BYTES, 'compile')
    large = instructions(program, 2 * BYTES, 'compile')
    linted = instructions(program, 2 * BYTES, 'lint')
    faults = []
    for name, (size, count) in large.items():
        growth = count / small[name][1]
        per_byte = count / size
        lint = linted[name][1]
        print(f'{name}: {per_byte:.0f} instructions a byte, x {growth:.2f}, '
              f'with the linter {lint / size:.0f}')
        if growth > MAX_GROWTH:
            faults.append(f'{name} grows x {growth:.2f}')
        if per_byte > MAX_PER_BYTE:
            faults.append(f'{name} takes {per_byte:.0f} instructions a byte')
        if lint > MAX_PER_BYTE * size + MAX_LINT:
            faults.append(f'{name} takes {lint} instructions with the linter')
    print('\n'.join(faults))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
