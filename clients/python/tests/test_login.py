"""Logins, and the tokens that go from one to the next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from asappchat import ChatError, Client
from fake import ROOM, Conn, Fake, Request

Login = Callable[["str | None"], Awaitable[str]]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_newest_token_is_told_before_it_is_used(fake: Fake, asynchronous: bool) -> None:
    fake.close_after(3, 1012)
    told: list[str] = []

    def store(token: str) -> None:
        assert fake.tokens[1] == token != fake.tokens[0]
        told.append(token)

    async def store_later(token: str) -> None:
        await asyncio.sleep(1)
        store(token)

    on_token = store_later if asynchronous else store
    async with fake.client(token="t0", on_token=on_token) as client:
        await client.send(ROOM, "hello")
    assert told == ["t1", "t2", "t3", "t4"]
    assert fake.tokens == ["t3", "t4"], "each is used in the next login"


async def test_a_lost_answer_to_a_login_costs_nothing(fake: Fake) -> None:
    fake.close_after(1, 1012)
    closes = fake.on

    def on(conn: Conn, request: Request) -> bool:
        lost = request["method"] == "login" and 1 < conn.n < 5
        if lost:
            conn.mute = True
            conn.answer(request)
            conn.cut()
        return lost or closes(conn, request)

    fake.on = on
    async with fake.client(token="t0") as client:
        await client.send(ROOM, "hello")
    assert fake.tokens == ["t1", "t5"]


async def test_a_token_that_could_not_be_stored_is_not_used(
    fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    def on_token(token: str) -> None:
        raise OSError("disk full")

    fake.close_after(3, 1012)
    with caplog.at_level(logging.ERROR, "asappchat"):
        async with fake.client(token="t0", on_token=on_token) as client:
            await client.send(ROOM, "hello")
    assert fake.tokens == ["t0", "t4"]
    assert "disk full" in caplog.text


async def test_an_exchange_keeps_the_token(fake: Fake) -> None:
    """Programs that share a session take the token of whoever logged in last."""
    fake.close_after(1, 1012)
    shared = "t0"

    async def exchange(login: Login) -> None:
        nonlocal shared
        shared = await login(shared)

    async with fake.client(exchange=exchange) as client:
        for _ in range(2):
            async with fake.client(exchange=exchange):
                pass
        await client.send(ROOM, "hello")
    assert (shared, fake.tokens) == ("t4", ["t3", "t4"])


async def test_a_failed_exchange_is_no_login(fake: Fake) -> None:
    async def fails(login: Login) -> None:
        await login("t0")
        raise OSError("disk full")

    async def forgets(login: Login) -> None:
        pass

    with pytest.raises(OSError, match="disk full"):
        await fake.client(exchange=fails).connect()
    with pytest.raises(ChatError, match="exchange did not log in"):
        await fake.client(exchange=forgets).connect()


async def test_an_exchange_that_fails_later_is_tried_again(fake: Fake) -> None:
    tries = 0

    async def exchange(login: Login) -> None:
        nonlocal tries
        tries += 1
        await login(f"t{tries - 1}")
        if tries in (2, 3):
            raise OSError("disk full")

    fake.close_after(1, 1012)
    async with fake.client(exchange=exchange) as client:
        await client.send(ROOM, "hello")
    assert tries == 4


async def test_the_name_serves_when_the_token_does_not(fake: Fake) -> None:
    async with fake.client(token="stale", username="ana", password="correct horse") as client:
        assert client.login["user"]["username"] == "ana"
    assert fake.asked() == ["login", "login"]


async def test_wrong_credentials(fake: Fake) -> None:
    with pytest.raises(ChatError, match="unauthenticated"):
        await fake.client(token="stale").connect()
    fake.close_after(10, 1012)
    async with fake.client(token="t0") as client:
        fake.tokens = ["another", "one"]
        with pytest.raises(ChatError, match="unauthenticated"):
            await client.send(ROOM, "hello")


async def test_a_login_that_is_refused_for_now_is_tried_again(fake: Fake) -> None:
    fake.close_after(1, 1012)
    closes = fake.on

    def on(conn: Conn, request: Request) -> bool:
        refused: bool = request["method"] == "login" and 1 < conn.n < 5
        if refused:
            conn.refuse(request, 429, "rate_limited", retry_after_ms=3000)
        return refused or closes(conn, request)

    delays: list[float] = []
    fake.on = on
    async with fake.client(on_retry=lambda _, delay: delays.append(delay)) as client:
        await client.send(ROOM, "hello")
    assert len(delays) == 4
    assert min(delays[1:]) >= 3


async def test_what_a_login_says_is_looked_at(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        conn.reply(request, {"token": 7})
        return True

    fake.on = on
    with pytest.raises(ChatError, match="protocol: answer to login: token is no str"):
        await fake.client().connect()


async def test_logout(fake: Fake) -> None:
    async with fake.client() as client:
        await client.logout()
        with pytest.raises(ChatError, match="closed"):
            await client.send(ROOM, "hello")
    assert fake.asked() == ["login", "logout"]


async def test_a_logout_whose_answer_was_lost_is_done(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        if request["method"] == "logout":
            fake.tokens = ["", ""]
            conn.cut()
        return bool(request["method"] == "logout")

    fake.on = on
    async with fake.client(token="t0") as client:
        await client.logout()
    assert fake.asked() == ["login", "logout", "login"]


async def test_a_client_without_a_login_has_none(fake: Fake) -> None:
    async with fake.anonymous() as client:
        await client.server_info()
        with pytest.raises(ChatError, match="unauthenticated"):
            _ = client.login
        assert client.cursor == ""
    assert fake.asked() == ["server_info"]


async def test_a_server_that_cannot_be_reached() -> None:
    with pytest.raises(ChatError, match="unreachable: cannot reach") as caught:
        await Client("ws://127.0.0.1:1").connect()
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.retryable
