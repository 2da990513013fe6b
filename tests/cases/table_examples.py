"""The tables that are lists of examples; the answer stands in each row.

Each function names the document that its answers come from.
"""

from table_cases import (
    ACCOUNT, ALL, ALLOWED, CALLERS, DENIED, EXPLICIT, INVALID, NOTHING, OTHER,
    ROLE, ROOT, SESSION, USER, allow, case, deny, policy)
from table_rules import allow_and_deny

ACCOUNT_ONLY = {"AWS": ACCOUNT}
FEDERATED_USER = CALLERS["federated-user"]


def same_account():
    """IAM User Guide, "Policy evaluation logic" and "Session policies"."""
    to_session = policy(allow({"AWS": SESSION}))
    for row, answer, layers in (
            ("federated-user-without-session-policy", DENIED,
             {"principal": FEDERATED_USER, "identity": [ALL]}),
            ("federated-user-by-account-without-session-policy", DENIED,
             {"principal": FEDERATED_USER, "identity": [ALL],
              "resource_policy": policy(allow(ACCOUNT_ONLY))}),
            ("federated-user-with-empty-session-policies", DENIED,
             {"principal": FEDERATED_USER, "identity": [ALL], "session": []}),
            ("federated-user-with-session-policy", ALLOWED,
             {"principal": FEDERATED_USER, "identity": [ALL],
              "session": [ALL]}),
            ("federated-user-by-name-without-session-policy", ALLOWED,
             {"principal": FEDERATED_USER,
              "resource_policy": policy(allow(FEDERATED_USER))}),
            ("federated-user-by-account", ALLOWED,
             {"principal": FEDERATED_USER, "identity": [ALL],
              "resource_policy": policy(allow(ACCOUNT_ONLY)),
              "session": [ALL]}),
            ("boundary-allows-identity-empty", DENIED, {"boundary": [ALL]}),
            ("session-allows-identity-empty", DENIED, {"session": [ALL]}),
            ("two-session-policies-are-a-union", ALLOWED,
             {"identity": [ALL], "session": [NOTHING, ALL]}),
            ("strongest-level-of-matching-allows", ALLOWED,
             {"resource_policy": policy(allow(ACCOUNT_ONLY),
                                        allow({"AWS": SESSION})),
              "boundary": [NOTHING]}),
            ("level-counts-matching-statements-only", DENIED,
             {"resource_policy": policy(
                 allow(ACCOUNT_ONLY),
                 allow({"AWS": SESSION},
                       Condition={"StringEquals": {"k": "v"}}))}),
            ("level-within-one-statement", ALLOWED,
             {"resource_policy": policy(allow({"AWS": [ACCOUNT, ROLE]}))}),
            ("level-within-one-statement-turned", ALLOWED,
             {"resource_policy": policy(allow({"AWS": [ROLE, ACCOUNT]}))}),
            ("boundary-deny-beats-direct", EXPLICIT,
             {"resource_policy": to_session, "boundary": [policy(deny())]}),
            ("session-deny-beats-everyone", EXPLICIT,
             {"resource_policy": policy(allow("*")),
              "session": [policy(deny())]}),
            ("empty-session-is-deny-for-entity", DENIED,
             {"resource_policy": policy(allow({"AWS": ROLE})),
              "session": []}),
            ("empty-boundary-spares-direct", ALLOWED,
             {"resource_policy": to_session, "boundary": []})):
        yield case(f"same-account/{row}", answer, **layers)


def across_accounts(stranger):
    """IAM User Guide, "Cross-account policy evaluation logic"."""
    user = {"AWS": USER}
    visitor = {"AWS": f"arn:aws:sts::{OTHER}:assumed-role/Q/s"}
    public = policy(allow("*"))
    for row, answer, caller, layers in (
            ("identity-alone", DENIED, stranger, {}),
            ("resource-denies", EXPLICIT, stranger,
             {"resource_policy": policy(allow("*"), deny({"AWS": OTHER}))}),
            ("scp-of-the-caller", DENIED, stranger,
             {"resource_policy": public, "scps": [[NOTHING]]}),
            ("rcp-of-the-resource", EXPLICIT, stranger,
             {"resource_policy": public, "rcps": [[policy(deny("*"))]]}),
            ("session-arn", ALLOWED, visitor,
             {"resource_policy": policy(allow(visitor))}),
            ("account-of-arn", DENIED, user,
             {"action": "sqs:SendMessage", "account": None,
              "resource": f"arn:aws:sqs:r:{OTHER}:q"}),
            ("account-of-request-decides-empty", DENIED, user,
             {"account": OTHER}),
            ("no-account-is-the-callers", ALLOWED, user, {"account": None}),
            ("root-of-another-account", DENIED,
             {"AWS": f"arn:aws:iam::{OTHER}:root"},
             {"identity": [], "resource_policy": public})):
        yield case(f"across-accounts/{row}", answer, caller,
                   **({"identity": [ALL]} | layers))


