"""UUIDs of version 7 (RFC 9562), which the standard library has from Python 3.14 on."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Make a UUID of the present time, to the millisecond, and 74 random bits."""
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # the version
    return UUID(int=value & ~(0b11 << 62) | 0b10 << 62)  # the variant
