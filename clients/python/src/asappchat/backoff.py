"""How long a client waits before it tries again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ._types import CloseCode
from .errors import ChatError


@dataclass(frozen=True)
class Backoff:
    """A random time between nothing and `base`, which doubles with each failure up to `cap`.

    That is full jitter: clients which lost their server together come back spread. The failures
    are forgotten when a connection was of use (a call was answered, or an event came) or has
    lasted for `cap`. Both are in seconds.
    """

    base: float = 0.25
    cap: float = 30.0

    def delay(self, failures: int) -> float:
        """Draw the time to wait after so many failures before this one."""
        return random.uniform(0, min(self.cap, self.base * 2 ** min(failures, 30)))

    def delay_after(self, error: ChatError, failures: int) -> float:
        """Draw the same, or longer where the error asks for it."""
        if error.retry_after_ms is not None:
            return error.retry_after_ms / 1000 + self.delay(0)
        if error.basis == "close" and error.code == CloseCode.OVERLOADED:
            return random.uniform(0, self.cap)
        return self.delay(failures)
