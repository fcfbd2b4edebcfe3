"""The life of a client: nothing is left behind, and no failure is swallowed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asappchat import ChatError
from fake import ROOM, Conn, Fake, Request, hear
from virtual import now, settle


def tasks() -> int:
    return len(asyncio.all_tasks())


async def test_no_task_is_left_behind(fake: Fake) -> None:
    before = tasks()
    async with fake.client() as client:
        assert tasks() == before + 3, "two of the client, and one of the fake"
        await client.send(ROOM, "hello")
    await settle()
    assert tasks() == before
    assert fake.open[0].ws.protocol.close_code == 1000


async def test_a_client_that_is_closed_at_once_leaves_nothing(fake: Fake) -> None:
    before = tasks()
    async with fake.client():
        pass
    await settle()
    assert tasks() == before
    assert fake.open[0].ws.protocol.close_code == 1000


async def test_close_waits_a_few_seconds_for_a_server_that_is_stuck(fake: Fake) -> None:
    async with fake.client():
        fake.open[0].ws.transport.pause_reading()
    assert 0 < now() < 10


async def test_a_cancelled_close_does_without_ceremony(fake: Fake) -> None:
    client = fake.client()
    await client.connect()
    fake.open[0].ws.transport.pause_reading()
    before = tasks()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.close(), 0.1)
    assert now() < 1
    await settle()
    assert tasks() == before - 2


async def test_close_while_it_connects_and_before(fake: Fake) -> None:
    before, client = tasks(), fake.client()
    connecting = asyncio.ensure_future(client.connect())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(ChatError, match="closed"):
        await connecting
    with pytest.raises(ChatError, match="closed"):
        await client.connect()
    await settle()
    assert tasks() == before


async def test_close_while_it_waits_to_come_back(fake: Fake) -> None:
    fake.dial = lambda n, sock: sock if n == 1 else None
    async with fake.client() as client:
        fake.open[0].cut()
        await asyncio.sleep(100)
        call = asyncio.ensure_future(client.users())
        await settle()
    with pytest.raises(ChatError, match="closed"):
        await call


async def test_close_while_it_logs_in(fake: Fake) -> None:
    fake.on = lambda conn, request: conn.n > 1
    async with fake.client():
        fake.open[0].cut()
        await asyncio.sleep(5)
        assert fake.dials == 2
    await settle()
    assert fake.open[1].ws.protocol.state.name == "CLOSED"


async def test_a_connect_that_is_cancelled_leaves_nothing(fake: Fake) -> None:
    fake.on = lambda conn, request: True
    before = tasks()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(fake.client().connect(), 1)
    await settle()
    assert tasks() == before


async def test_a_callback_that_fails_at_once_leaves_nothing(fake: Fake) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    before = tasks()
    for callback in ("on_connect", "on_token"):
        with pytest.raises(ZeroDivisionError):
            await fake.client(**{callback: fails}).connect()
    await settle()
    assert tasks() == before


async def test_a_client_connects_once(fake: Fake) -> None:
    async with fake.client() as client:
        with pytest.raises(RuntimeError, match="once"):
            await client.connect()
    await fake.client().close()  # which has done nothing


@pytest.mark.parametrize("callback", ["on_retry", "on_token", "on_connect", "on_ephemeral"])
async def test_a_callback_that_fails_is_the_end_and_is_told(fake: Fake, callback: str) -> None:
    """Not as a task whose exception nobody sees."""
    armed = False

    def fails(*_: Any) -> None:
        if armed:
            raise ZeroDivisionError("a bug")

    client = fake.client(token="t0", **{callback: fails})
    await client.connect()
    armed = True
    call = asyncio.ensure_future(hear(client, 1))
    await settle()
    fake.open[0].notify("presence", {"username": "bo", "state": "online"})
    await settle()
    fake.open[0].cut()
    with pytest.raises(ChatError) as caught:
        await call
    assert caught.value.kind == "other"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(ChatError, match="ZeroDivisionError"):
        await client.close()


async def test_the_error_of_the_body_is_not_hidden_by_that_of_the_close(fake: Fake) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    async def body() -> None:
        async with fake.client(on_retry=fails):
            fake.open[0].cut()
            await asyncio.sleep(60)
            raise KeyError

    with pytest.raises(KeyError):
        await body()


async def test_a_callback_must_not_close(fake: Fake) -> None:
    async def on_token(token: str) -> None:
        if fake.logins > 1:
            await client.close()

    client = fake.client(token="t0", on_token=on_token)
    await client.connect()
    fake.open[0].cut()
    await asyncio.sleep(5)
    with pytest.raises(ChatError, match="close is called by a callback"):
        await client.close()


async def test_a_call_that_is_cancelled_while_it_is_answered(fake: Fake) -> None:
    """In the same turn of the loop: the answer is lost, and nothing else."""
    tasks_: list[asyncio.Future[Any]] = []

    def on(conn: Conn, request: Request) -> bool:
        if request["method"] == "send":
            conn.answer(request)
            asyncio.get_running_loop().call_soon(tasks_[0].cancel)
        return bool(request["method"] == "send")

    fake.on = on
    async with fake.client() as client:
        for _ in range(5):
            tasks_[:] = [asyncio.ensure_future(client.send(ROOM, "hello"))]
            await asyncio.wait(tasks_)
        await client.users()
        assert client._outbox.calls == []
    assert fake.dials == 1
