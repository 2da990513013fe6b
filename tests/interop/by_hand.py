"""curl and nghttp call a method by hand: a body that is framed as gRPC frames
it, and the trailers as they come."""
import os
import re
import subprocess

import servers

CHECK = "/grpc.health.v1.Health/Check"
ALLOW = "/rolegate.v1.AuthorizationService/Authorize"
SERVING = b"\0\0\0\0\2\x08\1"  # status: SERVING
EMPTY = b"\0\0\0\0\0"

# Path, body, expected trailers, expected answer.
CASES = {
    "unary": (CHECK, EMPTY, {"grpc-status": "0"}, SERVING),
    "an error with its message": (
        ALLOW, EMPTY, {"grpc-status": "16",
                       "grpc-message": re.compile(
                           "^the call brings nothing that says who is calling"),
                       "grpc-status-details-bin": re.compile("^[A-Za-z0-9+/]+$")
                       }, b""),
    # Without a body: curl 7.88 takes it for an error if a stream is over before
    # it has sent all, which RFC 9113 (8.1) allows and which is chance here.
    "a method that nobody has": (
        "/no.such.Service/Method", b"",
        {"grpc-status": "12", "grpc-message": "no such method"}, b""),
}
HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def curl(url, body, setting):
    out = os.path.join(setting.folder, "curl-answer")
    said, code = servers.run(
        ["curl", "--silent", "--show-error", "--max-time", "10",
         *(["--http2", "--cacert", setting.certificates.path("ca.pem")]
           if url.startswith("https") else ["--http2-prior-knowledge"]),
         *HEADERS, "--data-binary", "@" + body, "--dump-header", "-",
         "--output", out, url])
    if code != 0:
        return {}, said
    answer = b""
    if os.path.exists(out):
        with open(out, "rb") as file:
            answer = file.read()
        os.remove(out)
    return dict(re.findall(r"^([a-z-]+): (.*?)\r?$", said, re.M)), answer


def nghttp(url, body, setting):
    """nghttp writes trailers with all that it does, and the answer alone."""
    command = ["nghttp", "--timeout=10", "--data=" + body, *HEADERS, url]
    said, _ = servers.run([command[0], "--verbose", "--null-out",
                           "--color", *command[1:]], timeout=20)
    said = re.sub("\x1b\\[[0-9;]*m", "", said)
    fields = dict(re.findall(r"recv \(stream_id=\d+\) ([a-z-]+): (.*)$", said,
                             re.M))
    answer = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, timeout=20,
                            check=False).stdout
    return fields or {"": said}, answer


def differences(expected, fields, answer, expected_answer):
    wrong = []
    for name, value in expected.items():
        got = fields.get(name)
        if got is None:
            wrong.append(f"`{name}` is missing in {fields}")
        elif not (value.search(got) if isinstance(value, re.Pattern)
                  else value == got):
            wrong.append(f"`{name}` is `{got}`, expected {value}")
    if answer != expected_answer:
        wrong.append(f"the answer is {answer!r}, expected {expected_answer!r}")
    return "; ".join(wrong)


def test(setting, report):
    urls = {"": "http://" + setting.server.tcp,
            " TLS": setting.server.tls.replace("127.0.0.1", "https://localhost")}
    body = os.path.join(setting.folder, "body")
    for case, (path, bytes_, expected, answer) in CASES.items():
        with open(body, "wb") as file:
            file.write(bytes_)
        for program in (curl, nghttp):
            for kind, url in urls.items():
                got = program(url + path, body, setting)
                report.add(case, program.__name__ + kind,
                           differences(expected, *got, answer))
