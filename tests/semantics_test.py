"""Every rule of docs/semantics.md names its source, its code and its tests.

The code of deciding names, in turn, each rule where it holds it.

A test is a case, a group of cases (its name ends with a slash), or a program's.

    semantics_test.py SOURCE_DIR
"""

import pathlib
import re
import sys

from case_files import cases


def program_tests(directory):
    return {
        f"{suite}.{name}"
        for path in directory.glob("**/*.cc")
        for suite, name in re.findall(
            r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", path.read_text())
    }


# The code whose comments name the rules that it holds, each where it holds it.
NAMING = ("engine/decide/", "engine/sts/question.cc",
          "engine/sts/circumstances.h", "engine/sts/subject_keys.cc",
          "engine/policy/context_keys.cc")


def rules_named(text):
    """The numbers in comments as `Rule 29` and `Rules 75, 76 and 79`."""
    comments = re.sub(r"\s*\n\s*//", "", text)
    return {
        int(number)
        for numbers in re.findall(
            r"\b[Rr]ules? (\d+(?:(?:, | and )\d+)*)", comments)
        for number in re.findall(r"\d+", numbers)
    }


def rules_of_tests(text):
    """The numbers of the rules that name a test, by the test's name."""
    rules = {}
    for number, tests in re.findall(r"^\| (\d+) \|.* \| (.*) \|$", text,
                                    re.M):
        for test in re.findall(r"`([^`]+)`", tests):
            rules.setdefault(test, []).append(int(number))
    return rules


def main():
    root = pathlib.Path(sys.argv[1])
    known = [case["id"] for _, case in cases(root / "tests/cases")]
    in_code = program_tests(root / "tests")
    faults = []
    named = set()
    sentences = set()
    where = {}
    rules = 0
    for line in (root / "docs/semantics.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not re.match(r"\| \d+ \|", line):
            continue
        rules += 1
        if len(cells) != 5 or not all(cells):
            faults.append(f"rule {rules}: expected five cells: {line}")
            continue
        number, sentence, _, code, tests = cells
        if sentence in sentences:
            faults.append(f"rule {number} stands twice")
        sentences.add(sentence)
        if int(number) != rules:
            faults.append(f"rule {number} should be number {rules}")
        file = root / code.strip("`")
        if not file.is_file():
            faults.append(f"rule {number}: no file {code}")
        elif code.strip("`").startswith(NAMING) and int(
                number) not in rules_named(file.read_text()):
            faults.append(f"rule {number}: no comment in {code} names it")
        where[int(number)] = code.strip("`")
        for test in re.findall(r"`([^`]+)`", tests):
            named.add(test)
            group = test.endswith("/") and any(
                case.startswith(test) for case in known)
            if not group and test not in known and test not in in_code:
                faults.append(f"rule {number}: no case {test}")
        if "`" not in tests:
            faults.append(f"rule {number} has no test")
    for case in known:
        if not case.startswith(("semantics/", "table/")):
            continue
        groups = {case[:i + 1] for i, c in enumerate(case) if c == "/"}
        if case not in named and not groups & named:
            faults.append(f"no rule names the case {case}")
    for path in sorted((root / "engine").glob("**/*")):
        if path.suffix not in (".h", ".cc"):
            continue
        name = str(path.relative_to(root))
        for number in sorted(rules_named(path.read_text())):
            if where.get(number) != name:
                faults.append(f"{name}: rule {number} is not there by "
                              "docs/semantics.md")
    if rules == 0:
        faults.append("no rules found")
    print("\n".join(faults) or f"{rules} rules")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
