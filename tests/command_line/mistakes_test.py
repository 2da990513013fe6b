"""Mistakes that newcomers make, and the first message that they see: it says what is
wrong, and what to do.
   mistakes_test.py BIN SOURCE
"""
import json
import os
import tempfile

import support
import tls

ACCOUNT = "123456789012"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
EC2 = "service:ec2.amazonaws.com"
AUDIENCE = {f"{GITHUB}:aud": "sts.amazonaws.com"}
SUBJECT = f"{GITHUB}:sub"
MAIN = "repo:acme/shop:ref:refs/heads/main"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal, condition=None, action="sts:AssumeRole"):
    statement = {"Effect": "Allow", "Action": action, "Principal": principal}
    if condition:
        statement["Condition"] = condition
    return policy(statement)


def web(condition, provider=PROVIDER):
    return trust({"Federated": provider}, condition,
                 "sts:AssumeRoleWithWebIdentity")


def role(document=None, permissions=None, **more):
    return {"Role": {
        "RoleName": "R", "Arn": f"arn:aws:iam::{ACCOUNT}:role/R",
        "RoleId": "AROAEXAMPLE", "Path": "/",
        "AssumeRolePolicyDocument":
            document or trust({"Service": "ec2.amazonaws.com"}),
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument":
                            permissions or policy({
                                "Effect": "Allow", "Action": "s3:GetObject",
                                "Resource": "arn:aws:s3:::b/*"})}], **more}}


def text(value):
    return json.dumps(value, indent=1)


GITHUB_PROVIDER = text({"OpenIDConnectProvider": {
    "Arn": PROVIDER, "Url": GITHUB, "ClientIDList": ["sts.amazonaws.com"]}})

