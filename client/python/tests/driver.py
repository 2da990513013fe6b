"""The driver of the conformance scenarios; client/conformance/README.md.

With `--aio` it is that of the client for asyncio.
"""

import concurrent.futures
import dataclasses
import json
import logging
import sys

from waiting import Waiting

import rolegate
import rolegate.aio

AIO = "--aio" in sys.argv[1:]

clients = {}
aio_clients = {}
servers = {}
sessions = {}
watches = {}
causes = concurrent.futures.ThreadPoolExecutor(64)


def subject(args):
    return (
        sessions[args["session"]]
        if "session" in args
        else clients[args["client"]]
    )


def taken(args, *names):
    return {name: args[name] for name in names if name in args}


SESSION_FIELDS = ("duration_seconds", "policy", "policy_arns", "renew_before")


def connect(args):
    fields = taken(
        args,
        "ca",
        "cert",
        "key",
        "plaintext",
        "principal",
        "session_token",
        "timeout",
    )
    # For servers that await; it connects when it is used.
    awaited = rolegate.aio.Client(args["target"], **fields)
    aio_clients[args["client"]] = awaited
    clients[args["client"]] = (
        Waiting(awaited) if AIO else rolegate.Client(args["target"], **fields)
    )
    return {}


def from_environment(args):
    sessions[args["session"]] = (
        Waiting(rolegate.aio).from_environment()
        if AIO
        else rolegate.from_environment()
    )
    return {}


def keep(args, session):
    sessions[args["session"]] = session
    return credentials(args)


def credentials(args):
    found = sessions[args["session"]].credentials
    return dataclasses.asdict(found() if AIO else found)


def assume_role(args):
    return keep(
        args,
        clients[args["client"]].assume_role(
            args["role_arn"],
            args["role_session_name"],
            **taken(
                args,
                *SESSION_FIELDS,
                "tags",
                "transitive_tag_keys",
                "external_id",
                "source_identity",
                "serial_number",
                "token_code",
            ),
        ),
    )


def assume_role_with_web_identity(args):
    return keep(
        args,
        clients[args["client"]].assume_role_with_web_identity(
            args["role_arn"],
            args["role_session_name"],
            **taken(
                args,
                *SESSION_FIELDS,
                "web_identity_token",
                "web_identity_token_file",
            ),
        ),
    )


def assume_role_with_saml(args):
    return keep(
        args,
        clients[args["client"]].assume_role_with_saml(
            args["role_arn"],
            args["principal_arn"],
            args["saml_assertion"],
            **taken(args, *SESSION_FIELDS),
        ),
    )


def for_token(args):
    sessions[args["session"]] = clients[args["client"]].for_token(args["token"])
    return {}


def shown(decision):
    told = {
        field.name: getattr(decision, field.name)
        for field in dataclasses.fields(decision)
    }
    explanation = decision.explanation
    if explanation is not None:
        explanation = {
            "matched_statements": [
                {
                    "policy": each.policy,
                    "sid": each.sid,
                    "layer": layer_name(each.layer),
                }
                for each in explanation.matched_statements
            ],
            "missing_context_keys": list(explanation.missing_context_keys),
            "lacking": explanation.lacking,
        }
    return {
        **told,
        "explanation": explanation,
        "context_keys_read": list(decision.context_keys_read),
    }


def layer_name(layer):
    from rolegate.v1 import decision_pb2

    return decision_pb2.Layer.Name(layer)[len("LAYER_") :].lower()


def authorize(args):
    return shown(
        subject(args).authorize(
            args["action"],
            args["resource"],
            args.get("context"),
            **taken(args, "resource_account", "explain"),
        )
    )


def authorize_many(args):
    return {
        "decisions": [
            shown(each)
            for each in subject(args).authorize_many(
                args["checks"], args.get("context")
            )
        ]
    }


def authorize_stream(args):
    return {
        "batches": [
            [shown(each) for each in batch]
            for batch in subject(args).authorize_stream(args["batches"])
        ]
    }


class Cause(logging.Handler):
    """Keeps the error that is_allowed logged."""

    name_of_last = ""

    def emit(self, record):
        for argument in record.args or ():
            if isinstance(argument, rolegate.RolegateError):
                Cause.name_of_last = argument.name or argument.code


def is_allowed(args):
    Cause.name_of_last = ""
    allowed = subject(args).is_allowed(
        args["action"], args["resource"], args.get("context")
    )
    return {"allowed": allowed, "error": Cause.name_of_last}


def get_caller_identity(args):
    identity = subject(args).get_caller_identity()
    return {
        "account": identity.account,
        "arn": identity.arn,
        "user_id": identity.user_id,
    }


def get_signing_keys(args):
    return {"jwks": clients[args["client"]].get_signing_keys()}


def decode_authorization_message(args):
    return {
        "message": clients[args["client"]].decode_authorization_message(
            args["encoded_message"]
        )
    }


def verify_session(args):
    return dataclasses.asdict(
        rolegate.verify_session(
            args["token"],
            args["jwks"],
            issuer=args["issuer"],
            audience=args["audience"],
        )
    )


def watch(args):
    watches[args["watch"]] = subject(args).watch()
    return {}


def next_revision(args):
    return {
        "revision": causes.submit(next, watches[args["watch"]]).result(
            args["timeout"]
        )
    }


def repeat(args):
    request = args["request"]
    if not args["at_once"]:
        return {"answers": [answer(request) for _ in range(args["times"])]}
    return {
        "answers": list(
            causes.map(lambda _: answer(request), range(args["times"]))
        )
    }


def frameworks(args):
    import serving

    # Each driver tells of what goes with its client.
    awaiting = [name for name in serving.GRPC if name != "grpc"]
    if AIO:
        http, plain = list(serving.HTTP), awaiting
    else:
        http, plain = list(serving.HTTP), list(serving.GRPC)
    return {"http": http, "grpc": plain, "sees_messages": plain}


def serve(args):
    import serving

    server = serving.Server(
        args["kind"],
        args["framework"],
        clients[args["client"]],
        aio_clients[args["client"]],
        args["rules"],
        args.get("header"),
    )
    servers[args["server"]] = server
    return {"address": server.address}


def stop_serving(args):
    return {"handled": servers.pop(args["server"]).stop()}


def close(args):
    clients.pop(args["client"]).close()
    return {}


OPERATIONS = {
    f.__name__: f
    for f in (
        connect,
        from_environment,
        assume_role,
        assume_role_with_web_identity,
        assume_role_with_saml,
        for_token,
        credentials,
        authorize,
        authorize_many,
        authorize_stream,
        is_allowed,
        get_caller_identity,
        get_signing_keys,
        decode_authorization_message,
        verify_session,
        watch,
        next_revision,
        repeat,
        frameworks,
        serve,
        stop_serving,
        close,
    )
}


def answer(request):
    operation = OPERATIONS.get(request["do"])
    if operation is None:
        return {
            "error": {
                "name": "UnknownOperation",
                "code": "",
                "message": request["do"],
                "encoded_message": "",
            }
        }
    try:
        return {"ok": operation(request)}
    except rolegate.RolegateError as error:
        return {
            "error": {
                "name": error.name,
                "code": error.code,
                "message": error.message,
                "encoded_message": error.encoded_message,
            }
        }
    except Exception as error:  # noqa: BLE001 - of the client itself
        return {
            "error": {
                "name": type(error).__name__,
                "code": "",
                "message": str(error),
                "encoded_message": "",
            }
        }


logging.getLogger("rolegate").addHandler(Cause())
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
