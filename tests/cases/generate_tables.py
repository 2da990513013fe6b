#!/usr/bin/env python3
"""Writes tables.ndjson: whole tables of AWS's guide, row by row.

    generate_tables.py           writes tables.ndjson beside this file
    generate_tables.py --check   fails unless that file is what it would write

Nothing here asks the engine.  An answer follows from one of the plain rules
below, or, where a table is a list of examples, stands beside the example.

The decision (IAM User Guide, "Policy evaluation logic" and "Cross-account
policy evaluation logic"):
  - An explicit Deny is final.
  - Within an account a resource policy that names the caller itself suffices.
    One that names its role suffices within boundary and session policy.  One
    that names its account leaves it to the identity policies.
  - A role is assumed only by its trust policy, whatever identity policies say.
  - Across accounts the resource policy and the identity policies must both
    allow, within boundary and session policy.
  - A federated user has what its session policies allow of what the identity
    policies allow, and nothing without session policies.
  - Services, federated identities and anonymous callers have no identity
    policies and no service control policies.  Resource policies alone count.

Conditions (IAM User Guide, "Condition operators" and "Conditions with
multiple context keys or values"):
  - A key holds if its value matches one of the listed values, and with a
    negated operator if it matches none.
  - Without the key a positive operator fails, a negated one and one with
    IfExists hold.
  - ForAllValues holds if each value of the request does, ForAnyValue if one
    does.  A negated operator is negated value by value.
Where AWS is silent, Rolegate decides:
  - A value of the wrong type, or several values without ForAllValues or
    ForAnyValue, fail an Allow and satisfy a Deny.
  - An empty list is an absent key, but for ForAnyValue with IfExists, which it
    fails.  Under ForAllValues and ForAnyValue nothing but empty texts is an
    empty list.
  - A listed value of the wrong type makes the policy invalid.
"""

import json
import pathlib
import sys

import table_documents
import table_examples
import table_rules
from table_cases import (
    ACCOUNT, ALL, ALLOWED, CALLERS, DENIED, EXPLICIT, NOTHING, OTHER, PROVIDER,
    ROLE, ROOT, SERVICE, SESSION, USER, allow, case, deny, policy)

# The caller's own names, the closest first, with what each is a match of.
NAMES = {
    "anonymous": {},
    "user": {"user": "itself", "account": "account", "root": "account"},
    "session": {"session": "itself", "role": "role", "account": "account",
                "root": "account"},
    "federated-user": {"federated-user": "itself", "account": "account",
                       "root": "account"},
    "service": {"service": "itself"},
    "web": {"federated": "itself"},
}

# What a policy may write as Principal.
ENTRIES = {
    "everyone": "*",
    "account": {"AWS": ACCOUNT},
    "root": {"AWS": ROOT},
    "user": {"AWS": USER},
    "role": {"AWS": ROLE},
    "session": {"AWS": SESSION},
    "federated-user": CALLERS["federated-user"],
    "service": {"Service": SERVICE},
    "federated": {"Federated": PROVIDER},
}


def match_of(caller, entry):
    """How an entry of a resource policy matches a caller, or None."""
    return "itself" if entry == "everyone" else NAMES[caller].get(entry)


def allowed(match, identity, boundary=True, session=True, trust=False,
            across=False):
    """The rules of the decision, above, when nothing denies.

    `match` is how the resource policy matches the caller: "itself", "role",
    "account", or None for a policy that does not match it.
    """
    limits = boundary and session
    if across:
        return match is not None and identity and limits
    if match == "itself":
        return True
    if match == "role":
        return limits
    if match is None and trust:
        return False
    return identity and limits


def limit(allows):
    return None if allows is None else [ALL if allows else NOTHING]