# What somebody did, the files of the registry, and words of the first message.
FILES = [
    ("a provider's ARN with a typing error",
     {"r.json": text(role(web({"StringEquals": {**AUDIENCE, SUBJECT: MAIN}},
                              PROVIDER.replace("actions", "action")))),
      "p.json": GITHUB_PROVIDER},
     ["holds no such identity provider", "define the provider"]),
    ("a trust without `sub`",
     {"r.json": text(role(web({"StringEquals": AUDIENCE}))),
      "p.json": GITHUB_PROVIDER},
     ["every identity of the provider may assume", "require the `:sub`"]),
    ("an audience that the provider does not list",
     {"r.json": text(role(web({"StringEquals": {
         f"{GITHUB}:aud": "sts.amazon.com", SUBJECT: MAIN}}))),
      "p.json": GITHUB_PROVIDER},
     ["not in the provider's `ClientIDList`", "`sts.amazonaws.com`"]),
    ("StringEquals with a wildcard",
     {"r.json": text(role(web({"StringEquals": {
         **AUDIENCE, SUBJECT: "repo:acme/*"}}))), "p.json": GITHUB_PROVIDER},
     ["`*` is no wildcard", "use `StringLike`"]),
    ("a subject of every owner whose name begins so",
     {"r.json": text(role(web({"StringEquals": AUDIENCE, "StringLike": {
         SUBJECT: "repo:acme*:*"}}))), "p.json": GITHUB_PROVIDER},
     ["subjects of other owners", "begin the value with what is yours"]),
    ("an account of eleven digits",
     {"r.json": text(role(trust({"AWS": "arn:aws:iam::12345678910:root"})))},
     ["an account has twelve digits"]),
    ("a file in UTF-16", {"r.json": text(role()).encode("utf-16")},
     ["byte order mark of UTF-16", "save the file as UTF-8"]),
    ("a byte order mark", {"r.json": text(role()).encode("utf-8-sig")},
     ["byte order mark", "UTF-8 without"]),
    ("a comment", {"r.json": "// mine\n" + text(role())},
     ["comments are not part of JSON", "remove `//`"]),
    ("a comma too many",
     {"r.json": text(role()).replace('"Path": "/",', '"Path": "/",,')},
     ["not JSON", "remove the comma"]),
    ("a CloudFormation template",
     {"r.json": text({"Resources": {"R": {"Type": "AWS::IAM::Role",
                                          "Properties": {}}}})},
     ["CloudFormation template", "`aws iam get-role`"]),
    ("a trust policy alone",
     {"r.json": text(trust({"Service": "ec2.amazonaws.com"}))},
     ["trust policy alone", "put it into a role"]),
    ("a managed policy that nobody exported",
     {"r.json": text(role(AttachedManagedPolicies=[{
         "PolicyName": "Reads",
         "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Reads"}]))},
     ["no policy", "export it with", "`registry.missing_policies: deny`"]),
    ("a file whose name ends with .JSON",
     {"r.json": text(role()), "deny.JSON": text(role())},
     ["deny.JSON", "is not read", "rename it"]),
    ("a service with a typing error",
     {"r.json": text(role(trust({"Service": "ecs-task.amazonaws.com"})))},
     ["did you mean `ecs-tasks.amazonaws.com`"]),
    ("a group as principal",
     {"r.json": text(role(trust({
         "AWS": f"arn:aws:iam::{ACCOUNT}:group/devs"})))},
     ["groups are never principals", "name the users"]),
    ("a wildcard in a principal",
     {"r.json": text(role(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/x-*"})))},
     ["a principal has no wildcards", "`aws:PrincipalArn`"]),
    ("a member with a typing error",
     {"r.json": text(role()).replace("RolePolicyList", "RolePolicyLst")},
     ["did you mean `RolePolicyList`?"]),
    ("an operator with a typing error",
     {"r.json": text(role(permissions=policy({
         "Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringEqual": {"aws:username": "x"}}})))},
     ["did you mean `StringEquals`?"]),
]


def check_files(table):
    for what, files, words in FILES:
        with tempfile.TemporaryDirectory() as work:
            registry = os.path.join(work, "registry")
            os.mkdir(registry)
            for name, content in files.items():
                if isinstance(content, str):
                    content = content.encode()
                with open(os.path.join(registry, name), "wb") as file:
                    file.write(content)
            _, out, error = support.run(
                [support.ROLEGATE, "check", registry],
                support.environment(work))
            lines = [line for line in (error + out).split("\n")
                     if line and not line.startswith("loads: ")]
            table.expect(what, lines[0] if lines else "", words)


def check_calls(table):
    with tempfile.TemporaryDirectory() as work:
        os.mkdir(os.path.join(work, "registry"))
        with open(os.path.join(work, "registry", "r.json"), "w",
                  encoding="utf-8") as file:
            file.write(text(role()))
        ca = tls.authority(work, "ca")
        cert, key = tls.certificate(work, "server", "ca",
                                    "DNS:localhost,IP:127.0.0.1")
        client, client_key = tls.certificate(
            work, "client", "ca", "URI:spiffe://example.org/ns/x/sa/y")
        socket = os.path.join(work, "s")
        config = {
            "registry": {"dir": os.path.join(work, "registry")},
            "listeners": [
                {"address": f"unix:{socket}",
                 "authenticators": ["session-token", "unix"],
                 "principals": ["service:*"]},
                {"address": "127.0.0.1:0",
                 "authenticators": ["mtls", "session-token"],
                 "tls": {"cert": cert, "key": key, "client_ca": ca},
                 "mappings": [{
                     "spiffe_id": "spiffe://example.org/ns/prod/sa/*",
                     "principal": EC2}]}]}

        def say(*words, **variables):
            _, out, error = support.run(
                [support.ROLEGATE, *words],
                support.environment(work, **variables))
            return (error + out).strip()
        assume = ["assume-role", "--server", f"unix:{socket}", "--principal",
                  EC2, "--role-session-name", "test", "--role-arn"]
        arn = f"arn:aws:iam::{ACCOUNT}:role/R"
        with support.Server(work, config=config) as server:
            secure = server.addresses["listeners"][1]
            token = json.loads(say(*assume, arn, "-o", "json"))[
                "Credentials"]["SessionToken"]
            for what, said, words in [
                    ("plain to a TLS port", say("whoami", "--server", secure),
                     ["speaks TLS", "--tls-ca"]),
                    ("TLS to a plain port",
                     say("whoami", "--server", f"unix:{socket}", "--tls-ca",
                         ca), ["speaks no TLS", "leave --tls-ca"]),
                    ("a certificate without a mapping",
                     say("whoami", "--server", secure, "--tls-ca", ca,
                         "--tls-cert", client, "--tls-key", client_key),
                     ["`spiffe://example.org/ns/x/sa/y` has no mapping"]),
                    ("a role's ARN without a colon",
                     say(*assume, arn.replace("::", ":")),
                     ["ValidationError", "must be the ARN of a role"]),
                    ("an exported session beside --principal",
                     say("authorize", "--server", f"unix:{socket}",
                         "--principal", EC2, "--action", "s3:GetObject",
                         "--resource", "*", ROLEGATE_SESSION_TOKEN=token),
                     ["ROLEGATE_SESSION_TOKEN is not used"]),
                    ("a server that nobody started",
                     say("whoami", "--server", "localhost:1"),
                     ["nobody listens there", "--server"]),
                    ("a command with a typing error", say("assum-role"),
                     ["did you mean `assume-role`?"]),
                    ("a flag with a typing error", say("authorize", "--acton"),
                     ["did you mean `--action`?"])]:
                table.expect(what, said, words)
        with support.Server(work, config=config, name="again"):
            table.expect(
                "a session of a server that began anew",
                say("whoami", "--server", f"unix:{socket}",
                    ROLEGATE_SESSION_TOKEN=token),
                ["assume the role again", "session.keys_dir"])


class Mistakes:
    """Collects messages that lack the words that help."""

    def __init__(self):
        self.count = 0
        self.faults = []

    def expect(self, what, said, words):
        self.count += 1
        missing = [word for word in words if word not in said]
        if missing:
            self.faults.append(f"{what}: lacks {missing} in\n  {said}")


def main():
    table = Mistakes()
    check_files(table)
    check_calls(table)
    print("\n".join(table.faults) or f"{table.count} mistakes are explained")
    return 1 if table.faults or table.count < 20 else 0


raise SystemExit(main())
