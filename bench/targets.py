"""What is promised: each figure, the bound that it must keep, and its words.

A row without a bound is reported only: nobody has published such a figure.
"""

# key of the figure, name, bound ("<= 1.3"; "" for none), unit
ROWS = [
    ("decision_p50_ns",
     "one decision in process, ten statements, three conditions, p50",
     "<= 200", "ns"),
    ("decision_allocations", "allocations in one decision", "<= 0", ""),
    ("decision_locks", "locks in one decision", "<= 0", ""),
    ("next_decision_p50_ns", "a further decision of the same request, p50",
     "", "ns"),
    ("denied_p50_ns", "one decision that denies, p50", "", "ns"),
    ("statements_few_ratio",
     "10,000 statements, ten candidates / ten statements", "<= 1.5", "ratio"),
    ("statements_all_ratio",
     "10,000 statements, all candidates / ten statements", "", "ratio"),
    ("roles_zipf_ratio", "1,000,000 roles / 100 roles, Zipf (s = 1)",
     "<= 8", "ratio"),
    ("roles_uniform_ratio", "1,000,000 roles / 100 roles, uniform", "",
     "ratio"),
    ("hostile_ms",
     "one decision against a hostile 1 MiB policy and 8 KiB resource", "",
     "ms"),
    ("known_ratio", "session token known before / one SHA-256 of it",
     "<= 1.3", "ratio"),
    ("unknown_ratio", "session token not known before / bare Ed25519 check",
     "<= 1.2", "ratio"),
    ("load_export_ratio", "loading 100 MB in one export / RapidJSON SAX pass",
     "<= 5", "ratio"),
    ("load_files_ratio", "loading 100,000 files / RapidJSON SAX pass",
     "<= 5", "ratio"),
    ("load_export_memory_ratio",
     "memory of the registry of one export / minified bytes of its distinct "
     "policy documents", "<= 2.0", "ratio"),
    ("load_files_memory_ratio",
     "memory of the registry of 100,000 files / minified bytes of its distinct "
     "policy documents", "<= 2.0", "ratio"),
]

# Beside the empty handler of gRPC 1.51, which does nothing, but does it through
# gRPC's library.
for _kind, _where in (("tcp", "TCP"), ("unix", "a Unix socket"),
                      ("mtls", "mTLS")):
    ROWS.append((f"p50_{_kind}_1",
                 f"Authorize / empty gRPC handler, {_where}, one in flight: "
                 "p50", "<= 0.9" if _kind != "mtls" else "", "ratio"))
    for _n in (1, 16, 64, 256):
        _words = f"Authorize / empty gRPC handler, {_where}, {_n} in flight: "
        _cpu = "<= 0.5" if _kind == "mtls" else "<= 0.4"
        _held = _n in (16, 64)
        ROWS += [
            (f"cpu_{_kind}_{_n}", _words + "server CPU a call",
             _cpu if _held else "", "ratio"),
            (f"rate_{_kind}_{_n}", _words + "calls a second",
             ">= 1.8" if _held and _kind != "mtls" else "", "ratio"),
            (f"rate_capped_{_kind}_{_n}", _words + "calls a second; the load "
             "generator can do less than twice as many", "", "ratio"),
            (f"ceiling_{_kind}_{_n}", f"the load generator's own ceiling, "
             f"{_where}, {_n} in flight", "", "1/s"),
        ]

for _kind, _where in (("tcp", "TCP"), ("unix", "a Unix socket")):
    ROWS.append((f"cpu_anew_{_kind}_64", "Authorize of callers that send the "
                 "token whole with each call / empty gRPC handler, "
                 f"{_where}, 64 in flight: server CPU a call", "", "ratio"))

for _method, _words in (
        ("batch", "BatchAuthorize of 100 checks, one context"),
        ("batch-contexts", "BatchAuthorize of 100 checks, a context each"),
        ("stream", "AuthorizeStream, 100 checks a message, one context"),
        ("stream-contexts",
         "AuthorizeStream, 100 checks a message, a context each")):
    ROWS += [
        (f"{_method}_ratio", f"{_words} / empty handler: messages a second",
         ">= 0.8", "ratio"),
        (f"{_method}_checks_per_s", f"{_words}: checks", "", "1/s"),
    ]

