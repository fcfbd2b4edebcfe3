"""A user's home screen, kept up to date on this side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from . import _state
from ._apply import Book
from ._ask import ask
from ._home import fill
from ._recent import Recent, refresh
from ._types import Conversation, MembersResult, Message
from .client import Client
from .errors import ChatError
from .events import Event


@dataclass(frozen=True)
class Change:
    """Something in a mirror is different."""

    conversation: str | None
    """The id of the one that is different, or is no longer there; None: look at all of them."""
    event: Event | None
    """What happened, None at the beginning."""


class Mirror:
    """The conversations with their last messages, what is unread, markers and preferences.

    When it has caught up, `home` is what `conversations` would answer to a fresh login.

    It moves while somebody loops over `changes`, and has no task of its own. It takes the
    client's events: who wants to see these finds them in the changes. Only one loop over
    `changes` runs at a time.

    Events are applied by what they say, messages by seq and rev, markers by the larger one, so
    one that comes again changes nothing. What an event leaves open is asked for. What a mirror
    hands out is shared and must not be changed.
    """

    def __init__(self, client: Client, *, state: str | None = None, messages: int = 0) -> None:
        """Make a mirror for a client that is logged in. It asks the server nothing yet.

        Args:
            client: Whose events it takes.
            state: What `state` of an earlier mirror of the same user returned: only what changed
                since is asked for. One that is another user's raises ValueError.
            messages: How many of the newest messages of a conversation are kept, once `messages`
                has asked for them.
        """
        self._client = client
        self._book = Book(client.login["user"]["username"], messages)
        # It is held while something that the server said is being applied. No event is, then,
        # between a question and its answer: so an answer is never older than what it is put in
        # place of. It may be newer than the events; those that follow then change nothing.
        self._turn = asyncio.Lock()
        self._held: Event | None = None  # an event that waits for the turn
        if state is not None:
            _state.restore(self._book, state)

    def home(self) -> list[Conversation]:
        """Return the conversations, newest activity first."""
        return [entry.conversation.copy() for entry in self._book.sorted()]

    def conversation(self, with_: str) -> Conversation | None:
        """Return a conversation, by its id or by the username of the other of a direct one."""
        entry = self._book.find(with_)
        return None if entry is None else entry.conversation.copy()

    def changes(self) -> AsyncIterator[Change]:
        """Fill the mirror, keep it up to date, and tell what is different after it is.

        The first change is that of the filling; those that follow come in the order of the
        server's log. The iterator ends as that of `Client.events` does; a later one goes on where
        it ended.
        """
        return _Changes(self, self._client)

    async def _take(self, event: Event | None) -> Change:
        """Apply an event, if there is one, and ask for what is open then.

        When that fails, it is for the next loop to do.
        """
        self._held = event
        async with self._turn:
            change = Change(self._book.apply(event), event)
            self._held = None
            await self._mend()
        return change

    async def _mend(self) -> None:
        """Ask for all that is known to be wrong. Only when nothing is, the cursor moves."""
        book = self._book
        if not book.filled:
            await fill(self._client, book)
        while book.stale:
            conversation = next(iter(book.stale))
            await self._renew(conversation)
            book.stale.discard(conversation)
        book.cursor = self._client.cursor

    async def _renew(self, conversation: str) -> None:
        try:
            result = await ask(self._client, "conversation", {"with": conversation})
        except ChatError as error:
            if error.basis != "not_found":
                raise
            self._book.entries.pop(conversation, None)  # left, as an event will tell
        else:
            self._book.put_ahead(result["conversation"])

    def _open(self) -> bool:
        """Say whether there is something to be done before the next event."""
        return self._held is not None or not self._book.filled or bool(self._book.stale)

    async def messages(self, with_: str) -> list[Message]:
        """Return the newest messages of a conversation of the mirror's, seq ascending.

        Up to as many as the mirror was told to keep, or all that the user may see. The first call
        asks the server, and so does one after time offline in which something changed there;
        otherwise the mirror has them.
        """
        async with self._turn:
            entry = self._book.must_find(with_)
            fresh = await refresh(self._client, entry, self._book.keep)
            if self._book.keep > 0:
                entry.recent = Recent(fresh)
            return list(fresh)

    async def markers(self, with_: str) -> dict[str, int]:
        """Return how far each member of a conversation of the mirror's has read.

        The server lets that be seen in direct conversations and small groups, of those who allow
        it. Who sends has read what was there. The first call asks the server, and so does one
        after somebody came or left; otherwise the mirror has them.
        """
        async with self._turn:
            entry = self._book.must_find(with_)
            if entry.markers is None:
                # Where markers are to be seen, all members are on one page.
                page: MembersResult = await ask(
                    self._client, "members", {"with": entry.conversation["id"]}
                )
                read = {m["username"]: m.get("read_seq", 0) for m in page["members"]}
                entry.markers = {name: seq for name, seq in read.items() if seq}
            return dict(entry.markers)

    def state(self) -> str:
        """Return the mirror as JSON, for a later one.

        It holds what the user may see, and so is as secret as that. It may be called at any time,
        also after the client was closed: it stands at a place of the log where all before is
        applied.
        """
        state: dict[str, Any] = _state.state(self._book)
        return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


class _Changes(AsyncIterator[Change]):
    def __init__(self, mirror: Mirror, client: Client) -> None:
        self._mirror = mirror
        self._client = client

    async def __anext__(self) -> Change:
        mirror = self._mirror
        try:
            if mirror._open():
                return await mirror._take(mirror._held)
            return await mirror._take(await anext(self._client.events()))
        except ChatError as error:
            if error.basis == "closed":
                raise StopAsyncIteration from None
            raise