def same_account():
    """Resource policy, identity policies, boundary and session policy.

    IAM User Guide, "Policy evaluation logic", the table of resource-based
    policies, boundaries and session policies for each kind of principal.
    """
    rows = [  # name, caller, entry, identity, boundary, session
        ("01-none-no", "session", None, False, True, True),
        ("02-none-yes", "session", None, True, True, True),
        ("03-boundary", "session", None, True, False, True),
        ("04-session", "session", None, True, True, False),
        ("05-account-no", "session", "account", False, True, True),
        ("06-account-yes", "session", "account", True, True, True),
        ("07a-account-boundary", "session", "account", True, False, True),
        ("07b-account-session", "session", "account", True, True, False),
        ("08-entity", "session", "role", False, True, True),
        ("09-entity-boundary", "session", "role", True, False, True),
        ("10-entity-session", "session", "role", True, True, False),
        ("11a-direct", "session", "session", False, False, True),
        ("11b-direct-session", "session", "session", False, True, False),
        ("11c-direct-both", "session", "session", False, False, False),
        ("15-everyone", "session", "everyone", False, False, False),
        ("12-user", "user", "user", False, False, None),
        ("13-federated-user", "federated-user", "federated-user", False, None,
         False),
        ("14-federated-user-of-user", "federated-user", "user", False, None,
         False),
    ]
    for name, caller, entry, identity, boundary, session in rows:
        match = match_of(caller, entry)
        for kind in ("resource", "trust"):
            trust = kind == "trust"
            if trust and caller == "federated-user":
                continue  # it may call no operation of STS that takes a role
            grant = None
            if entry is not None:
                grant = policy(allow(ENTRIES[entry], "sts:AssumeRole", None)
                               if trust else allow(ENTRIES[entry]))
            yield case(
                f"same-account/{kind}/{name}",
                ALLOWED if allowed(match, identity, boundary is not False,
                                   session is not False, trust) else DENIED,
                CALLERS[caller], trust=trust,
                identity=[ALL] if identity else [], resource_policy=grant,
                boundary=limit(boundary), session=limit(session))
    yield from table_examples.same_account()


def across_accounts():
    """Both sides must allow, and no direct grant is a short cut.

    IAM User Guide, "Cross-account policy evaluation logic", and for callers
    that are of no account "AWS JSON policy elements: Principal".
    """
    stranger = {"AWS": f"arn:aws:iam::{OTHER}:user/x"}
    for entry, principal in (("account", {"AWS": OTHER}), ("user", stranger),
                             ("everyone", "*")):
        for name, identity, boundary, session in (
                ("without-identity", False, None, None),
                ("with-identity", True, None, None),
                ("boundary", True, False, None),
                ("session", True, None, False)):
            yield case(
                f"across-accounts/{entry}-{name}",
                ALLOWED if allowed(entry, identity, boundary is not False,
                                   session is not False, across=True)
                else DENIED,
                stranger, identity=[ALL] if identity else [],
                resource_policy=policy(allow(principal)),
                boundary=limit(boundary), session=limit(session))
    yield from table_examples.across_accounts(stranger)
    for name, caller, entry in (("service", "service", "service"),
                                ("federated", "web", "federated"),
                                ("anonymous", "anonymous", "everyone")):
        own = policy(allow(ENTRIES[entry]))
        for row, answer, layers in (
                ("by-name", ALLOWED, {"resource_policy": own}),
                ("by-everyone", ALLOWED,
                 {"resource_policy": policy(allow("*"))}),
                ("by-account", DENIED,
                 {"resource_policy": policy(allow(ENTRIES["account"]))}),
                ("identity-counts-nothing", DENIED, {"identity": [ALL]}),
                ("scp-does-not-apply", ALLOWED,
                 {"resource_policy": own, "scps": [[NOTHING]]}),
                ("scp-deny-does-not-apply", ALLOWED,
                 {"resource_policy": own, "scps": [[policy(deny())]]}),
                ("rcp-applies", EXPLICIT,
                 {"resource_policy": own, "rcps": [[policy(deny("*"))]]}),
                ("other-account", ALLOWED,
                 {"resource_policy": own, "account": OTHER})):
            yield case(f"across-accounts/{name}-{row}", answer,
                       CALLERS[caller], **layers)
    yield from table_examples.root_user()


def principals():
    """Each entry of Principal for each kind of caller, to allow and to deny.

    IAM User Guide, "AWS JSON policy elements: Principal".
    """
    for entry, principal in ENTRIES.items():
        for caller in NAMES:
            match = match_of(caller, entry)
            grants = match is not None and allowed(match, identity=False)
            yield case(f"principals/{entry}-for-{caller}",
                       ALLOWED if grants else DENIED, CALLERS[caller],
                       resource_policy=policy(allow(principal)))
            yield case(f"principals/deny-{entry}-for-{caller}",
                       ALLOWED if match is None else EXPLICIT,
                       CALLERS[caller],
                       resource_policy=policy(allow("*"), deny(principal)))
    yield from table_examples.principals()


