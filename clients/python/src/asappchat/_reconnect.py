"""Connections, one after the other, and the login on each."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from ._decode import member
from ._frame import ViolationError, encode
from ._link import Link, Receiver
from ._options import Login, Options
from ._types import PROTOCOL_VERSION, LoginResult
from .errors import ChatError

logger = logging.getLogger("asappchat")

_MAX_FRAME = 4 << 20
"""Bounds one incoming frame, in bytes. A page has 64 KiB unless the server was told otherwise."""
_CLOSE_TIMEOUT = 5.0


class Dialer:
    """Opens connections for a client, and keeps its token."""

    def __init__(self, options: Options, token: str | None) -> None:
        """Make one that logs in with what is in the options, and the token."""
        self._options = options
        self._token = token
        o = options
        self.anonymous = not (o.username or token or o.exchange)
        self.login: LoginResult | None = None
        """What the server answered to the latest login."""
        self._fresh: LoginResult | None = None  # the same, until it is certain

    async def open(self, receiver: Receiver) -> Link:
        """Make a connection and log in. What goes wrong is a ChatError."""
        link = Link(await self._connect(), receiver, self._options.answer_timeout)
        try:
            if not self.anonymous:
                self._fresh = None
                await (self._options.exchange or self._exchange)(self._login_on(link))
                self.login = self._checked()
        except BaseException:
            link.fail(ChatError("lost", "login failed"))
            await link.close()
            raise
        return link

    async def _connect(self) -> ClientConnection:
        o = self._options
        try:
            return await o.connect(
                o.url,
                compression=None,
                max_size=_MAX_FRAME,
                open_timeout=o.answer_timeout,
                close_timeout=_CLOSE_TIMEOUT,
                ping_interval=None,  # the client's own says where the log stands, too
            )
        except (OSError, EOFError, asyncio.TimeoutError, WebSocketException) as exc:
            raise ChatError(
                "unreachable", f"cannot reach {o.url}: {exc}", retry_after_ms=_retry_after(exc)
            ) from exc

    def _login_on(self, link: Link) -> Login:
        """Return what logs in on a connection."""
        o = self._options

        async def login(token: str | None) -> str:
            error = ChatError("unauthenticated", "no token")
            if token:
                try:
                    return await self._ask(link, token=token)
                except ChatError as exc:
                    error = exc
            if error.basis != "unauthenticated" or not o.username:
                raise error
            return await self._ask(link, username=o.username, password=o.password)

        return login

    async def _ask(self, link: Link, **credentials: str | None) -> str:
        params = {**credentials, "device": self._options.device}
        given = {name: value for name, value in params.items() if value}
        result = await link.ask("login", encode(given))
        try:
            token = member(result, "token", str)
            for name in ("protocol", "cursor"):
                member(result, name, str)
        except ViolationError as exc:
            raise ChatError("protocol", f"answer to login: {exc}") from exc
        self._fresh = cast(LoginResult, result)
        return token

    def _checked(self) -> LoginResult:
        if self._fresh is None:
            raise ChatError("other", "exchange did not log in")
        spoken = self._fresh["protocol"]
        if spoken != PROTOCOL_VERSION:
            raise ChatError("version", f"the server speaks version {spoken!r} of the protocol")
        return self._fresh

    async def _exchange(self, login: Login) -> None:
        """Keep the token, for a client whose application does not."""
        token = await login(self._token)
        try:
            stored: Any = self._options.on_token(token) if self._options.on_token else None
            if inspect.isawaitable(stored):
                await stored
        except OSError:
            logger.exception("the new token was not stored, so the one before stays in use")
        else:
            self._token = token

    def expired(self) -> bool:
        """Forget the token, and say whether there is anything else to log in with."""
        self._token = None
        return bool(self._options.username)


def _retry_after(exc: BaseException) -> int | None:
    """Return for how long a server that refused the handshake asks to stay away."""
    if not isinstance(exc, InvalidStatus):
        return None
    seconds = exc.response.headers.get("Retry-After", "")
    return min(int(seconds), 86_400) * 1000 if seconds.isdecimal() else None
