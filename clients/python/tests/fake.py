"""A server for one user in one conversation, over sockets in memory.

It knows as much of the protocol as the client must get right, and has hooks to get it wrong. A
place in its log is the number of a message.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import Server, ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from asappchat import Client

ROOM = "c:AAAAAAAAAAAAAAAAAAAAAA"
PASSWORD = "correct horse"

Request = dict[str, Any]


class Conn:
    """One connection. Its number `n` goes from 1."""

    def __init__(self, fake: Fake, ws: ServerConnection, n: int) -> None:
        self.fake = fake
        self.ws = ws
        self.n = n
        self.subscribed = False
        self.mute = False  # nothing is written

    def write(self, frame: str) -> None:
        """Write without waiting; that the client is gone shows in reading."""
        if not self.mute and self.ws.protocol.state.name == "OPEN":
            self.ws.protocol.send_text(frame.encode())
            self.ws.send_data()

    def notify(self, method: str, params: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def push(self, message: dict[str, Any]) -> None:
        self.notify("message", {"message": message, "cursor": str(message["seq"])})

    def reply(self, request: Request, result: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}))

    def refuse(self, request: Request, code: int, kind: str, **data: Any) -> None:
        error = {"code": code, "message": "no", "data": {"kind": kind, **data}}
        self.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}))

    def close(self, code: int) -> None:
        self.ws.protocol.send_close(code, "because")
        self.ws.send_data()

    def cut(self) -> None:
        self.ws.transport.abort()

    def answer(self, request: Request) -> None:
        method = getattr(self, "on_" + request["method"], None)
        if method is None:
            self.reply(request, {})
        else:
            method(request)

    def on_login(self, request: Request) -> None:
        params, fake = request["params"], self.fake
        token = params.get("token")
        if params.get("password") == PASSWORD or (token and token == fake.tokens[0]):
            pass
        elif token and token == fake.tokens[1]:
            fake.tokens[0] = token
        else:
            self.refuse(request, 401, "unauthenticated", retryable=False)
            return
        fake.logins += 1
        fake.tokens[1] = f"t{fake.logins}"
        if not token:
            fake.tokens[0] = fake.tokens[1]
        result = {
            "user": {"username": "ana"},
            "session": "s:1",
            "token": fake.tokens[1],
            "protocol": fake.protocol,
            "server": {"name": "fake", "version": "0"},
            "epoch": "e",
            "cursor": str(len(fake.log)),
            "limits": {"frame": 256 << 10, "page_max": 200},
        }
        self.reply(request, result)

    def on_subscribe(self, request: Request) -> None:
        log, given = self.fake.log, request["params"].get("cursor")
        place = int(given) if given and given.isdecimal() else len(log)
        place = min(place, len(log))
        reset = given is not None and given != str(place)
        self.reply(request, {"cursor": str(place), "reset": reset})
        self.subscribed = True
        for message in log[place:]:
            self.push(message)

    def on_unsubscribe(self, request: Request) -> None:
        self.subscribed = False
        self.reply(request, {"cursor": str(len(self.fake.log))})

    def on_ping(self, request: Request) -> None:
        self.reply(request, {"at": "", "cursor": str(len(self.fake.log))})

    def on_send(self, request: Request) -> None:
        params, log = request["params"], self.fake.log
        for message in log:
            if message.get("client_id") == params.get("client_id"):
                self._stored(request, message["seq"], duplicate=True)
                return
        message = self.fake.store("ana", params["body"], params.get("client_id"))
        self._stored(request, message["seq"], duplicate=False)
        self.fake.tell(message)

    def _stored(self, request: Request, seq: int, *, duplicate: bool) -> None:
        result = {"conversation": ROOM, "seq": seq, "at": "", "duplicate": duplicate}
        self.reply(request, result)


class Fake:
    """The server. It runs in the body of `async with`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._server: Server | None = None
        self.on: Callable[[Conn, Request], bool] = lambda conn, request: False
        """Sees each request first; it returns True when it dealt with it."""
        self.dial: Callable[[int, socket.socket], socket.socket | None] = lambda n, sock: sock
        """Wraps the client's end of the nth connection, from 1, or refuses it."""
        self.full: dict[int, str] = {}
        """Connections whose handshake is refused, with the Retry-After that they are told."""
        self.dials = 0
        self.open: list[Conn] = []
        self.log: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.tokens = ["t0", ""]  # in use, and its successor
        self.logins = 0
        self.protocol = "1"

    def reset(self) -> None:
        """Forget everything, for a conversation that begins anew."""
        for conn in self.open:
            conn.cut()
        self.dials = self.logins = 0
        self.open, self.log, self.requests, self.tokens = [], [], [], ["t0", ""]

    async def __aenter__(self) -> Fake:
        self._server = await unix_serve(
            self._serve,
            str(self._path),
            ping_interval=None,
            compression=None,
            max_queue=None,
            process_request=self._admit,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        for conn in self.open:
            conn.cut()
        self._server.close()
        await self._server.wait_closed()

    def _admit(self, ws: ServerConnection, request: object) -> Response | None:
        if self.dials not in self.full:
            return None
        response = ws.respond(503, "full")
        response.headers["Retry-After"] = self.full[self.dials]
        return response

    async def _serve(self, ws: ServerConnection) -> None:
        conn = Conn(self, ws, self.dials)
        self.open.append(conn)
        try:
            async for frame in ws:
                request = json.loads(frame)
                self.requests.append(request)
                if not self.on(conn, request):
                    conn.answer(request)
        except ConnectionClosed:
            pass
        finally:
            conn.subscribed = False

    async def connect(self, url: str, **options: Any) -> ClientConnection:
        """Make a connection for a client."""
        self.dials += 1
        end = socket.socket(socket.AF_UNIX)
        end.setblocking(False)
        end.connect(str(self._path))
        sock = self.dial(self.dials, end)
        if sock is None:
            end.close()
            raise ConnectionRefusedError("refused")
        return await ws_connect(url, sock=sock, **options)

    def client(self, **options: Any) -> Client:
        """Make a client that reaches the fake, and knows the password."""
        if "token" not in options and "exchange" not in options:
            options = {"username": "ana", "password": PASSWORD, **options}
        return self.anonymous(**options)

    def anonymous(self, **options: Any) -> Client:
        """Make a client that reaches the fake."""
        return Client("ws://fake", connect=self.connect, **options)

    def store(self, sender: str, body: str, client_id: str | None = None) -> dict[str, Any]:
        message = {
            "conversation": ROOM,
            "seq": len(self.log) + 1,
            "rev": 1,
            "sender": sender,
            "body": body,
            "at": "",
        }
        if client_id is not None:
            message["client_id"] = client_id
        self.log.append(message)
        return message

    def tell(self, message: dict[str, Any]) -> None:
        for conn in self.open:
            if conn.subscribed:
                conn.push(message)

    def post(self, body: str) -> None:
        """Store a message of somebody else's."""
        self.tell(self.store("bo", body))

    def asked(self) -> list[str]:
        """Return the methods of the requests so far, in order."""
        return [request["method"] for request in self.requests]

    def close_after(self, connections: int, code: int) -> None:
        """Close the first connections when a message is sent on them.

        That is after it was stored and before it is answered.
        """

        def on(conn: Conn, request: Request) -> bool:
            if conn.n > connections or request["method"] != "send":
                return False
            conn.mute = True
            conn.answer(request)
            conn.mute = False
            conn.close(code)
            return True

        self.on = on


@asynccontextmanager
async def closing(client: Client) -> AsyncIterator[Client]:
    """Close a client that is connected already."""
    try:
        yield client
    finally:
        await client.close()


async def hear(client: Client, n: int) -> list[str]:
    """Return the bodies of the next n messages."""
    bodies: list[str] = []
    async for event in client.events():
        bodies += [event.message["body"]] if hasattr(event, "message") else []
        if len(bodies) >= n:
            break
    return bodies


async def later(delay: float, then: Callable[[], object]) -> None:
    """Do something after a time of the loop."""
    await asyncio.sleep(delay)
    then()