def not_principal():
    """A Deny with NotPrincipal spares who is listed by every name.

    IAM User Guide, "AWS JSON policy elements: NotPrincipal": the account, the
    role and the session must each be listed, and a caller with a permissions
    boundary is denied whatever is listed.
    """
    federated_user = CALLERS["federated-user"]["AWS"]
    names = {"session": {SESSION, ROLE, ACCOUNT}, "user": {USER, ACCOUNT},
             "federated-user": {federated_user, ACCOUNT},
             "service": {SERVICE}, "web": {PROVIDER}, "root": {ACCOUNT},
             "anonymous": {"nobody can be listed"}}
    rows = [  # name, caller, kind, listed, with a boundary
        ("whole-chain", "session", "AWS", [SESSION, ROLE, ACCOUNT], False),
        ("without-account", "session", "AWS", [SESSION, ROLE], False),
        ("without-role", "session", "AWS", [SESSION, ACCOUNT], False),
        ("without-session", "session", "AWS", [ROLE, ACCOUNT], False),
        ("user", "user", "AWS", [USER, ACCOUNT], False),
        ("user-without-account", "user", "AWS", USER, False),
        ("account-alone", "user", "AWS", ACCOUNT, False),
        ("boundary", "session", "AWS", [SESSION, ROLE, ACCOUNT], True),
        ("user-boundary", "user", "AWS", [USER, ACCOUNT], True),
        ("everyone-spares", "session", "AWS", "*", False),
        ("service", "service", "Service", SERVICE, False),
        ("another-service", "service", "Service", "x.example.com", False),
        ("anonymous", "anonymous", "AWS", ACCOUNT, False),
        ("root", "root", "AWS", ACCOUNT, False),
        ("federated-user", "federated-user", "AWS",
         [federated_user, ACCOUNT], False),
        ("federated-user-alone", "federated-user", "AWS", federated_user,
         False),
        ("federated", "web", "Federated", PROVIDER, False),
    ]
    for name, caller, kind, listed, boundary in rows:
        every = {listed} if isinstance(listed, str) else set(listed)
        spared = not boundary and (every == {"*"} or names[caller] <= every)
        unless = {"Effect": "Deny", "NotPrincipal": {kind: listed},
                  "Action": "*", "Resource": "*"}
        yield case(f"not-principal/{name}", ALLOWED if spared else EXPLICIT,
                   {"AWS": ROOT} if caller == "root" else CALLERS[caller],
                   resource_policy=policy(allow("*"), unless),
                   boundary=[ALL] if boundary else None)
    yield from table_examples.not_principal()


def operators():
    """Every operator with a value that matches, one that does not, and none.

    IAM User Guide, "Condition operators"; the rules of conditions, above.
    """
    samples = {  # the request's value, a listed value that matches, another
        "String{}Equals": ("a", "a", "b"),
        "String{}EqualsIgnoreCase": ("a", "A", "b"),
        "String{}Like": ("a", "a*", "b"),
        "Numeric{}Equals": ("5.0", "5", "6"),
        "Date{}Equals": ("2024-01-01T00:00:00Z", "2024-01-01", "2024-01-02"),
        "Bool": (True, "true", "false"),
        "BinaryEquals": ("YQ==", "YQ==", "Yg=="),
        "{}IpAddress": ("10.1.2.3", "10.0.0.0/8", "192.0.2.0/24"),
        "Arn{}Equals": ("arn:aws:x:::ab", "arn:aws:x:::a*", "arn:aws:x:::b"),
        "Arn{}Like": ("arn:aws:x:::ab", "arn:aws:x:::a?", "arn:aws:x:::b"),
    }
    for shape, (value, same, other) in samples.items():
        for negation in ("", "Not") if "{}" in shape else ("",):
            yield from one_operator(shape.format(negation), value, same, other)


