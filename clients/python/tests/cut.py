"""A connection that breaks after so many bytes in both directions."""

from __future__ import annotations

import asyncio
import socket
from typing import Any


class Cut:
    """Wraps the first connection of a fake, and lets `left` bytes pass."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.used = 0
        self.transports: list[asyncio.Transport] = []
        self._joining: asyncio.Future[None] | None = None

    def dial(self, n: int, sock: socket.socket) -> socket.socket | None:
        if n > 1:
            return sock
        client, inner = socket.socketpair()
        for end in (client, inner):
            end.setblocking(False)
        self._joining = asyncio.ensure_future(self._join(sock, inner))
        return client

    async def _join(self, *ends: socket.socket) -> None:
        """Join the end of the server first: it does not speak before the client."""
        loop = asyncio.get_running_loop()
        for end in ends:
            await loop.create_connection(lambda: _Half(self), sock=end)

    def passed(self, source: Any, data: bytes) -> None:
        """Pass data on, as much of it as may be."""
        data, over = data[: self.left], len(data) > self.left
        self.left -= len(data)
        self.used += len(data)
        for other in self.transports:
            if other is not source and not other.is_closing():
                other.write(data)
        if over:
            self.end()

    def end(self) -> None:
        for transport in self.transports:
            transport.close()  # what was passed still arrives


class _Half(asyncio.Protocol):
    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._cut.transports.append(self._transport)

    def data_received(self, data: bytes) -> None:
        self._cut.passed(self._transport, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cut.end()
