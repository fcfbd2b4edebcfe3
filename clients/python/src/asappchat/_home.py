"""How a mirror reads the list of conversations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._apply import Book
from ._ask import ask
from ._types import Conversation, ConversationsResult
from .client import Client


async def fill(client: Client, book: Book) -> None:
    """Read the list: all of it, or what has changed since the cursor of the book."""
    listing = await _read(client, book.cursor)
    client._begin_at(listing.cursor)
    if listing.whole:
        book.entries.clear()
    _arrange(book, listing)
    for id_ in listing.left:
        if id_ not in listing.found:
            book.entries.pop(id_, None)
    book.filled, book.loose = True, listing.loose
    book.stale.clear()


@dataclass
class _Listing:
    """A list that was read.

    Some of it may be newer than its cursor: the events after that, which come, then change
    nothing.
    """

    whole: bool
    cursor: str = ""
    order: list[str] = field(default_factory=list)
    """Ids, newest activity first."""
    strict: int = 0
    """How many are on the first page; on others may be what became active meanwhile."""
    found: dict[str, Conversation] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    loose: dict[str, bool] = field(default_factory=dict)
    """Those that are not on the first page."""

    def add(self, page: ConversationsResult) -> None:
        """Add a page.

        A conversation that changed while the list was read is on it twice: the later time counts,
        since it tells more.
        """
        first = not self.cursor
        self.cursor, self.whole = page["cursor"], self.whole or page["reset"]
        for conversation in page["conversations"]:
            id_ = conversation["id"]
            if not first:
                self.loose[id_] = True
            if id_ not in self.found:
                self.order.append(id_)
            self.found[id_] = conversation
        if first:
            self.strict = len(self.order)
        for id_ in page["left"]:
            self.found.pop(id_, None)
        self.left += page["left"]


async def _read(client: Client, since: str) -> _Listing:
    listing = _Listing(whole=not since)
    params: dict[str, Any] = {"since": since} if since else {}
    if limit := client.login["limits"].get("page_max", 0):
        params["limit"] = limit
    while True:
        page: ConversationsResult = await ask(client, "conversations", params)
        listing.add(page)
        if not page.get("next"):
            return listing
        params["page"] = page["next"]


def _arrange(book: Book, listing: _Listing) -> None:
    """Put what was listed in its place.

    Of a list of what has changed, those with new activity come first; the others stay where they
    were among those that have not changed. What became active while the list was read may be at
    its end: its event puts it in its place, although it tells nothing new.
    """
    sure = 0  # how many have new activity, since one behind them has
    for i, id_ in enumerate(listing.order[: listing.strict]):
        if id_ in listing.found and _active(book, listing.found[id_]):
            sure = i + 1
    for i in reversed(range(len(listing.order))):
        conversation = listing.found.get(listing.order[i])
        if conversation is None:
            continue
        active = i < sure or _active(book, conversation)
        entry = book.put(conversation)
        if active:
            book.touch(entry)


def _active(book: Book, conversation: Conversation) -> bool:
    """Say whether a conversation has been active since it was seen last."""
    entry = book.entries.get(conversation["id"])
    if entry is None:
        return True
    seen = entry.conversation
    return (seen["last_seq"], seen["joined_at"]) != (
        conversation["last_seq"],
        conversation["joined_at"],
    )
