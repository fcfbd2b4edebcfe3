"""Lets the conformance kit examine this client: it plays the application.

protocol/conformance/README.md, in its section "Drivers", defines what it reads and prints.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import fields
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from asappchat import (
    Backoff,
    ChatError,
    Client,
    ConversationEvent,
    EphemeralEvent,
    Event,
    MessageEvent,
    Mirror,
    PresenceEvent,
    ReadEvent,
    ResetEvent,
    TypingEvent,
    UpdatedEvent,
)

OTHER = ("unreachable", "lost", "silent", "protocol", "version")
NAMES = {
    MessageEvent: "message",
    UpdatedEvent: "message_updated",
    ReadEvent: "read",
    ConversationEvent: "conversation",
    ResetEvent: "reset",
    TypingEvent: "typing",
    PresenceEvent: "presence",
}
CREDENTIALS = ("username", "password", "token", "cursor", "device")
MAX_LINE = 1 << 24

Command = dict[str, Any]


def say(line: dict[str, Any]) -> None:
    """Print a line at once."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def failure(error: BaseException) -> dict[str, Any]:
    """Return an error as the kit wants it."""
    if isinstance(error, asyncio.CancelledError):
        return {"kind": "cancelled", "code": 0, "retryable": False, "message": "cancelled"}
    if not isinstance(error, ChatError):
        return {"kind": "other", "code": 0, "retryable": False, "message": repr(error)}
    told = {
        "kind": "other" if error.basis in OTHER else error.kind,
        "code": error.code,
        "retryable": error.retryable,
        "retry_after_ms": error.retry_after_ms,
        "pointer": error.pointer,
        "incident": error.incident,
        "message": error.message,
    }
    return {name: value for name, value in told.items() if value is not None}


def tell(event: Event | EphemeralEvent) -> None:
    """Print an event as it is on the wire."""
    params = {f.name: getattr(event, f.name) for f in fields(event)}
    given = {name: value for name, value in params.items() if value is not None}
    say({"event": NAMES[type(event)], "params": given})


class Driver:
    """Has one client at a time."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._mirror: Mirror | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: dict[Any, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Do what the input says, up to its end."""
        reader = asyncio.StreamReader(MAX_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        say({"driver": 1, "client": "asappchat for Python"})
        while line := await reader.readline():
            command = json.loads(line)
            task = self._start(self._answer(command))
            if command["do"] == "call":
                self._calls[command["id"]] = task
            await asyncio.sleep(0)  # so that commands begin in the order of their lines
        await self._close({})

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _answer(self, command: Command) -> None:
        try:
            result = await self._command(command["do"])(command)
        except (asyncio.CancelledError, Exception) as error:
            say({"id": command["id"], "error": failure(error)})
        else:
            say({"id": command["id"], "result": result})
        finally:
            self._calls.pop(command["id"], None)

    def _command(self, do: str) -> Callable[[Command], Coroutine[Any, Any, Any]]:
        return {
            "open": self._open,
            "events": self._events,
            "mirror": self._reflected,
            "call": self._call,
            "cancel": self._cancel,
            "home": self._home,
            "cursor": self._cursor,
            "logout": self._logout,
            "close": self._close,
        }[do]

    @property
    def _open_client(self) -> Client:
        if self._client is None:
            raise RuntimeError("a command without open")
        return self._client

    async def _open(self, command: Command) -> Any:
        options = {name: command[name] for name in CREDENTIALS if command.get(name)}
        if "backoff_ms" in command:
            base, cap = command["backoff_ms"]
            options["backoff"] = Backoff(base / 1000, cap / 1000)
        for name in ("answer_timeout", "ping_interval"):
            if command.get(name + "_ms"):
                options[name] = command[name + "_ms"] / 1000
        client = Client(command["url"], on_ephemeral=tell, **options)
        await client.connect()
        self._client = client
        named = "username" in options or "token" in options
        return {"username": client.login["user"]["username"] if named else ""}

    async def _events(self, command: Command) -> Any:
        self._start(self._follow(self._open_client))
        return {}

    async def _follow(self, client: Client) -> None:
        try:
            async for event in client.events():
                tell(event)
        except ChatError as error:
            self._end(error)

    async def _reflected(self, command: Command) -> Any:
        self._mirror = Mirror(self._open_client)
        changes = self._mirror.changes()
        await anext(changes, None)  # nothing when it is closed meanwhile
        self._start(self._reflect(changes))
        return {}

    async def _reflect(self, changes: Any) -> None:
        try:
            async for change in changes:
                if change.event is not None:
                    tell(change.event)
        except ChatError as error:
            self._end(error)

    def _end(self, error: ChatError) -> None:
        if error.basis != "closed":
            say({"end": failure(error)})

    async def _call(self, command: Command) -> Any:
        return await self._open_client.call(command["method"], command.get("params"))

    async def _cancel(self, command: Command) -> Any:
        if task := self._calls.get(command["call"]):
            task.cancel()
        return {}

    async def _home(self, command: Command) -> Any:
        return {"conversations": self._mirror.home() if self._mirror else []}

    async def _cursor(self, command: Command) -> Any:
        return {"cursor": self._open_client.cursor}

    async def _logout(self, command: Command) -> Any:
        await self._open_client.logout()
        return await self._close(command)

    async def _close(self, command: Command) -> Any:
        if self._client is not None:
            await self._client.close()
        others = self._tasks - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        self._client = self._mirror = None
        return {}


if __name__ == "__main__":
    asyncio.run(Driver().run())
