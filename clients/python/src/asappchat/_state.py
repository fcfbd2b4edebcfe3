"""A mirror as JSON, in the form that the clients in other languages have too."""

from __future__ import annotations

import json
from typing import Any

from ._apply import Book
from ._recent import Recent

_FORMAT = 1


def state(book: Book) -> dict[str, Any]:
    """Return what a later mirror of the same user may begin with."""
    conversations = []
    for entry in book.sorted():
        kept: dict[str, Any] = {"conversation": entry.conversation}
        if entry.recent is not None and entry.recent.messages:
            kept["messages"] = entry.recent.messages
        if entry.recent is not None and entry.recent.since:
            kept["since"] = entry.recent.since
        conversations.append(kept)
    return {
        "format": _FORMAT,
        "username": book.user,
        "cursor": book.cursor,
        "conversations": conversations,
    }


def restore(book: Book, text: str) -> None:
    """Fill a book with a state, which the list of what has changed then brings up to date.

    A message that the state has and its cursor does not is no harm: the list and the events will
    say it again.
    """
    kept = json.loads(text)
    form, user = kept.get("format"), kept.get("username")
    if form != _FORMAT or user != book.user:
        raise ValueError(f"state of a mirror: of format {form} and user {user!r}")
    book.cursor = kept["cursor"]
    for one in reversed(kept["conversations"]):
        entry = book.put(one["conversation"])
        if book.keep > 0 and one.get("messages"):
            entry.recent = Recent(one["messages"][-book.keep :], one.get("since", ""))
