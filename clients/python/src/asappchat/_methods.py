"""Which calls may be made again after their answer was lost."""

from __future__ import annotations

from typing import Any

QUERIES = frozenset(
    [
        "blocked",
        "conversation",
        "conversations",
        "history",
        "members",
        "ping",
        "presence",
        "privacy",
        "server_info",
        "sessions",
        "set_presence",
        "typing",
        "users",
    ]
)
"""Methods that change nothing that is remembered."""


def is_repeatable(method: str, params: Any) -> bool:
    """Say whether a call may be made again, however much later.

    Commands that may are `read` and `delete`, which come to the same, and `send` with a
    `client_id`, of which we can be sure where params are given by name.
    """
    if method == "send":
        return isinstance(params, dict) and bool(params.get("client_id"))
    return method in QUERIES or method in ("read", "delete")
