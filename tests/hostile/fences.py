"""Attacks by an author of one team on everything that is not his.

The defence is `registry.fences`: what stands below a path may define entities
of its accounts only, resource policies on its ARN prefixes only, and of its
kinds only.
"""
import contextlib
import json
import os
import shutil

from attack import Outcome, attack
from lab import (ACCOUNT, EC2, allow, policy, role, role_arn, trust)
from registry import (ALLOW, EXPLICIT_DENY, VICTIM, decision, eventually,
                      faults, revoke, tally)

MINE = "222222222222"
ORGANISATION = {"Organization": {
    "Id": "o-abcdefghij", "ManagementAccount": "999999999999",
    "Root": {"Id": "r-abcd", "Accounts": [ACCOUNT], "OrganizationalUnits": [
        {"Id": "ou-abcd-11111111", "Accounts": [MINE],
         "ServiceControlPolicies": ["Guard"]}]}}}
GUARD = {"PolicyName": "Guard", "Arn":
         "arn:aws:organizations::999999999999:policy/o-abcdefghij/"
         "service_control_policy/p-guard",
         "PolicyDocument": policy(allow(), allow("iam:*", effect="Deny"))}


def bucket(arn, action="s3:*", principal="*", effect="Allow"):
    return {"ResourceArn": arn, "PolicyDocument": policy(
        {"Effect": effect, "Principal": principal, "Action": action,
         "Resource": "*"})}


def user(name, account, document):
    return {"UserName": name, "Arn": f"arn:aws:iam::{account}:user/{name}",
            "UserId": "AIDA" + name.upper(), "Path": "/", "UserPolicyList": [
                {"PolicyName": "p", "PolicyDocument": document}]}


def managed(name, account, document):
    return {"PolicyName": name, "Arn": f"arn:aws:iam::{account}:policy/{name}",
            "PolicyDocument": document}


def attempts():
    """(name, what a team writes into its folder)."""
    everything = policy(allow())
    mine = role("Mine", everything, trust({"AWS": "*", **EC2}), MINE)
    yield "a role of another account", role("Taken", everything)
    yield "another's role again", role("Victim", everything)
    yield "another's role in a list", [mine, role("Victim", everything)]
    yield "another's role in an export", {
        "UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": [role("Taken", everything)]}
    yield "another's user", user("root2", ACCOUNT, everything)
    yield "another's policy", managed("Shared", ACCOUNT, everything)
    yield "AWS's policy", {
        "PolicyName": "ReadOnlyAccess", "PolicyDocument": everything,
        "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield "AWS's policy of all SCPs", {
        "PolicyName": "FullAWSAccess", "PolicyDocument": everything,
        "Arn": "arn:aws:organizations::aws:policy/service_control_policy/"
               "p-FullAWSAccess"}
    yield "everybody's buckets", bucket("arn:aws:s3:::*")
    yield "another's bucket", bucket("arn:aws:s3:::polite-bucket")
    yield "a prefix that is longer", bucket("arn:aws:s3:::mineral")
    yield "a wildcard before the prefix", bucket("arn:aws:s3:::*mine-1")
    yield "a question mark", bucket("arn:aws:s3:::min?-bucket")
    yield "any service", bucket("arn:aws:*:::mine-1")
    yield "any partition", bucket("arn:*:s3:::mine-1")
    yield "a role as a resource", bucket(role_arn("Victim"), "sts:AssumeRole")
    yield "the whole world", bucket("*")
    yield "an organisation", ORGANISATION
    yield "an organisation of one's own", {"Organization": {
        **ORGANISATION["Organization"], "Id": "o-zzzzzzzzzz"}}
    yield "one's account under the same id", {"Organization": {
        "Id": "o-abcdefghij", "ManagementAccount": "333333333333",
        "Root": {"Id": "r-zzzz", "Accounts": ["333333333333"]}}}
    yield "a provider", {"OpenIDConnectProvider": {
        "Arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/login.example",
        "Url": "https://login.example", "ClientIDList": ["a"],
        "Jwks": {"keys": []}}}
    yield "a provider of one's own", {"OpenIDConnectProvider": {
        "Arn": f"arn:aws:iam::{MINE}:oidc-provider/login.example",
        "Url": "https://login.example", "ClientIDList": ["a"],
        "Jwks": {"keys": []}}}
    yield "another's revocation until 2099", {"RevokedSessions": [
        {"RoleArn": role_arn("Polite"),
         "IssuedBefore": "2099-01-01T00:00:00Z"}]}
    yield "everybody's source identity", {"RevokedSessions": [
        {"SourceIdentity": "alice"}]}
    yield "another's RoleId", {**mine, "RoleId": VICTIM["RoleId"]}
    yield "a RoleId with a colon", {**mine, "RoleId": "AROAVICTIM:x"}
    yield "settings of another's role", {"RoleSettings": {
        "Arn": role_arn("Victim"), "MaxSessionDuration": 43200}}
    yield "a group of another account", {
        "GroupName": "g", "Arn": f"arn:aws:iam::{ACCOUNT}:group/g",
        "GroupId": "AGPA1", "Path": "/", "GroupPolicyList": []}


