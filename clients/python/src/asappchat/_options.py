"""What a client is made with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from ._types import LoginResult
from .backoff import Backoff
from .errors import ChatError
from .events import EphemeralEvent

Login = Callable[["str | None"], Awaitable[str]]
"""Logs in with a token, or by name where that is none or not good, and returns the next token."""
Exchange = Callable[[Login], Awaitable[None]]
OnToken = Callable[[str], Awaitable[None] | None]
OnRetry = Callable[[ChatError, float], None]
OnConnect = Callable[["LoginResult | None"], None]
OnEphemeral = Callable[[EphemeralEvent], None]
Connect = Callable[..., Awaitable[ClientConnection]]


@dataclass(frozen=True)
class Options:
    """What `Client` was made with."""

    url: str
    username: str | None
    password: str | None
    device: str | None
    on_token: OnToken | None
    exchange: Exchange | None
    on_retry: OnRetry | None
    on_connect: OnConnect | None
    on_ephemeral: OnEphemeral | None
    backoff: Backoff
    answer_timeout: float
    ping_interval: float
    connect: Connect
