"""Attacks by those who may write files: authors, teams, whoever holds a key.

The registry keeps what it promised: no link and no reference changes how other
files are read, what cannot be read is a fault that names its file, revocations
never wait, and nobody in the registry makes an administrator.
"""
import contextlib
import json
import os
import shutil
import subprocess
import threading
import time

from attack import Outcome, attack
from lab import (ACCOUNT, ADMINISTRATORS, EC2, POLITE, Server, allow, policy,
                 role, role_arn, trust)

# May do everything with objects but delete them.
VICTIM = role("Victim", policy(
    allow("s3:*"), allow("s3:DeleteObject", effect="Deny")))
WIDENED = role("Victim", policy(allow("*")))
ALLOW, EXPLICIT_DENY = 1, 2
PATIENCE = 6   # seconds until a change is read, faults and all


def decision(lab, server, token, action="s3:DeleteObject", resource="*"):
    """The decision's number, or the error's name."""
    caller = lab.caller(server.tcp, token)
    try:
        return caller.call("AuthorizationService.Authorize", timeout=5,
                           action=action, resource=resource).decision
    except Exception as error:
        return error.code().name if hasattr(error, "code") else str(error)
    finally:
        caller.close()


def faults(lab):
    return list(lab.ops().call("RegistryService.GetStatus", timeout=5).faults)


