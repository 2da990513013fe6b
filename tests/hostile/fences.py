"""Attacks by an author of one team on everything that is not his.

The defence is `registry.fences`: what stands below a path may define entities
of its accounts only, resource policies on its ARN prefixes only, and of its
kinds only.
"""
import contextlib
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
