"""Calls: their answers, their order, and what stands in their way."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from asappchat import Backoff, ChatError, Client, Mirror
from asappchat._outbox import MAX_CALLS, Call, Outbox
from fake import ROOM, Conn, Fake, Request
from virtual import now, settle


async def say(client: Client, *bodies: str) -> list[int]:
    """Send messages at once, and return their seqs."""
    sends = [asyncio.ensure_future(client.send(ROOM, body)) for body in bodies]
    return [result["seq"] for result in await asyncio.gather(*sends)]


async def test_a_send_whose_answer_was_lost_keeps_its_client_id(fake: Fake) -> None:
    fake.close_after(3, 1011)
    async with fake.client() as client:
        result = await client.send(ROOM, "hello")
    assert (result["duplicate"], len(fake.log), fake.dials) == (True, 1, 4)
    assert uuid.UUID(fake.log[0]["client_id"]).version == 7


async def test_a_client_id_of_the_callers_is_kept(fake: Fake) -> None:
    async with fake.client() as client:
        await client.send(ROOM, "<&> é", "mine")
        await client.call("send", {"to": ROOM, "body": "x", "client_id": "too"})
    want = {"to": ROOM, "body": "<&> é", "client_id": "mine"}
    assert fake.requests[1]["params"] == want
    assert fake.requests[2]["params"]["client_id"] == "too"


@pytest.mark.parametrize(
    "params",
    [
        {"to": ROOM, "body": "hello", "client_id": ""},
        {"to": ROOM, "body": "hello", "client_id": None},
        [ROOM, "hello"],
        [ROOM, "hello", ""],
        (ROOM, "hello", None),
    ],
)
async def test_a_send_without_a_client_id_gets_one_however_it_is_called(
    fake: Fake, params: Any
) -> None:
    sent: list[Any] = []

    def on(conn: Conn, request: Request) -> bool:
        if request["method"] != "send":
            return False
        sent.append(request["params"])
        if conn.n == 1:
            conn.cut()
        else:
            conn.reply(request, {"seq": 1})
        return True

    fake.on = on
    async with fake.client() as client:
        assert await client.call("send", params) == {"seq": 1}
    ids = [p["client_id"] if isinstance(p, dict) else p[2] for p in sent]
    assert (len(ids), uuid.UUID(ids[0]).version, ids[0]) == (2, 7, ids[1])


async def test_a_client_id_by_position_is_kept(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        sent = bool(request["method"] == "send")
        if sent:
            conn.reply(request, {"seq": 1})
        return sent

    fake.on = on
    async with fake.client() as client:
        await client.call("send", [ROOM, "hello", "my own"])
    assert fake.requests[-1]["params"] == [ROOM, "hello", "my own"]


async def test_order_is_kept_across_reconnects(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        if conn.n <= 5 and request["method"] == "send" and len(fake.log) == 7 * conn.n:
            conn.cut()
        return conn.n <= 5 and len(fake.log) >= 7 * conn.n and request["method"] == "send"

    fake.on = on
    async with fake.client() as client:
        assert await say(client, *map(str, range(200))) == list(range(1, 201))
    assert [message["body"] for message in fake.log] == list(map(str, range(200)))
    assert fake.dials == 6


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "draining", "unknown_outcome"])
async def test_a_refusal_for_now_is_waited_for_and_keeps_order(fake: Fake, kind: str) -> None:
    def on(conn: Conn, request: Request) -> bool:
        refuse = request["method"] == "send" and now() < 5
        if refuse:
            conn.refuse(request, 1, kind, retry_after_ms=2000)
        return refuse

    fake.on = on
    async with fake.client() as client:
        assert await say(client, *map(str, range(100))) == list(range(1, 101))
        assert 6 <= now() <= 8
    assert [message["body"] for message in fake.log] == list(map(str, range(100)))


async def test_nothing_passes_a_refused_send(fake: Fake) -> None:
    """While one is refused and another still unanswered, a third must not pass them."""
    refusals = 0

    def on(conn: Conn, request: Request) -> bool:
        nonlocal refusals
        if request["method"] != "send" or refusals == 2:
            return False

        def refuse() -> None:
            conn.refuse(request, 429, "rate_limited", retry_after_ms=1)

        # Not before both have been written.
        asyncio.get_running_loop().call_later(0.25 + refusals, refuse)
        refusals += 1
        return True

    fake.on = on
    async with fake.client(backoff=Backoff(base=0.001)) as client:
        first = asyncio.ensure_future(say(client, "0", "1"))
        await asyncio.sleep(0.5)
        assert [*await say(client, "2"), *await first] == [3, 1, 2]


async def test_a_definite_refusal_is_told(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        asked: bool = request["method"] == "send"
        if asked:
            conn.refuse(request, -32602, "invalid_params", pointer="/to", incident="i7")
        return asked

    fake.on = on
    async with fake.client() as client:
        with pytest.raises(ChatError) as caught:
            await client.send(ROOM, "hello")
    e = caught.value
    assert (e.kind, e.code, e.retryable, e.retry_after_ms) == (
        "invalid_params",
        -32602,
        False,
        None,
    )
    assert (e.message, e.pointer, e.incident) == ("no", "/to", "i7")


async def test_a_kind_that_is_not_known_keeps_its_name(fake: Fake) -> None:
    answers: list[tuple[int, str, dict[str, Any]]] = [
        (503, "too_busy", {}),
        (404, "not_yours", {}),
        (503, "gone_fishing", {"retryable": False}),
        (418, "teapot", {"retryable": True}),
    ]

    def on(conn: Conn, request: Request) -> bool:
        if request["method"] != "send" or not answers:
            return False
        code, kind, data = answers.pop(0)
        conn.refuse(request, code, kind, **data)
        return True

    fake.on = on
    told = []
    async with fake.client() as client:
        for _ in range(3):
            with pytest.raises(ChatError) as caught:
                await client.send(ROOM, "hello")
            told.append((caught.value.kind, caught.value.code, caught.value.retryable))
    assert told == [("not_yours", 404, False), ("gone_fishing", 503, False), ("teapot", 418, True)]


async def test_lost_answers(fake: Fake) -> None:
    """A command that cannot be repeated tells that its outcome is unknown; a query is repeated."""

    def on(conn: Conn, request: Request) -> bool:
        lost = conn.n % 2 == 1 and request["method"] != "login"
        if lost:
            conn.cut()
        return lost

    fake.on = on
    async with fake.client() as client:
        await client.users()
        fake.open[1].close(1012)
        await settle()
        with pytest.raises(ChatError) as caught:
            await client.create("x", [])
        assert (caught.value.kind, caught.value.code) == ("unknown_outcome", 504)
        await client.ping()
        fake.open[-1].close(1012)
        await settle()
    assert fake.asked().count("create") == 1
    assert fake.asked().count("users") == 2


async def test_cancelling_a_call_frees_it_and_breaks_nothing(fake: Fake) -> None:
    fake.on = lambda conn, request: bool(conn.n == 1 and request["method"] != "login")
    async with fake.client(in_flight=4) as client:
        calls = client._outbox.calls
        for _ in range(3 * MAX_CALLS):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.send(ROOM, "hello"), 0.001)
        assert len(calls) == 4, "those that were written keep their places"
        await asyncio.sleep(60)
        assert (len(calls), fake.dials) == (0, 2)
        assert await say(client, "next") == [1]


async def test_cancelling_one_of_many_keeps_the_order_of_the_others(fake: Fake) -> None:
    async with fake.client(in_flight=2) as client:
        sends = [asyncio.ensure_future(client.send(ROOM, str(i))) for i in range(20)]
        await asyncio.sleep(0)
        for i in range(0, 20, 3):
            sends[i].cancel()
        results = await asyncio.gather(*sends, return_exceptions=True)
    kept = [str(i) for i in range(20) if i % 3]
    assert [m["body"] for m in fake.log if m["body"] in kept] == kept
    assert [isinstance(r, asyncio.CancelledError) for r in results] == [
        i % 3 == 0 for i in range(20)
    ]
    assert fake.dials == 1


async def test_those_who_wait_for_room_come_in_their_order(fake: Fake) -> None:
    held: list[tuple[Conn, Request]] = []

    def on(conn: Conn, request: Request) -> bool:
        if request["method"] == "send" and len(held) < 64:
            held.append((conn, request))
            return True
        return False

    fake.on = on
    async with fake.client() as client:
        bodies = list(map(str, range(MAX_CALLS + 300)))
        sends = [asyncio.ensure_future(client.send(ROOM, body)) for body in bodies]
        await settle()
        assert len(client._outbox.calls) == MAX_CALLS
        for i in (MAX_CALLS, MAX_CALLS + 7, MAX_CALLS + 8):  # among them the first who waits
            sends[i].cancel()
        for conn, request in held:
            conn.answer(request)
        await asyncio.gather(*sends, return_exceptions=True)
    want = [b for b in bodies if int(b) - MAX_CALLS not in (0, 7, 8)]
    assert [message["body"] for message in fake.log] == want


async def test_a_timeout_shows_what_was_in_the_way(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        asked: bool = request["method"] == "send"
        if asked:
            conn.refuse(request, 429, "rate_limited", retry_after_ms=3_600_000)
        return asked

    fake.on = on
    fake.dial = lambda n, sock: sock if n == 1 else None
    async with fake.client() as client:
        assert client.trouble is None
        call = asyncio.ensure_future(client.send(ROOM, "hello"))
        assert (await _obstacle(call)).kind == "rate_limited"
        fake.open[0].close(1001)
        await asyncio.sleep(5)
        query = asyncio.ensure_future(client.users())
        assert (await _obstacle(query)).kind == "unreachable"
        assert client.trouble is not None


async def _obstacle(call: asyncio.Future[Any]) -> ChatError:
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await call
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, ChatError):
        error = error.__cause__ or error.__context__
    assert error is not None
    return error


async def test_a_frame_beyond_the_limit_is_not_sent(fake: Fake) -> None:
    async with fake.client() as client:
        with pytest.raises(ChatError, match="too_large"):
            await client.send(ROOM, "x" * (256 << 10))
        assert await say(client, "fits") == [1]
    assert fake.asked() == ["login", "send"]


@pytest.mark.parametrize("login", [True, False])
async def test_what_the_server_could_not_answer_by_its_id_is_not_written(
    fake: Fake, login: bool
) -> None:
    asked = ["login"] if login else []
    async with fake.client(username="ana" if login else None) as client:
        unread: list[Any] = [{"a": "\ud800"}, {1: 2, "1": 3}, _deep(64), _deep(10**4)]
        for params in unread:
            with pytest.raises(ChatError, match="parse"):
                await client.call("server_info", params)
        with pytest.raises(ChatError, match="parse"):
            await client.call("no\ud800", {})
        assert fake.asked() == asked
        await client.call("server_info", {"x": '\\ud800 "[{[', "deep": _deep(62)})
    assert fake.asked() == [*asked, "server_info"]


@pytest.mark.parametrize("name", ["username", "password", "token", "device", "cursor"])
async def test_half_a_surrogate_pair_is_refused_in_what_a_client_logs_in_with(
    fake: Fake, name: str
) -> None:
    with pytest.raises(ChatError) as caught:
        await fake.client(**{"username": "ana", name: "\ud800"}).connect()
    assert (caught.value.kind, caught.value.code) == ("parse", -32700)
    assert fake.asked() == []


def _deep(levels: int) -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for _ in range(levels - 1):
        deep = {"in": deep}
    return deep


async def test_close_ends_all_that_waits(fake: Fake) -> None:
    fake.on = lambda conn, request: bool(request["method"] == "send")
    client = fake.client(in_flight=4)
    await client.connect()
    calls = [asyncio.ensure_future(client.send(ROOM, "x")) for _ in range(MAX_CALLS + 10)]
    events = client.events()
    waiting = asyncio.ensure_future(anext(events, None))
    await settle()
    await client.close()
    assert await waiting is None  # a loop over the events ends
    assert [change async for change in Mirror(client).changes()] == []
    calls.append(asyncio.ensure_future(client.send(ROOM, "late")))
    for result in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(result, ChatError)
        assert result.kind == "closed"
    await client.close()


@pytest.mark.parametrize("method", ["login", "logout", "subscribe", "unsubscribe"])
async def test_what_the_client_does_itself_is_refused(fake: Fake, method: str) -> None:
    async with fake.client() as client:
        with pytest.raises(ChatError, match="done by the client itself") as caught:
            await client.call(method, ["ana"])
        assert caught.value.kind == "invalid_request"
        assert await client.call("nonsense", [1]) == {}
    assert fake.asked() == ["login", "nonsense"]


@pytest.mark.parametrize("params", [{"a": float("nan")}, {"a": object()}, [{1}]])
async def test_what_is_no_json_is_refused_where_it_is_made(fake: Fake, params: Any) -> None:
    async with fake.client() as client:
        with pytest.raises(ChatError) as caught:
            await client.call("users", params)
        assert (caught.value.kind, caught.value.code) == ("parse", -32700)
        assert await say(client, "fine") == [1]


async def test_room_that_was_given_to_one_who_leaves_goes_to_the_next() -> None:
    outbox = Outbox(64, Backoff())
    for _ in range(MAX_CALLS):
        await outbox.add(Call("ping", None, True))
    first, second = (asyncio.ensure_future(outbox.add(Call("ping", None, True))) for _ in range(2))
    await settle()
    outbox.abandon(outbox.calls[0])
    first.cancel()  # before it runs
    await settle()
    assert (first.cancelled(), second.done(), len(outbox.calls)) == (True, True, MAX_CALLS)


async def test_a_late_comer_does_not_pass_those_who_wait_for_room() -> None:
    outbox = Outbox(64, Backoff())
    for _ in range(MAX_CALLS):
        await outbox.add(Call("ping", None, True))
    early, late = Call("ping", None, True), Call("ping", None, True)
    waiting = asyncio.ensure_future(outbox.add(early))
    await settle()
    for _ in range(2):
        outbox.abandon(outbox.calls[0])
    await outbox.add(late)
    assert outbox.calls[-2:] == [early, late]
    await waiting