def own_names():
    """What a team may define, and what must not touch others' names."""
    everything = policy(allow())
    yield "a policy by the name of an SCP", managed("Guard", MINE, everything)
    yield "FullAWSAccess by its name", managed("FullAWSAccess", MINE,
                                               everything)


@attack(4, "an author beyond his fence", "registry.fences")
def beyond(lab):
    """What one team's folder may try to say about everybody else. Each attempt
    is a fault, and changes nothing for others."""
    lab.write("registry/org.json", ORGANISATION)
    lab.write("registry/guard.json", GUARD)
    registry = (f"{{dir: {lab.path('registry')}, fences: [{{path: team, "
                f"accounts: ['{MINE}'], resources: ['arn:aws:s3:::mine-*']}}]}}")
    server = lab.server([VICTIM], registry=registry)
    lab.write("registry/team/own.json", role("Own", policy(allow()),
                                             account=MINE))
    lab.write("registry/team/bucket.json", bucket("arn:aws:s3:::mine-1"))
    if not eventually(lambda: lab.ops().call("RegistryService.GetStatus")
                      .counts.roles == 3):
        return Outcome(False, "what a team may define does not load: " + "; "
                       .join(f.message for f in faults(lab))[:150])
    victim, polite = lab.token("Victim"), lab.token("Polite")
    own = lab.token("Own", account=MINE)  # under the policy `Guard`
    tried = []
    for name, document in attempts():
        path = lab.write("registry/team/attempt.json", document)
        told = eventually(lambda: faults(lab), 4)
        named = any("attempt.json" in f.file for f in faults(lab))
        got = decision(lab, server, victim)
        others = decision(lab, server, polite, "s3:GetObject",
                          "arn:aws:s3:::polite-bucket/a.txt")
        taken = lab.ec2().code("SecurityTokenService.AssumeRole",
                               role_arn=role_arn("Taken"),
                               role_session_name="xx")
        os.remove(path)
        if not eventually(lambda: not faults(lab)):
            told = False
        tried.append((name, "" if told and named and got == EXPLICIT_DENY and
                      others == ALLOW and taken != "OK" else
                      f"fault {bool(told)}, named {named}, decisions {got} "
                      f"and {others}, a role {taken}"))
    for name, document in own_names():
        path = lab.write("registry/team/attempt.json", document)
        eventually(lambda: faults(lab), 2)
        told = [f.message for f in faults(lab)]
        got = decision(lab, server, own, "iam:GetRole")
        os.remove(path)
        eventually(lambda: not faults(lab))
        tried.append((name, "" if not told and got == EXPLICIT_DENY else
                      f"fault {told[:1]}, decision {got}"))
    return tally(tried, server.peak())


