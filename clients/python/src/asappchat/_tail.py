"""What is known of the last messages of a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._types import Conversation, Message

_MAX_TAIL = 256
"""Bounds the messages of a conversation of which a tail is known."""


@dataclass
class Mark:
    """What counts of a message."""

    gone: bool
    """It is deleted or the user's own: it never counts."""
    mentions: bool
    """The user."""


def _mark_of(message: Message, user: str) -> Mark:
    gone = message.get("deleted", False) or message["sender"] == user
    return Mark(gone, user in message.get("mentions", ()))


@dataclass
class Tail:
    """The last messages, one after another without a hole.

    It is what it takes to count the unread ones again when a marker moves among them or one of
    them is deleted. It agrees with the counts of its conversation. So it begins with the last
    message whenever these are read anew: of a message before it nobody knows whether the counts
    have seen its deletion, of which an event may still be on its way.
    """

    first: int = 0
    """The seq of the first one."""
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, conversation: Conversation, user: str) -> Tail:
        """Return the tail of a conversation that was just read."""
        last = conversation.get("last_message")
        return cls() if last is None else cls(conversation["last_seq"], [_mark_of(last, user)])

    def add(self, message: Message, user: str) -> None:
        """Add the message after the last one, or the first one."""
        if not self.marks:
            self.first = message["seq"]
        if len(self.marks) == _MAX_TAIL:
            del self.marks[0]
            self.first += 1
        self.marks.append(_mark_of(message, user))

    def at(self, seq: int) -> Mark | None:
        """Return the mark of a message, None when it is not known."""
        i = seq - self.first
        return self.marks[i] if 0 <= i < len(self.marks) else None

    def count(self, after: int) -> tuple[int, int] | None:
        """Count the unread messages and mentions after a seq, None when not all are known."""
        if after + 1 < self.first:
            return None
        unread = [mark for mark in self.marks[after + 1 - self.first :] if not mark.gone]
        return len(unread), sum(mark.mentions for mark in unread)
