"""Attacks on secrets: tokens where nobody looks for them, clocks, trust.

The defences are the one audit writer, which redacts as the log does, the
handler of libprotobuf's own log lines, equal work for whatever refuses a role,
and one trust bundle a trust domain.
"""
import random
import statistics
import subprocess
import time

import http2
from attack import Outcome, attack
from lab import EC2, METHODS, allow, policy, role, role_arn, trust

from places import forged



def fill(message, text, lab, depth=0):
    """Puts the text into every text of a message, and into names of maps."""
    for field in message.DESCRIPTOR.fields:
        if depth > 4:
            return
        name = field.name
        is_map = (field.message_type is not None and
                  field.message_type.GetOptions().map_entry)
        if is_map:
            getattr(message, name)[text[:3000]].values.extend([text, "x"])
            getattr(message, name)["app:token"].values.append(text)
        elif field.message_type is not None:
            if field.label == field.LABEL_REPEATED:
                fill(getattr(message, name).add(), text, lab, depth + 1)
            else:
                fill(getattr(message, name), text, lab, depth + 1)
        elif field.type == field.TYPE_STRING:
            if field.label == field.LABEL_REPEATED:
                getattr(message, name).extend([text, text])
            else:
                setattr(message, name, text)


def one_field_each(message_class, text, sane):
    """Messages with the text in one field each, the others being sane."""
    for field in message_class.DESCRIPTOR.fields:
        if field.type != field.TYPE_STRING and not (
                field.message_type is not None):
            continue
        made = message_class()
        for name, value in sane.items():
            if name in message_class.DESCRIPTOR.fields_by_name:
                known = message_class.DESCRIPTOR.fields_by_name[name]
                if known.label == known.LABEL_REPEATED:
                    getattr(made, name).append(value)
                else:
                    setattr(made, name, value)
        is_map = (field.message_type is not None and
                  field.message_type.GetOptions().map_entry)
        if is_map:
            getattr(made, field.name)["app:k"].values.append(text)
        elif field.message_type is not None:
            if field.label == field.LABEL_REPEATED:
                fill(getattr(made, field.name).add(), text, None)
            else:
                fill(getattr(made, field.name), text, None)
        elif field.label == field.LABEL_REPEATED:
            getattr(made, field.name).append(text)
        else:
            setattr(made, field.name, text)
        yield field.name, made


@attack(5, "a token in every field", "the one audit writer redacts as the log "
        "does; libprotobuf's handler", quick=True)
