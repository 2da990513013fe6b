"""The README's examples, from an installed package in a fresh directory."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

PACKAGE = pathlib.Path(__file__).parents[1]
PROJECT = PACKAGE.parents[1]
BIN = os.environ.get("ROLEGATE_BIN")


def run(*command, cwd, **fields):
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, **fields
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stranger")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    run(
        sys.executable,
        *("-m", "build", "--no-isolation", "--wheel", "--outdir", str(out)),
        str(PACKAGE),
        cwd=out,
    )
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(folder, wheel):
    """An environment with the package and what the README says to install."""
    run(sys.executable, "-m", "venv", str(folder / "env"), cwd=folder)
    found = folder / "env" / "bin" / "python"
    pip = (str(found), "-m", "pip", "--quiet", "install")
    run(*pip, str(wheel), "fastapi", "uvicorn", "types-grpcio", cwd=folder)
    return str(found)


@pytest.fixture(scope="module")
def server(folder):
    """The demo's server, on a port that the system picks."""
    assert BIN, "ROLEGATE_BIN names no folder with rolegated and rolegate"
    ready = folder / "ready"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                f"{BIN}/rolegated",
                *("--registry", str(PROJECT / "deploy/demo/registry")),
                *("--listen", "127.0.0.1:0", "--dev"),
                *("--ready-file", str(ready)),
            ],
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < deadline:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
        yield re.search(r"127\.0\.0\.1:\d+", ready.read_text())[0]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def programs(folder, server):
    """Blocks that name a file are that file; the others go on from the first.

    Returns the files' names.
    """
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    files, rest = {}, []
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        if name:
            files[name[1]] = block
        else:
            rest.append(block)
    files["rest.py"] = files["first.py"] + "\n".join(rest)
    for name, block in files.items():
        (folder / name).write_text(
            block.replace("127.0.0.1:8470", server), encoding="utf-8"
        )
    return sorted(files)


def test_which_examples_there_are(programs):
    """A block that is added must be run by a test below."""
    assert programs == [
        "app.py",
        "awaited.py",
        "first.py",
        "rest.py",
        "server.py",
    ]


def test_the_first_decision(python, folder, programs):
    allow, deny = run(python, "first.py", cwd=folder).splitlines()
    assert allow.startswith("ALLOW User: arn:aws:sts::123456789012")
    assert deny.startswith("DENY User: arn:aws:sts::123456789012")
    lines = (folder / "first.py").read_text().splitlines()
    code = [line for line in lines if line and not line.startswith("#")]
    assert len(code) <= 10


def test_what_follows_it(python, folder, programs):
    lines = run(python, "rest.py", cwd=folder).splitlines()[2:]
    assert lines == [
        "True",
        lines[1],
        "not a session of this service: the session token does not hold by "
        "these keys",
    ]
    assert lines[1].startswith("the role does not trust this service: User:")


def test_asyncio(python, folder, programs):
    assert run(python, "awaited.py", cwd=folder) == "True\n"


def test_a_grpc_server_in_a_pod(python, folder, programs, server):
    environment = {**os.environ, "ROLEGATE_SERVER": server}
    run(python, "server.py", cwd=folder, env=environment)


def status(url, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_application(python, folder, programs, server):
    token = re.search(
        r"ROLEGATE_SESSION_TOKEN=['\"]?([\w.-]+)",
        run(
            f"{BIN}/rolegate",
            *("assume-role", "--server", server),
            *("--principal", "service:ec2.amazonaws.com"),
            *("--role-arn", "arn:aws:iam::123456789012:role/Reader"),
            *("--role-session-name", "tour"),
            cwd=folder,
        ),
    )[1]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [
                *(python, "-m", "uvicorn", "--log-level", "warning"),
                *("--fd", str(listening.fileno()), "app:app"),
            ],
            cwd=folder,
            pass_fds=[listening.fileno()],
        )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert status(f"{address}/healthz") == 200
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert status(f"{address}/files/a", token) == 200
        assert status(f"{address}/files/secret/key", token) == 403
        assert status(f"{address}/files/a") == 401
        assert status(f"{address}/other", token) == 403
    finally:
        process.terminate()
        process.wait(20)


def test_types(python, folder, programs):
    """What the README writes is typed, by the package as it is installed."""
    run(
        *(sys.executable, "-m", "mypy", "--strict"),
        *("--python-executable", python),
        *("first.py", "app.py", "awaited.py", "server.py"),
        cwd=folder,
    )
    wrong = folder / "wrong.py"
    wrong.write_text(
        "import rolegate\n"
        "session = rolegate.from_environment()\n"
        "session.authorize(7, '*')\n"
        "decision: bool = session.authorize('a:B', '*')\n"
        "rolegate.rules.HttpRules([{'metod': 'GET'}])\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict"),
            *("--python-executable", python, "wrong.py"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert [
        int(line.split(":")[1])
        for line in done.stdout.splitlines()
        if " error: " in line
    ] == [3, 4, 5]


def test_what_the_wheel_holds(wheel):
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        text = archive.read(metadata).decode()
        (license_file,) = (name for name in names if "LICENSE" in name)
        assert archive.read(license_file) == (PROJECT / "LICENSE").read_bytes()
    assert "rolegate/py.typed" in names
    assert all(
        re.fullmatch(
            r"rolegate/((aio/)?\w+\.py|py\.typed|v1/\w+\.pyi?)|rolegate-.*",
            name,
        )
        for name in names
    )
    for line in (
        "Name: rolegate",
        "License-Expression: Apache-2.0",
        "Requires-Python: >=3.9",
        "Description-Content-Type: text/markdown",
    ):
        assert line in text
