"""The statements of workload.py in each engine's own language.

Each writer gives the files of one folder: {name: text}.  They are written as a
user of that engine would write them by hand, in the form that its manual calls
the fast one.
"""
import json

import workload

ACCOUNT = "123456789012"


def is_data(statements):
    """Whether they can be told as plain grants: no condition, no denial."""
    return all(s.container and not s.condition and s.effect == "Allow"
               for s in statements)


def by_service(actions):
    return actions[0].split(":")[0]


# --- Rolegate, and whatever else reads IAM JSON -----------------------------

def iam_actions(statement):
    """`store:*` where the statement means every action of a service."""
    service = by_service(statement.actions)
    verbs = [a.split(":")[1] for a in statement.actions]
    if verbs == workload.VERBS.get(service):
        return f"{service}:*"
    return list(statement.actions)


def iam_statement(statement):
    out = {"Effect": statement.effect, "Action": iam_actions(statement),
           "Resource": "*"}
    if statement.container:
        service = by_service(statement.actions)
        out["Resource"] = (f"arn:aws:{service}:*:{ACCOUNT}:{statement.kind}/"
                           f"{statement.container}/*")
    if statement.condition:
        out["Condition"] = {
            "secure": {"Bool": {"aws:SecureTransport": "true"}},
            "team": {"StringEquals": {"aws:ResourceTag/team": workload.TEAM}},
            "outside": {"NotIpAddress": {"aws:SourceIp": workload.NETWORK}},
        }[statement.condition]
    return out


def iam_documents(statements, per_document=500):
    return [{"Version": "2012-10-17",
             "Statement": [iam_statement(s)
                           for s in statements[i:i + per_document]]}
            for i in range(0, len(statements), per_document)]


def rolegate(statements):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
         "Action": "sts:AssumeRole"}]}
    role = {"RoleName": workload.ROLE,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/{workload.ROLE}",
            "RoleId": "AROAPEERS", "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [
                {"PolicyName": f"p{i}", "PolicyDocument": document}
                for i, document in enumerate(iam_documents(statements))]}
    return {"role.json": json.dumps(role)}


def iam(statements):
    """One document, however long."""
    document, = iam_documents(statements, len(statements))
    return {"policy.json": json.dumps(document)}


# --- Cedar ------------------------------------------------------------------

def cedar_policy(statement):
    def uid(kind, name):
        return f'{kind}::"{name}"'
    actions = [uid("Action", a) for a in statement.actions]
    action = (f"action == {actions[0]}" if len(actions) == 1
              else f"action in [{', '.join(actions)}]")
    resource = "resource"
    if statement.container:
        resource += " in " + uid("Container",
                                 f"{statement.kind}/{statement.container}")
    condition = {
        "": "",
        "secure": " when { context.secure }",
        "team": f' when {{ resource.team == "{workload.TEAM}" }}',
        "outside": " unless { context.source_ip.isInRange("
                   f'ip("{workload.NETWORK}")) }}',
    }[statement.condition]
    return (f'{"permit" if statement.effect == "Allow" else "forbid"} ('
            f'principal in {uid("Role", workload.ROLE)}, {action}, '
            f"{resource}){condition};")


def cedar(statements):
    return {"policies.cedar": "\n".join(map(cedar_policy, statements)) + "\n"}


# Grants as attributes of the containers, one policy for all of them: how a
# user of Cedar who has thousands would write them.
CEDAR_DATA_POLICY = """permit (principal, action, resource) when {
    principal in resource.container.role &&
    resource.container.actions.contains(action)
};
"""


def cedar_data(statements):
    if not is_data(statements):
        return {}
    grants = {f"{s.kind}/{s.container}": list(s.actions) for s in statements}
    return {"policies.cedar": CEDAR_DATA_POLICY,
            "grants.json": json.dumps(grants)}


# --- OPA --------------------------------------------------------------------
# Rules that name their actions as a set, and rules for one action each, which
# OPA's index finds by equality: the program takes whatever is faster, with or
# without partial evaluation.

REGO_HEAD = """package authz

default allow := false
"""
REGO_CONDITIONS = {
    "secure": "input.context.secure",
    "team": f'input.resource.team == "{workload.TEAM}"',
    "outside": f'not net.cidr_contains("{workload.NETWORK}", '
               "input.context.ip)",
}


def rego_rules(statements, split):
    rules = []
    for statement in statements:
        names = ", ".join(f'"{action}"' for action in statement.actions)
        wanted = ([f'input.action == "{a}"' for a in statement.actions]
                  if split or len(statement.actions) == 1 else
                  [f"input.action in {{{names}}}"])
        for action in wanted:
            body = [f'input.principal.role == "{workload.ROLE}"', action]
            if statement.container:
                body += [f'input.resource.kind == "{statement.kind}"',
                         f'input.resource.container == "{statement.container}"']
            if statement.condition:
                body.append(REGO_CONDITIONS[statement.condition])
            name = "permitted" if statement.effect == "Allow" else "forbidden"
            rules.append(name + " if {\n\t" + "\n\t".join(body) + "\n}\n")
    denies = any(s.effect == "Deny" for s in statements)
    allow = "permitted\n\tnot forbidden" if denies else "permitted"
    return "\n".join([REGO_HEAD, f"allow if {{\n\t{allow}\n}}\n"] + rules)


def opa(statements):
    return {"sets.rego": rego_rules(statements, False),
            "split.rego": rego_rules(statements, True)}


def opa_data(statements):
    if not is_data(statements):
        return {}
    grants = {}
    for s in statements:
        grants.setdefault(s.kind, {})[s.container] = {
            action: True for action in s.actions}
    return {"data.rego": REGO_HEAD + """
allow if {
\tgranted := data.grants[input.principal.role][input.resource.kind]
\tgranted[input.resource.container][input.action]
}
""", "data.json": json.dumps({"grants": {workload.ROLE: grants}})}


# --- Casbin -----------------------------------------------------------------
# One line for an action; the condition's name is a column, tested last by a
# function in Go, for Casbin's own `eval` parses its text at each decision.

CASBIN_ALLOW = "some(where (p.eft == allow))"
CASBIN_DENY = " && !some(where (p.eft == deny))"


def casbin(statements):
    denies = any(s.effect == "Deny" for s in statements)
    model = f"""[request_definition]
r = sub, act, obj, ctx

[policy_definition]
p = sub, act, obj, cond, eft

[role_definition]
g = _, _

[policy_effect]
e = {CASBIN_ALLOW}{CASBIN_DENY if denies else ""}

[matchers]
m = r.act == p.act && keyMatch(r.obj, p.obj) && g(r.sub, p.sub) && \\
  holds(p.cond, r.ctx)
"""
    lines = [f"g, session, {workload.ROLE}"]
    for s in statements:
        resource = f"{s.kind}/{s.container}/*" if s.container else "*"
        for action in s.actions:
            lines.append(f"p, {workload.ROLE}, {action}, {resource}, "
                         f"{s.condition or 'always'}, {s.effect.lower()}")
    return {"model.conf": model, "policy.csv": "\n".join(lines) + "\n"}


# Folder: what goes into it; nothing where a scenario can't be told so.
WRITERS = {"rolegate": rolegate, "iam": iam, "cedar": cedar,
           "cedar-data": cedar_data, "opa": opa, "opa-data": opa_data,
           "casbin": casbin}
