"""Tables of whole documents: malformed ones, trust policies, organisations.

The answer stands in each row; each function names where it comes from.
"""

import json
import urllib.parse

from table_cases import (
    ACCOUNT, ALL, ALLOWED, CALLERS, DENIED, EXPLICIT, INVALID, NOTHING, OTHER,
    ROLE, ROOT, SESSION, TARGET, USER, allow, case, deny, policy)

NOBODY = {"CanonicalUser": "ab" * 32}  # who never calls


def malformed():
    """IAM User Guide, "Grammar of the IAM JSON policy language".

    One fault each, which refuses the whole document, and at the end what
    looks like a fault and is none.
    """
    good = policy(allow())
    for row, document in (
            ("unknown-top", good | {"Comment": "x"}),
            ("no-statement", {"Version": "2012-10-17"}),
            ("statement-text", good | {"Statement": "x"}),
            ("version-number", good | {"Version": 2012}),
            ("version-case", good | {"Version": "2012-10-17 "}),
            ("no-effect", policy({"Action": "*", "Resource": "*"})),
            ("effect-lower", policy(allow() | {"Effect": "allow"})),
            ("effect-null", policy(allow() | {"Effect": None})),
            ("both-resources", policy(allow(NotResource="*"))),
            ("no-resource", policy(allow(resource=None))),
            ("empty-resource", policy(allow(resource=[]))),
            ("no-action", policy(allow(action=None))),
            ("sid-space", policy(allow(Sid="a b"))),
            ("sid-twice", policy(allow(Sid="a"),
                                 deny(action="x:y", Sid="a")))):
        yield case(f"malformed/{row}", INVALID, identity=[document])
    public = policy(allow("*"))
    yield case("malformed/principal-in-session", INVALID, session=[public])
    yield case("malformed/principal-in-boundary", INVALID, boundary=[public])
    yield case("malformed/principal-in-scp", INVALID, scps=[[public]])
    for row, document in (("list", [allow()]), ("null", None),
                          ("empty-object", {})):
        yield case(f"malformed/document-{row}", INVALID, identity=[document])
    yield from malformed_trust()
    yield from malformed_principals()
    yield from resource_control()
    yield case("malformed/sid-empty-twice", ALLOWED,
               identity=[policy(allow(Sid=""), allow(Sid=""))])
    yield case("malformed/id-is-ignored", ALLOWED,
               identity=[good | {"Id": "any text"}])
    yield case("malformed/canonical-user", DENIED,
               resource_policy=policy(allow(NOBODY)))
    yield case("malformed/resource-sids-of-any-text", ALLOWED,
               resource_policy=policy(allow("*", Sid="a b"),
                                      allow("*", Sid="a-b")))


def malformed_trust():
    """IAM User Guide, "Role trust policies"."""
    for row, statement in (
            ("resource", allow("*", "sts:AssumeRole", "*")),
            ("action", allow("*", "s3:GetObject", None)),
            ("star-action", allow("*", "*", None)),
            ("no-principal", allow(None, "sts:AssumeRole", None))):
        yield case(f"malformed/trust-{row}", INVALID, trust=True,
                   resource_policy=policy(statement))


