"""Floors: each folder includes only what lies under it, and no circle."""
import os
import re
import sys

root = sys.argv[1]
# The engine decides, the registry reads files, sts joins both, the linter asks
# all three, SAML is XML without gRPC, the service speaks gRPC, the clients come
# last.
MAY_INCLUDE = {
    "engine": {"engine"},
    "engine/registry": {"engine", "engine/registry"},
    "engine/sts": {"engine", "engine/registry", "engine/sts"},
    "engine/lint": {"engine", "engine/registry", "engine/sts", "engine/lint"},
    "service/base": {"engine", "engine/sts", "service/base"},
    "service/config": {"engine", "engine/registry", "service/base",
                       "service/config",
                       # Not yet in their places.
                       "service/audit/audit_log.h",
                       "service/federation/jwks_file.h",
                       "service/federation/oidc_token.h",
                       "service/identity/peer_certificate.h",
                       "service/identity/trust_bundles.h",
                       "service/net/tls_files.h",
                       "service/sessions/sealing_keys.h"},
    "service/sessions": {"engine", "engine/registry", "engine/sts",
                         "service/base", "service/sessions"},
    "service/federation": {"engine", "engine/registry", "engine/sts",
                           "service/base", "service/sessions",
                           "service/federation"},
    "service/saml": {"engine", "engine/registry", "engine/sts",
                     "service/saml"},
    "service/mfa": {"engine/registry", "service/base", "service/mfa"},
    "service/audit": {"engine", "service/base", "service/config",
                      "service/audit"},
    "service/identity": {"engine", "engine/registry", "engine/sts",
                         "service/base", "service/config", "service/sessions",
                         "service/federation", "service/identity"},
    "service/answer": {"engine", "engine/registry", "engine/sts",
                       "service/base", "service/config", "service/sessions",
                       "service/federation", "service/saml", "service/mfa",
                       "service/audit", "service/identity", "service/answer"},
    "service/rpc": {"engine", "engine/registry", "engine/sts", "engine/lint",
                    "service/base", "service/config", "service/sessions",
                    "service/federation", "service/saml", "service/mfa",
                    "service/audit", "service/identity", "service/answer",
                    "service/rpc"},
    "service/net": {"engine", "engine/registry", "engine/sts",
                    "service/base", "service/config", "service/sessions",
                    "service/federation", "service/mfa", "service/audit",
                    "service/identity", "service/answer", "service/rpc",
                    "service/net"},
    "service": {"service/base", "service/config", "service/sessions",
                "service/net"},
    "client/cpp": {"client/cpp", "service/proto"},
    "client/cli": {"engine", "engine/registry", "engine/sts", "engine/lint",
                   "service/saml", "service/base/redact.h",
                   "service/config/registry_section.h", "client/cpp",
                   "client/cli"},
}
FORBIDDEN_IN_ENGINE = re.compile(r"#include [<\"](grpc|google/|rolegate/v1)")

faults = []
includes = {}
for folder, allowed in MAY_INCLUDE.items():
    for name in sorted(os.listdir(os.path.join(root, folder))):
        if not name.endswith((".h", ".cc")):
            continue
        path = f"{folder}/{name}"
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        if text.count("\n") > 600:
            faults.append(f"{path}: more than 600 lines")
        if folder.startswith("engine") and FORBIDDEN_IN_ENGINE.search(text):
            faults.append(f"{path}: the engine knows nothing of gRPC")
        included = re.findall(r'#include "([^"]+/[^"]+)"', text)
        includes[path] = [i for i in included if os.path.exists(
            os.path.join(root, i))]
        for include in includes[path]:
            if include not in allowed and os.path.dirname(
                    include) not in allowed:
                faults.append(f"{path}: includes {include}, which is above it")


def visit(path, trail, done):
    if path in trail:
        faults.append("circle: " + " -> ".join(trail + [path]))
        return
    if path in done:
        return
    for include in includes.get(path, []):
        visit(include, trail + [path], done)
    done.add(path)


finished = set()
for path in includes:
    visit(path, [], finished)
print("\n".join(faults) or f"{len(includes)} files stand on their floors")
sys.exit(1 if faults else 0)
