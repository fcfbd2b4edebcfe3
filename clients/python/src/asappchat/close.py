"""Why a server closes a connection."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """The `code` of a `ChatError` of kind `close`.

    The client comes back by itself from all of them but `REVOKED`, `ABUSE` and, when it has
    nothing but a token to log in with, `EXPIRED`.
    """

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED = 1003
    INVALID_DATA = 1007
    TOO_LARGE = 1009
    INTERNAL = 1011
    RESTART = 1012
    OVERLOADED = 1013
    LAGGING = 4000
    REVOKED = 4001
    EXPIRED = 4002
    IDLE = 4003
    ABUSE = 4008
