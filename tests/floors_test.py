"""Floors: each room includes only rooms that lie below it, and no unit, which
is a header with its source, includes itself over others."""
import os
import re
import sys

root = sys.argv[1]

# The rooms of each floor from the ground up.  A room may include itself and
# every room before it.
ENGINE = ["memory", "text", "json", "policy", "program", "decide", "registry",
          "sts", "lint", "front"]
rooms = {}
PUBLIC = "include/rolegate"  # seen by all; sees nothing of ours but itself
rooms[PUBLIC] = {PUBLIC}
below = {PUBLIC}
for room in ENGINE:
    below.add(f"engine/{room}")
    rooms[f"engine/{room}"] = set(below)
ENGINE_ROOMS = below - {"engine/front"}  # that is for others alone

# The service's rooms, each on the whole engine and on those that it names.  Base
# is the ground of all rooms, and config holds settings as values.  SAML is XML
# without gRPC.  Identity says who is calling, answer answers whatever the
# protocol, rpc holds the methods, grpc and http2 are the transports of them, http1
# is one on the loops of http2, which carries what operators see, console is their
# page, tracing makes spans, otlp sends them, net hangs all together.  Only the
# handlers ask the linter.
SERVICE = {
    "base": [],
    "config": ["base"],
    "sessions": ["base"],
    "federation": ["base", "sessions"],
    "saml": [],
    "mfa": ["base"],
    "audit": ["base", "config"],
    "identity": ["base", "config", "sessions", "federation"],
    "metrics": [],
    "tracing": [],
    "answer": ["base", "config", "sessions", "federation", "saml", "mfa",
               "audit", "identity", "metrics", "tracing"],
    "rpc": ["base", "config", "sessions", "federation", "saml", "mfa",
            "audit", "identity", "metrics", "tracing", "answer"],
    "grpc": ["base", "config", "audit", "identity", "metrics", "answer", "rpc"],
    "http2": ["base", "config", "audit", "identity", "metrics", "answer",
              "rpc"],
    "otlp": ["base", "config", "tracing"],
    "http1": ["base", "config", "identity", "metrics", "answer", "http2"],
    "console": ["base", "config", "identity", "answer", "rpc", "http1"],
    "operations": ["base", "config", "identity", "answer", "http1",
                   "console"],
    "net": ["base", "config", "sessions", "federation", "mfa", "audit",
            "identity", "metrics", "tracing", "answer", "rpc", "grpc", "http2",
            "http1", "console", "operations", "otlp"],
}
for room, under in SERVICE.items():
    rooms[f"service/{room}"] = ENGINE_ROOMS | {
        f"service/{name}" for name in under + [room]}
    if room != "rpc":
        rooms[f"service/{room}"].discard("engine/lint")
rooms["service"] = {"service/base", "service/config", "service/sessions",
                    "service/net"}

# The clients come last, and that of C++ knows nothing of the engine.
rooms["client/cpp"] = {PUBLIC, "client/cpp", "service/proto"}
rooms["client/cli"] = ENGINE_ROOMS | {
    "service/saml", "service/base/message_json.h", "service/base/redact.h",
    "service/base/server_address.h",
    "service/config/registry_section.h", "client/cpp", "client/cli"}

MAX_LINES = 600
FORBIDDEN_IN_ENGINE = re.compile(r"#include [<\"](grpc|google/|rolegate/v1)")
# A call is answered without knowing how it came.  Spans go out by gRPC.
TRANSPORTS = ("service/grpc", "service/http2", "service/http1", "service/net",
              "service/otlp")
FORBIDDEN_ABOVE_TRANSPORTS = re.compile(
    r"#include [<\"](grpc[+p/]|.*\.grpc\.pb\.h|nghttp2/|boost/)")

faults = []
units = {}  # a path without its ending -> the units that it includes


def check(folder, allowed, name):
    path = f"{folder}/{name}"
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read()
    if text.count("\n") > MAX_LINES:
        faults.append(f"{path}: more than {MAX_LINES} lines")
    if folder.startswith("engine") and FORBIDDEN_IN_ENGINE.search(text):
        faults.append(f"{path}: the engine knows nothing of gRPC")
    if (folder.startswith("service/") and folder not in TRANSPORTS
            and FORBIDDEN_ABOVE_TRANSPORTS.search(text)):
        faults.append(f"{path}: only a transport knows a transport")
    unit = os.path.splitext(path)[0]
    for include in re.findall(r'#include "([^"]+/[^"]+)"', text):
        if os.path.exists(os.path.join(root, "include", include)):
            include = f"include/{include}"
        if not os.path.exists(os.path.join(root, include)):
            continue  # generated, or a library's
        if include not in allowed and os.path.dirname(include) not in allowed:
            faults.append(f"{path}: includes {include}, which is above it")
        included = os.path.splitext(include)[0]
        if included != unit:
            units.setdefault(unit, []).append(included)


def look_for_circles(unit, trail, done):
    if unit in trail:
        faults.append("circle: " + " -> ".join(
            trail[trail.index(unit):] + [unit]))
        return
    if unit in done:
        return
    for included in units.get(unit, []):
        look_for_circles(included, trail + [unit], done)
    done.add(unit)


for parent in ("include", "engine", "service", "client/cpp", "client/cli"):
    for folder, _, names in os.walk(os.path.join(root, parent)):
        room = os.path.relpath(folder, root)
        sources = sorted(n for n in names if n.endswith((".h", ".cc")))
        if sources and room not in rooms:
            faults.append(f"{room}: no room that this test knows")
            continue
        for name in sources:
            check(room, rooms[room], name)
finished = set()
for each in list(units):
    look_for_circles(each, [], finished)
print("\n".join(faults) or f"{len(units)} units stand on their floors")
sys.exit(1 if faults else 0)
