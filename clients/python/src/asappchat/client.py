"""A user's connection to a chat server, made again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, cast

import websockets.asyncio.client

from ._calls import AccountCalls, ConversationCalls, MessageCalls
from ._frame import encode
from ._inbox import Inbox
from ._link import Link
from ._options import (
    Connect,
    Exchange,
    OnConnect,
    OnEphemeral,
    OnRetry,
    OnToken,
    Options,
)
from ._outbox import Call, Outbox
from ._reconnect import Dialer
from ._run import Runner
from ._types import METHODS, LoginResult, MethodName
from ._uuid import uuid7
from .backoff import Backoff
from .errors import ChatError
from .events import Event

_OWN = frozenset({"login", "logout", "subscribe", "unsubscribe"})


class Client(AccountCalls, ConversationCalls, MessageCalls):
    """A client that is connected in the body of `async with`.

    It logs in with a username, with or without a password, or with a token, or with both: the
    token goes first, and the name serves when the token is not good any more. Without either it
    is not logged in, and can do little more than register.

    Calls wait for a connection when there is none, and are written anew on the next connection
    when their answer was lost, if that is safe: queries are, `read` and `delete`, which come to
    the same when they are done again, and `send`, which gets a `client_id` unless it has one that
    is not empty. Of any other command whose answer was lost the error is `unknown_outcome`: it
    may or may not have been done. A call that the server refuses for now (`rate_limited`,
    `unavailable`, `draining`) is repeated after the time that the server asks for. All that ends
    with the cancellation of the call, as by `asyncio.timeout`. A call that was written before may
    still have its effect; a send can be repeated with its `client_id`.

    Requests are written in the order in which the calls began, many before the first is answered,
    and again in that order after a reconnect. So messages sent one after the other arrive in that
    order, with one exception: while the server refuses a message for now, later ones that were
    under way already may be stored first. `in_flight=1` excludes that too. A call waits while 1024
    others wait for their answers.

    A client belongs to one event loop, and runs two tasks there, which end with `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        device: str | None = None,
        cursor: str | None = None,
        on_token: OnToken | None = None,
        exchange: Exchange | None = None,
        on_retry: OnRetry | None = None,
        on_connect: OnConnect | None = None,
        on_ephemeral: OnEphemeral | None = None,
        backoff: Backoff | None = None,
        answer_timeout: float = 30.0,
        ping_interval: float = 30.0,
        in_flight: int = 64,
        buffer: int = 1 << 20,
        connect: Connect = websockets.asyncio.client.connect,
    ) -> None:
        """Make a client for the server at a URL (`ws://` or `wss://`). It does nothing yet.

        Args:
            url: Where the server is.
            username: Who logs in.
            password: Their password, if they have one.
            token: What an earlier login gave to `on_token`.
            device: What the user's list of sessions shows.
            cursor: Where events begin; without it, where the log ended at the first login. An
                application that keeps what it was told keeps `Client.cursor` with it.
            on_token: Is given the token of every login before it is used, and may be a
                coroutine function. The next login takes it, and to use an older one after that
                ends the session; so an application that logs in again later stores it here.
                After an OSError the token is not used: the client goes on with the one before.
            exchange: Keeps the token in place of the client, of `token` and of `on_token`. It is
                called for every login, calls `login` with the token that it has, and stores the
                one that is returned before it returns. Programs that share a session do that
                under a lock. An OSError fails that login, which is tried again.
            on_retry: Is told of every lost or failed connection, and for how many seconds the
                client waits before it tries again.
            on_connect: Is told of every connection that is ready, with the login if there was
                one.
            on_ephemeral: Is told of typing and presence, while events are followed. They have no
                place in the log, and may be dropped. Whom the application watches by its latest
                call of `presence`, the client asks for again on each new connection, and then
                tells how all of them are.
            backoff: How long that is.
            answer_timeout: How long a connection may take to be made, or to answer a request,
                before it is given up, in seconds.
            ping_interval: How long a connection may be quiet before the server is asked whether
                it is there, in seconds.
            in_flight: Bounds the calls that are written before they are answered. The server
                stops reading at its limit of the same name.
            buffer: Bounds the events that wait for the application, in bytes as they came.
            connect: Makes a connection; `functools.partial(websockets.connect, ssl=...)` is one
                with certificates, headers or a proxy of its own.

        The client waits for its callbacks. They must not call `close`. Any other exception of
        theirs ends the client: it is the cause of an error of kind `other`, which all that waits
        and `close` raise.
        """
        backoff = backoff or Backoff()
        options = Options(
            url=url,
            username=username,
            password=password,
            device=device,
            on_token=on_token,
            exchange=exchange,
            on_retry=on_retry,
            on_connect=on_connect,
            on_ephemeral=on_ephemeral,
            backoff=backoff,
            answer_timeout=answer_timeout,
            ping_interval=ping_interval,
            connect=connect,
        )
        self.backoff = backoff
        """How long the client waits before it tries again."""
        self._dialer = Dialer(options, token)
        self._outbox = Outbox(in_flight, backoff)
        self._inbox = Inbox(buffer, cursor)
        self._runner = Runner(options, self._dialer, self._outbox, self._inbox)
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Client:
        """Connect."""
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        try:
            await self.close()
        except ChatError:
            if error is None:
                raise

    async def connect(self) -> None:
        """Connect and log in.

        It tries once, so that what is wrong from the start is told, as a `ChatError`. A
        connection that is lost later is made again until `close`, or until the server says for
        good that it does not want the client.
        """
        if self._task is not None:
            raise RuntimeError("connect is called once")
        encode(self._inbox.cursor)
        link = await self._runner.open()
        if self._closed:  # meanwhile, or before
            await link.close()
            raise ChatError("closed", "the client is closed")
        self._task = asyncio.create_task(self._run(link), name="asappchat client")

    async def _run(self, link: Link) -> None:
        try:
            await self._runner.run(link)
        except ChatError as final:
            self._end(final)
            if final.basis == "other":
                raise
        except Exception as exc:
            failed = ChatError("other", f"the client failed: {exc!r}")
            failed.__cause__ = exc
            self._end(failed)
            raise failed from exc

    def _end(self, error: ChatError) -> None:
        self._outbox.close(error)
        self._inbox.close(error)

    async def close(self) -> None:
        """End the connection and all that waits for something, with an error of kind `closed`.

        It returns when the tasks of the client have ended, which takes a few seconds when the
        server does not answer; when it is cancelled it does without ceremony. The session goes
        on: its token stays good.
        """
        self._closed = True
        self._end(ChatError("closed", "the client is closed"))
        task = self._task
        if task is None:
            return
        if task is asyncio.current_task():
            raise RuntimeError("close is called by a callback of the client")
        task.cancel()
        try:
            await self._runner.close(task)
        except asyncio.CancelledError:
            self._runner.fail(ChatError("closed", "the client is closed"))
            await self._runner.close(task)
            raise
        if not task.cancelled() and task.exception() is not None:
            await task

    async def logout(self) -> None:
        """End the session, for all its connections, and close the client.

        It is no error when the session had ended before.
        """
        try:
            await self._enqueue("logout", None, repeat=True)
        except ChatError as error:
            if error.basis != "unauthenticated":
                raise
        await self.close()

    @property
    def login(self) -> LoginResult:
        """What the server answered to the latest login: the user, the session, the limits."""
        if self._dialer.login is None:
            raise ChatError("unauthenticated", "not logged in")
        return self._dialer.login

    @property
    def cursor(self) -> str:
        """The place in the log after the last event that `events` yielded.

        A client that goes on from there is given it. It moves on its own while nothing happens,
        and is empty before the first login.
        """
        return self._inbox.taken

    @property
    def connected(self) -> bool:
        """Whether there is a connection at present."""
        return self._runner.link is not None and not self._runner.link.ended

    @property
    def trouble(self) -> ChatError | None:
        """Why there is no connection at present, or None when there is one."""
        return self._runner.trouble

    def events(self) -> AsyncIterator[Event]:
        """Return what happens, in the order of the server's log, each event once.

        They begin at `cursor` or, without it, where the log ended when the client logged in,
        whenever events is called first; a later iterator goes on after the last event of the one
        before, and iterators that run at the same time share the events between them.

        The iterator goes on over lost connections. It ends when the client is closed, and raises
        a `ChatError` when it gives up, both after the events that were received before. The
        cancellation of a loop takes no event with it.

        Events wait in a buffer. When a slow application lets it run full, the client ends its
        subscription and resumes it later, from the last event in the buffer: nothing is lost, and
        calls are answered meanwhile, so the loop may call whatever it likes.
        """
        if self._dialer.anonymous:
            raise ChatError("unauthenticated", "events need a login")
        return _Events(self._inbox, self._runner)

    def _begin_at(self, cursor: str) -> None:
        """Let events begin at a cursor, unless they have begun."""
        self._inbox.skip(cursor)

    async def call(
        self, method: str, params: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> Any:
        """Call a method by its name, with params by name or by position.

        What holds for `send` holds for a send that is called here: it gets a `client_id`, which
        stands third by position, unless it has one that is not empty.

        `login`, `logout`, `subscribe` and `unsubscribe` are done by the client itself, and refused
        here as `invalid_request`. What the server would not read, and so could not answer, is
        refused as `parse` without being sent: half a surrogate pair, what is no JSON, what is
        nested too deeply. A method that this version does not know counts as a command.
        """
        if method in _OWN:
            raise ChatError("invalid_request", f"{method} is done by the client itself")
        if method == "send":
            params = _with_client_id(params)
        encode(method)
        text = None if params is None else encode(params)
        return await self._enqueue(method, text, repeat=_is_repeatable(method, params))

    async def _enqueue(self, method: str, params: str | None, *, repeat: bool) -> Any:
        call = Call(method, params, repeat)
        try:
            await self._outbox.add(call)
            self._runner.poke()
            return await call.answer
        except asyncio.CancelledError as cancelled:
            self._outbox.abandon(call)
            self._runner.poke()
            # A TimeoutError made of this shows what was in the way.
            if (obstacle := call.refused or self._runner.trouble) is not None:
                cancelled.__cause__ = obstacle
            raise


def _is_repeatable(method: str, params: Any) -> bool:
    """Say whether a call may be made again, however much later.

    Commands that may are `read` and `delete`, which come to the same, and `send` with a
    `client_id`. By position only one that lacks a body has none.
    """
    if method == "send":
        return isinstance(params, Mapping) or (_is_list(params) and len(params) >= 3)
    spec = METHODS.get(cast(MethodName, method))
    return method in ("read", "delete") or (spec is not None and not spec.command)


def _with_client_id(params: Any) -> Any:
    """Give the params of a send a client id, unless they have one that is not empty."""
    if isinstance(params, Mapping):
        if params.get("client_id") in (None, ""):
            return {**params, "client_id": str(uuid7())}
    elif _is_list(params) and len(params) >= 2 and (len(params) == 2 or params[2] in (None, "")):
        return [*params[:2], str(uuid7()), *params[3:]]
    return params


def _is_list(params: Any) -> bool:
    return isinstance(params, Sequence) and not isinstance(params, str | bytes)


class _Events(AsyncIterator[Event]):
    """Not a generator: one that is left in the middle would have to be closed."""

    def __init__(self, inbox: Inbox, runner: Runner) -> None:
        self._inbox = inbox
        self._runner = runner

    async def __anext__(self) -> Event:
        self._inbox.want()
        self._runner.poke()
        try:
            event = await self._inbox.next()
        except ChatError as error:
            if error.basis == "closed":
                raise StopAsyncIteration from None
            raise
        if self._inbox.due() == "subscribe":
            self._runner.poke()
        return event
