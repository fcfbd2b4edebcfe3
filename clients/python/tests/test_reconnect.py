"""Connections that are lost, and how the client comes back."""

from __future__ import annotations

import asyncio
import socket

import pytest

from asappchat import Backoff, ChatError
from cut import Cut
from fake import ROOM, Conn, Fake, Request, closing, hear
from virtual import now

STEPS = 10
STRIDE = 61
"""Between the places where the connection is cut."""


async def converse(fake: Fake, cut: Cut) -> list[str]:
    """Hold a conversation, and return what the application saw.

    Those are the answers to its sends, and the messages that it was told.
    """
    fake.dial = cut.dial
    client = fake.client()
    try:
        await client.connect()
    except ChatError:
        client = fake.client()
        await client.connect()
    async with closing(client):
        fake.post("hello ana")
        seen = await hear(client, 1)
        for i in range(STEPS):
            sends = [asyncio.ensure_future(client.send(ROOM, f"ana {i}.{j}")) for j in range(2)]
            seen += [f"stored {result['seq']}" for result in await asyncio.gather(*sends)]
            fake.post(f"bo {i}")
            seen += await hear(client, 3)
            await client.ping()
    return seen


async def test_what_is_seen_does_not_depend_on_where_the_connection_is_cut(fake: Fake) -> None:
    uncut = Cut(1 << 30)
    want = await converse(fake, uncut)
    assert len(want) == 1 + 5 * STEPS
    assert uncut.used > 10_000
    for place in range(0, uncut.used, STRIDE):
        fake.reset()
        assert await converse(fake, Cut(place)) == want, f"cut after {place} of {uncut.used} bytes"


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013, 4000, 4003, 4999])
async def test_codes_from_which_the_client_comes_back(fake: Fake, code: int) -> None:
    fake.close_after(1, code)
    async with fake.client() as client:
        assert (await client.send(ROOM, "hello"))["duplicate"]
    assert (len(fake.log), fake.dials) == (1, 2)
    assert "token" in fake.requests[2]["params"], "it logs in with its token"


@pytest.mark.parametrize("code", [1003, 1007, 1009])
async def test_codes_that_fail_the_call(fake: Fake, code: int) -> None:
    fake.close_after(1, code)
    async with fake.client() as client:
        with pytest.raises(ChatError) as caught:
            await client.send(ROOM, "hello")
        assert (caught.value.kind, caught.value.code) == ("close", code)
        await client.users()


@pytest.mark.parametrize("code", [4001, 4008])
async def test_codes_that_are_the_end(fake: Fake, code: int) -> None:
    fake.close_after(1, code)
    async with fake.client() as client:
        waiting = asyncio.ensure_future(hear(client, 1))
        for call in (client.send(ROOM, "hello"), client.users(), waiting):
            with pytest.raises(ChatError) as caught:
                await call
            assert (caught.value.kind, caught.value.code) == ("close", code)
            assert not caught.value.retryable
    assert fake.dials == 1


async def test_an_expired_token_is_followed_by_a_login_by_name(fake: Fake) -> None:
    fake.close_after(1, 4002)
    async with fake.client() as client:
        assert (await client.send(ROOM, "hello"))["duplicate"]
    assert [r["params"].get("password") for r in fake.requests if r["method"] == "login"] == [
        "correct horse",
        "correct horse",
    ]


async def test_an_expired_token_without_a_name_is_the_end(fake: Fake) -> None:
    fake.close_after(1, 4002)
    async with fake.client(token="t0") as client:
        with pytest.raises(ChatError, match="close 4002"):
            await client.send(ROOM, "hello")
        with pytest.raises(ChatError, match="close 4002"):
            await hear(client, 1)


async def test_jitter_is_full_and_bounded(fake: Fake) -> None:
    failures, delays = 400, []

    def dial(n: int, sock: socket.socket) -> socket.socket | None:
        return sock if n == 1 or n > failures else None

    def on_retry(error: ChatError, delay: float) -> None:
        delays.append(delay)

    fake.dial = dial
    fake.close_after(1, 1011)
    async with fake.client(backoff=Backoff(base=1, cap=10), on_retry=on_retry) as client:
        await client.send(ROOM, "hello")
        assert abs(now() - sum(delays)) < 1, "that is how long it waits"
    ceilings = [min(10, 2**i) for i in range(len(delays))]
    shares = [delay / ceiling for delay, ceiling in zip(delays, ceilings, strict=True)]
    assert len(shares) == failures
    assert 0 <= min(shares) <= max(shares) <= 1
    assert sum(share < 0.25 for share in shares) > failures / 8
    assert sum(share > 0.75 for share in shares) > failures / 8


