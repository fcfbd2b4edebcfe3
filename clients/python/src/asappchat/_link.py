"""One connection: requests on it, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from ._frame import Answer, Notification, ViolationError, decode, request
from .errors import ChatError

WRITE_TIMEOUT = 30.0
"""How long one frame may take to leave, in seconds."""

_PROTOCOL_ERROR = 1002
_NO_STATUS = 1005


class Receiver(Protocol):
    """What hears of all that a connection brings. Nothing here may wait."""

    def notify(self, link: Link, event: Notification) -> None:
        """Take a notification."""

    def poke(self) -> None:
        """Look again at what there is to do."""


Settle = Callable[[Any, "ChatError | None", bool], None]
"""Takes a result, or an error. The last says that it is not an answer, but why none comes."""


@dataclass
class _Flight:
    settle: Settle
    deadline: float


class Link:
    """A connection with a task that reads, which ends with the connection."""

    def __init__(self, ws: ClientConnection, receiver: Receiver, answer_timeout: float) -> None:
        """Begin to read. An answer that takes longer than the timeout ends the connection."""
        self._loop = asyncio.get_running_loop()
        self._ws = ws
        self._receiver = receiver
        self._answer_timeout = answer_timeout
        self._last_id = 0
        self._flights: dict[int | str, _Flight] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._cause: ChatError | None = None  # why we ended it, if we did
        self.ended = False
        """Nothing more will be read."""
        self.why = ChatError("lost", "connection is being closed")
        """Why the connection has ended, when it has."""
        self.asking = False
        """A subscribe, unsubscribe or ping of the client's own is under way."""
        self.useful = False
        """A call was answered, or an event came."""
        self.heard = self._loop.time()
        """When the last message came."""
        self.away = 0.0
        """The announced time to stay away after the end, in seconds."""
        self._reader = asyncio.create_task(self._read(), name="asappchat reader")

    async def request(self, method: str, params: str | None, settle: Settle) -> bool:
        """Write a request; settle is called once, when it is answered or the connection ends.

        It returns False when nothing was written, and then settle is not called.
        """
        if self.ended or self._ws.state is not State.OPEN:
            return False
        # Ids go from 1 up: one that is absent or null answers none of them.
        self._last_id += 1
        self._flights[self._last_id] = _Flight(settle, self._loop.time() + self._answer_timeout)
        if self._watch is None:
            self._watch = self._loop.call_later(self._answer_timeout, self._overdue)
        late = ChatError("silent", "a request could not be written")
        guard = self._loop.call_later(WRITE_TIMEOUT, self.fail, late)
        try:
            await self._ws.send(request(self._last_id, method, params))
        except ConnectionClosed:
            pass  # which the reader tells of
        finally:
            guard.cancel()
        return True

    async def ask(self, method: str, params: str | None) -> Any:
        """Make a request and wait for its answer."""
        answer: asyncio.Future[Any] = self._loop.create_future()

        def settle(result: Any, error: ChatError | None, _: bool) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)

        if not await self.request(method, params, settle):
            await self._end_of_reading()
            raise self.why
        return await answer

    def _overdue(self) -> None:
        """End a connection on which an answer is overdue.

        Answers come in the order of the requests, so it is the first that is looked at.
        """
        self._watch = None
        if not self._flights:
            return
        first = next(iter(self._flights.values())).deadline
        if first <= self._loop.time():
            self.fail(ChatError("silent", "no answer from the server"))
        else:
            self._watch = self._loop.call_at(first, self._overdue)

    async def _read(self) -> None:
        """Take one message after the other, until the connection ends."""
        lost = ChatError("lost", "connection lost")
        try:
            while True:
                self._take(decode(await self._ws.recv()))
        except ConnectionClosed as exc:
            lost = _lost(exc)
        except ViolationError as exc:
            lost = ChatError("protocol", f"violated by the server: {exc}")
            await self._ws.close(_PROTOCOL_ERROR, "not a message of the protocol")
        except Exception as exc:  # a bug: told to everybody who waits for something
            lost = ChatError("other", f"the client failed: {exc!r}")
            lost.__cause__ = exc
        finally:
            self._end(lost)

    def _take(self, message: Answer | Notification | None) -> None:
        self.heard = self._loop.time()
        if isinstance(message, Notification):
            self._receiver.notify(self, message)
        elif message is not None:
            flight = self._flights.pop(message.id, None)
            if flight is not None:
                flight.settle(message.result, message.error, False)

    def _end(self, lost: ChatError) -> None:
        """Settle what is under way. What the server said of the end counts most."""
        self.ended = True
        self.why = why = lost if lost.basis in ("close", "other") else self._cause or lost
        self._ws.transport.abort()
        if self._watch is not None:
            self._watch.cancel()
        flights, self._flights = self._flights, {}
        for flight in flights.values():
            flight.settle(None, why, True)
        self._receiver.poke()

    def fail(self, cause: ChatError) -> None:
        """End the connection without ceremony. The first cause counts."""
        self._cause = self._cause or cause
        self._ws.transport.abort()

    async def close(self) -> None:
        """End the connection in good form, and wait for that, a few seconds at most."""
        try:
            if not self.ended:
                await self._ws.close()
        finally:
            self._ws.transport.abort()
            await self._end_of_reading()

    async def _end_of_reading(self) -> None:
        await asyncio.wait([self._reader])


def _lost(exc: ConnectionClosed) -> ChatError:
    """Tell what the server said when it closed, or that it said nothing."""
    close = exc.rcvd
    if close is None or close.code == _NO_STATUS:
        return ChatError("lost", f"connection lost: {exc}")
    return ChatError("close", close.reason or "closed by the server", code=close.code)
