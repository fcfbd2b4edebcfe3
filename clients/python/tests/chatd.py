"""A real server: chatd, with fresh data on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from asappchat import Client

ROOT = Path(__file__).resolve().parents[3]


def build(folder: Path) -> Path:
    """Return the program: what CHATD names, or what is built here."""
    if given := os.environ.get("CHATD"):
        return Path(given)
    go = shutil.which("go")
    if go is None and os.environ.get("FOREIGN_CLIENTS") != "required":
        pytest.skip("go is not installed, and CHATD does not name a server")
    subprocess.run([go or "go", "build", "-o", folder, "./server/chatd"], cwd=ROOT, check=True)
    return folder / "chatd"


class Chatd:
    """A server that can be restarted, at the same address and with the same data."""

    def __init__(self, binary: Path, data: Path) -> None:
        self._binary = binary
        self._data = data
        self._process: subprocess.Popen[str] | None = None
        self.url = "ws://127.0.0.1:0"

    def start(self) -> None:
        listen = self.url.removeprefix("ws://")
        self._process = subprocess.Popen(
            [self._binary, "--listen", listen, "--data", self._data],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("listening on"):
                self.url = line.split()[2]
                return
        raise RuntimeError("chatd does not say where it listens")

    def stop(self, *, kill: bool = False) -> None:
        assert self._process is not None
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.communicate()

    def __enter__(self) -> Chatd:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def register(self, *usernames: str) -> None:
        async with Client(self.url) as client:
            for username in usernames:
                await client.register(username)

    def client(self, username: str, **options: Any) -> Client:
        return Client(self.url, username=username, **options)
