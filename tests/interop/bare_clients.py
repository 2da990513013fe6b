"""gRPC's clients of several languages, from their registries and without
anything of ours, ask rolegated the same questions."""
import os

import servers

WATCHED = "revision CANCELLED"
# What each driver prints for each case.
CASES = {
    "allow": "ALLOW",
    "deny": "EXPLICIT_DENY",
    "batch": "ALLOW,EXPLICIT_DENY",
    "stream": "7:ALLOW,EXPLICIT_DENY 8:ALLOW,EXPLICIT_DENY",
    "watch": WATCHED,  # the first revision, then given up
    "health": "SERVING",
    "health watch": "SERVING CANCELLED",
    "details": "UNAUTHENTICATED True",  # they hold an ErrorInfo of ours
    "deadline": "DEADLINE_EXCEEDED",
    "binary metadata": "ALLOW",
    "gzip": "ALLOW",
    "over the limit": "RESOURCE_EXHAUSTED",
    "wrong method": "UNIMPLEMENTED",
}
MTLS = {"mTLS": WATCHED}  # a caller who is known by its certificate alone

TIMEOUT = 60  # seconds, for all cases of one driver


def drivers(tools):
    here = os.path.join(servers.HERE, "drivers")
    with open(os.path.join(tools, "java.classpath"), encoding="utf-8") as file:
        classpath = file.read().strip()
    return {
        "python": [os.path.join(tools, "python/bin/python"), "-B",
                   os.path.join(here, "python/driver.py")],
        "go": [os.path.join(tools, "go-driver")],
        "node": ["node", os.path.join(here, "node/driver.js")],
        "java": ["java", "-XX:TieredStopAtLevel=1", "-cp",
                 os.path.join(tools, "java/classes") + ":" + classpath,
                 "Driver"],
        "rust": [os.path.join(tools, "rust/debug/rolegate-interop")],
    }


def ask(command, setting, report, language, kind, arguments, expected):
    said, code = servers.run(
        [*command, *arguments], timeout=TIMEOUT,
        env={**os.environ, "ROLEGATE_PROJECT": servers.PROJECT,
             "PYTHONPATH": os.path.join(setting.tools, "python-stubs")})
    answers = dict(line.split("\t", 1) for line in said.splitlines()
                   if "\t" in line)
    for case, answer in expected.items():
        if language == "rust":
            # tonic does not tell how a call ended that was given up.
            answer = answer.replace("CANCELLED", "dropped")
        got = answers.get(case)
        wrong = ""
        if got is None:
            wrong = f"no answer; it ended with {code}:\n{said[-1000:]}"
        elif got != answer:
            wrong = f"`{got}`, expected `{answer}`"
        report.add(case, language + kind, wrong)


def test(setting, report):
    ca = setting.certificates.path("ca.pem")
    token = setting.server.session()
    tls = setting.server.tls.replace("127.0.0.1", "localhost")
    mtls = setting.server.mtls.replace("127.0.0.1", "localhost")
    for language, command in drivers(setting.tools).items():
        for kind, arguments, expected in (
                ("", [setting.server.tcp, "-", token], CASES),
                (" TLS", [tls, ca, token], CASES),
                (" mTLS", [mtls, ca, token,
                           setting.certificates.path("client.pem"),
                           setting.certificates.path("client.key")], MTLS)):
            ask(command, setting, report, language, kind, arguments, expected)
