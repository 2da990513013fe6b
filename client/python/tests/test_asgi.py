"""The middleware for ASGI without a server, so that a scope may be anything."""

import asyncio
import json
import logging
import types

import pytest

import rolegate.aio
from rolegate.asgi import RolegateMiddleware, access

RULES = [
    {"method": "GET", "path": "/public", "public": True},
    {
        "method": "GET",
        "path": "/orders/{id}",
        "action": "orders:GetOrder",
        "resource": "arn:aws:orders:::order/{id}",
        "context": {"orders:Id": "{id}"},
    },
    {
        "method": "HEAD",
        "path": "/orders/{id}",
        "action": "orders:GetOrder",
        "resource": "*",
    },
]


def bearer(token):
    return [(b"authorization", b"Bearer " + token.encode("latin-1"))]


def scope_of(**members):
    return {
        "type": "http",
        "method": "GET",
        "path": "/orders/17",
        "raw_path": b"/orders/17",
        "headers": bearer("good"),
        **members,
    }


class Outcome:
    """What the middleware sent, and what reached the application."""

    def __init__(self, scope, **guard):
        self.sent = []
        self.scopes = []
        asyncio.run(self.run(scope, guard))

    async def run(self, scope, guard):
        async def app(scope, receive, send):
            self.scopes.append(scope)

        async def send(message):
            self.sent.append(message)

        async def receive():
            raise AssertionError("a refusal reads nothing of the request")

        client = guard.pop("client")
        try:
            await RolegateMiddleware(
                app, client, guard.pop("rules", RULES), **guard
            )(scope, receive, send)
        finally:
            await client.close()

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def body(self):
        return json.loads(self.sent[1]["body"])


def test_the_handler_gets_the_decision(aio_client, service):
    outcome = Outcome(scope_of(), client=aio_client)
    assert outcome.sent == []
    found = outcome.scopes[0]["rolegate"]
    assert isinstance(found, rolegate.aio.Access)
    assert found.action == "orders:GetOrder"
    assert found.resource == "arn:aws:orders:::order/17"
    assert found.decision.decision_id == "decision-1"
    assert service.requests[0].session_token == "good"
    assert service.requests[0].context["orders:Id"].values == ["17"]
    assert service.authorization.metadata[0]["rolegate-principal"] == (
        "service:backend"
    )


def test_a_public_route_is_not_asked_about(aio_client, service):
    outcome = Outcome(
        scope_of(raw_path=b"/public", headers=bearer("forged")),
        client=aio_client,
    )
    assert outcome.scopes[0]["rolegate"] is None
    assert service.requests == []


@pytest.mark.parametrize(
    ("token", "status", "name", "challenge"),
    [
        ("denied", 403, "AccessDenied", None),
        ("expired", 401, "ExpiredToken", b'Bearer error="invalid_token"'),
        (
            "forged",
            401,
            "InvalidClientTokenId",
            b'Bearer error="invalid_token"',
        ),
        ("malformed", 403, "AccessDenied", None),
        ("busy", 503, "ServiceUnavailable", None),
        ("loading", 503, "ServiceUnavailable", None),
        ("stranger", 503, "ServiceUnavailable", None),
        ("nameless", 503, "ServiceUnavailable", None),
        ("broken", 503, "ServiceUnavailable", None),
        ("slow", 503, "ServiceUnavailable", None),
    ],
)
def test_refusals(aio_client, token, status, name, challenge):
    outcome = Outcome(scope_of(headers=bearer(token)), client=aio_client)
    assert outcome.scopes == []
    assert (outcome.status, outcome.body["error"]) == (status, name)
    assert outcome.headers.get(b"www-authenticate") == challenge
    assert "secret policy" not in json.dumps(outcome.body)
    assert outcome.body.get("decision_id") == (
        "decision-1" if token == "denied" else None
    )


