"""The conversations of a mirror, and what events do to them."""

from __future__ import annotations

from collections.abc import Callable

from ._entry import Entry
from ._tail import Tail
from ._types import Conversation
from .errors import ChatError
from .events import (
    ConversationEvent,
    Event,
    MessageEvent,
    ReadEvent,
    ResetEvent,
    UpdatedEvent,
)


class Book:
    """The conversations of a user, by id."""

    def __init__(self, user: str, keep: int) -> None:
        """Make one that is empty, and keeps so many messages of a conversation."""
        self.user = user
        self.keep = keep
        self.entries: dict[str, Entry] = {}
        self.filled = False
        """The list was read."""
        self.stale: set[str] = set()
        """Conversations that are to be asked for."""
        self.cursor = ""
        """All events up to here are applied."""
        self.loose: dict[str, bool] = {}
        """Conversations that may not be in their place before the event of their last message
        says so, although it tells nothing new: it was on its way when they were read. With True,
        that of their creation or joining may be too."""
        self._top = 0  # the highest rank

    def sorted(self) -> list[Entry]:
        """Return the conversations, newest activity first."""
        return sorted(self.entries.values(), key=lambda entry: -entry.rank)

    def find(self, with_: str) -> Entry | None:
        """Find a conversation, by its id or by the other of a direct one."""
        if with_.startswith("c:"):
            return self.entries.get(with_)
        found = (e for e in self.entries.values() if e.conversation.get("with") == with_)
        return next(found, None)

    def must_find(self, with_: str) -> Entry:
        """Find one that must be there."""
        entry = self.find(with_)
        if entry is None:
            raise ChatError("not_found", "no such conversation")
        return entry

    def put(self, conversation: Conversation) -> Entry:
        """Take a conversation that was just read.

        What is kept of it is to be refreshed, from where the mirror stood, if it goes on at all.
        """
        conversation, id_ = conversation.copy(), conversation["id"]
        entry = self.entries.get(id_)
        tail = Tail.of(conversation, self.user)
        if entry is None:
            entry = self.entries[id_] = Entry(conversation, tail)
            self.touch(entry)
        elif entry.conversation["joined_at"] != conversation["joined_at"]:
            entry.recent = None  # it may not be theirs to see any more
            self.touch(entry)
        if entry.recent is not None:
            entry.recent.age(self.cursor)
        entry.markers = None
        entry.conversation, entry.tail = conversation, tail
        return entry

    def put_ahead(self, conversation: Conversation) -> None:
        """Take a conversation that may have messages whose events are on their way."""
        id_, before = conversation["id"], self.entries.get(conversation["id"])
        ahead = "last_message" in conversation and (
            before is None or before.conversation["last_seq"] < conversation["last_seq"]
        )
        self.put(conversation)
        if ahead:
            self.loose.setdefault(id_, False)

    def touch(self, entry: Entry) -> None:
        """Note that a conversation has the newest activity of all."""
        self._top += 1
        entry.rank = self._top
        self.loose.pop(entry.conversation["id"], None)

    def apply(self, event: Event | None) -> str | None:
        """Apply an event, and return the id of the conversation that it is about."""
        if isinstance(event, MessageEvent):
            return self._message(event)
        if isinstance(event, UpdatedEvent):
            return self._updated(event)
        if isinstance(event, ReadEvent):
            return self._read(event)
        if isinstance(event, ConversationEvent):
            return self._conversation(event)
        if isinstance(event, ResetEvent):
            self.filled, self.cursor = False, ""
        return None

    def _change(self, id_: str, change: Callable[[Entry], bool]) -> str:
        """Change a conversation, which is asked for when it is not there or change says so."""
        entry = self.entries.get(id_)
        if entry is None or not change(entry):
            self.stale.add(id_)
        return id_

    def _message(self, event: MessageEvent) -> str:
        message = event.message

        def change(entry: Entry) -> bool:
            last, seq = entry.conversation["last_seq"], message["seq"]
            if seq > last or (seq == last and message["conversation"] in self.loose):
                self.touch(entry)
            entry.move(message["sender"], seq)
            if entry.recent is not None:
                entry.recent.put(message, self.keep)
            return entry.message(message, self.user)

        return self._change(message["conversation"], change)

    def _updated(self, event: UpdatedEvent) -> str:
        def change(entry: Entry) -> bool:
            if entry.recent is not None:
                entry.recent.replace(event.message)
            return entry.update(event.message, self.user)

        return self._change(event.message["conversation"], change)

    def _read(self, event: ReadEvent) -> str:
        def change(entry: Entry) -> bool:
            entry.move(event.username, event.seq)
            return event.username != self.user or entry.read(event.seq)

        return self._change(event.conversation, change)

    def _conversation(self, event: ConversationEvent) -> str:
        id_, own = event.conversation, event.username == self.user
        if own and event.change == "left":
            self.entries.pop(id_, None)
            self.stale.discard(id_)
            self.loose.pop(id_, None)
            return id_
        begun = event.change == "created" or (own and event.change == "joined")
        if begun and id_ in self.entries and self.loose.get(id_):
            self.touch(self.entries[id_])
        return self._change(id_, lambda entry: entry.change(event, self.user))
