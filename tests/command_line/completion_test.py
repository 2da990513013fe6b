"""Completion in the shells themselves: what is typed, the Tab key, and what the
shell then shows.  bash is always there; zsh and fish are Debian packages that
`make setup` installs.
   completion_test.py BIN SOURCE
"""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import support

# What is typed, what the shell offers, and what it does not.
ROWS = [
    ("rolegate assu", ["assume-role"], ["authorize"]),
    ("rolegate whoa", ["whoami"], []),
    ("rolegate registry ", ["status", "roles", "role", "reload"], ["whoami"]),
    ("rolegate registry re", ["reload"], ["roles"]),
    ("rolegate help registry re", ["reload"], []),
    ("rolegate help auth", ["authorize"], []),
    ("rolegate completion z", ["zsh"], []),
    ("rolegate authorize --res", ["--resource", "--resource-account"],
     ["--action"]),
    ("rolegate authorize --expl", ["--explain"], []),
    ("rolegate whoami --out", ["--output"], []),
    ("rolegate --serv", ["--server"], []),
    # Behind common flags, and the values of flags.
    ("rolegate --server localhost who", ["whoami"], []),
    ("rolegate --server=localhost who", ["whoami"], []),
    ("rolegate -o json registry rel", ["reload"], []),
    ("rolegate whoami --output j", ["json"], ["text"]),
    ("rolegate check --output s", ["sarif"], ["json"]),
    ("rolegate check --fail-on sug", ["suggestion"], []),
    ("rolegate assume-role --bind-to S", ["SPIFFE"], []),
    ("rolegate --profile pr", ["prod"], ["staging"]),
    ("rolegate whoami --profile st", ["staging"], ["prod"]),
    # Files.
    ("rolegate whoami --tls-ca my-c", ["my-ca.pem"], []),
    ("rolegate simulate ca", ["cases.ndjson"], []),
]
READY = "ready-to-type"
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "bind 'set bell-style none'; bind 'set completion-query-items 0';"
             " bind 'set page-completions off';"
             " bind 'set show-all-if-ambiguous on';"
             " bind 'set enable-bracketed-paste off';"
             f" eval \"$(rolegate completion bash)\"; PS1='{READY}> '\n"),
    "zsh": (["zsh", "-f", "-i"],
            "unsetopt beep; autoload -U compinit; compinit -u -D;"
            f" eval \"$(rolegate completion zsh)\"; PS1='{READY}> '\n"),
}


class Shell:
    """A shell at a terminal."""

    def __init__(self, command, setup, env, cwd):
        self._rows = 0
        self._primary, secondary = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=secondary, stdout=secondary, stderr=secondary,
            env=env, cwd=cwd, start_new_session=True)
        os.close(secondary)
        os.write(self._primary, setup.encode())
        self.read(lambda text: f"{READY}> " in text.split("\n")[-1], 15)

    def read(self, done, limit):
        text = ""
        until = time.monotonic() + limit
        while time.monotonic() < until and not done(text):
            if select.select([self._primary], [], [], 0.1)[0]:
                text += os.read(self._primary, 65536).decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\a]", "", text)

    def complete(self, typed, offers):
        """What the shell shows for two Tabs behind `typed`."""
        os.write(self._primary, typed.encode())
        shown = self.read(lambda text: typed in text, 3)
        os.write(self._primary, b"\t\t")
        shown += self.read(
            lambda text: all(offer in shown + text for offer in offers), 3)
        # Clears the line, and passes over all that was still to be shown.
        self._rows += 1
        os.write(self._primary, f"\x15\x0becho 'mark'{self._rows}\n".encode())
        self.read(lambda text: f"mark{self._rows}" in text
                  and text.endswith(f"{READY}> "), 3)
        return shown

    def stop(self):
        self._process.kill()
        self._process.wait()
        os.close(self._primary)


def check(table, name, typed, offers, others, shown):
    # What was typed may already hold the beginning of what is offered.
    missing = [offer for offer in offers if offer not in shown]
    wrong = [other for other in others
             if re.search(rf"(?<![\w.]){re.escape(other)}(?![\w-])", shown)]
    table.check(f"{name}: {typed}<Tab>", not missing and not wrong,
                f"missing {missing}, wrong {wrong}, shown\n{shown}")


with support.work_dir() as work:
    table = support.Table()
    for file in ("my-ca.pem", "cases.ndjson"):
        with open(os.path.join(work, file), "w", encoding="utf-8"):
            pass
    os.makedirs(os.path.join(work, ".config", "rolegate"))
    with open(os.path.join(work, ".config", "rolegate", "config"), "w",
              encoding="utf-8") as config:
        config.write("[default]\n[profile prod]\n[profile staging]\n")
    env = support.environment(work, TERM="xterm", COLUMNS="200", LINES="60")
    for name in ("bash", "zsh", "fish"):
        table.check(name, shutil.which(name) is not None,
                    f"there is no {name}: `make setup` installs it")
        found, script, err = support.run(
            [support.ROLEGATE, "completion", name], env)
        file = os.path.join(work, f"completion.{name}")
        with open(file, "w", encoding="utf-8") as out:
            out.write(script)
        parsed = subprocess.run([name, "-n", file], env=env, check=False,
                                text=True, stderr=subprocess.PIPE)
        table.check(f"{name} -n", found == 0 and parsed.returncode == 0
                    and not parsed.stderr, err + parsed.stderr)
    for name, (command, setup) in SHELLS.items():
        shell = Shell(command, setup, env, work)
        for typed, offers, others in ROWS:
            shown = shell.complete(typed, offers)
            check(table, name, typed, offers, others, shown)
        shell.stop()
    # fish completes without a terminal.
    for typed, offers, others in ROWS:
        shown = subprocess.run(
            ["fish", "--no-config", "-c",
             f"source {work}/completion.fish; complete -C '{typed}'"],
            env=env, cwd=work, check=False, text=True, stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE).stdout
        words = "\n".join(line.split("\t")[0] for line in shown.splitlines())
        check(table, "fish", typed, offers, others, words)
    table.check("nothing", support.run(
        [support.ROLEGATE, "completion", "tcsh"], env)[0] == 2, "exit code")
    table.finish()
