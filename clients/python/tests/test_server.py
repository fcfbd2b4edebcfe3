"""Against a real server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asappchat import Backoff, ChatError, Client, MessageEvent, UpdatedEvent, types
from chatd import Chatd

QUICK = Backoff(base=0.01, cap=0.1)


async def heard(client: Client, n: int) -> list[tuple[int, str]]:
    """Return the seqs and bodies of the next n messages."""
    messages: list[tuple[int, str]] = []
    async for event in client.events():
        if isinstance(event, MessageEvent):
            messages.append((event.message["seq"], event.message["body"]))
        if len(messages) == n:
            break
    return messages


@pytest.mark.parametrize("kill", [False, True])
async def test_restarts_of_the_server_are_not_seen(chatd: Chatd, kill: bool) -> None:
    n = 1000
    await chatd.register("ana", "bo")
    ana, bo = (chatd.client(name, backoff=QUICK) for name in ("ana", "bo"))
    async with ana, bo:
        sends = [asyncio.ensure_future(ana.send("bo", str(i))) for i in range(n)]
        messages: list[tuple[int, str]] = []
        for size in (100, 300, 300, 300):
            messages += await heard(bo, size)
            if size == 300 and len(messages) < n:
                await asyncio.to_thread(chatd.stop, kill=kill)
                await asyncio.to_thread(chatd.start)
        results = await asyncio.gather(*sends)
    assert messages == [(i + 1, str(i)) for i in range(n)]
    assert [result["seq"] for result in results] == list(range(1, n + 1))


async def test_a_slow_reader_gets_all(chatd: Chatd) -> None:
    n = 300
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana, chatd.client("bo", buffer=5000) as bo:
        await ana.send("bo", "0")
        messages = await heard(bo, 1)
        await asyncio.gather(*[ana.send("bo", str(i)) for i in range(1, n)])
        for _ in range(n - 1):
            messages += await heard(bo, 1)
            await bo.history("ana", 1)
    assert messages == [(i + 1, str(i)) for i in range(n)]


async def test_a_client_goes_on_from_its_token_and_cursor(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    tokens: list[str] = []
    cursor, messages = "", []
    async with chatd.client("ana") as ana:
        for i in range(3):
            who: dict[str, Any] = {"token": tokens[-1]} if tokens else {"username": "bo"}
            async with Client(chatd.url, **who, cursor=cursor, on_token=tokens.append) as bo:
                await ana.send("bo", str(i))
                messages += await heard(bo, 1)
                cursor = bo.cursor
            await ana.send("bo", f"{i} and a half")
    assert messages == [(1, "0"), (2, "0 and a half"), (3, "1")]


async def test_a_revoked_session_is_the_end(chatd: Chatd) -> None:
    await chatd.register("ana")
    async with chatd.client("ana") as one, chatd.client("ana") as two:
        waiting = asyncio.ensure_future(heard(two, 1))
        await one.revoke(two.login["session"])
        with pytest.raises(ChatError) as caught:
            await waiting
    assert (caught.value.kind, caught.value.code) == ("close", 4001)


async def test_the_errors_of_the_server_are_told(chatd: Chatd) -> None:
    await chatd.register("ana")
    async with chatd.client("ana") as ana:
        with pytest.raises(ChatError, match="not_found") as caught:
            await ana.send("nobody", "x")
        assert (caught.value.code, caught.value.pointer) == (404, "/to")
        with pytest.raises(ChatError, match="invalid_params") as caught:
            await ana.users(limit=0)
        assert caught.value.pointer == "/limit"
        with pytest.raises(ChatError, match="method_not_found"):
            await ana.call("nonsense")


async def test_every_method_is_taken_as_it_is_written_here(chatd: Chatd) -> None:
    async with Client(chatd.url) as nobody:
        for name in ("ana", "bo", "cy"):
            user = (await nobody.register(name, "correct horse", name.title()))["user"]
            assert user == {"username": name, "display_name": name.title()}
        assert (await nobody.server_info())["authentication"]["registration"] == "open"
        assert "cursor" not in await nobody.ping()
        described = {method["name"] for method in (await nobody.discover())["methods"]}
        assert described == set(types.METHODS) - {"rpc.discover"}  # which stands beside them
    password = "correct horse"
    async with chatd.client("ana", password=password) as ana:
        await people(ana)
        await talk(ana)
        await groups(ana)
        await ana.set_password("battery staple", password)
        await ana.logout()
    with pytest.raises(ChatError, match="unauthenticated"):
        await chatd.client("ana", password=password).connect()


async def people(ana: Client) -> None:
    assert [u["username"] for u in (await ana.users("b"))["users"]] == ["bo"]
    assert (await ana.set_profile(status="here"))["user"]["status"] == "here"
    assert (await ana.privacy())["privacy"]["contact"] == "everybody"
    assert (await ana.set_privacy(contact="shared"))["privacy"]["contact"] == "shared"
    await ana.block("cy")
    assert [u["username"] for u in (await ana.blocked())["users"]] == ["cy"]
    await ana.unblock("cy")
    (session,) = (await ana.sessions())["sessions"]
    assert session["current"]
    await ana.set_presence("away")
    assert [p["state"] for p in (await ana.presence(["ana", "bo"]))["presence"]] == [
        "away",
        "offline",
    ]


async def talk(ana: Client) -> None:
    await ana.send("bo", "one")
    sent = await ana.send(
        "bo", "two", "mine", reply_to=1, mentions=["bo"], data={"a": [1, None, "é"]}
    )
    again = await ana.call("send", ["bo", "three"])
    assert (sent["seq"], again["seq"]) == (2, 3)
    await ana.typing("bo")
    await ana.typing("bo", on=False)
    assert (await ana.edit("bo", 1, "1"))["message"]["rev"] == 2
    assert (await ana.react("bo", 1, "👍"))["message"]["reactions"][0]["count"] == 1
    assert "reactions" not in (await ana.unreact("bo", 1, "👍"))["message"]
    assert (await ana.delete("bo", 3))["message"]["deleted"]
    assert (await ana.read("bo", 3))["read_seq"] == 3
    page = await ana.history("bo", 2, after=0)
    assert [m["body"] for m in page["messages"]] == ["1", "two"]
    assert page["messages"][1]["data"] == {"a": [1, None, "é"]}
    assert page["has_more"] == {"before": False, "after": True}
    hits = await ana.search("tw*", "bo", sender="ana", mentions="bo")
    assert [m["seq"] for m in hits["messages"]] == [2]
    assert hits["complete"]
    changed = await ana.history("bo", since=ana.login["cursor"])
    assert len(changed["messages"]) == 3
    assert (await ana.set_preferences("bo", muted=True))["conversation"]["muted"]
    assert (await ana.conversation("bo"))["conversation"]["last_seq"] == 3


async def groups(ana: Client) -> None:
    group = (await ana.create("group", ["bo"], history=True))["conversation"]["id"]
    assert (await ana.invite(group, "cy"))["conversation"]["member_count"] == 3
    assert (await ana.set_role(group, "cy", "admin"))["conversation"]["role"] == "owner"
    assert (await ana.rename(group, "new"))["conversation"]["name"] == "new"
    assert (await ana.set_state(group, "closed"))["conversation"]["state"] == "closed"
    assert (await ana.remove(group, "bo"))["conversation"]["member_count"] == 2
    assert [m["role"] for m in (await ana.members(group))["members"]] == ["owner", "admin"]
    assert len((await ana.conversations(limit=1))["conversations"]) == 1
    await ana.leave(group)
    assert len((await ana.conversations())["conversations"]) == 1


async def test_typing_and_presence(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    told: asyncio.Queue[object] = asyncio.Queue()
    bo, ana = chatd.client("bo", on_ephemeral=told.put_nowait), chatd.client("ana")
    async with bo, ana:
        await ana.send("bo", "hello")
        await heard(bo, 1)
        await bo.presence(["ana"])
        await ana.typing("bo")
        assert type(await told.get()).__name__ == "TypingEvent"
        await ana.set_presence("away")
        event = await told.get()
        assert (type(event).__name__, getattr(event, "state", "")) == ("PresenceEvent", "away")


async def test_changes_while_away_are_told_once(chatd: Chatd) -> None:
    await chatd.register("ana", "bo")
    async with chatd.client("ana") as ana:
        for body in ("one", "two"):
            await ana.send("bo", body)
        async with chatd.client("bo") as bo:
            cursor = bo.cursor
        await ana.edit("bo", 1, "1")
        await ana.edit("bo", 1, "I")
        await ana.send("bo", "three")
        await ana.edit("bo", 3, "III")
        async with chatd.client("bo", cursor=cursor) as bo:
            events = bo.events()
            one, two = await anext(events), await anext(events)
    assert isinstance(one, UpdatedEvent)
    assert isinstance(two, MessageEvent)
    assert (one.message["body"], two.message["body"]) == ("I", "III")
