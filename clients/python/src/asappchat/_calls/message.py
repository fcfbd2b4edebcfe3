"""Messages, typing and presence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asappchat import types

from .caller import Caller, given


class MessageCalls(Caller):
    """Messages, typing and presence."""

    async def send(
        self,
        to: str,
        body: str,
        client_id: str | None = None,
        *,
        reply_to: int | None = None,
        mentions: Sequence[str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> types.SendResult:
        """Send a message. The answer means that it is stored, once, whatever happened meanwhile.

        `to` is a username, for the direct conversation, or the id of a conversation. A call that
        was cancelled can be repeated with the same `client_id`, a UUID of version 7; without one,
        the client makes it. `data` is an object of the application's own.
        """
        result: types.SendResult = await self.call(
            "send",
            given(
                to=to,
                body=body,
                client_id=client_id,
                reply_to=reply_to,
                mentions=mentions,
                data=data,
            ),
        )
        return result

    async def edit(self, with_: str, seq: int, body: str) -> types.MessageResult:
        """Replace the body of a message that the user has sent."""
        result: types.MessageResult = await self.call(
            "edit", given(with_=with_, seq=seq, body=body)
        )
        return result

    async def delete(self, with_: str, seq: int) -> types.MessageResult:
        """Take away what a message says, and leave a tombstone."""
        result: types.MessageResult = await self.call("delete", given(with_=with_, seq=seq))
        return result

    async def react(self, with_: str, seq: int, emoji: str) -> types.MessageResult:
        """Put an emoji under a message."""
        result: types.MessageResult = await self.call(
            "react", given(with_=with_, seq=seq, emoji=emoji)
        )
        return result

    async def unreact(self, with_: str, seq: int, emoji: str) -> types.MessageResult:
        """Take an emoji away."""
        result: types.MessageResult = await self.call(
            "unreact", given(with_=with_, seq=seq, emoji=emoji)
        )
        return result

    async def history(
        self,
        with_: str,
        limit: int | None = None,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        *,
        since: str | None = None,
    ) -> types.HistoryResult:
        """Read a page of messages, seq ascending: the newest ones unless told otherwise.

        `before`, `after` and `around` are seqs, of which one may be given. With `since`, a cursor,
        it holds only what was sent or changed after that.
        """
        result: types.HistoryResult = await self.call(
            "history",
            given(with_=with_, limit=limit, before=before, after=after, around=around, since=since),
        )
        return result

    async def search(
        self,
        query: str | None = None,
        with_: str | None = None,
        limit: int | None = None,
        page: str | None = None,
        *,
        sender: str | None = None,
        since: str | None = None,
        until: str | None = None,
        mentions: str | None = None,
    ) -> types.SearchResult:
        """Find messages, newest first, that have all words of `query`; `wor*` is how words begin.

        `query` may be absent with `sender` or `mentions`. `next` of a page is `page` of the one
        behind it, for the same search.
        """
        result: types.SearchResult = await self.call(
            "search",
            given(
                query=query,
                with_=with_,
                limit=limit,
                page=page,
                sender=sender,
                since=since,
                until=until,
                mentions=mentions,
            ),
        )
        return result

    async def typing(self, with_: str, on: bool | None = None) -> None:
        """Tell the others that the user is typing, or has stopped.

        An application says so every 3 seconds while it is so.
        """
        await self.call("typing", given(with_=with_, on=on))

    async def presence(self, usernames: Sequence[str]) -> types.PresenceResult:
        """Return whether users are there."""
        result: types.PresenceResult = await self.call("presence", given(usernames=usernames))
        return result

    async def set_presence(self, state: types.PresenceState) -> None:
        """Say that nobody is in front of this client (`away`), or somebody is (`online`)."""
        await self.call("set_presence", given(state=state))
