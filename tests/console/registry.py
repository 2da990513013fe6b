"""Registries for the console's tests: a small one in which something of
everything happens, and one with ten thousand roles."""
import json
import os

HERE = "123456789012"
THERE = "210987654321"
OUTSIDE = "999988887777"


def role_arn(name, account=HERE, path="/"):
    return f"arn:aws:iam::{account}:role{path}{name}"


def allow(principal, action="sts:AssumeRole", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def role(name, trust, account=HERE, path="/", statements=None, **more):
    trust = trust if isinstance(trust, list) else [trust]
    return {
        "RoleName": name,
        "Arn": role_arn(name, account, path),
        "Path": path,
        "RoleId": "AROA" + (name.upper().replace("-", "") + "0" * 17)[:17],
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": trust},
        "RolePolicyList": [{
            "PolicyName": "permissions",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": statements or [{
                    "Sid": "ReadInvoices", "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::invoices/*"}]}}],
        **more,
    }


def user(name):
    return {"UserName": name, "Arn": f"arn:aws:iam::{HERE}:user/{name}"}


def provider():
    return {"OpenIDConnectProvider": {
        "Arn": f"arn:aws:iam::{HERE}:oidc-provider/id.example/pods",
        "Url": "https://id.example/pods", "ClientIDList": ["rolegate"]}}


def billing():
    """The role in the middle of the graph."""
    return role(
        "billing-writer",
        [
            allow({"AWS": role_arn("deploy-pipeline")}, Sid="Pipeline"),
            allow({"AWS": role_arn("auditor", THERE)}, Sid="Auditors",
                  Condition={
                      "StringEquals": {"sts:ExternalId": "audit-2026"},
                      "IpAddress": {
                          "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}),
            allow({"AWS": f"arn:aws:iam::{HERE}:user/ann"}, Sid="Ann",
                  Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            allow({"Service": "invoices.example.com"}, Sid="InvoiceService"),
            allow({"Federated": f"arn:aws:iam::{HERE}:oidc-provider/"
                                "id.example/pods"},
                  "sts:AssumeRoleWithWebIdentity", Sid="Pods",
                  Condition={"StringEquals": {
                      "id.example/pods:sub":
                          "system:serviceaccount:billing:writer"}}),
            allow({"AWS": OUTSIDE}, Sid="Partner"),
            {"Sid": "NeverFromTheOldOffice", "Effect": "Deny",
             "Principal": "*", "Action": "sts:*",
             "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}},
            {"Sid": "OnlyOurs", "Effect": "Deny",
             "NotPrincipal": {"AWS": [f"arn:aws:iam::{HERE}:root",
                                      role_arn("deploy-pipeline")]},
             "Action": "sts:AssumeRole",
             "Condition": {"StringNotLike": {
                 "aws:PrincipalOrgID": "o-example"}}},
        ],
        path="/finance/", Tags=[{"Key": "team", "Value": "billing"}],
        statements=[
            {"Sid": "WriteInvoices", "Effect": "Allow",
             "Action": ["s3:PutObject", "s3:GetObject"],
             "Resource": "arn:aws:s3:::invoices/*"},
            {"Sid": "NeverDelete", "Effect": "Deny",
             "Action": "s3:Delete*", "Resource": "*"},
            {"Sid": "FromTheOffice", "Effect": "Allow",
             "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::invoices",
             "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            {"Sid": "Archive", "Effect": "Allow", "Action": "sts:AssumeRole",
             "Resource": "*"}])


BILLING = role_arn("billing-writer", path="/finance/")

XSS = "<script>window.attacked=1</script><img src=x onerror=window.attacked=1>"
BIDI = "safe\u202egnp.exe\u2066\u200b"


def small():
    """Files by name."""
    roles = [
        billing(),
        role("deploy-pipeline", [
            allow({"AWS": role_arn("ci-runner")}, Sid="Runner"),
            allow({"AWS": f"arn:aws:iam::{HERE}:root"}, Sid="Account")]),
        role("ci-runner", allow({"Service": "ec2.amazonaws.com"})),
        role("auditor", allow({"AWS": f"arn:aws:iam::{THERE}:root"}),
             account=THERE),
        role("invoice-archive", allow({"AWS": BILLING}, Sid="Writers"),
             path="/finance/"),
        role("ledger", [allow({"AWS": BILLING}, Sid="Writers", Condition={
            "StringLike": {"sts:RoleSessionName": "batch-*"}})],
             account=THERE),
        role("public-report", allow("*", Sid="Anybody", Condition={
            "StringEquals": {"sts:ExternalId": "open"}})),
        role("ledger-reader", allow({"AWS": role_arn("ledger", THERE)}),
             account=THERE),
    ]
    hostile = role(
        "hostile",
        [allow({"AWS": HERE}, Condition={
            "StringEquals": {"sts:ExternalId": [XSS, BIDI],
                             "aws:RequestTag/javascript:x": XSS}})],
        Tags=[{"Key": "note", "Value": "javascript:window.attacked=1"}],
        Description=XSS)
    files = {f"roles/{r['RoleName']}.json": r for r in roles + [hostile]}
    files["users.json"] = [user("ann"), user("bob")]
    files["provider.json"] = provider()
    return files


def large(roles=10_000):
    """The small one and many roles, whose names are words to search for."""
    files = dict(small())
    teams = ["payments", "search", "platform", "mobile", "data", "growth",
             "identity", "support"]
    kinds = ["reader", "writer", "deployer", "operator", "backup"]
    batch = []
    for i in range(roles - len(files) + 2):
        team = teams[i % len(teams)]
        kind = kinds[i // len(teams) % len(kinds)]
        name = f"{team}-{kind}-{i:05}"
        if i < 400:
            trust = allow({"AWS": BILLING})  # a hub of the graph
        elif i % 3 == 0:
            trust = allow({"AWS": HERE})
        else:
            trust = allow({"Service": "ec2.amazonaws.com"})
        batch.append(role(name, trust, account=[HERE, THERE][i % 2],
                          path=f"/{team}/"))
        if len(batch) == 500:
            files[f"many/{len(files):03}.json"] = batch
            batch = []
    if batch:
        files[f"many/{len(files):03}.json"] = batch
    return files


def write(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="utf-8") as file:
            if isinstance(content, str):
                file.write(content)
            else:
                json.dump(content, file, ensure_ascii=False, indent=1)
        os.rename(path + ".new", path)
