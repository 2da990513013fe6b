"""Sessions of both clients: renewal by one flight, and who is asked about."""

import asyncio
import concurrent.futures
import dataclasses
import inspect
import threading
import time

import pytest

import rolegate
import rolegate.aio
from rolegate.decision import decisions_of
from rolegate.v1 import authorization_pb2

ROLE = "arn:aws:iam::123456789012:role/R"


def test_one_flight(client, service):
    service.tokens.lives = 0.3
    session = client.assume_role(ROLE, "shop", renew_before=0.2)
    time.sleep(0.15)
    service.tokens.lives = 3600
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        found = set(
            pool.map(lambda _: session.credentials.session_token, range(50))
        )
    assert found == {"token-2"}
    assert service.tokens.assumed == 2


def test_one_flight_of_tasks(service):
    async def main():
        async with rolegate.aio.Client(service.address) as client:
            service.tokens.lives = 0.3
            session = await client.assume_role(ROLE, "shop", renew_before=0.2)
            await asyncio.sleep(0.15)
            service.tokens.lives = 3600
            # Who gives up while it renews leaves it to another.
            first = asyncio.create_task(session.credentials())
            await asyncio.sleep(0.01)
            first.cancel()
            found = await asyncio.gather(
                *(session.credentials() for _ in range(50))
            )
            return {each.session_token for each in found}

    assert asyncio.run(main()) == {"token-3"}
    assert service.tokens.assumed == 3


def test_what_is_good_stays(client, service):
    service.tokens.lives = 1
    session = client.assume_role(ROLE, "shop", renew_before=0.9)
    service.tokens.fails = True
    time.sleep(0.15)
    assert session.credentials.session_token == "token-1"
    assumed = service.tokens.assumed
    assert session.credentials.session_token == "token-1"
    assert service.tokens.assumed == assumed  # not tried again at once
    time.sleep(1)
    with pytest.raises(rolegate.AccessDenied):
        _ = session.credentials


def test_a_session_asks_about_another(client, service):
    session = client.assume_role(ROLE, "shop")
    assert session.client is client
    session.for_token("theirs").authorize("a:B", "*")
    assert service.requests[0].session_token == "theirs"
    assert service.authorization.metadata[0]["authorization"] == (
        "Bearer token-1"
    )
    with pytest.raises(ValueError, match="no credentials of its own"):
        _ = session.for_token("theirs").credentials


def test_an_empty_token_is_not_the_service_itself(client, service):
    client.for_token("").authorize("a:B", "*")
    assert service.requests[0].HasField("session_token")


def test_a_client_of_several_loops(service):
    """A module may make it before any loop runs."""
    client = rolegate.aio.Client(service.address)

    async def ask():
        try:
            return (
                await client.for_token("good").authorize("a:B", "*")
            ).allowed
        finally:
            await client.close()

    found = []
    threads = [
        threading.Thread(target=lambda: found.append(asyncio.run(ask())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [True] * 4
    assert asyncio.run(ask())


def test_a_call_that_is_cancelled(service):
    async def main():
        async with rolegate.aio.Client(service.address) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(
                    client.for_token("slow").authorize("a:B", "*"), 0.1
                )

    asyncio.run(main())


def test_errors_are_denials(client, service):
    assert not client.for_token("expired").is_allowed("a:B", "*")
    assert client.for_token("good").is_allowed("a:B", "*")
    service.server.stop(0).wait()
    assert not client.for_token("good").is_allowed("a:B", "*")


@pytest.mark.parametrize(
    ("plain", "awaited"),
    [
        (rolegate.Client, rolegate.aio.Client),
        (rolegate.Session, rolegate.aio.Session),
        (rolegate.Access, rolegate.aio.Access),
    ],
)
def test_both_clients_have_the_same_words(plain, awaited):
    def words(cls):
        return {
            name: list(inspect.signature(member).parameters)
            if inspect.isfunction(member)
            else []
            for name, member in vars(cls).items()
            if not name.startswith("_")
        }

    expected = words(plain)
    if plain is rolegate.Session:
        expected["credentials"] = ["self"]  # awaited, and so no property
    assert words(awaited) == expected


def test_secrets_are_not_shown(client):
    session = client.assume_role(ROLE, "shop")
    assert "token-1" not in repr(session.credentials)


def test_a_decision_is_whole(client):
    """It is made without its constructor, so that a member could be missing."""
    decision = client.for_token("good").authorize("a:B", "*")
    assert decision == dataclasses.replace(decision)
    assert list(vars(decision)) == [
        field.name for field in dataclasses.fields(decision)
    ]
    batch = authorization_pb2.BatchAuthorizeResponse(registry_revision="r")
    batch.results.add(reason="because")
    (found,) = decisions_of(batch)
    assert found == rolegate.Decision(False, False, "because", "", "r")
    with pytest.raises(dataclasses.FrozenInstanceError):
        decision.allowed = True