@attack(4, "paths around a fence", "a fence is a folder, whatever its name")
def around(lab):
    """Links, spellings and folders that try to stand outside a fence and in
    the team's folder at once."""
    registry = (f"{{dir: {lab.path('registry')}, fences: [{{path: team, "
                f"accounts: ['{MINE}']}}]}}")
    lab.write("registry/team/own.json", role("Own", policy(allow()),
                                             account=MINE))
    server = lab.server([VICTIM], registry=registry)
    taken = role("Taken", policy(allow()))
    tried = []

    def attempt(name, make, clean):
        make()
        eventually(lambda: faults(lab), 4)
        got = lab.ec2().code("SecurityTokenService.AssumeRole",
                             role_arn=role_arn("Taken"),
                             role_session_name="xx")
        tried.append((name, "" if got != "OK" else "the role is in force"))
        clean()
        eventually(lambda: not faults(lab))

    inside = lab.path("registry/team/sub")
    attempt("a folder below", lambda: lab.write(
        "registry/team/sub/deep/taken.json", taken),
            lambda: shutil.rmtree(inside))
    attempt("a link to a folder beside", lambda: (
        os.makedirs(lab.path("registry/team/.hidden"), exist_ok=True),
        lab.write("registry/team/.hidden/taken.json", taken),
        os.symlink(lab.path("registry/team/.hidden"), inside)),
            lambda: (os.remove(inside),
                     shutil.rmtree(lab.path("registry/team/.hidden"))))
    attempt("a link to a hidden file", lambda: (
        lab.write("registry/team/.taken", taken),
        os.symlink(".taken", lab.path("registry/team/taken.json"))),
            lambda: (os.remove(lab.path("registry/team/taken.json")),
                     os.remove(lab.path("registry/team/.taken"))))
    attempt("a `..data` of the team's own", lambda: (
        lab.write("registry/team/..x/taken.json", taken),
        os.symlink("..x", lab.path("registry/team/..data")),
        os.symlink("..data/taken.json", lab.path("registry/team/taken.json"))),
            lambda: [os.remove(lab.path("registry/team", n))
                     for n in ("..data", "taken.json")])
    return tally(tried, server.peak())


@attack(4, "a folder with a fault holds others up", "fence_faults: hold_folder")
def hold_folder(lab):
    """One team breaks its folder and leaves it so; others' edits, Denies and
    revocations go on, and the team's own Denies stay."""
    registry = (
        f"{{dir: {lab.path('registry')}, fence_faults: hold_folder, "
        f"fences: [{{path: team, accounts: ['{MINE}', '{ACCOUNT}']}}]}}")
    kept = role("Kept", policy(allow("s3:*"),
                               allow("s3:DeleteObject", effect="Deny")))
    lab.write("registry/team/kept.json", kept)
    server = lab.server([VICTIM], registry=registry)
    of_kept, of_victim = lab.token("Kept"), lab.token("Victim")
    lab.write("registry/team/broken.json", "{")
    tried = [("a fault", "" if eventually(lambda: faults(lab)) else "none")]
    lab.write("registry/Victim.json", role("Victim", policy(
        allow("s3:*"), allow("s3:*", effect="Deny"))))
    tried.append(("another's Deny", "" if eventually(lambda: decision(
        lab, server, of_victim, "s3:GetObject") == EXPLICIT_DENY)
        else "waits"))
    os.remove(lab.path("registry/team/kept.json"))
    with contextlib.suppress(Exception):
        eventually(lambda: False, 2)
    tried.append(("its own Deny stays", "" if decision(
        lab, server, of_kept) == EXPLICIT_DENY else "is lost"))
    revoke(lab)
    tried.append(("another's revocation", "" if eventually(lambda: decision(
        lab, server, of_victim) == "UNAUTHENTICATED") else "waits"))
    # Without last good files the folder is not left out at the next start.
    server.stop()
    server = lab.server([VICTIM], registry=registry)
    got = lab.ec2().code("SecurityTokenService.AssumeRole",
                         role_arn=role_arn("Polite"), role_session_name="xx")
    tried.append(("a cold start loads nothing", "" if got != "OK"
                  else "it loads without the folder"))
    return tally(tried, server.peak())


