"""The JSON Schema of registry files beside `rolegate check`.

   schema_test.py BIN SOURCE

Every example of docs/registry.md and every registry in the repository must
satisfy the schema and load.  Typical mistakes must fail both.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    # Debian's package is for Debian's Python.
    if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

BIN, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
SCHEMA = json.loads(
    (SOURCE / "deploy/schema/registry.schema.json").read_text("utf-8"))
ROLE_ARN = "arn:aws:iam::123456789012:role/R"


def document(**statement):
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW = document(Effect="Allow", Action="s3:*", Resource="*")
TRUST = document(Effect="Allow", Principal={"Service": "ec2.amazonaws.com"},
                 Action="sts:AssumeRole")


def trust(principal, **more):
    return role(AssumeRolePolicyDocument=document(
        Effect="Allow", Principal=principal, Action="sts:AssumeRole", **more))


def role(**members):
    return {"RoleName": "R", "Arn": ROLE_ARN, "RoleId": "AROAR",
            "AssumeRolePolicyDocument": TRUST} | members


def without(entity, member):
    return {k: v for k, v in entity.items() if k != member}


# What people get wrong, by what it is.
MISTAKES = {
    "no ARN": without(role(), "Arn"),
    "no trust policy": without(role(), "AssumeRolePolicyDocument"),
    "an account of eleven digits": role(Arn="arn:aws:iam::12345678901:role/R"),
    "the ARN of a user": role(Arn="arn:aws:iam::123456789012:user/R"),
    "a misspelled member": role(PermissionBoundary={}),
    "a member in other letters": role(rolePolicyList=[]),
    "a session that is too long": role(MaxSessionDuration=50000),
    "a session in text": role(MaxSessionDuration="3600"),
    "an unknown binding": role(RequireBoundSessions="TLS"),
    "tags as an object": role(Tags={"a": "b"}),
    "a tag without a key": role(Tags=[{"Value": "b"}]),
    "an inline policy without a name": role(
        RolePolicyList=[{"PolicyDocument": ALLOW}]),
    "an inline policy without a document": role(
        RolePolicyList=[{"PolicyName": "p"}]),
    "an attached policy by name": role(
        AttachedManagedPolicies=[{"PolicyName": "p"}]),
    "a boundary as text": role(PermissionsBoundary=ROLE_ARN),
    "a principal with a wildcard": trust(
        {"AWS": "arn:aws:iam::123456789012:role/*"}),
    "a group as a principal": trust(
        {"AWS": "arn:aws:iam::123456789012:group/g"}),
    "a principal of eleven digits": trust(
        {"AWS": "arn:aws:iam::12345678910:root"}),
    "an account with hyphens": trust({"AWS": "1234-5678-9012"}),
    "an unknown kind of principal": trust({"Aws": "*"}),
    "a principal as text": trust("123456789012"),
    "a provider of an account of eleven digits": trust(
        {"Federated": "arn:aws:iam::12345678901:saml-provider/C"}),
    "a resource in a trust policy": trust("*", Resource="*"),
    "an unknown operator": trust(
        "*", Condition={"StringEqual": {"aws:SourceAccount": "1"}}),
    "a condition without an operator": trust(
        "*", Condition={"aws:SourceAccount": "123456789012"}),
    "an effect in small letters": role(AssumeRolePolicyDocument=document(
        Effect="allow", Principal="*", Action="sts:AssumeRole")),
    "no effect": role(AssumeRolePolicyDocument=document(
        Principal="*", Action="sts:AssumeRole")),
    "no statement": role(AssumeRolePolicyDocument={"Version": "2012-10-17"}),
    "an empty list of statements": role(
        AssumeRolePolicyDocument={"Statement": []}),
    "an unknown version": role(
        AssumeRolePolicyDocument=TRUST | {"Version": "2012-10-07"}),
    "an unknown element": role(RolePolicyList=[
        {"PolicyName": "p", "PolicyDocument": document(
            Effect="Allow", Actions="s3:*", Resource="*")}]),
    "a principal in a permission policy": role(RolePolicyList=[
        {"PolicyName": "p", "PolicyDocument": document(
            Effect="Allow", Principal="*", Action="s3:*", Resource="*")}]),
    "no resource in a permission policy": role(RolePolicyList=[
        {"PolicyName": "p", "PolicyDocument": document(
            Effect="Allow", Action="s3:*")}]),
    "Action and NotAction": role(RolePolicyList=[
        {"PolicyName": "p", "PolicyDocument": document(
            Effect="Allow", Action="s3:*", NotAction="s3:*", Resource="*")}]),
    "an empty list of actions": role(RolePolicyList=[
        {"PolicyName": "p", "PolicyDocument": document(
            Effect="Allow", Action=[], Resource="*")}]),
    "a bare trust policy": TRUST,
    "a bare permission policy": ALLOW,
    "a bare statement": ALLOW["Statement"][0],
    "a template of CloudFormation": {"Resources": {"R": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST}}}},
    "properties of CloudFormation": {
        "RoleName": "R", "AssumeRolePolicyDocument": TRUST,
        "ManagedPolicyArns": []},
    "a role of Terraform": {"name": "r", "assume_role_policy": "{}"},
    "a dump of an SDK": {"roleName": "R", "assumeRolePolicyDocument": "{}"},
    "a number": 7,
    "an empty object": {},
    "a managed policy without a document": {
        "PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P"},
    "a managed policy without its ARN": {
        "PolicyName": "P", "PolicyDocument": ALLOW},
    "a version without its policy": {"PolicyVersion": {
        "Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": True}},
    "a version that is not in force": {
        "Arn": "arn:aws:iam::123456789012:policy/P", "PolicyVersion": {
            "Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": False}},
    "what get-policy prints": {"Policy": {
        "PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P",
        "DefaultVersionId": "v1"}},
    "an export that is not whole": {
        "RoleDetailList": [], "IsTruncated": True, "Marker": "m"},
    "a user without an ARN": {"UserName": "u"},
    "groups that are no texts": {
        "UserName": "u", "Arn": "arn:aws:iam::123456789012:user/u",
        "GroupList": [{"GroupName": "g"}]},
    "a device without a seed": {
        "UserName": "u", "Arn": "arn:aws:iam::123456789012:user/u",
        "MFADevices": [{"SerialNumber": "serial-number"}]},
    "a resource that is no ARN": {
        "ResourceArn": "bucket", "PolicyDocument": document(
            Effect="Allow", Principal="*", Action="s3:*", Resource="*")},
    "an organization without its root": {"Organization": {"Id": "o-1"}},
    "an organization with another id": {
        "Organization": {"Id": "org", "Root": {"Id": "r-1"}}},
    "an account of an organization as a number": {
        "Organization": {"Id": "o-1", "Root": {
            "Id": "r-1", "Accounts": [123456789012]}}},
    "an unknown member of an organization": {
        "Organization": {"Id": "o-1", "Root": {"Id": "r-1", "Zebra": 1}}},
    "settings with an unknown member": {
        "RoleSettings": {"Arn": ROLE_ARN, "Zebra": 1}},
    "a provider without an audience": {"OpenIDConnectProvider": {
        "Arn": "arn:aws:iam::123456789012:oidc-provider/a.example",
        "Url": "https://a.example"}},
    "a provider of an account of eleven digits ": {"SAMLProvider": {
        "Arn": "arn:aws:iam::12345678901:saml-provider/C",
        "SAMLMetadataFile": "c.xml"}},
    "a SAML provider without metadata": {"SAMLProvider": {
        "Arn": "arn:aws:iam::123456789012:saml-provider/C"}},
    "a revocation of nothing": {"RevokedSessions": [{"Reason": "x"}]},
    "a revocation of a role without a time": {
        "RevokedSessions": [{"RoleArn": ROLE_ARN}]},
    "a revocation of an access key of AWS": {
        "RevokedSessions": [{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}]},
    "a policy of tags": {"Policy": {"PolicySummary": {
        "Arn": "arn:aws:organizations::123456789012:policy/o-1/tag_policy/p-1",
        "Name": "T", "Type": "TAG_POLICY"}, "Content": "{}"}},
}

# What the examples of the page do not show.
GOOD = {
    "a role as get-role prints it": {
        "Role": role(CreateDate="2026-01-01T00:00:00+00:00", RoleLastUsed={}),
        "ResponseMetadata": {"HTTPStatusCode": 200}},
    "a list of roles": {"Roles": [role()], "IsTruncated": False},
    "a date as a number": role(CreateDate=1577836800),
    "what the SDK for JavaScript dumps": {
        "Role": role(), "$metadata": {"httpStatusCode": 200}},
    "a document in percent-encoding": role(
        AssumeRolePolicyDocument="%7B%22Version%22%3A%222012-10-17%22%2C"
        "%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal"
        "%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"),
    "one statement without a list": role(
        AssumeRolePolicyDocument={"Statement": TRUST["Statement"][0]}),
    "a schema and a description": role() | {
        "$schema": "registry.schema.json", "Description": "x"},
    "get-policy and get-policy-version": {
        "Policy": {"PolicyName": "P",
                   "Arn": "arn:aws:iam::123456789012:policy/P",
                   "DefaultVersionId": "v1"},
        "PolicyVersion": {"Document": ALLOW, "VersionId": "v1",
                          "IsDefaultVersion": True}},
    "a policy of a key": {
        "PolicyName": "default",
        "ResourceArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "Policy": json.dumps(document(
            Effect="Allow", Principal={"AWS": "123456789012"},
            Action="kms:*", Resource="*"))},
    "operators of every kind": trust("*", Condition={
        "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]},
        "Null": {"aws:SourceIp": True},
        "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
    "a list of lists": [[role()], []],
}


def registry_dirs():
    """The folders of the repository that hold registries."""
    files = subprocess.run(
        ["git", "-C", SOURCE, "ls-files", "*.json"], text=True, check=False,
        stdout=subprocess.PIPE).stdout.splitlines()
    if not files:  # an archive has no history
        files = [str(p.relative_to(SOURCE)) for folder in ("deploy", "client")
                 for p in (SOURCE / folder).rglob("registry/**/*.json")]
    return sorted({name[:name.index("registry/") + len("registry")]
                   for name in files
                   if "registry/" in name and not name.startswith("tests/")})


class Test:
    def __init__(self):
        self.validator = jsonschema.Draft7Validator(SCHEMA)
        self.faults = []
        self.count = 0

    def expect(self, holds, message):
        self.count += 1
        if not holds:
            self.faults.append(message)

    def satisfies(self, value):
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                for e in self.validator.iter_errors(value)]

    @staticmethod
    def check(*paths):
        """The errors of `rolegate check`, by file."""
        done = subprocess.run([BIN / "rolegate", "check", "--output", "json",
                               *paths], stdout=subprocess.PIPE, check=False,
                              timeout=120)
        found = json.loads(done.stdout)
        by_file = {}
        for finding in found["findings"]:
            if finding["severity"] == "ERROR" or \
                    finding["severity"] == "error":
                by_file.setdefault(finding["file"], []).append(
                    finding["message"])
        return found["loads"], by_file

    def good(self, name, value, work):
        file = work / "good.json"
        file.write_text(json.dumps(value), encoding="utf-8")
        errors = self.satisfies(value)
        self.expect(not errors, f"{name}: the schema refuses it: {errors}")
        loads, errors = self.check(file)
        self.expect(loads and not errors, f"{name} does not load: {errors}")

    def mistake(self, name, value, work):
        file = work / "mistake.json"
        file.write_text(json.dumps(value), encoding="utf-8")
        self.expect(self.satisfies(value), f"{name}: the schema takes it")
        _, errors = self.check(file)
        self.expect(errors, f"{name}: `rolegate check` takes it")

    def page(self, work):
        text = (SOURCE / "docs/registry.md").read_text("utf-8")
        blocks = re.findall(r"^```json\n(.*?)^```", text, re.S | re.M)
        examples = [json.loads(block) for block in blocks]
        examples = [e for e in examples if "json.schemas" not in e]
        self.expect(len(examples) >= 13, "docs/registry.md lacks examples")
        folder = work / "page"
        folder.mkdir()
        for i, example in enumerate(examples):
            self.good(f"example {i + 1} of docs/registry.md", example, work)
            (folder / f"{i}.json").write_text(json.dumps(example), "utf-8")
        loads, errors = self.check(folder)
        self.expect(loads, f"the page's examples do not load together: "
                           f"{errors}")

    def registries(self):
        folders = registry_dirs()
        self.expect(len(folders) >= 2, f"found the registries {folders} only")
        for folder in folders:
            loads, errors = self.check("--allow-empty", SOURCE / folder)
            self.expect(loads, f"{folder} does not load: {errors}")
            for file in sorted((SOURCE / folder).rglob("*.json")):
                errors = self.satisfies(json.loads(file.read_text("utf-8")))
                self.expect(not errors, f"{file}: {errors}")

    def other_pages(self):
        """Entities in the blocks of other pages satisfy the schema, too."""
        telling = {"AssumeRolePolicyDocument", "RevokedSessions",
                   "OpenIDConnectProvider", "SAMLProvider", "Organization",
                   "RoleSettings", "ResourceArn", "UserName"}
        for page in [SOURCE / "README.md", *(SOURCE / "docs").glob("*.md")]:
            for block in re.findall(r"^```json\n(.*?)^```",
                                    page.read_text("utf-8"), re.S | re.M):
                try:
                    value = json.loads(block)
                except ValueError:
                    continue  # a line or a part of something
                if isinstance(value, dict) and telling & set(value):
                    errors = self.satisfies(value)
                    self.expect(not errors, f"{page.name}: {errors}")

    def run(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        with tempfile.TemporaryDirectory() as name:
            work = pathlib.Path(name)
            self.page(work)
            for description, value in GOOD.items():
                self.good(description, value, work)
            for description, value in MISTAKES.items():
                self.mistake(description, value, work)
        self.registries()
        self.other_pages()
        print("\n".join(self.faults) or f"{self.count} checks hold")
        return 1 if self.faults else 0


os.environ.pop("ROLEGATE_SERVER", None)
sys.exit(Test().run())
