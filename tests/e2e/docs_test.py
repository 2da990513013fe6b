"""Runs the examples of the documentation.

In a block of code, a line that begins with `$ ` is a command, and what follows
is what it prints; `...` stands for anything. All commands of a page run in one
shell, against a server on the demo's registry. Each page is run twice: by
itself, and as somebody runs it who has done README's tour before and has its
session in the environment.
   docs_test.py BIN SOURCE
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

bin_dir, source = (os.path.abspath(a) for a in sys.argv[1:3])
faults = []


def goes_on(command):
    """Whether the next line belongs to the command, too."""
    document = re.search(r"<<'(\w+)'$", command.splitlines()[0])
    if document:
        return command.splitlines()[-1] != document.group(1)
    return command.endswith("\\")


def examples(text):
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text,
                                      re.S | re.M):
        if language:
            continue
        command, printed = None, []
        for line in block.splitlines():
            if command is not None and goes_on(command):
                command += "\n" + line
            elif line.startswith("$ "):
                if command is not None:
                    yield command, printed
                command, printed = line[2:], []
            elif command is not None:
                printed.append(line)
        if command is not None:
            yield command, printed


def matches(expected, found):
    pattern = "\n".join(".*".join(re.escape(part) for part in
                                  line.split("..."))
                        for line in expected)
    return re.fullmatch(pattern, found.strip(), re.S) is not None


with tempfile.TemporaryDirectory() as work:
    ready = os.path.join(work, "ready")
    with open(os.path.join(work, "log"), "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [f"{bin_dir}/rolegated", "--registry",
             f"{source}/deploy/demo/registry", "--listen", "127.0.0.1:0",
             "--operations-listen", "127.0.0.1:0", "--dev",
             "--ready-file", ready], stderr=log)
    try:
        while not os.path.exists(ready) and server.poll() is None:
            time.sleep(0.05)
        with open(ready, encoding="utf-8") as file:
            addresses = json.load(file)
        address = addresses["listeners"][0]
        count = 0
        caller = {"ROLEGATE_SERVER": address, "HOME": work,
                  "PATH": f"{bin_dir}:/usr/bin:/bin"}
        tour = re.search(r"ROLEGATE_SESSION_TOKEN=(\S+)", subprocess.run(
            ["rolegate", "assume-role", "--principal",
             "service:ec2.amazonaws.com", "--role-session-name", "tour",
             "--role-arn", "arn:aws:iam::123456789012:role/Reader"],
            env=caller, text=True, check=True,
            stdout=subprocess.PIPE).stdout).group(1)
        pages = ["README.md"] + [f"docs/{name}" for name in
                                 sorted(os.listdir(f"{source}/docs"))
                                 if name.endswith(".md")]
        for page in pages:
            with open(f"{source}/{page}", encoding="utf-8") as file:
                cases = list(examples(file.read()))
            # Readers have the addresses of `make run`.
            script = "".join(
                command.replace("127.0.0.1:8471", addresses["operations"])
                + "\necho '<<end>>'\n" for command, _ in cases)
            for more in ({}, {"ROLEGATE_SESSION_TOKEN": tour}):
                output = subprocess.run(
                    ["bash", "-c", script], cwd=source, text=True, check=False,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env=caller | more).stdout
                outputs = output.split("<<end>>\n")[:-1]
                if len(outputs) != len(cases):
                    faults.append(f"{page} ends early\n{output}")
                for (command, expected), found in zip(cases, outputs):
                    # Who did the tour is told which caller counts.
                    found = re.sub(r"^rolegate: --principal calls; .*\n", "",
                                   found, flags=re.M) if more else found
                    count += 1
                    unexpected = any(
                        word in found and word not in "\n".join(expected)
                        for word in ("error", "rolegate: "))
                    if unexpected or (expected
                                      and not matches(expected, found)):
                        after = " (after README's tour)" if more else ""
                        faults.append(f"{page}{after}\n$ {command}\n{found}")
    finally:
        server.terminate()
        server.wait()
if count == 0:
    faults.append("no example was found")
print("\n".join(faults) or f"{count} examples come out as written")
sys.exit(1 if faults else 0)
