"""What a client does in the background: it serves one connection after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ._decode import Item, decode, decode_presence, member
from ._frame import Notification, depth, encode
from ._inbox import Inbox
from ._link import Link
from ._options import Options
from ._outbox import Call, Outbox
from ._reconnect import Dialer
from ._types import CloseCode, LoginResult
from ._watch import Watch
from .errors import ChatError, milliseconds
from .events import EphemeralEvent

_ENVELOPE = 128
"""More than what a request has beside its params, in bytes."""

_ENVELOPE_DEPTH = 1
_DEPTH = 64
"""The limit of depth before login. Hardly any server changes it."""

_HARMFUL = frozenset({CloseCode.UNSUPPORTED, CloseCode.INVALID_DATA, CloseCode.TOO_LARGE})
"""The server closed the connection for what was written on it: not to be written again."""


class Runner:
    """Keeps up a connection, the subscription on it, and the calls under way."""

    def __init__(self, options: Options, dialer: Dialer, outbox: Outbox, inbox: Inbox) -> None:
        """Make one that is started by `run`."""
        self._options = options
        self._dialer = dialer
        self._outbox = outbox
        self._inbox = inbox
        self._watch = Watch(options.backoff)
        self._wake = asyncio.Event()
        self._failures = 0  # in a row
        self.link: Link | None = None
        self.trouble: ChatError | None = None
        """Why there is no connection, None when there is one."""

    async def open(self) -> Link:
        """Make a connection."""
        self.link = link = await self._dialer.open(self)
        if self._dialer.login is not None:
            self._inbox.start(self._dialer.login["cursor"])
        self.trouble = None
        try:
            if self._options.on_connect is not None:
                self._options.on_connect(self._dialer.login)
        except BaseException:
            await link.close()
            raise
        return link

    async def run(self, link: Link) -> None:
        """Serve connections until the server wants no more of them, which is told as an error."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                error = await self._serve(link)
            finally:
                await link.close()
                self._inbox.end()
                self._watch.end()
            if link.useful or loop.time() - began >= self._options.backoff.cap:
                self._failures = 0
            link = await self._come_back(error, link.away)

    async def close(self, task: asyncio.Task[None]) -> None:
        """Wait for the end of run, which was cancelled, perhaps before it began."""
        await asyncio.wait([task])
        if self.link is not None:
            await self.link.close()

    def fail(self, cause: ChatError) -> None:
        """End the connection without ceremony."""
        if self.link is not None:
            self.link.fail(cause)

    async def _come_back(self, error: ChatError, away: float) -> Link:
        """Make a new connection, after the time that the server asked to stay away."""
        while not self._final(error):
            self.trouble = error
            await self._rest(error, away)
            away = 0.0
            try:
                return await self.open()
            except ChatError as exc:
                error = exc
            except OSError as exc:  # of a callback that keeps the token
                error = ChatError("other", f"login: {exc}", retryable=True)
                error.__cause__ = exc
        raise error

    def _final(self, error: ChatError) -> bool:
        """Say whether there is no coming back."""
        if error.basis != "close":
            return not error.retryable
        if error.code == CloseCode.EXPIRED:
            return not self._dialer.expired()
        return error.code in (CloseCode.REVOKED, CloseCode.ABUSE)

    async def _rest(self, error: ChatError, away: float) -> None:
        """Wait before the next attempt; when we were idle, until there is something to say."""
        if error.basis == "close" and error.code == CloseCode.IDLE:
            while self._inbox.due() != "subscribe" and not self._outbox.waiting():
                self._wake.clear()
                await self._wake.wait()
        delay = away or self._options.backoff.delay_after(error, self._failures)
        self._failures += 1
        if self._options.on_retry is not None:
            self._options.on_retry(error, delay)
        await asyncio.sleep(delay)

    async def _serve(self, link: Link) -> ChatError:
        """Write what there is to write, until the connection ends."""
        while not link.ended:
            self._wake.clear()
            wait = await self._write(link)
            # The end of the connection pokes, too.
            # A timer may come a hair early, so it is not set for less than a millisecond.
            timer = asyncio.get_running_loop().call_later(max(wait, 0.001), self.poke)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()
        return link.why

    async def _write(self, link: Link) -> float:
        """Write all that may be written now, and say when to look again at the latest."""
        loop = asyncio.get_running_loop()
        while True:
            wait = await self._tend(link)
            call, pause = self._outbox.take(loop.time())
            if call is None:
                return min(wait, pause) if pause > 0 else wait
            if not await self._launch(link, call):
                return self._options.ping_interval  # the end of the connection comes first

    async def _tend(self, link: Link) -> float:
        """Make the requests of the client's own, and say when to do so again.

        They keep up the subscription, then the watching of presence, so that nothing changes
        untold between the two, and look after a quiet connection.
        """
        interval = self._options.ping_interval
        if link.asking:
            return interval
        quiet = asyncio.get_running_loop().time() - link.heard
        watch = self._watch.next()
        due = self._inbox.due() or ("presence" if watch == 0 else None)
        due = due or ("ping" if quiet >= interval else None)
        if due is None:
            return min(interval - quiet, interval if watch is None else watch)
        link.asking = True
        params: dict[str, Any] = {}
        if due == "subscribe" and self._inbox.cursor:
            params["cursor"] = self._inbox.cursor
        elif due == "presence":
            params = self._watch.ask()

        def settle(result: Any, error: ChatError | None, lost: bool) -> None:
            link.asking = False
            if error is None:
                self._answered(due, result)
            elif not lost and due == "presence":
                self._watch.refused(error)
            elif not lost:
                link.fail(error)
            self.poke()

        await link.request(due, encode(params), settle)
        return interval

    def _answered(self, method: str, result: Any) -> None:
        """Take an answer whose place among the events matters."""
        if method == "subscribe":
            self._inbox.begin(member(result, "cursor", str), member(result, "reset", bool))
        elif method == "unsubscribe":
            self._inbox.end()
        elif method == "presence":
            self._watch.told()
            for present in member(result, "presence", list):
                self._tell(decode_presence(present))
        elif isinstance(result, dict) and "cursor" in result:
            self._inbox.advance(member(result, "cursor", str))

    async def _launch(self, link: Link, call: Call) -> bool:
        """Write a call, and see to its answer. It returns False when it could not be written."""
        excess = _excess(call, self._dialer.login)
        if excess is not None:
            self._outbox.settle(call, None, excess)
            return True

        def settle(result: Any, error: ChatError | None, lost: bool) -> None:
            if lost and error is not None:
                harmful = error.basis == "close" and error.code in _HARMFUL
                self._outbox.lose(call, error, written=True, harmful=harmful)
            else:
                link.useful = True
                if call.method == "presence" and error is None:
                    self._watch.take(call.params)
                self._outbox.settle(call, result, error)
            self.poke()

        if await link.request(call.method, call.params, settle):
            return True
        self._outbox.lose(call, ChatError("lost", ""), written=False, harmful=False)
        return False

    def notify(self, link: Link, event: Notification) -> None:
        """Take a notification."""
        if event.method == "lagging":
            self._inbox.end()
            self.poke()
        elif event.method == "draining":
            link.away = milliseconds(member(event.params, "delay_ms", int))
        else:
            self._event(link, decode(event))

    def _event(self, link: Link, item: Item | EphemeralEvent | None) -> None:
        if item is None:
            return
        link.useful = True
        if not isinstance(item, Item):
            self._tell(item)
        elif not self._inbox.put(item):
            self.poke()

    def _tell(self, event: EphemeralEvent) -> None:
        if self._options.on_ephemeral is not None:
            self._options.on_ephemeral(event)

    def poke(self) -> None:
        """Look again at what there is to do."""
        self._wake.set()


def _excess(call: Call, login: LoginResult | None) -> ChatError | None:
    """Say what the server would not read: it could not say then for which request."""
    limits: Mapping[str, Any] = login["limits"] if login else {}
    params = call.params or ""
    frame, deepest = limits.get("frame", 0), limits.get("depth", _DEPTH)
    if frame and len(params.encode()) + _ENVELOPE > frame:
        return ChatError("too_large", f"{call.method}: more than {frame} bytes in a frame")
    if depth(params) + _ENVELOPE_DEPTH > deepest:
        inside = f"more than {deepest} arrays and objects inside each other"
        return ChatError("parse", f"{call.method}: {inside}")
    return None