def eventually(holds, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if holds():
                return True
        time.sleep(0.1)
    return False


def tally(tried, peak=None):
    """The outcome of (attempt, what went wrong or nothing)."""
    wrong = [f"{name}: {why}" for name, why in tried if why]
    note = f"{len(tried) - len(wrong)} of {len(tried)} attempts held"
    return Outcome(not wrong, "; ".join([note, *wrong[:6]]), peak_bytes=peak)


def kubernetes(lab, name="..2026_11"):
    """A volume as Kubernetes mounts it."""
    for each in (POLITE, VICTIM):
        file = each["RoleName"] + ".json"
        lab.write(f"registry/{name}/{file}", each)
        link = lab.path("registry", file)
        if not os.path.islink(link):
            os.symlink(os.path.join("..data", file), link)
    point(lab.path("registry/..data"), name)


def point(link, target):
    if os.path.lexists(link + "~"):
        os.remove(link + "~")
    os.symlink(target, link + "~")
    os.rename(link + "~", link)


@attack(4, "a `..data` link out of the registry",
        "every open goes through the one guarded way", quick=True)
def data_link(lab):
    """The link in the registry's root is pointed elsewhere, where the same
    roles stand without their Denies."""
    for each in (POLITE, WIDENED):
        lab.write(f"outside/{each['RoleName']}.json", each)
        lab.write(f"registry/team/..inside/{each['RoleName']}.json", each)
    kubernetes(lab)
    server = lab.server(polite=False)
    token = lab.token("Victim")
    if decision(lab, server, token) != EXPLICIT_DENY:
        return Outcome(False, "a Kubernetes volume does not load")
    root = lab.path("registry")
    os.symlink(lab.path("outside"), os.path.join(root, "..linked"))

    def link(target):
        return lambda: point(os.path.join(root, "..data"), target)

    def beside():
        lab.write("registry/Plain.json", role("Plain", policy(allow())))

    tried = []
    for name, change in (
            ("absolute", link(lab.path("outside"))),
            ("relative", link("../outside")),
            ("through a good name", link("..2026_11/../../outside")),
            ("a link of a link", link("..linked")),
            ("/etc", link("/etc")),
            ("a team's folder", link("team/..inside")),
            ("nowhere", link("..2027")),
            ("itself", link("..data")),
            ("the folder", link(".")),
            ("/proc/self/cwd", link("/proc/self/cwd/registry/..2026_11")),
            ("a plain file beside it", beside)):
        kubernetes(lab)
        with contextlib.suppress(OSError):
            os.remove(lab.path("registry/Plain.json"))
        eventually(lambda: not faults(lab))
        change()
        told = eventually(lambda: faults(lab))
        got = decision(lab, server, token)
        plain = lab.ec2().code("SecurityTokenService.AssumeRole",
                               role_arn=role_arn("Plain"),
                               role_session_name="xx")
        code, _ = lab.rolegate("check", root)
        tried.append((name, "" if told and got == EXPLICIT_DENY and code == 1
                      and plain != "OK" else
                      f"decision {got}, fault {told}, check {code}"))
    return tally(tried, server.peak())


@attack(4, "references that swallow another's file",
        "references never change how another file is read")
def references(lab):
    """A provider of one team names, as its keys or metadata, the file that
    holds another's role, its Deny or a revocation."""
    lab.write("registry/guard/victim.json", VICTIM)
    lab.write("registry/guard/revoked.json", {"RevokedSessions": []})
    server = lab.server()
    tried = []
    for key in ("JwksFile", "SAMLMetadataFile"):
        for target in ("guard/victim.json", "./guard/victim.json",
                       "guard/../guard/victim.json", "guard/revoked.json",
                       "../guard/victim.json", "Polite.json"):
            eventually(lambda: not faults(lab))
            token = lab.token("Victim")
            lab.write("registry/team/provider.json", reference(key, target))
            told = eventually(lambda: faults(lab))
            got = decision(lab, server, token)
            # What is revoked now stands in a file that a reference names.
            time.sleep(1)
            revoke(lab, "registry/guard/revoked.json", 0)
            ended = eventually(lambda t=token: decision(
                lab, server, t) == "UNAUTHENTICATED")
            os.remove(lab.path("registry/team/provider.json"))
            lab.write("registry/guard/revoked.json", {"RevokedSessions": []})
            tried.append((f"{key} {target}", "" if told and ended and
                          got == EXPLICIT_DENY else
                          f"decision {got}, fault {bool(told)}, revocation "
                          f"{'holds' if ended else 'lost'}"))
    # A cold start has no earlier generation to keep.
    lab.write("registry/team/provider.json",
              reference("SAMLMetadataFile", "guard/revoked.json"))
    server.stop()
    server = lab.server()
    tried.append(("a cold start", "" if faults(lab) else "loads"))
    return tally(tried, server.peak())


def reference(key, target):
    if key == "JwksFile":
        return {"OpenIDConnectProvider": {
            "Arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/x.example",
            "Url": "https://x.example", "ClientIDList": ["a"], key: target}}
    return {"SAMLProvider": {
        "Arn": f"arn:aws:iam::{ACCOUNT}:saml-provider/x", key: target}}


def revoke(lab, name="registry/revocations.json", seconds=-1):
    # Sessions of one role that were issued before now.
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
    lab.write(name, {"RevokedSessions": [
        {"RoleArn": role_arn("Victim"), "IssuedBefore": at}]})


@attack(4, "a file that cannot be read", "a read error is a fault at once; "
        "revocations never wait", quick=True)
def unreadable(lab):
    """One file is closed to the server. Reloads must say so, everything else's
    revocations must still hold, and a cold start must not claim success."""
    server = lab.server([VICTIM], nobody=True)
    token = lab.token("Victim")
    closed = lab.write("registry/team/x.json", role("X", policy(allow())))
    eventually(lambda: lab.ops().call(
        "RegistryService.GetStatus").counts.roles == 3)
    tried = []
    os.chmod(closed, 0)
    os.utime(closed)
    revoke(lab)
    told = eventually(lambda: any("x.json" in f.file for f in faults(lab)))
    tried.append(("named by a fault", "" if told else "it is not"))
    ended = eventually(
        lambda: decision(lab, server, token) == "UNAUTHENTICATED")
    tried.append(("a revocation beside it", "" if ended else "waits"))
    code = lab.ops().code("RegistryService.Reload")
    tried.append(("Reload", "" if code == "FAILED_PRECONDITION" else code))
    server.stop()
    server = lab.server([VICTIM], nobody=True)
    log = server.log()
    tried.append(("a cold start", "claims that the registry is loaded"
                  if "registry loaded" in log else ""))
    tried.append(("its fault", "" if any("x.json" in f.file
                                         for f in faults(lab)) else "missing"))
    os.chmod(closed, 0o644)
    eventually(lambda: not faults(lab))
    tried += read_errors(lab, server, closed)
    folder = lab.path("registry/team")
    eventually(lambda: not faults(lab))
    os.chmod(folder, 0)
    lab.ops().code("RegistryService.Reload")
    tried.append(("a folder", "" if eventually(
        lambda: any("team" in f.file for f in faults(lab))) else "no fault"))
    os.chmod(folder, 0o755)
    return tally(tried, server.peak())


def read_errors(lab, server, path):
    """A file that opens and cannot be read: one of the kernel's is mounted
    over it, where this may mount."""
    if os.getuid() != 0 or subprocess.run(
            ["mount", "--bind", "/sys/class/net/lo/speed", path],
            stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return []
    try:
        code = lab.ops().code("RegistryService.Reload")
        told = eventually(lambda: any("x.json" in f.file for f in faults(lab)))
        server.stop()
        log = lab.server([VICTIM], nobody=True).log()
        return [("a read error", "" if told and code == "FAILED_PRECONDITION"
                 else f"fault {told}, Reload {code}"),
                ("a cold start with it", "claims that the registry is loaded"
                 if "registry loaded" in log else "")]
    finally:
        subprocess.run(["umount", path], check=True)


@attack(4, "a file that is never at rest", "unstable beyond max_delay is a "
        "fault; revocations never wait")
def restless(lab):
    """Files are touched without a pause, so that each is another one when it
    was read."""
    server = lab.server([VICTIM])
    token = lab.token("Victim")
    ending = threading.Event()

    paths = [lab.write(f"registry/restless-{i}.json", role(
        f"Restless{i}", policy(allow()), Description="x" * 4_000_000))
             for i in range(4)]

    def rewrite():
        while not ending.is_set():
            for path in paths:
                os.utime(path)

    writer = threading.Thread(target=rewrite)
    writer.start()
    tried = []
    try:
        time.sleep(0.5)
        revoke(lab)
        begin = time.monotonic()
        ended = eventually(
            lambda: decision(lab, server, token) == "UNAUTHENTICATED", 8)
        tried.append(("a revocation beside it", "" if ended else "waits"))
        took = time.monotonic() - begin
        tried.append(("within four seconds", "" if took < 4
                      else f"took {took:.1f} s"))
        tried.append(("named by a fault", "" if eventually(lambda: any(
            "restless" in f.file for f in faults(lab))) else "it is not"))
        loaded = decision(lab, server, lab.token("Polite"), "s3:GetObject",
                          "arn:aws:s3:::polite-bucket/a.txt")
        tried.append(("calls", "" if loaded == ALLOW else f"answer {loaded}"))
    finally:
        ending.set()
        writer.join()
    return tally(tried, server.peak())


def export(document, version):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [],
            "Policies": [{"PolicyName": "ReadOnlyAccess", "Arn": arn,
                          "DefaultVersionId": version,
                          "PolicyVersionList": [{
                              "VersionId": version, "IsDefaultVersion": True,
                              "Document": document}]}]}


@attack(4, "AWS-managed policies that differ", "a fault that names both files; "
        "registry.aws_managed_dir")
def aws_managed(lab):
    """A second export brings a wider policy under the name of AWS's own."""
    uses = role("Reader", policy(allow("s3:Get*")), AttachedManagedPolicies=[
        {"PolicyName": "ReadOnlyAccess",
         "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
    lab.write("registry/a.json", export(policy(allow("s3:List*")), "v10"))
    server = lab.server([uses])
    token = lab.token("Reader")
    lab.write("registry/b.json", export(policy(allow("*")), "v11"))
    told = eventually(lambda: faults(lab))
    text = " ".join(f.file + " " + f.message for f in faults(lab))
    tried = [
        ("a fault", "" if told else "none"),
        ("names both files", "" if "a.json" in text and "b.json" in text
         else text[:80]),
        ("names the remedy", "" if "aws_managed_dir" in text else text[:80]),
        ("widens nothing", "" if decision(lab, server, token, "ec2:Run")
         != ALLOW else "it does")]
    server.stop()
    os.makedirs(lab.path("registry/aws"), exist_ok=True)
    lab.write("registry/aws/holds.json",
              export(policy(allow("s3:List*")), "v12"))
    server = lab.server([uses], registry=(
        f"{{dir: {lab.path('registry')}, aws_managed_dir: aws}}"),
        must_serve=False)
    if not server.serving:
        tried.append(("aws_managed_dir", server.log().strip()[-120:]))
    else:
        token = lab.token("Reader")
        tried.append(("aws_managed_dir holds", "" if decision(
            lab, server, token, "s3:ListBucket") == ALLOW and decision(
                lab, server, token, "ec2:Run") != ALLOW else "it does not"))
    return tally(tried, server.peak())


@attack(4, "administrators from the registry", "administration comes from "
        "outside the registry alone", quick=True)
def administrators(lab):
    """Roles and sessions in the administration policy, by name, by pattern and
    by account, and a session that brings whatever the registry gives it."""
    everything = role("Everything", policy(allow("*")))
    tried = []

    def start(statement):
        lab.write("registry/Everything.json", everything)
        lab.write("admin.json", policy(statement))
        config = lab.write("c.yaml", f"""
registry: {{dir: {lab.path("registry")}}}
listeners:
- {{address: '127.0.0.1:0', authenticators: [session-token]}}
- {{address: 'unix:{lab.path("ec2")}', principal: 'service:ec2.amazonaws.com'}}
admin_policy: {lab.path("admin.json")}
""")
        with open(config, encoding="utf-8") as file:
            made = Server(lab, file.read(), wait=10)
        lab.servers.append(made)
        return made

    def statement(principal, **more):
        return {"Effect": "Allow", "Action": "rolegate:*", "Resource": "*",
                "Principal": principal, **more}

    arn = role_arn("Everything")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Everything/hostile"
    for name, principal in (
            ("a role", {"AWS": arn}), ("a session", {"AWS": session}),
            ("a role among others", {"Service": "ops", "AWS": [
                f"arn:aws:iam::{ACCOUNT}:user/u", arn]}),
            ("a role of another account", {"AWS": role_arn(
                "Everything", "210987654321")})):
        server = start(statement(principal))
        code = server.wait(3) if not server.serving else None
        tried.append((name, "" if code not in (None, 0) else "starts"))
        server.stop()
    for name, made in (
            ("everybody", statement("*")), ("any AWS", statement({"AWS": "*"})),
            ("the account", statement({"AWS": ACCOUNT})),
            ("the root", statement({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
            ("a condition", statement("*", Condition={
                "ArnLike": {"aws:PrincipalArn": arn}})),
            ("not somebody", {"Effect": "Allow", "Action": "rolegate:*",
                              "Resource": "*", "NotPrincipal": {
                                  "Service": "nobody"}})):
        server = start(made)
        if not server.serving:
            tried.append((name, ""))  # refused: stricter than it must be
            continue
        caller = lab.caller(server.tcp, lab.token("Everything"))
        codes = {caller.code("RegistryService.GetStatus"),
                 caller.code("RegistryService.Reload"),
                 caller.code("AuthorizationService.Authorize", action="s3:Get",
                             resource="*", explain=True),
                 caller.code("AuthorizationService.Authorize", action="s3:Get",
                             resource="*", principal=arn)}
        tried.append((name, "" if codes == {"PERMISSION_DENIED"}
                      else f"a session got {sorted(codes)}"))
        server.stop()
    return tally(tried)


@attack(4, "a last good generation that was tampered with", "a MAC under a key "
        "derived from the sealing keys; plain files only")
def last_good(lab):
    """Somebody who can write `last_good_dir` takes a Deny out, links elsewhere
    or cuts a file, and breaks the registry so that it is served."""
    keys = lab.path("keys")
    os.mkdir(keys, 0o700)
    new = [os.path.join(lab.bin, "rolegated"), "keys", "new", keys, "--kid",
           "k"]
    subprocess.run(new, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*new, "--sealing"], check=True, stdout=subprocess.DEVNULL)
    kept = lab.path("last")
    registry = f"{{dir: {lab.path('registry')}, last_good_dir: {kept}}}"
    session = f"session: {{issuer: i, audience: a, keys_dir: {keys}}}"

    def start(**options):
        return lab.server([VICTIM], session, registry=registry,
                          must_serve=False, **options)

    server = start()
    eventually(lambda: os.path.isdir(kept) and any(
        files for _, _, files in os.walk(kept)))
    server.stop()
    broken = lab.write("registry/broken.json", "{")
    server = start()
    tried = [("the untouched one", "" if server.serving and decision(
        lab, server, lab.token("Victim")) == EXPLICIT_DENY else "not served")]
    server.stop()
    os.remove(broken)
    pristine = lab.path("pristine")
    shutil.copytree(kept, pristine, symlinks=True)

    def files():
        return [os.path.join(folder, name) for folder, _, names in
                os.walk(kept) for name in names]

    def edit(change):
        for path in files():
            with open(path, "rb") as file:
                content = file.read()
            changed = change(content)
            if changed != content:
                with open(path, "wb") as file:
                    file.write(changed)

    def link():
        for path in files():
            shutil.copy(path, lab.path("copy"))
            os.remove(path)
            os.symlink(lab.path("copy"), path)

    def add():
        for folder, _, _ in list(os.walk(kept)):
            with open(os.path.join(folder, "Added.json"), "w",
                      encoding="utf-8") as file:
                json.dump(role("Added", policy(allow())), file)

    for name, change in (
            ("a Deny is an Allow",
             lambda: edit(lambda c: c.replace(b"Deny", b"Allow"))),
            ("an action is another",
             lambda: edit(lambda c: c.replace(b"DeleteObject",
                                              b"DeleteXbject"))),
            ("cut short", lambda: edit(lambda c: c[:len(c) // 2])),
            ("one more byte", lambda: edit(lambda c: c + b" ")),
            ("links", link), ("one more role", add)):
        shutil.rmtree(kept)
        shutil.copytree(pristine, kept, symlinks=True)
        change()
        lab.write("registry/broken.json", "{")
        server = start()
        got = None
        if server.serving:
            with contextlib.suppress(Exception):
                got = decision(lab, server, lab.token("Victim"))
            with contextlib.suppress(Exception):
                lab.token("Added")
                got = "Added"
        tried.append((name, "" if got in (None, EXPLICIT_DENY) and
                      (got is None or name in ("one more byte",
                                               "one more role"))
                      else f"served: decision {got}"))
        server.stop()
    os.remove(lab.path("registry/broken.json"))
    # Another's keys.
    os.remove(os.path.join(keys, "k.seal"))
    subprocess.run([*new[:-1], "other", "--sealing"], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(kept)
    shutil.copytree(pristine, kept, symlinks=True)
    lab.write("registry/broken.json", "{")
    server = start()
    got = None
    with contextlib.suppress(Exception):
        got = decision(lab, server, lab.token("Victim"))
    tried.append(("another's key", "" if got is None else f"served: {got}"))
    server.stop()
    server = lab.server([VICTIM], registry=registry, must_serve=False, wait=5)
    tried.append(("no keys_dir", "starts" if server.serving else ""))
    return tally(tried)


@attack(4, "a name that is no UTF-8", "a fault that can be shown")
def names(lab):
    """Files and folders whose names are bytes, or try to be markup."""
    server = lab.server([VICTIM])
    tried = []
    for name in (b"\xff\xfe.json", b"caf\xe9/role.json", b"\xc0\xaf.json",
                 b"\xed\xa0\x80.json"):
        path = os.path.join(lab.path("registry").encode(), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(role("Strange", policy(allow())), file)
        told = eventually(lambda: faults(lab), 4)
        code, text = lab.rolegate("check", lab.path("registry"))
        status = lab.ops().code("RegistryService.GetStatus")
        tried.append((repr(name)[2:-1], "" if told and status == "OK" and
                      code == 1 and text.strip() else
                      f"fault {told}, GetStatus {status}, check {code}"))
        os.remove(path)
        eventually(lambda: not faults(lab))
    return tally(tried, server.peak())