async def test_failures_are_forgotten_when_a_connection_was_of_use(fake: Fake) -> None:
    delays = []

    def on_retry(error: ChatError, delay: float) -> None:
        delays.append(delay)

    def on(conn: Conn, request: Request) -> bool:
        asked: bool = request["method"] == "users"
        if asked:
            conn.reply(request, {"users": []})
            conn.close(1011)
        return asked

    fake.on = on
    async with fake.client(backoff=Backoff(base=1, cap=1000), on_retry=on_retry) as client:
        for _ in range(30):
            await client.users()
            await asyncio.sleep(2)
    assert len(delays) == 30
    assert max(delays) <= 1


async def test_an_announced_restart_is_waited_for(fake: Fake) -> None:
    told: list[tuple[str, float]] = []

    def on(conn: Conn, request: Request) -> bool:
        if conn.n > 1 or request["method"] != "send":
            return False
        conn.notify("draining", {"delay_ms": 7000})
        conn.refuse(request, 503, "draining")
        conn.close(1012)
        return True

    def on_retry(error: ChatError, delay: float) -> None:
        told.append((str(error), delay))

    fake.on = on
    async with fake.client(on_retry=on_retry) as client:
        await client.send(ROOM, "hello")
    assert told == [("close 1012: because", 7.0)]


async def test_a_server_that_is_full_says_when_to_come_back(fake: Fake) -> None:
    told: list[tuple[str, float]] = []

    def on_retry(error: ChatError, delay: float) -> None:
        told.append((error.kind, delay))

    fake.full = {2: "60", 3: "soon", 4: "7"}
    fake.close_after(1, 1012)
    async with fake.client(on_retry=on_retry) as client:
        await client.send(ROOM, "hello")
    assert [kind for kind, _ in told] == ["close", "unreachable", "unreachable", "unreachable"]
    assert 60 <= told[1][1] <= 60.25
    assert told[2][1] <= 1
    assert 7 <= told[3][1] <= 7.25


async def test_an_idle_client_comes_back_when_it_has_something_to_say(fake: Fake) -> None:
    async with fake.client() as client:
        fake.open[0].close(4003)
        await asyncio.sleep(3600)
        assert fake.dials == 1
        assert not client.connected
        await client.send(ROOM, "hello")
        assert fake.dials == 2
        fake.open[1].close(4003)
        await asyncio.sleep(3600)
        waiting = asyncio.ensure_future(hear(client, 2))
        await asyncio.sleep(3600)
        fake.post("late")
        assert await waiting == ["hello", "late"]


async def test_a_silent_connection_is_given_up(fake: Fake) -> None:
    fake.on = lambda conn, request: bool(conn.n == 1 and request["method"] == "ping")
    async with fake.client() as client:
        await asyncio.sleep(120)  # 30 s quiet, 30 s without an answer
        assert (await client.send(ROOM, "hello"))["seq"] == 1
    assert fake.dials == 2


async def test_an_overdue_answer_ends_the_connection(fake: Fake) -> None:
    fake.on = lambda conn, request: bool(conn.n == 1 and request["method"] == "send")
    why = []
    async with fake.client(answer_timeout=5, on_retry=lambda e, _: why.append(e.kind)) as client:
        await client.users()
        first = asyncio.ensure_future(client.send(ROOM, "one"))
        await asyncio.sleep(4)
        second = asyncio.ensure_future(client.send(ROOM, "two"))
        assert ((await first)["seq"], (await second)["seq"]) == (1, 2)
        assert now() < 6
    assert (fake.dials, why) == (2, ["silent"])


async def test_a_login_that_is_not_answered_is_given_up(fake: Fake) -> None:
    fake.on = lambda conn, request: conn.n == 1
    with pytest.raises(ChatError, match="silent"):
        await fake.client().connect()
    fake.on = lambda conn, request: bool(conn.n == 2 and request["method"] == "login")
    with pytest.raises(ChatError, match="silent"):
        await fake.client().connect()
    async with fake.client() as client:
        await client.users()


async def test_a_server_that_does_not_read_is_given_up(fake: Fake) -> None:
    def dial(n: int, sock: socket.socket) -> socket.socket | None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return sock

    fake.dial = dial
    async with fake.client(in_flight=1, answer_timeout=1000) as client:
        fake.open[0].ws.transport.pause_reading()
        fake.open[0].ws.recv_messages.pause = lambda: None
        calls = [client.send(ROOM, "x" * 100_000) for _ in range(3)]
        results = await asyncio.gather(*calls)
        assert [result["seq"] for result in results] == [1, 2, 3]
        assert 30 <= now() < 40
    assert fake.dials == 2


async def test_another_version_of_the_protocol_is_the_end(fake: Fake) -> None:
    fake.close_after(1, 1012)
    async with fake.client() as client:
        fake.protocol = "0"
        with pytest.raises(ChatError, match="version"):
            await client.send(ROOM, "hello")
    with pytest.raises(ChatError, match="version"):
        await fake.client().connect()


async def test_what_was_in_the_way_is_forgotten(fake: Fake) -> None:
    fake.close_after(1, 1011)
    async with fake.client() as client:
        await client.send(ROOM, "hello")
        assert client.trouble is None
        assert client.connected
