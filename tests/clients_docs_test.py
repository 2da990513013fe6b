"""The programs of docs/clients.md are those of the clients' READMEs, which each
client's own tests run, and the first decisions take at most ten lines of code.

    clients_docs_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

LANGUAGES = {"C++": "cpp", "Python": "python", "Go": "go", "Node": "node",
             "Java": "java", "Rust": "rust"}
# What a language wants around whatever is written in it.
AROUND = re.compile(r"""\s*(
    //.* | \#.* | import\b.* | use\s.* | package\s.* | from\s.*import.*
    | int\ main\(\)\ \{ | func\ main\(\)\ \{ | (public\ )?(final\ )?class\ .*\{
    | (public\ )?static\ void\ main\(.*\{ | async\ fn\ main\(.*\{
    | "[\w./]+" | [\w]*\ ?"[\w./]+" | [(){};\]\[,]*
    )\s*$""", re.X)


def code_lines(program):
    return [line for line in program.splitlines() if not AROUND.match(line)]


def main():
    root = pathlib.Path(sys.argv[1])
    page = (root / "docs/clients.md").read_text()
    faults = []
    found = 0
    for heading, section in re.findall(
            r"^## (.*?)\n(.*?)(?=^## |\Z)", page, re.S | re.M):
        for language, part in re.findall(
                r"^\*\*([\w+]+)\*\*.*?\n(.*?)(?=^\*\*|\Z)", section,
                re.S | re.M):
            if language not in LANGUAGES:
                continue
            readme = (root / "client" / LANGUAGES[language] /
                      "README.md").read_text()
            for program in re.findall(r"^```\w+\n(.*?)^```", part, re.S | re.M):
                found += 1
                if program not in readme:
                    faults.append(f"{language}, {heading}: not in its README")
                lines = code_lines(program)
                if heading == "Zero to the first decision" and len(lines) > 10:
                    faults.append(f"{language}: {len(lines)} lines of code:\n" +
                                  "\n".join(lines))
    if found < 2 * len(LANGUAGES):
        faults.append(f"only {found} programs found")
    print("\n".join(faults) or f"{found} programs")
    return 1 if faults else 0


sys.exit(main())
