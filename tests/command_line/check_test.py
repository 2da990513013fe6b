"""`check` of files and of large registries, and what the server's log says.
   check_test.py BIN SOURCE
"""
import json
import os

import support

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
     "Action": "sts:AssumeRole"}]}
ALLOW = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject",
     "Resource": "arn:aws:s3:::b/*"}]}


def role(name, **members):
    return {"RoleName": name, "Arn": f"arn:aws:iam::123456789012:role/{name}",
            "RoleId": f"AROA{name}", "AssumeRolePolicyDocument": TRUST,
            "RolePolicyList": [
                {"PolicyName": "p", "PolicyDocument": ALLOW}]} | members


ATTACHED = {"AttachedManagedPolicies": [
    {"PolicyName": "P", "PolicyArn": "arn:aws:iam::123456789012:policy/P"}]}
POLICY = {"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P",
          "PolicyDocument": ALLOW}

FILES = {
    "iam/good.json": role("Good"),
    "iam/attached.json": role("Attached", **ATTACHED),
    "iam/policies/p.json": POLICY,
    "iam/bad.json": role("Bad", PermissionBoundary={}),
    "good/good.json": role("Good"),
    "good/attached.json": role("Attached", **ATTACHED),
    "good/policies/p.json": POLICY,
    "bare.json": TRUST,
    "deny.JSON": role("Denied"),
    "derived.json": {k: v for k, v in role("Derived").items()
                     if k != "RoleId"},
}

# Words, exit code, what is printed, and what is not.
ROWS = [
    # One file, and many.
    ("check iam/good.json", 0,
     ["good by itself: 1 role, 0 users, 0 managed policies in 1 file"],
     ["error"]),
    ("check iam/good.json iam/attached.json iam/policies/p.json", 0,
     ["good by itself: 2 roles, 0 users, 1 managed policy in 3 files"],
     ["MissingPolicy", "other files"]),
    ("check iam/bad.json", 1,
     ["iam/bad.json:1:", "did you mean `PermissionsBoundary`?",
      "1 file with errors"], []),
    ("check iam/good.json iam/bad.json", 1,
     ["iam/bad.json:1:", "2 files with errors"], ["iam/good.json:1"]),
    ("check iam/good.json iam/good.json", 0, ["in 1 file"], ["Duplicate"]),
    # What other files may define is not reported.
    ("check iam/attached.json", 0,
     ["good by itself: 1 role",
      "1 name may be defined in other files, which were not looked at"],
     ["MissingPolicy", "error"]),
    # With the registry, it is.
    ("check --registry good good/attached.json", 0,
     ["good loads; 0 findings in other files"], ["MissingPolicy"]),
    ("check --registry iam iam/good.json", 0,
     ["iam does not load; 1 finding in other files"], ["iam/bad.json"]),
    ("check --registry iam iam/bad.json", 1,
     ["bad.json:1:", "did you mean `PermissionsBoundary`?",
      "iam does not load; 0 findings in other files"], []),
    ("check --registry iam bare.json", 2,
     ["bare.json: expected a file in the registry iam"], []),
    # Files and folders together.
    ("check good iam/bad.json", 1,
     ["good loads: 2 roles", "iam/bad.json:1:"], []),
    ("check good iam", 1, ["good loads: 2 roles", "iam does not load",
                           "iam/bad.json:1:"], []),
    ("check bare.json", 1, ["this is the trust policy alone"], []),
    ("check deny.JSON", 0, ["[SkippedFile]", "good by itself: 1 role"], []),
    ("check iam/nowhere.json", 2, ["does not exist"], []),
    ("check", 2, ["paths is required"], []),
    ("check -o json iam/bad.json", 1,
     ['"loads": false', '"code": "UnknownMember"', '"count": 1'], []),
    ("check -o sarif iam/bad.json", 1, ['"uri": "iam/bad.json"'], []),
    ("check -o sarif --registry iam iam/bad.json", 1,
     ['"uri": "iam/bad.json"'], []),
    # A derived id is a suggestion.
    ("check derived.json", 0, ["suggestion: derived.json", "[DerivedId]"], []),
    ("check --fail-on warning derived.json", 0, ["[DerivedId]"], []),
    ("check --only DerivedId derived.json", 0, ["[DerivedId]"], []),
    ("check --only MissingVersion derived.json", 0, ["good by itself"],
     ["[DerivedId]"]),
    # A large registry.
    ("check many", 0,
     ["suggestion: [DerivedId] 150 times", "  and 147 more",
      "150 findings in all: `--details` lists each, and `--only CODE` those "
      "of one code", "many.json:1:", "loads: 150 roles"], ["[149]"]),
    ("check --details many", 0, ["[149]", "loads: 150 roles"],
     ["findings in all"]),
    ("check --only DerivedId many", 0, ["[149]"], ["findings in all"]),
    ("check --only EmptySid --fail-on suggestion many", 1, ["loads: 150"],
     ["DerivedId"]),
    ("check --ignore DerivedId many", 0, ["loads: 150 roles"], ["DerivedId"]),
    ("check -o json many", 0, ['"count": 150', "[149]"], []),
]


def main():
    table = support.Table()
    with support.work_dir() as work:
        for name, content in FILES.items():
            path = os.path.join(work, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(content, file)
        os.mkdir(os.path.join(work, "many"))
        with open(os.path.join(work, "many/many.json"), "w",
                  encoding="utf-8") as file:
            json.dump([{k: v for k, v in role(f"R{i}").items()
                        if k != "RoleId"} for i in range(150)], file)
        logged = os.path.join(work, "logged")
        os.mkdir(logged)
        os.link(os.path.join(work, "derived.json"),
                os.path.join(logged, "derived.json"))
        os.link(os.path.join(work, "deny.JSON"),
                os.path.join(logged, "deny.JSON"))
        env = support.environment(work)
        for words, code, present, absent in ROWS:
            table.row(words, env, code, *present, absent=absent, cwd=work)

        # A case needs no id; its place stands for it.
        case = json.dumps({"request": {
            "principal": {"AWS": "arn:aws:iam::123456789012:user/u"},
            "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"},
            "policies": {"identity": [ALLOW]}, "expect": "ALLOW"})
        table.row("simulate", env, 0, '"id":"standard input:1"',
                  '"decision":"ALLOW"', stdin=case)
        path = os.path.join(work, "case.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{case}\n{case}\n")
        table.row("test case.ndjson", env, 0, cwd=work)

        # The server warns of a file that it skips, and of no derived id.
        with support.Server(work, "--registry", logged,
                            "--listen", "127.0.0.1:0", "--dev") as server:
            with open(server.log, encoding="utf-8") as log:
                text = log.read()
            table.check("the server's log", "DerivedId" not in text, text)
            table.check("the server's log", "SkippedFile" in text, text)
    table.finish()


main()
