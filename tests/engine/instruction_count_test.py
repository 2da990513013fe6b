"""Counts the instructions of decisions, which no busy machine changes.

    instruction_count_test.py DECISION_COST

Valgrind counts; without it the test is skipped.  A bound is one and a half
times what was counted when it was written down, so that compilers may differ
and a decision that costs twice as much still fails.  Whoever makes decisions
cheaper lowers the bounds: the test prints what it counts.
"""

import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
DECISIONS = 200
SLACK = 1.5

# Instructions of one decision: g++ 12.2, Release, x86-64.
RECORDED = {
    'typical': 2505,
    'typical-with-set-up': 2875,
    'ten-statements': 1053,
    'ten-thousand-actions': 1120,
    'ten-thousand-resources': 1170,
    'a-hundred-policies': 1170,
}

# What no change may exceed, whatever it is for: counting of steps included, a
# decision is part of every call.  Of the compiler that is named above.
MOST = {'typical-with-set-up': 3102}
COMPILER = '12.2.'


def instructions(program, question):
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            ['valgrind', '--tool=callgrind',
             f'--callgrind-out-file={directory}/out',
             '--toggle-collect=rolegate::Counted*',
             program, question, str(DECISIONS)],
            capture_output=True, text=True, check=False)
    collected = re.search(r'Collected : (\d+)', run.stderr)
    if run.returncode != 0 or collected is None:
        sys.exit(f'{question}: no count\n{run.stderr}')
    return int(collected[1]) / DECISIONS


def has_that_compiler():
    if shutil.which('g++') is None:
        return False
    version = subprocess.run(['g++', '-dumpfullversion'], capture_output=True,
                             text=True, check=False).stdout
    return version.startswith(COMPILER)


def main():
    if shutil.which('valgrind') is None:
        print('no valgrind: skipped')
        return SKIPPED
    faults = []
    counts = {}
    for question, recorded in RECORDED.items():
        counts[question] = instructions(sys.argv[1], question)
        print(f'{question}: {counts[question]:.0f}, recorded {recorded}')
        if counts[question] > SLACK * recorded:
            faults.append(f'{question} costs more than {SLACK} x {recorded}')
    for question, most in MOST.items():
        if has_that_compiler() and counts[question] > most:
            faults.append(f'{question} costs more than {most}')
    for many in ('ten-thousand-actions', 'ten-thousand-resources',
                 'a-hundred-policies'):
        if counts[many] > 1.5 * counts['ten-statements']:
            faults.append(f'{many} costs more than 1.5 x ten-statements')
    print('\n'.join(faults))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
