"""From notifications to the events that reach the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from ._frame import Notification, ViolationError
from .events import (
    ConversationEvent,
    EphemeralEvent,
    Event,
    MessageEvent,
    PresenceEvent,
    ReadEvent,
    TypingEvent,
    UpdatedEvent,
)

T = TypeVar("T")


@dataclass
class Item:
    """An event on its way to the application."""

    event: Event
    cursor: str
    """The place in the log after it."""
    size: int
    """In bytes, as it came."""
    conversation: str = ""
    """Of a message, as `seq` and `again` are."""
    seq: int = 0
    again: Event | None = None
    """What it tells who had the message before, None for nothing."""


def decode(event: Notification) -> Item | EphemeralEvent | None:
    """Decode an event, or return None for one that does not reach the application."""
    decoder = _DECODERS.get(event.method)
    if decoder is None:
        return None
    return decoder(_typed(event.params, dict, "params"), event.size)


def member(params: Any, name: str, kind: type[T]) -> T:
    """Return a member of an object that must have this type."""
    return _typed(params.get(name) if isinstance(params, dict) else None, kind, name)


def _typed(value: Any, kind: type[T], name: str) -> T:
    if type(value) is not kind:
        raise ViolationError(f"{name} is no {kind.__name__}")
    return value


def _cursor(params: dict[str, Any]) -> str:
    cursor = member(params, "cursor", str)
    if not cursor:
        raise ViolationError("no cursor")
    return cursor


def _message(params: dict[str, Any], size: int) -> Item:
    message, cursor = member(params, "message", dict), _cursor(params)
    again = None
    if _typed(message.get("rev", 1), int, "rev") > 1:
        again = UpdatedEvent(message, cursor)  # type: ignore[arg-type]
    return Item(
        MessageEvent(message, cursor),  # type: ignore[arg-type]
        cursor,
        size,
        member(message, "conversation", str),
        member(message, "seq", int),
        again,
    )


def _updated(params: dict[str, Any], size: int) -> Item:
    item = _message(params, size)
    return Item(UpdatedEvent(params["message"], item.cursor), item.cursor, size)


def _read(params: dict[str, Any], size: int) -> Item:
    event = ReadEvent(
        member(params, "conversation", str),
        member(params, "username", str),
        member(params, "seq", int),
        _cursor(params),
    )
    return Item(event, event.cursor, size)


_CONVERSATION = frozenset(f.name for f in fields(ConversationEvent))


def _conversation(params: dict[str, Any], size: int) -> Item:
    for name in ("conversation", "change"):
        member(params, name, str)
    known = {name: value for name, value in params.items() if name in _CONVERSATION}
    known.setdefault("kind", "")
    return Item(ConversationEvent(**known), _cursor(params), size)


def _typing(params: dict[str, Any], size: int) -> TypingEvent:
    return TypingEvent(
        member(params, "conversation", str),
        member(params, "username", str),
        member(params, "on", bool),
    )


def _presence(params: dict[str, Any], size: int) -> PresenceEvent:
    state: Any = member(params, "state", str)
    return PresenceEvent(member(params, "username", str), state, params.get("last_seen_at"))


def decode_presence(params: Any) -> PresenceEvent:
    """Decode one user of the answer to presence."""
    return _presence(_typed(params, dict, "presence"), 0)


_DECODERS: dict[str, Callable[[dict[str, Any], int], Item | EphemeralEvent]] = {
    "message": _message,
    "message_updated": _updated,
    "read": _read,
    "conversation": _conversation,
    "typing": _typing,
    "presence": _presence,
}
