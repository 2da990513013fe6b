"""Attacks on the work of the server: questions that cost more than they may.

The defences are the matcher, whose cost is pattern plus text; budgets counted
in steps for every check, call and policy; and the workers that run what is
long off the threads that answer everybody.
"""
import json
import os
import time

import http2
from attack import Outcome, attack, beside, repeat
from lab import (POLITE_ACTION, POLITE_RESOURCE, allow, policy, role, role_arn,
                 trust)

ANYTHING = role("Anything", policy(allow()))
LONG = 60_000           # bytes of a context's value; 64 KiB are allowed
PACKED = 1_800          # characters of a pattern in a session's policy
DOCUMENT = 1 << 20      # bytes of a policy document


def costly(lab, size):
    """A pattern that nearly matches everywhere, and what it is made for."""
    one = lab.random.choice(["a", "é"])
    middle = lab.random.choice([
        lambda: "?" * size, lambda: "?" * (size // 2) + one * (size // 2),
        lambda: (one + "?") * (size // 2), lambda: one * size,
        lambda: ("*" + one) * (size // 2),
        lambda: "".join(lab.random.choice("?" + one) for _ in range(size))])()
    while len(middle.encode()) > size:
        middle = middle[:-1]
    return "*" + middle + "b", one


def text(one, size):
    return one * (size // len(one.encode()))


def condition(pattern, operator="StringLike", key="app:k"):
    return {operator: {key: pattern}}


def batch(lab, value, checks=500, own=False):
    """A batch about one long value; `own`: each check has its own context."""
    pb = lab.pb
    made = pb["BatchAuthorizeRequest"]()
    if not own:
        made.context["app:k"].values.append(value)
    for i in range(checks):
        check = made.checks.add(action="s3:GetObject",
                                resource=f"arn:aws:s3:::b/{i}")
        if own:
            check.context["app:k"].values.append(value[:1900])
    return made


def fill(make, size=DOCUMENT - 4096):
    """Statements until a document has so many bytes."""
    made, used = [], 0
    while used < size:
        made.append(make(len(made)))
        used += len(json.dumps(made[-1]).encode()) + 1
    return policy(*made)


def loaded(lab, server, previous, seconds=8):
    """Waits until the directory was read again; what became of it."""
    ops = lab.ops()
    end = time.monotonic() + seconds
    status = None
    while time.monotonic() < end:
        try:
            status = ops.call("RegistryService.GetStatus", timeout=2)
        except Exception:
            time.sleep(0.1)
            continue
        if status.faults or (status.reloads != previous.reloads) or (
                status.failed_reloads != previous.failed_reloads):
            break
        time.sleep(0.05)
    if status is None:
        return "GetStatus was not answered"
    if status.faults:
        return "held back: " + ", ".join(
            sorted({fault.code for fault in status.faults}))
    return "loaded"


@attack(0, "nobody attacks", "how well the machine can measure", quick=True)
def nobody(lab):
    """The polite alone. Where even this does not hold, the machine is too busy
    for the other figures to mean much."""
    server = lab.server([ANYTHING])
    return beside(lab, server, lambda end: None, lab.seconds(5, 2))


@attack(1, "two cancelled batches", "budgets of checks and calls; cancellation",
        quick=True)
def cancelled_batches(lab):
    """Two BatchAuthorize of 500 checks whose session policy is matched against
    a context value of 60 KB, cancelled at once."""
    server = lab.server([ANYTHING])
    document = policy(allow("s3:*", "*", condition("*" + "?" * PACKED + "b")))
    caller = lab.caller(server.tcp, lab.token("Anything", policy=document))
    request = batch(lab, "a" * LONG)

    def attacker(_):
        calls = [caller.start("AuthorizationService.BatchAuthorize", request)
                 for _ in range(2)]
        time.sleep(0.1)
        for call in calls:
            call.cancel()

    return beside(lab, server, attacker, lab.seconds(15, 5))


@attack(1, "batches of random patterns", "the matcher; budgets of calls")
def random_batches(lab):
    """The same with drawn patterns, contexts of single checks and negated and
    set operators, by eight callers who cancel and ask again."""
    server = lab.server([ANYTHING])
    actions = []
    for _ in range(8):
        pattern, one = costly(lab, lab.random.choice([200, 900, 1500]))
        operator = lab.random.choice([
            "StringLike", "StringNotLike", "ForAllValues:StringLike",
            "ForAnyValue:StringNotLikeIfExists"])
        document = policy(allow("s3:*", "*", condition(pattern, operator)))
        try:
            token = lab.token("Anything", policy=document)
        except Exception:  # a policy that is refused costs nothing
            continue
        caller = lab.caller(server.tcp, token)
        request = batch(lab, text(one, LONG), own=lab.random.random() < 0.3)

        def ask(caller=caller, request=request):
            call = caller.start("AuthorizationService.BatchAuthorize", request)
            time.sleep(0.05)
            call.cancel()
        actions.append(ask)
    return beside(lab, server, lambda end: f"{repeat(end, *actions)} batches",
                  lab.seconds(10, 4))


@attack(1, "a stream of costly batches", "budgets of messages on streams")
def stream_messages(lab):
    """One AuthorizeStream that sends costly batches and reads no answer."""
    server = lab.server([ANYTHING])
    document = policy(allow("s3:*", "*", condition("*" + "?a" * 800 + "b")))
    token = lab.token("Anything", policy=document)
    one = lab.pb["AuthorizeStreamRequest"](correlation_id=1)
    one.batch.CopyFrom(batch(lab, "a" * LONG))
    body = http2.message(one.SerializeToString())
    block = http2.header_block(
        "/rolegate.v1.AuthorizationService/AuthorizeStream",
        (("authorization", "Bearer " + token),))

    def attacker(end):
        streams = []
        for _ in range(4):
            connection = http2.Connection(server.tcp, "127.0.0.2")
            connection.patience = 0.2
            connection.open(block, body * 4, end=False)
            streams.append(connection)
        http2.read_all(streams, max(end - time.monotonic(), 0))
        for connection in streams:
            connection.close()

    return beside(lab, server, attacker, lab.seconds(8, 4))


def misspelled(lab, kind):
    """A document of 957 KB with as many mistakes of one kind as go in."""
    size = 957_000

    def word(base):
        at = lab.random.randrange(len(base))
        return (base[:at] + lab.random.choice("abcdefghij") + base[at + 1:]
                + str(lab.random.randrange(10**6)))
    if kind == "members":
        keys = ["Effect", "Action", "Resource", "Condition", "NotAction"]
        return json.dumps(fill(lambda _: {
            **{word(k): 1 for k in keys}, **allow("s3:*", "*")}, size))
    if kind == "condition keys":
        return json.dumps(fill(lambda _: allow("s3:*", "*", {
            "StringEquals": {word("aws:PrincipalOrgID"): "x"
                             for _ in range(50)}}), size))
    if kind == "operators":
        return json.dumps(fill(lambda _: allow("s3:*", "*", {
            word("StringNotEqualsIgnoreCase"): {"aws:SourceIp": "x"}}), size))
    if kind == "one object":
        entries, used = {}, 0
        while used < size:
            entries[word("aws:PrincipalOrgID")] = "x"
            used += 36
        return json.dumps(policy(allow("s3:*", "*",
                                       {"StringEquals": entries})))
    if kind == "overlaps":
        return json.dumps(fill(lambda i: allow(
            ["s3:*Get*" + str(i), "s3:*"], ["arn:aws:s3:::*a*" + str(i), "*"]),
            size))
    if kind == "stars":
        return json.dumps(fill(lambda i: allow(
            ["s3:" + "*a" * 60 + str(i) for _ in range(8)],
            ["arn:aws:s3:::" + "*a" * 200 + str(i)]), size))
    if kind == "principals":
        return json.dumps(policy({
            "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Principal": {"AWS": [f"arn:aws:iam::{i:012}:role/*a*"
                                  for i in range(22_000)]}}))
    return "[" * size


@attack(1, "Validate of misspelled documents",
        "budgets of the linter; workers beside gRPC's threads", quick=True)
def validate(lab):
    """Documents of 957 KB in which everything is spelled nearly right."""
    server = lab.server([ANYTHING])
    kinds = ["members", "condition keys", "operators", "one object",
             "overlaps", "stars", "principals", "nesting"]
    documents = [misspelled(lab, kind) for kind in kinds]
    caller = lab.caller(server.tcp, lab.token("Anything"))
    requests = [lab.pb["ValidateRequest"](document=d, kind=k)
                for d in documents for k in ((1, 3) if len(d) % 2 else (1,))]
    turn = [0]

    def ask():
        turn[0] += 1
        call = caller.start("PolicyService.Validate",
                            requests[turn[0] % len(requests)])
        time.sleep(0.2)
        call.cancel()

    return beside(lab, server,
                  lambda end: f"{repeat(end, *[ask] * 4)} documents",
                  lab.seconds(15, 5))


@attack(1, "how long one Validate takes", "budgets of the linter")
def validate_each(lab):
    """Each kind of document alone: none may take a core for seconds."""
    server = lab.server([ANYTHING])
    caller = lab.caller(server.tcp, lab.token("Anything"))
    slowest, which = 0.0, ""
    for kind in ["members", "condition keys", "operators", "one object",
                 "overlaps", "stars", "principals", "nesting"]:
        request = lab.pb["ValidateRequest"](document=misspelled(lab, kind),
                                            kind=1)
        begin, used = time.monotonic(), server.cpu()
        caller.code("PolicyService.Validate", request, timeout=20)
        took = min(time.monotonic() - begin, server.cpu() - used)
        if took > slowest:
            slowest, which = took, kind
    return Outcome(slowest <= 1, f"at most {slowest * 1e3:.0f} ms ({which})",
                   peak_bytes=server.peak())


def team_policy(lab, kind):
    """A resource policy on every bucket that never matches and costs a lot."""
    tail = f"arn:aws:s3:::{'*o' * 40}*b"
    if kind == "resources":
        document = fill(lambda i: {**allow("s3:*", f"{tail}{i}"),
                                   "Effect": "Deny", "Principal": "*"})
    elif kind == "not resources":
        document = fill(lambda i: {
            "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "NotResource": ["arn:aws:s3:::*"] + [f"{tail}{i}-{j}"
                                                 for j in range(20)]})
    elif kind == "conditions":
        document = fill(lambda i: {
            **allow("s3:*", "*", condition(
                [f"*{'?o' * 100}{i}-{j}" for j in range(40)])),
            "Effect": "Deny", "Principal": "*"})
    else:
        document = fill(lambda i: {
            "Effect": "Deny", "Principal": "*", "Resource": "*",
            "Action": [f"s3:{'*e' * 30}*x{i}-{j}" for j in range(40)]})
    return {"ResourceArn": "arn:aws:s3:::*", "PolicyDocument": document}


@attack(1, "one team's policy on everybody's buckets",
        "registry.limits.max_policy_steps")
def team_file(lab):
    """A resource policy of 1 MiB on arn:aws:s3:::* appears in the registry.
    Other teams' calls stay as quick as they were, also about long resources,
    and none of them is denied."""
    notes, worst = [], None
    for kind in ["resources", "not resources", "conditions", "actions"]:
        server = lab.server([ANYTHING], more="# " + kind)
        status = lab.ops().call("RegistryService.GetStatus")
        lab.write("registry/team/bucket.json", team_policy(lab, kind))
        became = loaded(lab, server, status)
        other = lab.caller(server.tcp, lab.token("Polite"))
        long = POLITE_RESOURCE[:-5] + "o" * (8000 - len(POLITE_RESOURCE))
        slowest = [0.0]

        def attacker(_, other=other, long=long, slowest=slowest):
            for _ in range(lab.seconds(5, 2)):
                used, begin = server.cpu(), time.monotonic()
                other.code("AuthorizationService.Authorize",
                           action=POLITE_ACTION, resource=long, timeout=10,
                           context=lab.context(app__k=["o" * LONG]))
                slowest[0] = max(slowest[0], min(time.monotonic() - begin,
                                                 server.cpu() - used))
            return (f"{kind}: {became}, 8 KiB took "
                    f"{slowest[0] * 1e3:.0f} ms", slowest[0] < 0.2)

        outcome = beside(lab, server, attacker, lab.seconds(3, 2))
        server.stop()
        os.remove(lab.path("registry/team/bucket.json"))
        notes.append(outcome.note)
        if worst is None or (outcome.holds, outcome.goodput) < (
                worst.holds, worst.goodput):
            worst = outcome
    worst.note = "; ".join(notes)
    return worst


@attack(1, "many small policies that add up",
        "registry.limits.max_policy_steps bounds the union, too")
def union(lab):
    """Forty resource policies, none of them large, of which all meet in every
    question about one bucket."""
    server = lab.server([ANYTHING])
    status = lab.ops().call("RegistryService.GetStatus")
    bucket = "polite-bucket"
    for i in range(40):
        cut = lab.random.randrange(len(bucket))
        pattern = f"arn:aws:s3:::{bucket[:cut]}{'?' * (i % 3)}*"
        document = fill(lambda n, i=i: {
            **allow("s3:*", f"arn:aws:s3:::{'*o' * 40}*b{i}-{n}"),
            "Effect": "Deny", "Principal": "*"}, 60_000)
        lab.write(f"registry/team/{i}.json", {
            "ResourceArn": pattern if cut else f"arn:aws:s3:::*{'?' * i}",
            "PolicyDocument": document})
    became = loaded(lab, server, status)
    other = lab.caller(server.tcp, lab.token("Polite"))
    long = POLITE_RESOURCE[:-5] + "o" * (8000 - len(POLITE_RESOURCE))
    slowest = [0.0]

    def attacker(_):
        for _ in range(5):
            used, begin = server.cpu(), time.monotonic()
            other.code("AuthorizationService.Authorize", action=POLITE_ACTION,
                       resource=long, timeout=10,
                       context=lab.context(app__k=["o" * LONG]))
            slowest[0] = max(slowest[0], min(time.monotonic() - begin,
                                             server.cpu() - used))
        return (f"{became}, 8 KiB took {slowest[0] * 1e3:.0f} ms",
                slowest[0] < 0.2)

    return beside(lab, server, attacker, lab.seconds(5, 3))


@attack(1, "a batch that answers otherwise than its checks",
        "budgets are of checks, fixed numbers and no times")
def same_answers(lab):
    """Patterns of every size around what a check may cost: each check of a
    batch is answered as by itself, twice alike, or the whole call is refused."""
    server = lab.server([ANYTHING])
    tried, different, refused = 0, [], 0
    for size in (10, 100, 300, 600, 900, 1200, 1500, 1800):
        for length in (100, 3_000, 20_000, LONG):
            pattern, one = costly(lab, size)
            try:
                caller = lab.caller(server.tcp, lab.token(
                    "Anything", policy=policy(
                        allow("s3:*", "*", condition(pattern)))))
            except Exception:
                continue
            request = batch(lab, text(one, length), checks=3)
            single = lab.pb["AuthorizeRequest"](
                action="s3:GetObject", resource="arn:aws:s3:::b/0")
            single.context["app:k"].values.append(text(one, length))
            try:
                alone = [caller.call("AuthorizationService.Authorize", single)
                         for _ in range(2)]
                many = caller.call("AuthorizationService.BatchAuthorize",
                                   request)
            except Exception as error:
                refused += 1
                if error.code().name != "RESOURCE_EXHAUSTED":
                    different.append(error.code().name)
                continue
            tried += 1
            answers = {(each.decision, each.reason.replace("b/1", "b/0")
                        .replace("b/2", "b/0"))
                       for each in [*alone, *many.results]}
            if len(answers) != 1 or len(many.results) != 3:
                different.append(f"{size} against {length}: {answers}"[:150])
    return Outcome(not different and tried > 5, "; ".join(
        [f"{tried} batches, {refused} refused", *different[:3]]),
        peak_bytes=server.peak())


@attack(1, "long resources against a wide role", "budgets of checks")
def long_resources(lab):
    """Many calls with resources of 8 KiB, of roles whose policies nearly match
    them."""
    roles = []
    for i in range(4):
        pattern = "arn:aws:s3:::" + lab.random.choice(
            ["*a" * 120, "?" * 250, "*?" * 120, "*" + "a" * 240]) + "*b"
        roles.append(role(f"Wide{i}", fill(
            lambda n, p=pattern: allow("s3:*", f"{p}{n}"),
            lab.random.choice([20_000, 200_000, DOCUMENT - 4096]))))
    server = lab.server([ANYTHING])
    status = lab.ops().call("RegistryService.GetStatus")
    for each in roles:
        lab.write(f"registry/{each['RoleName']}.json", each)
    became = loaded(lab, server, status)
    actions = []
    for each in roles:
        try:
            caller = lab.caller(server.tcp, lab.token(each["RoleName"]))
        except Exception:
            continue
        actions += [lambda c=caller: c.code(
            "AuthorizationService.Authorize", action="s3:GetObject",
            resource="arn:aws:s3:::" + "a" * 8000, timeout=2)] * 2
    return beside(lab, server, lambda end: (
        f"{became}, {repeat(end, *actions)} calls"), lab.seconds(8, 4))


@attack(1, "explanations of costly questions", "budgets of explaining")
def explain(lab):
    """An administrator's tool in the hands of somebody careless: explain, for
    a session whose policy costs all that it may."""
    server = lab.server([ANYTHING])
    document = policy(*(allow("s3:*", "*", condition("*" + "?a" * 60 + str(i)))
                        for i in range(8)))
    token = lab.token("Anything", policy=document)
    request = batch(lab, "a" * LONG)
    request.session_token, request.explain = token, True
    callers = [lab.ops() for _ in range(4)]
    actions = [lambda c=c: c.start("AuthorizationService.BatchAuthorize",
                                   request).exception(5) for c in callers]
    return beside(lab, server,
                  lambda end: f"{repeat(end, *actions)} explained batches",
                  lab.seconds(8, 4))


@attack(1, "grids of simulations", "budgets of Simulate")
def simulate(lab):
    """Simulate of as many actions and resources as go in, under inline
    policies of nearly a mebibyte."""
    server = lab.server([ANYTHING])
    request = lab.pb["SimulateRequest"](
        caller_arn=role_arn("Polite"), actions=[f"s3:Get{'a' * 100}{i}"
                                                for i in range(20)],
        resources=[f"arn:aws:s3:::{'a' * 900}{i}" for i in range(25)])
    document = fill(lambda i: allow(
        [f"s3:{'*a' * 30}*x{i}", f"s3:{'*a' * 30}*y{i}"],
        [f"arn:aws:s3:::{'*a' * 100}*b{i}"]), 950_000)
    request.policies.add(kind=1, name="p", document=json.dumps(document))
    callers = [lab.ops() for _ in range(4)]

    def ask(caller):
        call = caller.start("PolicyService.Simulate", request)
        time.sleep(0.3)
        call.cancel()
    return beside(lab, server, lambda end: f"""{repeat(
        end, *[lambda c=c: ask(c) for c in callers])} grids""",
                  lab.seconds(8, 4))


@attack(1, "a flood of AssumeRole at costly trust policies",
        "budgets of AssumeRole; its workers")
def assume_role_flood(lab):
    """Trust policies that test the external id by thousands of patterns, asked
    for by a flood of callers."""
    server = lab.server([ANYTHING])
    status = lab.ops().call("RegistryService.GetStatus")
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
         "Action": "sts:AssumeRole", "Condition": condition(
             [f"*{'?a' * 40}{i}-{j}" for j in range(100)],
             key="sts:ExternalId")} for i in range(80)]}
    lab.write("registry/Costly.json",
              role("Costly", policy(allow()), document))
    became = loaded(lab, server, status)
    body = lab.pb["AssumeRoleRequest"](
        role_arn=role_arn("Costly"), role_session_name="xx",
        external_id="a" * 1224).SerializeToString()

    def attacker(end):
        done = lab.hammer("unix:" + lab.path("ec2"),
                          "/rolegate.v1.SecurityTokenService/AssumeRole",
                          body, end - time.monotonic(), connections=4, open=64)
        time.sleep(0.5)
        code = lab.ec2().code("SecurityTokenService.AssumeRole", body, 5)
        # Throttling is said to whoever asked too often.
        return (f"{became}, {done['ended']} answered, then {code}",
                code in ("PERMISSION_DENIED", "RESOURCE_EXHAUSTED"))
    return beside(lab, server, attacker, lab.seconds(8, 4))