@pytest.mark.parametrize(
    "headers",
    [
        [],
        bearer("good") + bearer("good"),
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Bearer  good")],
        [(b"authorization", b"Bearergood")],
        [(b"authorization", b"Basic good")],
        [(b"authorization", b"good")],
        [(b"x-authorization", b"Bearer good")],
        [(b"Authorization", b"Bearer good"), (b"authorization", b"")],
    ],
)
def test_no_token(aio_client, service, headers):
    outcome = Outcome(scope_of(headers=headers), client=aio_client)
    assert outcome.scopes == []
    assert outcome.status == 401
    assert outcome.headers[b"www-authenticate"] == b"Bearer"
    assert outcome.body["error"] == "MissingAuthenticationToken"
    assert service.requests == []


@pytest.mark.parametrize(
    "token",
    ["x" * 100_000, "x" * 6145, "\xff\xfe", "a\r\nb", "a\0b", "a b", "a\x7f"],
)
def test_a_token_that_can_be_none_of_rolegates(aio_client, service, token):
    outcome = Outcome(scope_of(headers=bearer(token)), client=aio_client)
    assert (outcome.scopes, outcome.status) == ([], 401)
    assert outcome.headers[b"www-authenticate"] == (
        b'Bearer error="invalid_token"'
    )
    assert outcome.body["error"] == "InvalidClientTokenId"
    assert service.requests == []


@pytest.mark.parametrize("token", ["x" * 6144, "{id}", "a,b", "%00"])
def test_whatever_else_it_is_made_of_rolegate_judges(
    aio_client, service, token
):
    outcome = Outcome(scope_of(headers=bearer(token)), client=aio_client)
    assert len(outcome.scopes) == 1
    assert service.requests[0].session_token == token


def test_another_header(aio_client, service):
    for headers, status in [
        ([(b"x-session", b"good")], None),
        ([(b"x-session", b"")], 401),
        ([(b"x-session", b"good"), (b"x-session", b"good")], 401),
        (bearer("good"), 401),
    ]:
        outcome = Outcome(
            scope_of(headers=headers), client=aio_client, header="X-Session"
        )
        assert (outcome.status if outcome.sent else None) == status
    assert len(service.requests) == 1


def test_a_server_that_hides_the_path_as_it_came(aio_client, caplog):
    scope = scope_of()
    del scope["raw_path"]
    for each in (scope, scope_of(raw_path=None)):
        outcome = Outcome(each, client=aio_client)
        assert (outcome.scopes, outcome.status) == ([], 403)
    assert "raw_path" in caplog.text


def test_the_path_that_came_and_no_rewritten_one(aio_client, service):
    outcome = Outcome(
        scope_of(path="/public", root_path="/public", raw_path=b"/orders/2"),
        client=aio_client,
    )
    assert len(outcome.scopes) == 1
    assert service.requests[0].resource.endswith("order/2")


def test_no_rule(aio_client, service, caplog):
    caplog.set_level(logging.INFO)
    for scope in (
        scope_of(raw_path=b"/other"),
        scope_of(method="POST"),
        scope_of(raw_path=b"/orders%2F17"),
    ):
        outcome = Outcome(scope, client=aio_client)
        assert (outcome.scopes, outcome.status) == ([], 403)
    assert "'POST /orders/17' is denied, for no rule" in caplog.text
    assert service.requests == []


def test_a_refusal_of_head_has_no_body(aio_client):
    outcome = Outcome(
        scope_of(method="HEAD", headers=bearer("denied")), client=aio_client
    )
    assert outcome.status == 403
    assert outcome.sent[1]["body"] == b""


def test_rolegate_is_gone(aio_client, service, caplog):
    service.server.stop(0).wait()
    with caplog.at_level(logging.ERROR):
        outcome = Outcome(scope_of(), client=aio_client)
    assert (outcome.scopes, outcome.status) == ([], 503)
    assert "cannot be asked" in caplog.text
    assert "good" not in caplog.text


