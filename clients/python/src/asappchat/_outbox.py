"""The calls of a client in their order, until they are answered."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .backoff import Backoff
from .errors import ChatError

MAX_CALLS = 1024
"""Bounds the calls that wait for their answers. Who makes one more waits for room."""

_FOR_NOW = frozenset({"rate_limited", "unavailable", "draining"})


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Call:
    """A request on its way to an answer."""

    method: str
    params: str | None
    """JSON."""
    repeat: bool
    """It may be written again after its outcome was lost."""
    answer: asyncio.Future[Any] = field(default_factory=_future)
    """Its cancellation is that of the caller."""

    # The rest belongs to the outbox.
    flying: bool = False
    """It was written, and neither answered nor lost since."""
    refused: ChatError | None = None
    """Why it was refused for now the last time."""
    tries: int = 0

    def finish(self, result: Any, error: ChatError | None) -> None:
        """End the call for its caller. The first of several counts."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(result)
        else:
            self.answer.set_exception(error.again())
            self.answer.exception()  # nobody may be left to ask for it

    def again(self, error: ChatError | None) -> bool:
        """Say whether the call is to be repeated after this answer."""
        return error is not None and not self.answer.done() and is_passing(error, self.repeat)


def is_passing(error: ChatError, repeat: bool) -> bool:
    """Say whether what was answered with an error is to be repeated.

    repeat says that it may be when nobody knows whether it was done.
    """
    if not error.retryable:
        return False
    return error.basis in _FOR_NOW or (error.basis == "unknown_outcome" and repeat)


class Outbox:
    """Keeps calls in order.

    A call that was refused for now pauses it: nothing is written until all that fly have come
    back and the time is over, and then all is written in order.
    """

    def __init__(self, window: int, backoff: Backoff) -> None:
        """Make an outbox of which as many calls as the window may fly at once."""
        self.calls: list[Call] = []
        self._window = window
        self._backoff = backoff
        self._queue: deque[asyncio.Future[None]] = deque()  # of those who wait for room
        self._flying = 0
        self._paused = 0.0  # until this time of the loop
        self._error: ChatError | None = None  # why it was closed

    async def add(self, call: Call) -> None:
        """Put a call at the end when there is room, in the order in which add was called."""
        if self._queue or len(self.calls) >= MAX_CALLS:
            await self._room()
        if self._error is None:
            self.calls.append(call)
        self._admit()
        if self._error is not None:
            raise self._error.again()

    async def _room(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._forget(turn)
            self._admit()  # the room was perhaps given to this one
            raise
        self._forget(turn)

    def _forget(self, turn: asyncio.Future[None]) -> None:
        if turn in self._queue:
            self._queue.remove(turn)

    def _admit(self) -> None:
        """Give the room that there is to the first who waits, who asks for the next in turn."""
        while self._queue and self._queue[0].cancelled():
            self._queue.popleft()
        room = self._error is not None or len(self.calls) < MAX_CALLS
        if self._queue and room and not self._queue[0].done():
            self._queue[0].set_result(None)

    def take(self, now: float) -> tuple[Call | None, float]:
        """Return the next call to write, if there is one, and for how long it is paused."""
        if self._paused:
            if now < self._paused or self._flying:
                return None, max(self._paused - now, 0.0)
            self._paused = 0.0
        if self._flying == self._window:
            return None, 0.0
        call = next((c for c in self.calls if not c.flying), None)
        if call is not None:
            call.flying = True
            self._flying += 1
        return call, 0.0

    def settle(self, call: Call, result: Any, error: ChatError | None) -> None:
        """Take the answer to a call that was flying."""
        self._land(call)
        if error is not None and call.again(error):
            call.refused = error
            until = asyncio.get_running_loop().time()
            until += self._backoff.delay_after(error, call.tries)
            self._paused = max(self._paused, until)
            call.tries += 1
            return
        call.finish(result, error)
        self._remove(call)

    def lose(self, call: Call, cause: ChatError, *, written: bool, harmful: bool) -> None:
        """Take back a call that was flying on a connection that ended.

        written says that the server may have seen it, harmful that it may be what the server
        closed the connection for.
        """
        self._land(call)
        if not call.answer.done() and (not written or (call.repeat and not harmful)):
            return
        if not call.repeat:
            cause = ChatError(
                "unknown_outcome", f"{call.method}: the connection was lost first ({cause})"
            )
        call.finish(None, cause)
        self._remove(call)

    def abandon(self, call: Call) -> None:
        """Forget a call whose caller has left.

        One that flies stays until its answer or the end of its connection, so that its place is
        known.
        """
        if not call.flying:
            self._remove(call)

    def waiting(self) -> bool:
        """Say whether there is anything to write."""
        return len(self.calls) > self._flying

    def close(self, error: ChatError) -> None:
        """End all calls, those to come included, with an error."""
        if self._error is not None:
            return
        self._error = error
        for call in self.calls:
            call.finish(None, error)
        self.calls.clear()
        self._admit()

    def _land(self, call: Call) -> None:
        if call.flying:
            call.flying = False
            self._flying -= 1

    def _remove(self, call: Call) -> None:
        if call in self.calls:
            self.calls.remove(call)
            self._admit()