ROWS += [
    ("polite_answered", "Authorize of a polite caller beside a flood at twice "
     "the capacity: answered", ">= 0.95", "ratio"),
    ("polite_p99_ms", "the same: p99", "<= 1000", "ms"),
    ("flood_goodput", "answers a second to the flood / capacity", "",
     "ratio"),
    ("overload_goodput", "answers a second when twice the capacity is asked, "
     "server and generator on a core each / capacity", ">= 0.9", "ratio"),
    ("idle_mib", "idle server with 1,000 roles", "<= 30", "MiB"),
    ("idle_connection_plain_kib", "1,000 idle connections, each", "<= 20",
     "KiB"),
    ("idle_connection_tls_kib", "the same over mTLS", "", "KiB"),
    ("start_ms", "start to SERVING with the demo's registry", "<= 100", "ms"),
    ("change_ms", "one of 100,000 files changed, beyond the 100 ms of quiet",
     "<= 50", "ms"),
    ("reload_p99_ratio", "p99 of 2,000 calls a second while one of 100,000 "
     "files changes, again and again / in a quiet run", "<= 2", "ratio"),
    ("reload_p99_ms", "p99 of calls while the registry reloads", "", "ms"),
    ("authorize_tcp_p50_us", "Authorize over TCP, one in flight, p50", "",
     "us"),
    ("empty_tcp_p50_us", "empty handler over TCP, one in flight, p50", "",
     "us"),
    ("authorize_unix_p50_us", "Authorize over a Unix socket, one in flight, "
     "p50", "", "us"),
    ("empty_unix_p50_us", "empty handler over a Unix socket, one in flight, "
     "p50", "", "us"),
    ("authorize_tcp_cpu_us", "server CPU of an Authorize, TCP, 16 in flight",
     "", "us"),
    ("audited_cpu_ratio", "server CPU of an Authorize, with an audit log / "
     "without", "<= 1.15", "ratio"),
    ("denied_p50_us", "a denied Authorize (its record is sealed), one in "
     "flight, p50", "", "us"),
    ("explain_p50_us", "Authorize with explain, one in flight, p50", "", "us"),
    ("assume_role_p50_us", "AssumeRole over a Unix socket, one in flight, p50",
     "", "us"),
    ("assume_role_cpu_us", "server CPU of an AssumeRole", "", "us"),
    ("assume_role_cpu_ratio", "AssumeRole over HTTP/2 / through gRPC: server "
     "CPU a call", "<= 0.6", "ratio"),
    ("grpc_cpu_16", "Authorize with `transport: grpc` / empty gRPC handler, "
     "TCP, 16 in flight: server CPU a call", "", "ratio"),
    ("grpc_rate_16", "the same: calls a second", "", "ratio"),
    ("at_800_per_cpu_s", "Authorize a second of server CPU, 800 policies "
     "(Cerbos publishes 2,160 a vCPU)", ">= 21600", "1/s"),
    ("at_800_p99_ms", "p99 at 70 % of own maximum, 800 policies (Cerbos: 11.6 "
     "ms at 85 %)", "<= 1", "ms"),
    ("at_800_mib", "resident, 800 policies (Cerbos: 133 MiB)", "<= 133",
     "MiB"),
    ("at_40000_per_cpu_s", "Authorize a second of server CPU, 40,000 policies "
     "(Cerbos: 1,434)", ">= 14340", "1/s"),
    ("at_40000_p99_ms", "p99 at 70 % of own maximum, 40,000 policies (Cerbos: "
     "40.8 ms)", "<= 1", "ms"),
    ("at_40000_mib", "resident, 40,000 policies (Cerbos: 748 MiB)", "<= 748",
     "MiB"),
]


def holds(bound, value):
    if not bound:
        return True
    op, limit = bound.split()
    return value <= float(limit) if op == "<=" else value >= float(limit)


def results(figures):
    """Rows of results.json, for the figures that were measured."""
    return [{"name": name, "target": bound, "value": figures[key],
             "unit": unit, "holds": holds(bound, figures[key])}
            for key, name, bound, unit in ROWS if key in figures]


def text(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows):
    """The results as a table in Markdown."""
    lines = ["| what | target | measured | holds |", "| --- | --- | --- | --- |"]
    for row in rows:
        mark = "" if not row["target"] else "yes" if row["holds"] else "**no**"
        unit = row["unit"] if row["unit"] not in ("", "ratio") else ""
        lines.append(f"| {row['name']} | {row['target'] or 'reported'} | "
                     f"{text(row['value'])} {unit}".rstrip() + f" | {mark} |")
    return "\n".join(lines)
