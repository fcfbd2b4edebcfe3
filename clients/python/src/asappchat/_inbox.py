"""The events between the connection and the application."""

from __future__ import annotations

import asyncio
from collections import deque

from ._decode import Item
from .errors import ChatError
from .events import Event, ResetEvent

_MAX_SEQS = 10_000
"""Bounds the conversations whose last seq is kept.

When there are more, all are forgotten: it is only a second guard against doubles.
"""


class Inbox:
    """Holds at most `limit` bytes of events, or one.

    It knows two places in the log: `cursor`, up to which all events are in it or were handed
    out, and `taken`, up to which they were handed out.
    """

    def __init__(self, limit: int, cursor: str | None) -> None:
        """Make one that begins at a cursor, or where the log ends at the first login."""
        self.cursor = self.taken = cursor or ""
        self.bytes = 0
        self._limit = limit
        self._items: deque[Item] = deque()
        self._seqs: dict[str, int] = {}  # of conversations, the last that was put
        self._error: ChatError | None = None  # why no more events come
        self._ready = asyncio.Event()
        self._wanted = False
        self._subscribed = False  # the connection is, as far as we know
        self._open = False  # events are taken; False when it has to subscribe for that

    def start(self, cursor: str) -> None:
        """Set the place to begin from, unless there is one."""
        if not self.cursor:
            self.cursor = self.taken = cursor

    def skip(self, cursor: str) -> None:
        """Set the place to begin from anew, unless events were asked for already."""
        if not self._wanted:
            self.cursor = self.taken = cursor

    def want(self) -> None:
        """Ask for events from now on."""
        self._wanted = True

    def due(self) -> str | None:
        """Return what to ask the server for next: `subscribe`, `unsubscribe` or nothing.

        It subscribes with the buffer half empty, so that a slow application does not make it
        do so for every event.
        """
        if not self._wanted or self._open:
            return None
        if self.bytes <= self._limit // 2:
            return "subscribe"
        return "unsubscribe" if self._subscribed else None

    def begin(self, cursor: str, reset: bool) -> None:
        """Take the answer to a subscribe, before any event that follows it."""
        self._subscribed = self._open = True
        if reset:
            self.cursor = cursor
            self._seqs.clear()
            self._push(Item(ResetEvent(cursor), cursor, 0))

    def end(self) -> None:
        """Take the end of the subscription, or of its connection."""
        self._subscribed = self._open = False

    def put(self, item: Item) -> bool:
        """Take an event.

        It returns False when there is no room: then this event and those that follow are left
        to a later subscription.
        """
        last = self._seqs.get(item.conversation, 0)
        if not self._open or item.cursor == self.cursor:
            return True  # the second: had it
        if item.seq and item.seq <= last:
            if item.again is None:
                return True  # had it
            item.event = item.again
        if self._items and self.bytes + item.size > self._limit:
            self._open = False
            return False
        if item.seq:
            if len(self._seqs) >= _MAX_SEQS:
                self._seqs.clear()
            self._seqs[item.conversation] = max(item.seq, last)
        self.cursor = item.cursor
        self._push(item)
        return True

    def advance(self, cursor: str) -> None:
        """Take a cursor that all events up to it were received before."""
        if not self._open or not cursor:
            return
        self.cursor = cursor
        if self._items:
            self._items[-1].cursor = cursor
        else:
            self.taken = cursor

    async def next(self) -> Event:
        """Wait for an event, and take it out. What is cancelled takes nothing."""
        while not self._items:
            if self._error is not None:
                raise self._error.again()
            self._ready.clear()
            await self._ready.wait()
        item = self._items.popleft()
        self.bytes -= item.size
        self.taken = item.cursor
        return item.event

    def close(self, error: ChatError) -> None:
        """End the events with an error, after those that are there."""
        if self._error is None:
            self._error = error
            self._ready.set()

    def _push(self, item: Item) -> None:
        self._items.append(item)
        self.bytes += item.size
        self._ready.set()
