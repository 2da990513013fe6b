"""The words in which the tables are written: callers, statements, cases."""

ACCOUNT = "123456789012"
OTHER = "999999999999"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
USER = f"arn:aws:iam::{ACCOUNT}:user/u"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SERVICE = "svc.example.com"
PROVIDER = "accounts.google.com"
TARGET = f"arn:aws:iam::{ACCOUNT}:role/T"  # the role that is to be assumed

CALLERS = {
    "anonymous": "*",
    "user": {"AWS": USER},
    "session": {"AWS": SESSION},
    "federated-user": {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/f"},
    "service": {"Service": SERVICE},
    "web": {"Federated": PROVIDER},
}

ALLOWED, DENIED, EXPLICIT, INVALID = (
    "ALLOW", "IMPLICIT_DENY", "EXPLICIT_DENY", "INVALID")


def statement(effect, principal, action, resource, more):
    made = {"Effect": effect}
    if principal is not None:
        made["Principal"] = principal
    if action is not None:
        made["Action"] = action
    if resource is not None:
        made["Resource"] = resource
    return made | more


def allow(principal=None, action="s3:*", resource="*", **more):
    return statement("Allow", principal, action, resource, more)


def deny(principal=None, action="s3:*", resource="*", **more):
    return statement("Deny", principal, action, resource, more)


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


ALL = policy(allow(action="*"))
NOTHING = policy(allow(action="x:y"))  # allows nothing that a case asks for


def case(name, expect, principal=CALLERS["session"], action="s3:GetObject",
         resource="arn:aws:s3:::b/a", account=ACCOUNT, context=None,
         session_of=None, trust=False, identity=(), resource_policy=None,
         boundary=None, session=None, scps=None, rcps=None):
    """One line of the file; a layer that is None is absent."""
    if trust:
        action, resource = "sts:AssumeRole", TARGET
    request = {"principal": principal, "session_of": session_of,
               "action": action, "resource": resource,
               "resource_account": account, "context": context}
    policies = {"identity": list(identity), "resource": resource_policy,
                "boundary": boundary, "session": session, "scps": scps,
                "rcps": rcps}
    return {"id": f"table/{name}", "request": present(request),
            "policies": present(policies), "expect": expect}


def present(members):
    return {key: value for key, value in members.items() if value is not None}
