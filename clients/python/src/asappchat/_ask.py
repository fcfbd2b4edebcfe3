"""Calls that a mirror cannot do without."""

from __future__ import annotations

import asyncio
from typing import Any

from .client import Client
from .errors import ChatError


async def ask(client: Client, method: str, params: dict[str, Any]) -> Any:
    """Call a method, and try again after a bug of the server too."""
    tries = 0
    while True:
        try:
            return await client.call(method, params)
        except ChatError as error:
            if error.basis != "internal" or not error.retryable:
                raise
        await asyncio.sleep(client.backoff.delay(tries))
        tries += 1
