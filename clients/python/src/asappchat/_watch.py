"""Whose presence the application watches."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ._outbox import is_passing
from .backoff import Backoff
from .errors import ChatError


class Watch:
    """Watching is a matter of one connection (clause 12.6.1): each new one is asked again."""

    def __init__(self, backoff: Backoff) -> None:
        """Make one that watches nobody."""
        self._backoff = backoff
        self._usernames: list[Any] = []  # of the latest presence that was answered
        self._due = False  # the server is to be asked again
        self._after = 0.0  # but not before
        self._asking = False  # it has been, and has not answered
        self._tries = 0  # that were refused

    def take(self, params: str | None) -> None:
        """Take the answer to a presence of the application, with its params.

        What is being asked meanwhile would take its place.
        """
        given = json.loads(params or "{}")
        usernames = given[0] if isinstance(given, list) else given.get("usernames")
        self._usernames = usernames if isinstance(usernames, list) else []
        self._due = self._asking

    def end(self) -> None:
        """Take the end of the connection."""
        self._due = bool(self._usernames)
        self._after, self._asking, self._tries = 0.0, False, 0

    def next(self) -> float | None:
        """Return after how many seconds the server is to be asked, 0 for now."""
        if not self._due:
            return None
        return max(self._after - asyncio.get_running_loop().time(), 0.0)

    def ask(self) -> dict[str, Any]:
        """Return the params to ask with, and wait for told or refused."""
        self._due, self._asking = False, True
        return {"usernames": self._usernames}

    def told(self) -> None:
        """Take that the server has answered."""
        self._asking, self._tries = False, 0

    def refused(self, error: ChatError) -> None:
        """Take that it did not.

        What passes is asked again, anything else is not: the server would say the same.
        """
        self._asking = False
        if self._due or not is_passing(error, repeat=True):
            return
        delay = self._backoff.delay_after(error, self._tries)
        self._due, self._after = True, asyncio.get_running_loop().time() + delay
        self._tries += 1