def tokens_everywhere(lab):
    """Good, cut and forged tokens as the value of every field of every
    request, bare, in prose and beside bytes that are no UTF-8, with the log at
    `debug`; then the files are searched for what of them is secret."""
    audit = lab.path("audit.ndjson")
    server = lab.server(
        [role("Other", policy(allow()), trust({"AWS": "*", **EC2}))],
        f"audit: {{path: {audit}}}\nlog: {{level: debug}}")
    good = lab.token("Other")
    secrets = {part for token in (good, forged(good))
               for part in (token.split(".")[2], token.split(".")[1])}
    texts = [good, forged(good), good + "x", "Bearer " + good,
             f"arn:aws:iam::123456789012:role/{good}",
             f"it says {good} here", good.split(".", 1)[1],
             good.replace(".", "\n."), good.upper()[:9] + good[9:]]
    sane = {"role_arn": role_arn("Other"), "role_session_name": "xx",
            "action": "s3:GetObject", "resource": "*",
            "principal_arn": "arn:aws:iam::123456789012:saml-provider/x"}
    callers = [lab.caller(server.tcp, good), lab.ec2(), lab.ops(),
               lab.caller(server.tcp, forged(good)), lab.caller(server.tcp)]
    sent = 0
    for method, (request, _, kind) in METHODS.items():
        if kind != "unary_unary":
            continue
        for i, text in enumerate(texts):
            whole = lab.pb[request]()
            fill(whole, text, lab)
            asked = [whole] + [made for _, made in one_field_each(
                lab.pb[request], text, sane)]
            for n, each in enumerate(asked):
                callers[(i + n) % len(callers)].code(method, each, 5)
                sent += 1
            # Bytes that are no UTF-8, in the first text field there is.
            raw = b"\x0a" + varint(len(good) + 2) + b"\xff\xfe" + good.encode()
            for tag in (0x0a, 0x12, 0x1a, 0x22, 0x2a):
                callers[i % len(callers)].code(
                    method, bytes([tag]) + raw[1:], 5)
                sent += 1
    metadata = http2.header_block(
        f"/rolegate.v1.AuthorizationService/{good[:60]}",
        (("authorization", good), ("rolegate-principal", good[:3000]),
         ("traceparent", good[:100]), ("user-agent", good[:3000])))
    one = http2.Connection(server.tcp)
    one.open(metadata, http2.message(b""))
    http2.read_all([one], 0.5)
    one.close()
    server.stop()
    found = {}
    for name, path in (("audit", audit), ("log", server.log_file)):
        with open(path, "rb") as file:
            lines = file.read().splitlines()
        for secret in secrets:
            # A part of a signature is a part of the secret.
            piece = secret[len(secret) // 3:len(secret) // 3 + 24].encode()
            hits = sum(piece in line for line in lines)
            if hits:
                found[name] = found.get(name, 0) + hits
        if name == "audit" and len(lines) < 50:
            found["audit lines"] = len(lines)
    return Outcome(not found, f"{sent} calls" + "".join(
        f"; {count} times in the {name}" for name, count in found.items()))


def varint(number):
    out = b""
    while number >= 128:
        out, number = out + bytes([number % 128 | 128]), number // 128
    return out + bytes([number])


@attack(5, "an unknown role against a refused trust",
        "the same work (a test counts equal steps)",
        reported_as="told apart")
def timing(lab):
    """Refusals of AssumeRole timed in turns: what the clock tells about which
    roles exist. A report; the test beside it counts steps, for time says
    nothing on a busy machine."""
    refuses = role("Refuses", policy(allow()), trust(
        {"AWS": "arn:aws:iam::210987654321:root"}))
    server = lab.server([refuses])
    caller = lab.ec2()
    call = caller.method("SecurityTokenService.AssumeRole")
    requests = [lab.pb["AssumeRoleRequest"](
        role_arn=role_arn(name), role_session_name="xx")
                for name in ("Refuses", "Refused")]
    times = ([], [])
    order = random.Random(lab.random.random())
    for _ in range(lab.seconds(3000, 600)):
        which = order.randrange(2)
        begin = time.perf_counter_ns()
        try:
            call(requests[which], timeout=5)
        except Exception:
            pass
        times[which].append(time.perf_counter_ns() - begin)
    medians = [statistics.median(t) / 1e3 for t in times]
    # How likely a call about an existing role takes longer (0.5: no telling).
    pairs = [(a > b) + 0.5 * (a == b) for a, b in zip(
        order.sample(times[0], 250), order.sample(times[1], 250))]
    auc = sum(pairs) / len(pairs)
    apart = abs(medians[0] - medians[1])
    return Outcome(apart < 3 or abs(auc - 0.5) < 0.06,
                   f"refused {medians[0]:.1f} us, unknown {medians[1]:.1f} us, "
                   f"told apart in {max(auc, 1 - auc) * 100:.0f} % of pairs",
                   peak_bytes=server.peak())


def authority(lab, name):
    run(lab, f"openssl req -x509 -newkey ed25519 -nodes -keyout {name}.key "
        f"-out {name}.pem -days 1 -subj /CN={name}")


def certificate(lab, name, ca, san):
    lab.write(f"{name}.ext", f"subjectAltName={san}")
    run(lab, f"openssl req -newkey ed25519 -nodes -keyout {name}.key "
        f"-out {name}.csr -subj /CN={name} && openssl x509 -req -in {name}.csr "
        f"-CA {ca}.pem -CAkey {ca}.key -CAcreateserial -days 1 "
        f"-extfile {name}.ext -out {name}.pem")


def run(lab, script):
    subprocess.run(["sh", "-c", script], cwd=lab.dir, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@attack(5, "the authority of another trust domain",
        "one trust bundle a trust domain", quick=True)
def trust_domains(lab):
    """Two domains with an authority each. The second issues certificates in
    the name of the first, and the first in the name of the second."""
    import grpc
    for name in ("a", "b"):
        authority(lab, name)
    for name, ca, san in (
            ("server", "a", "IP:127.0.0.1"),
            ("right", "a", "URI:spiffe://a.example/admin"),
            ("right-b", "b", "URI:spiffe://b.example/user"),
            ("forged", "b", "URI:spiffe://a.example/admin"),
            ("forged-b", "a", "URI:spiffe://b.example/user"),
            ("dns", "b", "DNS:admin.a.example"),
            ("none", "a", "URI:spiffe://c.example/admin")):
        certificate(lab, name, ca, san)
    user = "arn:aws:iam::123456789012:user"
    mappings = f"""
  mappings:
  - {{spiffe_id: 'spiffe://a.example/admin', principal: '{user}/admin'}}
  - {{spiffe_id: 'spiffe://b.example/user', principal: '{user}/plain'}}
  - {{dns: admin.a.example, principal: '{user}/admin'}}"""

    def who(server, name):
        with open(lab.path("a.pem"), "rb") as ca, open(
                lab.path(name + ".pem"), "rb") as chain, open(
                    lab.path(name + ".key"), "rb") as key:
            credentials = grpc.ssl_channel_credentials(
                ca.read(), key.read(), chain.read())
        caller = lab.caller(server.tcp)
        caller.channel.close()
        caller.channel = grpc.secure_channel(server.tcp, credentials)
        try:
            return caller.call("SecurityTokenService.GetCallerIdentity",
                               timeout=3).arn.rsplit("/", 1)[-1]
        except grpc.RpcError:
            return None

    def listener(client_ca, more=mappings):
        return f"""
- address: '127.0.0.1:0'
  tls: {{cert: {lab.path("server.pem")}, key: {lab.path("server.key")},
        client_ca: {client_ca}}}{more}"""

    tried = []
    server = lab.server(listeners=listener(
        f"{{a.example: {lab.path('a.pem')}, b.example: {lab.path('b.pem')}}}"),
        must_serve=False)
    if not server.serving:
        return Outcome(False, server.log().strip()[-150:])
    for name, expected in (("right", "admin"), ("right-b", "plain"),
                           ("forged", None), ("forged-b", None),
                           ("dns", None), ("none", None)):
        got = who(server, name)
        tried.append((name, got == expected, got))
    server.stop()
    # One file with both, for a listener that knows one domain.
    with open(lab.path("both.pem"), "w", encoding="ascii") as both:
        for name in ("a", "b"):
            with open(lab.path(name + ".pem"), encoding="ascii") as one:
                both.write(one.read())
    server = lab.server(listeners=listener(lab.path("a.pem"), f"""
  mappings:
  - {{spiffe_id: 'spiffe://a.example/admin', principal: '{user}/admin'}}
  - {{spiffe_id: 'spiffe://b.example/user', principal: '{user}/plain'}}"""),
                        must_serve=False)
    if server.serving:  # a path stands for one domain, so two may be refused
        got = who(server, "forged-b")
        tried.append(("two domains under one path", got is None, got))
    wrong = [f"{name} was {got}" for name, good, got in tried if not good]
    return Outcome(not wrong, "; ".join(
        [f"{len(tried) - len(wrong)} of {len(tried)} certificates", *wrong]))
