"""What is for people alone, at a terminal: colour, and progress of what takes
more than two seconds.
   terminal_test.py BIN SOURCE
"""
import os
import pty
import select
import signal
import socket
import subprocess
import threading
import time

import support

GREEN, RED, YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[33m"


def at_terminal(words, env, cwd=None, meanwhile=None):
    """What `rolegate` writes to a terminal."""
    primary, secondary = pty.openpty()
    process = subprocess.Popen([support.ROLEGATE, *words.split()],
                               stdin=secondary, stdout=secondary,
                               stderr=secondary, env=env, cwd=cwd)
    os.close(secondary)
    if meanwhile is not None:
        meanwhile(process)
    text = b""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if not select.select([primary], [], [], 0.1)[0]:
            continue
        try:
            read = os.read(primary, 65536)
        except OSError:  # the other side is closed
            break
        text += read
    os.close(primary)
    process.wait()
    return text.decode()


def slow_down(process):
    """Lets a command run for one part in a hundred of the time."""
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.003)


def slow_line(port):
    """A port that passes everything on to `port`, and holds back for 2.5 s what
    comes behind the first answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pass_on(source, target, hold):
        try:
            while data := source.recv(65536):
                target.sendall(data)
                if hold:
                    time.sleep(2.5)
                    hold = False
        except OSError:
            pass

    def serve():
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            for ends in ((near, far, False), (far, near, True)):
                threading.Thread(target=pass_on, args=ends,
                                 daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


with support.work_dir() as work, support.demo_server(work) as server:
    table = support.Table()
    env = support.environment(work, ROLEGATE_SERVER=server.address,
                              TERM="xterm")
    ask = ("authorize --resource arn:aws:s3:::example-bucket/a "
           f"--subject {support.READER} --action s3:")
    check = "check --fail-on error registry"
    for words, more, wanted in [
            (ask + "GetObject", {}, f"{GREEN}ALLOW\x1b[0m"),
            (ask + "PutObject", {}, f"{RED}IMPLICIT_DENY\x1b[0m"),
            (ask + "GetObject", {"NO_COLOR": "1"}, None),
            (ask + "GetObject", {"NO_COLOR": ""}, GREEN),
            (ask + "GetObject", {"TERM": "dumb"}, None),
            (ask + "GetObject -o json", {}, None),
            (check, {}, f"{YELLOW}suggestion\x1b[0m"),
            (check, {"NO_COLOR": "1"}, None)]:
        shown = at_terminal(words, env | more, work)
        table.check(words, wanted in shown if wanted else "\x1b" not in shown,
                    f"expected {wanted} with {more}\n{shown!r}")
    # Nothing of it where no terminal is.
    for words, exit_code in [(ask + "GetObject", 0), (check, 0)]:
        table.row(words, env, exit_code, absent=("\x1b",), cwd=work)

    # A registry that takes a while.
    large = os.path.join(work, "large")
    os.mkdir(large)
    for i in range(8000):
        with open(f"{large}/{i}.json", "w", encoding="utf-8") as file:
            file.write('{"PolicyName": "p%d", "Arn": "arn:aws:iam::123456789012'
                       ':policy/p%d", "PolicyDocument": {"Version": '
                       '"2012-10-17", "Statement": {"Effect": "Allow", '
                       '"Action": "s3:Get*", "Resource": "*"}}}' % (i, i))
    shown = at_terminal(f"check {large}", env, meanwhile=slow_down)
    table.check("check", "\rrolegate: " not in shown.split("\x1b[K")[-1]
                and "rolegate: reading the registry, " in shown, shown)
    shown = at_terminal(f"check {work}/registry", env)
    table.check("check in no time", "reading" not in shown, shown)

    # A server that takes a while.
    slow = f"127.0.0.1:{slow_line(int(server.port))}"
    shown = at_terminal(f"registry reload --server {slow}", env)
    table.check("registry reload", "the server reads its registry, 2 s" in
                shown and "revision" in shown.split("\x1b[K")[-1], shown)
    table.finish()
