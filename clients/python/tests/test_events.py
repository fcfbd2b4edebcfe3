"""The stream of events: its beginning, its order, its bounds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asappchat import (
    ChatError,
    ConversationEvent,
    EphemeralEvent,
    Event,
    MessageEvent,
    PresenceEvent,
    ReadEvent,
    ResetEvent,
    TypingEvent,
    UpdatedEvent,
)
from fake import ROOM, Conn, Fake, Request, hear
from virtual import settle


async def test_events_begin_where_the_client_logged_in(fake: Fake) -> None:
    fake.post("before")
    async with fake.client() as client:
        fake.post("between")
        fake.post("later")
        assert await hear(client, 2) == ["between", "later"]


async def test_events_begin_at_the_cursor(fake: Fake) -> None:
    for i in range(4):
        fake.post(str(i))
    async with fake.client(cursor="2") as client:
        assert await hear(client, 2) == ["2", "3"]
        assert client.cursor == "4"


async def test_a_reset_is_told(fake: Fake) -> None:
    fake.post("one")
    async with fake.client(cursor="of another epoch") as client:
        events = client.events()
        assert await anext(events) == ResetEvent("1")
        fake.post("two")
        event = await anext(events)
        assert isinstance(event, MessageEvent)
        assert event.message["body"] == "two"


async def test_a_lagging_subscription_is_resumed(fake: Fake) -> None:
    """From the last event that the client has, wherever the server thinks that it stands."""
    async with fake.client() as client:
        fake.post("one")
        assert await hear(client, 1) == ["one"]
        fake.open[0].subscribed = False
        fake.post("missed")
        fake.open[0].notify("lagging", {"cursor": "1"})
        assert await hear(client, 1) == ["missed"]
        fake.post("two")
        assert await hear(client, 1) == ["two"]
    assert fake.dials == 1


async def test_a_connection_that_read_too_slowly_is_resumed(fake: Fake) -> None:
    async with fake.client() as client:
        fake.post("one")
        assert await hear(client, 1) == ["one"]
        fake.open[0].subscribed = False
        fake.post("missed")
        fake.open[0].close(4000)
        assert await hear(client, 1) == ["missed"]
    subscribed = [r["params"] for r in fake.requests if r["method"] == "subscribe"]
    assert subscribed == [{"cursor": "0"}, {"cursor": "1"}]


async def test_doubles_are_dropped(fake: Fake) -> None:
    joined = {"conversation": ROOM, "change": "joined", "kind": "group", "cursor": "x"}
    async with fake.client() as client:
        fake.post("one")
        seen: list[Any] = list(await hear(client, 1))
        fake.post("two")
        for message in fake.log:
            fake.open[0].push(message)
        fake.open[0].notify("conversation", joined)
        fake.open[0].notify("conversation", joined)
        fake.post("three")
        events = client.events()
        while seen[-1] != "three":
            event = await anext(events)
            seen.append(event.message["body"] if isinstance(event, MessageEvent) else event)
    assert seen == [
        "one",
        "two",
        ConversationEvent(ROOM, "joined", "group", "x"),
        "three",
    ]


async def test_a_message_that_was_told_before_is_told_as_updated(fake: Fake) -> None:
    async with fake.client() as client:
        fake.post("one")
        await hear(client, 1)
        fake.open[0].notify("message", {"message": {**fake.log[0], "rev": 2}, "cursor": "1.5"})
        event = await anext(client.events())
        assert isinstance(event, UpdatedEvent)
        assert (event.message["rev"], client.cursor) == (2, "1.5")


async def test_every_event_of_the_log_has_a_class(fake: Fake) -> None:
    message = {"conversation": ROOM, "seq": 1, "rev": 1, "sender": "bo", "at": ""}
    sent: list[tuple[str, dict[str, Any], Event]] = [
        ("message", {"message": message}, MessageEvent(message, "a")),  # type: ignore[arg-type]
        ("message_updated", {"message": message}, UpdatedEvent(message, "b")),  # type: ignore[arg-type]
        (
            "read",
            {"conversation": ROOM, "username": "bo", "seq": 1},
            ReadEvent(ROOM, "bo", 1, "c"),
        ),
        (
            "conversation",
            {"conversation": ROOM, "change": "role", "kind": "group", "role": "admin", "new": 1},
            ConversationEvent(ROOM, "role", "group", "d", role="admin"),
        ),
    ]
    async with fake.client() as client:
        events = client.events()
        waiting = asyncio.ensure_future(anext(events))
        await settle()
        for (name, params, _), cursor in zip(sent, "abcd", strict=True):
            fake.open[0].notify(name, {**params, "cursor": cursor})
        seen = [await waiting] + [await anext(events) for _ in range(3)]
    assert seen == [event for _, _, event in sent]


async def test_unknown_events_and_members_are_ignored(fake: Fake) -> None:
    async with fake.client() as client:
        fake.post("one")
        assert await hear(client, 1) == ["one"]
        server = fake.open[0]
        server.notify("weather", {"rain": True})
        server.write('{"jsonrpc":"2.0","method":"nothing"}')
        server.write('{"jsonrpc":"2.0","id":7,"method":"message"}')
        server.write(
            '{"jsonrpc":"2.0","method":"message","x":1,"params":{"y":[],"cursor":"2",'
            '"message":{"conversation":"' + ROOM + '","seq":2,"body":"two","z":{}}}}'
        )
        assert await hear(client, 1) == ["two"]
    assert fake.dials == 1


@pytest.mark.parametrize("keep_calling", [True, False])
async def test_a_slow_application_is_bounded(fake: Fake, keep_calling: bool) -> None:
    """It gets answers to its calls meanwhile, and all events when it reads again."""
    buffer = 10_000
    async with fake.client(buffer=buffer) as client:
        fake.post("first")
        assert await hear(client, 1) == ["first"]
        want = [f"{i} {'x' * 100}" for i in range(500)]
        for i, body in enumerate(want):
            fake.post(body)
            if keep_calling and i % 50 == 0:
                await client.ping()
        await settle()
        assert 0 < client._inbox.bytes <= buffer
        assert not fake.open[0].subscribed, "it has let go of the subscription"
        assert await hear(client, 500) == want
    assert fake.dials == 1
    assert fake.asked().count("subscribe") < 30, "it subscribes with the buffer half empty"


async def test_an_event_larger_than_the_buffer_is_told(fake: Fake) -> None:
    async with fake.client(buffer=1000) as client:
        fake.post("x" * 5000)
        fake.post("y" * 5000)
        assert await hear(client, 2) == ["x" * 5000, "y" * 5000]


async def test_a_ping_keeps_the_cursor_fresh(fake: Fake) -> None:
    async with fake.client() as client:
        fake.post("one")
        await hear(client, 1)
        fake.store("cy", "what the user is not told")
        await asyncio.sleep(31)
        assert client.cursor == "2"


async def test_a_ping_does_not_pass_what_is_buffered(fake: Fake) -> None:
    async with fake.client() as client:
        fake.post("one")
        await hear(client, 1)
        fake.post("two")
        fake.store("cy", "what the user is not told")
        await asyncio.sleep(31)
        assert client.cursor == "1", "an event is waiting"
        await hear(client, 1)
        assert client.cursor == "3"


async def test_events_need_a_login(fake: Fake) -> None:
    async with fake.anonymous() as client:
        with pytest.raises(ChatError, match="unauthenticated"):
            client.events()


async def test_cancelling_the_wait_for_an_event_loses_none(fake: Fake) -> None:
    async with fake.client() as client:
        events = client.events()
        for i in range(20):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(events), 1)
            waiting = asyncio.ensure_future(hear(client, 1))
            await settle()
            fake.post(str(i))
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await hear(client, 1) == [str(i)]


async def test_two_loops_share_the_events(fake: Fake) -> None:
    async with fake.client() as client:
        loops = [asyncio.ensure_future(hear(client, 5)) for _ in range(2)]
        for i in range(10):
            fake.post(str(i))
            await settle()
        one, two = await asyncio.gather(*loops)
        assert sorted(one + two) == list(map(str, range(10)))


async def test_what_was_received_comes_before_the_end(fake: Fake) -> None:
    async with fake.client() as client:
        await asyncio.gather(hear(client, 1), _soon(fake))
        fake.post("two")
        fake.open[0].close(4001)
        await settle()
        assert await hear(client, 1) == ["two"]
        with pytest.raises(ChatError, match="close 4001"):
            await hear(client, 1)


async def _soon(fake: Fake) -> None:
    await settle()
    fake.post("one")


async def test_typing_and_presence_are_told_beside_the_events(fake: Fake) -> None:
    told: list[EphemeralEvent] = []
    logins: list[Any] = []
    async with fake.client(on_ephemeral=told.append, on_connect=logins.append) as client:
        fake.open[0].notify("typing", {"conversation": ROOM, "username": "bo", "on": True})
        fake.open[0].notify("presence", {"username": "bo", "state": "offline", "last_seen_at": "x"})
        fake.post("one")
        await hear(client, 1)
        assert told == [TypingEvent(ROOM, "bo", True), PresenceEvent("bo", "offline", "x")]
        fake.open[0].cut()
        await client.users()
        assert [login["token"] for login in logins] == ["t1", "t2"]


async def test_whose_presence_is_watched_is_asked_again_on_each_connection(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        if request["method"] != "presence":
            return False
        params, state = request["params"], "online" if conn.n == 1 else "away"
        names = params[0] if isinstance(params, list) else params["usernames"]
        conn.reply(request, {"presence": [{"username": n, "state": state} for n in names]})
        return True

    fake.on = on
    told: list[EphemeralEvent] = []
    async with fake.client(on_ephemeral=told.append) as client:
        events = client.events()
        fake.post("one")
        await anext(events)
        await client.presence(["cy"])
        await client.call("presence", [["bo", "dee"]])
        fake.open[0].cut()
        await asyncio.sleep(1)
        assert told == [PresenceEvent("bo", "away"), PresenceEvent("dee", "away")]
        assert fake.asked()[-3:] == ["login", "subscribe", "presence"]
        await client.presence([])
        fake.open[1].cut()
        await asyncio.sleep(1)
    assert fake.asked()[-2:] == ["login", "subscribe"]


async def test_a_subscribe_that_is_refused_for_good_is_the_end(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        asked: bool = request["method"] == "subscribe"
        if asked:
            conn.refuse(request, -32602, "invalid_params", pointer="/cursor")
        return asked

    fake.on = on
    async with fake.client(cursor="x" * 300) as client:
        with pytest.raises(ChatError, match="invalid_params"):
            await hear(client, 1)
    assert fake.dials == 1