def test_who_asks_is_had_when_the_first_request_comes(service):
    """Once, by one flight; and once more if it failed."""
    tries = []

    async def connect():
        tries.append(None)
        await asyncio.sleep(0.05)
        if len(tries) == 1:
            raise OSError("no token file yet")
        return rolegate.aio.Client(service.address)

    async def main():
        reached, sent = [], []

        async def app(scope, receive, send):
            reached.append(scope["rolegate"].session.client)

        async def send(message):
            sent.append(message)

        guarded = RolegateMiddleware(app, connect, RULES)
        await guarded(scope_of(), None, send)
        assert (reached, sent[0]["status"]) == ([], 503)
        await asyncio.gather(
            *(guarded(scope_of(), None, send) for _ in range(20))
        )
        assert len(reached) == 20
        await reached[0].close()

    asyncio.run(main())
    assert len(tries) == 2


def test_more_context(aio_client, service):
    Outcome(
        scope_of(client=("192.0.2.1", 7)),
        client=aio_client,
        context=lambda scope: {
            "aws:SourceIp": scope["client"][0],
            "orders:Id": "the table has the last word",
        },
    )
    context = service.requests[0].context
    assert context["aws:SourceIp"].values == ["192.0.2.1"]
    assert context["orders:Id"].values == ["17"]


@pytest.mark.parametrize(
    "context",
    [lambda scope: {"a:B": 7}, lambda scope: scope["no such"], lambda _: 7],
)
def test_context_that_fails_lets_nobody_pass(aio_client, context):
    outcome = Outcome(scope_of(), client=aio_client, context=context)
    assert (outcome.scopes, outcome.status) == ([], 503)


def websocket(**members):
    scope = scope_of(type="websocket", **members)
    del scope["method"]
    return scope


def test_a_websocket_is_let_pass(aio_client, service):
    outcome = Outcome(websocket(), client=aio_client)
    assert outcome.scopes[0]["rolegate"].action == "orders:GetOrder"
    assert len(service.requests) == 1


@pytest.mark.parametrize("token", ["denied", "forged", "broken"])
def test_a_websocket_is_refused_before_it_is_accepted(aio_client, token):
    outcome = Outcome(websocket(headers=bearer(token)), client=aio_client)
    assert outcome.scopes == []
    assert outcome.sent == [{"type": "websocket.close", "code": 1008}]


def test_a_websocket_is_told_why_where_the_server_can(aio_client):
    outcome = Outcome(
        websocket(
            headers=bearer("expired"),
            extensions={"websocket.http.response": {}},
        ),
        client=aio_client,
    )
    assert outcome.scopes == []
    assert [message["type"] for message in outcome.sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert outcome.status == 401


def test_other_scopes(aio_client):
    assert len(Outcome({"type": "lifespan"}, client=aio_client).scopes) == 1
    with pytest.raises(RuntimeError, match="`webtransport` are not guarded"):
        Outcome({"type": "webtransport"}, client=aio_client)


def test_a_caller_who_goes_away(aio_client, service):
    """The question is dropped, and the application never hears of it."""
    reached = []

    async def app(scope, receive, send):
        reached.append(scope)

    async def main():
        guarded = RolegateMiddleware(app, aio_client, RULES)
        task = asyncio.create_task(
            guarded(scope_of(headers=bearer("slow")), None, None)
        )
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await aio_client.close()

    asyncio.run(main())
    assert reached == []


@pytest.mark.parametrize("scope", [{}, {"rolegate": None}])
def test_no_access_of_a_request(scope):
    with pytest.raises(LookupError, match="public, or not behind"):
        access(types.SimpleNamespace(scope=scope))


def test_a_wrong_table():
    client = rolegate.aio.Client("127.0.0.1:1")
    with pytest.raises(ValueError, match="no rule"):
        RolegateMiddleware(None, client, [])
