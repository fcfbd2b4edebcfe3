"""A mirror of the home screen, against a real server."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asappchat import Backoff, Change, ChatError, Client, Mirror, ResetEvent
from asappchat.types import Conversation
from chatd import Chatd
from fake import Fake

QUICK = Backoff(base=0.01, cap=0.1)


class Followed:
    """A mirror that is kept up to date in the background."""

    def __init__(self, client: Client, **options: Any) -> None:
        self.client = client
        self.mirror = Mirror(client, **options)
        self.changes: list[Change] = []
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        async for change in self.mirror.changes():
            self.changes.append(change)
            self._moved.set()

    async def moved(self, good: Callable[[], bool]) -> None:
        while not good():
            self._moved.clear()
            await asyncio.wait_for(self._moved.wait(), 20)

    async def until(self, with_: str, good: Callable[[Conversation], bool]) -> Conversation:
        def shown() -> bool:
            conversation = self.mirror.conversation(with_)
            return conversation is not None and good(conversation)

        await self.moved(shown)
        conversation = self.mirror.conversation(with_)
        assert conversation is not None
        return conversation

    async def is_fresh(self) -> None:
        """Hold that it shows what a fresh login is shown."""
        fresh = (await self.client.conversations())["conversations"]
        assert self.mirror.home() == fresh


@asynccontextmanager
async def followed(client: Client, **options: Any) -> AsyncIterator[Followed]:
    f = Followed(client, **options)
    task = asyncio.ensure_future(f.follow())
    try:
        await f.moved(lambda: bool(f.changes))
        yield f
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_counts_what_it_saw_and_asks_for_the_rest(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo") as bo:
        for body in ("one", "two", "three"):
            await ana.send("bo", body)
        async with followed(bo) as m:
            for body in ("four", "five"):
                await ana.send("bo", body)
            await m.until("ana", lambda c: c["unread"] == 5)
            await ana.delete("bo", 4)  # which it saw
            await m.until("ana", lambda c: c["unread"] == 4)
            await ana.delete("bo", 1)  # which it never saw
            await m.until("ana", lambda c: c["unread"] == 3)
            await bo.read("ana", 2)
            await m.until("ana", lambda c: c["read_seq"] == 2 and c["unread"] == 2)
            await bo.send("ana", "enough")
            await m.until("ana", lambda c: c["read_seq"] == 6 and c["unread"] == 0)
            await m.is_fresh()


async def test_it_goes_on_from_its_state(chatd: Chatd) -> None:
    await chatd.register("ana", "bo", "cy")
    async with chatd.client("ana", backoff=QUICK) as ana, chatd.client("cy") as cy:
        for body in ("one", "two", "three"):
            await ana.send("bo", body)
        await cy.send("bo", "hello")
        group = (await ana.create("group", ["bo"]))["conversation"]["id"]
        async with chatd.client("bo") as bo:
            async with followed(bo, messages=10) as m:
                assert len(await m.mirror.messages("ana")) == 3
            state = m.mirror.state()
        await ana.edit("bo", 1, "1")
        await ana.remove(group, "bo")
        await ana.send("bo", "four")
        await asyncio.to_thread(chatd.stop)
        await asyncio.to_thread(chatd.start)
        async with chatd.client("bo") as bo:
            async with followed(bo, messages=10, state=state) as m:
                await m.is_fresh()
                assert m.mirror.conversation(group) is None
                messages = await m.mirror.messages("ana")
                assert [x["body"] for x in messages] == ["1", "two", "three", "four"]
                assert await m.mirror.messages("ana") == messages
            kept = json.loads(m.mirror.state())
            assert kept["cursor"] == bo.cursor
            assert (kept["format"], kept["username"]) == (1, "bo")
            assert [x["body"] for x in kept["conversations"][0]["messages"]][-1] == "four"
            with pytest.raises(ValueError, match="state of a mirror"):
                Mirror(bo, state=state.replace('"bo"', '"cy"', 1))


async def test_it_tells_changes_in_order(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo") as bo, followed(bo) as m:
        id_ = (await ana.send("bo", "one"))["conversation"]
        await ana.send("bo", "two")
        await ana.react("bo", 1, "👍")
        await bo.read("ana", 2)
        await m.moved(lambda: len(m.changes) == 6)
    assert [type(change.event).__name__ for change in m.changes] == [
        "NoneType",
        "ConversationEvent",
        "MessageEvent",
        "MessageEvent",
        "UpdatedEvent",
        "ReadEvent",
    ]
    assert [change.conversation for change in m.changes] == [None] + 5 * [id_]


async def test_it_knows_how_far_others_have_read(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo") as bo, followed(ana) as m:
        for body in ("one", "two", "three"):
            await ana.send("bo", body)
        await bo.read("ana", 1)
        await m.until("bo", lambda c: c["last_seq"] == 3)
        assert await m.mirror.markers("bo") == {"ana": 3, "bo": 1}
        await bo.send("ana", "four")
        await m.until("bo", lambda c: c["last_seq"] == 4)
        assert await m.mirror.markers("bo") == {"ana": 3, "bo": 4}
        with pytest.raises(ChatError, match="not_found"):
            await m.mirror.markers("cy")


async def test_it_is_read_anew_after_a_reset(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo") as bo:
        await ana.send("bo", "one")
        async with followed(bo) as m:
            state = json.loads(m.mirror.state())
        state["cursor"] = "of another epoch"
        state["conversations"] *= 2
        state["conversations"][0]["conversation"]["id"] = "c:of-another-server----00"
        async with followed(bo, state=json.dumps(state)) as m:
            await m.is_fresh()
        async with followed(bo) as m:
            bo._inbox.cursor = "of another epoch"
            bo._runner.fail(ChatError("lost", "cut"))
            await m.moved(lambda: any(isinstance(c.event, ResetEvent) for c in m.changes))
            await m.is_fresh()


async def test_what_is_handed_out_does_not_move(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo") as bo, followed(bo) as m:
        await ana.send("bo", "one")
        shown = await m.until("ana", lambda c: c["last_seq"] == 1)
        before = json.dumps(shown)
        await ana.send("bo", "two")
        await m.until("ana", lambda c: c["last_seq"] == 2)
        assert json.dumps(shown) == before


async def test_a_mirror_needs_a_login(fake: Fake) -> None:
    async with fake.anonymous() as client:
        with pytest.raises(ChatError, match="unauthenticated"):
            Mirror(client)


USERS = ("ana", "bo", "cy", "dee")


@pytest.mark.parametrize("seed", range(6))
async def test_it_shows_what_a_fresh_login_is_shown(chatd: Chatd, seed: int) -> None:
    """Whatever happens, on every device, with the server restarted in between."""
    rng = random.Random(seed)
    await chatd.register(*USERS)
    devices = [chatd.client(user, backoff=QUICK) for user in USERS for _ in range(2)]
    for device in devices:
        await device.connect()
    groups: list[str] = []
    try:
        states: list[str | None] = [None] * len(devices)
        for _ in range(3):
            mirrors = [
                followed(device, state=state, messages=5)
                for device, state in zip(devices, states, strict=True)
            ]
            entered = [await m.__aenter__() for m in mirrors]
            for _ in range(40):
                await happen(rng, rng.choice(devices), groups, entered)
            if rng.random() < 0.5:
                await asyncio.to_thread(chatd.stop)
                await asyncio.to_thread(chatd.start)
            end = (await devices[0].send("ana", "the end of the round"))["conversation"]
            await catch_up(entered)
            for m in entered:
                await m.is_fresh()
                await messages_are_fresh(m)
            assert end in {c["id"] for c in entered[0].mirror.home()}
            for context in mirrors:
                await context.__aexit__(None, None, None)
            states = [m.mirror.state() for m in entered]
            for _ in range(20):  # while nobody follows
                await happen(rng, rng.choice(devices), groups, [])
    finally:
        for device in devices:
            await device.close()


async def catch_up(mirrors: list[Followed]) -> None:
    """Give every user notes to themselves, which come last, and wait for them."""
    for m in mirrors:
        user = m.client.login["user"]["username"]
        seq = (await m.client.send(user, "now"))["seq"]
        for other in mirrors:
            if other.client.login["user"]["username"] == user:
                await other.until(user, lambda c, seq=seq: c["last_seq"] >= seq)  # type: ignore[misc]


async def messages_are_fresh(m: Followed) -> None:
    for conversation in m.mirror.home():
        fresh = (await m.client.history(conversation["id"], 5))["messages"]
        assert await m.mirror.messages(conversation["id"]) == fresh


async def happen(
    rng: random.Random, client: Client, groups: list[str], mirrors: list[Followed]
) -> None:
    """Do something, which may be refused."""
    other, emoji, seq = rng.choice(USERS), rng.choice("😀🎉👍"), rng.randint(1, 8)
    with_ = rng.choice([*groups, other])
    things: list[Callable[[], Any]] = [
        lambda: client.send(with_, "x", mentions=[other]),
        lambda: client.send(other, "y"),
        lambda: client.edit(with_, seq, "edited"),
        lambda: client.delete(with_, seq),
        lambda: client.react(with_, seq, emoji),
        lambda: client.unreact(with_, seq, emoji),
        lambda: client.read(with_, seq),
        lambda: client.set_preferences(with_, muted=rng.random() < 0.5),
        lambda: client.invite(with_, other),
        lambda: client.remove(with_, other),
        lambda: client.leave(with_),
        lambda: client.rename(with_, rng.choice("abc")),
        lambda: client.set_role(with_, other, "admin"),
        lambda: client.set_state(with_, rng.choice(["open", "closed", "open"])),
        lambda: create(client, groups, rng),
        lambda: rng.choice(mirrors).mirror.messages(with_) if mirrors else client.ping(),
    ]
    try:
        await rng.choice(things)()
    except ChatError as error:
        if error.kind not in ("not_found", "forbidden", "invalid_params", "unknown_outcome"):
            raise


async def create(client: Client, groups: list[str], rng: random.Random) -> None:
    made = await client.create("group", rng.sample(USERS, 2), history=rng.random() < 0.5)
    groups.append(made["conversation"]["id"])