def malformed_principals():
    """IAM User Guide, "AWS JSON policy elements: Principal"."""
    but = {"Effect": "Allow", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "*",
           "Resource": "*"}
    yield case("malformed/not-principal-allow", INVALID,
               resource_policy=policy(but))
    for row, principal in (
            ("wildcard-role", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"}),
            ("wildcard-account", {"AWS": "arn:aws:iam::*:root"}),
            ("eleven-digits", {"AWS": "arn:aws:iam::12345678910:root"}),
            ("thirteen-digits", {"AWS": "arn:aws:iam::1234567891012:role/R"}),
            ("eleven-digits-alone", {"AWS": "12345678910"}),
            ("digits-with-dashes", {"AWS": "1234-5678-9012"}),
            ("eleven-digits-session",
             {"AWS": "arn:aws:sts::12345678910:assumed-role/R/s"}),
            ("eleven-digits-provider",
             {"Federated": "arn:aws:iam::12345678910:oidc-provider/h"}),
            ("account-with-letters", {"AWS": "arn:aws:iam::12345678901x:root"}),
            ("group", {"AWS": f"arn:aws:iam::{ACCOUNT}:group/g"}),
            ("short-account", {"AWS": "12345"}), ("text", {"AWS": "bob"}),
            ("service-star", {"Service": "*"}),
            ("federated-star", {"Federated": "*"}),
            ("federated-word", {"Federated": "google"}),
            ("unknown-kind", {"User": "x"}), ("kind-case", {"aws": "*"}),
            ("empty-map", {}), ("empty-list", {"AWS": []}),
            ("plain-arn", USER), ("number", {"AWS": 5}),
            ("session-star",
             {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/R/*"})):
        yield case(f"malformed/principal-{row}", INVALID,
                   resource_policy=policy(allow(principal)))


def resource_control():
    """Organizations User Guide, "RCP syntax"."""
    other = {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*",
             "Resource": "*"}
    for row, answer, document in (
            ("allow", INVALID, policy(allow("*", "x:y"))),
            ("old", INVALID, {"Statement": [deny("*")]}),
            ("principal", INVALID, policy(deny({"AWS": ACCOUNT}))),
            ("not-action", INVALID, policy(other)),
            ("no-principal", INVALID, policy(deny())),
            ("star-action", EXPLICIT, policy(deny("*", "*")))):
        yield case(f"malformed/rcp-{row}", answer, identity=[ALL],
                   rcps=[[document]])


def trust():
    """IAM User Guide, "Role trust policies"; STS API Reference, AssumeRole."""
    def trusts(principal, action="sts:AssumeRole", **more):
        return policy(allow(principal, action, None, **more))

    saml = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/P"}
    web = CALLERS["web"]
    with_web_identity = "sts:AssumeRoleWithWebIdentity"
    role = {"AWS": ROLE}
    stranger = {"AWS": f"arn:aws:iam::{OTHER}:user/x"}
    external = {"StringEquals": {"sts:ExternalId": "e"}}
    short = {"NumericLessThan": {"sts:DurationSeconds": "9999"}}

    def own(resource):
        return [policy(allow(action="sts:*", resource=resource))]

    for row, answer, document, more in (
            ("pattern", ALLOWED, trusts(role, "sts:*"), {}),
            ("tag-session-not-covered", DENIED, trusts(role),
             {"action": "sts:TagSession"}),
            ("source-identity-not-covered", DENIED, trusts(role),
             {"action": "sts:SetSourceIdentity"}),
            ("several", ALLOWED,
             trusts(role, ["sts:AssumeRole", "sts:TagSession"]),
             {"action": "sts:TagSession"}),
            ("root-everyone", DENIED, trusts("*"),
             {"principal": {"AWS": ROOT}}),
            ("root-named", DENIED, trusts({"AWS": ROOT}),
             {"principal": {"AWS": ROOT}, "identity": [ALL]}),
            ("self", DENIED, trusts({"AWS": USER}),
             {"resource": ROLE, "identity": [ALL]}),
            ("self-named", ALLOWED, trusts(role), {"resource": ROLE}),
            ("account-other-resource", DENIED, trusts({"AWS": ACCOUNT}),
             {"identity": own(ROLE)}),
            ("account-role-arn", ALLOWED, trusts({"AWS": ACCOUNT}),
             {"identity": own(TARGET)}),
            ("external-id", ALLOWED, trusts(role, Condition=external),
             {"context": {"sts:ExternalId": "e"}}),
            ("external-id-absent", DENIED, trusts(role, Condition=external),
             {"context": {}}),
            ("external-id-not-asked", ALLOWED, trusts(role),
             {"context": {"sts:ExternalId": "any"}}),
            ("duration-absent", DENIED, trusts(role, Condition=short),
             {"context": {}}),
            ("web", ALLOWED, trusts(web, with_web_identity),
             {"principal": web, "action": with_web_identity}),
            ("web-other-action", DENIED, trusts(web),
             {"principal": web, "action": with_web_identity}),
            ("saml", ALLOWED, trusts(saml, "sts:AssumeRoleWithSAML"),
             {"principal": saml, "action": "sts:AssumeRoleWithSAML"}),
            ("canonical", DENIED, trusts(NOBODY), {}),
            ("other-account-everyone", DENIED, trusts("*"),
             {"principal": stranger}),
            ("other-account-everyone-identity", ALLOWED, trusts("*"),
             {"principal": stranger, "identity": [ALL]}),
            ("scp-deny", EXPLICIT, trusts(role),
             {"scps": [[ALL, policy(deny(action="sts:*"))]]}),
            ("session-policy-limits-role", DENIED, trusts(role),
             {"session": [NOTHING]})):
        yield case(f"trust/{row}", answer, resource_policy=document,
                   **({"action": "sts:AssumeRole", "resource": TARGET} | more))
    # Identity policies alone never open a role, by whichever of its actions.
    for action in ("AssumeRole", "AssumeRoleWithSAML",
                   "AssumeRoleWithWebIdentity", "TagSession",
                   "SetSourceIdentity"):
        yield case(f"trust/identity-alone-{action}", DENIED,
                   action=f"sts:{action}", resource=TARGET, identity=[ALL],
                   resource_policy=trusts({"AWS": OTHER}, f"sts:{action}"))
    yield case("trust/other-sts-action-is-no-trust-request", ALLOWED,
               action="sts:GetCallerIdentity", resource="*", identity=[ALL])


def organisation():
    """Organizations User Guide, "SCP evaluation" and "RCP evaluation"."""
    to_session = policy(allow({"AWS": SESSION}))
    outsiders = policy(deny("*", Condition={
        "StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}))
    for row, answer, layers in (
            ("scp-levels", DENIED,
             {"scps": [[ALL], [policy(allow(action="ec2:*"))], [ALL]]}),
            ("scp-empty-level", DENIED, {"scps": [[ALL], [], [ALL]]}),
            ("scp-no-levels", ALLOWED, {"scps": []}),
            ("scp-union-in-a-level", ALLOWED, {"scps": [[NOTHING, ALL]]}),
            ("scp-deny-at-any-level", EXPLICIT,
             {"scps": [[ALL], [ALL, policy(deny())]]}),
            ("scp-beats-direct", DENIED,
             {"identity": [], "resource_policy": to_session,
              "scps": [[NOTHING]]}),
            ("scp-beats-everyone", DENIED,
             {"identity": [], "resource_policy": policy(allow("*")),
              "scps": [[NOTHING]]}),
            ("rcp-empty-levels", ALLOWED, {"rcps": [[], []]}),
            ("rcp-deny-one-level", EXPLICIT,
             {"rcps": [[], [policy(deny("*"))]]}),
            ("rcp-condition", ALLOWED,
             {"rcps": [[outsiders]],
              "context": {"aws:PrincipalOrgID": "o-1"}}),
            ("rcp-condition-absent-key", EXPLICIT,
             {"rcps": [[outsiders]], "context": {}}),
            ("union-over-policies", ALLOWED, {"identity": [NOTHING, ALL]}),
            ("deny-in-another-policy", EXPLICIT,
             {"identity": [ALL, policy(deny())]})):
        yield case(f"organisation/{row}", answer,
                   **({"identity": [ALL]} | layers))


def documents():
    """A document in a string, as IAM's operations give and take it.

    IAM API Reference, PolicyDetail: the document is percent-encoded by RFC
    3986.  On members that stand twice AWS is silent; Rolegate refuses them.
    """
    text = json.dumps(policy(allow(
        Condition={"StringEquals": {"app:a": "x+y z"}})))
    encoded = urllib.parse.quote(text, safe="")

    def written(effect, *conditions):
        more = "".join(f',"Condition":{{{one}}}' for one in conditions)
        return ('{"Version":"2012-10-17","Statement":[{' + effect +
                ',"Action":"*","Resource":"*"' + more + "}]}")

    grant = '"Effect":"Allow"'
    for row, answer, document in (
            ("json-text", ALLOWED, text),
            ("percent-encoded", ALLOWED, encoded),
            ("plus-stays-plus", ALLOWED, encoded.replace("%2B", "+")),
            ("malformed-escape", INVALID, "%7B%2"),
            ("not-json", INVALID, "hello"),
            ("duplicate-effect", INVALID,
             written('"Effect":"Deny","Effect":"Allow"')),
            ("duplicate-condition-key", INVALID,
             written(grant, '"StringEquals":{"a:b":"1","a:b":"2"}')),
            ("duplicate-operator", INVALID,
             written(grant, '"StringEquals":{"a:b":"1"},'
                            '"StringEquals":{"a:c":"2"}')),
            ("duplicate-by-escape", INVALID,
             written('"Effect":"Deny","\\u0045ffect":"Allow"')),
            ("trailing-text", INVALID, text + " x"),
            ("trailing-comma", INVALID,
             '{"Version":"2012-10-17","Statement":[],}'),
            ("comment", INVALID, "/* x */" + text),
            ("number-source-text", ALLOWED,
             written(grant, '"StringNotEquals":{"app:a":5.10}'))):
        yield case(f"documents/{row}", answer, context={"app:a": "x+y z"},
                   identity=[{"name": "p", "document": document}])