def one_operator(name, value, same, other):
    asked = table_rules.condition_cases
    any_, all_ = f"ForAnyValue:{name}", f"ForAllValues:{name}"
    for row, operator, listed, has in (
            ("equal", name, same, value),
            ("different", name, other, value),
            ("two-values", name, [other, same], value),
            ("missing", name, same, None),
            ("missing-if-exists", f"{name}IfExists", same, None),
            ("if-exists-present", f"{name}IfExists", same, value),
            ("empty-list-is-missing", name, same, [])):
        yield from asked(f"operators/{name}/{row}", operator, listed, has)
    for row, operator, has in (
            (f"all-{name}", all_, [value, value]),
            (f"any-{name}", any_, [value]),
            (f"all-{name}-missing", all_, None),
            (f"any-{name}-missing", any_, None),
            (f"all-{name}-empty", all_, []),
            (f"any-{name}-empty", any_, []),
            (f"any-{name}-if-exists-missing", f"{any_}IfExists", None),
            (f"any-{name}-if-exists-empty", f"{any_}IfExists", []),
            (f"all-{name}-if-exists-missing", f"{all_}IfExists", None)):
        yield from asked(f"sets/{row}", operator, same, has)
    if not name.startswith("String"):  # every value is a text
        for row, operator, has in (
                (name, name, "zz%"),
                (f"{name}IfExists", f"{name}IfExists", "zz%"),
                (f"all-{name}", all_, [value, "zz%"]),
                (f"any-{name}", any_, ["zz%", value])):
            yield from asked(f"ill-typed/{row}", operator, same, has)
    for row, operator, has in (
            (f"{name}-several", name, [value, value]),
            (f"{name}IfExists-several", f"{name}IfExists", [value, value]),
            (f"{name}-one-element", name, [value])):
        yield from asked(f"several-values/{row}", operator, same, has)


def orders():
    """Less and greater, below, at and above the listed value.

    IAM User Guide, "Condition operators", numeric and date operators.
    """
    new_year = "2024-01-01T00:00:00Z"
    for order in ("LessThan", "LessThanEquals", "GreaterThan",
                  "GreaterThanEquals"):
        for table, kind, listed, values in (
                ("numbers", "Numeric", "5.0", ("4.99", "5", "5.01")),
                ("dates", "Date", new_year,
                 ("2023-12-31T23:59:59.999999999Z", "2024-01-01",
                  "2024-01-01T00:00:00.000000001Z"))):
            for value in values:
                yield from table_rules.condition_cases(
                    f"{table}/{kind}{order}/{value}", kind + order, listed,
                    value)
        for kind, listed in (("Numeric", "5"), ("Date", "2024-01-01")):
            yield from table_rules.condition_cases(
                f"ill-typed/{kind}{order}", kind + order, listed, "x")
    yield from table_rules.condition_cases(
        "numbers/less-than-list-is-or", "NumericLessThan", [5, 10], 7)


def sets():
    """The guide's table of ForAllValues and ForAnyValue.

    IAM User Guide, "Set operators for multivalued context keys".
    """
    for row, has in (("A", ["A"]), ("A-C", ["A", "C"]), ("C", ["C"]),
                     ("missing", None), ("empty", [])):
        for operator in ("StringEquals", "StringNotEquals"):
            for every in ("ForAllValues", "ForAnyValue"):
                yield from table_rules.condition_cases(
                    f"sets/table/{every}-{operator}/{row}",
                    f"{every}:{operator}", ["A", "B"], has, "aws:TagKeys")
    for row, every, listed, has in (
            ("only-empty-texts-all", "ForAllValues", ["A"], ["", ""]),
            ("only-empty-texts-any", "ForAnyValue", [""], [""]),
            ("an-empty-text-beside-one", "ForAllValues", ["A"], ["", "A"])):
        yield from table_rules.condition_cases(
            f"sets/{row}", f"{every}:StringEquals", listed, has,
            "aws:TagKeys")


TABLES = (
    same_account, across_accounts, principals, not_principal,
    table_examples.actions, table_examples.resources,
    table_examples.variables, operators, orders, sets,
    table_rules.value_tables, table_examples.condition_blocks,
    table_documents.malformed, table_documents.trust,
    table_documents.organisation, table_documents.documents)


def main():
    path = pathlib.Path(__file__).with_name("tables.ndjson")
    lines = [json.dumps(row, ensure_ascii=False) + "\n"
             for table in TABLES for row in table()]
    if sys.argv[1:] != ["--check"]:
        path.write_text("".join(lines), encoding="utf-8")
        return 0
    there = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, (line, made) in enumerate(zip(there, lines), 1):
        if line != made:
            print(f"{path}:{number} is\n{line}and would be\n{made}"
                  "run tests/cases/generate_tables.py")
            return 1
    if len(there) != len(lines):
        print(f"{path} has {len(there)} cases and would have {len(lines)}: "
              "run tests/cases/generate_tables.py")
        return 1
    print(f"{len(lines)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
