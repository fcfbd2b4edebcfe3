"""An event loop whose clock stands still while there is something to do.

What is written to a socket pair or a Unix socket can be read at once. So when nothing can be
read, nothing happens before the next timer, and the clock jumps there.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

LIMIT = 20_000.0
"""Seconds after which a test waits for what will never come."""


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.now > LIMIT:
            raise RuntimeError(f"nothing will happen any more, at {self.now} s")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop of its own time, which begins at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        self.failures: list[dict[str, Any]] = []
        super().__init__(self._virtual)
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        return self._virtual.now


async def settle() -> None:
    """Wait until nothing happens any more without the clock."""
    await asyncio.sleep(1e-6)


def now() -> float:
    """Return the time of the loop."""
    return asyncio.get_running_loop().time()