@attack(1, "tokens and assertions of a mebibyte", "sizes before parsing",
        quick=True)
def large_tokens(lab):
    """What needs no identity: web identity tokens and SAML assertions as large
    as a message, nested and repeated, and session policies that nest."""
    import base64
    server = lab.server([ANYTHING])
    nobody_there = lab.caller(server.tcp)
    somebody = lab.caller(server.tcp, lab.token("Anything"))
    header = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode()
    deep = base64.urlsafe_b64encode(b"[" * 600_000).decode()
    xml = base64.b64encode(b"<a>" * 250_000).decode()
    attributes = base64.b64encode(b"<a " + b"".join(
        b"x%d='' " % i for i in range(60_000)) + b"/>").decode()
    fields = {"role_arn": role_arn("Polite"), "role_session_name": "xx"}
    pb = lab.pb
    asked = [
        ("AssumeRoleWithWebIdentity", {"web_identity_token": token, **fields})
        for token in ("." * 1_000_000, f"{header}.{deep}.AAAA",
                      f"{header}.{'A' * 900_000}.{'A' * 90_000}")] + [
        ("AssumeRoleWithSAML", {
            "role_arn": role_arn("Polite"), "saml_assertion": assertion,
            "principal_arn": "arn:aws:iam::123456789012:saml-provider/x"})
        for assertion in (xml, attributes, "A" * 1_000_000)]
    actions = [lambda n=name, f=more: nobody_there.start(
        f"SecurityTokenService.{n}", pb[f"{n}Request"](**f)).exception(10)
               for name, more in asked]
    for document in ("[" * 1_000_000, '{"a":' * 200_000, "1" * 1_000_000):
        request = pb["AssumeRoleRequest"](policy=document, **fields)
        actions.append(lambda r=request: somebody.start(
            "SecurityTokenService.AssumeRole", r).exception(10))
    return beside(lab, server, lambda end: f"{repeat(end, *actions)} calls",
                  lab.seconds(8, 4), memory=1 << 30)