def stops(lab, kept):
    """(name, what an author does to his folder to stop everybody's changes)."""
    team = lab.path("registry/team")

    def write(text, name="x.json"):
        with open(os.path.join(team, name), "w", encoding="utf-8") as file:
            file.write(text)

    def many(count, what):
        for i in range(count):
            what(os.path.join(team, f"m{i}"))

    def empty_then_break():
        for name in os.listdir(team):
            os.remove(os.path.join(team, name))
        eventually(lambda: not faults(lab))
        lab.ops().code("RegistryService.Reload")
        write("{")

    yield "a policy that a central role has is gone", lambda: os.remove(
        os.path.join(team, "shared.json"))
    yield "an emptied folder that breaks", empty_then_break
    yield "more files than there may be", lambda: many(
        900, lambda path: open(path + ".json", "w", encoding="utf-8").close())
    yield "more folders than there may be", lambda: many(900, os.mkdir)
    yield "links to folders by the thousand", lambda: (
        os.mkdir(os.path.join(team, ".x")),
        many(1100, lambda path: os.symlink(".x", path)))
    yield "links that lead nowhere", lambda: many(
        5000, lambda path: os.symlink("none", path + ".json"))
    yield "three megabytes of nothing", lambda: write(
        "[" + ",".join(["{}"] * 1_000_000) + "]")
    yield "a name of half a megabyte", lambda: write(json.dumps(
        [{"RoleName": "r", "k" * 500_000: 1}] * 3))
    yield "the victim's unique id", lambda: write(json.dumps(
        {**kept, "RoleName": "Twin", "RoleId": VICTIM["RoleId"],
         "Arn": role_arn("Twin", account=MINE)}))
    yield "a terabyte of nothing", lambda: (
        write(""), os.truncate(os.path.join(team, "x.json"), 1 << 40))
    yield "new revocations all the time", lambda: [
        (write(json.dumps([{}, {"RevokedSessions": [
            {"RoleArn": role_arn(f"R{n}x{i}", account=MINE),
             "IssuedBefore": "2099-01-01T00:00:00Z"}
            for i in range(5000)]}])),
         lab.ops().code("RegistryService.Reload")) for n in range(10)]


@attack(4, "an author who would stop everybody", "the folder that is at fault "
        "is held back alone, whatever its author does")
def stop_everybody(lab):
    """Each attempt, and then another's Deny, which must be in force soon. The
    memory of the server stays what it was, but for the files themselves."""
    registry = (
        f"{{dir: {lab.path('registry')}, fence_faults: hold_folder, "
        f"limits: {{max_files: 800, max_file_bytes: 20000000}}, "
        f"fences: [{{path: team, accounts: ['{MINE}']}}]}}")
    kept = role("Kept", policy(allow("s3:*")), account=MINE)
    shared = managed("Shared", MINE, policy(allow("s3:List*")))
    uses = role("Uses", policy(allow("s3:*")), AttachedManagedPolicies=[
        {"PolicyName": "Shared", "PolicyArn": shared["Arn"]}])

    def clean():
        shutil.rmtree(lab.path("registry/team"), ignore_errors=True)
        lab.write("registry/team/kept.json", kept)
        lab.write("registry/team/shared.json", shared)
        lab.write("registry/Victim.json", VICTIM)

    clean()
    server = lab.server([VICTIM, uses], registry=registry)
    victim = lab.token("Victim")
    tried = []
    for name, stop in stops(lab, kept):
        clean()
        if not eventually(lambda: not faults(lab) and decision(
                lab, server, victim, "s3:GetObject") == ALLOW, 15):
            tried.append((name, "the folder before it is not mended"))
            continue
        stop()
        told = eventually(lambda: faults(lab), 15)
        lab.write("registry/Victim.json", role("Victim", policy(
            allow("s3:*"), allow("s3:*", effect="Deny"))))
        denied = eventually(lambda: decision(
            lab, server, victim, "s3:GetObject") == EXPLICIT_DENY, 15)
        held = [folder.path for folder in lab.ops().call(
            "RegistryService.GetStatus", timeout=5).held_folders]
        tried.append((name, "" if told and denied and held == ["team"] else
                      f"fault {bool(told)}, another's Deny "
                      f"{'holds' if denied else 'waits'}, held {held}"))
    peak = server.peak()
    tried.append(("the memory", "" if peak < 400 << 20
                  else f"{peak >> 20} MiB"))
    return tally(tried, peak)
