"""What a client tells its application.

Each class is one event of the protocol. Of those that an application does not know, there may
be more one day: ignore them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ._types import Change, ConversationKind, Message, PresenceState, Role, State


@dataclass(frozen=True)
class MessageEvent:
    """Somebody has sent a message: perhaps the user, on this device or on another."""

    message: Message
    cursor: str


@dataclass(frozen=True)
class UpdatedEvent:
    """A message was edited, deleted or reacted to; here it is as it is now."""

    message: Message
    cursor: str


@dataclass(frozen=True)
class ReadEvent:
    """Somebody has read a conversation, the one with this id, up to a seq."""

    conversation: str
    username: str
    seq: int
    cursor: str


@dataclass(frozen=True)
class ConversationEvent:
    """A conversation, the one with this id, was opened or has changed.

    `change` says how, and which of the others are not None.
    """

    conversation: str
    change: Change
    kind: ConversationKind
    cursor: str
    name: str | None = None
    username: str | None = None
    """Who joined or left, or whose role or preferences changed."""
    role: Role | None = None
    state: State | None = None
    muted: bool | None = None
    pinned: bool | None = None
    members: list[str] | None = None
    """Of a new conversation: the first few by name."""
    member_count: int | None = None


@dataclass(frozen=True)
class ResetEvent:
    """Events are missing: the log of the server was restored, or is another one.

    What the application shows is to be taken anew (by `conversations`, `history`, ...). The
    events that follow come from `cursor` on.
    """

    cursor: str


@dataclass(frozen=True)
class TypingEvent:
    """Somebody is typing in a conversation, the one with this id, or has stopped.

    Without another one it ends after 6 seconds, or with a message of theirs.
    """

    conversation: str
    username: str
    on: bool


@dataclass(frozen=True)
class PresenceEvent:
    """Somebody whom `presence` watches came, went, or turned away."""

    username: str
    state: PresenceState
    last_seen_at: str | None = None
    """Of who is offline, where it is known."""


Event: TypeAlias = MessageEvent | UpdatedEvent | ReadEvent | ConversationEvent | ResetEvent
"""What `Client.events` yields."""

EphemeralEvent: TypeAlias = TypingEvent | PresenceEvent
"""What `on_ephemeral` is told: it has no place in the log."""