def root_user():
    """Organizations User Guide, "SCP effects on permissions", and RCPs'."""
    for row, answer, layers in (
            ("scp", DENIED, {"scps": [[NOTHING]]}),
            ("scp-deny", EXPLICIT, {"scps": [[policy(deny())]]}),
            ("resource-deny", EXPLICIT,
             {"resource_policy": policy(deny({"AWS": ROOT}))}),
            ("rcp", EXPLICIT, {"rcps": [[policy(deny("*"))]]}),
            ("own-account", ALLOWED, {})):
        yield case(f"across-accounts/root-{row}", answer, {"AWS": ROOT},
                   **layers)


def principals():
    """IAM User Guide, "AWS JSON policy elements: Principal"."""
    yield case("principals/service-other", DENIED, CALLERS["service"],
               resource_policy=policy(allow({"Service": "b.example.com"})))
    pathed = f"arn:aws:iam::{ACCOUNT}:role/svc/R"
    for row, answer, principal, more in (
            ("role-path", DENIED, {"AWS": ROLE}, {"session_of": pathed}),
            ("role-with-path", ALLOWED, {"AWS": pathed},
             {"session_of": pathed}),
            ("session-arn-has-no-path", ALLOWED, {"AWS": SESSION},
             {"session_of": pathed}),
            ("role-case", DENIED, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"},
             {}),
            ("role-partition", DENIED,
             {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:role/R"}, {}),
            ("several-kinds-are-or", ALLOWED,
             {"Service": ["a.example.com"], "AWS": ROLE}, {}),
            ("service-is-exact", DENIED, {"Service": "SVC.example.com"},
             {"principal": CALLERS["service"]})):
        yield case(f"principals/{row}", answer,
                   resource_policy=policy(allow(principal)), **more)
    yield case("principals/no-principal-deny-never-matches", ALLOWED,
               identity=[ALL], resource_policy=policy(deny()))
    yield case("principals/unique-id-of-nobody-deny", ALLOWED, identity=[ALL],
               resource_policy=policy(deny({"AWS": "AROAABCDEFGHIJKLMNOPQ"})))


def not_principal():
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal"."""
    unless = {"Effect": "Deny", "NotPrincipal": ACCOUNT_ONLY}
    every = {"Action": "*", "Resource": "*"}
    yield case("not-principal/identity", INVALID,
               identity=[policy(unless | every)])
    yield case("not-principal/both", INVALID,
               resource_policy=policy(unless | {"Principal": "*"} | every))


def actions():
    """IAM User Guide, "AWS JSON policy elements: Action" and "NotAction"."""
    for row, answer, pattern in (
            ("fold", ALLOWED, "S3:GETOBJECT"),
            ("fold-request", ALLOWED, "s3:getobject"),
            ("star-alone", ALLOWED, "*"), ("two-stars", ALLOWED, "**"),
            ("empty-name", DENIED, "s3:"), ("space", DENIED, "s3:Get* "),
            ("tab", DENIED, "s3:Get\t*"), ("comma", DENIED, "s3:Get,Put"),
            ("question", ALLOWED, "s3:Get?bject"),
            ("question-takes-one", DENIED, "s3:GetObject?"),
            ("star-takes-nothing", ALLOWED, "s3:GetObject*"),
            ("inner", ALLOWED, "s3:*t*b*t"), ("suffix", ALLOWED, "s3:*Object"),
            ("anchored", DENIED, "s3:Get")):
        asked = "S3:GetObject" if row == "fold-request" else "s3:GetObject"
        yield case(f"actions/{row}", answer, action=asked,
                   identity=[policy(allow(action=pattern))])
    for row, answer, patterns, asked in (
            ("empty-name", ALLOWED, "s3:", "s3:GetObject"),
            ("comma", ALLOWED, "s3:Get,Put", "s3:GetObject"),
            ("other-services", ALLOWED, "iam:*", "billing:Delete"),
            ("listed", DENIED, ["iam:*", "S3:get*"], "s3:GetObject"),
            ("star", DENIED, "*", "s3:GetObject")):
        other = {"Effect": "Allow", "NotAction": patterns, "Resource": "*"}
        yield case(f"actions/not-{row}", answer, action=asked,
                   identity=[policy(other)])
    yield case("actions/comma-asked", DENIED, action="s3:Get,Put",
               identity=[policy(allow(action="s3:Get,Put"))])
    yield case("actions/own-prefix", ALLOWED, action="my-svc.v2:DoIt",
               identity=[policy(allow(action="my-svc.v2:Do*"))])
    for row, pattern in (
            ("no-prefix", "GetObject"), ("two-colons", "s3:a:b"),
            ("prefix-star", "*:Get"), ("prefix-question", "s?:Get"),
            ("star-colon-star", "*:*"), ("prefix-star-behind", "s3*:Get"),
            ("prefix-space", "s 3:Get"), ("empty", ""), ("number", 5),
            ("null", None), ("list-in-list", [["s3:*"]])):
        wrong = {"Effect": "Allow", "Action": pattern, "Resource": "*"}
        yield case(f"actions/invalid-{row}", INVALID,
                   identity=[policy(wrong)])
    yield case("actions/variable-in-action-is-literal", DENIED,
               identity=[policy(allow(action="s3:${x}"))])


def on_resource(row, answer, asked, pattern, element="Resource"):
    every = {"Effect": "Allow", "Action": "*", element: pattern}
    return case(f"resources/{row}", answer, action="x:Do", resource=asked,
                identity=[policy(every)])


def resources():
    """IAM User Guide, "AWS JSON policy elements: Resource", and "ARNs".

    The documented ones are the guide's own; on short ARNs it is silent.
    """
    q = f"arn:aws:x:r:{ACCOUNT}:q"
    here = "arn:aws:s3:::b/a"
    group = f"arn:aws:logs:r:{ACCOUNT}:log-group:g:log-stream:s"
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    for row, answer, asked, pattern in (
            ("documented-1", ALLOWED, "arn:aws:s3:::b/1/2/test/3/o",
             "arn:aws:s3:::b/*/test/*"),
            ("documented-2", ALLOWED, "arn:aws:s3:::b//test/o",
             "arn:aws:s3:::b/*/test/*"),
            ("documented-3", DENIED, "arn:aws:s3:::b/test/o",
             "arn:aws:s3:::b/*/test/*"),
            ("documented-4", ALLOWED, "arn:aws:s3:::bucket2/x",
             "arn:aws:s3:::b*"),
            ("documented-5", ALLOWED, queue, f"arn:aws:sqs:*:{ACCOUNT}:q"),
            ("documented-6", DENIED, queue, "arn:aws:sqs:*:q"),
            ("documented-7", ALLOWED, group,
             f"arn:aws:logs:*:{ACCOUNT}:log-group:*"),
            ("documented-8", ALLOWED, "arn:aws:x:::k/y", "arn:aws:x:::k?y"),
            ("question-colon", ALLOWED, "arn:aws:x:::k:y", "arn:aws:x:::k?y"),
            ("question-two-bytes", ALLOWED, "arn:aws:x:::kéy",
             "arn:aws:x:::k?y"),
            ("question-four-bytes", ALLOWED, "arn:aws:x:::k😀y",
             "arn:aws:x:::k?y"),
            ("star-no-colon", DENIED, f"arn:aws:x:a:{ACCOUNT}:q:z",
             "arn:aws:x:*:q"),
            ("empty-region-is-empty", DENIED, q, f"arn:aws:x::{ACCOUNT}:q"),
            ("service-star", ALLOWED, here, "arn:aws:*:::b/a"),
            ("partition-star", ALLOWED, here, "arn:*:s3:::b/a"),
            ("partition-own", ALLOWED, "arn:rolegate:x:::a",
             "arn:rolegate:x:::a"),
            ("partition-differs", DENIED, here, "arn:aws-cn:s3:::b/a"),
            ("service-case", DENIED, here, "arn:aws:S3:::b/a"),
            ("part-six-case", DENIED, here, "arn:aws:s3:::B/a"),
            ("question-in-account", ALLOWED, f"arn:aws:x::{ACCOUNT}:q",
             "arn:aws:x::????????9012:q"),
            ("question-is-no-colon", DENIED, q, f"arn:aws:x:r?{ACCOUNT}:q"),
            ("star-at-end-over-slash", ALLOWED, "arn:aws:s3:::b/a/c:d",
             "arn:aws:s3:::b/*"),
            ("star-at-end-takes-nothing", ALLOWED, "arn:aws:s3:::b/",
             "arn:aws:s3:::b/*"),
            # A `*` that ends a part stops at the colon like any other, or the
            # first would reach into the account 999988887777.
            ("star-ends-region", DENIED,
             f"arn:aws:x:r:999988887777:{ACCOUNT}:q",
             f"arn:aws:x:*:{ACCOUNT}:q"),
            ("star-ends-account", DENIED, "arn:aws:x:r:1:a:q",
             "arn:aws:x:r:*:q"),
            ("star-ends-service", DENIED, f"arn:aws:x:r:{ACCOUNT}:q",
             f"arn:aws:x*:{ACCOUNT}:q:z"),
            ("partition-alone", ALLOWED, here, "arn:aws"),
            ("partition-alone-differs", DENIED, here, "arn:aws-cn")):
        yield on_resource(row, answer, asked, pattern)
    for row, pattern in (("region", f"arn:aws:x:*:{ACCOUNT}:q"),
                         ("account", "arn:aws:x:r:*:q")):
        yield case(f"resources/star-ends-{row}-deny", ALLOWED, action="x:Do",
                   resource=f"arn:aws:x:r:999988887777:{ACCOUNT}:q",
                   account="999988887777", principal={
                       "AWS": "arn:aws:iam::999988887777:user/u"},
                   identity=[ALL, policy(deny(action="*", resource=pattern))])
    yield from short_arns(here)
    for row, pattern in (
            ("short-double-colon", "arn:aws:s3::b"),
            ("invalid-no-arn", "bucket"), ("invalid-empty", ""),
            ("invalid-partition-case", "arn:AWS:s3:::b"),
            ("invalid-partition-empty", "arn::s3:::b"), ("invalid-number", 7),
            ("invalid-iam-region", f"arn:aws:iam:us-east-1:{ACCOUNT}:role/R"),
            ("invalid-iam-region-short", "arn:aws:iam:us-east-1"),
            ("invalid-iam-region-account", "arn:aws:iam:us-east-1:*")):
        yield on_resource(row, INVALID, here, pattern)
    yield on_resource("word-of-type-wildcard", ALLOWED,
                      f"arn:aws:iam::{ACCOUNT}:user/x",
                      f"arn:aws:iam::{ACCOUNT}:u*")
    yield on_resource("resourceless-star", ALLOWED, "*", "*")
    yield on_resource("resourceless-arn", DENIED, "*", "arn:*:*:*:*:*")
    yield on_resource("resourceless-not", ALLOWED, "*", "arn:aws:s3:::*",
                      "NotResource")
    for row, answer, key in (
            ("key?", DENIED, "key"), ("key?-s", ALLOWED, "keys"),
            ("key?-slash", ALLOWED, "key/")):
        yield on_resource(row, answer, f"arn:aws:x:::{key}",
                          "arn:aws:x:::key?")
    unresolved = "arn:aws:s3:::${aws:username}/*"
    yield on_resource("not-unresolved-allow", DENIED, here, unresolved,
                      "NotResource")
    for row, answer, listed in (
            ("not-unresolved-deny", EXPLICIT, unresolved),
            ("not-unresolved-beside-match-deny", ALLOWED,
             [unresolved, "arn:aws:s3:::b/*"])):
        but = {"Effect": "Deny", "Action": "*", "NotResource": listed}
        yield case(f"resources/{row}", answer, action="x:Do",
                   identity=[policy(allow(action="*"), but)])
    yield case("resources/absent-in-resource-policy", ALLOWED,
               resource_policy=policy(allow("*", resource=None)))
    stars = f"arn:aws:s3:::{'*a' * 60}*b"
    for row, answer, end in (("very-long", ALLOWED, "b"),
                             ("very-long-mismatch", DENIED, "")):
        yield case(f"resources/{row}", answer,
                   resource=f"arn:aws:s3:::{'a' * 1900}{end}",
                   identity=[policy(allow(resource=stars))])


def short_arns(here):
    """An ARN of fewer parts, in each kind of policy that may hold one."""
    def layers(kind, pattern):
        grant = allow(action="*", resource=pattern)
        if kind == "identity":
            return {"identity": [policy(grant)]}
        if kind == "resource":
            return {"resource_policy": policy(grant | {"Principal": "*"})}
        if kind == "scp":
            return {"identity": [ALL], "scps": [[policy(grant)]]}
        refusal = deny(action="*", resource=pattern, Principal="*")
        return {"identity": [ALL], "rcps": [[policy(refusal)]]}

    for row, pattern, answers in (
            ("service", "arn:aws:s3", (ALLOWED, DENIED, INVALID, INVALID)),
            ("region", "arn:aws:s3:*", (ALLOWED, ALLOWED, ALLOWED, INVALID)),
            ("account", "arn:aws:s3:*:*",
             (ALLOWED, ALLOWED, ALLOWED, INVALID))):
        for kind, answer in zip(("identity", "resource", "scp", "rcp"),
                                answers):
            yield case(f"resources/{kind}-short-{row}", answer, action="x:Do",
                       resource=here, **layers(kind, pattern))
    yield case("resources/scp-star-in-the-middle", INVALID, action="x:Do",
               resource=here, **layers("scp", "arn:aws:*:r"))


def variables():
    """IAM User Guide, "IAM policy elements: Variables and tags"."""
    bob = {"aws:username": "bob"}
    name = "${aws:username}"
    shared = "${aws:username, 'shared'}"
    inner = {"app:k": name} | bob
    old = {"Version": "2008-10-17"}
    for row, answer, asked, pattern, context, version in (
            ("plain", ALLOWED, "bob", name, bob, None),
            ("fold", ALLOWED, "bob", "${AWS:UserName}", bob, None),
            ("2008", DENIED, "bob", name, bob, {}),
            ("2008-literal", ALLOWED, name, name, bob, old),
            ("2008-escape-is-literal", DENIED, "?", "${?}", {}, {}),
            ("absent", DENIED, "bob", name, {}, None),
            ("default", ALLOWED, "shared", shared, {}, None),
            ("default-not-used", DENIED, "shared", shared, bob, None),
            ("default-for-empty", ALLOWED, "shared", shared,
             {"aws:username": ""}, None),
            ("default-star-inert", DENIED, "x", "${aws:username, '*'}", {},
             None),
            ("default-star-literal", ALLOWED, "*", "${aws:username, '*'}", {},
             None),
            ("tag-star", DENIED, "red/x", "${aws:PrincipalTag/team}/x",
             {"aws:PrincipalTag/team": "*"}, None),
            ("tag-question", DENIED, "x", "${aws:PrincipalTag/t}",
             {"aws:PrincipalTag/t": "?"}, None),
            ("empty-tag", DENIED, "x", "${aws:PrincipalTag/t}*",
             {"aws:PrincipalTag/t": ""}, None),
            ("tag-fold", ALLOWED, "x", "${aws:principaltag/TEAM}",
             {"aws:PrincipalTag/team": "x"}, None),
            ("no-recursion", DENIED, "bob", "${app:k}", inner, None),
            ("no-recursion-literal", ALLOWED, name, "${app:k}", inner, None),
            ("multi", DENIED, "a", "${app:k}", {"app:k": ["a", "b"]}, None),
            ("multi-default", DENIED, "d", "${app:k, 'd'}",
             {"app:k": ["a", "b"]}, None),
            ("unterminated", ALLOWED, "${aws:username", "${aws:username",
             {"aws:username": "b"}, None),
            ("escape-star-alone", DENIED, "abc", "${*}", {}, None),
            ("escape-star", ALLOWED, "*", "${*}", {}, None),
            ("escape-question", ALLOWED, "a?", "a${?}", {}, None),
            ("escape-question-only", DENIED, "ab", "a${?}", {}, None),
            ("escape-dollar", ALLOWED, name, "${$}{aws:username}",
             {"aws:username": "b"}, None),
            ("dollar-alone", ALLOWED, "a$b", "a$b", {}, None),
            ("two", ALLOWED, "1-2", "${app:a}-${app:b}",
             {"app:a": "1", "app:b": "2"}, None),
            ("number", ALLOWED, "5", "${app:n}", {"app:n": 5}, None),
            ("boolean", ALLOWED, "true", "${app:n}", {"app:n": True}, None),
            ("slash-in-value", ALLOWED, "a/b/x", "${app:n}/x",
             {"app:n": "a/b"}, None)):
        grant = policy(allow(action="*", resource=f"arn:aws:s3:::h/{pattern}"))
        if version is not None:
            grant = version | {"Statement": grant["Statement"]}
        yield case(f"variables/{row}", answer, action="x:Do",
                   resource=f"arn:aws:s3:::h/{asked}", context=context,
                   identity=[grant])
    yield case("variables/before-the-fifth-colon-is-literal", DENIED,
               action="x:Do", resource=f"arn:aws:x:eu:{ACCOUNT}:q",
               context={"app:r": "eu"}, identity=[policy(
                   allow(action="*",
                         resource=f"arn:aws:x:${{app:r}}:{ACCOUNT}:q"))])
    yield from variables_in_conditions(name)


def variables_in_conditions(name):
    for row, holds, operator, listed, context in (
            ("equals", True, "StringEquals", name,
             {"app:a": "b", "aws:username": "b"}),
            ("like-inert", False, "StringLike", name,
             {"app:a": "bxx", "aws:username": "b*"}),
            ("unresolved", False, "StringEquals", name, {"app:a": "b"}),
            ("unresolved-negated", True, "StringNotEquals", name,
             {"app:a": "b"}),
            ("arn-part", True, "ArnLike", "arn:aws:x:${app:r}::q",
             {"app:a": "arn:aws:x:eu::q", "app:r": "eu"}),
            ("bool", True, "Bool", "${app:b}",
             {"app:a": True, "app:b": "TRUE"})):
        yield from allow_and_deny(
            f"variables/condition-{row}", {operator: {"app:a": listed}},
            context, holds, holds)
    literal = allow(Condition={"StringEquals": {"app:a": name}})
    yield case("variables/condition-2008", ALLOWED,
               context={"app:a": name, "aws:username": "b"},
               identity=[{"Statement": [literal]}])
    for operator in ("NumericEquals", "DateEquals", "IpAddress",
                     "BinaryEquals", "Null"):
        parsed = allow(Condition={operator: {"app:a": "${app:n}"}})
        yield case(f"variables/no-variable-in-{operator}", INVALID,
                   context={"app:a": "5", "app:n": "5"},
                   identity=[policy(parsed)])
    yield from allow_and_deny(
        "variables/key-is-no-variable", {"StringEquals": {"${app:n}": "v"}},
        {"app:a": "v", "app:n": "app:a"}, False, False)


def condition_blocks():
    """IAM User Guide, "AWS JSON policy elements: Condition", and "Grammar"."""
    one = {"app:a": "1"}
    for row, answer, context, condition in (
            ("empty-condition", ALLOWED, {}, {}),
            ("empty-operator", ALLOWED, {}, {"StringEquals": {}}),
            ("keys-are-and", DENIED, one,
             {"StringEquals": {"app:a": "1", "app:b": "2"}}),
            ("case-variants-are-and", DENIED, one,
             {"StringEquals": {"app:a": "1", "APP:A": "2"}}),
            ("case-variants-are-and-both", ALLOWED, one,
             {"StringEquals": {"app:a": ["1", "2"], "APP:A": "1"}}),
            ("operator-case", ALLOWED, {"app:a": ["xy"]},
             {"foranyvalue:stringlike": {"app:a": "x*"}}),
            ("unknown-key-is-absent", DENIED, {},
             {"StringEquals": {"no:such": "1"}}),
            ("invalid-unknown-operator", INVALID, {},
             {"StringIs": {"a:b": "1"}}),
            ("invalid-unknown-set", INVALID, {},
             {"ForSomeValues:StringEquals": {"a:b": "1"}}),
            ("invalid-list", INVALID, {}, []),
            ("invalid-operator-list", INVALID, {}, {"StringEquals": []}),
            ("invalid-nested-value", INVALID, {},
             {"StringEquals": {"a:b": {"c": "d"}}}),
            ("invalid-null-value", INVALID, {},
             {"StringEquals": {"a:b": None}}),
            ("invalid-empty-values", INVALID, {},
             {"StringEquals": {"a:b": []}}),
            ("invalid-text", INVALID, {}, "x"),
            ("invalid-if-exists-twice", INVALID, {},
             {"StringEqualsIfExistsIfExists": {"a:b": "1"}})):
        yield case(f"condition-blocks/{row}", answer, context=context,
                   identity=[policy(allow(Condition=condition))])
