"""A conversation in a mirror, and what an event does to it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from ._recent import Recent
from ._tail import Tail
from ._types import Conversation, Message
from .events import ConversationEvent

_MEMBERS_SHOWN = 10
"""How many members a conversation names."""


@dataclass(eq=False)
class Entry:
    """A conversation, with what its mirror knows beside it.

    The methods that apply something return False when the conversation must be read anew.
    """

    conversation: Conversation
    tail: Tail
    rank: int = 0
    """Those with newer activity have higher ones."""
    recent: Recent | None = None
    """None until somebody asks, as `markers` is."""
    markers: dict[str, int] | None = None

    def move(self, username: str, seq: int) -> None:
        """Move somebody's marker forward."""
        if self.markers is not None and seq > self.markers.get(username, 0):
            self.markers[username] = seq

    def message(self, message: Message, user: str) -> bool:
        """Apply a message that was sent."""
        c, seq = self.conversation, message["seq"]
        if seq <= c["last_seq"]:
            return self.update(message, user)
        if c["last_seq"] != 0 and seq != c["last_seq"] + 1:
            return False  # one is missing, or it was seen only after it had left
        c["last_seq"], c["last_message"] = seq, message
        self.tail.add(message, user)
        if message["sender"] == user:
            return self.read(seq)
        if seq > c["read_seq"] and not message.get("deleted", False):
            c["unread"] += 1
            c["mentions"] += user in message.get("mentions", ())
        return True

    def update(self, message: Message, user: str) -> bool:
        """Apply a message that may have been seen in an earlier version."""
        c, seq = self.conversation, message["seq"]
        if seq > c["last_seq"]:
            return False
        if seq == c["last_seq"] and message["rev"] > c["last_message"]["rev"]:
            c["last_message"] = message
        if not message.get("deleted", False):
            return True
        known = self.tail.at(seq)
        if known is None:
            return seq <= c["read_seq"]
        if seq > c["read_seq"] and not known.gone:
            c["unread"] -= 1
            c["mentions"] -= known.mentions
        known.gone = True
        return True

    def read(self, seq: int) -> bool:
        """Apply the user's own marker."""
        c = self.conversation
        if seq <= c["read_seq"]:
            return True
        c["read_seq"] = seq
        # What is replayed may be ahead of its messages.
        counts = (0, 0) if seq >= c["last_seq"] else self.tail.count(seq)
        if counts is None:
            return False
        c["unread"], c["mentions"] = counts
        return True

    def change(self, event: ConversationEvent, user: str) -> bool:
        """Apply what happened to the conversation."""
        c, own = self.conversation, event.username == user
        if event.change == "joined":
            return not own and self._join(event)  # what it was before is over
        if event.change == "left":
            return self._leave(event)
        if event.change == "renamed" and event.name is not None:
            c["name"] = event.name
        elif event.change == "state" and event.state is not None:
            c["state"] = event.state
        elif event.change == "role" and own and event.role is not None:
            c["role"] = event.role
        elif event.change == "preferences":
            if event.muted is None or event.pinned is None:
                return False
            c["muted"], c["pinned"] = event.muted, event.pinned
        return True  # also for a change that is not known here

    def _join(self, event: ConversationEvent) -> bool:
        """Add another member, if it is among the first few."""
        members, name = list(self.conversation.get("members", ())), event.username or ""
        i = bisect_left(members, name)
        if members[i : i + 1] != [name]:
            members.insert(i, name)
        return self._counted(members[:_MEMBERS_SHOWN], event)

    def _leave(self, event: ConversationEvent) -> bool:
        """Take away another member."""
        members = self.conversation.get("members", ())
        return self._counted([m for m in members if m != event.username], event)

    def _counted(self, members: list[str], event: ConversationEvent) -> bool:
        """Take the members. It returns False when they are not the first few."""
        count = event.member_count or 0
        self.conversation["members"] = members
        self.conversation["member_count"] = count
        self.markers = None  # who may be seen depends on it
        return len(members) == min(count, _MEMBERS_SHOWN)
